package manifest

import (
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// PodTemplate returns the part of an object that describes Pods: the object
// itself for a Pod, the template of a workload, nil for everything else. It
// has metadata and spec, as far as they are given.
func PodTemplate(n *yaml.RNode) *yaml.Node {
	root := n.YNode()
	switch Text(root, "kind") {
	case "Pod":
		return root
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job":
		return Lookup(root, "spec", "template")
	case "CronJob":
		return Lookup(root, "spec", "jobTemplate", "spec", "template")
	}
	return nil
}

// PodTemplatePath is where an object of a kind has its Pod template; of a Pod it is
// the object itself.
func PodTemplatePath(kind string) string {
	switch kind {
	case "Pod":
		return ""
	case "CronJob":
		return "spec.jobTemplate.spec.template"
	}
	return "spec.template"
}

// Containers returns the containers of a Pod spec, those that run first
// included.
func Containers(podSpec *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for _, list := range []string{"initContainers", "containers"} {
		all = append(all, Items(Field(podSpec, list))...)
	}
	return all
}

// Items returns the entries of a sequence node; anything else has none.
func Items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// Passive reports whether the object only waits to be used: it starts no Pod
// and routes no traffic, so that it can be applied before everything else.
func (id ID) Passive() bool {
	switch id.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod",
		"Ingress", "Gateway", "HTTPRoute", "GRPCRoute", "HorizontalPodAutoscaler", "PodDisruptionBudget",
		"ServiceMonitor", "PodMonitor":
		return false
	}
	return true
}

// SplitImage splits repository and tag; a port is no tag, a digest no tag.
func SplitImage(image string) (repo, tag string) {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:]
	}
	return image, ""
}
