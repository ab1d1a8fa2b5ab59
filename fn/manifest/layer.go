package manifest

import (
	"sort"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// LayerAnnotation names the layer an object is applied in, for delivery agents
// that know no hooks and order only whole folders (Flux: dependsOn). Layers
// are applied in the order of their names.
const LayerAnnotation = "airstrip.dev/layer"

// The layers, in order: what others need to start, the one-shot Jobs that
// prepare it, the application, the one-shot Jobs that follow.
const (
	LayerBase      = "10-base"
	LayerBootstrap = "20-bootstrap"
	LayerApp       = "30-app"
	LayerFinish    = "40-finish"
)

// A Layer is the part of a set that is applied at one time.
type Layer struct {
	Name    string // empty when the set has no layers
	Objects Set
}

// Layers splits the set by its layer annotations, in apply order, keeping the
// order inside each layer. A set without any is one nameless layer. In a set
// that has some, an object without one (a resource of the overlay's own) goes
// to the application's layer if it runs Pods or leads to them, else to the
// first.
func (s Set) Layers() []Layer {
	byName := map[string]Set{}
	marked := false
	for _, n := range s {
		name := layerOf(n)
		marked = marked || name != ""
		byName[name] = append(byName[name], n)
	}
	if !marked {
		return []Layer{{Objects: s}}
	}
	byName = map[string]Set{}
	for _, n := range s {
		name := layerOf(n)
		if name == "" {
			name = defaultLayer(IDOf(n))
		}
		byName[name] = append(byName[name], n)
	}
	layers := make([]Layer, 0, len(byName))
	for name, objects := range byName {
		layers = append(layers, Layer{name, objects})
	}
	sort.Slice(layers, func(i, j int) bool { return layers[i].Name < layers[j].Name })
	return layers
}

func layerOf(n *yaml.RNode) string {
	return Text(Lookup(n.YNode(), "metadata", "annotations"), LayerAnnotation)
}

func defaultLayer(id ID) string {
	if id.Passive() {
		return LayerBase
	}
	return LayerApp
}
