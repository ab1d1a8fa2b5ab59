package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// ConfigChecksum is the pod template annotation that holds a digest of what
// the template reads from ConfigMaps of the set. The chart has none, so a
// changed setting would restart nothing.
const ConfigChecksum = "airstrip.dev/config-checksum"

// checksum writes ConfigChecksum on each pod template that reads a ConfigMap of
// the set: whole ConfigMaps where they are mounted or taken with envFrom, single
// keys where single keys are read. So a changed key restarts what reads it.
func (t *pass) checksum() {
	maps := make(map[string]*yaml.Node)
	for _, o := range t.objects {
		if id := o.id(); id.Kind == "ConfigMap" && id.Group == "" {
			maps[id.Namespace+"/"+id.Name] = o.YNode()
		}
	}
	for _, o := range t.objects {
		template := manifest.PodTemplate(o.RNode)
		if template == nil {
			continue
		}
		ns := o.id().Namespace
		reads := make(map[string]string)
		for _, ref := range configRefs(manifest.Field(template, "spec")) {
			if m := maps[ns+"/"+ref.name]; m != nil {
				reads[ref.name+"\x00"+ref.key] = content(m, ref.key)
			}
		}
		if len(reads) == 0 {
			continue
		}
		manifest.SetField(manifest.Ensure(template, "metadata", "annotations"), ConfigChecksum, manifest.String(digest(reads)))
	}
}

// configRef is one ConfigMap that a Pod reads; no key means all of it.
type configRef struct{ name, key string }

func configRefs(spec *yaml.Node) []configRef {
	var refs []configRef
	add := func(name, key string) {
		if name != "" {
			refs = append(refs, configRef{name, key})
		}
	}
	for _, c := range manifest.Containers(spec) {
		for _, e := range manifest.Items(manifest.Field(c, "envFrom")) {
			add(manifest.Text(manifest.Field(e, "configMapRef"), "name"), "")
		}
		for _, e := range manifest.Items(manifest.Field(c, "env")) {
			ref := manifest.Lookup(e, "valueFrom", "configMapKeyRef")
			add(manifest.Text(ref, "name"), manifest.Text(ref, "key"))
		}
	}
	for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
		add(manifest.Text(manifest.Field(v, "configMap"), "name"), "")
		for _, s := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
			add(manifest.Text(manifest.Field(s, "configMap"), "name"), "")
		}
	}
	return refs
}

// content is the text that stands for a ConfigMap, or for one key of it.
func content(m *yaml.Node, key string) string {
	if key != "" {
		return manifest.Text(manifest.Field(m, "data"), key)
	}
	all := make(map[string]string)
	for _, field := range []string{"data", "binaryData"} {
		data := manifest.Field(m, field)
		for i := 0; data != nil && i+1 < len(data.Content); i += 2 {
			all[field+"/"+data.Content[i].Value] = data.Content[i+1].Value
		}
	}
	return digest(all)
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
