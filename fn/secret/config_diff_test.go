package secret

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	sopsconfig "github.com/getsops/sops/v3/config"
	"golang.org/x/crypto/ssh"
)

// recipientNames stand for recipients in the configs below. None needs a network:
// SOPS asks Azure for the version of a key that is named without.
func recipientNames(t *testing.T) (*strings.Replacer, map[string]string) {
	t.Helper()
	all := map[string]string{
		"AGE1": newPerson(t, false).recipient, "AGE2": newPerson(t, false).recipient, "AGE3": newPerson(t, false).recipient, "AGEPQ": newPerson(t, true).recipient,
		"PGP1": "85D77543B3D624B63CEA9E6DBC17301B491B3F21", "PGP2": "E60892BB9BD89A69F759A1A0A3D652173B763E8F", "PGPBLANKS": "85D7 7543 B3D6 24B6 3CEA  9E6D BC17 301B 491B 3F21",
		"KMS1": "arn:aws:kms:us-west-2:927034868273:key/fe86dd69-4132-404c-ab86-4269956b4500", "KMS2": "arn:aws:kms:eu-central-1:927034868273:alias/airbyte",
		"ROLE": "arn:aws:iam::927034868273:role/sops-dev+x",
		"GCP1": "projects/mygcproject/locations/global/keyRings/mykeyring/cryptoKeys/thekey", "GCP2": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
		"AZ1": "https://myvault.vault.azure.net/keys/some-key/abcdef", "AZ2": "https://other.vault.azure.net/keys/k/1",
		"HV1": "https://vault.example.com:8200/v1/transit/keys/airbyte", "HV2": "http://127.0.0.1:8200/v1/sops/keys/second",
		"HW1": "tr-west-1:7d2b1d4e-aaaa-bbbb-cccc-0123456789ab", "HW2": "cn-north-1:12345678-aaaa-bbbb-cccc-0123456789ab",
	}
	for _, name := range []string{"SSH1", "SSH2"} {
		public, _, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ssh.NewPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	}
	var pairs []string
	for name, text := range all {
		pairs = append(pairs, name, text)
	}
	return strings.NewReplacer(pairs...), all
}

// reading is what somebody has read in a .sops.yaml: groups of recipients, each
// with its kind, and the threshold.
type reading struct {
	groups    [][]string
	threshold int
}

func readingOf(groups []sops.KeyGroup, threshold int) *reading {
	r := &reading{threshold: threshold}
	for _, g := range groups {
		var group []string
		for _, key := range g {
			text := key.TypeToIdentifier() + " " + key.ToString()
			// Ours: comments of SSH keys are left out, and who stands twice stands once.
			if fields := strings.Fields(text); len(fields) > 2 && strings.HasPrefix(fields[1], "ssh-") {
				text = strings.Join(fields[:3], " ")
			}
			if !slices.Contains(group, text) {
				group = append(group, text)
			}
		}
		r.groups = append(r.groups, group)
	}
	if len(groups) == 1 {
		r.threshold = 0 // a threshold of one group is none
	}
	return r
}

func (r *reading) equal(o *reading) bool {
	return r.threshold == o.threshold && slices.EqualFunc(r.groups, o.groups, slices.Equal)
}

// ours and theirs read the rule for a file of a place; both are nil where there
// are no rules at all.
func (p *place) ours(file string) (*reading, error) {
	rule, err := Rules{}.For(p.path(file))
	if errors.Is(err, ErrNoRule) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readingOf(rule.groups, rule.Threshold), nil
}

func (p *place) theirs(file string) (r *reading, err error) {
	defer func() {
		if e := recover(); e != nil {
			r, err = nil, fmt.Errorf("panic: %v", e)
		}
	}()
	c, err := sopsconfig.LoadCreationRuleForFile(p.path(configName), p.path(file), nil)
	if c == nil || err != nil {
		return nil, err
	}
	return readingOf(c.KeyGroups, c.ShamirThreshold), nil
}

// rules is a .sops.yaml of one rule, with these lines.
func rules(lines ...string) string { return "creation_rules:\n- " + strings.Join(lines, "\n  ") + "\n" }

// groups is a .sops.yaml of key groups.
func groups(lines ...string) string { return rules(append([]string{"key_groups:"}, lines...)...) }

