package validate

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// deletes reports objects that go and take with them what a new one does not
// bring back.
func (r *review) deletes() {
	for _, p := range r.pairs {
		if !p.removed() {
			continue
		}
		gone, fate := r.pruned(p.was)
		switch {
		case stateful(p.id):
			r.add(blockingIf(gone), p.id, "delete-stateful", "", "is no longer rendered: %s%s", fate, lost(p, gone))
		case p.id.Group == "" && p.id.Kind == "Secret":
			r.deletesSecret(p, gone, fate)
		case p.id.Group == "" && p.id.Kind == "Service":
			r.deletesService(p, gone, fate)
		case isFront(p.id):
			if lost := r.unserved(p); len(lost) > 0 {
				r.add(blockingIf(gone), p.id, "delete-route", "", "is no longer rendered, and nothing else leads to %s: %s", listed(lost), fate)
			} else if p.id.Kind != "HTTPRoute" && p.id.Kind != "GRPCRoute" { // a route has no address of its own
				r.warn(p.id, "delete-route", "", "is no longer rendered: %s%s", fate, where(gone, ". The address of its load balancer goes with it, and DNS has to follow"))
			}
		}
	}
}

func blockingIf(yes bool) manifest.Severity {
	if yes {
		return manifest.Error
	}
	return manifest.Warning
}

// where is a text that is true only of some.
func where(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// lost says what goes with an object.
func lost(p pair, gone bool) string {
	if !gone {
		return ""
	}
	switch p.id.Kind {
	case "StatefulSet":
		if text(p.old("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")) == "Delete" {
			return ". Its Pods go, and their claims with the data, by its whenDeleted"
		}
		if len(manifest.Items(p.old("spec", "volumeClaimTemplates"))) > 0 {
			return ". Its Pods go; their claims stay, with the data, and nobody reads them"
		}
		return ". Its Pods go"
	case "PersistentVolumeClaim":
		return ". The volume and its data go as well, unless its class says Retain"
	case "Namespace":
		return ". Everything that is in it goes as well"
	case "CustomResourceDefinition":
		return ". Every object of that kind in the cluster goes as well"
	}
	return ""
}

// deletesSecret tells a Secret that something still reads from one that is only
// left over, and from one that comes by another way now.
func (r *review) deletesSecret(p pair, gone bool, fate string) {
	for _, n := range r.is {
		id := manifest.IDOf(n)
		made := id.Name
		switch id.Kind {
		case "SealedSecret":
		case "ExternalSecret":
			if target := text(at(n, "spec", "target", "name")); target != "" {
				made = target
			}
		default:
			continue
		}
		if made == p.id.Name && sameNamespace(id, p.id) {
			if gone {
				r.warn(p.id, "delete-secret", "", "is no longer rendered, and %s makes it instead: %s. Until the controller has made it again no new Pod starts", id, fate)
			}
			return
		}
	}
	if reader := readerOf(r.is, p.id); reader != "" {
		r.add(blockingIf(gone), p.id, "delete-secret", "", "is no longer rendered, and %s still reads it: %s", reader, fate)
		return
	}
	if gone {
		r.warn(p.id, "delete-secret", "", "is no longer rendered: %s. What Airbyte starts by itself may read it, and the values are then in git's history alone", fate)
	}
}

// readerOf names a workload that reads a Secret.
func readerOf(s manifest.Set, secret manifest.ID) string {
	for _, n := range s {
		spec := manifest.Field(manifest.PodTemplate(n), "spec")
		if spec != nil && sameNamespace(manifest.IDOf(n), secret) && namesSecret(spec, secret.Name) {
			return manifest.IDOf(n).String()
		}
	}
	return ""
}

func namesSecret(spec *yaml.Node, name string) bool {
	needs := func(ref *yaml.Node, field string) bool {
		return manifest.Text(ref, field) == name && manifest.Text(ref, "optional") != "true"
	}
	for _, c := range manifest.Containers(spec) {
		for _, e := range manifest.Items(manifest.Field(c, "envFrom")) {
			if needs(manifest.Field(e, "secretRef"), "name") {
				return true
			}
		}
		for _, e := range manifest.Items(manifest.Field(c, "env")) {
			if needs(manifest.Lookup(e, "valueFrom", "secretKeyRef"), "name") {
				return true
			}
		}
	}
	for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
		if needs(manifest.Field(v, "secret"), "secretName") {
			return true
		}
		for _, s := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
			if needs(manifest.Field(s, "secret"), "name") {
				return true
			}
		}
	}
	return slices.ContainsFunc(manifest.Items(manifest.Field(spec, "imagePullSecrets")), func(ref *yaml.Node) bool {
		return manifest.Text(ref, "name") == name
	})
}

