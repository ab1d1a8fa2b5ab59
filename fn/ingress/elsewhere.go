package ingress

import "maps"

// with is one map with the entries of others, the last of which wins.
func with(m map[string]string, more ...map[string]string) map[string]string {
	all := maps.Clone(m)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// proxyElsewhere is where a field is set that belongs to the load balancer before
// a proxy of the cluster: at the proxy's Service, which no Ingress can change.
// before is what that load balancer stands before: the controller, the Gateway.
func proxyElsewhere(name, before, service string, more ...map[string]string) map[string]string {
	all := map[string]string{
		"targetType":              name + " sends to the Pods themselves",
		"group.order":             "the longest path wins, whatever the order",
		"loadBalancer.name":       service,
		"loadBalancer.address":    service,
		"loadBalancer.attributes": service,
		"subnets":                 service,
		"securityGroups":          service,
		"tags":                    service,
		"wafPolicy":               "the firewall of a load balancer stands before the " + before,
		"tls.acm":                 "a load balancer before the " + before + " holds it: tls.type: upstream",
		"group.name":              "all Ingresses of the controller share its load balancer",
	}
	if before == "Gateway" {
		all["group.name"] = "routes that share a Gateway share its load balancer: gateway.parent"
	}
	return with(all, more...)
}

// probesElsewhere is for proxies that ask no Pod whether it is well.
func probesElsewhere(name string) map[string]string {
	probes := name + " asks nobody: the Pods' own readiness probes decide"
	return map[string]string{
		"healthCheck.path":               probes,
		"healthCheck.port":               probes,
		"healthCheck.interval":           probes,
		"healthCheck.timeout":            probes,
		"healthCheck.healthyThreshold":   probes,
		"healthCheck.unhealthyThreshold": probes,
		"healthCheck.successCodes":       probes,
	}
}
