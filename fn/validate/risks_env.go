package validate

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// environment is what a container finds in its environment, by name, and where it
// comes from. Of what comes from a Secret whole, only the keys that the set has
// are known.
func environment(s manifest.Set, namespace string, container *yaml.Node) map[string]string {
	env := map[string]string{}
	for _, from := range manifest.Items(manifest.Field(container, "envFrom")) {
		for _, ref := range []struct{ field, kind string }{{"configMapRef", "ConfigMap"}, {"secretRef", "Secret"}} {
			name := manifest.Text(manifest.Field(from, ref.field), "name")
			if name == "" {
				continue
			}
			n := find(s, manifest.ID{Kind: ref.kind, Namespace: namespace, Name: name})
			for _, field := range []string{"data", "stringData"} {
				for key := range entries(at(n, field)) {
					env[manifest.Text(from, "prefix")+key] = ref.kind + "/" + name
				}
			}
		}
	}
	for _, e := range manifest.Items(manifest.Field(container, "env")) {
		env[manifest.Text(e, "name")] = "env"
	}
	return env
}

// variables reports variables that a container loses and that something still
// names: Kubernetes, in $(NAME); a shell or the program itself, in ${NAME}; or a
// program that is known to be the same as before, where another still has it.
func (r *review) variables() {
	for _, p := range r.pairs {
		if !p.stays() || manifest.PodTemplate(p.is) == nil {
			continue
		}
		spec := manifest.Field(manifest.PodTemplate(p.is), "spec")
		for _, c := range p.containers() {
			if c.was == nil {
				continue
			}
			was, is := environment(r.was, p.id.Namespace, c.was), environment(r.is, p.id.Namespace, c.is)
			for _, name := range slices.Sorted(maps.Keys(was)) {
				if _, has := is[name]; has || name == "" {
					continue
				}
				field := c.path + ".env[" + name + "]"
				if where, how := r.reads(p.id.Namespace, spec, c.is, name); where != "" {
					r.error(p.id, "env-dropped", field, "is gone, and %s still names it as %s", where, how)
				} else if sibling := r.sibling(p.id, c, name); sibling != "" {
					r.warn(p.id, "env-dropped", field, "is gone; the image is the one of before, and %s: whether it still reads the variable is not known", sibling)
				}
			}
		}
	}
}

// reads looks for a place that names a variable of a container, and how. A place
// that has a default for it (${NAME:-…}) can do without.
func (r *review) reads(namespace string, spec, container *yaml.Node, name string) (where, how string) {
	quoted := regexp.QuoteMeta(name)
	kubernetes := regexp.MustCompile(`(^|[^$])(\$\$)*\$\(` + quoted + `\)`)
	program := regexp.MustCompile(`\$\{` + quoted + `\}|\$` + quoted + `($|[^A-Za-z0-9_])`)
	for _, place := range []struct {
		name string
		node *yaml.Node
	}{
		{"its command", manifest.Field(container, "command")}, {"its args", manifest.Field(container, "args")}, {"its env", manifest.Field(container, "env")},
		{"its lifecycle", manifest.Field(container, "lifecycle")}, {"its livenessProbe", manifest.Field(container, "livenessProbe")}, {"its readinessProbe", manifest.Field(container, "readinessProbe")},
	} {
		for s := range allTexts(place.node) {
			switch {
			case kubernetes.MatchString(s) && (place.name == "its command" || place.name == "its args" || place.name == "its env"):
				return place.name, "$(" + name + "), which stays as it is written"
			case place.name != "its env" && program.MatchString(s):
				return place.name, "$" + name + ", which is empty then"
			}
		}
	}
	for _, m := range mountedConfigMaps(spec, container) {
		n := find(r.is, manifest.ID{Kind: "ConfigMap", Namespace: namespace, Name: m})
		for key, value := range entries(at(n, "data")) {
			if program.MatchString(value.Value) && strings.Contains(value.Value, "${"+name+"}") {
				return "ConfigMap/" + m + " (" + key + "), which it mounts,", "${" + name + "}"
			}
		}
	}
	return "", ""
}

// allTexts ranges over the texts in a node.
func allTexts(n *yaml.Node) func(func(string) bool) {
	return func(yield func(string) bool) {
		var walk func(*yaml.Node) bool
		walk = func(n *yaml.Node) bool {
			if n == nil {
				return true
			}
			if n.Kind == yaml.ScalarNode {
				return yield(n.Value)
			}
			for i, c := range n.Content {
				if n.Kind == yaml.MappingNode && i%2 == 0 {
					continue
				}
				if !walk(c) {
					return false
				}
			}
			return true
		}
		walk(n)
	}
}

// mountedConfigMaps are the ConfigMaps whose files a container sees.
func mountedConfigMaps(spec, container *yaml.Node) []string {
	var all []string
	for _, m := range manifest.Items(manifest.Field(container, "volumeMounts")) {
		for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
			if manifest.Text(v, "name") != manifest.Text(m, "name") {
				continue
			}
			all = append(all, manifest.Text(manifest.Field(v, "configMap"), "name"))
			for _, s := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
				all = append(all, manifest.Text(manifest.Field(s, "configMap"), "name"))
			}
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// sibling names another workload that keeps a variable which a container with an
// unchanged image loses. With another image, it is the release that no longer
// wants it, as far as anybody can tell.
func (r *review) sibling(id manifest.ID, c containerPair, name string) string {
	if manifest.Text(c.was, "image") != manifest.Text(c.is, "image") {
		return ""
	}
	for _, p := range r.pairs {
		if p.id == id || !sameNamespace(p.id, id) || !p.stays() || manifest.PodTemplate(p.is) == nil {
			continue
		}
		for _, o := range p.containers() {
			if o.was == nil {
				continue
			}
			for _, e := range manifest.Items(manifest.Field(o.is, "env")) {
				if manifest.Text(e, "name") == name && slices.ContainsFunc(manifest.Items(manifest.Field(o.was, "env")), func(w *yaml.Node) bool { return manifest.Text(w, "name") == name }) {
					return p.id.String() + " keeps it"
				}
			}
		}
	}
	return ""
}
