package validate

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// FuzzRisks: whatever can be read can be compared. Nothing is dangerous about what
// stays as it is, but for what is wrong at any time, and every finding is of the
// table.
func FuzzRisks(f *testing.F) {
	files, err := filepath.Glob("testdata/risks/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(ar.Files[0].Data), string(ar.Files[1].Data))
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 1<<14 || manifest.CheckAliases([]byte(before)) != nil || manifest.CheckAliases([]byte(after)) != nil {
			return
		}
		was, _, err := manifest.DecodeText(before, "was")
		if err != nil || was.Check() != nil {
			return
		}
		is, _, err := manifest.DecodeText(after, "is")
		if err != nil || is.Check() != nil {
			return
		}
		for _, agent := range []string{argoCD, flux, "plain"} {
			for _, r := range Risks(was, is, agent) {
				if _, known := riskRule(r.Code); !known || r.Message == "" || strings.Contains(r.Message, "%!") {
					t.Errorf("%s: %+v", agent, r)
				}
			}
			for _, r := range Risks(is, is, agent) {
				if r.Code != "plaintext-secret" {
					t.Errorf("%s: nothing changes, and %+v", agent, r)
				}
			}
		}
	})
}

// TestRisksMutated compares the examples with what becomes of them when something in
// them is taken out, doubled, or put where something else should be: a manifest that
// a cluster would refuse is still reviewed.
func TestRisksMutated(t *testing.T) {
	files, err := filepath.Glob("testdata/risks/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			was, is := set(t, ar, "was"), set(t, ar, "is")
			for range 1 + random.IntN(4) {
				side := [2]manifest.Set{was, is}[random.IntN(2)]
				mutate(random, side[random.IntN(len(side))].YNode())
			}
			if was.Check() != nil || is.Check() != nil {
				continue
			}
			for _, agent := range []string{argoCD, flux, "plain"} {
				for _, r := range Risks(was, is, agent) {
					if _, known := riskRule(r.Code); !known || r.Message == "" {
						t.Errorf("%s: %+v", file, r)
					}
				}
			}
		}
	}
}

