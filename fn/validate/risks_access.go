package validate

import (
	"cmp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// cloudIdentities are the annotations of a ServiceAccount that give its Pods an
// identity of the cloud.
var cloudIdentities = []string{
	"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account",
	"azure.workload.identity/client-id", "azure.workload.identity/tenant-id",
}

// azureUse is the label of Pods that get a token of Azure.
const azureUse = "azure.workload.identity/use"

// identities reports Pods that act as somebody else in the cloud or the cluster.
func (r *review) identities() {
	for p := range r.changed() {
		if p.id.Group == "" && p.id.Kind == "ServiceAccount" {
			for _, key := range cloudIdentities {
				r.identity(p, annotationPath(key), annotation(p.was, key), annotation(p.is, key))
			}
			continue
		}
		was, is := templateOf(p.was), templateOf(p.is)
		if was == nil || is == nil {
			continue
		}
		path := manifest.PodTemplatePath(p.id.Kind)
		a, b := accountOf(was), accountOf(is)
		if a != b {
			r.warn(p.id, "iam-identity", manifest.FieldPath(path, "spec.serviceAccountName"), "was %s, is %s: the Pods have the rights of that one, in the cluster and in the cloud", shown(a), shown(b))
		}
		if manifest.Text(manifest.Lookup(was, "metadata", "labels"), azureUse) == "true" && manifest.Text(manifest.Lookup(is, "metadata", "labels"), azureUse) != "true" {
			r.error(p.id, "iam-identity", below(manifest.FieldPath(path, "metadata.labels"), azureUse), "is gone: Azure gives the Pods no token any more, and what they read with it they no longer can")
		}
	}
}

func (r *review) identity(p pair, field, was, is string) {
	switch {
	case was == is:
	case is == "":
		r.error(p.id, "iam-identity", field, "is gone, was %s: the Pods lose that identity, and what they do with it fails (storage, secrets manager)", shown(was))
	case was == "":
		r.warn(p.id, "iam-identity", field, "is %s: the Pods get the rights of that identity", shown(is))
	default:
		r.warn(p.id, "iam-identity", field, "was %s, is %s: the Pods get the rights of that identity, and lose those of the other", shown(was), shown(is))
	}
}

func templateOf(n *yaml.RNode) *yaml.Node {
	if n == nil {
		return nil
	}
	return manifest.PodTemplate(n)
}

func accountOf(template *yaml.Node) string {
	spec := manifest.Field(template, "spec")
	return cmp.Or(manifest.Text(spec, "serviceAccountName"), manifest.Text(spec, "serviceAccount"), "default")
}

// right is one thing that a role allows.
type right struct{ group, resource, name, url, verb string }

// rightsOf are what rules allow, each by itself.
func rightsOf(rules *yaml.Node) []right {
	some := func(all []string) []string {
		if len(all) == 0 {
			return []string{""}
		}
		return all
	}
	var all []right
	for _, rule := range manifest.Items(rules) {
		for _, verb := range scalars(manifest.Field(rule, "verbs")) {
			for _, url := range scalars(manifest.Field(rule, "nonResourceURLs")) {
				all = append(all, right{url: url, verb: verb})
			}
			for _, resource := range scalars(manifest.Field(rule, "resources")) {
				for _, group := range some(scalars(manifest.Field(rule, "apiGroups"))) {
					for _, name := range some(scalars(manifest.Field(rule, "resourceNames"))) {
						all = append(all, right{group: group, resource: resource, name: name, verb: verb})
					}
				}
			}
		}
	}
	return all
}

// covers reports whether one right includes another (kubernetes,
// pkg/registry/rbac/validation: policy_comparator).
func (a right) covers(b right) bool {
	same := func(x, y string) bool { return x == y || x == "*" }
	if !same(a.verb, b.verb) {
		return false
	}
	if a.url != "" || b.url != "" {
		prefix, open := strings.CutSuffix(a.url, "*")
		return a.url != "" && b.url != "" && (a.url == b.url || open && strings.HasPrefix(b.url, prefix))
	}
	if !same(a.group, b.group) || a.name != "" && a.name != b.name {
		return false
	}
	if same(a.resource, b.resource) {
		return true
	}
	_, sub, ok := strings.Cut(b.resource, "/")
	return ok && a.resource == "*/"+sub
}

// grave reports whether with a right one may come by all the others, or by what is
// secret.
func (a right) grave() bool {
	write := slices.Contains([]string{"create", "update", "patch", "delete"}, a.verb)
	switch {
	case a.resource == "*" || a.verb == "*" || a.verb == "escalate" || a.verb == "bind" || a.verb == "impersonate":
		return true
	case a.resource == "secrets":
		return slices.Contains([]string{"get", "list", "watch"}, a.verb)
	case a.resource == "pods/exec" || a.resource == "pods/attach" || a.resource == "pods/ephemeralcontainers" || a.resource == "nodes/proxy" || a.resource == "serviceaccounts/token":
		return true
	case slices.Contains([]string{"roles", "rolebindings", "clusterroles", "clusterrolebindings", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"}, a.resource):
		return write
	}
	return false
}

// more are the rights of rules that others have not got, and whether one of them
// is grave, in words.
func more(was, is *yaml.Node) (words []string, grave bool) {
	old := rightsOf(was)
	verbs := map[string][]string{}
	var order []string
	for _, b := range rightsOf(is) {
		if slices.ContainsFunc(old, func(a right) bool { return a.covers(b) }) {
			continue
		}
		grave = grave || b.grave()
		what := b.url + b.resource
		if what == "*" {
			what = "everything"
		}
		if verbs[what] == nil {
			order = append(order, what)
		}
		if !slices.Contains(verbs[what], b.verb) {
			verbs[what] = append(verbs[what], b.verb)
		}
	}
	for _, what := range order {
		words = append(words, strings.Join(verbs[what], ", ")+" "+what)
	}
	return words, grave
}

func isRole(id manifest.ID) bool {
	return id.Group == rbac && (id.Kind == "Role" || id.Kind == "ClusterRole")
}

const rbac = "rbac.authorization.k8s.io"

// roles reports roles that allow more. A new one allows nothing until it is bound,
// which bindings looks at.
func (r *review) roles() {
	for p := range r.changed("Role", "ClusterRole") {
		if !isRole(p.id) {
			continue
		}
		words, grave := more(p.old("rules"), p.new("rules"))
		if len(words) > 0 {
			r.add(blockingIf(grave), p.id, "role-widened", "rules", "allows more: %s%s", strings.Join(first(words, 4), "; "), everywhere(p.id.Kind))
		}
	}
}

func first(all []string, n int) []string {
	if len(all) > n {
		return append(slices.Clone(all[:n]), "…")
	}
	return all
}

func everywhere(kind string) string {
	if strings.HasPrefix(kind, "Cluster") {
		return ", in every namespace"
	}
	return ""
}

// bindings reports who gets a role that he had not.
func (r *review) bindings() {
	for _, p := range r.pairs {
		if p.id.Group != rbac || p.id.Kind != "RoleBinding" && p.id.Kind != "ClusterRoleBinding" || p.removed() {
			continue
		}
		role := manifest.ID{Group: rbac, Kind: text(p.new("roleRef", "kind")), Name: text(p.new("roleRef", "name"))}
		if role.Kind == "Role" {
			role.Namespace = p.id.Namespace
		}
		var subjects []string
		for _, s := range manifest.Items(p.new("subjects")) {
			who := manifest.Text(s, "kind") + "/" + manifest.Text(s, "name")
			had := slices.ContainsFunc(manifest.Items(p.old("subjects")), func(o *yaml.Node) bool {
				return manifest.Text(o, "kind")+"/"+manifest.Text(o, "name") == who && (manifest.Text(o, "namespace") == manifest.Text(s, "namespace") || manifest.Text(o, "namespace") == "")
			})
			if !had || p.added() {
				subjects = append(subjects, who)
			}
		}
		if len(subjects) == 0 {
			continue
		}
		grave := slices.ContainsFunc(subjects, func(s string) bool {
			return slices.Contains([]string{"Group/system:authenticated", "Group/system:unauthenticated", "Group/system:serviceaccounts", "User/system:anonymous"}, s)
		})
		allowed := ""
		if rules := at(find(r.is, role), "rules"); rules != nil {
			words, bad := more(nil, rules)
			grave, allowed = grave || bad, ": "+strings.Join(first(words, 4), "; ")
		} else {
			grave = grave || slices.Contains([]string{"cluster-admin", "admin", "edit"}, role.Name)
		}
		r.add(blockingIf(grave), p.id, "role-bound", "subjects", "gives %s the rights of %s/%s%s%s", listed(subjects), role.Kind, role.Name, allowed, everywhere(p.id.Kind))
	}
}
