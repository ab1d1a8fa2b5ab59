package ingress

import (
	"net/url"
	"strings"
)

// appRoutingAnnotations are what the operator of the add-on reads itself; its
// NGINX reads those of ingress-nginx. On Services they are of Open Service Mesh,
// which is retired.
var appRoutingAnnotations = family{
	prefix: appRoutingPrefix,
	source: "pkg/controller of Azure/aks-app-routing-operator v0.2.25-3",
	names: map[string]annotation{
		"tls-cert-keyvault-uri":     {keyVaultCertificate, onEither},
		"tls-cert-service-account":  {text, onIngress},
		"tls-cert-keyvault-managed": {nginxAnyCase("true", "false"), onIngress},
		"use-osm-mtls":              {anyText, onIngress},
		"ingress-host":              {text, onService},
		"service-account-name":      {text, onService},
		"insecure-disable-osm":      {anyText, onService},
	},
}

// keyVaultCertificate is the URI of a certificate in Key Vault, with or without a
// version.
func keyVaultCertificate(v string) string {
	const example = "is no URI of a certificate, such as https://example.vault.azure.net/certificates/airbyte"
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return example
	}
	kind, name, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if kind == "" || name == "" {
		return example
	}
	return ""
}
