package manifest

import "sigs.k8s.io/kustomize/kyaml/yaml"

// Scope says whether objects of a kind live in a namespace.
type Scope int

const (
	unknownScope Scope = iota
	// Namespaced objects live in a namespace.
	Namespaced
	// Cluster objects live in none.
	Cluster
)

// scopes holds the kinds that Kubernetes serves itself, by kind and group, and
// the cluster-scoped kinds of the add-ons that stand beside an Airbyte. A test
// compares the former with kustomize's own table.
var scopes = map[string]map[string]Scope{
	"": {
		"Binding": Namespaced, "ConfigMap": Namespaced, "Endpoints": Namespaced, "Event": Namespaced,
		"LimitRange": Namespaced, "PersistentVolumeClaim": Namespaced, "Pod": Namespaced,
		"PodTemplate": Namespaced, "ReplicationController": Namespaced, "ResourceQuota": Namespaced,
		"Secret": Namespaced, "Service": Namespaced, "ServiceAccount": Namespaced,
		"ComponentStatus": Cluster, "Namespace": Cluster, "Node": Cluster, "PersistentVolume": Cluster,
	},
	"apps": {
		"ControllerRevision": Namespaced, "DaemonSet": Namespaced, "Deployment": Namespaced,
		"ReplicaSet": Namespaced, "StatefulSet": Namespaced,
	},
	"batch":       {"CronJob": Namespaced, "Job": Namespaced},
	"autoscaling": {"HorizontalPodAutoscaler": Namespaced},
	"policy":      {"PodDisruptionBudget": Namespaced, "PodSecurityPolicy": Cluster},
	"extensions":  {"Ingress": Namespaced},
	"networking.k8s.io": {
		"Ingress": Namespaced, "NetworkPolicy": Namespaced, "IngressClass": Cluster,
		"IPAddress": Cluster, "ServiceCIDR": Cluster,
	},
	"discovery.k8s.io":    {"EndpointSlice": Namespaced},
	"coordination.k8s.io": {"Lease": Namespaced},
	"events.k8s.io":       {"Event": Namespaced},
	"rbac.authorization.k8s.io": {
		"Role": Namespaced, "RoleBinding": Namespaced, "ClusterRole": Cluster, "ClusterRoleBinding": Cluster,
	},
	"storage.k8s.io": {
		"CSIStorageCapacity": Namespaced, "CSIDriver": Cluster, "CSINode": Cluster, "StorageClass": Cluster,
		"VolumeAttachment": Cluster, "VolumeAttributesClass": Cluster,
	},
	"scheduling.k8s.io":    {"PriorityClass": Cluster},
	"node.k8s.io":          {"RuntimeClass": Cluster},
	"apiextensions.k8s.io": {"CustomResourceDefinition": Cluster},
	"apiregistration.k8s.io": {
		"APIService": Cluster,
	},
	"admissionregistration.k8s.io": {
		"MutatingWebhookConfiguration": Cluster, "ValidatingWebhookConfiguration": Cluster,
		"ValidatingAdmissionPolicy": Cluster, "ValidatingAdmissionPolicyBinding": Cluster,
		"MutatingAdmissionPolicy": Cluster, "MutatingAdmissionPolicyBinding": Cluster,
	},
	"certificates.k8s.io":          {"CertificateSigningRequest": Cluster, "ClusterTrustBundle": Cluster},
	"flowcontrol.apiserver.k8s.io": {"FlowSchema": Cluster, "PriorityLevelConfiguration": Cluster},
	"resource.k8s.io": {
		"ResourceClaim": Namespaced, "ResourceClaimTemplate": Namespaced,
		"DeviceClass": Cluster, "ResourceSlice": Cluster,
	},
}

// addOns are the cluster-scoped kinds of well-known custom resources. A custom
// kind that is not among them is taken as namespaced, as kustomize takes it.
var addOns = map[string][]string{
	"gateway.networking.k8s.io": {"GatewayClass"},
	"cert-manager.io":           {"ClusterIssuer"},
	"external-secrets.io":       {"ClusterSecretStore", "ClusterExternalSecret"},
	"elbv2.k8s.aws":             {"IngressClassParams"},
	"eks.amazonaws.com":         {"IngressClassParams", "NodeClass"},
	"karpenter.sh":              {"NodePool", "NodeClaim"},
}

func builtin(group, kind string) Scope { return scopes[group][kind] }

// ScopeOf says whether objects of a kind live in a namespace. The set may hold
// the CustomResourceDefinition that decides it.
func (s Set) ScopeOf(id ID) Scope {
	if sc := builtin(id.Group, id.Kind); sc != unknownScope {
		return sc
	}
	for _, kind := range addOns[id.Group] {
		if kind == id.Kind {
			return Cluster
		}
	}
	for _, n := range s {
		if Text(n.YNode(), "kind") != "CustomResourceDefinition" {
			continue
		}
		spec := Field(n.YNode(), "spec")
		if Text(spec, "group") == id.Group && Text(Field(spec, "names"), "kind") == id.Kind && Text(spec, "scope") == "Cluster" {
			return Cluster
		}
	}
	return Namespaced
}

// BuiltIn reports whether Kubernetes itself serves the object's kind, so that
// its schema is known not to tell null from absent.
func BuiltIn(n *yaml.RNode) bool {
	id := IDOf(n)
	return builtin(id.Group, id.Kind) != unknownScope
}
