package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/argoproj/gitops-engine/pkg/sync/hook"
	helmhook "github.com/argoproj/gitops-engine/pkg/sync/hook/helm"
	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/openapi"
)

// event is one line of the output.
type event struct {
	// compare, apply, delete, status (by the kubelet); in the end result, done, live
	Do        string              `json:"do"`
	Object    string              `json:"object,omitempty"` // group/kind/namespace/name
	Hook      string              `json:"hook,omitempty"`   // what Argo CD takes it for
	Helm      bool                `json:"helm,omitempty"`   // and whether a Helm hook made it that
	Phase     string              `json:"phase,omitempty"`
	Wave      int                 `json:"wave"`
	Status    string              `json:"status,omitempty"`
	Message   string              `json:"message,omitempty"`
	OutOfSync map[string][]string `json:"outOfSync,omitempty"` // objects, and their fields
	UID       string              `json:"uid,omitempty"`
	Version   string              `json:"version,omitempty"`
}

// record prints events.
type record struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (r *record) print(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.out.Encode(e) // a reader that is gone reads nothing
}

func nameOf(un *unstructured.Unstructured) string {
	key := kube.GetResourceKey(un)
	return key.String()
}

// transport records the deletions that pass through it. Applications of objects do
// not: kubectl's code makes clients of its own.
func (r *record) transport(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(q *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(q)
		if q.Method == http.MethodDelete && err == nil && answer.StatusCode < 300 {
			r.print(event{Do: "delete", Object: q.URL.Path})
		}
		return answer, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// recordingKubectl is the engine's kubectl, and records what it applies.
type recordingKubectl struct {
	kube.Kubectl
	log *record
}

func (k *recordingKubectl) ManageResources(config *rest.Config, s openapi.Resources) (kube.ResourceOperations, func(), error) {
	operations, cleanup, err := k.Kubectl.ManageResources(config, s)
	return &recordingOperations{operations, k.log}, cleanup, err
}

type recordingOperations struct {
	kube.ResourceOperations
	log *record
}

func (o *recordingOperations) ApplyResource(ctx context.Context, un *unstructured.Unstructured, dry cmdutil.DryRunStrategy, force, validate, serverSide bool, manager string) (string, error) {
	message, err := o.ResourceOperations.ApplyResource(ctx, un, dry, force, validate, serverSide, manager)
	o.applied(un, dry, message, err)
	return message, err
}

func (o *recordingOperations) ReplaceResource(ctx context.Context, un *unstructured.Unstructured, dry cmdutil.DryRunStrategy, force bool) (string, error) {
	message, err := o.ResourceOperations.ReplaceResource(ctx, un, dry, force)
	o.applied(un, dry, message, err)
	return message, err
}

func (o *recordingOperations) CreateResource(ctx context.Context, un *unstructured.Unstructured, dry cmdutil.DryRunStrategy, validate bool) (string, error) {
	message, err := o.ResourceOperations.CreateResource(ctx, un, dry, validate)
	o.applied(un, dry, message, err)
	return message, err
}

func (o *recordingOperations) UpdateResource(ctx context.Context, un *unstructured.Unstructured, dry cmdutil.DryRunStrategy) (*unstructured.Unstructured, error) {
	updated, err := o.ResourceOperations.UpdateResource(ctx, un, dry)
	o.applied(un, dry, "updated", err)
	return updated, err
}

func (o *recordingOperations) applied(un *unstructured.Unstructured, dry cmdutil.DryRunStrategy, message string, err error) {
	if dry != cmdutil.DryRunNone {
		return
	}
	e := event{Do: "apply", Object: nameOf(un), Phase: "Sync", Wave: syncwaves.Wave(un), Message: message, Status: "ok"}
	if hook.IsHook(un) {
		for _, t := range hook.Types(un) {
			e.Hook = string(t)
			e.Phase = string(t)
		}
		e.Helm = helmhook.IsHook(un)
	}
	if err != nil {
		e.Status, e.Message = "failed", err.Error()
	}
	o.log.print(e)
}
