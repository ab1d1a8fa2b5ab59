package validate

import (
	"path"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// checksum is the annotation of a Pod template that changes with the settings it
// reads (fn/transform).
const checksum = "airstrip.dev/config-checksum"

// jobs reports what becomes of Pods that run once: that they run again, which is
// how a database is migrated, or that they do not, where they would have to.
func (r *review) jobs() {
	for _, p := range r.pairs {
		if !once(p) {
			continue
		}
		server := r.serverStep(p.id)
		spec := manifest.Field(templateOf(p.is), "spec")
		boots := migrates(spec) || p.is == nil && migrates(manifest.Field(templateOf(p.was), "spec"))
		switch {
		case p.removed():
			if boots && server != "" {
				r.error(p.id, "job-not-run", "", "is no longer rendered, and the servers go %s: nobody migrates the database, and they wait for it", server)
			}
		case p.added():
		case p.id.Kind == "Pod":
			r.barePod(p)
		case r.isHook(p.is):
			if !sameWork(p) {
				r.info(p.id, "job-reruns", "", "is a hook, and runs again with what it is now%s", migration(p))
			}
		case manifest.IDOf(p.was).Name != p.id.Name:
			r.info(p.id, "job-reruns", "", "is a new Job, since what it runs or reads has changed, and runs%s; the one of before %s", migration(p), map[bool]string{true: "is pruned", false: "stays until somebody deletes it"}[r.agent == argoCD || r.agent == flux])
		case r.forced(p.is) && !sameWork(p):
			r.info(p.id, "job-reruns", "", "is deleted and made anew, and runs again%s", migration(p))
		case boots && server != "" && sameWork(p):
			r.error(p.id, "job-not-run", "", "does not run again, since nothing of it has changed, and the servers go %s: nobody migrates the database", server)
		case sameWork(p) && r.readsChanged(p, spec):
			r.warn(p.id, "job-not-run", "", "does not run again, and a ConfigMap that it reads has changed")
		}
	}
}

// once reports whether a pair runs to an end.
func once(p pair) bool {
	if p.id.Kind == "Job" && p.id.Group == "batch" {
		return true
	}
	n := p.is
	if n == nil {
		n = p.was
	}
	policy := text(at(n, "spec", "restartPolicy"))
	return p.id.Group == "" && p.id.Kind == "Pod" && (policy == "Never" || policy == "OnFailure")
}

func migrates(spec *yaml.Node) bool {
	for _, c := range manifest.Containers(spec) {
		if repo, _ := manifest.SplitImage(manifest.Text(c, "image")); path.Base(repo) == "bootloader" {
			return true
		}
	}
	return false
}

// migration says what it means that a bootloader runs again: with another image it
// migrates the database, with the same one it finds it as it should be.
func migration(p pair) string {
	for _, c := range p.containers() {
		is := manifest.Text(c.is, "image")
		if repo, _ := manifest.SplitImage(is); path.Base(repo) == "bootloader" && is != manifest.Text(c.was, "image") {
			return ": it migrates the database, which cannot be undone but by a snapshot"
		}
	}
	return ""
}

// sameWork reports whether a Job is the one of before, to the API server and to
// whoever waits for it.
func sameWork(p pair) bool {
	return plainEqual("", p.old("spec"), p.new("spec"))
}

// barePod says what becomes of a Pod that has run to its end: its image can be
// changed and is not run, and nothing else can be changed (kubernetes,
// pkg/apis/core/validation: ValidatePodUpdate).
func (r *review) barePod(p pair) {
	if r.isHook(p.is) || sameWork(p) {
		return
	}
	was, is := p.was.Copy(), p.is.Copy()
	for _, n := range []*yaml.RNode{was, is} {
		for _, c := range manifest.Containers(manifest.Field(n.YNode(), "spec")) {
			manifest.RemoveField(c, "image")
		}
	}
	if plainEqual("", at(was, "spec"), at(is, "spec")) {
		r.error(p.id, "job-not-run", "spec.containers", "changes its image alone: a Pod that has finished takes that and does not run again (delivery makes Jobs of such Pods: docs/delivery.md)")
		return
	}
	r.error(p.id, "immutable-field", "spec", "changes: %s. Of a Pod only the image can be changed", r.refused(p.is))
}

// readsChanged reports whether a Job without a checksum reads a ConfigMap whose
// content changed.
func (r *review) readsChanged(p pair, spec *yaml.Node) bool {
	if manifest.Text(manifest.Lookup(templateOf(p.is), "metadata", "annotations"), checksum) != "" {
		return false
	}
	reads := map[string]bool{}
	for _, c := range manifest.Containers(spec) {
		for _, e := range manifest.Items(manifest.Field(c, "envFrom")) {
			reads[manifest.Text(manifest.Field(e, "configMapRef"), "name")] = true
		}
		for _, m := range mountedConfigMaps(spec, c) {
			reads[m] = true
		}
	}
	for o := range r.changed("ConfigMap") {
		if reads[o.id.Name] && sameNamespace(o.id, p.id) && !equal(o.old("data"), o.new("data")) {
			return true
		}
	}
	return false
}

// serverStep is the change of version of Airbyte's server beside an object, in words;
// "" if there is none.
func (r *review) serverStep(of manifest.ID) string {
	for p := range r.changed("Deployment") {
		if !sameNamespace(p.id, of) {
			continue
		}
		for _, c := range p.containers() {
			repo, is := manifest.SplitImage(manifest.Text(c.is, "image"))
			oldRepo, was := manifest.SplitImage(manifest.Text(c.was, "image"))
			if path.Base(repo) == "server" && path.Base(oldRepo) == "server" && was != is && was != "" {
				return "from " + shown(was) + " to " + shown(is)
			}
		}
	}
	return ""
}
