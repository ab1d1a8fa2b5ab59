package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// manager is whose fields they are that the tests apply.
const manager = "airstrip-e2e"

// Object is an object as it is written.
type Object struct {
	unstructured.Unstructured
	Text []byte
}

// String is the kind and the name, and never what is in it.
func (o Object) String() string { return o.GetKind() + "/" + o.GetName() }

// BarePod is the Pod that the chart has where Airstrip has a Job: its bootloader.
func BarePod(tb testing.TB, job Object) Object {
	tb.Helper()
	spec, _, err := unstructured.NestedMap(job.Object, "spec", "template", "spec")
	if err != nil {
		tb.Fatal(err)
	}
	o := unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": spec}}
	o.SetName("airbyte-bootloader")
	o.SetNamespace(job.GetNamespace())
	text, err := o.MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	return Object{Unstructured: o, Text: text}
}

// Decode reads the documents of a stream.
func Decode(tb testing.TB, text []byte) []Object {
	tb.Helper()
	var all []Object
	for _, doc := range bytes.Split(append([]byte("\n"), text...), []byte("\n---\n")) {
		doc = bytes.TrimSpace(doc)
		var fields map[string]any
		if err := yaml.Unmarshal(doc, &fields); err != nil {
			tb.Fatalf("document %d is no YAML", len(all)+1) // the error may quote a value
		}
		if fields == nil {
			continue // comments alone
		}
		o := Object{Unstructured: unstructured.Unstructured{Object: fields}, Text: append(doc, '\n')}
		if o.GetKind() == "" || o.GetAPIVersion() == "" {
			tb.Fatalf("document %d has no kind or apiVersion", len(all)+1)
		}
		all = append(all, o)
	}
	return all
}

// Apply applies an object from the server's side, byte for byte as it is written,
// with fields that its kind does not have refused. With dryRun nothing is kept.
func (c *Cluster) Apply(ctx context.Context, o Object, dryRun bool) (*unstructured.Unstructured, error) {
	r, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	options := metav1.PatchOptions{FieldManager: manager, FieldValidation: metav1.FieldValidationStrict}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return r.Patch(ctx, o.GetName(), types.ApplyYAMLPatchType, o.Text, options)
}

// ApplyWith applies an object with another validation of its fields: Warn or Ignore.
func (c *Cluster) ApplyWith(ctx context.Context, o Object, validation string) (*unstructured.Unstructured, error) {
	r, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	return r.Patch(ctx, o.GetName(), types.ApplyYAMLPatchType, o.Text, metav1.PatchOptions{FieldManager: manager, FieldValidation: validation})
}

// Live is the object as the server has it, or nil.
func (c *Cluster) Live(ctx context.Context, o Object) (*unstructured.Unstructured, error) {
	r, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	live, err := r.Get(ctx, o.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, err
}

// Delete deletes an object, and what it owns.
func (c *Cluster) Delete(ctx context.Context, o Object) error {
	r, err := c.resource(o)
	if err != nil {
		return err
	}
	policy := metav1.DeletePropagationBackground
	return r.Delete(ctx, o.GetName(), metav1.DeleteOptions{PropagationPolicy: &policy})
}

// SetStatus writes the status of an object, as a controller of its kind would.
func (c *Cluster) SetStatus(ctx context.Context, live *unstructured.Unstructured, status map[string]any) error {
	r, err := c.resource(Object{Unstructured: *live})
	if err != nil {
		return err
	}
	with := live.DeepCopy()
	with.Object["status"] = status
	_, err = r.UpdateStatus(ctx, with, metav1.UpdateOptions{})
	return err
}

// Annotate writes an annotation, as another manager would.
func (c *Cluster) Annotate(ctx context.Context, o Object, key, value string) error {
	r, err := c.resource(o)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{key: value}}})
	if err != nil {
		return err
	}
	_, err = r.Patch(ctx, o.GetName(), types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// List lists the objects of a kind in a namespace.
func (c *Cluster) List(ctx context.Context, kind schema.GroupVersionKind, namespace string) ([]unstructured.Unstructured, error) {
	var o Object
	o.Object = map[string]any{}
	o.SetGroupVersionKind(kind)
	o.SetNamespace(namespace)
	r, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	list, err := r.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// ClusterScoped tells whether an object is in no namespace.
func (c *Cluster) ClusterScoped(o Object) (bool, error) {
	r, err := c.resources.of(o.GroupVersionKind())
	return err == nil && !r.Namespaced, err
}

// Exclusive keeps others away from the objects that are in no namespace, for tests
// that apply different ones under one name.
func (c *Cluster) Exclusive() (release func()) {
	c.exclusive.Lock()
	return c.exclusive.Unlock
}

func (c *Cluster) resource(o Object) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	r, err := c.resources.of(kind)
	if err != nil {
		return nil, err
	}
	all := c.dynamic.Resource(kind.GroupVersion().WithResource(r.Name))
	switch namespace := o.GetNamespace(); {
	case !r.Namespaced && namespace != "":
		return nil, fmt.Errorf("%s has the namespace %s, and its kind is in none", o, namespace)
	case !r.Namespaced:
		return all, nil
	case namespace == "":
		return nil, fmt.Errorf("%s has no namespace", o)
	default:
		return all.Namespace(namespace), nil
	}
}

// resources tells what kinds are called in URLs.
type resources struct {
	discovery discovery.DiscoveryInterface

	mu    sync.Mutex
	known map[schema.GroupVersionKind]metav1.APIResource
}

func (r *resources) of(kind schema.GroupVersionKind) (metav1.APIResource, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.known[kind]; ok {
		return found, nil
	}
	// A CRD that came since is served only now.
	list, err := r.discovery.ServerResourcesForGroupVersion(kind.GroupVersion().String())
	if err != nil && !apierrors.IsNotFound(err) {
		return metav1.APIResource{}, err
	}
	if r.known == nil {
		r.known = map[schema.GroupVersionKind]metav1.APIResource{}
	}
	if list != nil {
		for _, one := range list.APIResources {
			if !strings.Contains(one.Name, "/") {
				r.known[kind.GroupVersion().WithKind(one.Kind)] = one
			}
		}
	}
	if found, ok := r.known[kind]; ok {
		return found, nil
	}
	return metav1.APIResource{}, fmt.Errorf("the server has no %s of %s", kind.Kind, kind.GroupVersion())
}

// WithWarnings has what the server warns of appended to all.
func WithWarnings(ctx context.Context, all *[]string) context.Context {
	return context.WithValue(ctx, warnings{}, all)
}

// warnings hands what the server warns of to who asked for it.
type warnings struct{}

func (warnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _ string, text string) {
	if all, ok := ctx.Value(warnings{}).(*[]string); ok && code == 299 && text != "" {
		*all = append(*all, text)
	}
}
