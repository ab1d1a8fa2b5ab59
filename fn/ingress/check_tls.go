package ingress

import (
	"fmt"
	"regexp"
	"slices"
)

// tlsFields are the fields of tls that belong to each type; the first is needed.
var tlsFields = map[string][]string{
	"secret":              {"secretName"},
	"cert-manager":        {"issuer", "secretName"},
	"acm":                 {"", "certificateArns"},
	"google-managed":      {""},
	"pre-shared":          {"certificates"},
	"certificate-map":     {"certificateMap"},
	"key-vault":           {"certificateUri", "serviceAccount"},
	"application-gateway": {"certificates"},
	"controller":          {""},
	"upstream":            {""},
}

var certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:(acm:[a-z0-9-]+|iam:):[0-9]{12}:(certificate/[0-9A-Za-z-]+|server-certificate/.+)$`)

func (k *checker) tls() {
	t := k.spec.TLS
	if t == nil || t.Type == "" {
		if k.spec.HTTPRedirect == "enabled" {
			k.add("httpRedirect", "is enabled, and no TLS ends at the controller", "set tls, or leave it out")
		}
		return
	}
	set := map[string]bool{
		"secretName": t.SecretName != "", "issuer": t.Issuer != nil, "certificateArns": len(t.CertificateARNs) > 0,
		"certificates": len(t.Certificates) > 0, "certificateMap": t.CertificateMap != "", "certificateUri": t.CertificateURI != "",
		"serviceAccount": t.ServiceAccount != "",
	}
	fields := tlsFields[t.Type]
	if need := fields[0]; need != "" && !set[need] {
		k.add("tls."+need, fmt.Sprintf("is missing: tls.type is %s", t.Type), "")
	}
	for _, field := range []string{"secretName", "issuer", "certificateArns", "certificates", "certificateMap", "certificateUri", "serviceAccount"} {
		if set[field] && !slices.Contains(fields, field) {
			k.add("tls."+field, fmt.Sprintf("means nothing to tls.type %s", t.Type), "leave it out, or see that the type is what you mean")
		}
	}
	k.subdomain("tls.secretName", t.SecretName)
	k.subdomain("tls.serviceAccount", t.ServiceAccount)
	k.subdomain("tls.certificateMap", t.CertificateMap)
	if t.Issuer != nil {
		k.subdomain("tls.issuer.name", t.Issuer.Name)
	}
	for i, arn := range t.CertificateARNs {
		if !certificateARN.MatchString(arn) {
			k.add(fmt.Sprintf("tls.certificateArns[%d]", i), fmt.Sprintf("%q is no ARN of a certificate", arn), "such as arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")
		}
	}
	if p := k.profile; t.Type == "upstream" && k.spec.HTTPRedirect == "enabled" && p != nil && !p.forwarded {
		k.add("httpRedirect", "is enabled, and TLS ends before "+p.title+", which cannot tell http from https then", "let what stands before it redirect")
	}
	if t.Type == "upstream" && t.Policy != "" {
		k.add("tls.policy", "means nothing where TLS ends before the controller", "leave it out")
	}
}
