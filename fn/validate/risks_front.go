package validate

import (
	"net/netip"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Who can reach a front: the world, a private network, or nobody can tell from the
// object.
const (
	public   = "public"
	internal = "internal"
)

// privately are the annotations, of a Service or of a Gateway's infrastructure,
// that ask a cloud for a load balancer with a private address, and what they say.
var privately = map[string][]string{
	"service.beta.kubernetes.io/azure-load-balancer-internal": {"true"},
	"service.beta.kubernetes.io/aws-load-balancer-internal":   {"true", "0.0.0.0/0"},
	"service.beta.kubernetes.io/aws-load-balancer-scheme":     {"internal"},
	"networking.gke.io/load-balancer-type":                    {"Internal"},
	"cloud.google.com/load-balancer-type":                     {"Internal"},
}

func private(annotations *yaml.Node) bool {
	for key, values := range privately {
		if slices.Contains(values, manifest.Text(annotations, key)) {
			return true
		}
	}
	return false
}

// reach says who can reach a front, as far as the object says.
func reach(n *yaml.RNode) string {
	const alb, appgw = "alb.ingress.kubernetes.io/", "appgw.ingress.kubernetes.io/use-private-ip"
	if n == nil {
		return ""
	}
	annotations := at(n, "metadata", "annotations")
	is := func(yes bool) string {
		if yes {
			return internal
		}
		return public
	}
	switch id := manifest.IDOf(n); id.Kind {
	case "Ingress":
		switch class := classOf(n); {
		case class == "alb" || hasPrefix(annotations, alb):
			return is(manifest.Text(annotations, alb+"scheme") != "internet-facing") // internal by default
		case class == "gce" || class == "gce-internal":
			return is(class == "gce-internal")
		case class == "azure/application-gateway" || class == "azure-application-gateway" || manifest.Text(annotations, appgw) != "":
			return is(manifest.Text(annotations, appgw) == "true")
		}
	case "Gateway":
		class := text(at(n, "spec", "gatewayClassName"))
		if strings.HasPrefix(class, "gke-l7-") {
			return is(strings.HasPrefix(class, "gke-l7-rilb") || strings.Contains(class, "-internal"))
		}
		return is(private(at(n, "spec", "infrastructure", "annotations")))
	case "LoadBalancerConfiguration", "IngressClassParams":
		if scheme := text(at(n, "spec", "scheme")); scheme != "" || id.Kind == "LoadBalancerConfiguration" {
			return is(scheme != "internet-facing")
		}
	case "Service":
		if typeOf(n) != "LoadBalancer" {
			return ""
		}
		const scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
		ofController := strings.HasPrefix(text(at(n, "spec", "loadBalancerClass")), "service.k8s.aws/") ||
			slices.Contains([]string{"external", "nlb-ip"}, manifest.Text(annotations, "service.beta.kubernetes.io/aws-load-balancer-type"))
		return is(private(annotations) || ofController && manifest.Text(annotations, scheme) != "internet-facing")
	}
	return ""
}

func hasPrefix(m *yaml.Node, prefix string) bool {
	for key := range entries(m) {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// exposure reports load balancers that get a public address.
func (r *review) exposure() {
	// One of a controller that does not say may have been public.
	open := slices.ContainsFunc(r.was, func(n *yaml.RNode) bool {
		return reach(n) == public || reach(n) == "" && manifest.IDOf(n).Kind == "Ingress"
	})
	for _, p := range r.pairs {
		if !p.added() || open || reach(p.is) != public {
			continue
		}
		if p.id.Kind == "Gateway" && !strings.HasPrefix(text(p.new("spec", "gatewayClassName")), "gke-l7-") {
			r.warn(p.id, "exposed", "", "is new, and does not ask for a private address; what was there before had no public one")
		} else {
			r.error(p.id, "exposed", "", "is new and has a public address, and what was there before had none: the internet reaches Airbyte")
		}
	}
	for p := range r.changed() {
		was, is := reach(p.was), reach(p.is)
		if was == is || was == "" {
			continue
		}
		field := map[string]string{
			"Ingress": "metadata.annotations", "Gateway": "spec", "Service": "metadata.annotations", "LoadBalancerConfiguration": "spec.scheme", "IngressClassParams": "spec.scheme",
		}[p.id.Kind]
		if p.id.Kind == "Ingress" && hasPrefix(p.new("metadata", "annotations"), "alb.ingress.kubernetes.io/") {
			field = annotationPath("alb.ingress.kubernetes.io/scheme")
		}
		switch {
		case p.id.Kind == "Service" && is == "":
			continue // no load balancer any more, which serviceType says
		case is == public:
			r.error(p.id, "exposed", field, "had a private address and gets a public one: a new load balancer takes the place of the old, and the internet reaches Airbyte")
		case is == internal:
			r.warn(p.id, "exposed", field, "had a public address and gets a private one: a new load balancer takes the place of the old, DNS has to follow, and who is outside does not get in")
		default:
			r.warn(p.id, "exposed", field, "had a%s address, and now its controller decides: look at what that has", map[string]string{internal: " private", public: " public"}[was])
		}
	}
}

// A guard is a setting that stands between the world and Airbyte, of one kind of
// object, in an annotation or at a path.
type guard struct {
	code, kind, annotation string
	path                   []string
}

// guards are what the controllers of fn/ingress have of them.
var guards = []guard{
	{"allow-list", "Ingress", "alb.ingress.kubernetes.io/inbound-cidrs", nil},
	{"allow-list", "Ingress", "alb.ingress.kubernetes.io/security-group-prefix-lists", nil},
	{"allow-list", "Ingress", "alb.ingress.kubernetes.io/security-groups", nil},
	{"allow-list", "Ingress", "nginx.ingress.kubernetes.io/whitelist-source-range", nil},
	{"allow-list", "Ingress", "nginx.ingress.kubernetes.io/allowlist-source-range", nil},
	{"allow-list", "Ingress", "nginx.org/policies", nil},
	{"allow-list", "Service", "", []string{"spec", "loadBalancerSourceRanges"}},
	{"allow-list", "LoadBalancerConfiguration", "", []string{"spec", "sourceRanges"}},
	{"allow-list", "LoadBalancerConfiguration", "", []string{"spec", "securityGroups"}},
	{"allow-list", "NginxProxy", "", []string{"spec", "kubernetes", "service", "loadBalancerSourceRanges"}},
	{"allow-list", "Middleware", "", []string{"spec", "ipAllowList", "sourceRange"}},
	{"allow-list", "Policy", "", []string{"spec", "accessControl", "allow"}},
	{"allow-list", "SecurityPolicy", "", []string{"spec", "authorization", "rules"}},
	{"allow-list", "AuthorizationPolicy", "", []string{"spec", "rules"}},
	{"firewall", "Ingress", "alb.ingress.kubernetes.io/wafv2-acl-arn", nil},
	{"firewall", "Ingress", "alb.ingress.kubernetes.io/wafv2-acl-name", nil},
	{"firewall", "Ingress", "alb.ingress.kubernetes.io/waf-acl-id", nil},
	{"firewall", "Ingress", "appgw.ingress.kubernetes.io/waf-policy-for-path", nil},
	{"firewall", "Ingress", "nginx.ingress.kubernetes.io/enable-modsecurity", nil},
	{"firewall", "Ingress", "appprotect.f5.com/app-protect-enable", nil},
	{"firewall", "LoadBalancerConfiguration", "", []string{"spec", "wafV2", "webACL"}},
	{"firewall", "GCPBackendPolicy", "", []string{"spec", "default", "securityPolicy"}},
	{"firewall", "BackendConfig", "", []string{"spec", "securityPolicy", "name"}},
	{"firewall", "WebApplicationFirewallPolicy", "", []string{"spec", "webApplicationFirewall", "id"}},
	{"front-login", "Ingress", "alb.ingress.kubernetes.io/auth-type", nil},
	{"front-login", "Ingress", "nginx.ingress.kubernetes.io/auth-url", nil},
	{"front-login", "Ingress", "nginx.ingress.kubernetes.io/auth-type", nil},
	{"front-login", "BackendConfig", "", []string{"spec", "iap", "enabled"}},
	{"front-login", "GCPBackendPolicy", "", []string{"spec", "default", "iap", "enabled"}},
	{"front-login", "SecurityPolicy", "", []string{"spec", "oidc"}},
	{"front-login", "SecurityPolicy", "", []string{"spec", "jwt"}},
	{"front-login", "SecurityPolicy", "", []string{"spec", "extAuth"}},
	{"front-login", "Middleware", "", []string{"spec", "forwardAuth", "address"}},
}

// of is what a guard says in an object; nil where it is not set, or says nothing.
func (g guard) of(n *yaml.RNode) *yaml.Node {
	if n == nil || manifest.IDOf(n).Kind != g.kind {
		return nil
	}
	v := at(n, g.path...)
	if g.annotation != "" {
		v = at(n, "metadata", "annotations", g.annotation)
	}
	if v == nil || len(v.Content) == 0 && (!on(text(v)) || v.Value == "none") {
		return nil
	}
	return v
}

func (g guard) field() string {
	if g.annotation != "" {
		return annotationPath(g.annotation)
	}
	return strings.Join(g.path, ".")
}

// fronts reports guards that go, and lists of networks that let in more. A guard
// that only moves to another object is still one.
func (r *review) fronts() {
	has := func(n *yaml.RNode, code string) bool {
		return slices.ContainsFunc(guards, func(g guard) bool { return g.code == code && g.of(n) != nil })
	}
	// One that stood before in another namespace guards what is there.
	left := func(p pair, code string) bool {
		return slices.ContainsFunc(r.pairs, func(o pair) bool {
			return has(o.is, code) && (sameNamespace(o.id, p.id) || !has(o.was, code))
		})
	}
	for _, p := range r.pairs {
		if p.added() || p.same {
			continue
		}
		for _, g := range guards {
			was, is := g.of(p.was), g.of(p.is)
			switch {
			case was == nil:
			case is != nil:
				if g.code == "allow-list" {
					r.widened(p, g, was, is)
				}
			case has(p.is, g.code) || p.removed() && left(p, g.code):
			default:
				r.unguarded(p, g)
			}
		}
	}
}

func (r *review) unguarded(p pair, g guard) {
	switch g.code {
	case "allow-list":
		r.error(p.id, g.code, g.field(), "is gone, and nothing takes its place: whoever reaches the load balancer reaches Airbyte")
	case "firewall":
		r.warn(p.id, g.code, g.field(), "is gone, and nothing takes its place: requests get to Airbyte unfiltered")
	case "front-login":
		r.error(p.id, g.code, g.field(), "is gone, and nothing takes its place: requests get to Airbyte without that login")
	}
}

// widened reports networks that are let in and were not.
func (r *review) widened(p pair, g guard, was, is *yaml.Node) {
	old, now := networks(was), networks(is)
	var more []string
	for _, n := range now {
		if len(old) > 0 && !slices.ContainsFunc(old, func(o netip.Prefix) bool { return o.Bits() <= n.Bits() && o.Contains(n.Addr()) }) {
			if n.Bits() == 0 {
				r.error(p.id, g.code, g.field(), "lets in %s, which is everybody", n)
				return
			}
			more = append(more, n.String())
		}
	}
	if len(more) > 0 {
		r.warn(p.id, g.code, g.field(), "lets in %s as well", listed(more))
	}
}

// networks are the networks that are named anywhere in a value.
func networks(n *yaml.Node) []netip.Prefix {
	var all []netip.Prefix
	if n.Kind == yaml.ScalarNode {
		for _, w := range words(n.Value) {
			if prefix, err := netip.ParsePrefix(w); err == nil {
				all = append(all, prefix.Masked())
			} else if addr, err := netip.ParseAddr(w); err == nil {
				all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
			}
		}
	}
	for _, c := range n.Content {
		all = append(all, networks(c)...)
	}
	return all
}
