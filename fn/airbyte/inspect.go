package airbyte

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Inspect finds values that the chart takes without a word and that fail, or
// silently lose something, in the cluster. Values are all that is handed to the
// chart, settings included; defaults are the chart's own, below them.
//
// The rules are facts about the official chart, each seen in a render.
func Inspect(c Chart, values, defaults map[string]any) []Problem {
	i := inspector{chart: c, values: values, defaults: defaults, global: "global."}
	if c.Generation == DataPlane {
		i.global = ""
	}
	i.enums()
	i.urls()
	i.license()
	i.storage()
	i.keysWithoutSecret()
	i.twoSources()
	if c.Generation == DataPlane && !i.given("secretsManager.type") {
		i.warn("secretsManager.type", "is missing: the data plane then looks for credentials of connectors in Vault, and not where its control plane keeps them", "set spec.secretsManager as in the control plane")
	}
	if c.Generation != DataPlane {
		i.database()
		i.accounts()
		i.login()
		i.ingress()
	}
	return i.problems
}

type inspector struct {
	chart            Chart
	values, defaults map[string]any
	global           string
	problems         []Problem
}

func (i *inspector) add(path, message, hint string) {
	i.problems = append(i.problems, Problem{Field: path, Value: true, Message: message, Hint: hint})
}

func (i *inspector) warn(path, message, hint string) {
	i.problems = append(i.problems, Problem{Field: path, Value: true, Warning: true, Message: message, Hint: hint})
}

// given reports whether a value is the user's and says something.
func (i *inspector) given(path string) bool {
	v := dotted(i.values, path)
	return v != nil && v != ""
}

// value is what the chart will see.
func (i *inspector) value(path string) any {
	keys := strings.Split(path, ".")
	if v := get(i.values, keys...); v != nil {
		return v
	}
	return get(i.defaults, keys...)
}

func (i *inspector) text(path string) string {
	if v := i.value(path); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

func (i *inspector) on(path string) bool { v := i.text(path); return v == "true" }

// enums checks the values that the templates compare with words, in exact case:
// any other word switches things off without a word.
func (i *inspector) enums() {
	exact := func(path string, words ...string) {
		v := dotted(i.values, path)
		if v == nil || v == "" {
			return
		}
		word := fmt.Sprint(v)
		if slices.Contains(words, word) {
			return
		}
		hint := "one of " + strings.Join(words, ", ")
		for _, w := range words {
			if plain(w) == plain(word) {
				hint = "write " + w + ", in exactly this case"
			}
		}
		i.add(path, fmt.Sprintf("%q is unknown to %s, which then drops what belongs to it", word, i.chart), hint)
	}
	switch i.chart.Generation {
	case V1:
		exact("global.edition", "community", "pro", "enterprise")
		if v := i.text("global.secretsManager.type"); !slices.Contains([]string{"", "awssecretmanager", "googlesecretmanager", "azurekeyvault", "vault", "testingconfigdbtable"}, plain(v)) {
			exact("global.secretsManager.type", "awsSecretManager", "googleSecretManager", "azureKeyVault", "vault")
		}
		if v := strings.ToLower(i.text("global.storage.type")); !slices.Contains([]string{"", "minio", "s3", "gcs", "azure"}, v) {
			exact("global.storage.type", "minio", "s3", "gcs", "azure")
		}
		if i.on("global.auth.enabled") || i.text("global.edition") == "enterprise" {
			exact("global.auth.identityProvider.type", "oidc")
		}
		return
	case V2:
		exact("global.edition", "community", "cloud", "enterprise")
		exact("global.auth.identityProvider.type", "simple", "oidc", "generic-oidc")
		exact("global.cluster.type", "hybrid", "control-plane", "data-plane")
	}
	exact(i.global+"storage.type", "minio", "s3", "gcs", "azure", "local")
	exact(i.global+"secretsManager.type", "AWS_SECRET_MANAGER", "GOOGLE_SECRET_MANAGER", "AZURE_KEY_VAULT", "VAULT", "TESTING_CONFIG_DB_TABLE")
}

// plain is a word without case and punctuation.
func plain(word string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(word))
}

func (i *inspector) urls() {
	path := i.global + "airbyteUrl"
	v := i.text(path)
	u, err := url.Parse(v)
	switch {
	case v == "" && i.chart.Generation == DataPlane:
		i.add(path, "is missing: a data plane reaches its control plane by it", "set spec.url")
	case v == "":
		if i.text(i.global+"edition") == "enterprise" || i.on("ingress.enabled") {
			i.warn(path, "is missing: Airbyte takes itself to be at http://localhost:8080", "set spec.url")
		}
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		i.add(path, fmt.Sprintf("%q is no absolute http or https URL", v), "such as https://airbyte.example.com")
	case u.Path != "":
		i.add(path, fmt.Sprintf("%q has a path: the chart appends its own to it", v), "write "+u.Scheme+"://"+u.Host)
	}
}

// license: V1 has defaults for it, V2 renders an empty key and says nothing.
func (i *inspector) license() {
	if i.text(i.global+"edition") != "enterprise" {
		return
	}
	e := i.global + "enterprise."
	if i.text(e+"licenseKey") != "" || i.text(i.secretName()) != "" && i.text(e+"secretName") == "" {
		return
	}
	for _, key := range []string{"secretName", "licenseKeySecretKey"} {
		if i.text(e+key) == "" {
			i.add(e+key, "is missing: the license key would be empty", "set spec.edition: enterprise, which names both, or spec.license")
			return
		}
	}
}