// configs are read by SOPS and by us. Where nothing else is said, both read the
// same recipients, groups and threshold. Refused is what we say where SOPS reads
// something; invalid is said by both.
var configs = []struct {
	name, config string
	refused      string
	invalid      bool
	file         string // "a.sops.yaml" if empty
}{
	// Kinds of keys, as text and as list.
	{name: "age", config: rules("age: AGE1")},
	{name: "age in quotes", config: rules("age: 'AGE1'")},
	{name: "age, several", config: rules("age: AGE1,AGE2")},
	{name: "age, blanks", config: rules("age: ' AGE1 ,  AGE2 '")},
	{name: "age, trailing comma", config: rules("age: AGE1,AGE2,")},
	{name: "age, commas alone between", config: rules("age: 'AGE1,, ,AGE2'")},
	{name: "age, over lines", config: rules("age: >-", "  AGE1,", "  AGE2")},
	{name: "age, block of lines", config: rules("age: |", "  AGE1,", "  AGE2")},
	{name: "age list", config: rules("age: [AGE1, AGE2]")},
	{name: "age block list", config: rules("age:", "- AGE1", "- AGE2")},
	{name: "age list with commas", config: rules("age: ['AGE1,AGE2', AGE3]")},
	{name: "age, no recipient", config: rules("age: age1nobody"), invalid: true},
	{name: "age, an identity", config: rules("age: AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"), invalid: true},
	{name: "age list, a number", config: rules("age: [AGE1, 5]"), invalid: true},
	{name: "age, a number", config: rules("age: 5"), invalid: true},
	{name: "age, a mapping", config: rules("age: {a: AGE1}"), invalid: true},
	{name: "age list of lists", config: rules("age: [[AGE1]]"), invalid: true},
	{name: "age twice", config: rules("age: AGE1,AGE1")},
	{name: "age list twice", config: rules("age: [AGE1, AGE2, AGE1]")},
	{name: "post-quantum", config: rules("age: AGEPQ")},
	{name: "ssh", config: rules("age: SSH1")},
	{name: "ssh with a comment", config: rules("age: SSH1 alice@laptop")},
	{name: "ssh with comments, list", config: rules("age: ['SSH1 alice@laptop', 'SSH2 bob at home']")},
	{name: "ssh beside age", config: rules("age: 'AGE1, SSH1 alice'")},
	{name: "ssh, an authorized_keys option", config: rules("age: 'no-pty SSH1'"), invalid: true},
	{name: "pgp", config: rules("pgp: PGP1")},
	{name: "pgp, several", config: rules("pgp: 'PGP1, PGP2'")},
	{name: "pgp list", config: rules("pgp: [PGP1, PGP2]")},
	{name: "pgp, blanks inside", config: rules("pgp: PGPBLANKS")},
	{name: "pgp, no fingerprint", config: rules("pgp: alice@example.com"), refused: "is no recipient"},
	{name: "pgp list, digits without quotes", config: rules("pgp: [1234567890]"), invalid: true},
	{name: "kms", config: rules("kms: KMS1")},
	{name: "kms with a role", config: rules("kms: KMS1+ROLE")},
	{name: "kms, several", config: rules("kms: 'KMS1+ROLE,KMS2'")},
	{name: "kms with a profile", config: rules("kms: KMS1", "aws_profile: dev")},
	{name: "kms list", config: rules("kms: [KMS1, KMS2]")},
	{name: "gcp", config: rules("gcp_kms: GCP1")},
	{name: "gcp, several", config: rules("gcp_kms: GCP1,GCP2")},
	{name: "gcp list", config: rules("gcp_kms: [GCP1, GCP2]")},
	{name: "azure", config: rules("azure_keyvault: AZ1")},
	{name: "azure, several", config: rules("azure_keyvault: AZ1, AZ2")},
	{name: "azure list", config: rules("azure_keyvault: [AZ1, AZ2]")},
	{name: "azure, no URL of a key", config: rules("azure_keyvault: https://myvault.vault.azure.net/secrets/a/b"), invalid: true},
	{name: "vault", config: rules("hc_vault_transit_uri: HV1")},
	{name: "vault, several", config: rules("hc_vault_transit_uri: 'HV1,HV2'")},
	{name: "vault list", config: rules("hc_vault_transit_uri: [HV1, HV2]")},
	{name: "vault, no key", config: rules("hc_vault_transit_uri: https://vault.example.com:8200"), invalid: true},
	{name: "vault, no scheme", config: rules("hc_vault_transit_uri: vault.example.com/v1/transit/keys/a"), invalid: true},
	{name: "huawei list", config: rules("hckms: [HW1, HW2]")},
	{name: "huawei, text", config: rules("hckms: HW1"), invalid: true},
	{name: "huawei, no key", config: rules("hckms: [nowhere]"), invalid: true},
	{name: "all kinds", config: rules("hc_vault_transit_uri: HV1", "azure_keyvault: AZ1", "hckms: [HW1]", "gcp_kms: GCP1", "kms: KMS1", "pgp: PGP1", "age: AGE1")},
	{name: "null for a kind", config: rules("age: AGE1", "pgp: null", "kms: ~", "gcp_kms:", "hckms:")},
	{name: "empty for a kind", config: rules("age: AGE1", "pgp: ''", "kms: []")},
	{name: "nobody", config: rules("path_regex: ''"), refused: "names nobody"},
	{name: "nobody, in words", config: rules("age: ''"), refused: "names nobody"},
	{name: "nobody, a comma", config: rules("age: ','"), refused: "names nobody"},

	// Key groups.
	{name: "one group", config: groups("- age: [AGE1, AGE2]")},
	{name: "one group, flow", config: "creation_rules: [{key_groups: [{age: [AGE1]}]}]"},
	{name: "group with commas", config: groups("- age: ['AGE1,AGE2']"), refused: "is no recipient"}, // a list is a list
	{name: "group of all kinds", config: groups("- hc_vault: [HV1]", "  azure_keyvault: [{vaultUrl: 'https://v.vault.azure.net', key: k, version: '1'}]", "  hckms: [{key_id: HW1}]",
		"  gcp_kms: [{resource_id: GCP1}]", "  kms: [{arn: KMS1}]", "  pgp: [PGP1]", "  age: [AGE1]")},
	{name: "group with a role, a context, a profile", config: groups("- kms: [{arn: KMS1, role: ROLE, context: {a: b, c: d}, aws_profile: dev}]")},
	{name: "group with an empty context", config: groups("- kms: [{arn: KMS1, context: {}}]")},
	{name: "group with a null context", config: groups("- kms: [{arn: KMS1, context: null}]")},
	{name: "group with numbers in a context", config: groups("- kms: [{arn: KMS1, context: {a: 5}}]"), refused: "put numbers in quotes"},
	{name: "group with an ARN that has a role", config: groups("- kms: [{arn: KMS1+ROLE}]")},
	{name: "group with a text for a key", config: groups("- kms: [KMS1]"), invalid: true},
	{name: "group with an ARN that is missing", config: groups("- kms: [{role: ROLE}]"), refused: "is no recipient"},
	{name: "group with an unknown field of a key", config: groups("- kms: [{arn: KMS1, rol: ROLE}]"), refused: `did you mean "role"?`},
	{name: "group with an unknown kind", config: groups("- age: [AGE1]", "  azure_kv: []"), refused: "unknown, and SOPS would overlook it"},
	{name: "group with duplicates", config: groups("- age: [AGE1, AGE2, AGE1]", "  pgp: [PGP1, PGP1]")},
	{name: "group with contexts that differ", config: groups("- kms: [{arn: KMS1, context: {a: b}}, {arn: KMS1, context: {a: c}}, {arn: KMS1}]")},
	{name: "group, ssh with comments", config: groups("- age: ['SSH1 alice', AGE1]")},
	{name: "group, vault without a URL", config: groups("- hc_vault: ['']"), invalid: true},
	{name: "group, text for a list", config: groups("- age: AGE1"), invalid: true},
	{name: "group, number for a text", config: groups("- age: [AGE1]", "  pgp: [1234567890]")},
	{name: "groups no list", config: rules("key_groups:", "  age: [AGE1]"), invalid: true},
	{name: "group no mapping", config: groups("- AGE1"), invalid: true},
	{name: "groups beside keys", config: rules("age: AGE1", "key_groups:", "- age: [AGE2]")},
	{name: "no groups beside keys", config: rules("age: AGE1", "key_groups: []")},
	{name: "null groups beside keys", config: rules("age: AGE1", "key_groups:")},
	{name: "empty group", config: groups("- age: []"), refused: "names nobody"},
	{name: "null group", config: groups("- "), refused: "is no mapping"},
	{name: "two groups, two of them", config: rules("shamir_threshold: 2", "key_groups:", "- age: [AGE1]", "- age: [AGE2]")},
	{name: "three groups, two of them", config: rules("shamir_threshold: 2", "key_groups:", "- age: [AGE1]", "- age: [AGE2]", "- pgp: [PGP1]", "  age: [AGE3]")},
	{name: "a recipient in two groups", config: rules("shamir_threshold: 2", "key_groups:", "- age: [AGE1, AGE2]", "- age: [AGE2, AGE3]")},
	{name: "two groups without a threshold", config: groups("- age: [AGE1]", "- age: [AGE2]"), refused: "a key of each would be needed"},
	{name: "two groups, one of them", config: rules("shamir_threshold: 1", "key_groups:", "- age: [AGE1]", "- age: [AGE2]"), refused: "want 2 to 2"},
	{name: "two groups, three of them", config: rules("shamir_threshold: 3", "key_groups:", "- age: [AGE1]", "- age: [AGE2]"), refused: "want 2 to 2"},
	{name: "two groups, one of nobody", config: rules("shamir_threshold: 2", "key_groups:", "- age: [AGE1]", "- age: []"), refused: "names nobody"},
	{name: "one group and a threshold", config: rules("shamir_threshold: 2", "key_groups:", "- age: [AGE1]")},
	{name: "keys and a threshold", config: rules("shamir_threshold: 2", "age: AGE1")},
	{name: "threshold below zero", config: rules("shamir_threshold: -1", "age: AGE1"), refused: "is no number"},
	{name: "threshold in quotes", config: rules("shamir_threshold: '2'", "age: AGE1"), invalid: true},
	{name: "null threshold", config: rules("shamir_threshold: null", "age: AGE1")},
	{name: "merge", config: groups("- merge:", "  - age: [AGE1]", "  - pgp: [PGP1]", "    age: [AGE2]", "  age: [AGE3]")},
	{name: "merge of merges", config: groups("- merge:", "  - merge: [{age: [AGE1, AGE2]}, {age: [AGE2]}]", "    age: [AGE3]", "  age: [AGE1]")},
	{name: "merge of every kind", config: groups("- merge: [{kms: [{arn: KMS1}], gcp_kms: [{resource_id: GCP1}], hckms: [{key_id: HW1}], hc_vault: [HV1]}]", "  age: [AGE1]")},
	{name: "merge no list", config: groups("- merge: {age: [AGE1]}", "  age: [AGE2]"), invalid: true},

	// YAML.
	{name: "anchor of a text", config: "creation_rules:\n- {path_regex: x, age: &people AGE1}\n- {age: *people}\n"},
	{name: "anchor of a list", config: "creation_rules:\n- {path_regex: x, age: &people [AGE1, AGE2]}\n- {age: *people}\n"},
	{name: "anchor of groups", config: "creation_rules:\n- path_regex: x\n  key_groups: &g\n  - age: [&a AGE1, *a]\n- key_groups: *g\n"},
	{name: "anchors in a merge", config: "creation_rules:\n- key_groups:\n  - merge: [&team {age: [AGE1]}]\n    age: [AGE2]\n- key_groups: [*team]\n"},
	{name: "merge key", config: "creation_rules:\n- &rule {path_regex: x, age: AGE1, pgp: PGP1}\n- {<<: *rule, path_regex: ''}\n"},
	{name: "merge key that is overridden", config: "creation_rules:\n- &rule {path_regex: x, age: AGE1}\n- {<<: *rule, path_regex: '', age: AGE2}\n"},
	{name: "merge keys, two", config: "creation_rules:\n- &a {path_regex: x, age: AGE1}\n- &b {path_regex: y, pgp: PGP1}\n- {<<: [*a, *b], path_regex: ''}\n"},
	{name: "anchor in a field of its own", config: "x-people: &people AGE1\ncreation_rules: [{age: *people}]\n", refused: "x-people: unknown"},
	{name: "anchor that nobody has set", config: "creation_rules: [{age: *people}]\n", invalid: true},
	{name: "anchor of itself", config: "creation_rules: &x [*x]\n", invalid: true},
	{name: "comments", config: "# who\ncreation_rules: # rules\n- age: AGE1 # alice\n"},
	{name: "JSON", config: `{"creation_rules": [{"path_regex": "\\.yaml$", "age": ["AGE1"]}]}`},
	{name: "two documents", config: rules("age: AGE1") + "---\n" + rules("age: AGE2")},
	{name: "key twice", config: rules("age: AGE1", "age: AGE2"), invalid: true},
	{name: "tags", config: rules("age: !!str AGE1")},
	{name: "binary", config: rules("age: !!binary QUdFMQ=="), invalid: true},
	{name: "byte order mark", config: "\ufeff" + rules("age: AGE1")},
	{name: "other line breaks", config: strings.ReplaceAll(rules("path_regex: x", "age: AGE2")+rules("age: AGE1")[len("creation_rules:\n"):], "\n", "\r\n")},
	{name: "no YAML", config: "creation_rules: [", invalid: true},
	{name: "empty", config: ""},
	{name: "comments alone", config: "# nothing\n"},
	{name: "null", config: "null\n"},
	{name: "no mapping", config: "[a]\n", invalid: true},
	{name: "rules null", config: "creation_rules: null\n"},
	{name: "rules without a value", config: "creation_rules:\n"},
	{name: "rules none", config: "creation_rules: []\n", invalid: true},
	{name: "rules no list", config: "creation_rules: {age: AGE1}\n", invalid: true},
	{name: "rule no mapping", config: "creation_rules: [AGE1]\n", invalid: true},
	{name: "destinations alone", config: "destination_rules: [{s3_bucket: b, recreation_rule: {age: AGE1}}]\n"},
	{name: "destinations beside rules", config: "destination_rules: [{gcs_bucket: b}]\n" + rules("age: AGE1")},
	{name: "stores", config: "stores: {yaml: {indent: 2}, json: {indent: 4}}\n" + rules("age: AGE1")},

	// Which rule.
	{name: "first match wins", config: "creation_rules:\n- {path_regex: '\\.yaml$', age: AGE1}\n- {path_regex: 'a', age: AGE2}\n"},
	{name: "later match", config: "creation_rules:\n- {path_regex: '^b', age: AGE1}\n- {path_regex: '^a', age: AGE2}\n"},
	{name: "catch-all first", config: "creation_rules:\n- {age: AGE1}\n- {path_regex: '^a', age: AGE2}\n"},
	{name: "null path", config: rules("path_regex: null", "age: AGE1")},
	{name: "number for a path", config: rules("path_regex: 0", "age: AGE1"), invalid: true},
	{name: "no match", config: rules("path_regex: ^b", "age: AGE1"), invalid: true},
	{name: "path from the config", config: rules(`path_regex: ^prod/db/a\.yaml$`, "age: AGE1"), file: "prod/db/a.yaml"},
	{name: "path not anchored", config: rules("path_regex: prod/", "age: AGE1"), file: "nonprod/a.yaml"},
	{name: "path with a case", config: rules("path_regex: (?i)^PROD/", "age: AGE1"), file: "prod/a.yaml"},
	{name: "path that does not compile", config: rules("path_regex: '('", "age: AGE1"), invalid: true},
	{name: "later path that does not compile", config: "creation_rules:\n- {age: AGE1}\n- {path_regex: '(', age: AGE2}\n"},
	{name: "match with nobody", config: "creation_rules:\n- {path_regex: a}\n- {age: AGE2}\n", refused: "names nobody"},

	// What is sealed.
	{name: "values", config: rules("encrypted_regex: "+EncryptedRegex, "mac_only_encrypted: true", "age: AGE1")},
	{name: "values in another order", config: rules("encrypted_regex: ^(stringData|data)$", "age: AGE1")},
	{name: "data alone", config: rules("encrypted_regex: ^data$", "age: AGE1"), refused: "leaves the values of a Secret in clear"},
	{name: "does not compile", config: rules("encrypted_regex: ^(data|stringData$", "age: AGE1"), refused: "does not compile"},
	{name: "does not compile, the other way", config: rules("unencrypted_regex: ^(kind$", "age: AGE1"), refused: "does not compile"},
	{name: "seals too much", config: rules("encrypted_regex: '[dD]ata'", "age: AGE1"), refused: "seals more than the values"},
	{name: "seals nothing", config: rules("encrypted_regex: ^nothing$", "age: AGE1"), refused: "leaves the values of a Secret in clear"},
	{name: "keys by their names", config: rules("encrypted_regex: password", "age: AGE1"), refused: "leaves the values of a Secret in clear"},
	{name: "suffix", config: rules("encrypted_suffix: _secret", "age: AGE1"), refused: "leaves the values of a Secret in clear"},
	{name: "suffix of what is not", config: rules("unencrypted_suffix: _clear", "age: AGE1"), refused: "seals more than the values"},
	{name: "two ways", config: rules("encrypted_regex: "+EncryptedRegex, "unencrypted_suffix: _x", "age: AGE1"), invalid: true},
	{name: "by comments", config: rules("encrypted_comment_regex: seal", "age: AGE1"), refused: "kustomize drops comments"},
	{name: "nothing said", config: rules("age: AGE1")},
	{name: "empty expression", config: rules("encrypted_regex: ''", "age: AGE1")},
	{name: "unknown field", config: rules("encrypted_regx: "+EncryptedRegex, "age: AGE1"), refused: `did you mean "encrypted_regex"?`},
	{name: "unknown field at the top", config: "creation_rule: []\n" + rules("age: AGE1"), refused: `did you mean "creation_rules"?`},
	{name: "unknown field of an earlier rule", config: "creation_rules:\n- {path_regex: x, ages: AGE1}\n- {age: AGE1}\n", refused: "ages: unknown"},
	{name: "mac_only_encrypted no truth value", config: rules("mac_only_encrypted: often", "age: AGE1"), invalid: true},
}

