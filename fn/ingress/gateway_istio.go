package ingress

import (
	"fmt"
	"strconv"
)

// azureIstio is the GatewayClass of the application routing add-on of AKS: an
// Istio without its own resources, which knows Azure's.
const azureIstio = "approuting-istio"

const istioService = "an annotation of the cloud's on the Gateway's Service, on a Gateway of your own: gateway.parent"

// gatewayIstio is Istio by Gateway API, and the application routing add-on of AKS
// (articles/aks/app-routing-gateway-api.md of Azure's documentation). Timeouts
// of the rules are among what it supports (kubernetes-sigs/gateway-api,
// conformance/reports); without any it waits as long as it takes.
var gatewayIstio = profile{
	controller: "gateway", implementation: "istio",
	title:  "Istio",
	source: "istio.io/docs/tasks/traffic-management/ingress/gateway-api; learn.microsoft.com/azure/aks/app-routing-gateway-api",
	settings: gatewaySettings(append([]setting{
		{"timeout", "`timeouts` of each rule"},
		{"scheme", "`service.beta.kubernetes.io/azure-load-balancer-internal` under infrastructure, with className: approuting-istio alone"},
		{"tls.key-vault", "`kubernetes.azure.com/tls-cert-keyvault-uri` under options of the listeners, and the Secret that the add-on makes of it, with className: approuting-istio alone"},
		{"tls.certificateUri", "`kubernetes.azure.com/tls-cert-keyvault-uri`; without a version it follows the certificate's rotation"},
		{"tls.serviceAccount", "`kubernetes.azure.com/tls-cert-service-account`, whose ServiceAccount carries azure.workload.identity/client-id"},
	}, certificateSettings...)...),
	elsewhere: proxyElsewhere("Istio", "Gateway", istioService, probesElsewhere("Istio"), map[string]string{
		"maxBodySize":      "Envoy, which Istio runs, has no limit of its own",
		"allowCidrs":       "an AuthorizationPolicy of Istio's with remoteIpBlocks for the Gateway; the add-on of AKS has none",
		"accessLogs.state": "a Telemetry resource of Istio's, or accessLogFile of its mesh",
	}),
	check: checkGatewayIstio,
	write: writeGatewayIstio,
}

func checkGatewayIstio(s *Spec, refuse func(field, message, hint string)) {
	t := s.TLS
	if t != nil && t.Type == "key-vault" {
		if t.CertificateURI != "" {
			if why := keyVaultCertificate(t.CertificateURI); why != "" {
				refuse("tls.certificateUri", fmt.Sprintf("%q %s", t.CertificateURI, why), "")
			}
		}
		if t.ServiceAccount == "" {
			refuse("tls.serviceAccount", "is missing: a Gateway has no identity of the add-on to read Key Vault with", "name a ServiceAccount of the release's namespace that carries azure.workload.identity/client-id")
		}
	}
	if p := s.Gateway.Parent; p != nil {
		refuseGiven(s, refuse, ofParent(p), "set it there", "scheme")
		return
	}
	if s.ClassName == azureIstio {
		return
	}
	if s.Scheme != "" {
		refuse("scheme", "is a matter of the cloud, which Istio's Gateway does not tell", "className: approuting-istio is on AKS; on another cloud, "+istioService)
	}
	if t != nil && t.Type == "key-vault" {
		refuse("tls.type", "is key-vault, which is for the application routing add-on of AKS", "className: approuting-istio, or take secret or cert-manager")
	}
}

func writeGatewayIstio(s *site) {
	if s.upstream() {
		s.warn("ingress-forwarded", "ingress.tls.type", "TLS ends before Istio, which takes each request for http and tells Airbyte so, unless gatewayTopology.numTrustedProxies of its mesh counts what stands before it")
	}
	form := gatewayForm{class: s.classOr("istio"), certificates: true, timeouts: true}
	if s.Scheme != "" {
		// articles/aks/istio-gateway-api.md, "Annotation customizations": the Service
		// of the Gateway gets them.
		form.infrastructure = map[string]any{"annotations": map[string]any{
			"service.beta.kubernetes.io/azure-load-balancer-internal": strconv.FormatBool(s.Scheme == "internal"),
		}}
	}
	if s.TLS != nil && s.TLS.Type == "key-vault" {
		form.options = map[string]string{
			appRoutingPrefix + "tls-cert-keyvault-uri":    s.TLS.CertificateURI,
			appRoutingPrefix + "tls-cert-service-account": s.TLS.ServiceAccount,
		}
		form.secret = s.keyVaultListener
	}
	s.gateway(form)
}

// keyVaultListener is the Secret that the operator makes for a listener. It
// writes the reference into the Gateway as well, whole
// (pkg/controller/keyvault/spc/gateway.go): written here in the same words, there
// is nothing to change, and nothing that a tool like Argo CD changes back.
func (s *site) keyVaultListener(listener string) map[string]any {
	name := "kv-gw-cert-" + s.name + "-" + listener
	return map[string]any{"group": "", "kind": "Secret", "name": name[:min(len(name), 253)], "namespace": s.release.Namespace}
}
