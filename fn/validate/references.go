package validate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// index finds the objects of a set by what references say of them.
type index struct {
	*checker
	objects map[manifest.ID]*yaml.Node
	// namespaces are those that objects of the set stand in.
	namespaces map[string]bool
	// pods are the Pods that workloads make.
	pods []pod
	// said are the objects that each object misses, as far as it is said.
	said map[[2]manifest.ID]bool
}

type pod struct {
	id     manifest.ID
	labels map[string]string
	spec   *yaml.Node
}

// references looks for what objects of the set name: ConfigMaps and their keys,
// ServiceAccounts, Services and their ports, roles, claims, and the Pods that
// selectors mean. Secrets and their keys have an account of their own (fn.Keys).
func (c *checker) references(s manifest.Set) {
	x := &index{checker: c, objects: map[manifest.ID]*yaml.Node{}, namespaces: map[string]bool{}, said: map[[2]manifest.ID]bool{}}
	for _, n := range s {
		id := manifest.IDOf(n)
		x.objects[id] = n.YNode()
		if id.Namespace != "" {
			x.namespaces[id.Namespace] = true
		}
		if t := manifest.PodTemplate(n); t != nil {
			labels := manifest.Texts(manifest.Lookup(t, "metadata", "labels"))
			x.pods = append(x.pods, pod{id, labels, manifest.Field(t, "spec")})
		}
	}
	for _, n := range s {
		id, spec := manifest.IDOf(n), manifest.Field(n.YNode(), "spec")
		switch id.Kind {
		case "StatefulSet":
			x.wants(id, "spec.serviceName", manifest.ID{Kind: "Service", Namespace: id.Namespace, Name: manifest.Text(spec, "serviceName")})
		case "Service":
			x.service(id, spec)
		case "Ingress":
			x.ingress(id, spec)
		case "HTTPRoute", "GRPCRoute":
			x.route(id, spec)
		case "RoleBinding", "ClusterRoleBinding":
			x.binding(id, n.YNode())
		case "HorizontalPodAutoscaler":
			target := manifest.Field(spec, "scaleTargetRef")
			group, _, _ := strings.Cut(manifest.Text(target, "apiVersion"), "/")
			x.wants(id, "spec.scaleTargetRef.name", manifest.ID{Group: group, Kind: manifest.Text(target, "kind"), Namespace: id.Namespace, Name: manifest.Text(target, "name")})
		case "PodDisruptionBudget":
			x.picks(id, "spec.selector", manifest.Field(spec, "selector"))
		case "NetworkPolicy":
			x.picks(id, "spec.podSelector", manifest.Field(spec, "podSelector"))
		}
	}
	for _, p := range x.pods {
		x.pod(p)
	}
}

// wants reports an object that is neither in the set nor declared, once for each
// that names it, and returns it where it is in the set.
func (x *index) wants(from manifest.ID, field string, want manifest.ID) *yaml.Node {
	if want.Name == "" || want.Kind == "" {
		return nil
	}
	if n := x.objects[want]; n != nil {
		return n
	}
	pair := [2]manifest.ID{from, want}
	if !slices.Contains(x.External, Object{want.Kind, want.Name}) && !x.said[pair] {
		x.said[pair] = true
		x.error(from, "missing-reference", field, "there is no %s: %s, if it is in the cluster", want, cmp.Or(x.Declare, "list it under spec.external"))
	}
	return nil
}

// picks reports a selector that means none of the Pods.
func (x *index) picks(id manifest.ID, field string, selector *yaml.Node) []pod {
	var picked []pod
	for _, p := range x.pods {
		if p.id.Namespace == id.Namespace && selects(selector, p.labels) {
			picked = append(picked, p)
		}
	}
	if len(picked) == 0 && selector != nil && len(x.pods) > 0 {
		x.warn(id, "selector", field, "selects no Pod of these objects")
	}
	return picked
}

