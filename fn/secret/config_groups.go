package secret

import (
	"errors"
	"fmt"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// groups are the key groups of a rule.
func (c *config) groups(at string, r *yaml.Node) ([]sops.KeyGroup, error) {
	list := manifest.Field(r, "key_groups")
	if err := c.isList(at+".key_groups", list); err != nil {
		return nil, err
	}
	if len(manifest.Items(list)) > 0 {
		var groups []sops.KeyGroup
		for i, g := range manifest.Items(list) {
			group, err := c.group(fmt.Sprintf("%s.key_groups[%d]", at, i), g)
			if err != nil {
				return nil, err
			}
			groups = append(groups, distinct(group))
		}
		return groups, nil
	}
	var group sops.KeyGroup
	profile := manifest.Text(r, "aws_profile")
	for _, kind := range []struct {
		field string
		key   func(string) (keys.MasterKey, error)
	}{
		{"age", ageKey}, {"pgp", pgpKey},
		{"kms", func(s string) (keys.MasterKey, error) { return kms.NewMasterKeyFromArn(s, nil, profile), nil }},
		{"gcp_kms", func(s string) (keys.MasterKey, error) { return gcpkms.NewMasterKeyFromResourceID(s), nil }},
		{"hckms", func(s string) (keys.MasterKey, error) { return hckms.NewMasterKey(s) }},
		{"azure_keyvault", azureKey},
		{"hc_vault_transit_uri", vaultKey},
	} {
		f := manifest.Field(r, kind.field)
		if kind.field == "hckms" {
			if err := c.isList(at+".hckms", f); err != nil {
				return nil, err // here SOPS takes no text
			}
		}
		texts, err := c.texts(at+"."+kind.field, f)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			key, err := kind.key(text)
			if err != nil {
				return nil, c.wrong(at+"."+kind.field, "%q is no recipient", text)
			}
			group = append(group, key)
		}
	}
	return []sops.KeyGroup{distinct(group)}, nil
}

// isList refuses what SOPS cannot take for a list. A dash that is missing would
// take everybody out.
func (c *config) isList(at string, n *yaml.Node) error {
	if n == nil || n.Tag == yaml.NodeTagNull || n.Kind == yaml.SequenceNode {
		return nil
	}
	return c.wrong(at, "is no list")
}

// texts reads a field that is a list or a text with commas.
func (c *config) texts(at string, n *yaml.Node) ([]string, error) {
	var all []string
	switch {
	case n == nil || n.Tag == yaml.NodeTagNull:
	case n.Kind == yaml.ScalarNode && n.Tag == yaml.NodeTagString:
		for _, s := range strings.Split(n.Value, ",") {
			if s = strings.TrimSpace(s); s != "" {
				all = append(all, s)
			}
		}
	case n.Kind == yaml.SequenceNode:
		for _, e := range n.Content {
			if e.Kind != yaml.ScalarNode || e.Tag != yaml.NodeTagString || strings.TrimSpace(e.Value) == "" {
				return nil, c.wrong(at, "holds something that is no text")
			}
			// SOPS joins lists with commas and splits them again.
			for _, s := range strings.Split(e.Value, ",") {
				if s = strings.TrimSpace(s); s != "" {
					all = append(all, s)
				}
			}
		}
	default:
		return nil, c.wrong(at, "is no list of texts")
	}
	return all, nil
}

// group is an entry of key_groups, in SOPS' order of kinds.
func (c *config) group(at string, g *yaml.Node) (sops.KeyGroup, error) {
	if err := c.known(at, g, "merge", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "age", "pgp"); err != nil {
		return nil, err
	}
	var group sops.KeyGroup
	merge := manifest.Field(g, "merge")
	if err := c.isList(at+".merge", merge); err != nil {
		return nil, err
	}
	for i, m := range manifest.Items(merge) {
		below, err := c.group(fmt.Sprintf("%s.merge[%d]", at, i), m)
		if err != nil {
			return nil, err
		}
		group = append(group, below...)
	}
	for _, kind := range []struct {
		field string
		key   func(n *yaml.Node) (keys.MasterKey, error)
	}{
		{"age", func(n *yaml.Node) (keys.MasterKey, error) { return ageKey(n.Value) }},
		{"pgp", func(n *yaml.Node) (keys.MasterKey, error) { return pgpKey(n.Value) }},
		{"kms", kmsKey},
		{"gcp_kms", func(n *yaml.Node) (keys.MasterKey, error) {
			return gcpkms.NewMasterKeyFromResourceID(manifest.Text(n, "resource_id")), present(n, "resource_id")
		}},
		{"hckms", func(n *yaml.Node) (keys.MasterKey, error) { return hckms.NewMasterKey(manifest.Text(n, "key_id")) }},
		{"azure_keyvault", func(n *yaml.Node) (keys.MasterKey, error) {
			return azkv.NewMasterKey(manifest.Text(n, "vaultUrl"), manifest.Text(n, "key"), manifest.Text(n, "version")),
				errors.Join(present(n, "vaultUrl"), present(n, "key"))
		}},
		{"hc_vault", func(n *yaml.Node) (keys.MasterKey, error) { return vaultKey(n.Value) }},
	} {
		list := manifest.Field(g, kind.field)
		if err := c.isList(at+"."+kind.field, list); err != nil {
			return nil, err
		}
		for i, n := range manifest.Items(list) {
			at := fmt.Sprintf("%s.%s[%d]", at, kind.field, i)
			if fields := recipientFields[kind.field]; fields != nil {
				if err := c.known(at, n, fields...); err != nil {
					return nil, err
				}
			}
			key, err := kind.key(n)
			if errors.Is(err, errContext) {
				return nil, c.wrong(at+".context", "%v", err)
			}
			if err != nil {
				return nil, c.wrong(at, "is no recipient")
			}
			group = append(group, key)
		}
	}
	return group, nil
}

// recipientFields are the fields of recipients in a key group that are more than
// a text (sops v3, config/config.go: keyGroup).
var recipientFields = map[string][]string{
	"kms": {"arn", "role", "context", "aws_profile"}, "gcp_kms": {"resource_id"}, "hckms": {"key_id"}, "azure_keyvault": {"vaultUrl", "key", "version"},
}

func present(n *yaml.Node, field string) error {
	if manifest.Text(n, field) == "" {
		return errors.New("missing")
	}
	return nil
}

// errContext is of a context that SOPS refuses or leaves out, so that the key
// would be bound to less than is meant.
var errContext = errors.New("is no mapping of texts: put numbers in quotes")

func kmsKey(n *yaml.Node) (keys.MasterKey, error) {
	var context map[string]*string
	if f := manifest.Field(n, "context"); f != nil && f.Tag != yaml.NodeTagNull {
		if f.Kind != yaml.MappingNode {
			return nil, errContext
		}
		for i := 0; i+1 < len(f.Content); i += 2 {
			v := f.Content[i+1]
			if v.Tag != yaml.NodeTagString || v.Value == "" {
				return nil, errContext
			}
			if context == nil {
				context = map[string]*string{}
			}
			context[f.Content[i].Value] = &v.Value
		}
	}
	return kms.NewMasterKeyWithProfile(manifest.Text(n, "arn"), manifest.Text(n, "role"), context, manifest.Text(n, "aws_profile")), present(n, "arn")
}
