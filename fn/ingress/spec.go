package ingress

// Spec is spec.ingress: how people reach a release from outside the cluster.
// Which controller understands which of it is the table of profiles; a setting
// that the chosen controller has no counterpart for is refused.
type Spec struct {
	Controller     string            `json:"controller" doc:"Who routes: alb (AWS Load Balancer Controller), nginx (ingress-nginx), f5-nginx, traefik, gce (GKE's own), agic (Application Gateway Ingress Controller), app-routing (AKS managed NGINX), agc (Application Gateway for Containers), gateway (Gateway API), chart (the chart's own Ingress, from values), none." enum:"alb,nginx,f5-nginx,traefik,gce,agic,app-routing,agc,gateway,chart,none" required:"true"`
	Name           string            `json:"name,omitempty" doc:"Name of the Ingress, or of the Gateway and HTTPRoute. Default: that of the release."`
	ClassName      string            `json:"className,omitempty" doc:"Name of the IngressClass or GatewayClass. Default: the one that the controller's own installation makes."`
	Hosts          []string          `json:"hosts,omitempty" doc:"Hosts beside the one of spec.url."`
	KeycloakAdmin  string            `json:"keycloakAdmin,omitempty" doc:"Whether Keycloak's admin console can be reached: hidden routes /auth/realms and /auth/resources, which is what a login takes, exposed all of /auth." enum:"hidden,exposed" default:"hidden"`
	Scheme         string            `json:"scheme,omitempty" doc:"Whether the load balancer has a public address." enum:"internal,internet-facing"`
	TLS            *TLS              `json:"tls,omitempty" doc:"Where the certificate comes from. Required where spec.url is https."`
	HTTPRedirect   string            `json:"httpRedirect,omitempty" doc:"Whether port 80 answers with a redirect to https. Default: enabled, where TLS ends at the controller." enum:"enabled,disabled"`
	Timeout        string            `json:"timeout,omitempty" doc:"How long a request may take. The idle timeout of the server is raised to a minute more, so that it is never the server that hangs up first." default:"600s" example:"600s"`
	MaxBodySize    string            `json:"maxBodySize,omitempty" doc:"Largest body of a request, as a quantity. Default: 10Mi, which is what the server takes, where the controller has a lower limit of its own." example:"10Mi"`
	HealthCheck    *HealthCheck      `json:"healthCheck,omitempty" doc:"How the load balancer asks whether a Pod is well. Default: path and port of each Pod's own readiness probe."`
	TargetType     string            `json:"targetType,omitempty" doc:"What the load balancer sends to: ip, the Pods themselves; instance, a node's port, for which the Services become NodePort." enum:"ip,instance"`
	Group          *Group            `json:"group,omitempty" doc:"Ingresses that share one load balancer."`
	LoadBalancer   *LoadBalancer     `json:"loadBalancer,omitempty" doc:"The load balancer itself."`
	Subnets        []string          `json:"subnets,omitempty" doc:"Subnets of the load balancer, by id or name."`
	SecurityGroups []string          `json:"securityGroups,omitempty" doc:"Security groups of the load balancer, by id or name."`
	AllowCIDRs     []string          `json:"allowCidrs,omitempty" doc:"Networks that may reach Airbyte. Default: all." example:"10.0.0.0/8"`
	WAFPolicy      string            `json:"wafPolicy,omitempty" doc:"Web application firewall: ARN of a WAFv2 web ACL, name of a Cloud Armor policy, resource id of an Azure WAF policy."`
	AccessLogs     *AccessLogs       `json:"accessLogs,omitempty" doc:"Log of requests."`
	Tags           map[string]string `json:"tags,omitempty" doc:"Tags of the cloud resources that the controller makes."`
	Annotations    map[string]string `json:"annotations,omitempty" doc:"More annotations of the Ingress, or of the Gateway (of the HTTPRoute, where the Gateway is somebody else's). Those that the controller reads are checked."`
	Labels         map[string]string `json:"labels,omitempty" doc:"More labels of the resources."`
	NetworkPolicy  *NetworkPolicy    `json:"networkPolicy,omitempty" doc:"A NetworkPolicy for the Pods behind each exposed Service: they take connections from their own namespace and from what is named here."`
	Gateway        *Gateway          `json:"gateway,omitempty" doc:"What only Gateway API has (controller: gateway)."`
}

// TLS is where the certificate comes from.
type TLS struct {
	Type            string   `json:"type" doc:"secret: a Secret that exists. cert-manager: a Secret that cert-manager makes. acm: AWS Certificate Manager, by ARN, or found by host where none is given. google-managed: a ManagedCertificate. pre-shared: certificates of Google Cloud, by name. certificate-map: of Google's Certificate Manager. key-vault: of Azure Key Vault. application-gateway: a certificate installed on the Application Gateway, by name. controller: the controller's own default certificate. upstream: TLS ends before the controller." enum:"secret,cert-manager,acm,google-managed,pre-shared,certificate-map,key-vault,application-gateway,controller,upstream" required:"true"`
	SecretName      string   `json:"secretName,omitempty" doc:"Secret that holds the certificate (secret), or is made to (cert-manager; default: NAME-tls)."`
	Issuer          *Issuer  `json:"issuer,omitempty" doc:"Issuer of the certificate (cert-manager)."`
	CertificateARNs []string `json:"certificateArns,omitempty" doc:"ARNs of certificates (acm)." example:"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"`
	Certificates    []string `json:"certificates,omitempty" doc:"Names of certificates (pre-shared, application-gateway)."`
	CertificateMap  string   `json:"certificateMap,omitempty" doc:"Name of the certificate map (certificate-map)."`
	CertificateURI  string   `json:"certificateUri,omitempty" doc:"URI of the certificate in Key Vault (key-vault)." example:"https://example.vault.azure.net/certificates/airbyte"`
	ServiceAccount  string   `json:"serviceAccount,omitempty" doc:"ServiceAccount whose workload identity may read the certificate (key-vault). Default: the identity of the add-on."`
	Policy          string   `json:"policy,omitempty" doc:"Which protocols and ciphers are taken: name of an SSL policy of the load balancer." example:"ELBSecurityPolicy-TLS13-1-2-2021-06"`
}

