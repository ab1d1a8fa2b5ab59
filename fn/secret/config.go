package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// config is a .sops.yaml. It is read here and not by SOPS' package of that name,
// which brings in the clients of S3 and Cloud Storage, a third of the binary, and
// lets pass what makes SOPS write files in clear: options that it does not know,
// expressions that do not compile. A test holds the two to the same recipients.
type config struct {
	name string
	root *yaml.Node
}

// maxConfig is far above any file of rules, in bytes.
const maxConfig = 1 << 20

func readConfig(name string) (*config, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	c := &config{name: name}
	if len(data) > maxConfig {
		return nil, c.wrong("", "larger than %d MiB", maxConfig>>20)
	}
	// Anchors and aliases name people here.
	if err := manifest.CheckAliases(data); err != nil {
		return nil, c.wrong("", "%v", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, c.wrong("", "%v", syntax(err))
	}
	if len(doc.Content) == 0 {
		return c, nil
	}
	// What is decoded and written again has its aliases and merges resolved.
	var v any
	if err := doc.Decode(&v); err != nil {
		return nil, c.wrong("", "%v", syntax(err))
	}
	if v == nil {
		return c, nil
	}
	root, err := manifest.FromValue(v)
	if err != nil || root.Kind != yaml.MappingNode {
		return nil, c.wrong("", "is no mapping")
	}
	c.root = root
	return c, c.known("", root, "creation_rules", "destination_rules", "stores")
}

func (c *config) wrong(field, format string, args ...any) error {
	if field != "" {
		field = ": " + field
	}
	return fmt.Errorf("%s%s: %s", c.name, field, fmt.Sprintf(format, args...))
}

// known refuses fields that SOPS would overlook.
func (c *config) known(at string, n *yaml.Node, fields ...string) error {
	if n.Kind != yaml.MappingNode {
		return c.wrong(at, "is no mapping")
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		found := false
		for _, f := range fields {
			found = found || f == key
		}
		if found {
			continue
		}
		if at != "" {
			key = at + "." + key
		}
		if near := manifest.Nearest(n.Content[i].Value, fields); near != "" {
			return c.wrong(key, "unknown, and SOPS would overlook it: did you mean %q?", near)
		}
		return c.wrong(key, "unknown, and SOPS would overlook it")
	}
	return nil
}

// indent is what SOPS indents YAML by.
func (c *config) indent() int {
	var n int
	if f := manifest.Lookup(c.root, "stores", "yaml", "indent"); f != nil && f.Decode(&n) == nil && n > 0 && n < 10 {
		return n
	}
	return defaultIndent
}

// rule returns the rule for a file: the first whose path_regex matches. It is nil
// where the config has no rules at all.
func (c *config) rule(file string) (*Rule, error) {
	rules := manifest.Field(c.root, "creation_rules")
	if rules == nil || rules.Tag == yaml.NodeTagNull {
		return nil, nil
	}
	if rules.Kind != yaml.SequenceNode {
		return nil, c.wrong("creation_rules", "is no list")
	}
	rel, err := relative(c.name, file)
	if err != nil {
		return nil, err
	}
	for i, r := range rules.Content {
		at := fmt.Sprintf("creation_rules[%d]", i)
		if err := c.known(at, r, ruleFields...); err != nil {
			return nil, err
		}
		expr := manifest.Text(r, "path_regex")
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, c.wrong(at+".path_regex", "does not compile: %v", err)
		}
		if !re.MatchString(rel) {
			continue
		}
		rule, err := c.read(at, r)
		if err != nil {
			return nil, err
		}
		rule.file, rule.pathRegex = c.name, expr
		return rule, nil
	}
	return nil, c.wrong("creation_rules", "none is about %s", rel)
}

// ruleFields are the fields of a rule (sops v3, config/config.go: creationRule).
var ruleFields = []string{
	"path_regex", "kms", "aws_profile", "age", "pgp", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "key_groups",
	"shamir_threshold", "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex",
	"encrypted_comment_regex", "mac_only_encrypted",
}

func (c *config) read(at string, r *yaml.Node) (*Rule, error) {
	if err := c.sealsValues(at, r); err != nil {
		return nil, err
	}
	threshold := 0
	if f := manifest.Field(r, "shamir_threshold"); f != nil {
		if f.Decode(&threshold) != nil || threshold < 0 {
			return nil, c.wrong(at+".shamir_threshold", "is no number")
		}
	}
	groups, err := c.groups(at, r)
	if err != nil {
		return nil, err
	}
	switch {
	case len(groups) > 1 && threshold == 0:
		// The usual mistake is a dash too many; SOPS then asks for all groups.
		return nil, c.wrong(at+".key_groups", "are %d groups, and a key of each would be needed to open a file: "+
			"list the keys in one group, or set shamir_threshold if that is meant", len(groups))
	case len(groups) > 1 && (threshold < 2 || threshold > len(groups)):
		return nil, c.wrong(at+".shamir_threshold", "is %d, want 2 to %d, the number of key groups", threshold, len(groups))
	case len(groups) == 1:
		threshold = 0 // of no meaning to SOPS either
	}
	for _, g := range groups {
		if len(g) == 0 {
			return nil, c.wrong(at, "names nobody who can open a file")
		}
	}
	return newRule(c.name+": "+at, groups, threshold, c.indent()), nil
}

