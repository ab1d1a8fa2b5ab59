package secret_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

// The credentials that the fakes let in. None of them may show up in a message.
const (
	accessKey  = "AKIACANARYACCESSKEY0"
	secretKey  = "canary/secret+access/key"
	gcpToken   = "ya29.canary-gcp-token"
	vaultToken = "hvs.canary-vault-token"
)

const (
	awsKey = "arn:aws:kms:eu-central-1:111122223333:key/0d1e2f30-1111-2222-3333-444455556666"
	gcpKey = "projects/airstrip/locations/global/keyRings/prod/cryptoKeys/airbyte"
)

// clouds are the key services of a test, and all that it can reach.
type clouds struct {
	aws     kmstest.AWS
	gcp     kmstest.GCP
	vault   kmstest.Vault
	servers map[string]*httptest.Server
}

// newClouds starts the fakes and makes an environment of them, in which there is
// nothing of the machine.
func newClouds(t *testing.T) *clouds {
	t.Helper()
	c := &clouds{aws: kmstest.AWS{AccessKey: accessKey}, gcp: kmstest.GCP{Token: gcpToken}, vault: kmstest.Vault{Token: vaultToken}}
	c.servers = map[string]*httptest.Server{}
	for name, h := range map[string]http.Handler{"aws": &c.aws, "gcp": &c.gcp, "vault": &c.vault} {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		c.servers[name] = srv
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		for _, prefix := range []string{"SOPS_", "AWS_", "GOOGLE_", "GCE_", "VAULT_"} {
			if strings.HasPrefix(name, prefix) {
				unset(t, name)
			}
		}
	}
	home, aws, gcp := t.TempDir(), c.servers["aws"].URL, c.servers["gcp"].URL
	for name, value := range map[string]string{
		"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"),
		"AWS_ENDPOINT_URL_KMS": aws, "AWS_ENDPOINT_URL_STS": aws, "AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"SOPS_GCP_KMS_CLIENT_TYPE": "rest", "SOPS_GCP_KMS_ENDPOINT": gcp, "GOOGLE_OAUTH_ACCESS_TOKEN": gcpToken,
		// Who has no credentials asks the metadata server of his machine for some.
		"GCE_METADATA_HOST": strings.TrimPrefix(gcp, "http://"),
		"VAULT_TOKEN":       vaultToken,
		// The clients try again after a second.
		"AWS_MAX_ATTEMPTS": "1", "VAULT_MAX_RETRIES": "0",
	} {
		t.Setenv(name, value)
	}
	return c
}

// unset takes a variable away: SOPS tells an empty one from none.
func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "")
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// cloudKey is a key of one of the services.
type cloudKey struct {
	fake interface {
		Break(kmstest.Fault)
		Requests() []kmstest.Request
	}
	recipient secret.Recipient
	// in are the recipients of a config; rule and group are the same in a rule of a
	// .sops.yaml and in a key group there.
	in          secret.Recipients
	rule, group string
	// credentials are the variables by which the client gets them.
	credentials []string
}

func (c *clouds) keys() map[string]cloudKey {
	url := c.servers["vault"].URL + "/v1/transit/keys/airbyte"
	return map[string]cloudKey{
		"aws": {
			&c.aws, secret.Recipient{Kind: "kms", ID: awsKey}, secret.Recipients{KMS: []string{awsKey}},
			"kms: " + awsKey, "kms: [{arn: '" + awsKey + "'}]", []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
		},
		"gcp": {
			&c.gcp, secret.Recipient{Kind: "gcp_kms", ID: gcpKey}, secret.Recipients{GCPKMS: []string{gcpKey}},
			"gcp_kms: " + gcpKey, "gcp_kms: [{resource_id: " + gcpKey + "}]", []string{"GOOGLE_OAUTH_ACCESS_TOKEN"},
		},
		"vault": {
			&c.vault, secret.Recipient{Kind: "hc_vault", ID: url}, secret.Recipients{Vault: []string{url}},
			"hc_vault_transit_uri: " + url, "hc_vault: ['" + url + "']", []string{"VAULT_TOKEN"},
		},
	}
}

// eachCloud runs a test for every service.
func eachCloud(t *testing.T, f func(t *testing.T, c *clouds, k cloudKey, service string)) {
	for _, service := range []string{"aws", "gcp", "vault"} {
		t.Run(service, func(t *testing.T) {
			c := newClouds(t)
			f(t, c, c.keys()[service], service)
		})
	}
}

