package ingress

import (
	"strings"
	"testing"
)

func TestCertManagerAnnotations(t *testing.T) {
	judged(t, &certManagerAnnotations, "alt-names subject-serialnumber", []grammarCase{
		{"issuer cluster-issuer issuer-kind issuer-group ignore-tls-listeners", []string{"letsencrypt"}, []string{""}},
		{"common-name", []string{"airbyte.example.com", ""}, []string{strings.Repeat("a", 65)}},
		{"ip-sans", []string{"192.0.2.1, 2001:db8::1", ""}, []string{"192.0.2.0/24", "192.0.2.1,"}},
		{"email-sans", []string{"a@example.com, b@example.com", ""}, []string{"A <a@example.com>", "a"}},
		{"subject-organizations subject-organizationalunits subject-countries subject-provinces subject-localities subject-postalcodes subject-streetaddresses",
			[]string{"a", "a,b", `"Airbyte, Inc.",b`}, []string{"", `a"b`, `"a`, "a\nb"}},
		{"duration", []string{"2160h", "1h"}, []string{"90d", "59m", ""}},
		{"renew-before", []string{"360h", "5m"}, []string{"15d", "4m"}},
		{"renew-before-percentage", []string{"1", "66", "99"}, []string{"0", "100", "66%", " 66"}},
		{"usages", []string{"server auth", "digital signature, key encipherment"}, []string{"serverAuth", ""}},
		{"revision-history-limit", []string{"1", "7", "2147483647"}, []string{"0", "-1", "all", "2147483648", " 7"}},
		{"private-key-algorithm", []string{"RSA", "ECDSA", "Ed25519"}, []string{"rsa", "ED25519"}},
		{"private-key-encoding", []string{"PKCS1", "PKCS8"}, []string{"pkcs8"}},
		{"private-key-size", []string{"2048", "8192", "256", "521"}, []string{"1024", "512", "16384", "big"}},
		{"private-key-rotation-policy", []string{"Never", "Always"}, []string{"always"}},
		{"secret-template", []string{`{"labels":{"team":"data"}}`, `{}`}, []string{"team: data", `{"label":{}}`, `{"annotations":{"cert-manager.io/x":"y"}}`}},
	})
	judged(t, &acmeAnnotations, "", []grammarCase{
		{"http01-edit-in-place", []string{"true", "false"}, []string{"yes", "True"}},
		{"http01-ingress-class http01-ingress-ingressclassname", []string{"public"}, []string{""}},
	})
}

// TestCertManagerPlaces: annotations are read from Ingresses and Gateways, and
// belong to no other controller.
func TestCertManagerPlaces(t *testing.T) {
	for _, c := range []struct{ kind, key, want string }{
		{"Ingress", "cert-manager.io/duration", ""},
		{"Gateway", "cert-manager.io/duration", ""},
		{"Service", "cert-manager.io/duration", "is read from Ingress or Gateway, not from Service: it is ignored here"},
		{"Ingress", "cert-manager.io/ignore-tls-listeners", "is read from Gateway, not from Ingress: it is ignored here"},
		{"Gateway", "acme.cert-manager.io/http01-ingress-class", ""},
		{"Ingress", "cert-manager.io/cluster-isuer", "is unknown, and ignored; did you mean cert-manager.io/cluster-issuer?"},
	} {
		if _, got := judge(c.kind, c.key, "2160h"); got != c.want {
			t.Errorf("%s on a %s: got  %q\nwant %q", c.key, c.kind, got, c.want)
		}
	}
	spec := &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "envoy"}, TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}},
		Annotations: map[string]string{"cert-manager.io/duration": "2160h"}}
	if got := warned(t, spec); got != "" {
		t.Errorf("got %s", got)
	}
	ingress := &Spec{Controller: "traefik", TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}},
		Annotations: map[string]string{"acme.cert-manager.io/http01-ingress-ingressclassname": "public"}}
	if got := warned(t, ingress); strings.Contains(got, "ingress-annotation") {
		t.Errorf("got %s", got)
	}
}

func TestIssuers(t *testing.T) {
	for _, c := range []struct {
		kind, key, want string
	}{
		{"", "issuer", "ingress.annotations.cert-manager.io/issuer: stands against spec.ingress.tls.issuer"},
		{"ClusterIssuer", "issuer-kind", "ingress.annotations.cert-manager.io/issuer-kind: stands against spec.ingress.tls.issuer"},
		{"Issuer", "cluster-issuer", "ingress.annotations.cert-manager.io/cluster-issuer: stands against spec.ingress.tls.issuer"},
		{"Issuer", "issuer-kind", ""},
		{"", "cluster-issuer", `ingress.annotations.cert-manager.io/cluster-issuer: is "other", and spec.ingress.tls.issuer makes it "letsencrypt"`},
	} {
		spec := &Spec{Controller: "traefik", TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt", Kind: c.kind}},
			Annotations: map[string]string{certManagerPrefix + c.key: "other"}}
		if got := refused(t, spec, "server"); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s beside %s: got  %s\nwant %s", c.key, c.kind, got, c.want)
		}
	}
}