// sealsValues refuses a rule by which SOPS itself would leave the values of a
// Secret in clear, or seal what tells that it is one.
func (c *config) sealsValues(at string, r *yaml.Node) error {
	s := Sealed{}
	s.meta.UnencryptedSuffix = manifest.Text(r, "unencrypted_suffix")
	s.meta.EncryptedSuffix = manifest.Text(r, "encrypted_suffix")
	s.meta.UnencryptedRegex = manifest.Text(r, "unencrypted_regex")
	s.meta.EncryptedRegex = manifest.Text(r, "encrypted_regex")
	if s.meta.UnencryptedSuffix+s.meta.EncryptedSuffix+s.meta.UnencryptedRegex+s.meta.EncryptedRegex == "" {
		return nil // SOPS would seal everything; what we seal has an expression of its own
	}
	var p problems
	values := s.covers(&p, "data", "database-password") && s.covers(&p, "stringData", "database-password")
	rest := s.covers(&p, "apiVersion") || s.covers(&p, "kind") || s.covers(&p, "metadata", "name") || s.covers(&p, "type")
	switch {
	case len(p) > 0:
		return c.wrong(at+strings.TrimPrefix(p[0].Field, "sops"), "%s", p[0].Message)
	case !values:
		return c.wrong(at, "leaves the values of a Secret in clear: write encrypted_regex: %s", EncryptedRegex)
	case rest:
		return c.wrong(at, "seals more than the values of a Secret: write encrypted_regex: %s", EncryptedRegex)
	}
	return nil
}

// groups are the key groups of a rule.
func (c *config) groups(at string, r *yaml.Node) ([]sops.KeyGroup, error) {
	if list := manifest.Field(r, "key_groups"); list != nil && len(list.Content) > 0 {
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
		{"hc_vault_transit_uri", func(s string) (keys.MasterKey, error) { return hcvault.NewMasterKeyFromURI(s) }},
	} {
		texts, err := c.texts(at+"."+kind.field, manifest.Field(r, kind.field))
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

// texts reads a field that is a list or a text with commas.
func (c *config) texts(at string, n *yaml.Node) ([]string, error) {
	var all []string
	switch {
	case n == nil || n.Tag == yaml.NodeTagNull:
	case n.Kind == yaml.ScalarNode:
		for _, s := range strings.Split(n.Value, ",") {
			if s = strings.TrimSpace(s); s != "" {
				all = append(all, s)
			}
		}
	case n.Kind == yaml.SequenceNode:
		for _, e := range n.Content {
			if e.Kind != yaml.ScalarNode || strings.TrimSpace(e.Value) == "" {
				return nil, c.wrong(at, "holds something that is no text")
			}
			// SOPS joins lists with commas and splits them again.
			for _, s := range strings.Split(e.Value, ",") {
				all = append(all, strings.TrimSpace(s))
			}
		}
	default:
		return nil, c.wrong(at, "is no list")
	}
	return all, nil
}

// group is an entry of key_groups, in SOPS' order of kinds.
func (c *config) group(at string, g *yaml.Node) (sops.KeyGroup, error) {
	if err := c.known(at, g, "merge", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "age", "pgp"); err != nil {
		return nil, err
	}
	var group sops.KeyGroup
	for i, m := range manifest.Items(manifest.Field(g, "merge")) {
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
		{"hc_vault", func(n *yaml.Node) (keys.MasterKey, error) { return hcvault.NewMasterKeyFromURI(n.Value) }},
	} {
		list := manifest.Field(g, kind.field)
		if list != nil && list.Tag != yaml.NodeTagNull && list.Kind != yaml.SequenceNode {
			return nil, c.wrong(at+"."+kind.field, "is no list")
		}
		for i, n := range manifest.Items(list) {
			key, err := kind.key(n)
			if err != nil {
				return nil, c.wrong(fmt.Sprintf("%s.%s[%d]", at, kind.field, i), "is no recipient")
			}
			group = append(group, key)
		}
	}
	return group, nil
}

func present(n *yaml.Node, field string) error {
	if manifest.Text(n, field) == "" {
		return errors.New("missing")
	}
	return nil
}

func kmsKey(n *yaml.Node) (keys.MasterKey, error) {
	var context map[string]*string
	for k, v := range manifest.Texts(manifest.Field(n, "context")) {
		if context == nil {
			context = map[string]*string{}
		}
		context[k] = &v
	}
	return kms.NewMasterKeyWithProfile(manifest.Text(n, "arn"), manifest.Text(n, "role"), context, manifest.Text(n, "aws_profile")), present(n, "arn")
}
