package validate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// An endpoint is where Airbyte keeps something, by the variables and keys of
// ConfigMaps that say so. A key with a star is a pattern.
type endpoint struct {
	what string
	keys []string
	// consequence of another one.
	consequence string
	// of is the image that uses it; without any in the set, the keys mean nothing.
	of string
}

// endpoints are Airbyte's, of both generations of the chart.
var endpoints = []endpoint{
	{"the database", []string{
		"DATABASE_HOST", "DATABASE_PORT", "DATABASE_DB", "DATABASE_URL", "CONFIG_DATABASE_URL", "JOBS_DATABASE_URL",
	}, "Airbyte starts on what that one holds, and on an empty one as a new instance", ""},
	{"the database of Keycloak", []string{"KEYCLOAK_DATABASE_HOST", "KEYCLOAK_DATABASE_PORT", "KEYCLOAK_DATABASE_NAME", "KEYCLOAK_DATABASE_URL"},
		"users and logins are those that that one holds", "keycloak"},
	{"the database of Temporal", []string{"POSTGRES_SEEDS", "DB_PORT", "DBNAME", "VISIBILITY_DBNAME"},
		"workflows that run are in the other one", ""},
	{"Temporal", []string{"TEMPORAL_HOST", "TEMPORAL_CLOUD_ENABLED", "TEMPORAL_CLOUD_HOST", "TEMPORAL_CLOUD_NAMESPACE"},
		"workflows that run are in the other one", ""},
	{"the storage", []string{
		"STORAGE_TYPE", "STORAGE_BUCKET_*", "MINIO_ENDPOINT", "S3_MINIO_ENDPOINT", "S3_LOG_BUCKET", "S3_LOG_BUCKET_REGION", "GCS_LOG_BUCKET",
		"STATE_STORAGE_*_BUCKET_NAME", "CONTAINER_ORCHESTRATOR_*_BUCKET",
	}, "logs, state and payloads that are in the other one are no longer found", ""},
	{"the secrets manager", []string{
		"SECRET_PERSISTENCE", "VAULT_ADDRESS", "VAULT_PREFIX", "AWS_SECRET_MANAGER_REGION", "SECRET_STORE_GCP_PROJECT_ID",
		"AB_AZURE_KEY_VAULT_VAULT_URL", "AZURE_KEY_VAULT_VAULT_URL",
	}, "the credentials of sources and destinations are in the other one, and syncs that need them fail", ""},
}

func (e endpoint) has(key string) bool {
	return slices.ContainsFunc(e.keys, func(pattern string) bool {
		ok, err := path.Match(pattern, key)
		return ok && err == nil
	})
}

// setting is a key of a ConfigMap or a plain variable before and after.
type setting struct {
	key, path string
	was, is   string
}

// settings are the settings of an object that changed or went; what was empty
// before is new.
func (p pair) settings() []setting {
	var all []setting
	add := func(key, path, was, is string) {
		if was != "" && was != is {
			all = append(all, setting{key, path, was, is})
		}
	}
	if p.id.Kind == "ConfigMap" {
		is := manifest.Texts(p.new("data"))
		for key, was := range entries(p.old("data")) {
			add(key, below("data", key), text(was), is[key])
		}
	}
	for _, c := range p.containers() {
		plain := func(container *yaml.Node) map[string]string {
			m := map[string]string{}
			for _, e := range manifest.Items(manifest.Field(container, "env")) {
				m[manifest.Text(e, "name")] = manifest.Text(e, "value")
			}
			return m
		}
		was, is := plain(c.was), plain(c.is)
		for _, key := range slices.Sorted(maps.Keys(was)) {
			if now, stays := is[key]; stays && now != "" { // what goes, or comes from elsewhere now, is not known to change
				add(key, c.path+".env["+key+"]", was[key], now)
			}
		}
	}
	return all
}

