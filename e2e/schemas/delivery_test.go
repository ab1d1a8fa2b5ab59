package schemas

import (
	"path/filepath"
	"testing"
)

// agents are the modules whose CRDs Argo CD and Flux install, with their checksums.
var agents = map[string]string{
	"github.com/argoproj/argo-cd/v3@v3.2.12":        "h1:XbOyqcoPIjMhiP+y05Zi2U+HfG3b2TNfGJgVuK5Y8g0=",
	"github.com/fluxcd/kustomize-controller@v1.9.5": "h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=",
	"github.com/fluxcd/source-controller@v1.9.0":    "h1:5msg2yyjVYDULZos+2ve8MZzcSqTpusiXmrOeBhc9yY=",
}

// TestDeliverySchemas holds what airstrip argocd and flux print to the schemas of its
// kinds: the examples, and what is recorded of the flags.
func TestDeliverySchemas(t *testing.T) {
	kinds := map[string]*crd{}
	readModules(t, kinds, agents, "manifests/crds", "config/crd/bases")
	files, err := filepath.Glob("../../testdata/delivery/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no records: %v", err)
	}
	examples, err := filepath.Glob("../../examples/argocd-*/application.yaml")
	if err != nil || len(examples) < 2 {
		t.Fatalf("no examples: %v", err)
	}
	checked := map[string]int{}
	for _, name := range append(append(files, examples...), "../../examples/flux/airbyte.yaml") {
		checkDocuments(t, kinds, name, checked)
	}
	if len(checked) != 3 {
		t.Errorf("checked %v, want Applications, GitRepositories and Kustomizations", checked)
	}
	t.Logf("%v", checked)
	// What the API server refuses is refused here too.
	checkRefused(t, kinds, map[string]string{
		`{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: x}, spec: {interval: often, prune: true, sourceRef: {kind: GitRepository, name: x}}}`:            "should match",
		`{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: x}, spec: {interval: 1m, prune: true, dependOn: [], sourceRef: {kind: GitRepository, name: x}}}`: "unknown field",
		`{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: x}, spec: {interval: 1m, url: "git@example.com:x"}}`:                                                "should match",
		`{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: x}, spec: {project: x, destination: {}, syncPolicy: {automated: {selfheal: true}}, source: {repoURL: x}}}`:   "unknown field",
	})
}
