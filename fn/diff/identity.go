package diff

import (
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// identities are the fields that items of a list are known by, of which all that are
// there count and the first has to be. The first line of a list that fits all of its
// items is taken; they are the merge keys of the API (k8s.io/api: patchMergeKey), and
// what a reader would say where it has none or a worse one.
var identities = map[string][][]string{
	"ports":                     {{"name"}, {"containerPort", "protocol"}, {"port", "protocol"}},
	"volumeMounts":              {{"mountPath"}},
	"volumeDevices":             {{"devicePath"}},
	"envFrom":                   {{"configMapRef.name", "prefix"}, {"secretRef.name", "prefix"}},
	"rules":                     {{"name"}, {"host"}, {"apiGroups", "resources", "resourceNames"}, {"nonResourceURLs"}},
	"paths":                     {{"path", "pathType"}},
	"tls":                       {{"secretName"}, {"hosts"}},
	"parentRefs":                {{"name", "kind", "namespace", "sectionName", "port"}},
	"backendRefs":               {{"name", "kind", "namespace", "port"}},
	"certificateRefs":           {{"name", "kind", "namespace"}},
	"tolerations":               {{"key", "operator", "value", "effect"}, {"operator", "effect"}},
	"subjects":                  {{"name", "kind", "namespace"}},
	"hostAliases":               {{"ip"}},
	"topologySpreadConstraints": {{"topologyKey", "whenUnsatisfiable"}},
	"matchExpressions":          {{"key"}},
	"items":                     {{"key"}},
	"data":                      {{"secretKey"}},
	"metrics":                   {{"resource.name"}, {"containerResource.name"}, {"pods.metric.name"}, {"external.metric.name"}},
	"ownerReferences":           {{"kind", "name"}},
	"sources":                   {{"configMap.name"}, {"secret.name"}, {"serviceAccountToken.path"}, {"downwardAPI"}},
}

// defaults are what the API takes for a field that an item is known by and does not
// have. Written out, it is the same item.
var defaults = map[string]map[string]string{
	"ports":           {"protocol": "TCP"},
	"tolerations":     {"operator": "Equal"},
	"parentRefs":      {"kind": "Gateway"},
	"backendRefs":     {"kind": "Service"},
	"certificateRefs": {"kind": "Secret"},
}

// usual is how items are known of which the table does not tell: by what most of the
// API and of custom kinds call things.
var usual = [][]string{{"name"}, {"metadata.name"}, {"key"}, {"id"}, {"host"}, {"hostname"}, {"path"}}

// keysOf finds what the items of two lists of one field are known by. It fails where
// an item has nothing of the kind. Items that share an identity are told apart by
// their number. A namespace counts where it is not that of the object itself.
func (w *walker) keysOf(field string, old, new []*yaml.Node) (was, is []string, ok bool) {
	a, b := keyer{defaults[field], w.own[0]}, keyer{defaults[field], w.own[1]}
	lines := identities[field]
	if lines == nil {
		lines = usual
	}
	if field == "envFrom" || field == "sources" {
		// Each item is known by whichever it has.
		if was, ok = a.keysBy(lines, old); ok {
			is, ok = b.keysBy(lines, new)
		}
		return was, is, ok
	}
	for _, line := range lines {
		one := [][]string{line}
		if was, ok = a.keysBy(one, old); ok {
			if is, ok = b.keysBy(one, new); ok {
				return was, is, true
			}
		}
	}
	return nil, nil, false
}

// keyer knows what items of a list leave out.
type keyer struct {
	defaults  map[string]string
	namespace string
}

func (k keyer) keysBy(lines [][]string, items []*yaml.Node) ([]string, bool) {
	keys := make([]string, len(items))
	var seen map[string]int
	for i, item := range items {
		for _, line := range lines {
			if keys[i] = k.keyOf(item, line); keys[i] != "" {
				if len(lines) > 1 { // which of them it is belongs to its name
					keys[i] = strings.TrimSuffix(strings.Split(line[0], ".")[0], "Ref") + "/" + keys[i]
				}
				break
			}
		}
		if keys[i] == "" {
			return nil, false
		}
	}
	for i, key := range keys {
		if len(keys) == 1 {
			break
		}
		if seen == nil {
			seen = make(map[string]int, len(keys))
		}
		seen[key]++
		if n := seen[key]; n > 1 {
			keys[i] = key + "#" + strconv.Itoa(n)
		}
	}
	return keys, true
}

// keyOf joins the fields that an item is known by, empty where it lacks the first.
func (k keyer) keyOf(item *yaml.Node, line []string) string {
	if len(line) == 1 && !strings.Contains(line[0], ".") {
		return textOf(manifest.Field(item, line[0]))
	}
	var parts []string
	for i, path := range line {
		text := textOf(manifest.Lookup(item, strings.Split(path, ".")...))
		switch {
		case text == "" && i == 0:
			return ""
		case text == "":
			text = k.defaults[path]
		case path == "namespace" && text == k.namespace:
			text = ""
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "/")
}

// textOf is a scalar, or a list of them, in few letters.
func textOf(n *yaml.Node) string {
	switch {
	case n == nil || n.Tag == yaml.NodeTagNull:
		return ""
	case n.Kind == yaml.ScalarNode:
		return n.Value
	case n.Kind == yaml.MappingNode:
		return "map"
	}
	parts := make([]string, 0, len(n.Content))
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			return ""
		}
		if c.Value == "" {
			parts = append(parts, "core") // the API group that has no name
			continue
		}
		parts = append(parts, c.Value)
	}
	return strings.Join(parts, ",")
}
