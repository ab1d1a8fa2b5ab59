package validate

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// object holds an object to the schema of its kind, as the API server does with
// strict field validation.
func (c *checker) object(n *yaml.RNode) {
	root := n.YNode()
	version, kind := manifest.Text(root, "apiVersion"), manifest.Text(root, "kind")
	if version == "" {
		c.error(manifest.IDOf(n), "unknown-kind", "apiVersion", "is missing")
		return
	}
	o := &walk{checker: c, id: manifest.IDOf(n)}
	o.quiet = o.id.Group == "" && kind == "Secret"
	if o.quiet && manifest.Field(root, "sops") != nil {
		return // fn/secret knows what that looks like
	}
	kubernetes := load("kubernetes-" + c.kube)
	meta := kubernetes.named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
	served := lifeOf(version, kind)
	if s := kubernetes.kind(version, kind); s != nil {
		if served.Deprecated != "" && compareMinor(c.kube, served.Deprecated) >= 0 {
			c.warn(o.id, "deprecated-api", "apiVersion", "%s is deprecated%s", version, until(served))
		}
		o.lib = kubernetes
		o.check(s, root)
		return
	}
	custom := load(o.id.Group)
	switch s := custom.kind(version, kind); {
	case s != nil:
		custom := &walk{checker: c, id: o.id, lib: custom}
		custom.check(s, root)
	case custom == nil && kubernetes.builtIn(o.id.Group):
		c.unserved(o.id, version, kind, served, kubernetes)
		return
	default:
		c.unknown(o.id, version, kind, custom)
	}
	o.lib = kubernetes
	o.path = []pathStep{{key: "metadata"}}
	o.check(meta, manifest.Field(root, "metadata"))
}

// builtIn reports whether a group is one of Kubernetes' own.
func (l *library) builtIn(group string) bool {
	if !strings.Contains(group, ".") {
		return true
	}
	has := func(key string) bool { return strings.HasPrefix(key, group+"/") }
	for key := range l.lines {
		if has(key) {
			return true
		}
	}
	for key := range lives() {
		if has(key) {
			return true
		}
	}
	return false
}

// unserved says why Kubernetes does not know a kind in a group of its own.
func (c *checker) unserved(id manifest.ID, version, kind string, served life, l *library) {
	switch {
	case served.Removed != "" && compareMinor(c.kube, served.Removed) >= 0:
		c.error(id, "removed-api", "apiVersion", "%s %s is not served from Kubernetes %s on%s", version, kind, served.Removed, l.instead(version, kind, served))
		return
	case served.Introduced != "" && compareMinor(c.kube, served.Introduced) < 0:
		c.error(id, "unknown-kind", "apiVersion", "%s %s is served from Kubernetes %s on, and this is for %s", version, kind, served.Introduced, c.kube)
		return
	case served != (life{}):
		c.warn(id, "unknown-kind", "apiVersion", "%s %s is not served by Kubernetes %s unless it is enabled", version, kind, c.kube)
		return
	}
	c.error(id, "unknown-kind", "apiVersion", "Kubernetes %s has no %s %s%s", c.kube, version, kind, l.meant(version, kind))
}

// unknown speaks of a kind of somebody else's, whose group may be here: a version of
// it that is not may be served all the same, a name that is nearly one is none.
func (c *checker) unknown(id manifest.ID, version, kind string, l *library) {
	if l != nil && len(l.versions(kind)) == 0 {
		if near := l.nearest(version, kind); near != "" {
			c.warn(id, "unknown-kind", "kind", "no schema of %s %s is here: did you mean %s?", version, kind, near)
			return
		}
	}
	c.info(id, "no-schema", "", "no schema of %s %s is here: its fields are not checked", version, kind)
}

