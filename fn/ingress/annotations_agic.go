package ingress

import "strings"

// agicAnnotations are all read from the Ingress; AGIC reads none of a Service.
var agicAnnotations = family{
	prefix: agicPrefix,
	source: "Azure/application-gateway-kubernetes-ingress 1.9, pkg/annotations/ingress_annotations.go",
	names: map[string]annotation{
		"backend-path-prefix":                 {urlPath, onIngress},
		"backend-hostname":                    {text, onIngress},
		"backend-protocol":                    {httpOrHTTPS, onIngress},
		"ssl-redirect":                        {parsedBool, onIngress},
		"appgw-ssl-certificate":               {text, onIngress},
		"appgw-ssl-profile":                   {text, onIngress},
		"appgw-trusted-root-certificate":      {tightList, onIngress},
		"connection-draining":                 {parsedBool, onIngress},
		"connection-draining-timeout":         {bare(integer(1, 3600)), onIngress},
		"cookie-based-affinity":               {parsedBool, onIngress},
		"cookie-based-affinity-distinct-name": {parsedBool, onIngress},
		"request-timeout":                     {bare(integer(1, 86400)), onIngress},
		"override-frontend-port":              {bare(integer(1, 64999)), onIngress},
		"use-private-ip":                      {parsedBool, onIngress},
		"waf-policy-for-path":                 {wafPolicyOf, onIngress},
		"health-probe-hostname":               {text, onIngress},
		"health-probe-port":                   {bare(integer(1, 65535)), onIngress},
		"health-probe-path":                   {urlPath, onIngress},
		"health-probe-status-codes":           {listOf(matching(`[1-9]\d{2}(-[1-9]\d{2})?`, "no status code, such as 200 or 200-399")), onIngress},
		"health-probe-interval":               {bare(integer(1, 86400)), onIngress},
		"health-probe-timeout":                {bare(integer(1, 86400)), onIngress},
		"health-probe-unhealthy-threshold":    {bare(integer(1, 20)), onIngress},
		"rewrite-rule-set":                    {text, onIngress},
		"rewrite-rule-set-custom-resource":    {objectName, onIngress},
		"hostname-extension":                  {text, onIngress},
		"rule-priority":                       {bare(integer(1, 20000)), onIngress},
	},
}

// bare allows no spaces around a value: Go's strconv reads none.
func bare(g grammar) grammar {
	return func(v string) string {
		if strings.TrimSpace(v) != v {
			return "has spaces around it"
		}
		return g(v)
	}
}

func httpOrHTTPS(v string) string { return oneOf("http", "https")(strings.ToLower(v)) }

// tightList is a list of names; AGIC takes a space for a part of the name.
func tightList(v string) string {
	return matching(`[^,\s]+(,[^,\s]+)*`, "no list of names with commas between, without spaces")(v)
}

func wafPolicyOf(v string) string {
	if !wafPolicyID.MatchString(v) {
		return "is no resource id of a WAF policy"
	}
	return ""
}
