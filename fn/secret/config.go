package secret

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

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

// What a file of rules may be at most: far above any, in bytes and in nodes of
// YAML.
const (
	maxConfig      = 1 << 20
	maxConfigNodes = 20_000
)

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
	if crowded(data, maxMarks) {
		return nil, c.wrong("", "more than %d values", maxConfigNodes)
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
	nodes := 0
	if err := c.keysOnce(doc.Content[0], &nodes); err != nil {
		return nil, err
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

// keysOnce refuses keys that stand twice, and more than any config holds. The YAML
// library does so too: it compares each key with each other, and has a message
// for each two that are the same.
func (c *config) keysOnce(n *yaml.Node, nodes *int) error {
	if *nodes++; *nodes > maxConfigNodes {
		return c.wrong("", "more than %d values", maxConfigNodes)
	}
	seen := map[string]bool{}
	for i, e := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && e.Kind == yaml.ScalarNode {
			if seen[e.Value] {
				return c.wrong("", "line %d: the same key stands twice", e.Line)
			}
			seen[e.Value] = true
		}
		if err := c.keysOnce(e, nodes); err != nil {
			return err
		}
	}
	return nil
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
	if f := manifest.Lookup(c.root, "stores", "yaml", "indent"); f != nil && f.Decode(&n) == nil && n > 0 {
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
	if f := manifest.Field(r, "mac_only_encrypted"); f != nil && f.Decode(new(bool)) != nil {
		return nil, c.wrong(at+".mac_only_encrypted", "is not true or false")
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
	var said []string
	for _, field := range []string{
		"unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex",
	} {
		if manifest.Text(r, field) != "" {
			said = append(said, field)
		}
	}
	switch {
	case len(said) > 1:
		return c.wrong(at, "has %s: SOPS takes one of them", strings.Join(said, " and "))
	case len(said) == 1 && strings.HasSuffix(said[0], "_comment_regex"):
		return c.wrong(at+"."+said[0], "decides by comments what is sealed, and kustomize drops comments: write encrypted_regex: %s", EncryptedRegex)
	}
	s := Sealed{}
	s.meta.UnencryptedSuffix = manifest.Text(r, "unencrypted_suffix")
	s.meta.EncryptedSuffix = manifest.Text(r, "encrypted_suffix")
	s.meta.UnencryptedRegex = manifest.Text(r, "unencrypted_regex")
	s.meta.EncryptedRegex = manifest.Text(r, "encrypted_regex")
	if len(said) == 0 {
		return nil // SOPS would seal everything; what we seal has an expression of its own
	}
	var p problems
	// What goes by the name of a key leaves the next key in clear.
	values := s.covers(&p, "data", "-") && s.covers(&p, "stringData", "-")
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
