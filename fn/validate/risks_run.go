package validate

import (
	"cmp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// replicas reports workloads that stop, or are left with one Pod.
func (r *review) replicas() {
	for p := range r.changed("Deployment", "StatefulSet") {
		if r.scaled(p.id) {
			continue
		}
		was, is := count(p.old("spec", "replicas")), count(p.new("spec", "replicas"))
		switch {
		case was > 0 && is == 0:
			r.error(p.id, "replicas", "spec.replicas", "was %d, is 0: all its Pods stop", was)
		case was >= 2 && is == 1:
			r.warn(p.id, "replicas", "spec.replicas", "was %d, is 1: while that Pod is restarted or moved, there is none", was)
		}
	}
	for p := range r.changed("HorizontalPodAutoscaler") {
		was, is := count(p.old("spec", "minReplicas")), count(p.new("spec", "minReplicas"))
		if was >= 2 && is < 2 {
			r.warn(p.id, "replicas", "spec.minReplicas", "was %d, is %d: with little to do, one Pod is left, and while that is restarted or moved, there is none", was, is)
		}
	}
}

// scaled reports whether an autoscaler decides how many Pods there are.
func (r *review) scaled(id manifest.ID) bool {
	for _, n := range r.is {
		target := at(n, "spec", "scaleTargetRef")
		if target != nil && cmp.Or(manifest.Text(target, "kind"), "Deployment") == id.Kind && manifest.Text(target, "name") == id.Name && manifest.IDOf(n).Namespace == id.Namespace {
			return true
		}
	}
	return false
}

// count is a number of replicas; one is what Kubernetes takes where none is given.
func count(n *yaml.Node) int {
	i, err := strconv.Atoi(text(n))
	if err != nil {
		return 1
	}
	return i
}

// strategies reports workloads whose Pods are replaced in another way.
func (r *review) strategies() {
	for p := range r.changed("Deployment") {
		if text(p.new("spec", "strategy", "type")) == "Recreate" && text(p.old("spec", "strategy", "type")) != "Recreate" {
			r.warn(p.id, "strategy", "spec.strategy.type", "is Recreate: at each change all Pods stop before a new one starts")
		}
	}
	for p := range r.changed("StatefulSet", "DaemonSet") {
		if text(p.new("spec", "updateStrategy", "type")) == "OnDelete" && text(p.old("spec", "updateStrategy", "type")) != "OnDelete" {
			r.warn(p.id, "strategy", "spec.updateStrategy.type", "is OnDelete: changes do not get to the Pods until somebody deletes them")
		}
	}
}

// containerPair is a container before and after. The one before is nil where the
// container is new.
type containerPair struct {
	path    string
	was, is *yaml.Node
	first   bool // runs before the others
}

// containers pairs the containers of two Pod templates by name; those that went
// are left out.
func (p pair) containers() []containerPair {
	was, is := templateOf(p.was), templateOf(p.is)
	base := manifest.FieldPath(manifest.PodTemplatePath(p.id.Kind), "spec")
	var all []containerPair
	for _, list := range []string{"initContainers", "containers"} {
		old := map[string]*yaml.Node{}
		for _, c := range manifest.Items(manifest.Lookup(was, "spec", list)) {
			old[manifest.Text(c, "name")] = c
		}
		for i, c := range manifest.Items(manifest.Lookup(is, "spec", list)) {
			all = append(all, containerPair{itemPath(manifest.FieldPath(base, list), i, c), old[manifest.Text(c, "name")], c, list == "initContainers"})
		}
	}
	return all
}

// probes reports containers that are watched less.
func (r *review) probes() {
	consequences := map[string]string{
		"readinessProbe": "requests get to it before it can answer, and while it cannot",
		"livenessProbe":  "one that hangs is not restarted",
		"startupProbe":   "a slow start counts as a failure of the liveness probe, which restarts it",
	}
	for p := range r.changed() {
		for _, c := range p.containers() {
			for _, name := range []string{"readinessProbe", "livenessProbe", "startupProbe"} {
				was, is := manifest.Field(c.was, name), manifest.Field(c.is, name)
				field := manifest.FieldPath(c.path, name)
				switch {
				case was == nil:
				case is == nil:
					if name != "startupProbe" || manifest.Field(c.is, "livenessProbe") != nil {
						r.warn(p.id, "probe", field, "is gone: %s", consequences[name])
					}
				case manifest.Field(is, "tcpSocket") != nil && manifest.Field(was, "tcpSocket") == nil:
					r.warn(p.id, "probe", field, "asks only whether the port is open, and asked the program: one that hangs passes")
				case name != "startupProbe" && patience(is) >= 3*patience(was) && patience(is) > 120:
					r.warn(p.id, "probe", field, "takes %d seconds to notice, and took %d", patience(is), patience(was))
				}
			}
		}
	}
}

// patience is how many seconds of failure a probe takes for well.
func patience(probe *yaml.Node) int {
	number := func(key string, otherwise int) int {
		if i, err := strconv.Atoi(manifest.Text(probe, key)); err == nil {
			return i
		}
		return otherwise
	}
	return number("periodSeconds", 10) * number("failureThreshold", 3)
}

// resources reports containers, and the Pods that Airbyte starts by itself, that
// are promised much less, or may take without end.
func (r *review) resources() {
	for p := range r.changed() {
		for _, c := range p.containers() {
			if c.was == nil {
				continue
			}
			for _, list := range []string{"requests", "limits"} {
				for _, name := range []string{"cpu", "memory", "ephemeral-storage"} {
					path := []string{"resources", list, name}
					r.amount(p.id, manifest.FieldPath(append([]string{c.path}, path...)...), list, name, text(manifest.Lookup(c.was, path...)), text(manifest.Lookup(c.is, path...)), "")
				}
			}
		}
		if p.id.Kind != "ConfigMap" {
			continue
		}
		data := manifest.Texts(p.old("data"))
		for key, is := range entries(p.new("data")) {
			parts := strings.Split(key, "_")
			if len(parts) < 3 {
				continue
			}
			list, known := map[string]string{"LIMIT": "limits", "REQUEST": "requests"}[parts[len(parts)-1]]
			name := strings.ToLower(parts[len(parts)-2])
			if known && (name == "cpu" || name == "memory") {
				r.amount(p.id, below("data", key), list, name, data[key], text(is), " for each Pod that Airbyte starts")
			}
		}
	}
}

// amount compares a request or limit. Half of it is a lot to lose.
func (r *review) amount(id manifest.ID, field, list, name, was, is, of string) {
	if was == "" || was == is {
		return
	}
	consequence := map[string]string{
		"requests cpu": "less is kept for it on its node", "requests memory": "less is kept for it on its node, and it is among the first to be evicted",
		"limits cpu": "it is slowed down", "limits memory": "what needs more is killed",
	}[list+" "+name]
	if is == "" {
		if list == "limits" {
			consequence = "it may take all that its node has"
		} else {
			consequence = "nothing is kept for it on its node, and it is among the first to be evicted"
		}
		r.warn(id, "resources", field, "is gone, was %s%s: %s", shown(was), of, consequence)
		return
	}
	a, err := resource.ParseQuantity(was)
	b, err2 := resource.ParseQuantity(is)
	if err != nil || err2 != nil || a.Sign() == 0 {
		return
	}
	b.Add(b)
	if b.Cmp(a) < 0 {
		if consequence == "" {
			consequence = "what needs more is evicted"
		}
		r.warn(id, "resources", field, "was %s, is %s%s: %s", was, is, of, consequence)
	}
}
