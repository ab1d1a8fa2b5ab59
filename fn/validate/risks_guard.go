package validate

import (
	"fmt"
	"net/netip"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// guardsOfPods reports budgets and network policies that no longer hold for Pods
// that are still there.
func (r *review) guardsOfPods() {
	for _, p := range r.pairs {
		field := selectorOf(p.id)
		selector := p.old("spec", field)
		if field == "" || selector == nil {
			continue
		}
		budget := field == "selector"
		if p.removed() {
			if !selectedIn(r.is, p.id.Namespace, selector) {
				continue
			}
			gone, fate := r.pruned(p.was)
			if budget {
				r.warn(p.id, "delete-guard", "", "is no longer rendered, and the Pods that it protects are: %s%s", fate, where(gone, ". A node that is drained may take all of them at once"))
			} else {
				r.warn(p.id, "delete-guard", "", "is no longer rendered, and the Pods that it shields are: %s%s", fate, where(gone, ". They take connections that no other policy forbids"))
			}
			continue
		}
		if lost := r.unmeant(p, field); len(lost) > 0 {
			r.warn(p.id, "delete-guard", "spec."+field, "no longer means the Pods of %s, which stay, and nothing of its kind does", listed(lost))
		}
		if budget || !selectedIn(r.is, p.id.Namespace, p.new("spec", field)) {
			continue
		}
		for _, d := range directions {
			was, _, _ := d.opens(at(p.was, "spec"))
			if is, at, how := d.opens(at(p.is, "spec")); is > was {
				r.warn(p.id, "delete-guard", at, "%s", how)
			}
		}
	}
}

// selectorOf is the field by which a budget or a network policy means Pods; "" for
// anything else.
func selectorOf(id manifest.ID) string {
	switch id.Current().Group + "/" + id.Kind {
	case "policy/PodDisruptionBudget":
		return "selector"
	case "networking.k8s.io/NetworkPolicy":
		return "podSelector"
	}
	return ""
}

// unmeant names the workloads whose Pods a guard meant, and that neither it nor
// another of its kind means now.
func (r *review) unmeant(p pair, field string) []string {
	var lost []string
	for _, w := range r.pairs {
		was, is := templateOf(w.was), templateOf(w.is)
		if was == nil || is == nil || !sameNamespace(w.id, p.id) || !selects(p.old("spec", field), labelsOf(was)) || selects(p.new("spec", field), labelsOf(is)) {
			continue
		}
		meant := func(also func(*yaml.RNode) bool) bool {
			return slices.ContainsFunc(r.is, func(n *yaml.RNode) bool {
				id := manifest.IDOf(n)
				return selectorOf(id) == field && sameNamespace(id, w.id) && selects(at(n, "spec", field), labelsOf(is)) && also(n)
			})
		}
		still := meant(func(*yaml.RNode) bool { return true })
		for _, d := range directions {
			if field == "podSelector" && d.restricted(at(p.was, "spec")) {
				still = still && meant(func(n *yaml.RNode) bool { return d.restricted(at(n, "spec")) })
			}
		}
		if !still {
			lost = append(lost, w.id.String())
		}
	}
	return lost
}

func labelsOf(template *yaml.Node) map[string]string {
	return manifest.Texts(manifest.Lookup(template, "metadata", "labels"))
}

// direction is one of the two that a network policy restricts.
type direction struct{ field, peers, policyType string }

var directions = []direction{{"ingress", "from", "Ingress"}, {"egress", "to", "Egress"}}

// restricted reports whether a policy forbids what it does not allow (kubernetes,
// pkg/apis/networking/v1: SetDefaults_NetworkPolicy).
func (d direction) restricted(spec *yaml.Node) bool {
	if types := scalars(manifest.Field(spec, "policyTypes")); len(types) > 0 {
		return slices.Contains(types, d.policyType)
	}
	return d.field == "ingress" || len(manifest.Items(manifest.Field(spec, d.field))) > 0
}

// How far a policy is open.
const (
	toSome = iota
	toCluster
	toEverybody
)

// opens says how far a policy is open, where it says so, and in words.
func (d direction) opens(spec *yaml.Node) (far int, field, how string) {
	if !d.restricted(spec) {
		return toEverybody, "spec.policyTypes", "no longer restricts " + d.field + ", which allows everybody"
	}
	field = "spec." + d.field
	for _, rule := range manifest.Items(manifest.Field(spec, d.field)) {
		peers := manifest.Items(manifest.Field(rule, d.peers))
		if len(peers) == 0 {
			return toEverybody, field, fmt.Sprintf("has a rule without %q now, which allows everybody", d.peers)
		}
		for _, peer := range peers {
			block := manifest.Field(peer, "ipBlock")
			if net, err := netip.ParsePrefix(manifest.Text(block, "cidr")); err == nil && net.Bits() == 0 {
				except := ""
				if list := scalars(manifest.Field(block, "except")); len(list) > 0 {
					except = " but what it excepts"
				}
				return toEverybody, field, "has a rule for " + net.String() + " now, which allows everybody" + except
			}
			if pods := manifest.Field(peer, "podSelector"); selectsAll(manifest.Field(peer, "namespaceSelector")) && (pods == nil || selectsAll(pods)) {
				far, how = toCluster, "has a rule for the Pods of all namespaces now, which allows everybody in the cluster"
			}
		}
	}
	return far, field, how
}

// selectsAll reports whether a selector is there and empty.
func selectsAll(selector *yaml.Node) bool {
	return selector != nil && selector.Kind == yaml.MappingNode &&
		len(manifest.Texts(manifest.Field(selector, "matchLabels"))) == 0 && len(manifest.Items(manifest.Field(selector, "matchExpressions"))) == 0
}
