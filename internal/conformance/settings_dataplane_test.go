package conformance

// A data plane, and the control plane's side of it.
var dataPlaneSettings = []setting{
	{
		name: "credentials", on: "DP", spec: `dataPlane: {region: eu-west}`,
		facts: when{"": `
			L: DATAPLANE_CLIENT_ID <- airbyte-config-secrets[data-plane-client-id]
			L: DATAPLANE_CLIENT_SECRET <- airbyte-config-secrets[data-plane-client-secret]
			env: .data.DATAPLANE_CLIENT_ID_SECRET_NAME = airbyte-config-secrets
			env: .data.DATAPLANE_CLIENT_SECRET_SECRET_NAME = airbyte-config-secrets
			env: .data.DATAPLANE_CLIENT_ID_SECRET_KEY = data-plane-client-id
			L: .pod.metadata.labels.[airstrip.dev/region] = eu-west
			L: JOB_KUBE_LABELS = airstrip.dev/region=eu-west`},
	},
	{
		name: "no settings but the URL", on: "DP", spec: `{}`,
		facts: when{"": `
			L: DATAPLANE_CLIENT_ID <- airbyte-config-secrets[data-plane-client-id]
			L: AIRBYTE_EDITION = community`},
	},
	{
		name: "enterprise, credentials of other names", on: "DP", spec: `
  edition: enterprise
  dataPlane: {secretName: plane, clientIdSecretKey: id, clientSecretSecretKey: secret}
  components: {workloadLauncher: {replicas: 2, nodeSelector: {pool: a}, resources: {limits: {memory: 1Gi}}, tolerations: [{key: k, operator: Exists}], podAnnotations: {note: hello}}}`,
		facts: when{"": `
			L: AIRBYTE_URL = https://airbyte.example.com
			L: CONTROL_PLANE_AUTH_ENDPOINT = https://airbyte.example.com
			L: CONTROL_PLANE_TOKEN_ENDPOINT = https://airbyte.example.com/api/v1/dataplanes/token
			L: AIRBYTE_EDITION = enterprise
			L: AIRBYTE_LICENSE_KEY <- airbyte-config-secrets[license-key]
			L: DATAPLANE_CLIENT_ID <- plane[id]
			L: DATAPLANE_CLIENT_SECRET <- plane[secret]
			L: .spec.replicas = 2
			L: .pod.spec.nodeSelector = {"pool":"a"}
			L: .pod.spec.tolerations = [{"key":"k","operator":"Exists"}]
			L: .pod.metadata.annotations.note = hello
			L: .container.resources.limits.memory = 1Gi`},
	},
	{
		name: "what belongs to the control plane", on: "DP", spec: `
  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}
  database: {type: internal}
  components: {server: {replicas: 2}}`,
		refused: when{"": `
			auth.instanceAdmin.: chart airbyte-data-plane
			database.type: chart airbyte-data-plane
			components.server.replicas: chart airbyte-data-plane`},
	},
	{
		name: "control plane alone", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  dataPlane: {role: control-plane}`,
		refused: when{"V1": `dataPlane.role: chart airbyte`},
		facts: when{"V2": `
			L: absent
			S: present`},
	},
	{
		name: "control plane that runs jobs itself", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  dataPlane: {role: hybrid}`,
		refused: when{"V1": `dataPlane.role: chart airbyte`},
		facts:   when{"V2": `L: present`},
	},
	{
		name: "region of a control plane", spec: `dataPlane: {region: eu-west}`,
		refused: when{"": `dataPlane.region: chart airbyte`},
	},
}
