package secret

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/stores"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// recipientLists are the fields of a sops block that list recipients by kind, and
// what is required of each (sops v3, stores/stores.go).
var recipientLists = map[string][]string{
	"age": {"recipient"}, "pgp": {"fp", "created_at"}, "kms": {"arn", "created_at"}, "gcp_kms": {"resource_id", "created_at"},
	"azure_kv": {"vault_url", "name", "version", "created_at"}, "hc_vault": {"vault_address", "engine_path", "key_name", "created_at"},
	"hckms": {"key_id", "created_at"},
}

// recipientExtras may stand beside what is required.
var recipientExtras = []string{"enc", "role", "context", "aws_profile"}

// metadata reads the sops block. What is looked at first is what the SOPS library
// would convert or overlook.
func (s *Sealed) metadata(p *problems) {
	block := manifest.Field(s.root, "sops")
	if block.Kind != yaml.MappingNode {
		return // said already
	}
	before := p.wrong()
	for i := 0; i+1 < len(block.Content); i += 2 {
		s.metadataField(p, block.Content[i].Value, block.Content[i+1])
	}
	if p.wrong() > before {
		return
	}
	for _, field := range []string{"lastmodified", "mac", "version"} {
		if manifest.Text(block, field) == "" {
			p.add("sops."+field, "restore the file from git", "is missing")
		}
	}
	if size, ok := tokenSize(manifest.Text(block, "mac")); !ok || size != macSize {
		p.add("sops.mac", "restore the file from git", "is no MAC that SOPS has sealed")
	}
	modified := manifest.Text(block, "lastmodified")
	if t, err := time.Parse(time.RFC3339, modified); err != nil || t.Format(time.RFC3339) != modified {
		p.add("sops.lastmodified", "restore the file from git", "is no time as SOPS writes it")
	}
	if p.wrong() > before {
		return
	}
	_, meta, err := stores.ExtractMetadata(sops.TreeBranches{sops.TreeBranch{{Key: "sops", Value: branch(block)}}}, stores.MetadataOpts{})
	if err != nil {
		p.add("sops", "restore the file from git", "cannot be read")
		return
	}
	s.meta, s.Modified = meta, meta.LastModified
	if len(meta.KeyGroups) > 1 {
		s.Threshold = meta.ShamirThreshold // SOPS writes it for one group too
	}
	for _, group := range meta.KeyGroups {
		for _, key := range group {
			s.Recipients = append(s.Recipients, recipientOf(key))
		}
	}
	if len(s.Recipients) == 0 {
		p.add("sops", "name somebody in .sops.yaml", "names no recipient: nobody could open it")
	}
	if !meta.MACOnlyEncrypted {
		s.unfit("sops.mac_only_encrypted", "is not true: a namespace or a label that kustomize sets would break the MAC")
	}
	if meta.UnencryptedCommentRegex != "" || meta.EncryptedCommentRegex != "" {
		p.add("sops", "seal with encrypted_regex "+EncryptedRegex, "decides by comments what is sealed, and kustomize drops comments")
	}
}

// macSize is the length of a MAC in bytes: SHA-512 in hexadecimal.
const macSize = 128

func (s *Sealed) metadataField(p *problems, name string, value *yaml.Node) {
	at := "sops." + name
	switch name {
	case "lastmodified", "mac", "version", "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
		"unencrypted_comment_regex", "encrypted_comment_regex":
		if value.Kind != yaml.ScalarNode || value.Tag != yaml.NodeTagString {
			p.add(at, "", "is not text")
		}
	case "mac_only_encrypted":
		if value.Tag != yaml.NodeTagBool {
			p.add(at, "", "is not true or false")
		}
	case "shamir_threshold":
		if value.Tag != yaml.NodeTagInt {
			p.add(at, "", "is no number")
		}
	case "key_groups":
		for _, group := range entries(p, at, value) {
			if group.Kind != yaml.MappingNode {
				p.add(at, "", "holds something that is no key group")
				continue
			}
			for i := 0; i+1 < len(group.Content); i += 2 {
				recipientList(p, at+"."+group.Content[i].Value, group.Content[i].Value, group.Content[i+1])
			}
		}
	default:
		recipientList(p, at, name, value)
	}
}

func entries(p *problems, at string, list *yaml.Node) []*yaml.Node {
	if list.Kind != yaml.SequenceNode && list.Tag != yaml.NodeTagNull {
		p.add(at, "", "is no list")
	}
	return manifest.Items(list)
}

func recipientList(p *problems, at, kind string, list *yaml.Node) {
	required, known := recipientLists[kind]
	if !known {
		p.warn(at, "", "is not known here: it may come from a newer SOPS")
		return
	}
	for _, e := range entries(p, at, list) {
		if e.Kind != yaml.MappingNode {
			p.add(at, "", "holds something that is no recipient")
			continue
		}
		for i := 0; i+1 < len(e.Content); i += 2 {
			name, value := e.Content[i].Value, e.Content[i+1]
			switch {
			case !slices.Contains(required, name) && !slices.Contains(recipientExtras, name):
				p.add(at+"."+name, "", "is not known")
			case name == "context":
				if value.Kind != yaml.MappingNode {
					p.add(at+"."+name, "", "is no mapping")
				}
				for key, text := range manifest.Texts(value) {
					if text == "" {
						p.add(at+"."+name+"."+key, "", "is empty")
					}
				}
			case value.Kind != yaml.ScalarNode || value.Tag == yaml.NodeTagNull:
				p.add(at+"."+name, "", "is not text")
			}
		}
		for _, name := range required {
			// SOPS calls a version that is not pinned "".
			if manifest.Field(e, name) == nil {
				p.add(at+"."+name, "", "is missing")
			}
		}
		enc := manifest.Text(e, "enc")
		if enc == "" || kind == "age" && !isAgeFile(enc) {
			p.add(at+".enc", "restore the file from git", "holds no data key")
		}
	}
}

// isAgeFile reports whether a text is an age file in armor, as far as can be seen
// without opening it (age-encryption.org/v1).
func isAgeFile(text string) bool {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	body, ok := strings.CutPrefix(text, "-----BEGIN AGE ENCRYPTED FILE-----\n")
	body, ok2 := strings.CutSuffix(body, "\n-----END AGE ENCRYPTED FILE-----")
	data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	return ok && ok2 && err == nil && strings.HasPrefix(string(data), "age-encryption.org/v1\n")
}

// branch is a node as the SOPS library holds it: what its own YAML store makes of
// the node (sops v3, stores/yaml), without comments.
func branch(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		b := make(sops.TreeBranch, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			b = append(b, sops.TreeItem{Key: n.Content[i].Value, Value: branch(n.Content[i+1])})
		}
		return b
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = branch(c)
		}
		return list
	}
	if n.Tag == yaml.NodeTagString {
		return n.Value
	}
	var v any
	if n.Decode(&v) != nil {
		return n.Value
	}
	return v
}
