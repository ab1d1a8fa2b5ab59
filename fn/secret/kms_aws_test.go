package secret_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

func TestAWSContextRoleAndProfile(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/airbyte"
	for name, tt := range map[string]struct {
		fields    []string
		recipient string
		asked     string
		// credential is what the key itself is used with.
		credential string
		context    map[string]string
	}{
		"context": {
			[]string{"key_groups: [{kms: [{arn: '" + awsKey + "', context: {env: prod, app: airbyte}}]}]"}, awsKey + "|app:airbyte,env:prod",
			"encrypt decrypt", accessKey, map[string]string{"app": "airbyte", "env": "prod"},
		},
		"role": {
			[]string{"kms: " + awsKey + "+" + role}, awsKey + "+" + role, "assume encrypt assume decrypt", kmstest.RoleAccessKey, nil,
		},
		"role in a key group": {
			[]string{"key_groups: [{kms: [{arn: '" + awsKey + "', role: '" + role + "'}]}]"}, awsKey + "+" + role,
			"assume encrypt assume decrypt", kmstest.RoleAccessKey, nil,
		},
		"profile": {[]string{"kms: " + awsKey, "aws_profile: prod"}, awsKey + "||prod", "encrypt decrypt", accessKey, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClouds(t)
			if name == "profile" {
				file := filepath.Join(t.TempDir(), "credentials")
				if err := os.WriteFile(file, fmt.Appendf(nil, "[prod]\naws_access_key_id = %s\naws_secret_access_key = %s\n", accessKey, secretKey), 0o600); err != nil {
					t.Fatal(err)
				}
				t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
				unset(t, "AWS_ACCESS_KEY_ID")
				unset(t, "AWS_SECRET_ACCESS_KEY")
			}
			rule, err := ruleIn(t, tt.fields...)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
			opens(t, s, "license-key", canaryValue)
			if got := s.Recipients[0].ID; got != tt.recipient || len(rule.Differs(s)) > 0 {
				t.Errorf("got recipient %s, want %s", got, tt.recipient)
			}
			var ops []string
			for _, r := range c.aws.Requests() {
				ops = append(ops, r.Op)
				if r.Op != kmstest.Assume && (r.Credential != tt.credential || !maps.Equal(r.Context, tt.context)) {
					t.Errorf("%s came from %s with context %v, want %s with %v", r.Op, r.Credential, r.Context, tt.credential, tt.context)
				}
			}
			if got := strings.Join(ops, " "); got != tt.asked {
				t.Errorf("got requests %q, want %q", got, tt.asked)
			}
		})
	}
}

func TestAnotherContextOpensNothing(t *testing.T) {
	c := newClouds(t)
	rule, err := ruleIn(t, "key_groups: [{kms: [{arn: '"+awsKey+"', context: {app: airbyte}}]}]")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
	text, err := s.Object().String()
	if err != nil {
		t.Fatal(err)
	}
	moved, err := secret.Parse([]byte(strings.Replace(text, "app: airbyte", "app: another", 1)))
	if err != nil {
		t.Fatal(err)
	}
	k := c.keys()["aws"]
	k.recipient.ID += "|app:another"
	_, err = secret.Keyring{}.Open(t.Context(), moved)
	refused(t, "open", err, k, "not sealed with this key and context")
}

func TestRoleThatIsDeniedIsNamed(t *testing.T) {
	c := newClouds(t)
	k := c.keys()["aws"]
	k.in.KMS[0] += "+arn:aws:iam::111122223333:role/airbyte"
	k.recipient.ID = k.in.KMS[0]
	s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
	c.aws.Break(kmstest.Fault{Status: 403, Text: "ci may not assume it"})
	_, err := secret.Keyring{}.Open(t.Context(), s)
	refused(t, "open", err, k, "ci may not assume it")
}
