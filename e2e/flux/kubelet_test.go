package flux

import (
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// run plays kubelet and the controllers of a kind: what is there of it in the
// namespace is as it would be when its Pods are ready, or have done their work.
func (d *delivery) run(t *testing.T, kind schema.GroupVersionKind) {
	t.Helper()
	for _, o := range d.names(t, kind) {
		if _, done, _ := unstructured.NestedString(o.Object, "status", "completionTime"); done {
			continue // a Job that has run
		}
		// Where somebody else has just changed or pruned it, the next time is soon.
		if err := d.SetStatus(t.Context(), &o, status(&o)); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			t.Fatalf("%s %s: %v", kind.Kind, o.GetName(), err)
		}
	}
}

func status(o *unstructured.Unstructured) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	condition := func(kind, reason string) map[string]any {
		return map[string]any{"type": kind, "status": "True", "reason": reason, "lastTransitionTime": now}
	}
	replicas, ok, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	if !ok {
		replicas = 1
	}
	switch o.GetKind() {
	case "Deployment":
		return map[string]any{
			"observedGeneration": o.GetGeneration(), "replicas": replicas, "updatedReplicas": replicas,
			"readyReplicas": replicas, "availableReplicas": replicas,
			"conditions": []any{condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")},
		}
	case "StatefulSet":
		return map[string]any{
			"observedGeneration": o.GetGeneration(), "replicas": replicas, "updatedReplicas": replicas,
			"readyReplicas": replicas, "availableReplicas": replicas, "currentReplicas": replicas,
			"currentRevision": "a", "updateRevision": "a",
		}
	case "Job":
		return map[string]any{
			"startTime": now, "completionTime": now, "succeeded": int64(1), "ready": int64(0), "terminating": int64(0),
			"uncountedTerminatedPods": map[string]any{},
			"conditions":              []any{condition("SuccessCriteriaMet", "CompletionsReached"), condition("Complete", "CompletionsReached")},
		}
	}
	return nil
}
