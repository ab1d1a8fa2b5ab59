package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// delay is how long a workload takes to become what it should: long enough for an
// engine that does not wait to be seen.
const delay = 400 * time.Millisecond

// kubelet plays what runs in a cluster beside the API server: the nodes and the
// controllers of workloads, by writing their status, and the garbage collector, by
// letting go what was deleted in the foreground.
type kubelet struct {
	log     *record
	client  dynamic.Interface
	disco   discovery.DiscoveryInterface
	mu      sync.Mutex
	pending map[kube.ResourceKey]item
	kinds   map[schema.GroupVersionKind]schema.GroupVersionResource
	err     error
}

type item struct {
	object *unstructured.Unstructured
	due    time.Time
}

func newKubelet(config *rest.Config, log *record) (*kubelet, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	disco, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &kubelet{
		log:     log,
		client:  client,
		disco:   disco,
		pending: map[kube.ResourceKey]item{},
		kinds:   map[schema.GroupVersionKind]schema.GroupVersionResource{},
	}, nil
}

// run works until the function that it returns is called.
func (k *kubelet) run(ctx context.Context, cluster cache.ClusterCache) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	unsubscribe := cluster.OnEvent(func(e watch.EventType, un *unstructured.Unstructured) {
		if e == watch.Deleted {
			k.forget(un)
			return
		}
		k.see(un)
	})
	for _, r := range cluster.FindResources("", func(r *cache.Resource) bool { return r.Resource != nil }) {
		k.see(r.Resource)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			k.work(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() {
		unsubscribe()
		cancel()
		<-done
	}
}

func (k *kubelet) see(un *unstructured.Unstructured) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !deleted(un) && k.wanted(un) == nil {
		delete(k.pending, kube.GetResourceKey(un))
		return
	}
	k.pending[kube.GetResourceKey(un)] = item{un.DeepCopy(), time.Now().Add(delay)}
}

func (k *kubelet) forget(un *unstructured.Unstructured) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.pending, kube.GetResourceKey(un))
}

// settle waits until nothing is left to do.
func (k *kubelet) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	for quiet := 0; quiet < 5; { // an event may be on its way
		k.mu.Lock()
		err := k.err
		if len(k.pending) == 0 {
			quiet++
		} else {
			quiet = 0
			for key := range k.pending {
				err = errors.Join(err, fmt.Errorf("%s: is not done", key.String()))
			}
		}
		k.mu.Unlock()
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// work does what is due.
func (k *kubelet) work(ctx context.Context) {
	k.mu.Lock()
	var due []*unstructured.Unstructured
	for key, it := range k.pending {
		if time.Now().After(it.due) {
			due = append(due, it.object)
			delete(k.pending, key)
		}
	}
	k.mu.Unlock()
	for _, un := range due {
		err := k.do(ctx, un)
		if err == nil || apierrors.IsNotFound(err) || ctx.Err() != nil {
			continue
		}
		k.mu.Lock()
		k.err = fmt.Errorf("%s: %w", nameOf(un), err)
		if _, newer := k.pending[kube.GetResourceKey(un)]; !newer {
			k.pending[kube.GetResourceKey(un)] = item{un, time.Now().Add(delay)}
		}
		k.mu.Unlock()
	}
}

func (k *kubelet) do(ctx context.Context, un *unstructured.Unstructured) error {
	resource, err := k.resource(un)
	if err != nil {
		return err
	}
	if deleted(un) {
		live, err := resource.Get(ctx, un.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		if !deleted(live) {
			return nil // it has been made anew
		}
		live.SetFinalizers(slices.DeleteFunc(live.GetFinalizers(), func(f string) bool { return f == metav1.FinalizerDeleteDependents }))
		_, err = resource.Update(ctx, live, metav1.UpdateOptions{FieldManager: "kube-controller-manager"})
		return err
	}
	want := k.wanted(un)
	if want == nil {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": un.GetUID()}, "status": want})
	if err != nil {
		return err
	}
	if _, err := resource.Patch(ctx, un.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "kubelet"}, "status"); err != nil {
		if apierrors.IsConflict(err) {
			return nil // it has been made anew, and is seen again
		}
		return err
	}
	k.log.print(event{Do: "status", Object: nameOf(un), Status: summary(un)})
	return nil
}

func (k *kubelet) resource(un *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := un.GroupVersionKind()
	gvr, ok := k.kinds[gvk]
	if !ok {
		r, err := kube.ServerResourceForGroupVersionKind(k.disco, gvk, "get")
		if err != nil {
			return nil, err
		}
		gvr = gvk.GroupVersion().WithResource(r.Name)
		k.kinds[gvk] = gvr
	}
	if un.GetNamespace() == "" {
		return k.client.Resource(gvr), nil
	}
	return k.client.Resource(gvr).Namespace(un.GetNamespace()), nil
}

// deleted tells whether the object waits for the garbage collector alone.
func deleted(un *unstructured.Unstructured) bool {
	return un.GetDeletionTimestamp() != nil && slices.Contains(un.GetFinalizers(), metav1.FinalizerDeleteDependents)
}

func summary(un *unstructured.Unstructured) string {
	switch un.GetKind() {
	case "Job":
		return "complete"
	case "Pod":
		if runsOnce(un) {
			return "complete"
		}
	}
	return "ready"
}

func runsOnce(pod *unstructured.Unstructured) bool {
	policy, _, _ := unstructured.NestedString(pod.Object, "spec", "restartPolicy")
	return policy == "Never" || policy == "OnFailure"
}

// wanted is the status that is still to be written.
func (k *kubelet) wanted(un *unstructured.Unstructured) map[string]any {
	if un.GetDeletionTimestamp() != nil {
		return nil
	}
	want := status(un)
	if want == nil {
		return nil
	}
	have, _, _ := unstructured.NestedMap(un.Object, "status")
	for field := range want {
		// The server adds fields, and times differ.
		if !reflect.DeepEqual(bare(want[field]), bare(have[field])) {
			return want
		}
	}
	return nil
}

// bare is a status field without times, and numbers as JSON has them.
func bare(v any) any {
	data, _ := json.Marshal(v)
	var w any
	_ = json.Unmarshal(data, &w)
	return withoutTimes(w)
}

func withoutTimes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = withoutTimes(v[key])
		}
		for _, key := range []string{"lastTransitionTime", "lastUpdateTime", "lastProbeTime"} {
			delete(v, key)
		}
	case []any:
		for i := range v {
			v[i] = withoutTimes(v[i])
		}
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "a time"
		}
	}
	return v
}