func (x *index) pod(p pod) {
	at := manifest.FieldPath(manifest.PodTemplatePath(p.id.Kind), "spec")
	if name := manifest.Text(p.spec, "serviceAccountName"); name != "default" {
		x.wants(p.id, at+".serviceAccountName", manifest.ID{Kind: "ServiceAccount", Namespace: p.id.Namespace, Name: name})
	}
	for i, v := range manifest.Items(manifest.Field(p.spec, "volumes")) {
		volume := itemPath(at+".volumes", i, v)
		x.configMap(p.id, volume+".configMap", manifest.Field(v, "configMap"))
		for j, source := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
			x.configMap(p.id, volume+".projected.sources["+strconv.Itoa(j)+"].configMap", manifest.Field(source, "configMap"))
		}
		claim := manifest.Text(manifest.Field(v, "persistentVolumeClaim"), "claimName")
		x.wants(p.id, volume+".persistentVolumeClaim.claimName", manifest.ID{Kind: "PersistentVolumeClaim", Namespace: p.id.Namespace, Name: claim})
	}
	for _, list := range []string{"initContainers", "containers"} {
		for i, container := range manifest.Items(manifest.Field(p.spec, list)) {
			path := itemPath(at+"."+list, i, container)
			for j, e := range manifest.Items(manifest.Field(container, "envFrom")) {
				x.configMap(p.id, path+".envFrom["+strconv.Itoa(j)+"].configMapRef", manifest.Field(e, "configMapRef"))
			}
			for j, e := range manifest.Items(manifest.Field(container, "env")) {
				x.configMap(p.id, itemPath(path+".env", j, e)+".valueFrom.configMapKeyRef", manifest.Lookup(e, "valueFrom", "configMapKeyRef"))
			}
		}
	}
}

// configMap looks for a ConfigMap and the keys that a reference takes of it.
func (x *index) configMap(from manifest.ID, field string, ref *yaml.Node) {
	if ref == nil || manifest.Text(ref, "optional") == "true" {
		return
	}
	name := manifest.Text(ref, "name")
	if name == "kube-root-ca.crt" {
		return // Kubernetes keeps one in every namespace
	}
	object := x.wants(from, field+".name", manifest.ID{Kind: "ConfigMap", Namespace: from.Namespace, Name: name})
	if object == nil {
		return
	}
	check := func(field, key string) {
		if key == "" || manifest.Lookup(object, "data", key) != nil || manifest.Lookup(object, "binaryData", key) != nil {
			return
		}
		var known []string
		for key := range entries(manifest.Field(object, "data")) {
			known = append(known, key)
		}
		hint := ""
		if near := manifest.Nearest(key, known); near != "" {
			hint = ": did you mean " + near + "?"
		}
		x.error(from, "missing-reference", field, "ConfigMap/%s has no key %s%s", name, key, hint)
	}
	check(field+".key", manifest.Text(ref, "key"))
	for i, item := range manifest.Items(manifest.Field(ref, "items")) {
		check(field+".items["+strconv.Itoa(i)+"].key", manifest.Text(item, "key"))
	}
}

// service looks for the Pods behind a Service, and for the ports that it names.
func (x *index) service(id manifest.ID, spec *yaml.Node) {
	selector := manifest.Field(spec, "selector")
	if selector == nil || len(selector.Content) == 0 {
		return // whoever makes its endpoints knows them
	}
	pods := x.picks(id, "spec.selector", selector)
	if len(pods) == 0 {
		return
	}
	for i, p := range manifest.Items(manifest.Field(spec, "ports")) {
		target := manifest.Field(p, "targetPort")
		if target == nil || !isText(target) {
			continue
		}
		if !slices.ContainsFunc(pods, func(p pod) bool { return p.hasPort(target.Value) }) {
			x.error(id, "missing-reference", itemPath("spec.ports", i, p)+".targetPort", "no Pod that it selects has a port named %s", target.Value)
		}
	}
}

func (p pod) hasPort(name string) bool {
	return slices.ContainsFunc(manifest.Containers(p.spec), func(c *yaml.Node) bool { return slices.Contains(portNames(c), name) })
}

// ingress looks for the Services of an Ingress.
func (x *index) ingress(id manifest.ID, spec *yaml.Node) {
	x.backend(id, "spec.defaultBackend.service", manifest.Lookup(spec, "defaultBackend", "service"))
	for i, rule := range manifest.Items(manifest.Field(spec, "rules")) {
		for j, path := range manifest.Items(manifest.Lookup(rule, "http", "paths")) {
			at := "spec.rules[" + strconv.Itoa(i) + "].http.paths[" + strconv.Itoa(j) + "].backend.service"
			x.backend(id, at, manifest.Lookup(path, "backend", "service"))
		}
	}
}