// endpoints reports that Airbyte keeps its data elsewhere. One move is one finding
// of each object, however many keys it takes.
func (r *review) endpoints() {
	images := ImageUses(r.is)
	for p := range r.changed() {
		settings := p.settings()
		for _, e := range endpoints {
			if !slices.ContainsFunc(images, func(i Image) bool { return sameNamespace(i.Object, p.id) && strings.Contains(i.Name, e.of) }) {
				continue
			}
			var elsewhere []setting
			for _, s := range settings {
				if e.has(s.key) && moved(s.was, s.is) {
					elsewhere = append(elsewhere, s)
				}
			}
			if len(elsewhere) == 0 {
				continue
			}
			main := elsewhere[0]
			also := ""
			if len(elsewhere) > 1 {
				var keys []string
				for _, s := range elsewhere[1:] {
					keys = append(keys, s.key)
				}
				also = " (" + listed(keys) + " as well)"
			}
			r.error(p.id, "endpoint", main.path, "%s %s%s; %s", e.what, move(main.was, main.is), also, e.consequence)
		}
	}
}

// A toggle is a setting of Airbyte's that should not be weakened, and the values
// that it is safe at.
type toggle struct {
	code, key string
	safe      []string
	severity  manifest.Severity
	// without is what holds without it.
	without string
}

var yes = []string{"true"}

// toggles are Airbyte's, of both generations of the chart.
var toggles = []toggle{
	{"auth-off", "API_AUTHORIZATION_ENABLED", yes, manifest.Error, "whoever reaches Airbyte may do everything, without a login"},
	{"auth-off", "AB_AUTH_SECRET_CREATION_ENABLED", yes, manifest.Warning, "the bootloader makes no airbyte-auth-secrets any more"},
	{"auth-off", "AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_ISSUER", yes, manifest.Error, "tokens of any issuer are taken whose key fits"},
	{"auth-off", "AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_AUDIENCE", yes, manifest.Error, "tokens that the provider issued for other programs are taken"},
	{"setting-weakened", "AB_COOKIE_SECURE", yes, manifest.Warning, "the cookie of a session travels over http as well"},
	{"setting-weakened", "AB_COOKIE_SAME_SITE", []string{"Strict", "Lax"}, manifest.Warning, "other sites can act with the session of who is logged in"},
	{"setting-weakened", "AUDIT_LOGGING_ENABLED", yes, manifest.Warning, "who did what is no longer written down"},
	{"setting-weakened", "SQL_TLS_ENABLED", yes, manifest.Warning, "Temporal talks to its database in clear"},
	{"setting-weakened", "POSTGRES_TLS_ENABLED", yes, manifest.Warning, "Temporal talks to its database in clear"},
	{"setting-weakened", "SQL_TLS_DISABLE_HOST_VERIFICATION", []string{"false"}, manifest.Warning, "Temporal takes any server for its database"},
	{"setting-weakened", "POSTGRES_TLS_DISABLE_HOST_VERIFICATION", []string{"false"}, manifest.Warning, "Temporal takes any server for its database"},
	{"job-not-run", "RUN_DATABASE_MIGRATION_ON_STARTUP", yes, manifest.Error, "the bootloader no longer migrates the database, and a newer server does not start on it"},
}

// switches reports settings that are weakened, and another identity provider.
func (r *review) switches() {
	for p := range r.changed() {
		for _, s := range p.settings() {
			for _, t := range toggles {
				if s.key == t.key && slices.Contains(t.safe, s.was) && !slices.Contains(t.safe, s.is) && s.is != "" {
					r.add(t.severity, p.id, t.code, s.path, "was %s, is %s: %s", s.was, shown(s.is), t.without)
				}
			}
			if s.key == "IDENTITY_PROVIDER_TYPE" || s.key == "AIRBYTE_AUTH_IDENTITY_PROVIDER_TYPE" {
				r.warn(p.id, "auth-changed", s.path, "was %s, is %s: people log in by another way, and accounts are matched anew", shown(s.was), orNone(s.is))
			}
		}
		r.unauthorized(p)
	}
}

// unauthorized: chart V1 leaves the variable out where nobody has to log in.
func (r *review) unauthorized(p pair) {
	const name = "API_AUTHORIZATION_ENABLED"
	for _, c := range p.containers() {
		if c.was == nil {
			continue
		}
		required := slices.ContainsFunc(manifest.Items(manifest.Field(c.was, "env")), func(e *yaml.Node) bool {
			return manifest.Text(e, "name") == name && manifest.Text(e, "value") == "true"
		})
		if _, stays := environment(r.is, p.id.Namespace, c.is)[name]; required && !stays {
			r.error(p.id, "auth-off", c.path+".env["+name+"]", "is gone, was true: whoever reaches Airbyte may do everything, without a login")
		}
	}
}
