package airbyte_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSecretKeysTLS: certificates are asked for by Ingresses and Gateways, and
// somebody may make them.
func TestSecretKeysTLS(t *testing.T) {
	ingress := func(annotations string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: airbyte, annotations: {" + annotations + "}}\nspec: {tls: [{hosts: [a], secretName: cert}]}\n---\n"
	}
	gateway := func(annotations, tls string) string {
		return "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: airbyte, annotations: {" + annotations + "}}\nspec: {listeners: [{name: http}, {name: https, tls: {" + tls + "}}]}\n---\n"
	}
	want := func(state, reader string) []string {
		return []string{"cert/tls.crt " + state + ": " + reader + " tls", "cert/tls.key " + state + ": " + reader + " tls"}
	}
	const secret = "data: {tls.crt: eA==, tls.key: eA==}"
	const g = "Gateway.gateway.networking.k8s.io/g"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nobody makes it", ingress(""), want("external", "Ingress/i")},
		{"the set has it", ingress("") + object("v1", "Secret", "cert", "type: kubernetes.io/tls\n"+secret), want("rendered", "Ingress/i")},
		{"of another type", ingress("") + object("v1", "Secret", "cert", secret), want("missing", "Ingress/i")},
		{"cert-manager makes it", ingress("cert-manager.io/cluster-issuer: x"), want("external", "Ingress/i")},
		{"of a Certificate", ingress("") + object("cert-manager.io/v1", "Certificate", "c", "spec: {secretName: cert}"), want("external", "Ingress/i")},
		{"a Gateway's", gateway("", "certificateRefs: [{name: cert}]"), want("external", g)},
		{"a Gateway's, in another namespace", gateway("", "certificateRefs: [{name: cert, namespace: edge}]") + object("v1", "Secret", "cert", "type: kubernetes.io/tls\n"+secret), want("external", g)},
		{"without a certificate", gateway("", "options: {a: b}"), nil},
		{"the controller's own", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {tls: [{hosts: [a]}]}\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(t, tt.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
