package validate

import (
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// pods checks what has to agree within a workload: the selector with the labels of
// its Pods, mounts with volumes, probes with ports.
func (c *checker) pods(n *yaml.RNode) {
	template := manifest.PodTemplate(n)
	if template == nil {
		return
	}
	id, root := manifest.IDOf(n), n.YNode()
	at := manifest.FieldPath(manifest.PodTemplatePath(id.Kind), "spec")
	if selector := manifest.Lookup(root, "spec", "selector"); selector != nil && id.Kind != "Job" && template != root {
		labels := manifest.Texts(manifest.Lookup(template, "metadata", "labels"))
		if !selects(selector, labels) {
			c.error(id, "selector", "spec.selector", "does not select the Pods of its own template: the API server refuses it")
		}
	}
	spec := manifest.Field(template, "spec")
	volumes := map[string]bool{}
	for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
		volumes[manifest.Text(v, "name")] = true
	}
	for _, v := range manifest.Items(manifest.Lookup(root, "spec", "volumeClaimTemplates")) {
		volumes[manifest.Text(manifest.Field(v, "metadata"), "name")] = true
	}
	lists := map[string]string{}
	for _, list := range []string{"initContainers", "containers"} {
		for i, container := range manifest.Items(manifest.Field(spec, list)) {
			path := itemPath(manifest.FieldPath(at, list), i, container)
			c.container(id, path, container, volumes)
			name := manifest.Text(container, "name")
			if first := lists[name]; name == "" || first == "" {
				lists[name] = list
			} else if first != list { // within one it is said of the list
				c.error(id, "duplicate-entry", path, "is the name of another container as well")
			}
		}
	}
}

func (c *checker) container(id manifest.ID, path string, container *yaml.Node, volumes map[string]bool) {
	for i, m := range manifest.Items(manifest.Field(container, "volumeMounts")) {
		if name := manifest.Text(m, "name"); name != "" && !volumes[name] {
			c.error(id, "missing-reference", itemPath(path+".volumeMounts", i, m), "the Pod has no volume of that name")
		}
	}
	ports := portNames(container)
	for i, p := range manifest.Items(manifest.Field(container, "ports")) {
		if name := manifest.Text(p, "name"); name != "" && slices.Contains(ports[:i], name) {
			c.error(id, "duplicate-entry", itemPath(path+".ports", i, p), "is the name of two ports")
		}
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		for _, action := range []string{"httpGet", "tcpSocket"} {
			port := manifest.Lookup(container, probe, action, "port")
			if port != nil && isText(port) && !slices.Contains(ports, port.Value) {
				c.error(id, "missing-reference", path+"."+probe+"."+action+".port", "the container has no port named %s", port.Value)
			}
		}
	}
}

// portNames are the names of a container's ports, "" for one without.
func portNames(container *yaml.Node) []string {
	var names []string
	for _, p := range manifest.Items(manifest.Field(container, "ports")) {
		names = append(names, manifest.Text(p, "name"))
	}
	return names
}

// selects reports whether a selector of a workload (matchLabels, matchExpressions)
// or of a Service (a plain mapping) selects Pods with the given labels.
func selects(selector *yaml.Node, labels map[string]string) bool {
	match, expressions := manifest.Field(selector, "matchLabels"), manifest.Field(selector, "matchExpressions")
	if match == nil && expressions == nil {
		match = selector
	}
	for key, value := range manifest.Texts(match) {
		if got, ok := labels[key]; !ok || got != value {
			return false
		}
	}
	for _, e := range manifest.Items(expressions) {
		values := scalars(manifest.Field(e, "values"))
		got, has := labels[manifest.Text(e, "key")]
		switch manifest.Text(e, "operator") {
		case "In":
			has = has && slices.Contains(values, got)
		case "NotIn":
			has = !has || !slices.Contains(values, got)
		case "DoesNotExist":
			has = !has
		}
		if !has {
			return false
		}
	}
	return true
}
