package validate

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// names checks names, labels, and keys of annotations and of data, which no schema describes
// (k8s.io/apimachinery, api/validation).
func (c *checker) names(n *yaml.RNode) {
	id := manifest.IDOf(n)
	switch {
	case id.Group == "rbac.authorization.k8s.io": // any that fits into a path
		if strings.ContainsAny(id.Name, "/%") || id.Name == "." || id.Name == ".." {
			c.error(id, "name", "metadata.name", "%q cannot be part of a URL", id.Name)
		}
	case id.Group == "" && (id.Kind == "Service" || id.Kind == "Namespace"):
		c.text(id, "metadata.name", validation.IsDNS1123Label(id.Name))
	default:
		c.text(id, "metadata.name", validation.IsDNS1123Subdomain(id.Name))
	}
	if id.Namespace != "" {
		c.text(id, "metadata.namespace", validation.IsDNS1123Label(id.Namespace))
	}
	if id.Group == "" && (id.Kind == "ConfigMap" || id.Kind == "Secret") {
		for _, field := range []string{"data", "binaryData", "stringData"} {
			for key := range entries(manifest.Field(n.YNode(), field)) {
				c.text(id, below(field, key), validation.IsConfigMapKey(key))
			}
		}
	}
	c.meta(id, manifest.Field(n.YNode(), "metadata"), "metadata")
	if template := manifest.PodTemplate(n); template != nil && template != n.YNode() {
		c.meta(id, manifest.Field(template, "metadata"), manifest.FieldPath(manifest.PodTemplatePath(id.Kind), "metadata"))
	}
}

func (c *checker) meta(id manifest.ID, meta *yaml.Node, path string) {
	for key, value := range entries(manifest.Field(meta, "labels")) {
		at := below(path+".labels", key)
		c.text(id, at, validation.IsQualifiedName(key))
		if isText(value) {
			c.text(id, at, validation.IsValidLabelValue(value.Value))
		}
	}
	size := 0
	for key, value := range entries(manifest.Field(meta, "annotations")) {
		c.text(id, below(path+".annotations", key), validation.IsQualifiedName(strings.ToLower(key)))
		size += len(key) + len(value.Value)
	}
	if size > 256<<10 {
		c.error(id, "name", path+".annotations", "have %d bytes, and may have %d", size, 256<<10)
	}
}

// entries ranges over a mapping node in its order.
func entries(n *yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// text reports what Kubernetes says of a name or label.
func (c *checker) text(id manifest.ID, field string, problems []string) {
	if len(problems) > 0 {
		c.error(id, "name", field, "%s", problems[0])
	}
}