func TestConfigIsReadAsSopsDoes(t *testing.T) {
	named, _ := recipientNames(t)
	for _, tt := range configs {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file
			if file == "" {
				file = "a.sops.yaml"
			}
			p := newPlace(t, named.Replace(tt.config))
			theirs, theirErr := p.theirs(file)
			ours, ourErr := p.ours(file)
			switch {
			case tt.invalid:
				if theirErr == nil || ourErr == nil {
					t.Errorf("want it refused by both: they say %v, we say %v", theirErr, ourErr)
				}
			case tt.refused != "":
				if theirErr != nil || ourErr == nil || !strings.Contains(ourErr.Error(), tt.refused) {
					t.Errorf("they say %v; we say %v, want %q", theirErr, ourErr, tt.refused)
				}
			case theirErr != nil || ourErr != nil:
				t.Errorf("they say %v, we say %v", theirErr, ourErr)
			case theirs == nil || ours == nil:
				if theirs != nil || ours != nil {
					t.Errorf("they read %v, we read %v", theirs, ours)
				}
			case !ours.equal(theirs):
				t.Errorf("got  %v\nwant %v", ours, theirs)
			}
		})
	}
	t.Logf("%d configs", len(configs))
}

// TestConfigIndent: what SOPS would indent by, it prints by.
func TestConfigIndent(t *testing.T) {
	alice := newPerson(t, false)
	plain := &Plain{Name: "a", Values: values(held)}
	for _, stores := range []string{
		"", "stores:\n", "stores: {}\n", "stores: {yaml: {}}\n", "stores: {yaml: null}\n", "stores: {json: {indent: 2}}\n", "stores: {yaml: {indent: 0}}\n",
		"stores: {yaml: {indent: 1}}\n", "stores: {yaml: {indent: 2}}\n", "stores: {yaml: {indent: 9}}\n", "stores: {yaml: {indent: 10}}\n", "stores: {yaml: {indent: 40}}\n",
		"stores: {yaml: &n {indent: 3}, json: *n}\n",
	} {
		t.Run(stores, func(t *testing.T) {
			p := newPlace(t, sopsConfig(0, alice.recipient)+stores, alice.identity)
			p.seal("a.sops.yaml", plain, Options{})
			before := p.read("a.sops.yaml")
			p.sops("set", "a.sops.yaml", `["data"]["license-key"]`, b64("another"))
			if c, a, r := changedLines(before, p.read("a.sops.yaml")); c != 3 || a+r != 0 {
				t.Errorf("sops set changed %d lines of a file that we indented, added %d, removed %d; want 3", c, a, r)
			}
		})
	}
}
