package transform

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

const (
	helmPrefix     = "helm.sh/"
	hookAnnotation = "helm.sh/hook"
	weightKey      = "helm.sh/hook-weight"
	policyKey      = "helm.sh/hook-delete-policy"
	resourcePolicy = "helm.sh/resource-policy"
)

// moment is when Helm would have applied a hook.
type moment int

const (
	before moment = iota // pre-install, pre-upgrade
	after                // post-install, post-upgrade
)

// hook is what Helm's annotations said of an object.
type hook struct {
	moment moment
	weight int
	// vanishes is set when Helm would delete the object once it succeeded.
	vanishes bool
}

// readHooks takes Helm's annotations off every object and drops the objects
// that have no place in a rendered release: tests, and hooks for moments that
// exist only for Helm.
func (t *pass) readHooks() {
	kept := t.objects[:0:0]
	for _, o := range t.objects {
		annotations := manifest.Lookup(o.YNode(), "metadata", "annotations")
		events := manifest.Text(annotations, hookAnnotation)
		if events != "" {
			h, drop := parseHook(events, annotations)
			if drop != "" {
				severity := manifest.Warning
				if drop == "test" {
					severity = manifest.Info
				}
				t.note(severity, "hook-dropped", o, "metadata.annotations."+hookAnnotation, "dropped: %s",
					map[string]string{
						"test":    "it is a test, for helm test to run",
						"unknown": fmt.Sprintf("%q is no hook that Helm knows, so Helm skips it too", events),
						"moment":  fmt.Sprintf("%q happens only when Helm deletes or rolls back", events),
					}[drop])
				continue
			}
			o.hook = h
			t.note(manifest.Info, "hook", o, "metadata.annotations."+hookAnnotation, "%q becomes an ordinary object", events)
		}
		if manifest.Text(annotations, resourcePolicy) == "keep" {
			t.keepForever(o)
		}
		t.removeHelm(o)
		kept = append(kept, o)
	}
	t.objects = kept
}

// parseHook reads the annotations of a hook. Drop says why the object goes:
// test, unknown or moment.
func parseHook(events string, annotations *yaml.Node) (h *hook, drop string) {
	h = &hook{}
	if w := manifest.Text(annotations, weightKey); w != "" {
		// Helm takes a weight that is no number as 0.
		h.weight, _ = strconv.Atoi(strings.TrimSpace(w))
	}
	h.vanishes = strings.Contains(manifest.Text(annotations, policyKey), "hook-succeeded")
	drop = "moment"
	for _, event := range strings.Split(events, ",") {
		switch strings.ToLower(strings.TrimSpace(event)) {
		case "pre-install", "pre-upgrade":
			h.moment, drop = before, ""
			return h, drop
		case "post-install", "post-upgrade":
			h.moment, drop = after, ""
		case "test", "test-success":
			if drop == "moment" {
				drop = "test"
			}
		case "pre-delete", "post-delete", "pre-rollback", "post-rollback":
		default:
			return nil, "unknown"
		}
	}
	return h, drop
}

func (t *pass) removeHelm(o *object) {
	annotations := manifest.Lookup(o.YNode(), "metadata", "annotations")
	if annotations == nil || annotations.Kind != yaml.MappingNode {
		return
	}
	kept := annotations.Content[:0:0]
	for i := 0; i+1 < len(annotations.Content); i += 2 {
		if !strings.HasPrefix(annotations.Content[i].Value, helmPrefix) {
			kept = append(kept, annotations.Content[i], annotations.Content[i+1])
		}
	}
	annotations.Content = kept
	if len(kept) == 0 {
		manifest.RemoveField(o.metadata(), "annotations")
	}
}

// lower gives the objects the order that their hooks had, in the delivery
// agent's own terms.
func (t *pass) lower() {
	main := 1
	for _, o := range t.objects {
		if o.hook != nil && o.hook.moment == before {
			main = max(main, o.hook.weight+1)
		}
	}
	for _, o := range t.objects {
		once := o.hook != nil && t.once(o)
		switch t.Delivery {
		case ArgoCD:
			t.argo(o, once, main)
		case Flux:
			t.layer(o, once)
		}
		if once && t.Delivery != ArgoCD {
			o.annotate(NamedByContent, o.id().Name)
			t.note(manifest.Info, "job-name", o, "metadata.name", "will end in a digest of the Job's content, so that it runs again when that changes")
		}
	}
	sort.SliceStable(t.findings, func(i, j int) bool { return t.findings[i].File < t.findings[j].File })
}

// once makes sure that a hook which runs to its end is a Job, and reports
// whether it is one.
func (t *pass) once(o *object) bool {
	switch o.id().Kind {
	case "Job":
		return true
	case "Pod":
		t.note(manifest.Info, "pod-to-job", o, "kind",
			"a bare Pod becomes a Job: a finished Pod takes a new image and never runs it")
		toJob(o)
		return true
	}
	return false
}
