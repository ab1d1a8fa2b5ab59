package ingress

import "strings"

// traefikAnnotations is what the Ingress provider decodes:
// pkg/provider/kubernetes/ingress/annotations.go, and for what each may hold
// docs/content/reference/routing-configuration/kubernetes/ingress.md. A value
// that Go cannot read drops the Ingress, or on a Service each path that leads
// there, with no more than a line in Traefik's log; so does a name that it does
// not know.
var traefikAnnotations = family{
	prefix:  traefikPrefix,
	source:  "docs/content/reference/routing-configuration/kubernetes/ingress.md of Traefik v3.7.13",
	unknown: "where it begins with router. or service., Traefik leaves out the Ingress or the paths to the Service",
	fold:    true,
	names: map[string]annotation{
		"router.entrypoints":                  {unset(listOf(text)), onIngress},
		"router.middlewares":                  {unset(listOf(traefikRef)), onIngress},
		"router.priority":                     {goInteger, onIngress},
		"router.pathmatcher":                  {oneOf("Path", "PathPrefix", "PathRegexp"), onIngress},
		"router.rulesyntax":                   {unset(oneOf("v2", "v3", "default")), onIngress},
		"router.tls":                          {traefikSwitch, onIngress},
		"router.tls.options":                  {either(oneOf("default"), traefikRef), onIngress},
		"router.tls.certresolver":             {text, onIngress},
		"router.tls.domains.[0-9]*.main":      {text, onIngress},
		"router.tls.domains.[0-9]*.sans":      {text, onIngress},
		"router.observability":                {anyText, onIngress},
		"router.observability.accesslogs":     {parsedBool, onIngress},
		"router.observability.metrics":        {parsedBool, onIngress},
		"router.observability.tracing":        {parsedBool, onIngress},
		"router.observability.traceverbosity": {oneOf("minimal", "detailed"), onIngress},
		"service.serversscheme":               {unset(anyCase("http", "https", "h2c")), onService},
		"service.serverstransport":            {traefikRef, onService},
		"service.passhostheader":              {parsedBool, onService},
		"service.middlewares":                 {unset(listOf(traefikRef)), onService}, // from 3.7 on
		"service.nativelb":                    {parsedBool, onService},
		"service.nodeportlb":                  {parsedBool, onService},
		"service.sticky.cookie":               {traefikSwitch, onService},
		"service.sticky.cookie.name":          {anyText, onService},
		"service.sticky.cookie.secure":        {parsedBool, onService},
		"service.sticky.cookie.httponly":      {parsedBool, onService},
		"service.sticky.cookie.samesite":      {matching(`(?i:none|lax|strict)?`, "not one of none, lax, strict"), onService},
		"service.sticky.cookie.maxage":        {goInteger, onService},
		"service.sticky.cookie.path":          {anyText, onService},
		"service.sticky.cookie.domain":        {anyText, onService},
	},
}

// traefikRef refers to an object of another provider. A name without one is
// taken for the Ingress provider's, which has neither Middlewares nor options:
// the router is not made then, and requests get a 404.
func traefikRef(v string) string {
	name, provider, ok := strings.Cut(v, "@")
	if !ok || name == "" || provider == "" || strings.ContainsAny(v, " \t") {
		return "is not NAME@PROVIDER, such as airbyte-headers@kubernetescrd for the Middleware headers of the namespace airbyte"
	}
	if provider == "kubernetescrd" && strings.Contains(name, "/") {
		return "has a slash: it is NAMESPACE-NAME@kubernetescrd"
	}
	return ""
}

// traefikSwitch is a setting that is on for true, in any case, or nothing; all
// else is off, yes and 1 too (pkg/config/label of traefik/paerser).
func traefikSwitch(v string) string {
	switch strings.ToLower(v) {
	case "", "true", "false":
		return ""
	}
	return "is neither true nor false, and taken for false"
}
