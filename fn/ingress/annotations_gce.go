package ingress

import (
	"fmt"
	"strconv"
)

const gceSource = "kubernetes/ingress-gce v1.41.0, pkg/annotations"

// kubernetesAnnotations were everybody's once; GKE still reads all of them, and
// other controllers the class, so that it may be any.
var kubernetesAnnotations = family{
	prefix: "kubernetes.io/ingress.",
	source: gceSource,
	shared: true,
	names: map[string]annotation{
		"class":                   {anyText, onIngress}, // none is gce
		"allow-http":              {parsedBool, onIngress},
		"global-static-ip-name":   {text, onIngress},
		"regional-static-ip-name": {text, onIngress},
	},
}

var gceAnnotations = family{
	prefix: "ingress.gcp.kubernetes.io/",
	source: gceSource,
	names: map[string]annotation{
		"pre-shared-cert": {atMost15, onIngress},
		"instance-groups": {nil, onIngress}, // the controller writes it
	},
}

// gkeAnnotations hold those of Services of type LoadBalancer too, which are
// other controllers' of GKE (pkg/l4/annotations): they share the prefix.
var gkeAnnotations = family{
	prefix: "networking.gke.io/",
	source: gceSource + " and pkg/l4/annotations; GKE documentation, how-to/deploying-gateways",
	names: map[string]annotation{
		"managed-certificates":                       {atMost15, onIngress},
		"v1beta1.FrontendConfig":                     {objectName, onIngress},
		"suppress-firewall-xpn-error":                {parsedBool, onIngress},
		"certmap":                                    {text, onGateway},
		"max-rate-per-endpoint":                      {atLeastZero, onService},
		"capacity-scaler":                            {fraction, onService},
		"transparent-health-checker":                 {jsonOf[struct{ Enabled bool }](`{"enabled":true}`, nil), onService},
		"load-balancer-type":                         {oneOf("Internal", "internal", "External"), onService},
		"load-balancer-ip-addresses":                 {text, onService},
		"load-balancer-subnet":                       {text, onService},
		"internal-load-balancer-subnet":              {text, onService},
		"internal-load-balancer-allow-global-access": {parsedBool, onService},
		"l4-strong-session-affinity":                 {text, onService},
		"l4lb-config":                                {text, onService},
		"weighted-load-balancing":                    {text, onService},
		"custom-forwarding-rule":                     {text, onService},
		"app-protocols":                              {jsonOf[map[string]string](`{"http":"HTTP2"}`, nil), onService},
		"ip-collection-v6":                           {text, onService},
		// What GKE's controller writes on Gateways.
		"backend-services":    {nil, onGateway},
		"firewalls":           {nil, onGateway},
		"forwarding-rules":    {nil, onGateway},
		"health-checks":       {nil, onGateway},
		"last-reconcile-time": {nil, onGateway},
		"target-proxies":      {nil, onGateway},
		"url-maps":            {nil, onGateway},
	},
}

var gkeServiceAnnotations = family{
	prefix: "cloud.google.com/",
	source: gceSource + ", pkg/negannotation, pkg/l4/annotations",
	names: map[string]annotation{
		"neg":                {jsonOf(`{"ingress":true}`, negs.wrong), onService},
		"neg-status":         {nil, onService}, // the controller writes it
		"backend-config":     {jsonOf(`{"default":"airbyte"}`, backendConfig.wrong), onService},
		"app-protocols":      {jsonOf(`{"http":"HTTP2"}`, appProtocols), onService},
		"load-balancer-type": {oneOf("Internal", "internal", "External"), onService},
		"network-tier":       {oneOf("Standard", "Premium"), onService},
		"l4-rbs":             {oneOf("enabled"), onService},
	},
}

// atMost15 is a list of certificates of one load balancer.
func atMost15(v string) string {
	if n := len(items(v)); n > 15 {
		return fmt.Sprintf("names %d, and a load balancer of Google's has 15 at most", n)
	}
	return some(v)
}

// objectName is the name of one object: a list is none.
func objectName(v string) string {
	return matching(`[a-z0-9]([-a-z0-9.]*[a-z0-9])?`, "no name of an object: small letters, digits, dashes and dots")(v)
}

func atLeastZero(v string) string {
	if n, err := strconv.ParseFloat(v, 64); err != nil || !(n >= 0) {
		return "is no number of at least 0"
	}
	return ""
}

func fraction(v string) string {
	if n, err := strconv.ParseFloat(v, 64); err != nil || !(n >= 0 && n <= 1) {
		return "is no number from 0.0 to 1.0"
	}
	return ""
}

// negs is {"ingress":true}, or {"exposed_ports":{"80":{"name":"airbyte"}}}, or
// both (pkg/negannotation).
type negs struct {
	Ingress      bool
	ExposedPorts map[int32]struct{ Name string } `json:"exposed_ports"`
	Zones        []string
}

func (n negs) wrong() string {
	for port := range n.ExposedPorts {
		if port < 1 || port > 65535 {
			return "has a port that is not between 1 and 65535"
		}
	}
	return ""
}

// backendConfig is {"default":"name"}, or {"ports":{"http":"name"}}, or both. One
// that names none stops the whole Ingress.
type backendConfig struct {
	Default string
	Ports   map[string]string
}

func (c backendConfig) wrong() string {
	if c.Default == "" && len(c.Ports) == 0 {
		return `names no BackendConfig: {"default":"airbyte"}`
	}
	return ""
}

// appProtocols is {"name of a port":"HTTPS"}.
func appProtocols(protocols map[string]string) string {
	for _, port := range keys(protocols) {
		if why := oneOf("HTTP", "HTTPS", "HTTP2")(protocols[port]); why != "" {
			return fmt.Sprintf("has %s=%s, which %s", port, protocols[port], why)
		}
	}
	return ""
}
