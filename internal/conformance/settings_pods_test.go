package conformance

// Images, accounts, identities, and what differs by component.
var podSettings = []setting{
	{
		name: "images", on: "V1 V2 DP", spec: `images: {registry: ghcr.io/example, tag: 1.2.3, pullSecrets: [one, two]}`,
		refused: when{"DP <2.1.0": `images.pullSecrets: the chart hands jobs`},
		facts: when{
			"": `
				L: .container.image = ghcr.io/example/airbyte/workload-launcher:1.2.3
				L: CONTAINER_ORCHESTRATOR_IMAGE = ghcr.io/example/airbyte/container-orchestrator:1.2.3
				L: WORKLOAD_INIT_IMAGE = ghcr.io/example/airbyte/workload-init-container:1.2.3
				L: CONNECTOR_SIDECAR_IMAGE = ghcr.io/example/airbyte/connector-sidecar:1.2.3
				S W L: .pod.spec.imagePullSecrets = [{"name":"one"},{"name":"two"}]`,
			"V1 V2": `
				S: .container.image = ghcr.io/example/airbyte/server:1.2.3
				W: .container.image = ghcr.io/example/airbyte/worker:1.2.3
				boot: .container.image = ghcr.io/example/airbyte/bootloader:1.2.3
				C T A boot: .pod.spec.imagePullSecrets = [{"name":"one"},{"name":"two"}]
				L: JOB_KUBE_CONNECTOR_IMAGE_REGISTRY = ghcr.io/example`,
			"V1 DP": `L: JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET = one,two`,
			"V2":    `S W L: JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET = one,two,`,
		},
	},
	{
		name: "ServiceAccount", on: "V1 V2 DP", spec: `serviceAccount: {name: airbyte-sa, annotations: {a.b/c: d}, labels: {team: data}}`,
		facts: when{
			"": `
				ServiceAccount/airbyte-sa: .metadata.annotations.[a.b/c] = d
				ServiceAccount/airbyte-sa: .metadata.labels.team = data
				Role/airbyte-sa-role: present
				RoleBinding/airbyte-sa-binding: present
				S W L: .pod.spec.serviceAccountName = airbyte-sa
				L: JOB_KUBE_SERVICEACCOUNT = airbyte-sa
				ServiceAccount/airbyte-admin: absent`,
			"V1 V2": `C T A boot: .pod.spec.serviceAccountName = airbyte-sa`,
		},
	},
	{
		name: "ServiceAccount made elsewhere", on: "V1 V2 DP", spec: `serviceAccount: {name: airbyte-sa, create: external}`,
		facts: when{"": `
			ServiceAccount/airbyte-sa: absent
			Role/airbyte-sa-role: absent
			S W L: .pod.spec.serviceAccountName = airbyte-sa`},
	},
	{
		name: "labels of a ServiceAccount made elsewhere", on: "V1 V2 DP", spec: `serviceAccount: {create: external, labels: {a: b}}`,
		refused: when{"": `serviceAccount.labels: no ServiceAccount is in the output`},
	},
	{
		name: "IRSA", on: "V1 V2 DP", spec: `
  serviceAccount: {name: airbyte-sa}
  workloadIdentity: {type: irsa, roleArn: "arn:aws:iam::111122223333:role/airbyte"}`,
		facts: when{"": `ServiceAccount/airbyte-sa: .metadata.annotations.[eks.amazonaws.com/role-arn] = arn:aws:iam::111122223333:role/airbyte`},
	},
	{
		name: "EKS Pod Identity", on: "V1 V2 DP", spec: `
  serviceAccount: {name: airbyte-sa}
  workloadIdentity: {type: eks-pod-identity, roleArn: "arn:aws:iam::111122223333:role/airbyte"}`,
		facts: when{"": `
			ServiceAccount/airbyte-sa: .metadata.annotations.[eks.amazonaws.com/role-arn] absent
			S W L: .pod.spec.serviceAccountName = airbyte-sa`},
	},
	{
		name: "GKE", on: "V1 V2 DP", spec: `
  workloadIdentity: {type: gke, serviceAccount: airbyte@example.iam.gserviceaccount.com}`,
		facts: when{
			"V1 V2": `ServiceAccount/airbyte-admin: .metadata.annotations.[iam.gke.io/gcp-service-account] = airbyte@example.iam.gserviceaccount.com`,
			"DP":    `ServiceAccount/airbyte-workload-launcher: .metadata.annotations.[iam.gke.io/gcp-service-account] = airbyte@example.iam.gserviceaccount.com`,
		},
	},
	{
		name: "Azure workload identity", on: "V1 V2 DP", spec: `
  serviceAccount: {name: airbyte-sa}
  workloadIdentity: {type: azure, clientId: client, tenantId: tenant}
  components: {server: {podLabels: {team: data}}}
  jobs: {labels: {team: data}}`,
		refused: when{"DP": `components.server.podLabels: chart airbyte-data-plane`},
		facts: when{"V1 V2": `
			ServiceAccount/airbyte-sa: .metadata.annotations.[azure.workload.identity/client-id] = client
			ServiceAccount/airbyte-sa: .metadata.annotations.[azure.workload.identity/tenant-id] = tenant
			S W C T L A boot: .pod.metadata.labels.[azure.workload.identity/use] = true
			S: .pod.metadata.labels.team = data
			W L: JOB_KUBE_LABELS = azure.workload.identity/use=true,team=data`},
	},
	{
		name: "Azure workload identity of a data plane", on: "DP", spec: `
  workloadIdentity: {type: azure, clientId: client}`,
		facts: when{"": `
			L: .pod.metadata.labels.[azure.workload.identity/use] = true
			L: JOB_KUBE_LABELS = azure.workload.identity/use=true
			ServiceAccount/airbyte-workload-launcher: .metadata.annotations.[azure.workload.identity/client-id] = client`},
	},
	{
		name: "jobs", on: "V1 V2 DP", spec: `
  jobs:
    resources: {requests: {cpu: 250m, memory: 1Gi}, limits: {cpu: 1, memory: 2Gi}}
    nodeSelector: {pool: jobs}
    tolerations: [{key: jobs, operator: Equal, value: "true", effect: NoSchedule}]
    labels: {team: data}
    annotations: {note: hello}`,
		facts: when{"": `
			W L: JOB_MAIN_CONTAINER_CPU_REQUEST = 250m
			W L: JOB_MAIN_CONTAINER_MEMORY_REQUEST = 1Gi
			W L: JOB_MAIN_CONTAINER_CPU_LIMIT = 1
			W L: JOB_MAIN_CONTAINER_MEMORY_LIMIT = 2Gi
			W L: JOB_KUBE_NODE_SELECTORS = pool=jobs
			W L: JOB_KUBE_TOLERATIONS = effect=NoSchedule,key=jobs,operator=Equal,value=true
			W L: JOB_KUBE_LABELS = team=data
			W L: JOB_KUBE_ANNOTATIONS = note=hello`},
	},
	{
		name: "disk of jobs", on: "V1 V2 DP", spec: `jobs: {resources: {requests: {ephemeral-storage: 1Gi}}}`,
		refused: when{"": `jobs.resources.requests.ephemeral-storage: chart airbyte`},
	},
	{
		name: "each component", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte}
  components:
    server: &all
      replicas: 2
      resources: {requests: {cpu: 100m}, limits: {memory: 3Gi}}
      nodeSelector: {pool: a}
      tolerations: [{key: k, operator: Exists}]
      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}
      podLabels: {team: data}
      podAnnotations: {note: hello}
      env: {OWN: value}
      secretEnv: {SECRET: {key: k}, OTHER: {secretName: s, key: k}}
    worker: *all
    cron: *all
    temporal: *all
    workloadLauncher: *all
    workloadApiServer: *all`,
		facts: when{"": `
			S W C T L A: .spec.replicas = 2
			S W C T L A: .container.resources.requests.cpu = 100m
			S W C T L A: .container.resources.limits.memory = 3Gi
			S W C T L A: .pod.spec.nodeSelector = {"pool":"a"}
			S W C T L A: .pod.spec.tolerations = [{"key":"k","operator":"Exists"}]
			S W C T L A: .pod.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution = []
			S W C T L A: .pod.metadata.labels.team = data
			S W C T L A: .pod.metadata.annotations.note = hello
			S W C T L A: OWN = value
			S W C T L A: SECRET <- airbyte-config-secrets[k]
			S W C T L A: OTHER <- s[k]
			boot kc: OWN absent`},
	},
	{
		name: "Keycloak and the bootloader", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte}
  components:
    keycloak: &all
      resources: {requests: {cpu: 100m}, limits: {memory: 3Gi}}
      nodeSelector: {pool: a}
      tolerations: [{key: k, operator: Exists}]
      podLabels: {team: data}
      podAnnotations: {note: hello}
      env: {OWN: value}
      secretEnv: {SECRET: {key: k}}
    bootloader: *all
    keycloakSetup:
      tolerations: [{key: k, operator: Exists}]
      env: {OWN: value}
      secretEnv: {SECRET: {key: k}}`,
		facts: when{"": `
			kc boot: .container.resources.requests.cpu = 100m
			kc boot: .pod.spec.nodeSelector = {"pool":"a"}
			kc boot ks: .pod.spec.tolerations = [{"key":"k","operator":"Exists"}]
			kc boot: .pod.metadata.labels.team = data
			kc boot: .pod.metadata.annotations.note = hello
			kc boot ks: OWN = value
			kc boot ks: SECRET <- airbyte-config-secrets[k]
			ks: OIDC_CLIENT_ID <- airbyte-config-secrets[client-id]`},
	},
	{
		name: "resources and nodes of Keycloak's setup", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte}
  components:
    keycloakSetup:
      resources: {requests: {cpu: 100m}}
      nodeSelector: {pool: a}
      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}`,
		refused: when{"V2": `
			components.keycloakSetup.nodeSelector: chart airbyte
			components.keycloakSetup.resources.requests: chart airbyte
			components.keycloakSetup.affinity: chart airbyte`},
		facts: when{"V1": `
			ks: .container.resources.requests.cpu = 100m
			ks: .pod.spec.nodeSelector = {"pool":"a"}
			ks: .pod.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution = []`},
	},
	{
		name: "connector builder", official: true, spec: `components: {connectorBuilderServer: {replicas: 2, podLabels: {team: data}}}`,
		refused: when{"V2 >=2.1.0": `components.connectorBuilderServer.: chart airbyte`},
		facts:   when{"V1": builderFacts, "V2 <2.1.0": builderFacts},
	},
	{
		name: "manifest server", official: true, spec: `components: {manifestServer: {replicas: 2, podLabels: {team: data}}}`,
		refused: when{
			"V1":        `components.manifestServer.: chart airbyte`,
			"V2 <2.1.0": `components.manifestServer.: chart airbyte`,
		},
		facts: when{"V2 >=2.1.0": `
			M: .spec.replicas = 2
			M: .pod.metadata.labels.team = data`},
	},
	{
		name: "environment", spec: `
  env: {SHARED: everywhere, MINE: global}
  secretEnv: {TOKEN: {key: token}}
  components:
    server: {env: {MINE: server}, secretEnv: {TOKEN: {secretName: s, key: t}}}
    worker: {secretEnv: {MINE: {key: mine}}, env: {TOKEN: plain}}`,
		facts: when{"": `
			S W C T L A boot: SHARED = everywhere
			S: MINE = server
			W: MINE <- airbyte-config-secrets[mine]
			C T L A boot: MINE = global
			S: TOKEN <- s[t]
			W: TOKEN = plain
			C T L A boot: TOKEN <- airbyte-config-secrets[token]`},
	},
	{
		name: "environment that the chart has already", spec: `
  env: {AIRBYTE_URL: "https://other.example.com"}
  components: {server: {env: {LOG_LEVEL: DEBUG}, secretEnv: {DATABASE_PASSWORD: {secretName: s, key: t}}}}`,
		facts: when{"": `
			S W: AIRBYTE_URL = https://other.example.com
			S: LOG_LEVEL = DEBUG
			S: DATABASE_PASSWORD <- s[t]`},
	},
	{
		name: "environment of a data plane", on: "DP", spec: `
  env: {SHARED: everywhere, MINE: global}
  secretEnv: {TOKEN: {key: token}}
  components: {workloadLauncher: {env: {MINE: own}, secretEnv: {OTHER: {secretName: s, key: t}}}}`,
		facts: when{"": `
			L: SHARED = everywhere
			L: MINE = own
			L: TOKEN <- airbyte-config-secrets[token]
			L: OTHER <- s[t]`},
	},
}

const builderFacts = `
	B: .spec.replicas = 2
	B: .pod.metadata.labels.team = data`
