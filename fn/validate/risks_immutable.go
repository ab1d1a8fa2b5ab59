package validate

import (
	"cmp"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// immutable reports changes of fields that the API server does not let change. A
// StatefulSet's claims are told apart by claims.
func (r *review) immutable() {
	const way = ". Delete it first, or render into another namespace (docs/upgrade.md)"
	for p := range r.changed() {
		if r.isHook(p.is) && r.isHook(p.was) {
			continue // deleted before it is made anew
		}
		for _, field := range Immutable(p.was, p.is) {
			if field == "spec.volumeClaimTemplates" || p.id.Kind == "PersistentVolumeClaim" && field == "spec.storageClassName" {
				continue
			}
			switch forced := r.forced(p.is); {
			case forced && once(p): // which is how it is run again, and jobs says so
			case forced && !stateful(p.id):
				r.warn(p.id, "immutable-field", field, "changes: %s", r.refused(p.is))
			default:
				r.error(p.id, "immutable-field", field, "changes: %s%s", r.refused(p.is), way)
			}
		}
	}
}

// claims reports changes of what a volume is: its class, and its size, which a
// volume can only gain.
func (r *review) claims() {
	for p := range r.changed("PersistentVolumeClaim", "StatefulSet") {
		if p.id.Kind == "PersistentVolumeClaim" {
			r.claim(p, "spec", p.old("spec"), p.new("spec"), false)
			continue
		}
		if r.isHook(p.is) && r.isHook(p.was) || plainEqual("", p.old("spec", "volumeClaimTemplates"), p.new("spec", "volumeClaimTemplates")) {
			continue
		}
		said := len(r.findings)
		old := byName(p.old("spec", "volumeClaimTemplates"))
		for i, t := range manifest.Items(p.new("spec", "volumeClaimTemplates")) {
			name := manifest.Text(manifest.Field(t, "metadata"), "name")
			was := old[name]
			delete(old, name)
			if was == nil {
				r.error(p.id, "claim-template", "spec.volumeClaimTemplates", "has a new claim %s: %s. Replace the StatefulSet with kubectl delete --cascade=orphan", name, r.refused(p.is))
				continue
			}
			r.claim(p, manifest.FieldPath(templatePath(i, name), "spec"), manifest.Field(was, "spec"), manifest.Field(t, "spec"), true)
		}
		for i, t := range manifest.Items(p.old("spec", "volumeClaimTemplates")) {
			if name := manifest.Text(manifest.Field(t, "metadata"), "name"); old[name] != nil {
				r.error(p.id, "claim-template", templatePath(i, name), "is gone: %s. The claims of the Pods stay, with the data, and nobody reads them", r.refused(p.is))
			}
		}
		if len(r.findings) == said {
			r.error(p.id, "claim-template", "spec.volumeClaimTemplates", "changes: %s. Replace the StatefulSet with kubectl delete --cascade=orphan, which keeps Pods and claims", r.refused(p.is))
		}
	}
}

func templatePath(i int, name string) string {
	return "spec.volumeClaimTemplates[" + cmp.Or(name, strconv.Itoa(i)) + "]"
}

// byName are the items of a list by metadata.name.
func byName(list *yaml.Node) map[string]*yaml.Node {
	m := map[string]*yaml.Node{}
	for _, n := range manifest.Items(list) {
		m[manifest.Text(manifest.Field(n, "metadata"), "name")] = n
	}
	return m
}

// claim compares a claim, or the template of one.
func (r *review) claim(p pair, path string, was, is *yaml.Node, template bool) {
	consequence := func(ofClaim string) string {
		if template {
			return r.refused(p.is) + ", and the claims that exist stay as they are"
		}
		return ofClaim
	}
	if a, b := text(manifest.Field(was, "storageClassName")), text(manifest.Field(is, "storageClassName")); a != b {
		r.error(p.id, "claim-class", path+".storageClassName", "was %s, is %s: %s. Data has to be copied to a new volume", orDefault(a), orDefault(b), consequence(r.refused(p.is)))
	}
	a, b := sizeOf(was), sizeOf(is)
	if a == nil || b == nil {
		return
	}
	field := path + ".resources.requests.storage"
	switch a.Cmp(*b) {
	case 1:
		r.error(p.id, "claim-shrink", field, "was %s, is %s: %s. A volume cannot shrink", a, b, consequence(r.refused(p.is)))
	case -1:
		grow := "the volume grows, if its class has allowVolumeExpansion, and never shrinks again"
		if template {
			grow = r.refused(p.is) + ". Enlarge each claim, and replace the StatefulSet with kubectl delete --cascade=orphan"
		}
		r.add(blockingIf(template), p.id, "claim-growth", field, "was %s, is %s: %s", a, b, grow)
	}
}

func orDefault(class string) string { return cmp.Or(shown(class), "the default class") }

func sizeOf(claim *yaml.Node) *resource.Quantity {
	q, err := resource.ParseQuantity(text(manifest.Lookup(claim, "resources", "requests", "storage")))
	if err != nil {
		return nil
	}
	return &q
}
