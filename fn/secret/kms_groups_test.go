package secret_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

func TestOrderOfKeys(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		age, useAge := newAge(t)
		s, _ := sealCloud(t, plainSecret(), ruleOf(t, both(k, age)), nil, secret.Options{})
		useAge(t)
		for name, tt := range map[string]struct {
			order string
			fault kmstest.Fault
			asked string
		}{
			"age first, as SOPS has it":  {asked: ""},
			"the cloud first":            {order: k.recipient.Kind + ",age", asked: "decrypt"},
			"the cloud first, age helps": {order: k.recipient.Kind + ",age", fault: kmstest.Fault{Status: 403, Text: "not you"}, asked: "decrypt"},
			// What is no data key is no reason to give up.
			"the cloud gives nonsense, age helps": {order: k.recipient.Kind, fault: kmstest.Fault{Plaintext: []byte("nonsense")}, asked: "decrypt"},
			"age alone is named":                  {order: "age", asked: ""},
		} {
			t.Run(name, func(t *testing.T) {
				asked(k)
				k.fake.Break(tt.fault)
				if tt.order != "" {
					t.Setenv("SOPS_DECRYPTION_ORDER", tt.order)
				}
				opens(t, s, "license-key", canaryValue)
				if got := asked(k); got != tt.asked {
					t.Errorf("got requests %q, want %q", got, tt.asked)
				}
			})
		}
	})
}

func TestAllWhoFailAreNamed(t *testing.T) {
	c := newClouds(t)
	age, _ := newAge(t)
	r := secret.Recipients{Age: []string{age}}
	var failing []cloudKey
	for _, k := range c.keys() {
		r.KMS, r.GCPKMS, r.Vault = append(r.KMS, k.in.KMS...), append(r.GCPKMS, k.in.GCPKMS...), append(r.Vault, k.in.Vault...)
		failing = append(failing, k)
	}
	s, _ := sealCloud(t, plainSecret(), ruleOf(t, r), nil, secret.Options{})
	for _, k := range failing {
		k.fake.Break(kmstest.Fault{Status: 403, Text: "not you"})
	}
	_, err := secret.Keyring{}.Open(t.Context(), s)
	var noKey *secret.NoKeyError
	if !errors.As(err, &noKey) || len(noKey.Recipients) != len(s.Recipients) || len(noKey.Reasons) != 4 {
		t.Errorf("open: got error %v, want one that names all of %v", err, s.Recipients)
	}
	out, _, err := secret.Keyring{}.Seal(t.Context(), plainSecret(), ruleOf(t, r), nil, secret.Options{Now: sealedAt})
	if err == nil || out != nil {
		t.Fatalf("seal: got error %v and a file %v, want an error and none", err, out != nil)
	}
	for _, k := range failing {
		if !strings.Contains(err.Error(), "cannot seal for "+k.recipient.ID+": ") {
			t.Errorf("seal: got error %v, want one that names %s", err, k.recipient)
		}
	}
	if strings.Contains(err.Error(), age) {
		t.Errorf("seal: got error %v, and age did not fail", err)
	}
}

// threeGroups is a rule by which any two of age, AWS and Vault open a file.
func threeGroups(t *testing.T, c *clouds, age string) *secret.Rule {
	t.Helper()
	rule, err := ruleIn(t, "shamir_threshold: 2", fmt.Sprintf("key_groups: [{age: [%s]}, {%s}, {%s}]", age, c.keys()["aws"].group, c.keys()["vault"].group))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func TestAnyTwoOfThreeGroupsOpen(t *testing.T) {
	c := newClouds(t)
	age, useAge := newAge(t)
	rule := threeGroups(t, c, age)
	s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
	if s.Threshold != 2 || len(s.Recipients) != 3 {
		t.Fatalf("got threshold %d of %v, want 2 of 3", s.Threshold, s.Recipients)
	}
	denied := kmstest.Fault{Status: 403, Text: "not you"}
	// A part of a data key has a byte more than the whole.
	whole := kmstest.Fault{Plaintext: make([]byte, 32)}
	for name, tt := range map[string]struct {
		age        bool
		aws, vault kmstest.Fault
		failed     int // 0 is that it opens
	}{
		"all":                         {age: true},
		"age and aws":                 {age: true, vault: denied},
		"age and vault":               {age: true, aws: denied},
		"aws and vault":               {},
		"age and aws, vault nonsense": {age: true, vault: whole},
		"age":                         {age: true, aws: denied, vault: denied, failed: 2},
		"aws":                         {vault: denied, failed: 2},
		"vault":                       {aws: denied, failed: 2},
		"none":                        {aws: denied, vault: denied, failed: 3},
		"age, the others nonsense":    {age: true, aws: whole, vault: whole, failed: 2},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.age {
				useAge(t)
			}
			c.aws.Break(tt.aws)
			c.vault.Break(tt.vault)
			p, err := secret.Keyring{}.Open(t.Context(), s)
			var noKey *secret.NoKeyError
			switch {
			case tt.failed == 0 && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.failed == 0 && string(p.Values["license-key"].Reveal()) != canaryValue:
				t.Error("the value is another one")
			case tt.failed > 0 && (!errors.As(err, &noKey) || len(noKey.Recipients) != tt.failed):
				t.Errorf("got error %v, want one that names %d who could not", err, tt.failed)
			}
		})
	}
}

func TestGroupsStayAsTheyAre(t *testing.T) {
	c := newClouds(t)
	age, useAge := newAge(t)
	useAge(t)
	s, _ := sealCloud(t, plainSecret(), threeGroups(t, c, age), nil, secret.Options{})
	c.aws.Requests()
	again, change := sealCloud(t, plainSecret(), threeGroups(t, c, age), s, secret.Options{})
	if got := asked(c.keys()["aws"]); again != nil || !change.None() || got != "decrypt" {
		t.Errorf("got a file %v, changes %+v and requests %q, want none, none and decrypt", again != nil, change, got)
	}
}

// Whoever could open a file alone may have kept the data key, and must not open
// alone what is sealed when two are asked for.
func TestRegroupingRotates(t *testing.T) {
	c := newClouds(t)
	age, useAge := newAge(t)
	useAge(t)
	aws := c.keys()["aws"]
	s, _ := sealCloud(t, plainSecret(), ruleOf(t, both(aws, age)), nil, secret.Options{})
	grouped, change := sealCloud(t, plainSecret(), threeGroups(t, c, age), s, secret.Options{})
	if change.Rotated == "" || s.Tokens()["license-key"] == grouped.Tokens()["license-key"] {
		t.Errorf("got no new data key: %+v", change)
	}
	opens(t, grouped, "license-key", canaryValue)
}
