package transform

import (
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// completeNamespace writes down the namespace that Helm would have sent along:
// charts before 2.2.0 leave it out. Cluster-scoped objects have none.
func (t *pass) completeNamespace() {
	var set manifest.Set
	for _, o := range t.objects {
		set = append(set, o.RNode)
	}
	for _, o := range t.objects {
		id := o.id()
		switch scope := set.ScopeOf(id); {
		case scope == manifest.Namespaced && id.Namespace == "":
			manifest.SetField(o.metadata(), "namespace", manifest.String(t.Namespace))
			t.note(manifest.Info, "namespace", o, "metadata.namespace", "set to %s", t.Namespace)
		case scope == manifest.Cluster && id.Namespace != "":
			manifest.RemoveField(o.metadata(), "namespace")
			t.note(manifest.Info, "namespace", o, "metadata.namespace", "removed: a %s belongs to the whole cluster", id.Kind)
		}
	}
}

// namespace is the Namespace object itself. No agent may prune it: with it
// would go everything inside, volumes and the Secrets that only the cluster
// has.
func namespace(o Options) (*yaml.RNode, error) {
	annotations := map[string]any{}
	switch o.Delivery {
	case ArgoCD:
		annotations[argoWave] = "-20"
		annotations[argoOptions] = "Prune=false,Delete=false"
	case Flux:
		annotations[fluxPrune] = "disabled"
		annotations[manifest.LayerAnnotation] = manifest.LayerBase
	}
	metadata := map[string]any{"name": o.Namespace}
	if len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	n, err := manifest.FromValue(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
	if err != nil {
		return nil, err
	}
	return yaml.NewRNode(n), nil
}
