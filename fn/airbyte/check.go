package airbyte

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Check finds what is wrong with settings whatever the chart: what is missing,
// what contradicts, what only fails once it is in the cluster.
func (s *Settings) Check() []Problem {
	k := checker{}
	k.url("url", s.URL, true)
	k.edition(s)
	k.auth(s)
	k.database(s.Database)
	k.storage(s.Storage, s.AuditLog == "enabled")
	k.manager(s.SecretsManager)
	k.identity(s)
	k.env("", s.Env, s.SecretEnv)
	for _, r := range components {
		if c := s.Components.named(r.field); c != nil {
			at := "components." + r.field + "."
			k.env(at, c.Env, c.SecretEnv)
			if c.Replicas != nil && *c.Replicas < 0 {
				k.add(at+"replicas", fmt.Sprintf("is %d", *c.Replicas), "")
			}
		}
	}
	if d := s.DataPlane; d != nil && d.Role == "control-plane" && s.Components.named("workloadLauncher") != nil {
		k.add("components.workloadLauncher", "has no effect: dataPlane.role is control-plane, which leaves jobs to data planes", "remove one")
	}
	if i := s.Images; i != nil && strings.Contains(i.Registry, "://") {
		_, rest, _ := strings.Cut(i.Registry, "://")
		k.add("images.registry", "has a scheme, which no image name has", "write "+rest)
	} else if i != nil && strings.HasSuffix(i.Registry, "/") {
		k.add("images.registry", "ends in a slash", "write "+strings.TrimRight(i.Registry, "/"))
	}
	return k.problems
}

type checker struct{ problems []Problem }

func (k *checker) add(field, message, hint string) {
	k.problems = append(k.problems, Problem{Field: field, Message: message, Hint: hint})
}

// url checks an absolute http or https URL; bare ones have no path.
func (k *checker) url(field, text string, bare bool) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		hint := "such as https://airbyte.example.com"
		if !strings.Contains(text, "://") {
			hint = "write https://" + text
		}
		k.add(field, fmt.Sprintf("%q is no absolute http or https URL", text), hint)
	case u.User != nil:
		k.add(field, "holds credentials", "")
	case bare && u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		k.add(field, fmt.Sprintf("%q has a path: the chart appends its own to it", text), "write "+u.Scheme+"://"+u.Host)
	}
}

// edition checks that what only the enterprise edition has is not asked of
// another, which would ignore it.
func (k *checker) edition(s *Settings) {
	if s.Edition == "enterprise" {
		return
	}
	for _, f := range []struct {
		field string
		set   bool
	}{
		{"auditLog", s.AuditLog == "enabled"},
		{"auth.genericOidc", s.Auth != nil && s.Auth.GenericOIDC != nil},
		{"auth.oidc", s.Auth != nil && s.Auth.OIDC != nil},
		{"license", s.License != nil},
	} {
		if f.set {
			k.add(f.field, "is of the enterprise edition, any other ignores it", "set edition: enterprise")
		}
	}
}

func (k *checker) auth(s *Settings) {
	a := s.Auth
	if a == nil {
		return
	}
	if a.OIDC != nil && a.GenericOIDC != nil {
		k.add("auth.genericOidc", "stands beside auth.oidc: there is one way to log in", "remove one; genericOidc needs no Keycloak and is recommended")
	}
	if a.OIDC != nil && a.InstanceAdmin == nil {
		k.add("auth.instanceAdmin", "is missing: the setup of Keycloak makes the first administrator from it", "add auth.instanceAdmin with firstName and lastName")
	}
	if a.Keycloak != nil && a.OIDC == nil {
		k.add("auth.keycloak", "stands without auth.oidc, which alone brings Keycloak", "")
	}
	if g := a.GenericOIDC; g != nil {
		k.url("auth.genericOidc.issuer", g.Issuer, false)
		k.url("auth.genericOidc.authorizationServerEndpoint", g.AuthorizationServerEndpoint, false)
		k.url("auth.genericOidc.jwksEndpoint", g.JWKSEndpoint, false)
	}
	if a.InstanceAdmin == nil && a.OIDC == nil && (a.SecretName != "" || a.JWTSignatureSecretKey != "") {
		k.add("auth.secretName", "nothing is read from it", "add auth.instanceAdmin")
	}
}

func (k *checker) database(d *Database) {
	if d == nil {
		return
	}
	if d.Type != "external" {
		for _, f := range slices.Sorted(maps.Keys(tree(&Settings{Database: d})["database"].(map[string]any))) {
			if f != "type" {
				k.add("database."+f, "is of an external database, and database.type is "+d.Type, "set database.type: external")
			}
		}
		return
	}
	switch {
	case d.Host == "":
		k.add("database.host", "is missing: an external database has one", "")
	case strings.ContainsAny(d.Host, "/: "):
		k.add("database.host", fmt.Sprintf("%q is no host name", d.Host), "the port is database.port, the name database.name")
	}
	if d.Port < 0 || d.Port > 65535 {
		k.add("database.port", fmt.Sprintf("%d is no port", d.Port), "")
	}
	if d.User != "" && d.UserSecretKey != "" {
		k.add("database.user", "stands beside database.userSecretKey: two sources for one thing", "remove one")
	}
	if d.CloudSQLProxy == "enabled" && d.Replica != nil {
		k.add("database.replica", "is not passed: database.cloudSqlProxy is enabled", "remove one")
	}
}

