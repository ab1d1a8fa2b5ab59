package airbyte

import (
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// tlsType is the type that a Secret has to have for controllers to take a
// certificate from it.
const tlsType = "kubernetes.io/tls"

var tlsKeys = []string{"tls.crt", "tls.key"}

// tls reads the Secrets with the certificates of an Ingress or a Gateway.
func (k keyReaders) tls(id manifest.ID, n *yaml.Node) {
	for _, secret := range certificates(id, n) {
		at := id
		if secret.namespace != "" {
			at.Namespace = secret.namespace
		}
		for _, key := range tlsKeys {
			found := k.add(at, secret.name, key, "tls", false)
			found.Type = tlsType
			found.Readers[len(found.Readers)-1].Object = id
		}
	}
}

type secretName struct{ namespace, name string }

// certificates are the Secrets that an Ingress or a Gateway takes certificates
// from.
func certificates(id manifest.ID, n *yaml.Node) []secretName {
	var all []secretName
	spec := manifest.Field(n, "spec")
	switch id.Group + "/" + id.Kind {
	case "networking.k8s.io/Ingress":
		for _, tls := range manifest.Items(manifest.Field(spec, "tls")) {
			all = append(all, secretName{"", manifest.Text(tls, "secretName")})
		}
	case "gateway.networking.k8s.io/Gateway":
		for _, listener := range manifest.Items(manifest.Field(spec, "listeners")) {
			for _, ref := range manifest.Items(manifest.Lookup(listener, "tls", "certificateRefs")) {
				if kind := manifest.Text(ref, "kind"); kind == "Secret" || kind == "" {
					all = append(all, secretName{manifest.Text(ref, "namespace"), manifest.Text(ref, "name")})
				}
			}
		}
	}
	named := all[:0]
	for _, s := range all {
		if s.name != "" {
			named = append(named, s)
		}
	}
	return named
}

// issued are the Secrets with certificates that somebody makes in the cluster:
// cert-manager for an Ingress or a Gateway that names an issuer, the application
// routing add-on of AKS for one that names a certificate in Key Vault.
func issued(id manifest.ID, n *yaml.Node) []made {
	const vault = "kubernetes.azure.com/tls-cert-keyvault-uri"
	notes := manifest.Texts(manifest.Lookup(n, "metadata", "annotations"))
	makes := notes["cert-manager.io/issuer"] != "" || notes["cert-manager.io/cluster-issuer"] != "" || notes[vault] != ""
	for _, listener := range manifest.Items(manifest.Lookup(n, "spec", "listeners")) {
		options := manifest.Texts(manifest.Lookup(listener, "tls", "options"))
		makes = makes || options[vault] != ""
	}
	if !makes {
		return nil
	}
	var all []made
	for _, s := range certificates(id, n) {
		all = append(all, made{name: s.name, typ: tlsType, keys: tlsKeys, whole: true})
	}
	return all
}

// certificate is the Secret of a Certificate of cert-manager's.
func certificate(n *yaml.Node) []made {
	name := manifest.Text(manifest.Field(n, "spec"), "secretName")
	return []made{{name: name, typ: tlsType, keys: append([]string{"ca.crt"}, tlsKeys...), whole: true}}
}
