package ingress

import "testing"

// TestTraefikValues: int64, schemes in capitals and references as v3.7.13 reads
// them; the rest is in TestTraefikAnnotations.
func TestTraefikValues(t *testing.T) {
	for _, c := range []struct {
		name, value string
		good        bool
	}{
		{"router.priority", "9223372036854775807", true},
		{"router.priority", "-9223372036854775808", true},
		{"router.priority", "9223372036854775808", false},
		{"service.serversscheme", "HTTPS", true},
		{"service.serversscheme", "H2c", true},
		{"service.serversscheme", "ftp", false},
		{"router.middlewares", "airbyte-headers@kubernetescrd", true},
		{"router.middlewares", "a/b@file", true},
		{"router.middlewares", "airbyte/headers@kubernetescrd", false},
		{"service.serverstransport", "airbyte/slow@kubernetescrd", false},
	} {
		if why := traefikAnnotations.names[c.name].grammar(c.value); (why == "") != c.good {
			t.Errorf("%s: %q: %s", c.name, c.value, why)
		}
	}
}
