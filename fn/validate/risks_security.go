package validate

import (
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// security reports Pods and containers that may do more to their node, and those
// that are held back less. What is new is held only to the former.
func (r *review) security() {
	for _, p := range r.pairs {
		is := manifest.Field(templateOf(p.is), "spec")
		if is == nil || p.same {
			continue
		}
		was := manifest.Field(templateOf(p.was), "spec")
		base := manifest.FieldPath(manifest.PodTemplatePath(p.id.Kind), "spec")
		for _, field := range []struct{ name, what string }{
			{"hostNetwork", "it sees the network of its node, and gets past every NetworkPolicy"},
			{"hostPID", "it sees the processes of its node, and their environment"},
			{"hostIPC", "it sees the shared memory of its node"},
		} {
			if manifest.Text(is, field.name) == "true" && manifest.Text(was, field.name) != "true" {
				r.error(p.id, "security-context", manifest.FieldPath(base, field.name), "is true: %s", field.what)
			}
		}
		for i, v := range manifest.Items(manifest.Field(is, "volumes")) {
			host := manifest.Text(manifest.Field(v, "hostPath"), "path")
			had := slices.ContainsFunc(manifest.Items(manifest.Field(was, "volumes")), func(o *yaml.Node) bool { return manifest.Text(manifest.Field(o, "hostPath"), "path") == host })
			if host != "" && !had {
				r.error(p.id, "security-context", itemPath(manifest.FieldPath(base, "volumes"), i, v), "mounts %s of its node", shown(host))
			}
		}
		for _, c := range p.containers() {
			r.container(p.id, c, was, is)
		}
	}
}

// context is what holds for a container: its own, and of what that leaves open, the
// Pod's.
func context(container, pod *yaml.Node, field ...string) *yaml.Node {
	if n := manifest.Lookup(container, append([]string{"securityContext"}, field...)...); n != nil && !isNull(n) {
		return n
	}
	return manifest.Lookup(pod, append([]string{"securityContext"}, field...)...)
}

func (r *review) container(id manifest.ID, c containerPair, podWas, podIs *yaml.Node) {
	was := func(field ...string) string { return text(context(c.was, podWas, field...)) }
	is := func(field ...string) string { return text(context(c.is, podIs, field...)) }
	path := manifest.FieldPath(c.path, "securityContext")
	if is("privileged") == "true" && was("privileged") != "true" {
		r.error(id, "security-context", path+".privileged", "is true: it may do on its node what root may")
	}
	if is("runAsUser") == "0" && was("runAsUser") != "0" {
		r.error(id, "security-context", path+".runAsUser", "is 0: it runs as root")
	}
	if added := without(scalars(manifest.Lookup(c.is, "securityContext", "capabilities", "add")), scalars(manifest.Lookup(c.was, "securityContext", "capabilities", "add"))); len(added) > 0 {
		r.error(id, "security-context", path+".capabilities.add", "gives it %s", listed(added))
	}
	if c.was == nil {
		return
	}
	if lost := without(scalars(manifest.Lookup(c.was, "securityContext", "capabilities", "drop")), scalars(manifest.Lookup(c.is, "securityContext", "capabilities", "drop"))); len(lost) > 0 && !slices.Contains(scalars(manifest.Lookup(c.is, "securityContext", "capabilities", "drop")), "ALL") {
		r.warn(id, "security-context", path+".capabilities.drop", "no longer takes %s from it", listed(lost))
	}
	if was("runAsNonRoot") == "true" && is("runAsNonRoot") != "true" && (is("runAsUser") == "" || is("runAsUser") == "0") {
		r.warn(id, "security-context", path+".runAsNonRoot", "no longer holds: it may run as root")
	}
	if was("allowPrivilegeEscalation") == "false" && is("allowPrivilegeEscalation") != "false" {
		r.warn(id, "security-context", path+".allowPrivilegeEscalation", "is no longer false: a program in it may become root")
	}
	if was("readOnlyRootFilesystem") == "true" && is("readOnlyRootFilesystem") != "true" {
		r.warn(id, "security-context", path+".readOnlyRootFilesystem", "is no longer true: who gets in can change its programs")
	}
	if a, b := was("seccompProfile", "type"), is("seccompProfile", "type"); a != b && a != "" && a != "Unconfined" && (b == "" || b == "Unconfined") {
		r.warn(id, "security-context", path+".seccompProfile", "no longer keeps system calls from it")
	}
}

func scalars(list *yaml.Node) []string {
	var all []string
	for _, n := range manifest.Items(list) {
		all = append(all, n.Value)
	}
	return all
}

// without are the entries of one list that another has not got.
func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(others, s) })
}

// podSecurity reports namespaces that let in Pods which they refused.
func (r *review) podSecurity() {
	const enforce = "pod-security.kubernetes.io/enforce"
	levels := []string{"privileged", "baseline", "restricted"} // none given is the cluster's own, privileged by default
	for p := range r.changed("Namespace") {
		was, is := manifest.Text(p.old("metadata", "labels"), enforce), manifest.Text(p.new("metadata", "labels"), enforce)
		if slices.Index(levels, is) < slices.Index(levels, was) && was != "privileged" {
			r.error(p.id, "security-context", below("metadata.labels", enforce), "was %s, is %s: the namespace takes Pods that it refused", was, orNone(is))
		}
	}
}
