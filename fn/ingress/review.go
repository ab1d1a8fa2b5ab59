package ingress

import (
	"fmt"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Review looks at a set that may hold more than one release, and what kustomize
// has made of it: annotations that their controllers would refuse, ignore or do
// not know, and paths of a host that two objects lead to different Services.
func Review(set manifest.Set) []manifest.Finding {
	findings := lintSet(set)
	type claim struct{ class, host, path string }
	type target struct {
		by      manifest.ID
		service string
	}
	first := map[claim]target{}
	for _, n := range set {
		id := manifest.IDOf(n)
		for _, c := range claims(id, n) {
			at := claim{c.class, c.host, c.path}
			now := target{id, id.Namespace + "/" + c.service}
			before, twice := first[at]
			switch {
			case !twice:
				first[at] = now
			case before.by != id && before.service != now.service:
				findings = append(findings, manifest.Finding{
					Severity: manifest.Warning, Code: "ingress-claim", Object: id, Field: "spec",
					Message: fmt.Sprintf("leads %s%s to Service %s, and %s leads it to %s: give each release a host of its own", c.host, c.path, c.service, before.by, before.service),
				})
			}
		}
	}
	return findings
}

// claimed is a path of a host, and the Service that it leads to.
type claimed struct{ class, host, path, service string }

func claims(id manifest.ID, n *yaml.RNode) []claimed {
	spec := manifest.Field(n.YNode(), "spec")
	var all []claimed
	switch {
	case id.Kind == "Ingress" && id.Group == "networking.k8s.io":
		class := manifest.Text(spec, "ingressClassName")
		if class == "" {
			class = manifest.Text(manifest.Lookup(n.YNode(), "metadata", "annotations"), classAnnotation)
		}
		for _, b := range backendsOf(n) {
			if service, _ := b.service(); b.path != "" {
				all = append(all, claimed{class, b.host, b.path, service})
			}
		}
	case id.Kind == "HTTPRoute":
		for _, parent := range manifest.Items(manifest.Field(spec, "parentRefs")) {
			gateway := manifest.Text(parent, "namespace") + "/" + manifest.Text(parent, "name") + "/" + manifest.Text(parent, "sectionName")
			for _, host := range manifest.Items(manifest.Field(spec, "hostnames")) {
				for _, rule := range manifest.Items(manifest.Field(spec, "rules")) {
					for _, b := range manifest.Items(manifest.Field(rule, "backendRefs")) {
						for _, m := range manifest.Items(manifest.Field(rule, "matches")) {
							all = append(all, claimed{gateway, host.Value, manifest.Text(manifest.Field(m, "path"), "value"), manifest.Text(b, "name")})
						}
					}
				}
			}
		}
	}
	return all
}
