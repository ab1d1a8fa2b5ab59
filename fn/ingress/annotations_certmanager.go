package ingress

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/mail"
	"strings"
	"time"
)

const certManagerPrefix = "cert-manager.io/"

// certManagerAnnotations is what cert-manager makes a Certificate of
// (pkg/controller/certificate-shim/helper.go and sync.go). A value that is wrong
// there stands in its log and nowhere else, and there is no Certificate for any
// host of the object.
var certManagerAnnotations = family{
	prefix: certManagerPrefix,
	beside: true,
	source: "pkg/controller/certificate-shim of cert-manager v1.21.1",
	names: map[string]annotation{
		"issuer":                      {text, onRoute},
		"cluster-issuer":              {text, onRoute},
		"issuer-kind":                 {text, onRoute},
		"issuer-group":                {text, onRoute},
		"common-name":                 {atMost64Bytes, onRoute},
		"alt-names":                   {anyText, onRoute},
		"ip-sans":                     {unset(listOf(address)), onRoute},
		"email-sans":                  {unset(listOf(mailAddress)), onRoute},
		"subject-organizations":       {csvRecord, onRoute},
		"subject-organizationalunits": {csvRecord, onRoute},
		"subject-countries":           {csvRecord, onRoute},
		"subject-provinces":           {csvRecord, onRoute},
		"subject-localities":          {csvRecord, onRoute},
		"subject-postalcodes":         {csvRecord, onRoute},
		"subject-streetaddresses":     {csvRecord, onRoute},
		"subject-serialnumber":        {anyText, onRoute},
		"duration":                    {durationOf(time.Hour), onRoute},
		"renew-before":                {durationOf(5 * time.Minute), onRoute},
		"renew-before-percentage":     {integer(1, 99), onRoute},
		"usages":                      {listOf(oneOf(keyUsages...)), onRoute},
		"revision-history-limit":      {integer(1, math.MaxInt32), onRoute},
		"private-key-algorithm":       {oneOf("RSA", "ECDSA", "Ed25519"), onRoute},
		"private-key-encoding":        {oneOf("PKCS1", "PKCS8"), onRoute},
		"private-key-size":            {keySize, onRoute},
		"private-key-rotation-policy": {oneOf("Never", "Always"), onRoute},
		"secret-template":             {secretTemplate, onRoute},
		"ignore-tls-listeners":        {text, onGateway},
	},
}

// acmeAnnotations belong to cert-manager too.
var acmeAnnotations = family{
	prefix: "acme." + certManagerPrefix,
	beside: true,
	source: "pkg/controller/certificate-shim of cert-manager v1.21.1",
	names: map[string]annotation{
		"http01-edit-in-place":            {boolean, onRoute},
		"http01-ingress-class":            {text, onRoute},
		"http01-ingress-ingressclassname": {text, onRoute},
	},
}

// keyUsages are those of pkg/apis/certmanager/v1/types.go.
var keyUsages = []string{
	"signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment", "cert sign", "crl sign",
	"encipher only", "decipher only", "any", "server auth", "client auth", "code signing", "email protection", "s/mime", "ipsec end system",
	"ipsec tunnel", "ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc",
}

// checkIssuer refuses annotations that stand against tls.issuer: with an issuer
// of both kinds, cert-manager makes nothing.
func checkIssuer(s *Spec, refuse func(field, message, hint string)) {
	if s.TLS == nil || s.TLS.Type != "cert-manager" || s.TLS.Issuer == nil {
		return
	}
	against := []string{"cluster-issuer"}
	if s.TLS.Issuer.Kind != "Issuer" {
		against = []string{"issuer", "issuer-kind", "issuer-group"}
	}
	for _, name := range against {
		if _, own := s.Annotations[certManagerPrefix+name]; own {
			refuse("annotations."+certManagerPrefix+name, "stands against spec.ingress.tls.issuer: cert-manager takes an Issuer or a ClusterIssuer, and with both it makes nothing", "leave it out")
		}
	}
}

func atMost64Bytes(v string) string {
	if len(v) > 64 {
		return fmt.Sprintf("has %d bytes, and a common name has 64 at most", len(v))
	}
	return ""
}

func address(v string) string {
	if net.ParseIP(v) == nil {
		return "is no IP address"
	}
	return ""
}

// mailAddress is the bare address: no name before it.
func mailAddress(v string) string {
	if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
		return "is no mail address, such as admin@example.com"
	}
	return ""
}

// csvRecord is a list with commas between, where quotes stand around an entry
// that has a comma itself, and that has an entry (pkg/util, SplitWithEscapeCSV).
func csvRecord(v string) string {
	records, err := csv.NewReader(strings.NewReader(v)).ReadAll()
	switch {
	case err != nil:
		return "is no list with commas between: quotes have to stand around a whole entry"
	case len(records) != 1:
		return fmt.Sprintf("has %d lines, want one", len(records))
	}
	return ""
}

func durationOf(least time.Duration) grammar {
	return func(v string) string {
		d, err := time.ParseDuration(v)
		switch {
		case err != nil:
			return "is no duration, such as 2160h"
		case d < least:
			return fmt.Sprintf("is less than %s", least)
		}
		return ""
	}
}

// keySize is a size of an RSA or ECDSA key; which of them it is, is said in
// another annotation.
func keySize(v string) string {
	if oneOf("256", "384", "521")(v) == "" || integer(2048, 8192)(v) == "" {
		return ""
	}
	return "is no size of a key: 2048 to 8192 for RSA, 256, 384 or 521 for ECDSA"
}

// secretTemplate is JSON of the labels and annotations of the Secret.
func secretTemplate(v string) string {
	var t struct{ Annotations, Labels map[string]string }
	d := json.NewDecoder(strings.NewReader(v))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return `is no template, such as {"labels":{"team":"data"}}`
	}
	for _, key := range keys(t.Annotations) {
		if strings.HasPrefix(key, certManagerPrefix) {
			return fmt.Sprintf("has the annotation %s, which is cert-manager's own", key)
		}
	}
	return ""
}