// asked is what a fake was asked, in short.
func asked(k cloudKey) string {
	var ops []string
	for _, r := range k.fake.Requests() {
		ops = append(ops, r.Op)
	}
	return strings.Join(ops, " ")
}

// newAge makes an age identity, which SOPS finds if it is used.
func newAge(t *testing.T) (recipient string, use func(t *testing.T)) {
	t.Helper()
	file, recipient, err := secret.NewIdentity(false, sealedAt)
	if err != nil {
		t.Fatal(err)
	}
	return recipient, func(t *testing.T) { t.Setenv("SOPS_AGE_KEY", string(file)) }
}

var sealedAt = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const canaryValue = "canary-value-of-the-secret"

func plainSecret(values ...string) *secret.Plain {
	p := &secret.Plain{Name: "airbyte-config-secrets", Namespace: "airbyte", Values: map[string]secret.Value{"license-key": secret.NewValue([]byte(canaryValue))}}
	for i := 0; i < len(values); i += 2 {
		p.Values[values[i]] = secret.NewValue([]byte(values[i+1]))
	}
	return p
}

// ruleOf is the rule that a config with these recipients makes.
func ruleOf(t *testing.T, r secret.Recipients) *secret.Rule {
	t.Helper()
	rule, err := secret.Rules{Recipients: &r, Field: "recipients"}.For(filepath.Join(t.TempDir(), "a.sops.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// ruleIn is the rule that a .sops.yaml makes, whose only rule has these fields.
func ruleIn(t *testing.T, fields ...string) (*secret.Rule, error) {
	t.Helper()
	dir := t.TempDir()
	text := "creation_rules:\n- path_regex: .*\n"
	for _, f := range fields {
		text += "  " + f + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, ".sops.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return secret.Rules{}.For(filepath.Join(dir, "a.sops.yaml"))
}

// sealCloud seals, and reads what it has sealed.
func sealCloud(t *testing.T, p *secret.Plain, rule *secret.Rule, old *secret.Sealed, o secret.Options) (*secret.Sealed, *secret.Change) {
	t.Helper()
	o.Now = sealedAt
	out, change, err := secret.Keyring{}.Seal(t.Context(), p, rule, old, o)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte(canaryValue)) {
		t.Fatal("the value is in the file")
	}
	if out == nil {
		return nil, change
	}
	s, err := secret.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	return s, change
}

// opens makes sure that what was sealed opens to a value.
func opens(t *testing.T, s *secret.Sealed, key, want string) {
	t.Helper()
	p, err := secret.Keyring{}.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Values[key].Reveal(), []byte(want)) {
		t.Errorf("the value of %s is another one", key)
	}
}

func TestCloudKeyOpensWhatWasSealedForIt(t *testing.T) {
	for source, rule := range map[string]func(t *testing.T, k cloudKey) (*secret.Rule, error){
		"recipients": func(t *testing.T, k cloudKey) (*secret.Rule, error) { return ruleOf(t, k.in), nil },
		"rule":       func(t *testing.T, k cloudKey) (*secret.Rule, error) { return ruleIn(t, k.rule) },
		"key group":  func(t *testing.T, k cloudKey) (*secret.Rule, error) { return ruleIn(t, "key_groups: [{"+k.group+"}]") },
	} {
		t.Run(source, func(t *testing.T) {
			eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
				rule, err := rule(t, k)
				if err != nil {
					t.Fatal(err)
				}
				s, change := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
				requests := k.fake.Requests()
				if len(requests) != 1 || requests[0].Op != kmstest.Encrypt || len(requests[0].Plaintext) != 32 || !strings.HasSuffix(k.recipient.ID, requests[0].Key) {
					t.Errorf("got requests %+v, want one that seals 32 bytes for %s", requests, k.recipient)
				}
				if !change.Created || !slices.Equal(s.Recipients, []secret.Recipient{k.recipient}) || len(rule.Differs(s)) > 0 {
					t.Errorf("got recipients %v, created %v, want %v and true", s.Recipients, change.Created, k.recipient)
				}
				opens(t, s, "license-key", canaryValue)
				if got := asked(k); got != "decrypt" {
					t.Errorf("opening asked for %q, want one decrypt", got)
				}
			})
		})
	}
}
