package airbyte

import (
	"fmt"
	"slices"
)

// ResourcePolicy is what a policy of Google Cloud has to say of one resource.
type ResourcePolicy struct {
	// Resource is its full name.
	Resource string `json:"resource"`
	// Version is 3 where there is a condition, which older ones do not know.
	Version  int       `json:"version,omitempty"`
	Bindings []Binding `json:"bindings"`
}

// Binding gives a role to members.
type Binding struct {
	Role      string     `json:"role"`
	Members   []string   `json:"members"`
	Condition *Condition `json:"condition,omitempty"`
}

// Condition narrows a binding.
type Condition struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Expression  string `json:"expression"`
}

// Airbyte's guide names no roles. These are the smallest of Google's own that
// hold what Airbyte calls: it lists, reads, writes and deletes objects, and it
// makes, reads and deletes secrets.
const (
	objectRole = "roles/storage.objectUser"
	secretRole = "roles/secretmanager.admin"
)

// airbyteSecrets keeps the role, which no smaller one replaces, to secrets that
// are Airbyte's by name. The project itself, where secrets are made, has none.
var airbyteSecrets = Condition{
	Title:       "airbyte_secrets",
	Description: "Secrets whose name begins with " + secretPrefix,
	Expression: fmt.Sprintf("resource.name.extract(%q) == %q || resource.name.extract(%q).startsWith(%q)",
		"/secrets/{name}", "", "/secrets/{name}", secretPrefix),
}

// ServiceAccountEmail stands in a policy for the account whose JSON key Airbyte
// is given, where no setting names it.
const ServiceAccountEmail = "SERVICE_ACCOUNT_EMAIL"

// GCPPolicy is what the workloads may do in Google Cloud, by resource.
func GCPPolicy(ws []Workload) []ResourcePolicy {
	all := []ResourcePolicy{}
	for _, w := range ws {
		for _, g := range w.googleGrants() {
			member := "serviceAccount:" + w.googleAccount(ServiceAccountEmail)
			i := slices.IndexFunc(all, func(r ResourcePolicy) bool { return r.Resource == g.resource() })
			if i < 0 {
				i = len(all)
				r := ResourcePolicy{Resource: g.resource(), Bindings: []Binding{{Role: g.role, Condition: g.condition}}}
				if g.condition != nil {
					r.Version = 3
				}
				all = append(all, r)
			}
			b := &all[i].Bindings[0] // each kind of resource has one role
			b.Members = unique(append(b.Members, member))
		}
	}
	return all
}

// googleGrant is a role on a bucket or a project.
type googleGrant struct {
	bucket, project, role string
	condition             *Condition
}

func (g googleGrant) resource() string {
	if g.bucket != "" {
		return "//storage.googleapis.com/projects/_/buckets/" + g.bucket
	}
	return "//cloudresourcemanager.googleapis.com/projects/" + g.project
}

// googleGrants lists what a workload needs, buckets first.
func (w Workload) googleGrants() []googleGrant {
	var grants []googleGrant
	s := w.settings()
	if t := s.Storage; t != nil && clouds[t.Type] == GCP {
		for _, b := range t.named() {
			grants = append(grants, googleGrant{bucket: b.name, role: objectRole})
		}
	}
	if m := s.SecretsManager; m != nil && clouds[m.Type] == GCP {
		grants = append(grants, googleGrant{project: m.GCP.ProjectID, role: secretRole, condition: &airbyteSecrets})
	}
	return grants
}

// googleAccount is the service account of a workload, or what stands for it.
func (w Workload) googleAccount(unknown string) string {
	if i := w.Settings.WorkloadIdentity; i != nil && i.Type == "gke" {
		return i.ServiceAccount
	}
	return unknown
}

// GCPTerraform is the same in Terraform's language.
func GCPTerraform(ws []Workload) string {
	var t terraform
	t.notes(GCPNotes(ws))
	seen := map[string]bool{}
	names := identifiers(ws)
	for i, w := range ws {
		name := names[i]
		member := "serviceAccount:" + w.googleAccount(ref("var."+name+"_service_account"))
		if w.googleAccount("") == "" {
			t.variable(name+"_service_account", "E-mail address of the service account whose JSON key Airbyte is given in "+w.Name)
		}
		var buckets []string
		var projects []googleGrant
		for _, g := range w.googleGrants() {
			switch key := member + g.resource(); {
			case seen[key]:
			case g.bucket != "":
				buckets = append(buckets, g.bucket)
				seen[key] = true
			default:
				projects = append(projects, g)
				seen[key] = true
			}
		}
		if len(buckets) > 0 {
			t.block(block{"resource", []string{"google_storage_bucket_iam_member", name}, [][]argument{
				{{"for_each", "toset(" + list(unique(buckets)) + ")"}},
				{{"bucket", "each.value"}, {"role", quote(objectRole)}, {"member", quote(member)}},
			}, nil})
		}
		for _, g := range projects {
			t.block(block{"resource", []string{"google_project_iam_member", name}, [][]argument{
				{{"project", quote(g.project)}, {"role", quote(g.role)}, {"member", quote(member)}},
			}, []block{{"condition", nil, [][]argument{
				{{"title", quote(g.condition.Title)}, {"description", quote(g.condition.Description)}, {"expression", quote(g.condition.Expression)}},
			}, nil}}})
		}
	}
	return t.String()
}

// GCPNotes are what a reader of the policy has to know beside it.
func GCPNotes(ws []Workload) []string {
	var notes []string
	for _, w := range ws {
		if email := w.googleAccount(""); email != "" {
			notes = append(notes, fmt.Sprintf("%s: Airbyte itself takes no workload identity here: the Secret has to hold a JSON key of %s", w.Name, email))
		} else {
			notes = append(notes, fmt.Sprintf("%s: no setting names the service account: it is the one whose JSON key is in the Secret", w.Name))
		}
	}
	return append(notes, "Airbyte's guide names no roles: these are the smallest of Google's own that hold what Airbyte calls")
}
