package diff

import (
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// amountOf sums what a set asks of its cluster.
func amountOf(set manifest.Set) Amount {
	var total Amount
	least := autoscaled(set)
	for _, n := range set {
		id := manifest.IDOf(n)
		root := n.YNode()
		replicas := int64(1)
		switch id.Kind {
		case "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController":
			if text := manifest.Text(manifest.Field(root, "spec"), "replicas"); text != "" {
				replicas = quantity(manifest.Lookup(root, "spec", "replicas"), false)
			}
			if n, ok := least[manifest.ID{Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}]; ok {
				replicas = n
			}
		case "DaemonSet": // one a node, and nobody knows how many there are
		case "Pod":
			if policy := manifest.Text(manifest.Field(root, "spec"), "restartPolicy"); policy != "" && policy != "Always" {
				continue
			}
		case "PersistentVolumeClaim":
			total.Storage += claim(root)
			continue
		default:
			continue
		}
		total.Replicas += int(replicas)
		spec := manifest.Field(manifest.PodTemplate(n), "spec")
		total.CPURequests += replicas * ofPod(spec, "requests", "cpu")
		total.CPULimits += replicas * ofPod(spec, "limits", "cpu")
		total.MemoryRequests += replicas * ofPod(spec, "requests", "memory")
		total.MemoryLimits += replicas * ofPod(spec, "limits", "memory")
		for _, c := range manifest.Items(manifest.Lookup(root, "spec", "volumeClaimTemplates")) {
			total.Storage += replicas * claim(c)
		}
	}
	return total
}

// autoscaled are the least replicas of what a HorizontalPodAutoscaler scales.
func autoscaled(set manifest.Set) map[manifest.ID]int64 {
	least := map[manifest.ID]int64{}
	for _, n := range set {
		id := manifest.IDOf(n)
		if id.Kind != "HorizontalPodAutoscaler" {
			continue
		}
		spec := manifest.Field(n.YNode(), "spec")
		target := manifest.Field(spec, "scaleTargetRef")
		replicas := int64(1)
		if f := manifest.Field(spec, "minReplicas"); f != nil {
			replicas = quantity(f, false)
		}
		least[manifest.ID{Kind: manifest.Text(target, "kind"), Namespace: id.Namespace, Name: manifest.Text(target, "name")}] = replicas
	}
	return least
}

// ofPod is what a Pod asks for: the sum of the containers that run at one time, or
// the greatest of those that run before, if that is more. A limit without a request
// is one (kubernetes.io/docs, Resource Management: the API server sets it so).
func ofPod(spec *yaml.Node, which, resource string) int64 {
	of := func(c *yaml.Node) int64 {
		n := manifest.Lookup(c, "resources", which, resource)
		if n == nil && which == "requests" {
			n = manifest.Lookup(c, "resources", "limits", resource)
		}
		return quantity(n, resource == "cpu")
	}
	var together, before int64
	for _, c := range manifest.Items(manifest.Field(spec, "initContainers")) {
		if manifest.Text(c, "restartPolicy") == "Always" { // a sidecar
			together += of(c)
		} else {
			before = max(before, together+of(c))
		}
	}
	for _, c := range manifest.Items(manifest.Field(spec, "containers")) {
		together += of(c)
	}
	return max(together, before)
}

func claim(n *yaml.Node) int64 {
	return quantity(manifest.Lookup(n, "spec", "resources", "requests", "storage"), false)
}

// quantity reads an amount, in thousandths if that is asked; what is none is 0.
func quantity(n *yaml.Node, milli bool) int64 {
	if n == nil || n.Kind != yaml.ScalarNode {
		return 0
	}
	q, err := resource.ParseQuantity(n.Value)
	switch {
	case err != nil:
		return 0
	case milli:
		return q.MilliValue()
	}
	return q.Value()
}
