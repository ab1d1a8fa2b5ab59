package validate

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata/risks")

// TestRisks holds each rule to examples in testdata/risks: CODE.txtar is one in which
// it speaks, for each agent that says it in its own way, CODE_quiet.txtar one near to
// it in which there is no risk of that kind, and CODE_ANYTHING.txtar more of the first.
func TestRisks(t *testing.T) {
	given := map[string]map[manifest.Severity]bool{}
	files := 0
	for _, rule := range RiskRules() {
		given[rule.Code] = map[manifest.Severity]bool{}
	}
	for _, rule := range RiskRules() {
		more, err := filepath.Glob(filepath.Join("testdata", "risks", rule.Code+"_*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(more, filepath.Join("testdata", "risks", rule.Code+"_quiet.txtar")) {
			t.Errorf("%s has no example in which it is quiet", rule.Code)
		}
		for _, file := range append(more, filepath.Join("testdata", "risks", rule.Code+".txtar")) {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar")
			files++
			t.Run(name, func(t *testing.T) {
				ar, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				was, is := set(t, ar, "was"), set(t, ar, "is")
				if equalSets(was, is) {
					t.Fatal("nothing changes")
				}
				said := map[string]string{}
				for _, agent := range []string{"argocd", "flux", "plain"} {
					var b strings.Builder
					for _, f := range Risks(was, is, agent) {
						fmt.Fprintf(&b, "%s %s: %s\n", f.Severity, f.Code, f)
						if given[f.Code] == nil {
							t.Errorf("%s is in no table", f.Code)
							continue
						}
						given[f.Code][f.Severity] = true
						if f.Code == rule.Code && name == rule.Code+"_quiet" {
							t.Errorf("is not quiet: %v", f)
						}
					}
					said[agent] = b.String()
					for _, secret := range []string{"hunter2", "aHVudGVyMg"} { // all secrets of the examples
						if strings.Contains(b.String(), secret) {
							t.Errorf("shows a secret: %s", b.String())
						}
					}
				}
				if name != rule.Code+"_quiet" && !strings.Contains(said["argocd"], " "+rule.Code+": ") {
					t.Errorf("says nothing: %s", said["argocd"])
				}
				expect(t, file, ar, said)
			})
		}
	}
	for _, rule := range RiskRules() {
		for _, s := range severities {
			if slices.Contains(rule.Severities, s) != given[rule.Code][s] {
				t.Errorf("%s: the table says %v, no example gives %s or one too many does", rule.Code, rule.Severities, s)
			}
		}
	}
	if all, err := filepath.Glob("testdata/risks/*.txtar"); err != nil || len(all) != files {
		t.Errorf("%v, %d examples, of which %d are of a rule", err, len(all), files)
	}
}

// expect compares what was said with the rest of the archive: one section for all
// agents that say the same.
func expect(t *testing.T, file string, ar *txtar.Archive, said map[string]string) {
	t.Helper()
	sections := [][2]string{{"argocd flux plain", said["argocd"]}}
	switch {
	case said["argocd"] == said["flux"] && said["flux"] == said["plain"]:
	case said["argocd"] == said["flux"]:
		sections = [][2]string{{"argocd flux", said["argocd"]}, {"plain", said["plain"]}}
	case said["argocd"] == said["plain"]:
		sections = [][2]string{{"argocd plain", said["argocd"]}, {"flux", said["flux"]}}
	case said["flux"] == said["plain"]:
		sections = [][2]string{{"argocd", said["argocd"]}, {"flux plain", said["flux"]}}
	default:
		sections = [][2]string{{"argocd", said["argocd"]}, {"flux", said["flux"]}, {"plain", said["plain"]}}
	}
	want := &txtar.Archive{Comment: ar.Comment}
	for _, f := range ar.Files {
		if f.Name == "was" || f.Name == "is" {
			want.Files = append(want.Files, f)
		}
	}
	for _, s := range sections {
		want.Files = append(want.Files, txtar.File{Name: s[0], Data: []byte(s[1])})
	}
	got, old := txtar.Format(want), txtar.Format(ar)
	if bytes.Equal(got, old) {
		return
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: got\n%s\nwant\n%s", file, got, old)
}

func set(t *testing.T, ar *txtar.Archive, name string) manifest.Set {
	t.Helper()
	for _, f := range ar.Files {
		if f.Name == name {
			s, _, err := manifest.DecodeText(string(f.Data), name)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatalf("no section %s", name)
	return nil
}

func equalSets(a, b manifest.Set) bool {
	var x, y bytes.Buffer
	return a.Encode(&x) == nil && b.Encode(&y) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
