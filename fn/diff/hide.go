package diff

import (
	"cmp"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// hidden stands in a text for what is not told.
const hidden = "(hidden)"

// scope is what is known of the values at one place of an object: whether they are
// told, and how they are read.
type scope struct {
	// hide: no value from here on is told, not even how it is built.
	hide bool
	// keys: but the keys of a mapping are.
	keys bool
	// named: the name of a key says that its value is secret.
	named bool
	// free: keys are somebody's own and may say so. The fields of Kubernetes' own kinds
	// are known, and secretName is not one.
	free bool
	// config: values are files or settings of a program, and what stands in them is
	// free too.
	config bool
	// vault: the object is a Secret or makes one, whatever its kind is called.
	vault bool
	// settings: the object is a ConfigMap, and this is its root.
	settings bool
	// annotation: values are annotations.
	annotation bool
	// sequence: the order of a list is part of what it says.
	sequence bool
	// item: the value is an item of a list.
	item bool
	// key is the name that the value has.
	key string
}

// scopeOf is where an object begins.
func scopeOf(root *yaml.Node) scope {
	n := yaml.NewRNode(root)
	id := manifest.IDOf(n)
	return scope{
		vault:    isVault(id.Kind),
		free:     !manifest.BuiltIn(n) && id.Group != "external-secrets.io",
		settings: id.Group == "" && id.Kind == "ConfigMap",
	}
}

// isVault reports whether objects of a kind hold secrets or make them: Secret,
// SealedSecret, ExternalSecret, SopsSecret, VaultStaticSecret.
func isVault(kind string) bool { return strings.Contains(kind, "Secret") }

// lastApplied holds a whole object as kubectl sent it, Secrets with their values.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// child is the scope of the value that parent has at key.
func (c scope) child(parent *yaml.Node, key string) scope {
	if c.hide {
		c.keys = false
		return c
	}
	root := c.settings
	c.settings, c.sequence, c.item, c.key = false, false, false, key
	if !c.config && manifest.SecretPlace(key) {
		c.named = false // credentials: {secretName: x}
	}
	switch key {
	case "data", "stringData", "encryptedData", "binaryData", "templateData", "literals":
		// What an ExternalSecret lists below spec are keys and where they are from.
		value := manifest.Field(parent, key)
		if isVault(manifest.Text(parent, "kind")) || c.vault && value != nil && value.Kind != yaml.SequenceNode {
			c.hide, c.keys = true, true
		}
		switch {
		case root && key == "data":
			c.free, c.config = true, true
			return c
		case key == "binaryData":
			c.hide = true // nobody reads it, and it may be anything
		}
	case "spec":
		c.vault = c.vault || isVault(manifest.Text(parent, "kind"))
	case "annotations":
		c.free, c.annotation = true, true
		return c
	case "labels", "matchLabels", "nodeSelector":
		c.free = false
	case "args", "command":
		c.sequence = true
	case "value", "Value":
		name := cmp.Or(manifest.Text(parent, "name"), manifest.Text(parent, "key"), manifest.Text(parent, "Name"), manifest.Text(parent, "Key"))
		c.named = c.named || manifest.SecretName(name) || strings.EqualFold(name, "authorization") || strings.EqualFold(name, "cookie")
	case "auth":
		if value := manifest.Field(parent, key); value != nil {
			c.named = c.named || isBasic(value.Value)
		}
	case lastApplied:
		c.hide = true
	case "mac", "enc":
		c.hide = c.hide || c.vault // what SOPS writes beside the values
	}
	if c.free && manifest.SecretName(key) && !(c.annotation && strings.HasPrefix(key, "nginx.ingress.kubernetes.io/") && strings.HasSuffix(key, "-secret")) {
		c.named = true
	}
	return c
}

// and is the scope of a value whose two sides have two: what one of them hides is
// hidden.
func (c scope) and(o scope) scope {
	c.hide = c.hide || o.hide
	c.keys = c.keys && o.keys
	c.named = c.named || o.named
	c.free = c.free || o.free
	c.config = c.config || o.config
	c.vault = c.vault || o.vault
	return c
}

// within is the scope of what is written in a text.
func (c scope) within() scope {
	return scope{hide: c.hide, named: c.named, free: true, config: true}
}

// value is a node as a report tells it.
func (c scope) value(n *yaml.Node) Value {
	if n == nil {
		return Value{}
	}
	if c.hide && !(c.keys && n.Kind == yaml.MappingNode) || c.named && n.Kind != yaml.ScalarNode && (c.config || scalars(n.Content) && n.Kind == yaml.SequenceNode) {
		return Value{Present: true, Hidden: true}
	}
	if n.Kind == yaml.ScalarNode {
		text := c.text(n)
		if text == hidden {
			return Value{Present: true, Hidden: true}
		}
		return Value{Present: true, Text: text}
	}
	b, err := manifest.Bytes(yaml.NewRNode(c.redact(n)))
	if err != nil {
		return Value{Present: true, Hidden: true} // of what cannot be read, nothing is known
	}
	return Value{Present: true, Text: strings.TrimSuffix(string(b), "\n")}
}

// text is a scalar without what is secret in it.
func (c scope) text(n *yaml.Node) string {
	switch {
	case c.hide || c.named && !tellsNothing(n.Value):
		return hidden
	case !isText(n):
		return n.Value
	}
	if doc := c.document(n.Value); doc != nil {
		inner := c.within()
		redacted := inner.redact(doc)
		if redacted == doc && scrubText(n.Value, settings) == n.Value {
			return n.Value // with the comments, which a document has not
		}
		if b, err := manifest.Bytes(yaml.NewRNode(redacted)); err == nil {
			return strings.TrimSuffix(string(b), "\n")
		}
		return hidden
	}
	text := n.Value
	if c.item {
		text = scrubText(text, item)
	}
	if c.config {
		return scrubText(text, settings)
	}
	return scrub(text)
}

// redact is a node without what is secret in it: the node itself where nothing is.
func (c scope) redact(n *yaml.Node) *yaml.Node {
	if c.hide && !(c.keys && n.Kind == yaml.MappingNode) {
		return manifest.String(hidden)
	}
	switch n.Kind {
	case yaml.MappingNode:
		var out *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := n.Content[i+1]
			redacted := c.child(n, n.Content[i].Value).redact(value)
			if redacted == value {
				continue
			}
			if out == nil {
				out = copyOf(n)
			}
			out.Content[i+1] = redacted
		}
		if out != nil {
			return out
		}
		return n
	case yaml.SequenceNode:
		var out *yaml.Node
		c.item = true
		for i, value := range n.Content {
			redacted := c.redact(value)
			if i > 0 && secretFlag(n.Content[i-1].Value) && !tellsNothing(value.Value) {
				redacted = manifest.String(hidden)
			}
			if redacted == value {
				continue
			}
			if out == nil {
				out = copyOf(n)
			}
			out.Content[i] = redacted
		}
		if out != nil {
			return out
		}
		return n
	}
	if text := c.text(n); text != n.Value {
		return manifest.String(text)
	}
	return n
}

