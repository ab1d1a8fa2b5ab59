package airbyte

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Cloud is a provider whose rights a policy is about.
type Cloud string

// The clouds that Airbyte keeps anything in.
const (
	AWS   Cloud = "aws"
	GCP   Cloud = "gcp"
	Azure Cloud = "azure"
)

// Workload is one release as a cloud sees it: what it keeps there, and the
// ServiceAccount that it does so as.
type Workload struct {
	// Name is that of the overlay. What is made for it is called after it.
	Name      string
	Namespace string
	// Generation may be empty: that of the data plane alone makes a difference.
	Generation Generation
	Settings   *Settings
}

// settings are those of the workload with every default filled in.
func (w Workload) settings() *Settings { return w.Settings.completed(w.Generation) }

// serviceAccount is the name of the ServiceAccount that Pods run as.
func (w Workload) serviceAccount() string {
	switch a := w.Settings.ServiceAccount; {
	case a != nil && a.Name != "":
		return a.Name
	case w.Generation == DataPlane:
		return "airbyte-workload-launcher" // the default of its chart
	}
	return "airbyte-admin" // the default of V1 and V2
}

// Uses reports whether the workload keeps anything in a cloud.
func (w Workload) Uses(c Cloud) bool {
	t, m := w.Settings.Storage, w.Settings.SecretsManager
	return t != nil && clouds[t.Type] == c || m != nil && clouds[m.Type] == c
}

// clouds tells the cloud by the type of a storage or secrets manager. The others
// are in no cloud: minio and vault.
var clouds = map[string]Cloud{"s3": AWS, "gcs": GCP, "aws": AWS, "gcp": GCP, "azure": Azure}

// CheckPolicy finds what keeps a policy from being written for a workload: that
// it keeps nothing in that cloud, and names that would make a policy allow more
// than one of them.
func (w Workload) CheckPolicy(c Cloud) []Problem {
	if !w.Uses(c) {
		return []Problem{w.elsewhere(c)}
	}
	k := checker{}
	s := w.settings()
	if t := s.Storage; t != nil && clouds[t.Type] == c && c != Azure {
		for _, b := range t.named() {
			if !isBucket(b.name) {
				k.add("storage."+b.field, fmt.Sprintf("%q is no name of a bucket", b.name), "letters, digits, dots, dashes and underscores")
			}
		}
	}
	if m := s.SecretsManager; m != nil && clouds[m.Type] == c {
		k.policyManager(m)
	}
	return k.problems
}

var (
	// In a policy, a star, a question mark and ${ stand for more than themselves.
	bucketName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]+[A-Za-z0-9]$`)
	projectName = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
	regionName  = regexp.MustCompile(`^[a-z0-9-]+$`)
	vaultHost   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9])\.vault\.[a-z0-9.-]+$`)
)

// isBucket reports whether a text may be the name of a bucket. A count in the
// expression would cost every start of the program a millisecond.
func isBucket(s string) bool { return len(s) <= 222 && bucketName.MatchString(s) }

func (k *checker) policyManager(m *SecretsManager) {
	switch {
	case m.AWS != nil:
		if !regionName.MatchString(m.AWS.Region) {
			k.add("secretsManager.aws.region", fmt.Sprintf("%q is no AWS region", m.AWS.Region), "such as eu-central-1")
		}
		if tag, set := m.AWS.Tags[managedTag]; set && tag != "true" {
			k.add("secretsManager.aws.tags."+managedTag, fmt.Sprintf("is %q: the condition of the policy would keep Airbyte from the secrets that it makes", tag), `make it "true", or remove it`)
		}
	case m.GCP != nil && !projectName.MatchString(m.GCP.ProjectID):
		k.add("secretsManager.gcp.projectId", fmt.Sprintf("%q is no id of a project", m.GCP.ProjectID), "such as example-project")
	case m.Azure != nil && vaultName(m.Azure) == "":
		k.add("secretsManager.azure.vaultUrl", fmt.Sprintf("%q names no vault", m.Azure.VaultURL), "such as https://example.vault.azure.net/")
	}
}

// vaultName is the name of a vault, "" where its URL does not tell.
func vaultName(a *AzureKeyVault) string {
	u, err := url.Parse(a.VaultURL)
	if err != nil {
		return ""
	}
	if m := vaultHost.FindStringSubmatch(u.Hostname()); m != nil {
		return m[1]
	}
	return ""
}

// elsewhere says what a workload uses instead of a cloud.
func (w Workload) elsewhere(c Cloud) Problem {
	var uses, other []string
	add := func(field, typ string) {
		uses = append(uses, fmt.Sprintf("%s.type is %s", field, typ))
		if cloud := string(clouds[typ]); cloud != "" && !slices.Contains(other, cloud) {
			other = append(other, cloud)
		}
	}
	if t := w.Settings.Storage; t != nil {
		add("storage", t.Type)
	}
	if m := w.Settings.SecretsManager; m != nil {
		add("secretsManager", m.Type)
	}
	p := Problem{Message: fmt.Sprintf("keeps nothing in %s", c)}
	switch {
	case len(uses) == 0:
		p.Message += ": it has neither spec.storage nor spec.secretsManager"
		p.Hint = "policy reads settings; what spec.values and valuesFiles configure is not seen: write it as spec.storage and spec.secretsManager"
	default:
		p.Message += ": " + strings.Join(uses, ", ")
		if len(other) > 0 {
			p.Hint = "airstrip policy " + strings.Join(other, " and airstrip policy ")
		}
	}
	return p
}

// namedBucket is a bucket, and the field that names it.
type namedBucket struct{ field, name string }

// named lists the buckets of a storage whose defaults are filled in, each once.
func (t *Storage) named() []namedBucket {
	var list []namedBucket
	if t.Buckets == nil {
		return nil
	}
	for _, b := range []namedBucket{
		{"buckets.log", t.Buckets.Log}, {"buckets.state", t.Buckets.State}, {"buckets.workloadOutput", t.Buckets.WorkloadOutput},
		{"buckets.activityPayload", t.Buckets.ActivityPayload}, {"buckets.auditLogging", t.Buckets.AuditLogging},
	} {
		if b.name == t.Bucket {
			b.field = "bucket"
		}
		if b.name != "" && !slices.ContainsFunc(list, func(o namedBucket) bool { return o.name == b.name }) {
			list = append(list, b)
		}
	}
	return list
}

// unique sorts texts and drops those that are there already.
func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
