package ingress

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const gceSource = "kubernetes/ingress-gce v1.41.0, pkg/annotations"

// kubernetesAnnotations were everybody's once; GKE still reads all of them, and
// other controllers the class, so that it may be any.
var kubernetesAnnotations = family{
	prefix: "kubernetes.io/ingress.",
	source: gceSource,
	names: map[string]annotation{
		"class":                   {text, onIngress},
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
		"transparent-health-checker":                 {jsonValue(fieldsOf(map[string]func(any) string{"enabled": isBool})), onService},
		"load-balancer-type":                         {oneOf("Internal", "internal", "External"), onService},
		"load-balancer-ip-addresses":                 {text, onService},
		"load-balancer-subnet":                       {text, onService},
		"internal-load-balancer-subnet":              {text, onService},
		"internal-load-balancer-allow-global-access": {parsedBool, onService},
		"l4-strong-session-affinity":                 {text, onService},
		"l4lb-config":                                {text, onService},
		"weighted-load-balancing":                    {text, onService},
		"custom-forwarding-rule":                     {text, onService},
		"ip-collection-v6":                           {text, onService},
	},
}

var gkeServiceAnnotations = family{
	prefix: "cloud.google.com/",
	source: gceSource + ", pkg/negannotation, pkg/l4/annotations",
	names: map[string]annotation{
		"neg":                {jsonValue(fieldsOf(map[string]func(any) string{"ingress": isBool, "exposed_ports": isPorts, "zones": isList})), onService},
		"neg-status":         {nil, onService}, // the controller writes it
		"backend-config":     {jsonValue(backendConfig), onService},
		"app-protocols":      {jsonValue(appProtocols), onService},
		"load-balancer-type": {oneOf("Internal", "internal", "External"), onService},
		"network-tier":       {text, onService},
		"l4-rbs":             {oneOf("enabled"), onService},
	},
}

// parsedBool is what Go's strconv.ParseBool takes: 1, t and TRUE too.
func parsedBool(v string) string {
	if _, err := strconv.ParseBool(v); err != nil {
		return "is neither true nor false"
	}
	return ""
}

// atMost15 is a list of certificates of one load balancer.
func atMost15(v string) string {
	n := 0
	for _, e := range strings.Split(v, ",") {
		if strings.TrimSpace(e) != "" {
			n++
		}
	}
	switch {
	case n == 0:
		return "names none"
	case n > 15:
		return fmt.Sprintf("names %d, and a load balancer of Google's has 15 at most", n)
	}
	return ""
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

// fieldsOf is a JSON object; of its fields, those that are known are looked at.
func fieldsOf(known map[string]func(any) string) func(any) string {
	return func(v any) string {
		m, ok := v.(map[string]any)
		if !ok {
			return "is no JSON object"
		}
		for _, key := range keys(m) {
			if check := known[key]; check != nil {
				if why := check(m[key]); why != "" {
					return fmt.Sprintf("has %s, which %s", key, why)
				}
			}
		}
		return ""
	}
}

func isBool(v any) string {
	if _, ok := v.(bool); !ok {
		return "is neither true nor false"
	}
	return ""
}

func isList(v any) string {
	if _, ok := v.([]any); !ok {
		return "is no list"
	}
	return ""
}

// isPorts is an object with ports as its keys: {"80":{"name":"airbyte"}}.
func isPorts(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return "is no object of ports"
	}
	for _, key := range keys(m) {
		if why := integer(1, 65535)(key); why != "" {
			return fmt.Sprintf("has a port %s, which %s", key, why)
		}
	}
	return ""
}

// backendConfig is {"default":"name"}, or {"ports":{"http":"name"}}, or both. One
// that names none stops the whole Ingress.
func backendConfig(v any) string {
	why := fieldsOf(map[string]func(any) string{"default": isText, "ports": isTexts})(v)
	if why != "" {
		return why
	}
	m := v.(map[string]any)
	ports, _ := m["ports"].(map[string]any)
	if name, _ := m["default"].(string); name == "" && len(ports) == 0 {
		return `names no BackendConfig: {"default":"airbyte"}`
	}
	return ""
}

// appProtocols is {"name of a port":"HTTPS"}.
func appProtocols(v any) string {
	if why := isTexts(v); why != "" {
		return why
	}
	m := v.(map[string]any)
	for _, port := range keys(m) {
		if !slices.Contains([]any{"HTTP", "HTTPS", "HTTP2"}, m[port]) {
			return fmt.Sprintf("has %s=%s, want HTTP, HTTPS or HTTP2", port, m[port])
		}
	}
	return ""
}

func isText(v any) string {
	if _, ok := v.(string); !ok {
		return "is no text"
	}
	return ""
}

func isTexts(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return "is no JSON object"
	}
	for _, key := range keys(m) {
		if _, ok := m[key].(string); !ok {
			return fmt.Sprintf("has %s, which is no text", key)
		}
	}
	return ""
}
