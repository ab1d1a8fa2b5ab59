package ingress

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// TestReview: what two objects claim of one host, and nothing of what they share.
func TestReview(t *testing.T) {
	ingress := func(name, class, host, path, service string) string {
		return "---\n{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: " + name + ", namespace: airbyte}, spec: {ingressClassName: " + class +
			", rules: [{host: " + host + ", http: {paths: [{path: " + path + ", pathType: Prefix, backend: {service: {name: " + service + ", port: {number: 80}}}}]}}]}}\n"
	}
	route := func(name, section, service string) string {
		return "---\n{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: " + name + ", namespace: airbyte}, spec: {parentRefs: [{name: g, sectionName: " + section +
			"}], hostnames: [a], rules: [{matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: " + service + ", port: 80}]}]}}\n"
	}
	for _, tt := range []struct{ name, in, want string }{
		{"one", ingress("first", "c", "a", "/", "s"), ""},
		{"two hosts", ingress("first", "c", "a", "/", "s") + ingress("second", "c", "b", "/", "t"), ""},
		{"two classes", ingress("first", "c", "a", "/", "s") + ingress("second", "d", "a", "/", "t"), ""},
		{"one Service", ingress("first", "c", "a", "/", "s") + ingress("second", "c", "a", "/", "s"), ""},
		{"two Services", ingress("first", "c", "a", "/", "s") + ingress("second", "c", "a", "/", "t"), "Ingress/second: spec: leads a/ to Service t, and Ingress/first leads it to airbyte/s: give each release a host of its own"},
		{"two routes", route("first", "https", "s") + route("second", "https", "t"), "HTTPRoute.gateway.networking.k8s.io/second: spec: leads a/ to Service t, and HTTPRoute.gateway.networking.k8s.io/first leads it to airbyte/s: give each release a host of its own"},
		{"two listeners", route("first", "https", "s") + route("second", "http", "t"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, _, err := manifest.DecodeText(tt.in, "in.yaml")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range Review(set) {
				got = append(got, f.String())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}
