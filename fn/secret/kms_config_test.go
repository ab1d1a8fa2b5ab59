package secret_test

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/secret"
)

func TestCloudKeysThatAreNoneAreRefused(t *testing.T) {
	for name, tt := range map[string]struct{ field, wantErr string }{
		"vault, empty":              {"key_groups: [{hc_vault: ['']}]", "hc_vault[0]: is no recipient"},
		"vault, null":               {"key_groups: [{hc_vault: [~]}]", "hc_vault[0]: is no recipient"},
		"vault, a mapping":          {"key_groups: [{hc_vault: [{vault_address: 'https://vault.example.com'}]}]", "hc_vault[0]: is no recipient"},
		"vault, no URL":             {"hc_vault_transit_uri: airbyte", `"airbyte" is no recipient`},
		"vault, behind a prefix":    {"hc_vault_transit_uri: https://example.com/vault/v1/transit/keys/airbyte", "is no recipient"},
		"aws, an ARN alone":         {"key_groups: [{kms: ['" + awsKey + "']}]", "kms[0]: is no mapping"},
		"aws, no ARN":               {"key_groups: [{kms: [{role: x}]}]", "kms[0]: is no recipient"},
		"aws, another field":        {"key_groups: [{kms: [{arn: '" + awsKey + "', contxt: {app: airbyte}}]}]", `kms[0].contxt: unknown, and SOPS would overlook it: did you mean "context"?`},
		"aws, context as text":      {"key_groups: [{kms: [{arn: '" + awsKey + "', context: 'app:airbyte'}]}]", "kms[0].context: is no mapping of texts"},
		"aws, context as list":      {"key_groups: [{kms: [{arn: '" + awsKey + "', context: [{app: airbyte}]}]}]", "kms[0].context: is no mapping of texts"},
		"aws, nested context":       {"key_groups: [{kms: [{arn: '" + awsKey + "', context: {app: {name: airbyte}}}]}]", "kms[0].context: is no mapping of texts"},
		"aws, context without text": {"key_groups: [{kms: [{arn: '" + awsKey + "', context: {app: }}]}]", "kms[0].context: is no mapping of texts"},
		"aws, number as context":    {"key_groups: [{kms: [{arn: '" + awsKey + "', context: {version: 1.10}}]}]", "kms[0].context: is no mapping of texts"},
		"gcp, no resource":          {"key_groups: [{gcp_kms: [{resource: " + gcpKey + "}]}]", `gcp_kms[0].resource: unknown, and SOPS would overlook it: did you mean "resource_id"?`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ruleIn(t, tt.field); err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("got error %v, want %q", err, tt.wantErr)
			}
		})
	}
}

func TestRecipientsThatAreNoCloudKeysAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		in        secret.Recipients
		wantField string
	}{
		"aws, an alias alone": {secret.Recipients{KMS: []string{awsKey, "alias/airbyte"}}, "kms[1]"},
		"aws, empty":          {secret.Recipients{KMS: []string{" "}}, "kms[0]"},
		"gcp, a name alone":   {secret.Recipients{GCPKMS: []string{"airbyte"}}, "gcpKms[0]"},
		"vault, empty":        {secret.Recipients{Vault: []string{""}}, "vault[0]"},
		"vault, no URL":       {secret.Recipients{Vault: []string{"transit/keys/airbyte"}}, "vault[0]"},
		"vault, no key":       {secret.Recipients{Vault: []string{"https://vault.example.com/transit"}}, "vault[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := secret.Spec{Recipients: &tt.in}
			if got := spec.Check("spec.configSecret"); len(got) != 1 || got[0].Field != "spec.configSecret.recipients."+tt.wantField {
				t.Errorf("got %v, want one problem of %s", got, tt.wantField)
			}
		})
	}
}

func TestCommaAtTheEndNamesNobody(t *testing.T) {
	const url = "https://vault.example.com/v1/transit/keys/airbyte"
	for _, field := range []string{"hc_vault_transit_uri: '" + url + ",'", "hc_vault_transit_uri: ['" + url + ",']"} {
		rule, err := ruleIn(t, field)
		if err != nil {
			t.Fatal(err)
		}
		if len(rule.Recipients) != 1 || rule.Recipients[0].ID != url {
			t.Errorf("%s: got %v, want %s alone", field, rule.Recipients, url)
		}
	}
}