// copyOf is a node whose content can be replaced.
func copyOf(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = append([]*yaml.Node(nil), n.Content...)
	return &out
}

// emit writes a change of the field that the walker stands at down.
func (w *walker) emit(op Op, old, new *yaml.Node, c scope) {
	a, b := c.value(old), c.value(new)
	if a.Present && b.Present && a == b && !a.Hidden {
		if old.Kind == yaml.ScalarNode && new.Kind == yaml.ScalarNode && old.Value == new.Value {
			a.Text, b.Text = typed(old), typed(new) // "true" is no true
		} else {
			a, b = Value{Present: true, Hidden: true}, Value{Present: true, Hidden: true}
		}
	}
	w.add(change{op: op, old: a, new: b})
}

// typed is a scalar as YAML has to write it.
func typed(n *yaml.Node) string {
	b, err := manifest.Bytes(yaml.NewRNode(n))
	if err != nil {
		return n.Value
	}
	return strings.TrimSuffix(string(b), "\n")
}

// add completes a change with where the walker stands.
func (w *walker) add(c change) {
	c.path = pathOf(w.steps, false)
	c.pattern = c.path
	for _, s := range w.steps {
		if s.any {
			c.pattern = pathOf(w.steps, true)
			break
		}
	}
	c.environment, c.object = w.environment, w.id
	c.noise = c.noise || w.isNoise(c)
	w.changes = append(w.changes, c)
}
