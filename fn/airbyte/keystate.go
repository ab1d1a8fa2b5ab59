package airbyte

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// KeyState says whether a key of a Secret is there.
type KeyState string

const (
	// KeyRendered keys are held by a Secret of the set, sealed or not.
	KeyRendered KeyState = "rendered"
	// KeyMissing keys are not in a Secret that the set holds or describes.
	KeyMissing KeyState = "missing"
	// KeyExternal keys belong to a Secret that is not in the set: something of
	// the set makes it in the cluster, or it has to exist there.
	KeyExternal KeyState = "external"
	// KeyBootloader keys are made in the cluster by Airbyte's bootloader.
	KeyBootloader KeyState = "bootloader"
)

// made is a Secret that an object of the set holds, or from which the cluster
// makes it.
type made struct {
	by              manifest.ID
	namespace, name string
	// typ is the type of the Secret, empty where that is not known.
	typ string
	// keys of the Secret, and whether it can have no others.
	keys  []string
	whole bool
}

// sources are the Secrets that a set accounts for.
type sources struct {
	made []made
	// auth are the keys that the bootloader makes, by the name of its Secret.
	auth map[string][]string
}

func keySources(s manifest.Set) sources {
	from := sources{auth: map[string][]string{AuthSecret: nil}}
	for _, n := range s {
		id := manifest.IDOf(n)
		for _, m := range secrets(id, n.YNode()) {
			m.by, m.namespace = id, id.Namespace
			from.made = append(from.made, m)
		}
		if id.Kind == "ConfigMap" {
			from.bootloader(manifest.Texts(manifest.Field(n.YNode(), "data")))
		}
		for _, c := range manifest.Containers(manifest.Field(manifest.PodTemplate(n), "spec")) {
			from.bootloader(env(c))
		}
	}
	return from
}

// bootloader reads what the bootloader is told: what its Secret is called,
// whether it is to make it, and with which keys.
func (f sources) bootloader(texts map[string]string) {
	name := texts["AB_KUBERNETES_SECRET_NAME"]
	switch {
	case name == "":
	case texts["AB_AUTH_SECRET_CREATION_ENABLED"] == "false":
		delete(f.auth, name)
	default:
		for variable, key := range texts {
			if strings.HasSuffix(variable, "_SECRET_KEY") {
				f.auth[name] = append(f.auth[name], key)
			}
		}
	}
}

// find says where a key is. What the set itself holds or makes goes before what
// the bootloader would make: it leaves keys alone that are there.
func (f sources) find(k *SecretKey) {
	k.State, k.Detail = KeyExternal, "must exist in the cluster"
	// A Secret of another name is the user's own, to which the bootloader adds.
	if keys, ok := f.auth[k.Secret]; ok && (k.Secret == AuthSecret || slices.Contains(keys, k.Key)) {
		k.State, k.Detail = KeyBootloader, "made in the cluster by the bootloader"
	}
	for _, m := range f.made {
		// An object without a namespace goes to whichever it is applied in.
		if m.name != k.Secret || m.namespace != k.Namespace && m.namespace != "" && k.Namespace != "" {
			continue
		}
		rendered := m.by.Group == "" && m.by.Kind == "Secret"
		switch lack := m.lacks(k); {
		case lack != "" && k.State == KeyBootloader:
		case lack != "":
			k.State, k.Detail, k.Source = KeyMissing, lack, m.by
		case rendered:
			k.State, k.Detail, k.Source = KeyRendered, "", m.by
			return
		default:
			k.State, k.Detail, k.Source = KeyExternal, fmt.Sprintf("made in the cluster from %s", m.by), m.by
			return
		}
	}
}

// lacks says what keeps a Secret from having the key, or nothing.
func (m made) lacks(k *SecretKey) string {
	has := func(key string) bool { return !m.whole || slices.Contains(m.keys, key) }
	switch {
	case k.Key == AllKeys, k.Type == "" && has(k.Key):
		return ""
	case k.Type == "":
		return fmt.Sprintf("%s has no key %s", m.by, k.Key)
	case m.typ == legacyPullType && has(legacyPullK):
		return ""
	case m.typ != "" && m.typ != k.Type:
		return fmt.Sprintf("%s is of type %s, want %s", m.by, m.typ, k.Type)
	case !has(k.Key):
		return fmt.Sprintf("%s has no key %s", m.by, k.Key)
	}
	return ""
}

