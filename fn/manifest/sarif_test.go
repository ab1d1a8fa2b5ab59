package manifest

import (
	"bytes"
	"strings"
	"testing"
)

// A path stands in SARIF as a URI reference: what means something in one is escaped.
func TestSARIFPaths(t *testing.T) {
	for path, want := range map[string]string{
		"rendered/aks/secret.yaml": "rendered/aks/secret.yaml",
		"rendered/prod eu/a.yaml":  "rendered/prod%20eu/a.yaml",
		"rendered/#1/a%20b.yaml":   "rendered/%231/a%2520b.yaml",
		"a:b/ü?.yaml":              "./a:b/%C3%BC%3F.yaml",
	} {
		var out bytes.Buffer
		if err := WriteSARIF(&out, "1", []SARIFResult{{Finding: Finding{Severity: Error, Code: "c", File: path, Message: "m"}}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), `"uri": "`+want+`"`) {
			t.Errorf("%s: want %s in\n%s", path, want, &out)
		}
	}
}