func (x *index) backend(id manifest.ID, at string, service *yaml.Node) {
	name, port := manifest.Text(service, "name"), manifest.Field(service, "port")
	if manifest.Text(port, "name") == "use-annotation" {
		return // AWS Load Balancer Controller: an action of the annotations
	}
	object := x.wants(id, at+".name", manifest.ID{Kind: "Service", Namespace: id.Namespace, Name: name})
	if object == nil {
		return
	}
	if number := manifest.Text(port, "number"); number != "" && !hasPort(object, "port", number) {
		x.error(id, "missing-reference", at+".port.number", "Service/%s has no port %s", name, number)
	}
	if text := manifest.Text(port, "name"); text != "" && !hasPort(object, "name", text) {
		x.error(id, "missing-reference", at+".port.name", "Service/%s has no port named %s", name, text)
	}
}

func hasPort(service *yaml.Node, field, value string) bool {
	return slices.ContainsFunc(manifest.Items(manifest.Lookup(service, "spec", "ports")), func(p *yaml.Node) bool {
		return manifest.Text(p, field) == value
	})
}

// route looks for the Services of a route of Gateway API, and for the listeners of a
// Gateway of the set. A Gateway that is not in it belongs to somebody else.
func (x *index) route(id manifest.ID, spec *yaml.Node) {
	for i, ref := range manifest.Items(manifest.Field(spec, "parentRefs")) {
		ns, section := cmp.Or(manifest.Text(ref, "namespace"), id.Namespace), manifest.Text(ref, "sectionName")
		gateway := x.objects[manifest.ID{Group: id.Group, Kind: cmp.Or(manifest.Text(ref, "kind"), "Gateway"), Namespace: ns, Name: manifest.Text(ref, "name")}]
		named := func(l *yaml.Node) bool { return manifest.Text(l, "name") == section }
		if gateway != nil && section != "" && !slices.ContainsFunc(manifest.Items(manifest.Lookup(gateway, "spec", "listeners")), named) {
			x.error(id, "missing-reference", "spec.parentRefs["+strconv.Itoa(i)+"].sectionName", "Gateway/%s has no listener named %s", manifest.Text(ref, "name"), section)
		}
	}
	for i, rule := range manifest.Items(manifest.Field(spec, "rules")) {
		at := "spec.rules[" + strconv.Itoa(i) + "]"
		for j, ref := range manifest.Items(manifest.Field(rule, "backendRefs")) {
			x.target(id, at+".backendRefs["+strconv.Itoa(j)+"]", ref)
		}
		for j, filter := range manifest.Items(manifest.Field(rule, "filters")) {
			if ref := manifest.Lookup(filter, "requestMirror", "backendRef"); ref != nil {
				x.target(id, at+".filters["+strconv.Itoa(j)+"].requestMirror.backendRef", ref)
			}
		}
	}
}

// target looks for the Service that a route sends requests to, and for its port.
func (x *index) target(id manifest.ID, at string, ref *yaml.Node) {
	kind, ns, name := manifest.Text(ref, "kind"), manifest.Text(ref, "namespace"), manifest.Text(ref, "name")
	if kind != "" && kind != "Service" || manifest.Text(ref, "group") != "" || ns != "" && ns != id.Namespace {
		return
	}
	object := x.wants(id, at+".name", manifest.ID{Kind: "Service", Namespace: id.Namespace, Name: name})
	if port := manifest.Text(ref, "port"); object != nil && port != "" && !hasPort(object, "port", port) {
		x.error(id, "missing-reference", at+".port", "Service/%s has no port %s", name, port)
	}
}

// binding looks for the role and the ServiceAccounts of a binding.
func (x *index) binding(id manifest.ID, root *yaml.Node) {
	ref := manifest.Field(root, "roleRef")
	kind, name := manifest.Text(ref, "kind"), manifest.Text(ref, "name")
	if kind == "Role" {
		x.wants(id, "roleRef.name", manifest.ID{Group: id.Group, Kind: kind, Namespace: id.Namespace, Name: name})
	}
	for i, s := range manifest.Items(manifest.Field(root, "subjects")) {
		if manifest.Text(s, "kind") != "ServiceAccount" || manifest.Text(s, "name") == "default" {
			continue
		}
		ns := manifest.Text(s, "namespace")
		switch {
		case id.Kind == "ClusterRoleBinding" && !x.namespaces[ns], id.Namespace != "" && ns != "" && ns != id.Namespace:
			continue // another namespace's, and so not of the set
		case id.Kind == "RoleBinding":
			ns = id.Namespace // none where the set leaves it to who applies it
		}
		x.wants(id, "subjects["+strconv.Itoa(i)+"].name", manifest.ID{Kind: "ServiceAccount", Namespace: ns, Name: manifest.Text(s, "name")})
	}
}
