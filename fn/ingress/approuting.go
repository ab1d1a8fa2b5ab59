package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const appRoutingPrefix = "kubernetes.azure.com/"

const appRoutingService = "loadBalancerAnnotations of a NginxIngressController, with a className of its own"

var appRouting = profile{
	controller: "app-routing",
	title:      "the application routing add-on of AKS",
	source:     "learn.microsoft.com/azure/aks/app-routing; aks-app-routing-operator v0.2.25",
	reads:      []*family{&nginxAnnotations, &appRoutingAnnotations},
	settings: nginxSettings("webapprouting.kubernetes.azure.com",
		setting{"tls.key-vault", "`kubernetes.azure.com/tls-cert-keyvault-uri`, and the Secret keyvault-NAME that the add-on makes of it under spec.tls"},
		setting{"tls.certificateUri", "`kubernetes.azure.com/tls-cert-keyvault-uri`; without a version it follows the certificate's rotation"},
		setting{"tls.serviceAccount", "`kubernetes.azure.com/tls-cert-service-account`, whose ServiceAccount carries azure.workload.identity/client-id"},
		setting{"tls.controller", "`hosts` under spec.tls, without a Secret: defaultSSLCertificate of the NginxIngressController"},
	),
	elsewhere: proxyElsewhere("NGINX", "controller", appRoutingService, probesElsewhere("NGINX"), map[string]string{
		"scheme":     "az aks approuting update --nginx Internal, or " + appRoutingService,
		"tls.policy": "the add-on's ConfigMap may not be changed; the annotation nginx.ingress.kubernetes.io/ssl-ciphers",
	}),
	check: checkAppRouting,
	write: writeAppRouting,
}

// blocked are words that no annotation of ingress-nginx may hold, wherever in its
// value (annotation-value-word-blocklist of the add-on's ConfigMap,
// pkg/manifests/fixtures/nginx): the Ingress is then skipped, with a line in the
// controller's log and no event.
var blocked = []string{"load_module", "lua_package", "_by_lua", "location", "root", "proxy_pass", "serviceaccount", "{", "}", "'"}

func checkAppRouting(s *Spec, refuse func(field, message, hint string)) {
	checkNGINX(s, refuse)
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		if !strings.HasPrefix(key, nginxPrefix) {
			continue
		}
		for _, word := range blocked {
			if strings.Contains(s.Annotations[key], word) {
				refuse("annotations."+key, fmt.Sprintf("holds %q, for which the add-on skips the whole Ingress without a word", word), "")
				break
			}
		}
	}
	if t := s.TLS; t != nil && t.Type == "key-vault" && t.CertificateURI != "" {
		if why := keyVaultCertificate(t.CertificateURI); why != "" {
			refuse("tls.certificateUri", fmt.Sprintf("%q %s", t.CertificateURI, why), "")
		}
	}
}

// writeAppRouting follows articles/aks/app-routing.md and app-routing-dns-ssl.md
// of Azure's documentation. The add-on runs ingress-nginx.
func writeAppRouting(s *site) {
	s.warn("ingress-retired", "ingress.controller", "the add-on runs ingress-nginx, which is retired: Azure supports it to the end of November 2026; "+
		"go to Gateway API, spec.ingress.controller: gateway with implementation: istio and className: approuting-istio (docs/ingress.md)")
	if s.upstream() {
		s.warn("ingress-forwarded", "ingress.tls.type", "TLS ends before the add-on, whose NGINX takes each request for http and tells Airbyte so: its ConfigMap may not be changed")
	}
	secret, _ := s.certificateSecret()
	if s.TLS != nil && s.TLS.Type == "key-vault" {
		s.annotate(appRoutingPrefix+"tls-cert-keyvault-uri", s.TLS.CertificateURI, "ingress.tls.certificateUri")
		if s.TLS.ServiceAccount != "" {
			s.annotate(appRoutingPrefix+"tls-cert-service-account", s.TLS.ServiceAccount, "ingress.tls.serviceAccount")
		}
		secret = keyVaultSecret(s.name)
	}
	s.nginxIngress("webapprouting.kubernetes.azure.com", secret)
}

// keyVaultSecret is what the operator calls the Secret of an Ingress
// (pkg/controller/keyvault/spc/ingress.go). It has to stand under spec.tls.
func keyVaultSecret(ingress string) string {
	name := "keyvault-" + ingress
	return name[:min(len(name), 253)]
}
