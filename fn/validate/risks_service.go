package validate

import (
	"cmp"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// services reports what changes for who calls a Service.
func (r *review) services() {
	for p := range r.changed("Service") {
		if p.id.Group != "" {
			continue
		}
		r.serviceType(p)
		if text(p.old("spec", "type")) != "ExternalName" && text(p.new("spec", "type")) != "ExternalName" {
			r.clusterIP(p)
		}
		r.servicePorts(p)
	}
}

func (r *review) serviceType(p pair) {
	was, is := typeOf(p.was), typeOf(p.is)
	if was == is {
		return
	}
	const field = "spec.type"
	switch {
	case is == "LoadBalancer" && reach(p.is) != internal:
		r.error(p.id, "service-type", field, "was %s, is LoadBalancer: the cloud gives it an address, which is public", was)
	case is == "LoadBalancer" || is == "NodePort":
		r.warn(p.id, "service-type", field, "was %s, is %s: it can be reached from outside the cluster", was, is)
	case is == "ExternalName":
		r.error(p.id, "service-type", field, "was %s, is ExternalName: who calls it gets to %s, and not to its Pods", was, shown(text(p.new("spec", "externalName"))))
	case was == "LoadBalancer":
		r.error(p.id, "service-type", field, "was LoadBalancer, is %s: its load balancer and the address go", is)
	default:
		r.warn(p.id, "service-type", field, "was %s, is %s: the port on each node goes, and with it load balancers that lead there (target type instance)", was, is)
	}
}

func typeOf(n *yaml.RNode) string { return cmp.Or(text(at(n, "spec", "type")), "ClusterIP") }

// clusterIP: the API server keeps the address where a manifest names none
// (kubernetes, pkg/registry/core/service/storage: patchAllocatedValues).
func (r *review) clusterIP(p pair) {
	was, is := shown(text(p.old("spec", "clusterIP"))), shown(text(p.new("spec", "clusterIP")))
	switch {
	case was == is:
	case is == "":
		r.warn(p.id, "service-cluster-ip", "spec.clusterIP", "is left out, was %s: the Service that is there keeps it, one that is made anew does not", was)
	case was == "":
		r.error(p.id, "service-cluster-ip", "spec.clusterIP", "is %s, where an address has been given: %s. Delete the Service first", is, r.refused(p.is))
	default:
		r.error(p.id, "service-cluster-ip", "spec.clusterIP", "was %s, is %s: %s. Delete the Service first", was, is, r.refused(p.is))
	}
}

// servicePorts looks for ports that are called and no longer there.
func (r *review) servicePorts(p pair) {
	ports := manifest.Items(p.new("spec", "ports"))
	for i, old := range manifest.Items(p.old("spec", "ports")) {
		port, protocol := manifest.Text(old, "port"), protocolOf(old)
		same := func(n *yaml.Node) bool { return manifest.Text(n, "port") == port && protocolOf(n) == protocol }
		if slices.ContainsFunc(ports, same) {
			continue
		}
		now := ""
		if j := slices.IndexFunc(ports, func(n *yaml.Node) bool {
			return manifest.Text(old, "name") != "" && manifest.Text(n, "name") == manifest.Text(old, "name") || len(ports) == 1 && manifest.Text(old, "name") == ""
		}); j >= 0 {
			now = ": it is " + manifest.Text(ports[j], "port") + " now"
		}
		r.warn(p.id, "service-port", itemPath("spec.ports", i, old), "has no port %s any more%s; what calls it there, in this cluster or through a load balancer, is refused", port, now)
	}
}

func protocolOf(port *yaml.Node) string { return cmp.Or(manifest.Text(port, "protocol"), "TCP") }
