package ingress

// ingressForm is what differs between controllers in an Ingress.
type ingressForm struct {
	// class is the ingressClassName; empty where the controller reads another form.
	class string
	// path is the path of a route, where it is not the route's own.
	path func(Route) string
	// secret is the Secret named under spec.tls; with tls, hosts are listed there
	// even without one.
	secret string
	tls    bool
}

// ingress adds the Ingress: every host has every route, the most special first.
func (s *site) ingress(f ingressForm) {
	spec := map[string]any{"rules": s.ingressRules(s.routes, f)}
	if f.class != "" {
		spec["ingressClassName"] = f.class
	}
	if f.tls {
		entry := map[string]any{"hosts": anyList(s.hosts)}
		if f.secret != "" {
			entry["secretName"] = f.secret
		}
		spec["tls"] = []any{entry}
	}
	s.add("networking.k8s.io/v1", "Ingress", s.name, s.merged(), spec)
}

// ingressRules are the same paths for each host.
func (s *site) ingressRules(routes []Route, f ingressForm) []any {
	var paths []any
	for _, r := range routes {
		path := r.Path
		if f.path != nil {
			path = f.path(r)
		}
		paths = append(paths, map[string]any{
			"path": path, "pathType": "Prefix",
			"backend": map[string]any{"service": map[string]any{"name": r.Service, "port": map[string]any{"number": r.Port}}},
		})
	}
	var rules []any
	for _, host := range s.hosts {
		rules = append(rules, map[string]any{"host": host, "http": map[string]any{"paths": paths}})
	}
	return rules
}

// rootIngress adds an Ingress of one path for each host, for controllers that
// redirect by one: it has to name a Service, and nothing gets there.
func (s *site) rootIngress(name, class string, notes map[string]string) {
	root := s.routes[len(s.routes)-1:]
	s.add("networking.k8s.io/v1", "Ingress", name, notes, map[string]any{
		"ingressClassName": class, "rules": s.ingressRules(root, ingressForm{}),
	})
}
