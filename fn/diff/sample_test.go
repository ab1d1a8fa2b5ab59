package diff

import (
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// sample is what a bump of the chart does to three environments, invented.
func sample() *Report {
	all := []string{"aks", "eks-alb", "gke-nginx"}
	object := func(kind, name string) manifest.ID {
		group := ""
		switch kind {
		case "Deployment", "StatefulSet":
			group = "apps"
		case "Job", "CronJob":
			group = "batch"
		case "Ingress":
			group = "networking.k8s.io"
		}
		return manifest.ID{Group: group, Kind: kind, Namespace: "airbyte", Name: name}
	}
	at := func(envs []string, path string, ids ...manifest.ID) []Place {
		var places []Place
		for _, e := range envs {
			for _, id := range ids {
				places = append(places, Place{Environment: e, Object: id, Path: path})
			}
		}
		return places
	}
	text := func(s string) Value { return Value{Present: true, Text: s} }
	hidden := Value{Present: true, Hidden: true}
	server, worker, cron := object("Deployment", "airbyte-server"), object("Deployment", "airbyte-worker"), object("Deployment", "airbyte-cron")
	launcher, temporal := object("Deployment", "airbyte-workload-launcher"), object("Deployment", "airbyte-temporal")
	env := object("ConfigMap", "airbyte-airbyte-env")
	container := "spec.template.spec.containers[*]"
	return &Report{
		Environments: []Environment{
			{Name: "aks", Agent: "flux", Old: 25, New: 26, Added: 1, Changed: 12},
			{Name: "eks-alb", Agent: "argocd", Old: 27, New: 28, Added: 1, Changed: 13},
			{Name: "gke-nginx", Agent: "argocd", Old: 26, New: 26, Added: 1, Removed: 1, Changed: 12},
		},
		Risks: []Risk{
			{Finding: manifest.Finding{Severity: manifest.Error, Code: "exposed", Object: object("Ingress", "airbyte"),
				Field:   "metadata.annotations[alb.ingress.kubernetes.io/scheme]",
				Message: `changes from "internal" to "internet-facing": Argo CD replaces the load balancer, and whoever finds its address reaches the sign-in page`}, Environments: []string{"eks-alb"}},
			{Finding: manifest.Finding{Severity: manifest.Warning, Code: "image-downgrade", Object: temporal,
				Field: "spec.template.spec.containers[airbyte-temporal].image", Message: "temporalio/auto-setup goes back from 1.27.2 to 1.26.0"}, Environments: []string{"aks"}},
			{Finding: manifest.Finding{Severity: manifest.Info, Code: "job-reruns", Object: object("Job", "airbyte-bootloader"),
				Message: "its image changes, so the migration of the database runs again before the applications start"}, Environments: all},
			{Finding: manifest.Finding{Severity: manifest.Error, Code: "claim-growth", Object: object("StatefulSet", "airbyte-db"),
				Field: "spec.volumeClaimTemplates[airbyte-volume-db].spec.resources.requests.storage", Message: "grows from 500Gi to 750Gi: the API server refuses it until the StatefulSet is deleted with --cascade=orphan"},
				Environments: []string{"gke-nginx"}, Waived: "the database moves to Cloud SQL in the same week", Until: "2026-12-31"},
		},
		Images: []Image{
			{Repository: "airbyte/bootloader", Old: "2.0.1", New: "2.1.0", Bump: Minor, Environments: all},
			{Repository: "airbyte/server", Old: "2.0.1", New: "2.1.0", Bump: Minor, Environments: all},
			{Repository: "airbyte/worker", Old: "2.0.1", New: "2.1.0", Bump: Minor, Environments: all},
			{Repository: "temporalio/auto-setup", Old: "1.27.2", New: "1.26.0", Bump: Downgrade, Environments: []string{"aks"}},
			{Repository: "registry.example.com/airbyte/connector-sidecar", New: "2.1.0", Bump: NewOne, Environments: []string{"gke-nginx"}},
		},
		Totals: []Total{
			{"aks", Amount{8, 2500, 6000, 8 << 30, 12 << 30, 500 << 30}, Amount{9, 2750, 6000, 9 << 30, 14 << 30, 500 << 30}},
			{"eks-alb", Amount{8, 2500, 6000, 8 << 30, 12 << 30, 500 << 30}, Amount{9, 2750, 6000, 9 << 30, 14 << 30, 500 << 30}},
			{"gke-nginx", Amount{8, 2500, 6000, 8 << 30, 12 << 30, 500 << 30}, Amount{10, 3000, 6000, 10 << 30, 14 << 30, 750 << 30}},
		},
		Rows: []Row{
			{Op: Added, Kinds: []string{"Service"}, New: text("apiVersion: v1\nkind: Service\nmetadata:\n  name: airbyte-manifest-server-svc\nspec:\n  ports:\n  - name: http\n    port: 80\n  type: ClusterIP\n"),
				Places: at(all, "", object("Service", "airbyte-manifest-server-svc"))},
			{Op: Removed, Kinds: []string{"CronJob"}, Old: Value{Present: true}, Places: at([]string{"gke-nginx"}, "", object("CronJob", "airbyte-sweeper"))},
			{Op: Renamed, Kinds: []string{"Job"}, Old: text("airbyte-bootloader-6f0e1c52"), New: text("airbyte-bootloader-b81d94aa"),
				Places: at([]string{"aks"}, "", object("Job", "airbyte-bootloader-b81d94aa"))},
			{Op: Added, Kinds: []string{"Deployment"}, Path: container + ".env[CONNECTOR_ROLLOUT_TIMEOUT]", New: text("value: \"300\"\n"),
				Places: at(all, container+".env[CONNECTOR_ROLLOUT_TIMEOUT]", server, worker, cron, launcher)},
			{Op: Removed, Kinds: []string{"Deployment"}, Path: container + ".env[MICROMETER_METRICS_STEP].value", Old: text("60s"),
				Places: append(at([]string{"aks", "eks-alb"}, container+".env[MICROMETER_METRICS_STEP].value", server, worker), at([]string{"gke-nginx"}, container+".env[MICROMETER_METRICS_STEP].value", worker)...)},
			{Op: Changed, Kinds: []string{"Deployment"}, Path: container + ".resources.requests.memory", Old: text("1Gi"), New: text("2Gi"),
				Places: at(all, "spec.template.spec.containers[airbyte-server-container].resources.requests.memory", server)},
			{Op: Reordered, Kinds: []string{"Deployment"}, Path: container + ".env", Places: at(all, container+".env", server, worker, cron, launcher, temporal)},
			{Op: Changed, Kinds: []string{"Deployment"}, Path: "spec.template.spec.containers[airbyte-temporal].args[2]",
				Old:    text("--config=/etc/temporal/config/docker.yaml --dynamic=/etc/temporal/dynamicconfig/development.yaml --log-level=info"),
				New:    text("--config=/etc/temporal/config/docker.yaml --dynamic=/etc/temporal/dynamicconfig/production.yaml --log-level=info"),
				Places: at([]string{"aks"}, "spec.template.spec.containers[airbyte-temporal].args[2]", temporal)},
			{Op: Changed, Kinds: []string{"ConfigMap"}, Path: "data.AIRBYTE_VERSION", Old: text("2.0.1"), New: text("2.1.0"), Places: at(all, "data.AIRBYTE_VERSION", env)},
			{Op: Changed, Kinds: []string{"ConfigMap"}, Path: "data[fileserver.conf]",
				Old:    text("server {\n  listen 8080;\n  location / {\n    root /data;\n    autoindex off;\n  }\n  access_log off;\n}\n"),
				New:    text("server {\n  listen 8080;\n  location / {\n    root /data;\n    autoindex on;\n    etag off;\n  }\n  access_log off;\n}\n"),
				Places: at(all, "data[fileserver.conf]", object("ConfigMap", "airbyte-manifest-server"))},
			{Op: Changed, Kinds: []string{"ConfigMap"}, Path: "data.WEBAPP_URL", Old: text("https://airbyte.internal.example.com"), New: text("https://airbyte.example.com"),
				Places: at([]string{"eks-alb"}, "data.WEBAPP_URL", env)},
			{Op: Changed, Kinds: []string{"Ingress"}, Path: "metadata.annotations[alb.ingress.kubernetes.io/scheme]", Old: text("internal"), New: text("internet-facing"),
				Places: at([]string{"eks-alb"}, "metadata.annotations[alb.ingress.kubernetes.io/scheme]", object("Ingress", "airbyte"))},
			{Op: Changed, Kinds: []string{"Secret"}, Path: "data.DATABASE_PASSWORD", Old: hidden, New: hidden, Places: at([]string{"eks-alb"}, "data.DATABASE_PASSWORD", object("Secret", "airbyte-config-secrets"))},
			{Op: Added, Kinds: []string{"Secret"}, Path: "data[tls.key]", New: hidden, Places: at([]string{"aks"}, "data[tls.key]", object("Secret", "airbyte-config-secrets"))},
			{Op: Resealed, Kinds: []string{"Secret"}, Path: "data.LICENSE_KEY", Old: hidden, New: hidden, Places: at(all, "data.LICENSE_KEY", object("Secret", "airbyte-config-secrets"))},
			{Op: Changed, Kinds: []string{"StatefulSet"}, Path: "spec.volumeClaimTemplates[airbyte-volume-db].spec.resources.requests.storage", Old: text("500Gi"), New: text("750Gi"),
				Places: at([]string{"gke-nginx"}, "spec.volumeClaimTemplates[airbyte-volume-db].spec.resources.requests.storage", object("StatefulSet", "airbyte-db"))},
		},
		Noise: []Row{
			{Op: Changed, Kinds: []string{"ConfigMap", "Deployment", "Service"}, Path: "metadata.labels[helm.sh/chart]", Old: text("airbyte-2.0.19"), New: text("airbyte-2.1.0"),
				Places: at(all, "metadata.labels[helm.sh/chart]", env, server, worker, cron, object("Service", "airbyte-airbyte-server-svc"))},
			{Op: Changed, Kinds: []string{"Deployment"}, Path: "spec.template.metadata.annotations[airstrip.dev/checksum]", Old: text(strings.Repeat("3f", 16)), New: text(strings.Repeat("a0", 16)),
				Places: at(all, "spec.template.metadata.annotations[airstrip.dev/checksum]", server, worker, cron)},
		},
	}
}
