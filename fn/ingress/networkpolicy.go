package ingress

import "slices"

// networkPolicy adds a NetworkPolicy for the Pods behind each Service that is
// routed to. Connections from the release's own namespace stay: its parts, and
// jobs that run there, talk to each other.
func (s *site) networkPolicy() {
	n := s.NetworkPolicy
	if n == nil {
		return
	}
	var from []any
	namespaces := slices.Clone(n.Namespaces)
	slices.Sort(namespaces)
	for _, name := range slices.Compact(namespaces) {
		from = append(from, map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": name}}})
	}
	cidrs := slices.Clone(n.CIDRs)
	if s.profile != nil {
		cidrs = append(cidrs, s.profile.sources...)
	}
	slices.Sort(cidrs)
	for _, text := range slices.Compact(cidrs) {
		from = append(from, map[string]any{"ipBlock": map[string]any{"cidr": text}})
	}
	if len(from) == 0 {
		s.refuse("ingress.networkPolicy", "names nobody, so that no load balancer could reach Airbyte", "set namespaces (where the controller runs) or cidrs (the load balancer's subnets, where it sends to Pods itself)")
		return
	}
	for _, r := range s.backends() {
		ports := []any{map[string]any{"port": r.ContainerPort, "protocol": "TCP"}}
		if p := s.probeOf(r).Port; p != r.ContainerPort {
			ports = append(ports, map[string]any{"port": p, "protocol": "TCP"})
		}
		s.add("networking.k8s.io/v1", "NetworkPolicy", r.Service+"-ingress", nil, map[string]any{
			"podSelector": map[string]any{"matchLabels": anyMap(r.Selector)},
			"policyTypes": []any{"Ingress"},
			// A Pod that a policy selects takes nothing that no rule allows, so the
			// namespace needs one too.
			"ingress": []any{
				map[string]any{"from": from, "ports": ports},
				map[string]any{"from": []any{map[string]any{"podSelector": map[string]any{}}}},
			},
		})
	}
}
