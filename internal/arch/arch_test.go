package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/airstrip-dev/airstrip"

// packages is the import table of docs/architecture.md: each package that a
// program is made of, its level, and the packages of ours that it may import.
// A package imports only from levels below its own, so siblings never see each
// other; cmd imports what it likes.
var packages = map[string]struct {
	level int
	may   []string
}{
	"fn/manifest":  {0, nil},
	"fn/chart":     {1, nil},
	"fn/render":    {1, []string{"fn/manifest"}},
	"fn/airbyte":   {1, []string{"fn/manifest"}},
	"fn/transform": {1, []string{"fn/manifest"}},
	"fn/ingress":   {1, []string{"fn/manifest"}},
	"fn/secret":    {1, []string{"fn/manifest"}},
	"fn/validate":  {1, []string{"fn/manifest"}},
	"fn/diff":      {1, []string{"fn/manifest"}},
	"fn/publish":   {1, []string{"fn/manifest"}},
	"fn": {2, []string{
		"fn/manifest", "fn/chart", "fn/render", "fn/airbyte", "fn/transform", "fn/ingress", "fn/secret", "fn/validate",
	}},
	"fn/output": {2, []string{"fn/manifest", "fn/diff"}},
	// Beside fn: the reference that a lock is about, and how a Job's name is
	// told from its content.
	"fn/overlay":   {3, []string{"fn", "fn/manifest", "fn/chart", "fn/transform"}},
	"cmd/airstrip": {4, nil},
}

// support are the packages that no program imports: help for tests, and these
// rules.
var support = []string{"internal/arch", "internal/charttest", "internal/conformance", "internal/kmstest", "internal/official", "internal/sopstest"}

// homes are the libraries that cost time, size or trust, by import path prefix,
// and the packages that may import them. The longest prefix counts.
var homes = map[string][]string{
	"helm.sh/helm/v3": {"fn/chart", "fn/render"},
	// The type that chart.Load returns and render.Chart takes, handed on by fn.
	"helm.sh/helm/v3/pkg/chart":        {"fn/chart", "fn/render", "fn"},
	"helm.sh/helm/v3/pkg/chart/loader": {"fn/chart"},
	// What Helm takes as a Kubernetes version and as a release name, which fn
	// checks when it reads a config.
	"helm.sh/helm/v3/pkg/chartutil":          {"fn/render", "fn"},
	"oras.land/oras-go":                      {"fn/chart"},
	"sigs.k8s.io/kustomize/api":              {"fn/overlay"},
	"sigs.k8s.io/kustomize/kustomize":        {},
	"sigs.k8s.io/kustomize/kyaml/fn":         {"fn", "cmd/airstrip"},
	"sigs.k8s.io/kustomize/kyaml/openapi":    {"fn/overlay"},
	"github.com/getsops/sops":                {"fn/secret"},
	"filippo.io/age":                         {"fn/secret"},
	"github.com/bitnami-labs/sealed-secrets": {"fn/secret"},
	"github.com/spf13/cobra":                 {"cmd/airstrip"},
	"github.com/spf13/pflag":                 {"cmd/airstrip"},
	"github.com/santhosh-tekuri/jsonschema":  {},
	"net/http":                               {"fn/chart", "fn/publish"},
	"os/exec":                                {"fn/publish", "cmd/airstrip"},
	"github.com/stretchr/testify":            {},
	"k8s.io/client-go":                       {},
	"github.com/rogpeppe/go-internal":        {},
	"github.com/google/go-cmp":               {},
	"testing":                                {},
	module + "/internal":                     {},
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
}

func (p pkg) name() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// TestImports holds what packages import of each other to the table. Tests of
// the form package x_test may compose what they like: they show how packages
// work together. Those inside a package are part of it.
func TestImports(t *testing.T) {
	for _, p := range list(t) {
		name := p.name()
		if slices.Contains(support, name) {
			continue
		}
		self, known := packages[name]
		if !known {
			t.Errorf("%s: a package that the table does not know: give it a level, or put it into internal", name)
			continue
		}
		check := func(kind string, imports []string) {
			for _, i := range imports {
				other, ours := strings.CutPrefix(i, module+"/")
				if !ours {
					continue
				}
				row, known := packages[other]
				switch {
				case !known:
					if kind == "imports" {
						t.Errorf("%s imports %s, which is for tests", name, other)
					}
				case row.level >= self.level:
					t.Errorf("%s (level %d) %s %s (level %d): only levels below", name, self.level, kind, other, row.level)
				case self.level < 4 && !slices.Contains(self.may, other):
					t.Errorf("%s %s %s, which the table does not allow", name, kind, other)
				}
			}
		}
		check("imports", p.Imports)
		check("imports in a test", p.TestImports)
	}
}

// TestTable holds the table to itself: nobody may import from his own level or
// above.
func TestTable(t *testing.T) {
	for name, row := range packages {
		for _, other := range row.may {
			if o, ok := packages[other]; !ok || o.level >= row.level {
				t.Errorf("%s may not be allowed to import %s", name, other)
			}
		}
	}
}

// TestHomes keeps each heavy library where it is at home. Tests may use them all.
func TestHomes(t *testing.T) {
	for _, p := range list(t) {
		if slices.Contains(support, p.name()) {
			continue
		}
		for _, i := range p.Imports {
			longest := ""
			for prefix := range homes {
				if (i == prefix || strings.HasPrefix(i, prefix+"/")) && len(prefix) > len(longest) {
					longest = prefix
				}
			}
			if longest != "" && !slices.Contains(homes[longest], p.name()) {
				t.Errorf("%s imports %s, whose home is %v", p.name(), i, homes[longest])
			}
		}
	}
}

// TestGoMod refuses replace directives, which hold for nobody who imports the
// module or installs the command.
func TestGoMod(t *testing.T) {
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "replace") {
			t.Errorf("go.mod:%d: %s", i+1, line)
		}
	}
}
