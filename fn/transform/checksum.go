package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// The pod template annotations that hold a digest of what the template reads from
// ConfigMaps and from sealed Secrets of the set. The chart has none, so a changed
// setting or password would restart nothing.
const (
	ConfigChecksum = "airstrip.dev/config-checksum"
	SecretChecksum = "airstrip.dev/secret-checksum"
)

// checksum writes the digests on each pod template that reads a ConfigMap or a
// sealed Secret of the set: of all of it where it is mounted or taken with
// envFrom, of single keys where single keys are read. So a changed key restarts
// what reads it. Of a Secret the ciphertext counts, which stays the same while
// the value does, and from which nothing can be guessed.
func checksum(s manifest.Set) {
	configs, secrets := make(map[string]contents), make(map[string]contents)
	for _, n := range s {
		id := manifest.IDOf(n)
		at := id.Namespace + "/" + id.Name
		switch {
		case id.Group == "" && id.Kind == "ConfigMap":
			configs[at] = textsOf(n.YNode(), "data", "binaryData")
		case id.Group == "" && id.Kind == "Secret" && manifest.Field(n.YNode(), "sops") != nil:
			secrets[at] = tokens(textsOf(n.YNode(), "data", "stringData"))
		case id.Group == "bitnami.com" && id.Kind == "SealedSecret":
			secrets[at] = textsOf(manifest.Field(n.YNode(), "spec"), "encryptedData")
		}
	}
	for _, n := range s {
		if template := manifest.PodTemplate(n); template != nil {
			ns, spec := manifest.IDOf(n).Namespace, manifest.Field(template, "spec")
			annotate(template, ConfigChecksum, configMaps.reads(spec, ns, configs))
			annotate(template, SecretChecksum, sealedSecrets.reads(spec, ns, secrets))
		}
	}
}

func annotate(template *yaml.Node, annotation string, reads map[string]string) {
	if len(reads) > 0 {
		manifest.SetField(manifest.Ensure(template, "metadata", "annotations"), annotation, manifest.String(digest(reads)))
	}
}

// contents are the texts of a ConfigMap or Secret, by field/key.
type contents map[string]string

func textsOf(n *yaml.Node, fields ...string) contents {
	all := make(contents)
	for _, field := range fields {
		for key, text := range manifest.Texts(manifest.Field(n, field)) {
			all[field+"/"+key] = text
		}
	}
	return all
}

// tokens are the texts that SOPS has sealed. A digest of any other would help to
// guess it.
func tokens(c contents) contents {
	maps.DeleteFunc(c, func(_, text string) bool { return !strings.HasPrefix(text, "ENC[AES256_GCM,") })
	return c
}

// source is how a Pod's spec names the objects of a kind.
type source struct {
	envFrom, env, volume string
	// volumeName is where a volume has the object's name.
	volumeName string
	// fields are where the objects of the kind keep single keys.
	fields []string
	// sparse says that keys which are not there do not count.
	sparse bool
}

var (
	configMaps    = source{"configMapRef", "configMapKeyRef", "configMap", "name", []string{"data"}, false}
	sealedSecrets = source{"secretRef", "secretKeyRef", "secret", "secretName", []string{"data", "stringData", "encryptedData"}, true}
)

// reads is what stands for each thing that a Pod's spec reads, where it is known.
func (k source) reads(spec *yaml.Node, ns string, all map[string]contents) map[string]string {
	m := make(map[string]string)
	add := func(name, key string) {
		c, ok := all[ns+"/"+name]
		if name == "" || !ok {
			return
		}
		at := name + "\x00" + key
		if _, done := m[at]; done {
			return
		}
		var text string
		var found bool
		if key == "" {
			text, found = digest(c), len(c) > 0
		} else {
			text, found = k.text(c, key)
		}
		if found || !k.sparse {
			m[at] = text
		}
	}
	for _, c := range manifest.Containers(spec) {
		for _, e := range manifest.Items(manifest.Field(c, "envFrom")) {
			add(manifest.Text(manifest.Field(e, k.envFrom), "name"), "")
		}
		for _, e := range manifest.Items(manifest.Field(c, "env")) {
			ref := manifest.Lookup(e, "valueFrom", k.env)
			add(manifest.Text(ref, "name"), manifest.Text(ref, "key"))
		}
	}
	for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
		add(manifest.Text(manifest.Field(v, k.volume), k.volumeName), "")
		for _, s := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
			add(manifest.Text(manifest.Field(s, k.volume), "name"), "")
		}
	}
	return m
}

func (k source) text(c contents, key string) (text string, found bool) {
	for _, field := range k.fields {
		if text, found = c[field+"/"+key]; found {
			return text, true
		}
	}
	return "", false
}

// digest is a short hash of a map, the same for the same entries. Lengths are
// hashed too, so that no two maps run together.
func digest(m map[string]string) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(h, "%d %d %s%s", len(k), len(m[k]), k, m[k])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