// secrets are the Secrets that an object holds or that controllers make from it.
// Of kinds that are not known here nothing can be said.
func secrets(id manifest.ID, n *yaml.Node) []made {
	spec := manifest.Field(n, "spec")
	switch id.Group + "/" + id.Kind {
	case "/Secret":
		m := made{name: id.Name, typ: manifest.Text(n, "type"), keys: names(n, "data", "stringData"), whole: true}
		if m.typ == "" {
			m.typ = "Opaque"
		}
		return []made{m}
	case "external-secrets.io/ExternalSecret":
		return externalSecret(id.Name, spec)
	case "external-secrets.io/ClusterExternalSecret":
		name := manifest.Text(spec, "externalSecretName")
		if name == "" {
			name = id.Name
		}
		return externalSecret(name, manifest.Field(spec, "externalSecretSpec"))
	case "bitnami.com/SealedSecret":
		template := manifest.Field(spec, "template")
		keys := append(names(spec, "encryptedData"), names(template, "data")...)
		return []made{{name: id.Name, typ: manifest.Text(template, "type"), keys: keys, whole: true}}
	case "isindir.github.com/SopsSecret":
		var all []made
		for _, t := range manifest.Items(manifest.Field(spec, "secretTemplates")) {
			all = append(all, made{name: manifest.Text(t, "name"), typ: manifest.Text(t, "type"), keys: names(t, "data", "stringData"), whole: true})
		}
		return all
	case "secrets-store.csi.x-k8s.io/SecretProviderClass":
		var all []made
		for _, o := range manifest.Items(manifest.Field(spec, "secretObjects")) {
			m := made{name: manifest.Text(o, "secretName"), typ: manifest.Text(o, "type"), whole: true}
			for _, d := range manifest.Items(manifest.Field(o, "data")) {
				m.keys = append(m.keys, manifest.Text(d, "key"))
			}
			all = append(all, m)
		}
		return all
	case "secrets.hashicorp.com/VaultStaticSecret", "secrets.hashicorp.com/VaultDynamicSecret":
		return []made{{name: manifest.Text(manifest.Field(spec, "destination"), "name")}}
	case "networking.k8s.io/Ingress", "gateway.networking.k8s.io/Gateway":
		return issued(id, n)
	case "cert-manager.io/Certificate":
		return certificate(n)
	case "onepassword.com/OnePasswordItem":
		return []made{{name: id.Name}}
	}
	return nil
}

// externalSecret reads the spec of an ExternalSecret. Its keys are all known when
// it lists them one by one and owns the Secret.
func externalSecret(name string, spec *yaml.Node) []made {
	target := manifest.Field(spec, "target")
	if n := manifest.Text(target, "name"); n != "" {
		name = n
	}
	policy := manifest.Text(target, "creationPolicy")
	if policy == "None" {
		return nil
	}
	template := manifest.Field(target, "template")
	m := made{name: name, typ: manifest.Text(template, "type")}
	m.keys = names(template, "data")
	if len(m.keys) == 0 || manifest.Text(template, "mergePolicy") == "Merge" {
		for _, d := range manifest.Items(manifest.Field(spec, "data")) {
			m.keys = append(m.keys, manifest.Text(d, "secretKey"))
		}
	}
	m.whole = policy != "Merge" && len(m.keys) > 0 &&
		manifest.Field(spec, "dataFrom") == nil && manifest.Field(template, "templateFrom") == nil
	return []made{m}
}

// names are the keys of the mappings at these fields.
func names(n *yaml.Node, fields ...string) []string {
	var all []string
	for _, field := range fields {
		if m := manifest.Field(n, field); m != nil && m.Kind == yaml.MappingNode {
			for i := 0; i < len(m.Content); i += 2 {
				all = append(all, m.Content[i].Value)
			}
		}
	}
	return all
}
