package validate

import (
	"reflect"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Immutable lists the fields in which an object differs from the one that stands
// for it now, and which the API server does not let change (kubernetes, pkg/apis:
// the update validation of each kind). What it fills in by itself is no difference.
func Immutable(was, is *yaml.RNode) []string {
	id := manifest.IDOf(is)
	if manifest.IDOf(was) != id || manifest.Lookup(is.YNode(), "metadata", "annotations", argoHook) != nil {
		return nil // another object, or one that Argo CD deletes before it makes it anew
	}
	var fields []string
	differ := func(field string, path ...string) {
		if !plainEqual(path[len(path)-1], manifest.Lookup(was.YNode(), path...), manifest.Lookup(is.YNode(), path...)) {
			fields = append(fields, field)
		}
	}
	switch id.Group + "/" + id.Kind {
	case "apps/Deployment", "apps/DaemonSet", "apps/ReplicaSet":
		differ("spec.selector", "spec", "selector")
	case "apps/StatefulSet":
		differ("spec.selector", "spec", "selector")
		differ("spec.serviceName", "spec", "serviceName")
		differ("spec.podManagementPolicy", "spec", "podManagementPolicy")
		differ("spec.volumeClaimTemplates", "spec", "volumeClaimTemplates")
	case "batch/Job":
		differ("spec.template", "spec", "template")
	case "rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding":
		differ("roleRef", "roleRef")
	case "/PersistentVolumeClaim":
		for _, field := range []string{"accessModes", "selector", "storageClassName", "volumeMode", "volumeName"} {
			differ("spec."+field, "spec", field)
		}
	case "/Secret":
		differ("type", "type")
	}
	return fields
}

// defaults are what the API server fills in where an immutable field is not given.
var defaults = map[string]any{
	"podManagementPolicy": "OrderedReady", "volumeMode": "Filesystem", "type": "Opaque",
	"apiGroup": "rbac.authorization.k8s.io", "apiVersion": "v1", "kind": "PersistentVolumeClaim",
}

// plain is the value of a field without what is null, empty or would be filled in.
func plain(key string, n *yaml.Node) any {
	if n == nil {
		return nil
	}
	v, err := manifest.Value(n)
	if err != nil {
		return n.Value
	}
	return bare(key, v)
}

func bare(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = bare(k, x); x != nil {
				out[k] = x
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, bare("", x))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case string:
		if v == "" || v == defaults[key] {
			return nil
		}
	}
	return v
}

// plainEqual compares the values of a field as plain has them.
func plainEqual(key string, a, b *yaml.Node) bool {
	return reflect.DeepEqual(plain(key, a), plain(key, b))
}
