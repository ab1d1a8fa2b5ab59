package transform

import (
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// The labels that speak of Helm and of the release. They sit in no selector
// of the official chart; the first two change with every release and make a
// version bump touch every object, the third is untrue once Helm is gone.
const (
	chartLabel     = "helm.sh/chart"
	versionLabel   = "app.kubernetes.io/version"
	managedByLabel = "app.kubernetes.io/managed-by"
)

// relabel applies the label policy to objects and their pod templates. A label
// that some selector asks for stays, whatever the policy.
func (t *pass) relabel() {
	if t.Labels == KeepLabels {
		return
	}
	selected := t.selectedLabels()
	for _, o := range t.objects {
		t.relabelOne(o, "metadata.labels", manifest.Lookup(o.YNode(), "metadata", "labels"), selected)
		if template := manifest.PodTemplate(o.RNode); template != nil && template != o.YNode() {
			at := manifest.FieldPath(manifest.PodTemplatePath(o.id().Kind), "metadata", "labels")
			t.relabelOne(o, at, manifest.Lookup(template, "metadata", "labels"), selected)
		}
		if labels := manifest.Lookup(o.YNode(), "metadata", "labels"); labels != nil && len(labels.Content) == 0 {
			manifest.RemoveField(o.metadata(), "labels")
		}
	}
}

func (t *pass) relabelOne(o *object, at string, labels *yaml.Node, selected map[string]bool) {
	for _, key := range []string{chartLabel, versionLabel, managedByLabel} {
		value := manifest.Text(labels, key)
		if value == "" || key == managedByLabel && value != "Helm" {
			continue
		}
		field := at + "." + key
		switch {
		case selected[key]:
			t.note(manifest.Warning, "label-selected", o, field, "kept: a selector asks for it")
		case t.Labels == StripLabels:
			manifest.RemoveField(labels, key)
			t.note(manifest.Info, "label", o, field, "%s is removed", value)
		case key == managedByLabel:
			manifest.SetField(labels, key, manifest.String("airstrip"))
			t.note(manifest.Info, "label", o, field, "Helm is now airstrip")
		}
	}
}

// selectedLabels collects every label key that a selector of the set uses:
// matchLabels, matchExpressions, and the flat selectors of Services.
func (t *pass) selectedLabels() map[string]bool {
	keys := make(map[string]bool)
	for _, o := range t.objects {
		collectSelectors(o.YNode(), keys)
	}
	return keys
}

func collectSelectors(n *yaml.Node, keys map[string]bool) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			switch {
			case name == "matchLabels" || name == "selector" || name == "nodeSelector":
				for j := 0; value.Kind == yaml.MappingNode && j+1 < len(value.Content); j += 2 {
					if value.Content[j+1].Kind == yaml.ScalarNode {
						keys[value.Content[j].Value] = true
					}
				}
			case name == "matchExpressions":
				for _, e := range manifest.Items(value) {
					keys[manifest.Text(e, "key")] = true
				}
			}
		}
	}
	for _, c := range n.Content {
		collectSelectors(c, keys)
	}
}
