package manifest

import "testing"

func TestStemOf(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"kind: ConfigMap\nmetadata: {name: env-2456789bcd}", "env"},
		{"kind: Secret\nmetadata: {name: env-0123456789}", "env"},
		{"kind: Job\nmetadata: {name: a-0123456789, annotations: {airstrip.dev/named-by-content: b}}", "b"},
		{"kind: Deployment\nmetadata: {name: env-2456789bcd}", "env-2456789bcd"},
		{"kind: ConfigMap\nmetadata: {name: env-aeiou12345}", "env-aeiou12345"},
		{"kind: ConfigMap\nmetadata: {name: env}", "env"},
	} {
		s, _, err := DecodeText(tc.in, "in")
		if err != nil {
			t.Fatal(err)
		}
		if got := StemOf(s[0]); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestCurrent(t *testing.T) {
	for _, tc := range []struct{ group, kind, want string }{
		{"extensions", "Ingress", "networking.k8s.io"}, {"extensions", "Deployment", "apps"},
		{"extensions", "Other", "extensions"}, {"example.com", "Ingress", "example.com"},
	} {
		if got := (ID{Group: tc.group, Kind: tc.kind}).Current().Group; got != tc.want {
			t.Errorf("%s/%s: got %q, want %q", tc.group, tc.kind, got, tc.want)
		}
	}
}
