// Package transform turns the objects of a Helm release into objects that a
// delivery agent without Helm can apply: it repairs what the API server or
// kustomize would refuse, completes what Helm would have added, and turns
// hooks into ordinary objects with an order.
//
// It stands on the line … render → repair → lower hooks → ingress → …; each
// thing it changes comes back as a finding. The Go API is not stable; the
// config file, the flags and the output layout are.
package transform

import (
	"fmt"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Delivery is who applies the output, and so how order is written down.
type Delivery string

// The delivery agents.
const (
	ArgoCD Delivery = "argocd" // sync waves and Sync or PostSync hooks
	Flux   Delivery = "flux"   // layers, one folder each, and Jobs named by their content
	Plain  Delivery = "plain"  // kubectl apply: Jobs named by their content
)

// Labels says what becomes of the labels that name Helm, the chart and its
// version.
type Labels string

// The label policies.
const (
	StripLabels   Labels = "strip"   // remove them: untrue, or changing with each release
	RelabelLabels Labels = "relabel" // keep chart and version, and say managed-by: airstrip
	KeepLabels    Labels = "keep"    // leave them as the chart wrote them
)

// NamespaceObject says who makes the namespace.
type NamespaceObject string

// The namespace policies.
const (
	ExternalNamespace NamespaceObject = "external" // it is there already, or the agent makes it
	CreateNamespace   NamespaceObject = "create"   // a Namespace object is part of the output
)

// Options is what the rewriting depends on.
type Options struct {
	Delivery  Delivery
	Labels    Labels
	Namespace string
	// NamespaceObject adds the Namespace itself when it is [CreateNamespace].
	NamespaceObject NamespaceObject
}

// Apply rewrites the objects of a release in place and returns them in apply
// order. Sources names the template file of each object, for the findings. What
// depends on the whole of the set is left to [Finish].
func Apply(in manifest.Set, sources map[manifest.ID]string, o Options) (manifest.Set, []manifest.Finding, error) {
	t := &pass{Options: o}
	for _, n := range in {
		id := manifest.IDOf(n)
		t.objects = append(t.objects, &object{RNode: n, source: sources[id]})
	}
	t.repair()
	t.readHooks()
	t.completeNamespace()
	t.relabel()
	t.lower()

	set := make(manifest.Set, 0, len(t.objects)+1)
	for _, obj := range t.objects {
		set = append(set, obj.RNode)
	}
	if o.NamespaceObject == CreateNamespace {
		n, err := namespace(o)
		if err != nil {
			return nil, t.findings, err
		}
		set = append(set, n)
	}
	set.Sort()
	return set, t.findings, set.Check()
}

// pass is one run over a set.
type pass struct {
	Options
	objects  []*object
	findings []manifest.Finding
}

// object is an object on its way, with what is known of where it comes from.
type object struct {
	*yaml.RNode
	source string
	hook   *hook // nil when it is none
}

func (o *object) id() manifest.ID { return manifest.IDOf(o.RNode) }

// metadata is the object's metadata, which every object has by now.
func (o *object) metadata() *yaml.Node { return manifest.Ensure(o.YNode(), "metadata") }

func (o *object) annotate(key, value string) {
	manifest.SetField(manifest.Ensure(o.metadata(), "annotations"), key, manifest.String(value))
}

func (t *pass) note(severity manifest.Severity, code string, o *object, field, format string, args ...any) {
	t.findings = append(t.findings, manifest.Finding{
		Severity: severity, Code: code, File: o.source, Object: o.id(), Field: field, Message: fmt.Sprintf(format, args...),
	})
}
