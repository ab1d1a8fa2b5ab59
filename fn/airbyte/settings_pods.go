package airbyte

// Images is where images come from.
type Images struct {
	Registry    string   `json:"registry,omitempty" doc:"Registry, and path, that all images of the platform and the connectors come from." example:"ghcr.io/example"`
	Tag         string   `json:"tag,omitempty" doc:"Tag of Airbyte's own images. Default: that of the chart."`
	PullSecrets []string `json:"pullSecrets,omitempty" doc:"Names of Secrets with which images are pulled, by the platform and its jobs."`
}

// ServiceAccount is what Airbyte runs as.
type ServiceAccount struct {
	Name        string            `json:"name,omitempty" doc:"Name. Default: that of the chart, airbyte-admin." example:"airbyte-sa"`
	Create      string            `json:"create,omitempty" doc:"Whether the ServiceAccount, its Role and its RoleBinding are part of the output; external means that they exist." enum:"managed,external"`
	Annotations map[string]string `json:"annotations,omitempty" doc:"Annotations."`
	Labels      map[string]string `json:"labels,omitempty" doc:"Labels. The chart has none; they are set on what it renders."`
}

// WorkloadIdentity is a cloud identity.
type WorkloadIdentity struct {
	Type           string `json:"type" doc:"irsa: IAM role for the ServiceAccount, by annotation. eks-pod-identity: IAM role by association in EKS, nothing in the cluster. gke and azure: for what runs beside Airbyte; Airbyte itself needs key material there." enum:"irsa,eks-pod-identity,gke,azure" required:"true"`
	RoleARN        string `json:"roleArn,omitempty" doc:"ARN of the IAM role (irsa; for eks-pod-identity it is only printed by airstrip policy)." example:"arn:aws:iam::111122223333:role/airbyte"`
	ServiceAccount string `json:"serviceAccount,omitempty" doc:"E-mail address of the Google service account (gke)." example:"airbyte@example-project.iam.gserviceaccount.com"`
	ClientID       string `json:"clientId,omitempty" doc:"Client id of the managed identity (azure)."`
	TenantID       string `json:"tenantId,omitempty" doc:"Tenant of the managed identity, where it is not the cluster's (azure)."`
}

// DataPlaneOptions are about data planes.
type DataPlaneOptions struct {
	Role                  string `json:"role,omitempty" doc:"Which part a release of the chart airbyte plays: hybrid runs jobs itself; control-plane leaves them to data planes (chart V2)." enum:"hybrid,control-plane"`
	Region                string `json:"region,omitempty" doc:"Region that the data plane is registered in. The chart does not know it (the credentials decide); it becomes the label airstrip.dev/region of the data plane's Pods." example:"eu-west"`
	SecretName            string `json:"secretName,omitempty" doc:"Secret that holds the data plane's credentials. Default: that of configSecret."`
	ClientIDSecretKey     string `json:"clientIdSecretKey,omitempty" doc:"Key that holds the data plane's client id. Default: data-plane-client-id."`
	ClientSecretSecretKey string `json:"clientSecretSecretKey,omitempty" doc:"Key that holds the data plane's client secret. Default: data-plane-client-secret."`
}

// Resources are requests and limits of a container.
type Resources struct {
	Requests map[string]any `json:"requests,omitempty" doc:"Requests, such as cpu and memory, as Kubernetes quantities."`
	Limits   map[string]any `json:"limits,omitempty" doc:"Limits, such as cpu and memory, as Kubernetes quantities."`
}

// Jobs are the Pods that Airbyte starts itself.
type Jobs struct {
	Resources    *Resources        `json:"resources,omitempty" doc:"Requests and limits of the main container."`
	NodeSelector map[string]string `json:"nodeSelector,omitempty" doc:"Labels of the nodes that jobs run on."`
	Tolerations  []map[string]any  `json:"tolerations,omitempty" doc:"Taints that jobs tolerate."`
	Labels       map[string]string `json:"labels,omitempty" doc:"Labels of the Pods."`
	Annotations  map[string]string `json:"annotations,omitempty" doc:"Annotations of the Pods."`
}

// Components are the workloads of the chart. Not every release has each of them.
type Components struct {
	Server                 *Component `json:"server,omitempty" doc:"API and user interface."`
	Worker                 *Component `json:"worker,omitempty" doc:"Runs workflows."`
	Cron                   *Component `json:"cron,omitempty" doc:"Periodic tasks."`
	Temporal               *Component `json:"temporal,omitempty" doc:"Keeps workflows."`
	WorkloadLauncher       *Component `json:"workloadLauncher,omitempty" doc:"Starts the Pods of jobs; all there is of a data plane."`
	WorkloadAPIServer      *Component `json:"workloadApiServer,omitempty" doc:"Queue of jobs."`
	ConnectorBuilderServer *Component `json:"connectorBuilderServer,omitempty" doc:"Connector builder (chart V1, and V2 before 2.1)."`
	ManifestServer         *Component `json:"manifestServer,omitempty" doc:"Runs connectors made of manifests (chart V2 from 2.1 on)."`
	Keycloak               *Component `json:"keycloak,omitempty" doc:"Identity broker, with auth.oidc."`
	KeycloakSetup          *Component `json:"keycloakSetup,omitempty" doc:"Job that configures Keycloak."`
	Bootloader             *Component `json:"bootloader,omitempty" doc:"Job that migrates the database."`
}

// Component is what can be set of a workload.
type Component struct {
	Replicas       *int              `json:"replicas,omitempty" doc:"Number of Pods."`
	Resources      *Resources        `json:"resources,omitempty" doc:"Requests and limits."`
	NodeSelector   map[string]string `json:"nodeSelector,omitempty" doc:"Labels of the nodes to run on."`
	Tolerations    []map[string]any  `json:"tolerations,omitempty" doc:"Taints that are tolerated."`
	Affinity       map[string]any    `json:"affinity,omitempty" doc:"Affinity, as in a Pod."`
	PodLabels      map[string]string `json:"podLabels,omitempty" doc:"Labels of the Pods."`
	PodAnnotations map[string]string `json:"podAnnotations,omitempty" doc:"Annotations of the Pods."`
	Env            map[string]string `json:"env,omitempty" doc:"Environment variables, by name."`
	SecretEnv      map[string]KeyRef `json:"secretEnv,omitempty" doc:"Environment variables from Secrets, by name."`
}
