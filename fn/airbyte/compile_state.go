package airbyte

import (
	"fmt"
	"maps"
	"slices"
)

// storage sets what one path is not enough for.
func (k *compiler) storage() {
	s := k.settings.Storage
	if s == nil {
		return
	}
	if s.MinIO != nil && s.MinIO.Endpoint != "" {
		const field = "storage.minio.endpoint"
		k.set(field, s.MinIO.Endpoint, k.global("storage", "minio", "endpoint")...)
		if k.chart.Generation == V2 {
			k.set(field, false, "minio", "enabled")
		}
	}
	if s.GCS == nil {
		return
	}
	const field = "storage.gcs.credentialsSecretKey"
	if k.chart.Generation == V1 {
		if s.GCS.CredentialsSecretKey != "gcp.json" {
			k.problems = append(k.problems, Problem{
				Field: field, Message: fmt.Sprintf("is %q, and chart V1 reads no key but gcp.json", s.GCS.CredentialsSecretKey), Hint: "rename the key in the Secret",
			})
		}
		return
	}
	k.set(field, s.GCS.CredentialsSecretKey, k.global("storage", "gcs", "credentialsJsonSecretKey")...)
	if k.chart.Generation == DataPlane {
		// The chart names a file in a variable and mounts nothing there.
		const name = "gcp-creds"
		k.set(field, []any{map[string]any{"name": name, "secret": map[string]any{
			"secretName": s.SecretName,
			"items":      []any{map[string]any{"key": s.GCS.CredentialsSecretKey, "path": "gcp.json"}},
		}}}, "workloadLauncher", "volumes")
		k.set(field, []any{map[string]any{"name": name, "mountPath": "/secrets/gcp-creds", "readOnly": true}}, "workloadLauncher", "volumeMounts")
	}
}

// manager tells V1 how AWS Secrets Manager is reached. V2 goes by whether keys are
// named.
func (k *compiler) manager() {
	if m := k.settings.SecretsManager; m != nil && m.AWS != nil && k.chart.Generation == V1 {
		k.set("secretsManager.aws.authentication", m.AWS.Authentication, "global", "secretsManager", "awsSecretManager", "authenticationType")
	}
}

// images sets the registry. The chart of a data plane puts it in front of all
// images but the one of its own Pod.
func (k *compiler) images() {
	i := k.settings.Images
	if i == nil || i.Registry == "" {
		return
	}
	const field = "images.registry"
	if k.chart.Generation != DataPlane {
		k.set(field, i.Registry, "global", "image", "registry")
		return
	}
	k.set(field, i.Registry, "image", "registry")
	k.set(field, i.Registry+"/airbyte/workload-launcher", "image", "repository")
}

// jobs sets the resources of jobs, which V2 reads by another name in all its
// releases, and cpu and memory only.
func (k *compiler) jobs() {
	j := k.settings.Jobs
	if j == nil || j.Resources == nil {
		return
	}
	for _, r := range []struct {
		field, key string
		values     map[string]any
	}{{"requests", "request", j.Resources.Requests}, {"limits", "limit", j.Resources.Limits}} {
		for _, name := range slices.Sorted(maps.Keys(r.values)) {
			field := "jobs.resources." + r.field + "." + name
			switch {
			case name != "cpu" && name != "memory":
				k.lacks(field, "cpu and memory are all it knows of a job")
			case k.chart.Generation == V1:
				k.set(field, r.values[name], "global", "jobs", "resources", r.field, name)
			default:
				k.set(field, r.values[name], k.global("workloads", "resources", "mainContainer", name, r.key)...)
			}
		}
	}
}