// meant ends a message about a kind that is not in a library: with the versions that
// have it, or else with the kind that was probably meant.
func (l *library) meant(version, kind string) string {
	if elsewhere := l.versions(kind); len(elsewhere) > 0 {
		return ": it is in " + strings.Join(elsewhere, ", ")
	}
	if near := l.nearest(version, kind); near != "" {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ""
}

// nearest is the kind of an API version that was probably meant, if one is near.
func (l *library) nearest(version, kind string) string {
	var here []string
	for key := range l.lines {
		if v, k, _ := strings.Cut(key, " "); v == version {
			here = append(here, k)
		}
	}
	return manifest.Nearest(kind, here)
}

// versions are the API versions that have a kind, sorted.
func (l *library) versions(kind string) []string {
	var all []string
	for key := range l.lines {
		if v, k, _ := strings.Cut(key, " "); k == kind {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// instead ends a message about a kind that is no longer served in a version.
func (l *library) instead(version, kind string, served life) string {
	group, _, _ := strings.Cut(version, "/")
	now := slices.DeleteFunc(l.versions(kind), func(v string) bool { return !strings.HasPrefix(v, group+"/") })
	switch {
	case served.Replacement != "":
		return ": use " + served.Replacement
	case len(now) > 0:
		return ": use " + strings.Join(now, " or ") + " " + kind
	}
	return ", and nothing took its place"
}

func until(l life) string {
	s := ""
	if l.Removed != "" {
		s = fmt.Sprintf(", and not served from Kubernetes %s on", l.Removed)
	}
	if l.Replacement != "" {
		s += ": use " + l.Replacement
	}
	return s
}

// walk goes through one object.
type walk struct {
	*checker
	id  manifest.ID
	lib *library
	// quiet keeps values out of messages.
	quiet bool
	// path is where it is.
	path []pathStep
	// unknown are the fields that the schema has not got.
	unknown []Unknown
}

// pathStep is one step of a path: a field, or an item of a list. Most are never told, so
// they are made into text only where one is.
type pathStep struct {
	key   string
	index int
	item  *yaml.Node
}

// at is where the walk is, as text.
func (w *walk) at() string {
	path := ""
	for _, s := range w.path {
		if s.item != nil {
			path = itemPath(path, s.index, s.item)
		} else {
			path = below(path, s.key)
		}
	}
	return path
}

// below is where a field of the node at hand stands.
func (w *walk) below(key string) string { return below(w.at(), key) }

// into holds a node one step below to a schema.
func (w *walk) into(s *schema, n *yaml.Node, to pathStep) {
	w.path = append(w.path, to)
	w.check(s, n)
	w.path = w.path[:len(w.path)-1]
}

// Unknown is a field that the schema of its kind has not got.
type Unknown struct {
	// Path is where it stands in the object, In the mapping that has it under Key.
	Path, Key string
	In        *yaml.Node
	// Nearest is the field that was probably meant, if one is near.
	Nearest string
}

// UnknownFields finds the fields of an object of Kubernetes' own kinds that its
// schema has not got: what Helm has applied without them, and an agent refuses.
func UnknownFields(n *yaml.RNode, kubeVersion string) []Unknown {
	root := n.YNode()
	lib := load("kubernetes-" + nearestKube(Minor(kubeVersion)))
	w := &walk{checker: &checker{}, id: manifest.IDOf(n), lib: lib}
	w.check(lib.kind(manifest.Text(root, "apiVersion"), manifest.Text(root, "kind")), root)
	return w.unknown
}

// bad says what is wrong where the walk is.
func (w *walk) bad(format string, args ...any) {
	w.error(w.id, "schema", w.at(), format, args...)
}

// quoted is a value for a message.
func (w *walk) quoted(n *yaml.Node) string {
	if w.quiet {
		return "what it is"
	}
	return strconv.Quote(cut(n.Value))
}

// cut keeps a message readable.
func cut(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// what names a node without its value.
func what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case yaml.NodeTagInt, yaml.NodeTagFloat:
		return "a number"
	case yaml.NodeTagBool:
		return "true or false"
	}
	return "text"
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == yaml.NodeTagNull
}

func isScalar(n *yaml.Node, tags ...string) bool {
	return n.Kind == yaml.ScalarNode && slices.Contains(tags, n.ShortTag())
}

// isText: a date is text to the API server, which knows no other.
func isText(n *yaml.Node) bool {
	return isScalar(n, yaml.NodeTagString, "!!timestamp", "!!binary")
}

// The types that Kubernetes reads in a way of their own.
const (
	quantityType = "io.k8s.apimachinery.pkg.api.resource.Quantity"
	timeType     = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
	microType    = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"
)

// check holds the node at the path to a schema.
func (w *walk) check(s *schema, n *yaml.Node) {
	if s == nil || isNull(n) {
		return // null is absent to the API server
	}
	if s.Ref == quantityType {
		w.quantity(n)
		return
	}
	if s.Ref == timeType || s.Ref == microType {
		if !isText(n) {
			w.bad("is %s, want a time", what(n))
		}
		return
	}
	s = w.lib.follow(s)
	switch {
	case s == nil:
	case s.IntOrString || s.Format == "int-or-string":
		if !isText(n) && !isScalar(n, yaml.NodeTagInt) {
			w.bad("is %s, want a number or text", what(n))
		} else if s.Pattern != "" && !matches(s.Pattern, n.Value) {
			w.bad("is %s, want %s", w.quoted(n), s.Pattern)
		}
	case s.Type == "object":
		w.mapping(s, n)
	case s.Type == "array":
		w.list(s, n)
	case s.Type == "string":
		w.text(s, n)
	case s.Type == "integer":
		if !isScalar(n, yaml.NodeTagInt) {
			w.bad("is %s, want a whole number", what(n))
			return
		}
		w.number(s, n)
	case s.Type == "number":
		if !isScalar(n, yaml.NodeTagInt, yaml.NodeTagFloat) {
			w.bad("is %s, want a number", what(n))
			return
		}
		w.number(s, n)
	case s.Type == "boolean":
		if !isScalar(n, yaml.NodeTagBool) {
			w.bad("is %s, want true or false", what(n))
		}
	}
}

func (w *walk) mapping(s *schema, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		w.bad("is %s, want an object", what(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		switch field := s.Fields[key]; {
		case field != nil:
			w.into(field, value, pathStep{key: key})
		case s.Values != nil:
			w.into(s.Values, value, pathStep{key: key})
		case s.Fields != nil && !s.Open:
			u := Unknown{Path: w.below(key), Key: key, In: n, Nearest: nearestField(s, key)}
			w.unknown = append(w.unknown, u)
			w.error(w.id, "unknown-field", u.Path, "%s", u)
		}
	}
	for _, key := range s.Required {
		field := s.Fields[key]
		if isNull(manifest.Field(n, key)) && (field == nil || field.Default == nil) {
			w.error(w.id, "schema", w.below(key), "is missing")
		}
	}
}

func nearestField(s *schema, key string) string {
	known := make([]string, 0, len(s.Fields))
	for name := range s.Fields {
		known = append(known, name)
	}
	slices.Sort(known)
	return manifest.Nearest(key, known)
}

// String says what is wrong with the field, without its path.
func (u Unknown) String() string {
	if u.Nearest != "" {
		return fmt.Sprintf("is no field: did you mean %s?", u.Nearest)
	}
	return "is no field"
}

// below is the path of a field; a key with dots in it is put in brackets.
func below(path, key string) string {
	if strings.ContainsAny(key, "./[]") {
		key = "[" + key + "]"
	}
	return manifest.FieldPath(path, key)
}

func (w *walk) list(s *schema, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		w.bad("is %s, want a list", what(n))
		return
	}
	seen := map[string]bool{}
	for i, item := range n.Content {
		if isNull(item) {
			w.error(w.id, "schema", itemPath(w.at(), i, item), "is null")
			continue
		}
		w.into(s.Items, item, pathStep{index: i, item: item})
		if key := w.itemKey(s, item); key != "" {
			if seen[key] {
				w.error(w.id, "duplicate-entry", itemPath(w.at(), i, item), "is in the list twice")
			}
			seen[key] = true
		}
	}
	if s.MinItems != nil && len(n.Content) < *s.MinItems {
		w.bad("has %d items, want at least %d", len(n.Content), *s.MinItems)
	}
	if s.MaxItems != nil && len(n.Content) > *s.MaxItems {
		w.bad("has %d items, want at most %d", len(n.Content), *s.MaxItems)
	}
}

// itemPath names an item as people do: by its name, if it has one.
func itemPath(path string, i int, item *yaml.Node) string {
	if name := manifest.Text(item, "name"); name != "" {
		return path + "[" + name + "]"
	}
	return path + "[" + strconv.Itoa(i) + "]"
}

// itemKey is what tells an item of a list from the others; "" if nothing does.
func (w *walk) itemKey(s *schema, item *yaml.Node) string {
	if s.Set && item.Kind == yaml.ScalarNode {
		return item.Value
	}
	if len(s.Keys) == 0 || item.Kind != yaml.MappingNode {
		return ""
	}
	items := w.lib.follow(s.Items)
	key, some := "", false
	for _, name := range s.Keys {
		value := manifest.Text(item, name)
		some = some || value != ""
		if value == "" && items != nil && items.Fields[name] != nil && items.Fields[name].Default != nil {
			value = fmt.Sprint(items.Fields[name].Default)
		}
		if value == "" && name == "protocol" {
			value = "TCP" // the default of every port, which the document does not say
		}
		key += value + "\x00"
	}
	if !some {
		return ""
	}
	return key
}

func (w *walk) text(s *schema, n *yaml.Node) {
	if !isText(n) {
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = ": put it in quotes"
		}
		w.bad("is %s, want text%s", what(n), hint)
		return
	}
	length := utf8.RuneCountInString(n.Value)
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, n.Value):
		w.bad("is %s, want %s", w.quoted(n), oneOf(s.Enum))
	case s.Pattern != "" && !matches(s.Pattern, n.Value):
		w.bad("is %s, want %s", w.quoted(n), s.Pattern)
	case s.MinLength != nil && length < *s.MinLength:
		w.bad("is too short, want at least %d letters", *s.MinLength)
	case s.MaxLength != nil && length > *s.MaxLength:
		w.bad("has %d letters, want at most %d", length, *s.MaxLength)
	case s.Format == "byte":
		if _, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), "")); err != nil {
			w.bad("is no base64")
		}
	}
}

func oneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (w *walk) number(s *schema, n *yaml.Node) {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, n.Value) {
		w.bad("is %s, want %s", w.quoted(n), oneOf(s.Enum))
		return
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		return // 0x10 and the like: a number, and not to be compared here
	}
	switch {
	case s.Minimum != nil && v < *s.Minimum:
		w.bad("is %s, want at least %v", w.quoted(n), *s.Minimum)
	case s.Maximum != nil && v > *s.Maximum:
		w.bad("is %s, want at most %v", w.quoted(n), *s.Maximum)
	case s.Format == "int32" && (v < -1<<31 || v > 1<<31-1):
		w.bad("is %s, which is too large", w.quoted(n))
	}
}

func (w *walk) quantity(n *yaml.Node) {
	if !isText(n) && !isScalar(n, yaml.NodeTagInt, yaml.NodeTagFloat) {
		w.bad("is %s, want a quantity such as 500m or 2Gi", what(n))
		return
	}
	if _, err := resource.ParseQuantity(n.Value); err != nil {
		w.bad("is %s, want a quantity such as 500m or 2Gi", w.quoted(n))
	}
}

// patterns are expressions of schemas, compiled.
var patterns sync.Map

// matches reports whether a text matches an expression of a schema. Those of
// Kubernetes are Go's, so one that does not compile is nobody's to check.
func matches(pattern, text string) bool {
	re, ok := patterns.Load(pattern)
	if !ok {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return true
		}
		re, _ = patterns.LoadOrStore(pattern, compiled)
	}
	return re.(*regexp.Regexp).MatchString(text)
}
