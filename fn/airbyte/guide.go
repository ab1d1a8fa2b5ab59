package airbyte

import (
	"slices"
	"strings"
)

// Cause says why somebody may have written a value that the chart never reads,
// and what to write instead: Airbyte's guide shows it, or the other generation
// reads it. It returns "" where there is nothing better to say than that it is
// not read.
func Cause(c Chart, path ...string) (why, instead string) {
	full := strings.Join(path, ".")
	best := -1
	for n, k := range causes {
		if k.in != "" && k.in != c.Generation {
			continue
		}
		if (full == k.path || strings.HasPrefix(full, k.path+".")) && (best < 0 || len(k.path) > len(causes[best].path)) {
			best = n
		}
	}
	if best >= 0 {
		return causes[best].why, causes[best].instead
	}
	for _, r := range rows {
		for _, other := range []Generation{V1, V2, DataPlane} {
			if other == c.Generation || !slices.Contains(r.paths(other), full) {
				continue
			}
			if here := r.paths(c.Generation); len(here) > 0 && !slices.Contains(here, full) {
				return "it is of " + other.chart(), here[0]
			}
		}
	}
	return "", ""
}

func (g Generation) chart() string {
	if g == DataPlane {
		return "the chart airbyte-data-plane"
	}
	return "chart " + string(g)
}

// causes are the values that Airbyte's enterprise guide shows and that the chart
// does not read, or whose names do not tell.
var causes = []struct {
	in                 Generation
	path, why, instead string
}{
	{V1, "auth", "the guide shows it at the top level", "global.auth"},
	{V1, "secretsManager", "the guide shows it at the top level", "global.secretsManager"},
	{V1, "global.auth.identityProvider.oidc.display-name", "the guide spells it so", "global.auth.identityProvider.oidc.displayName"},
	{V1, "global.secretsManager.storageSecretName", "the guide shows it", "global.secretsManager.secretsManagerSecretName"},
	{V1, "global.database.hostSecretKey", "the guide shows it; only user and password come from a Secret", "global.database.host"},
	{V1, "global.database.portSecretKey", "the guide shows it; only user and password come from a Secret", "global.database.port"},
	{V1, "global.database.databaseSecretKey", "the guide shows it; only user and password come from a Secret", "global.database.database"},
	{V1, "global.database.name", "it is of chart V2", "global.database.database"},
	{"", "global.storage.gcs.projectId", "the guide shows it; the key of the service account says it", ""},
	{V1, "minio.enabled", "V1 goes by the storage type alone", "global.storage.type"},
	{V1, "global.secretsManager.awsSecretManager.kmsArn", "it is of chart V2", "global.secretsManager.awsSecretManager.kms"},
	{V2, "global.auth.instanceAdmin.emailSecretKey", "the guide shows it; no release of V2 reads it", ""},
	{V2, "global.auth.security.jwtSignatureSecretKey", "the chart's values.yaml lists it, its templates read another name", "global.auth.security.jwtSignatureSecretSecretKey"},
	{V2, "global.storage.storageSecretName", "it is of chart V1", "global.storage.secretName"},
	{V2, "global.secretsManager.enabled", "the guide shows it; the type alone switches it on", "global.secretsManager.type"},
	{V2, "global.secretsManager.awsSecretManager.kms", "the guide shows it, it is of chart V1", "global.secretsManager.awsSecretManager.kmsArn"},
	{V2, "global.secretsManager.awsSecretManager.authenticationType", "the guide shows it; without keys the chart uses the identity of the Pod", ""},
	{V2, "global.database.database", "it is of chart V1", "global.database.name"},
	{V2, "ingress.rules", "it is of chart V1", "ingress.hosts"},
	{"", "global.image.imagePullSecrets", "it stands one level up", "global.imagePullSecrets"},
	{DataPlane, "global", "the chart of a data plane has no global values", ""},
	{DataPlane, "dataPlane.id", "the credentials decide which data plane it is", "dataPlane.clientIdSecretKey"},
	{DataPlane, "secretsManager.awsSecretManager.authenticationType", "without keys the chart uses the identity of the Pod", ""},
}