// status is what an object's status says when all is well.
func status(un *unstructured.Unstructured) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	generation := un.GetGeneration()
	replicas, ok, _ := unstructured.NestedInt64(un.Object, "spec", "replicas")
	if !ok {
		replicas = 1
	}
	condition := func(kind, reason string) map[string]any {
		return map[string]any{"type": kind, "status": "True", "reason": reason, "message": reason, "lastTransitionTime": now}
	}
	observed := func(c map[string]any) map[string]any {
		c["observedGeneration"] = generation
		return c
	}
	kind := un.GroupVersionKind().GroupKind()
	switch kind.String() {
	case "Pod":
		if runsOnce(un) {
			return map[string]any{"phase": "Succeeded"}
		}
		return map[string]any{"phase": "Running", "conditions": []any{condition("Ready", "Ready")}}
	case "Job.batch":
		if _, ended, _ := unstructured.NestedString(un.Object, "status", "completionTime"); ended {
			return nil
		}
		return map[string]any{"startTime": un.GetCreationTimestamp().UTC().Format(time.RFC3339), "completionTime": now, "succeeded": 1,
			"conditions": []any{condition("SuccessCriteriaMet", "CompletionsReached"), condition("Complete", "CompletionsReached")}}
	case "Deployment.apps":
		return map[string]any{"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"conditions": []any{condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")}}
	case "StatefulSet.apps":
		revision := fmt.Sprintf("%s-%d", un.GetName(), generation)
		return map[string]any{"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "currentReplicas": replicas,
			"currentRevision": revision, "updateRevision": revision}
	case "PersistentVolumeClaim":
		return map[string]any{"phase": "Bound"}
	case "Ingress.networking.k8s.io":
		return map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "192.0.2.1"}}}}
	case "Gateway.gateway.networking.k8s.io":
		return map[string]any{"conditions": []any{observed(condition("Accepted", "Accepted")), observed(condition("Programmed", "Programmed"))}}
	case "HTTPRoute.gateway.networking.k8s.io":
		refs, _, _ := unstructured.NestedSlice(un.Object, "spec", "parentRefs")
		var parents []any
		for _, ref := range refs {
			parents = append(parents, map[string]any{"parentRef": ref, "controllerName": "example.com/none",
				"conditions": []any{observed(condition("Accepted", "Accepted")), observed(condition("ResolvedRefs", "ResolvedRefs"))}})
		}
		return map[string]any{"parents": parents}
	}
	return nil
}
