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