func (k *checker) storage(t *Storage, audit bool) {
	if t == nil {
		return
	}
	k.sections("storage", t.Type, map[string]bool{
		"s3": t.S3 != nil, "gcs": t.GCS != nil, "azure": t.Azure != nil, "minio": t.MinIO != nil,
	})
	if t.Type == "s3" && t.S3 == nil {
		k.add("storage.s3", "is missing", "it needs a region")
	}
	if s := t.S3; s != nil && s.Authentication == "instanceProfile" && (s.AccessKeyIDSecretKey != "" || s.SecretAccessKeySecretKey != "") {
		k.add("storage.s3.authentication", "is instanceProfile, and keys are named beside it: two sources for one thing", "remove one")
	}
	if t.Type == "minio" && (t.MinIO == nil || t.MinIO.Endpoint == "") {
		return // the chart makes the buckets of its own
	}
	b := t.Buckets
	if b == nil {
		b = &Buckets{}
	}
	for _, n := range []struct{ field, name string }{
		{"log", b.Log}, {"state", b.State}, {"workloadOutput", b.WorkloadOutput}, {"activityPayload", b.ActivityPayload}, {"auditLogging", b.AuditLogging},
	} {
		if n.name == "" && t.Bucket == "" && (n.field != "auditLogging" || audit) {
			k.add("storage.buckets."+n.field, "is missing: the chart would use a bucket of a fixed name", "name it, or one for all: storage.bucket")
		}
	}
	if t.MinIO != nil {
		k.url("storage.minio.endpoint", t.MinIO.Endpoint, true)
	}
}

func (k *checker) manager(m *SecretsManager) {
	if m == nil {
		return
	}
	present := map[string]bool{"aws": m.AWS != nil, "gcp": m.GCP != nil, "azure": m.Azure != nil, "vault": m.Vault != nil}
	k.sections("secretsManager", m.Type, present)
	if !present[m.Type] {
		k.add("secretsManager."+m.Type, "is missing", "secretsManager.type is "+m.Type)
	}
	if a := m.AWS; a != nil {
		if a.Authentication == "instanceProfile" && (a.AccessKeyIDSecretKey != "" || a.SecretAccessKeySecretKey != "") {
			k.add("secretsManager.aws.authentication", "is instanceProfile, and keys are named beside it: two sources for one thing", "remove one")
		}
		if a.KMSKeyARN != "" && !kmsKey.MatchString(a.KMSKeyARN) {
			k.add("secretsManager.aws.kmsKeyArn", fmt.Sprintf("%q is no ARN of a KMS key", a.KMSKeyARN), "such as arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
		}
	}
	if m.Azure != nil {
		k.url("secretsManager.azure.vaultUrl", m.Azure.VaultURL, false)
		for _, name := range slices.Sorted(maps.Keys(m.Azure.Tags)) {
			if strings.ContainsAny(name+m.Azure.Tags[name], ",=") {
				k.add("secretsManager.azure.tags."+name, "holds a comma or an equals sign, which separate tags", "")
			}
		}
	}
	if m.Vault != nil {
		k.url("secretsManager.vault.address", m.Vault.Address, false)
	}
}

// sections checks that only that of the type is there: another would be ignored.
func (k *checker) sections(at, typ string, present map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(present)) {
		if present[name] && name != typ {
			k.add(at+"."+name, fmt.Sprintf("has no effect: %s.type is %s", at, typ), "remove it, or set "+at+".type: "+name)
		}
	}
}

var (
	kmsKey   = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$`)
	roleARN  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
	gcpEmail = regexp.MustCompile(`^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$`)
	envName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (k *checker) identity(s *Settings) {
	w := s.WorkloadIdentity
	if w == nil {
		return
	}
	for _, f := range []struct{ field, value, types string }{
		{"roleArn", w.RoleARN, "irsa eks-pod-identity"}, {"serviceAccount", w.ServiceAccount, "gke"},
		{"clientId", w.ClientID, "azure"}, {"tenantId", w.TenantID, "azure"},
	} {
		if f.value != "" && !slices.Contains(strings.Fields(f.types), w.Type) {
			k.add("workloadIdentity."+f.field, "has no effect: workloadIdentity.type is "+w.Type, "remove it")
		}
	}
	switch {
	case w.Type == "irsa" && w.RoleARN == "", w.RoleARN != "" && !roleARN.MatchString(w.RoleARN):
		k.add("workloadIdentity.roleArn", fmt.Sprintf("%q is no ARN of an IAM role", w.RoleARN), "such as arn:aws:iam::111122223333:role/airbyte")
	case w.Type == "gke" && !gcpEmail.MatchString(w.ServiceAccount):
		k.add("workloadIdentity.serviceAccount", fmt.Sprintf("%q is no Google service account", w.ServiceAccount), "such as airbyte@example-project.iam.gserviceaccount.com")
	case w.Type == "azure" && w.ClientID == "":
		k.add("workloadIdentity.clientId", "is missing", "the client id of the managed identity")
	}
	if s.ServiceAccount != nil && s.ServiceAccount.Create == "external" && w.Type != "eks-pod-identity" {
		k.add("serviceAccount.create", "is external: workloadIdentity cannot annotate a ServiceAccount that is not in the output", "annotate it where it is made, and remove workloadIdentity")
	}
}

// env checks the names of variables, and that each has one source.
func (k *checker) env(at string, plain map[string]string, refs map[string]KeyRef) {
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if !envName.MatchString(name) {
			k.add(at+"env."+name, "is no name of an environment variable", "")
		}
		if _, twice := refs[name]; twice {
			k.add(at+"secretEnv."+name, "stands beside "+at+"env."+name+": two sources for one variable", "remove one")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if !envName.MatchString(name) {
			k.add(at+"secretEnv."+name, "is no name of an environment variable", "")
		}
	}
}