// deletesService reports Services that a StatefulSet or an address hangs on.
func (r *review) deletesService(p pair, gone bool, fate string) {
	if text(p.old("spec", "type")) == "LoadBalancer" {
		r.warn(p.id, "delete-service", "", "is no longer rendered: %s%s", fate, where(gone, ". Its load balancer and address go with it"))
		return
	}
	for _, n := range r.is {
		id := manifest.IDOf(n)
		if id.Kind == "StatefulSet" && text(at(n, "spec", "serviceName")) == p.id.Name && sameNamespace(id, p.id) {
			r.add(blockingIf(gone), p.id, "delete-service", "", "is no longer rendered, and %s takes the names of its Pods from it: %s", id, fate)
			return
		}
	}
	for _, n := range r.was {
		id := manifest.IDOf(n)
		selected := selectedIn(manifest.Set{n}, p.id.Namespace, p.old("spec", "selector")) && len(manifest.Texts(p.old("spec", "selector"))) > 0
		if id.Kind == "StatefulSet" && selected && find(r.is, id) != nil {
			r.add(blockingIf(gone), p.id, "delete-service", "", "is no longer rendered, and leads to %s, which stays: %s", id, fate)
			return
		}
	}
}

// drop reports a set that loses most of its objects: what is missing is more often
// a mistake in a value than meant.
func (r *review) drop() {
	const few = 6 // objects: a set that small may shrink as it likes
	before, missing := len(r.was), 0
	for _, p := range r.pairs {
		if p.removed() {
			missing++
		}
	}
	if before >= few && len(r.is)*2 < before {
		gone, fate := r.pruned(nil)
		r.add(blockingIf(gone), manifest.ID{}, "many-removed", "", "%d of %d objects are no longer rendered: %s", missing, before, strings.Replace(strings.Replace(fate, " it", " them", 1), "its", "their", 1))
	}
}

// protection reports objects with data that lose what keeps an agent from
// deleting them.
func (r *review) protection() {
	for p := range r.changed() {
		if !stateful(p.id) && p.id.Kind != "Secret" {
			continue
		}
		if r.kept(p.was) && !r.kept(p.is) {
			r.warn(p.id, "prune-guard", "metadata.annotations", "no longer asks never to be pruned: once it leaves git, it leaves the cluster")
		}
		for _, when := range []string{"whenDeleted", "whenScaled"} {
			field := []string{"spec", "persistentVolumeClaimRetentionPolicy", when}
			if text(p.new(field...)) == "Delete" && text(p.old(field...)) != "Delete" {
				r.warn(p.id, "prune-guard", strings.Join(field, "."), "is Delete: the claims go with their Pods, and the data with them")
			}
		}
		if stateful(p.id) && r.forced(p.is) && !r.forced(p.was) {
			r.error(p.id, "force", "metadata.annotations", "asks for force: a change that the API server refuses deletes the object, and makes it anew without what it held")
		}
	}
}

// hooks reports objects that the agent takes for hooks, and so deletes and makes
// anew at each sync.
func (r *review) hooks() {
	for _, p := range r.pairs {
		if p.removed() || r.isHook(p.was) || !r.isHook(p.is) {
			continue
		}
		switch p.id.Kind {
		case "Job", "Pod":
		default:
			r.add(blockingIf(stateful(p.id)), p.id, "hook", "metadata.annotations", "is a hook to Argo CD now, which deletes it and makes it anew at each sync (docs/delivery.md)")
		}
	}
}
