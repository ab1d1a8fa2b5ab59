package manifest

import "sigs.k8s.io/kustomize/kyaml/yaml"

// Recipient is somebody who can open a Secret that SOPS has sealed.
type Recipient struct {
	// Kind is SOPS' name for the kind of key: age, pgp, kms, gcp_kms, azure_kv,
	// hc_vault, hckms.
	Kind string
	// Parts are what the key is known by: first the key, or the server that has it.
	Parts []string
}

// recipientFields are where SOPS writes who can open a file, by kind of key, and what
// each is known by (getsops/sops, stores/stores.go).
var recipientFields = []struct {
	kind   string
	fields []string
}{
	{"age", []string{"recipient"}},
	{"pgp", []string{"fp"}},
	{"kms", []string{"arn", "role"}},
	{"gcp_kms", []string{"resource_id"}},
	{"azure_kv", []string{"vault_url", "name", "version"}},
	{"hc_vault", []string{"vault_address", "engine_path", "key_name"}},
	{"hckms", []string{"key_id"}},
}

// Recipients lists who can open a Secret, in any key group, by what SOPS has written
// beside its values.
func Recipients(sops *yaml.Node) []Recipient {
	var all []Recipient
	for _, group := range append([]*yaml.Node{sops}, Items(Field(sops, "key_groups"))...) {
		for _, r := range recipientFields {
			for _, item := range Items(Field(group, r.kind)) {
				var parts []string
				for _, field := range r.fields {
					if text := Text(item, field); text != "" {
						parts = append(parts, text)
					}
				}
				all = append(all, Recipient{r.kind, parts})
			}
		}
	}
	return all
}