// secretName is the value that names one Secret for everything.
func (i *inspector) secretName() string { return i.global + "secretName" }

func (i *inspector) storage() {
	s := i.global + "storage."
	typ := i.text(s + "type")
	if i.chart.Generation == V1 {
		typ = strings.ToLower(typ)
	}
	secret := i.text(s+"secretName") + i.text(s+"storageSecretName")
	if i.chart.Generation != V1 {
		secret = i.text(s+"secretName") + i.text(i.secretName())
	}
	switch typ {
	case "s3":
		auth := i.text(s + "s3.authenticationType")
		inline := i.text(s+"s3.accessKeyId") != ""
		switch {
		case auth == "credentials" && secret == "" && !inline:
			i.add(s+"secretName", "is missing: S3 with credentials takes its keys from it", "set spec.storage with type s3, or authenticationType: instanceProfile")
		case auth == "instanceProfile" && i.chart.Generation != V1 && i.given(s+"secretName"):
			i.warn(s+"secretName", "is set although S3 takes the identity of the Pod: the chart asks for the keys all the same", "remove it")
		case auth != "" && auth != "credentials" && auth != "instanceProfile":
			i.add(s+"s3.authenticationType", fmt.Sprintf("%q is unknown", auth), "credentials or instanceProfile")
		}
	case "gcs":
		if i.given(s + "gcs.credentialsJson") {
			i.add(s+"gcs.credentialsJson", "is a credential in clear, and the chart mounts it undecoded", "keep it in the Secret: spec.storage with type gcs")
		} else if secret == "" {
			i.add(s+"secretName", "is missing: the key of the service account is read from it", "set spec.storage with type gcs")
		}
	case "azure":
		if !i.given(s+"azure.connectionString") && !i.given(s+"azure.connectionStringSecretKey") {
			i.add(s+"azure.connectionStringSecretKey", "is missing: Airbyte takes nothing but a connection string", "set spec.storage with type azure")
		}
	}
	if typ != "s3" && typ != "gcs" && typ != "azure" {
		return
	}
	buckets := []string{"log", "state", "workloadOutput", "activityPayload"}
	if i.on("server.auditLoggingEnabled") || i.text("server.env_vars.AUDIT_LOGGING_ENABLED") == "true" {
		buckets = append(buckets, "auditLogging")
	}
	for _, b := range buckets {
		if !i.given(s + "bucket." + b) {
			i.add(s+"bucket."+b, "is missing: the chart uses a bucket of a fixed name", "name it, or one for all: spec.storage.bucket")
		}
	}
}

// keysWithoutSecret finds keys that are looked up in the chart's own Secret,
// which has no such key, because their Secret is not named.
func (i *inspector) keysWithoutSecret() {
	g := i.global
	for _, n := range []struct{ key, secret string }{
		{g + "auth.instanceAdmin.passwordSecretKey", g + "auth.secretName " + g + "auth.instanceAdmin.secretName"},
		{g + "auth.instanceAdmin.clientIdSecretKey", g + "auth.secretName"},
		{g + "auth.instanceAdmin.clientSecretSecretKey", g + "auth.secretName"},
		{g + "auth.security.jwtSignatureSecretSecretKey", g + "auth.secretName " + g + "auth.security.secretName"},
		{g + "auth.identityProvider.oidc.clientIdSecretKey", g + "auth.identityProvider.secretName"},
		{g + "database.userSecretKey", g + "database.secretName"},
		{g + "database.passwordSecretKey", g + "database.secretName"},
		{g + "storage.s3.accessKeyIdSecretKey", g + "storage.secretName " + g + "storage.storageSecretName"},
		{g + "storage.azure.connectionStringSecretKey", g + "storage.secretName " + g + "storage.storageSecretName"},
		{g + "secretsManager.awsSecretManager.accessKeyIdSecretKey", g + "secretsManager.secretName " + g + "secretsManager.secretsManagerSecretName"},
		{g + "secretsManager.azureKeyVault.clientIdSecretKey", g + "secretsManager.secretName " + g + "secretsManager.secretsManagerSecretName"},
		{g + "secretsManager.googleSecretManager.credentialsSecretKey", g + "secretsManager.secretName " + g + "secretsManager.secretsManagerSecretName"},
		{g + "secretsManager.vault.authTokenSecretKey", g + "secretsManager.secretName " + g + "secretsManager.secretsManagerSecretName"},
	} {
		named := i.chart.Generation != V1 && i.text(i.secretName()) != ""
		secrets := strings.Fields(n.secret)
		for _, s := range secrets {
			named = named || i.text(s) != ""
		}
		if i.given(n.key) && !named {
			i.add(n.key, "names a key and "+secrets[0]+" names no Secret: it is looked up in the chart's own, which has no such key", "name the Secret")
		}
	}
}

// twoSources finds values given both in clear and by key: one of them is ignored.
func (i *inspector) twoSources() {
	for _, path := range []string{
		"database.user", "database.password", "storage.s3.accessKeyId", "storage.s3.secretAccessKey", "storage.azure.connectionString",
		"secretsManager.awsSecretManager.accessKeyId", "secretsManager.awsSecretManager.secretAccessKey", "secretsManager.azureKeyVault.clientId",
		"secretsManager.azureKeyVault.clientSecret", "secretsManager.vault.authToken", "enterprise.licenseKey",
	} {
		path = i.global + path
		if i.given(path) && i.given(path+"SecretKey") {
			i.add(path, "stands beside "+path+"SecretKey: two sources for one thing", "remove it, the Secret is the safe one")
		}
	}
}