// Issuer is an issuer of cert-manager.
type Issuer struct {
	Name string `json:"name" doc:"Name." required:"true" example:"letsencrypt"`
	Kind string `json:"kind,omitempty" doc:"Kind." enum:"ClusterIssuer,Issuer" default:"ClusterIssuer"`
}

// HealthCheck is how a load balancer asks whether a Pod is well.
type HealthCheck struct {
	Path               string `json:"path,omitempty" doc:"Path that answers for the route of /. The others keep that of their readiness probe." example:"/api/v1/health"`
	Port               *int   `json:"port,omitempty" doc:"Port of the Pod that answers."`
	Interval           string `json:"interval,omitempty" doc:"Time between two questions." example:"15s"`
	Timeout            string `json:"timeout,omitempty" doc:"How long an answer may take." example:"5s"`
	HealthyThreshold   *int   `json:"healthyThreshold,omitempty" doc:"Good answers after which a Pod is well."`
	UnhealthyThreshold *int   `json:"unhealthyThreshold,omitempty" doc:"Bad answers after which it is not."`
	SuccessCodes       string `json:"successCodes,omitempty" doc:"HTTP status codes of a good answer." example:"200-299"`
}

// Group is a set of Ingresses that share a load balancer.
type Group struct {
	Name  string `json:"name" doc:"Name of the group. Whoever may make an Ingress of that group may take over its routes." required:"true"`
	Order *int   `json:"order,omitempty" doc:"Place of this Ingress's routes among those of the group; lower is earlier."`
}

// LoadBalancer is the load balancer itself.
type LoadBalancer struct {
	Name       string            `json:"name,omitempty" doc:"Name: of the load balancer (alb), of the ApplicationLoadBalancer (agc)."`
	Namespace  string            `json:"namespace,omitempty" doc:"Namespace of the ApplicationLoadBalancer (agc)."`
	ID         string            `json:"id,omitempty" doc:"Resource id of an Application Gateway for Containers that exists (agc)."`
	Frontend   string            `json:"frontend,omitempty" doc:"Name of its frontend (agc)."`
	Address    string            `json:"address,omitempty" doc:"Name of a reserved static address (gce, and gateway on GKE)."`
	Attributes map[string]string `json:"attributes,omitempty" doc:"More attributes of the load balancer (alb)." example:"routing.http.drop_invalid_header_fields.enabled: \"true\""`
}

// AccessLogs is a log of requests.
type AccessLogs struct {
	State      string `json:"state,omitempty" doc:"Whether there is one." enum:"enabled,disabled" default:"enabled"`
	Bucket     string `json:"bucket,omitempty" doc:"S3 bucket that it is written to (alb)."`
	Prefix     string `json:"prefix,omitempty" doc:"Prefix inside the bucket (alb)."`
	SampleRate string `json:"sampleRate,omitempty" doc:"Part of the requests that is logged, 0.0 to 1.0 (gce, and gateway on GKE)." example:"1.0"`
}

// NetworkPolicy says from where the exposed Pods take connections, besides their
// own namespace.
type NetworkPolicy struct {
	Namespaces []string `json:"namespaces,omitempty" doc:"Namespaces, by name: that of the controller, and those of jobs and data planes that call in." example:"ingress-nginx"`
	CIDRs      []string `json:"cidrs,omitempty" doc:"Networks: those of a load balancer that sends to Pods itself." example:"10.0.0.0/16"`
}

// Gateway is what only Gateway API has.
type Gateway struct {
	Implementation string  `json:"implementation,omitempty" doc:"Whose Gateway it is, which decides about the policies beside it: alb (AWS Load Balancer Controller), gke, agc (Application Gateway for Containers), envoy (Envoy Gateway), nginx (NGINX Gateway Fabric), istio (Istio, and the application routing add-on of AKS), other (what the standard has, and nothing else)." enum:"alb,gke,agc,envoy,nginx,istio,other" required:"true"`
	Parent         *Parent `json:"parent,omitempty" doc:"A Gateway that exists, which the routes are attached to. Default: one is made."`
}

// Parent names a Gateway that exists.
type Parent struct {
	Name        string `json:"name" doc:"Name." required:"true"`
	Namespace   string `json:"namespace,omitempty" doc:"Namespace. Default: that of the release."`
	SectionName string `json:"sectionName,omitempty" doc:"Listener that serves https."`
	HTTPSection string `json:"httpSectionName,omitempty" doc:"Listener that serves http, for the redirect."`
}
