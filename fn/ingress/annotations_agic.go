package ingress

// agicAnnotations are all read from the Ingress; AGIC reads none of a Service.
var agicAnnotations = family{
	prefix: agicPrefix,
	source: "Azure/application-gateway-kubernetes-ingress 1.9, pkg/annotations/ingress_annotations.go",
	names: map[string]annotation{
		"backend-path-prefix":                 {urlPath, onIngress},
		"backend-hostname":                    {text, onIngress},
		"backend-protocol":                    {anyCase("http", "https"), onIngress},
		"ssl-redirect":                        {parsedBool, onIngress},
		"appgw-ssl-certificate":               {text, onIngress},
		"appgw-ssl-profile":                   {text, onIngress},
		"appgw-trusted-root-certificate":      {tightListOf(matching(`\S+`, "no name: AGIC takes a space for a part of it")), onIngress},
		"connection-draining":                 {parsedBool, onIngress},
		"connection-draining-timeout":         {integer(1, 3600), onIngress},
		"cookie-based-affinity":               {parsedBool, onIngress},
		"cookie-based-affinity-distinct-name": {parsedBool, onIngress},
		"request-timeout":                     {integer(1, 86400), onIngress},
		"override-frontend-port":              {integer(1, 64999), onIngress},
		"use-private-ip":                      {parsedBool, onIngress},
		"waf-policy-for-path":                 {wafPolicyOf, onIngress},
		"health-probe-hostname":               {text, onIngress},
		"health-probe-port":                   {integer(1, 65535), onIngress},
		"health-probe-path":                   {urlPath, onIngress},
		"health-probe-status-codes":           {listOf(matching(`[1-9]\d{2}(-[1-9]\d{2})?`, "no status code, such as 200 or 200-399")), onIngress},
		"health-probe-interval":               {integer(1, 86400), onIngress},
		"health-probe-timeout":                {integer(1, 86400), onIngress},
		"health-probe-unhealthy-threshold":    {integer(1, 20), onIngress},
		"rewrite-rule-set":                    {text, onIngress},
		"rewrite-rule-set-custom-resource":    {objectName, onIngress},
		"hostname-extension":                  {text, onIngress},
		"rule-priority":                       {integer(1, 20000), onIngress},
	},
}

func wafPolicyOf(v string) string {
	if !wafPolicyID.MatchString(v) {
		return "is no resource id of a WAF policy"
	}
	return ""
}
