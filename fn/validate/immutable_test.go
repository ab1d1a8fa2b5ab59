package validate_test

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/validate"
)

func TestImmutable(t *testing.T) {
	set := "spec: {serviceName: db, selector: {matchLabels: {a: b}}, replicas: 1, volumeClaimTemplates: [{metadata: {name: v}, spec: {resources: {requests: {storage: 1Gi}}}}]}"
	for _, tt := range []struct{ name, was, is, want string }{
		{"a selector", with(t, "matchLabels: {app: server}", "matchLabels: {app: old}"), server, "spec.selector"},
		{"an image", with(t, "2.0.1", "2.0.0"), server, ""},
		{"a StatefulSet's size", meta("apps/v1", "StatefulSet", set), meta("apps/v1", "StatefulSet", strings.Replace(set, "replicas: 1", "replicas: 2", 1)), ""},
		{"its claims", meta("apps/v1", "StatefulSet", set), meta("apps/v1", "StatefulSet", strings.Replace(set, "1Gi", "2Gi", 1)), "spec.volumeClaimTemplates"},
		{"what is filled in of them", meta("apps/v1", "StatefulSet", set), meta("apps/v1", "StatefulSet", strings.Replace(strings.Replace(set, "[{metadata", "[{apiVersion: v1, kind: PersistentVolumeClaim, metadata", 1), "replicas", "podManagementPolicy: OrderedReady, replicas", 1)), ""},
		{"its Service and its policy", meta("apps/v1", "StatefulSet", set), meta("apps/v1", "StatefulSet", strings.Replace(set, "serviceName: db", "serviceName: other, podManagementPolicy: Parallel", 1)), "spec.serviceName spec.podManagementPolicy"},
		{"a role", meta("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {kind: Role, name: a, apiGroup: ''}"), meta("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {kind: Role, name: b, apiGroup: rbac.authorization.k8s.io}"), "roleRef"},
		{"its group, filled in", meta("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {kind: Role, name: a, apiGroup: ''}"), meta("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {kind: Role, name: a, apiGroup: rbac.authorization.k8s.io}"), ""},
		{"a Job", meta("batch/v1", "Job", "spec: {template: {spec: {containers: [{name: a, image: 'a:1'}]}}}"), meta("batch/v1", "Job", "spec: {template: {spec: {containers: [{name: a, image: 'a:2'}]}}}"), "spec.template"},
		{"one that Argo CD makes anew", meta("batch/v1", "Job", "spec: {template: {a: 1}}"), strings.Replace(meta("batch/v1", "Job", "spec: {template: {a: 2}}"), "name: x", "name: x, annotations: {argocd.argoproj.io/hook: Sync}", 1), ""},
		{"a claim", meta("v1", "PersistentVolumeClaim", "spec: {storageClassName: a, resources: {requests: {storage: 1Gi}}}"), meta("v1", "PersistentVolumeClaim", "spec: {storageClassName: b, resources: {requests: {storage: 2Gi}}}"), "spec.storageClassName"},
		{"the type of a Secret", meta("v1", "Secret", "type: Opaque"), meta("v1", "Secret", "type: kubernetes.io/tls"), "type"},
		{"the type of a Secret, filled in", meta("v1", "Secret", ""), meta("v1", "Secret", "type: Opaque"), ""},
		{"another object", meta("apps/v1", "Deployment", "spec: {selector: {a: b}}"), server, ""},
	} {
		was, is := decode(t, tt.was)[0], decode(t, tt.is)[0]
		if got := strings.Join(validate.Immutable(was, is), " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
