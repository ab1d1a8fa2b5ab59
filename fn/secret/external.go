package secret

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Object is the ExternalSecret that makes a Secret of these keys. Keys in empty
// have no value, and need no entry in the store. Typ is the type of the Secret,
// empty for Opaque.
//
// What the API server adds inside lists is written out: Argo CD would find a
// difference otherwise, for ever.
func (e *ExternalSecret) Object(name, namespace, typ string, keys, empty []string) (*yaml.RNode, error) {
	var data []any
	var lost []string
	said := map[string]RemoteKey{}
	for _, k := range e.Keys {
		said[k.Key] = k
		if !slices.Contains(keys, k.Key) {
			keys = append(keys[:len(keys):len(keys)], k.Key)
		}
	}
	keys = slices.Sorted(slices.Values(keys))
	for _, key := range keys {
		ref := map[string]any{"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
		k := said[key]
		remote, property := k.RemoteKey, k.Property
		if remote == "" {
			remote = e.RemoteKey
			if property == "" {
				property = key
			}
		}
		if remote == "" {
			lost = append(lost, key)
			continue
		}
		ref["key"] = remote
		for field, text := range map[string]string{"property": property, "version": k.Version, "decodingStrategy": k.Decoding} {
			if text != "" {
				ref[field] = text
			}
		}
		data = append(data, map[string]any{"secretKey": key, "remoteRef": ref})
	}
	if len(lost) > 0 {
		return nil, &FormatError{[]Problem{{
			Field: "externalSecret.remoteKey", Message: fmt.Sprintf("is missing: nothing says where keys of %s are found: %s", name, strings.Join(lost, ", ")),
			Hint: "name an entry of the store for all of them, or list them under externalSecret.keys",
		}}}
	}
	target := map[string]any{"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
	template := map[string]any{}
	if typ != "" && typ != "Opaque" {
		template["type"] = typ
	}
	if len(empty) > 0 {
		blank := map[string]any{}
		for _, key := range empty {
			blank[key] = ""
		}
		template["data"], template["mergePolicy"] = blank, "Merge"
	}
	if len(template) > 0 {
		template["engineVersion"] = "v2"
		target["template"] = template
	}
	store := map[string]any{"name": e.Store.Name, "kind": e.Store.Kind}
	if e.Store.Kind == "" {
		store["kind"] = "SecretStore"
	}
	interval := e.RefreshInterval
	if interval == "" {
		interval = "1h"
	}
	spec := map[string]any{"secretStoreRef": store, "refreshInterval": interval, "target": target}
	if len(data) > 0 {
		spec["data"] = data
	}
	n, err := manifest.FromValue(map[string]any{
		"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("ExternalSecret/%s: %s", name, strings.TrimSpace(err.Error()))
	}
	return yaml.NewRNode(n), nil
}