// TestRisksNamespaces puts beside each example what another one changes, or leaves as it
// is, in another namespace. Neither adds to what is said of the example, or takes from
// it.
func TestRisksNamespaces(t *testing.T) {
	files, err := filepath.Glob("testdata/risks/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var archives []*txtar.Archive
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, ar)
	}
	elsewhere := func(s manifest.Set) manifest.Set {
		var all manifest.Set
		for _, n := range s {
			if manifest.IDOf(n).Namespace == "" {
				continue
			}
			text, err := n.String()
			if err != nil {
				t.Fatal(err)
			}
			c, _, err := manifest.DecodeText(strings.NewReplacer("namespace: airbyte", "namespace: other", "example.", "other.").Replace(text), "other")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c...)
		}
		return all
	}
	said := func(was, is manifest.Set) []string {
		var all []string
		for _, f := range Risks(was, is, argoCD) {
			// Of the whole set are how many are gone, whether the internet reached any, and
			// which hosts a front without any serves.
			if f.Object.Namespace == "airbyte" && !slices.Contains([]string{"exposed", "delete-route", "host-dropped"}, f.Code) {
				all = append(all, f.String())
			}
		}
		return all
	}
	random := rand.New(rand.NewPCG(5, 6))
	for i, ar := range archives {
		was, is := set(t, ar, "was"), set(t, ar, "is")
		want := said(was, is)
		for range 6 {
			j := random.IntN(len(archives))
			before, after := elsewhere(set(t, archives[j], "was")), elsewhere(set(t, archives[j], "is"))
			for _, beside := range [][2]manifest.Set{{before, after}, {before, before}, {after, after}} {
				if got := said(append(slices.Clone(was), beside[0]...), append(slices.Clone(is), beside[1]...)); !slices.Equal(got, want) {
					t.Errorf("%s beside %s: got\n%s\nwant\n%s", files[i], files[j], strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		}
	}
}

// canary is what no message may hold.
const canary = "hunter2"

// credentials are values that hold one, in the forms that people give them.
var credentials = []string{
	"host=db1 user=a password=hunter2", "host=db1 password='it''s hunter2' port=5432", "password=hunter2 host=db1,db2 dbname=x", "host=db1;password=a@hunter2",
	"jdbc:postgresql://u:pa/hunter2@host1/db", "u:hunter2@tcp(db1)/x", "postgresql://u:p@hunter2@host1/db", "postgresql://u:p?@hunter2@host1/db",
	"postgresql://hunter2@host1", "postgresql://host1/db?password=hunter2", "postgresql://host1/db?user=u@x&password=p@hunter2/x", "host1/db&password=p@hunter2",
	"jdbc:sqlserver://host1:1433;user=a;password=hunter2", "mongodb+srv://u:hun,hunter2@h1:1,h2:2/db", "jdbc:oracle:thin:scott/hunter2@//host1:1521/svc",
	"DefaultEndpointsProtocol=https;AccountName=x;AccountKey=hunter2==;EndpointSuffix=core.windows.net", "https://x.blob.core.windows.net/c?sig=hunter2",
	"--password=hunter2", "Bearer hunter2", "Authorization: Basic hunter2", `{"password": "hunter2"}`, "password: hunter2\n",
}

// TestRisksHide puts credentials wherever a manifest of the examples has a value that
// people choose freely. No message holds one.
func TestRisksHide(t *testing.T) {
	files, err := filepath.Glob("testdata/risks/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for side, name := range []string{"was", "is"} {
			for i := range len(freely(set(t, ar, name))) {
				for range 2 {
					form := credentials[random.IntN(len(credentials))]
					sides := [2]manifest.Set{set(t, ar, "was"), set(t, ar, "is")}
					*freely(sides[side])[i] = *manifest.String(form)
					for _, r := range Risks(sides[0], sides[1], argoCD) {
						if strings.Contains(r.String(), canary) {
							t.Errorf("%s: %q is shown: %s: %s", file, form, r.Code, r)
						}
					}
				}
			}
		}
	}
}

// freely are the values of objects that the API server takes as any text, and those
// of a few words or quantities that messages repeat.
func freely(s manifest.Set) []*yaml.Node {
	anything := []string{"data", "stringData", "annotations", "sops", "args", "command"}
	keys := []string{
		"value", "image", "path", "externalName", "clusterIP", "storageClassName", "ingressClassName", "gatewayClassName", "serviceAccountName",
		"storage", "cpu", "memory", "shamir_threshold", "cidr", "sourceRange", "address",
	}
	var all []*yaml.Node
	var walk func(free bool, n *yaml.Node)
	walk = func(free bool, n *yaml.Node) {
		for i, c := range n.Content {
			switch {
			case n.Kind != yaml.MappingNode:
				walk(free, c)
			case i%2 == 1:
				key := n.Content[i-1].Value
				walk(free || slices.Contains(anything, key) || slices.Contains(keys, key), c)
			}
		}
		if free && n.Kind == yaml.ScalarNode {
			all = append(all, n)
		}
	}
	for _, n := range s {
		walk(false, n.YNode())
	}
	return all
}

// FuzzTarget: whatever a password is made of, a setting leads to its host, or is not
// told.
func FuzzTarget(f *testing.F) {
	for _, p := range []string{"hunter2", "pa/ss", "p@ss", "p?@ss", "p#ss@", "a=b", "cGFzcw==", "a b", "it's", `back\slash`, "1/x", "1?x", "tcp(x)", "//x@y:1/z", ";@", ""} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, password string) {
		const want = "db1:5432/airbyte"
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password)
		for _, s := range []string{
			"postgresql://u:" + password + "@db1:5432/airbyte", "jdbc:postgresql://" + password + "@db1:5432/airbyte", "u:" + password + "@tcp(db1:5432)/airbyte",
			"postgresql://db1:5432/airbyte?password=" + password, "u:" + password + "@db1:5432/airbyte?sslmode=require",
			"host=db1 port=5432 password='" + quoted + "' dbname=airbyte",
		} {
			if got, ok := target(s); ok && got != want {
				t.Errorf("%q: %q, want %q or nothing", s, got, want)
			}
		}
	})
}

// mutate changes one node somewhere below n.
func mutate(random *rand.Rand, n *yaml.Node) {
	for len(n.Content) > 0 && random.IntN(4) > 0 {
		n = n.Content[random.IntN(len(n.Content))]
	}
	switch random.IntN(5) {
	case 0:
		n.Content = nil
	case 1:
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull, Value: "null"}
	case 2:
		*n = yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq, Content: []*yaml.Node{yaml.CopyYNode(n)}}
	case 3:
		*n = yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap, Content: []*yaml.Node{manifest.String("name"), yaml.CopyYNode(n)}}
	default:
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: "0"}
	}
}

// riskRule is the rule of a code.
func riskRule(code string) (RiskRule, bool) {
	i := slices.IndexFunc(riskRules, func(r RiskRule) bool { return r.Code == code })
	if i < 0 {
		return RiskRule{}, false
	}
	return riskRules[i], true
}
