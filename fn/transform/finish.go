package transform

import (
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Finish completes a set that holds everything that a release brings, its ingress
// and its Secrets: pod templates get the digests of what they read, Jobs that are
// named by their content their names, and the set its order.
func Finish(s manifest.Set) error {
	checksum(s)
	for _, n := range s {
		nameByContent(n)
	}
	s.Sort()
	return s.Check()
}

// First gives an object that others wait for its place before all of them, in the
// delivery agent's own terms: a Secret, or what the cluster makes one from.
func First(n *yaml.RNode, d Delivery) {
	o := &object{RNode: n}
	switch d {
	case ArgoCD:
		o.annotate(argoWave, secretWave)
	case Flux:
		o.annotate(manifest.LayerAnnotation, manifest.LayerBase)
	}
}

// secretWave is before the waves of all hooks of the official charts, whose
// weights begin at -10, and after that of the Namespace.
const secretWave = "-15"
