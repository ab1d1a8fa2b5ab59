package secret

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

const (
	clearData = `apiVersion: v1
data:
  database-password: aHVudGVyMg==
  empty: ""
  license-key: bGljZW5zZQ==
kind: Secret
metadata:
  labels:
    app: airbyte
  name: airbyte-config-secrets
  namespace: airbyte
type: Opaque
`
	clearStringData = `apiVersion: v1
kind: Secret
metadata:
  name: airbyte-config-secrets
  namespace: airbyte
  labels:
    app: airbyte
type: Opaque
stringData:
  database-password: hunter2
  empty: ""
  license-key: license
`
)

// held is what both of them hold.
var held = map[string]string{"database-password": "hunter2", "empty": "", "license-key": "license"}

// sopsSeals lets the command seal a Secret into a file.
func (p *place) sopsSeals(name, text string) string {
	p.t.Helper()
	p.write(name, text)
	p.sops("encrypt", "-i", name)
	return p.read(name)
}

// creationRule is a .sops.yaml of one rule, with these lines.
func creationRule(lines ...string) string {
	return "creation_rules:\n- path_regex: \\.yaml$\n  " + strings.Join(lines, "\n  ") + "\n"
}

const (
	sealValues = "encrypted_regex: " + EncryptedRegex
	macOnly    = "mac_only_encrypted: true"
)

// TestWeReadWhatSopsSeals: each file is parsed, checked against the rule that it
// was sealed by, opened, and sealed again; unfit is what a render would say of it.
func TestWeReadWhatSopsSeals(t *testing.T) {
	alice, bob, carol := newPerson(t, false), newPerson(t, false), newPerson(t, false)
	quantum, quanta := newPerson(t, true), newPerson(t, true)
	outOfOrder := strings.Replace(clearData, "data:\n", "data:\n  license-key: bGljZW5zZQ==\n", 1)
	outOfOrder = outOfOrder[:strings.LastIndex(outOfOrder, "  license-key")] + outOfOrder[strings.Index(outOfOrder, "kind:"):]
	groups := func(people ...person) string {
		lines := []string{sealValues, macOnly, "shamir_threshold: 2", "key_groups:"}
		for _, p := range people {
			lines = append(lines, "- age: ["+p.recipient+"]")
		}
		return creationRule(lines...)
	}
	for _, tt := range []struct {
		name, config, clear string
		unfit               []string
	}{
		{"as the scaffold has it", sopsConfig(2, alice.recipient), clearData, nil},
		{"with SOPS' own indentation", sopsConfig(0, alice.recipient), clearData, nil},
		{"indented by 9", sopsConfig(9, alice.recipient), clearData, nil},
		{"under stringData", sopsConfig(2, alice.recipient), clearStringData, []string{"stringData"}},
		{"with a MAC of everything", creationRule(sealValues, "age: "+alice.recipient), clearData, []string{"sops.mac_only_encrypted"}},
		{
			"under stringData with a MAC of everything",
			creationRule(sealValues, "age: "+alice.recipient), clearStringData, []string{"sops.mac_only_encrypted", "stringData"},
		},
		{"for two", sopsConfig(2, alice.recipient, bob.recipient), clearData, nil},
		{"post-quantum", sopsConfig(2, quantum.recipient), clearData, nil},
		{"post-quantum for two", sopsConfig(2, quantum.recipient, quanta.recipient), clearData, nil},
		{"post-quantum beside another", sopsConfig(2, quantum.recipient, alice.recipient), clearData, nil},
		{"recipients in a list", creationRule(sealValues, macOnly, "age: ["+alice.recipient+", "+bob.recipient+"]"), clearData, nil},
		{"a recipient twice", creationRule(sealValues, macOnly, "age: ["+alice.recipient+", "+alice.recipient+"]"), clearData, nil},
		{"one key group", creationRule(sealValues, macOnly, "key_groups:", "- age: ["+alice.recipient+", "+bob.recipient+"]"), clearData, nil},
		{"one key group and a threshold", groups(alice), clearData, nil},
		{"two of two key groups", groups(alice, bob), clearData, nil},
		{"two of three key groups", groups(alice, bob, carol), clearData, nil},
		{"keys out of order", sopsConfig(2, alice.recipient), outOfOrder, []string{"data"}},
		{"an expression that means the same", creationRule("encrypted_regex: ^(stringData|data)$", macOnly, "age: "+alice.recipient), clearData, nil},
		{"an expression of what is not sealed", creationRule("unencrypted_regex: ^(apiVersion|kind|metadata|type)$", macOnly, "age: "+alice.recipient), clearData, nil},
		{"comments among the values", sopsConfig(2, alice.recipient), strings.Replace(clearData, "data:\n", "# above\ndata:\n  # inside\n", 1), nil},
		{"a MAC that nothing goes into", sopsConfig(2, alice.recipient), "apiVersion: v1\ndata:\n  empty: \"\"\nkind: Secret\nmetadata:\n  name: airbyte-config-secrets\n  namespace: airbyte\n  labels: {app: airbyte}\ntype: Opaque\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, tt.config, alice.identity, bob.identity, quantum.identity)
			s := parsed(t, p.sopsSeals("a.sops.yaml", tt.clear))
			var unfit []string
			for _, u := range s.Unfit {
				unfit = append(unfit, u.Field)
			}
			if !slices.Equal(unfit, tt.unfit) {
				t.Errorf("unfit: got %q, want %q", unfit, tt.unfit)
			}
			want := values(held)
			if !strings.Contains(tt.clear, "license") {
				want = values(map[string]string{"empty": ""})
			}
			opened := opens(t, s)
			sameValues(t, opened.Values, want)
			if s.Name != "airbyte-config-secrets" || s.Namespace != "airbyte" || s.Type != "Opaque" || s.Labels["app"] != "airbyte" {
				t.Errorf("got %s/%s %s %v", s.Namespace, s.Name, s.Type, s.Labels)
			}
			rule := p.rule("a.sops.yaml")
			for _, r := range []*Rule{rule, s.Own()} {
				if d := r.Differs(s); len(d) > 0 {
					t.Errorf("differs from %s: %v", r.Source, d)
				}
			}
			for _, k := range s.Keys {
				size := want[k.Name].Len()
				if s.Field == "data" {
					size = base64.StdEncoding.EncodedLen(size)
				}
				if k.Size != size {
					t.Errorf("%s: got %d bytes, want %d", k.Name, k.Size, size)
				}
			}
			// What is unfit or says it in other words is put right, once.
			change := p.seal("a.sops.yaml", opened, Options{})
			right := len(unfit) == 0 && s.meta.EncryptedRegex == EncryptedRegex
			if change.None() != right || change.Rotated != "" {
				t.Errorf("sealed again: %+v", change)
			}
			sameValues(t, p.open("a.sops.yaml").Values, want)
			sameValues(t, decrypted(t, p.sops("decrypt", "a.sops.yaml")), want)
			if change := p.seal("a.sops.yaml", opened, Options{}); !change.None() {
				t.Errorf("sealed once more: %+v", change)
			}
		})
	}
}

// SOPS ends with exit status 0 in each of these cases, and calls the file sealed.
func TestWeRefuseWhatSopsSealsInNameOnly(t *testing.T) {
	alice := newPerson(t, false)
	to := "age: " + alice.recipient
	for _, tt := range []struct {
		name, config, clear string
		says                string // by Parse
		rule                string // by Rules.For; empty where the rule is not to blame
	}{
		{"an expression that does not compile", creationRule("encrypted_regex: ^(data|stringData$", macOnly, to), clearData, "does not compile", "does not compile"},
		{"an expression with blanks", creationRule("encrypted_regex: ^(data | stringData)$", macOnly, to), clearData, "data.database-password: is in clear", "in clear"},
		{"an expression in another case", creationRule("encrypted_regex: ^(Data|StringData)$", macOnly, to), clearData, "data.database-password: is in clear", "in clear"},
		{"an option that is not known", creationRule("encrypted_regx: "+EncryptedRegex, macOnly, to), clearData, "kind: is sealed", "unknown"},
		{"no expression", creationRule(macOnly, to), clearData, "kind: is sealed", ""},
		{"a suffix that is of metadata too", creationRule("encrypted_suffix: ata", macOnly, to), clearData, "is sealed", "seals more"},
		{"a suffix that nothing has", creationRule("encrypted_suffix: _secret", macOnly, to), clearData, "is in clear", "in clear"},
		{"a suffix that everything has not", creationRule("unencrypted_suffix: data", macOnly, to), clearData, "kind: is sealed", "in clear"},
		{"an expression that is not anchored", creationRule("encrypted_regex: '[dD]ata'", macOnly, to), clearData, "metadata.name: is not a name in clear", "seals more"},
		{"everything but the values", creationRule("unencrypted_regex: ^(data|stringData)$", macOnly, to), clearData, "is sealed", "in clear"},
		{"by comments", creationRule("encrypted_comment_regex: seal", macOnly, to), clearData, "decides by comments", "comments"},
		{
			"by comments that are there", creationRule("encrypted_comment_regex: seal", macOnly, to),
			strings.Replace(clearData, "data:\n", "# seal\ndata:\n", 1), "decides by comments", "comments",
		},
		{"by comments what is not", creationRule("unencrypted_comment_regex: clear", macOnly, to), clearData, "is sealed", "comments"},
		{"values that are no text", sopsConfig(2, alice.recipient), strings.Replace(clearStringData, "hunter2", "12345", 1), "is damaged", ""},
		{"values that are null", sopsConfig(2, alice.recipient), strings.Replace(clearStringData, "hunter2", "null", 1), "is in clear", ""},
		{"values in a list", sopsConfig(2, alice.recipient), strings.Replace(clearStringData, "hunter2", "[a]", 1), "is no text", ""},
		{"two objects", sopsConfig(2, alice.recipient), clearData + "---\n" + clearData, "more than one document", ""},
		{"another kind", sopsConfig(2, alice.recipient), strings.Replace(clearData, "kind: Secret", "kind: ConfigMap", 1), "is no v1 Secret", ""},
		{"data beside stringData", sopsConfig(2, alice.recipient), clearData + "stringData:\n  a: b\n", "stands beside", ""},
		{"metadata of a cluster", sopsConfig(2, alice.recipient), strings.Replace(clearData, "  name:", "  uid: x\n  name:", 1), "is no part of a Secret in git", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, tt.config, alice.identity)
			text := p.sopsSeals("a.sops.yaml", tt.clear)
			_, err := Parse([]byte(text))
			if bad := (*FormatError)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q\n%s", err, tt.says, text)
			}
			_, err = Rules{}.For(p.path("a.sops.yaml"))
			switch {
			case tt.rule == "" && err != nil:
				t.Errorf("the rule: %v", err)
			case tt.rule != "" && (err == nil || !strings.Contains(err.Error(), tt.rule)):
				t.Errorf("the rule: got %v, want %q", err, tt.rule)
			}
		})
	}
}

// A key may be called what the sops block leaves in clear: sops takes what stands
// there for the value, even if it looks sealed.
func TestSealedKeyThatNobodyOpens(t *testing.T) {
	alice := newPerson(t, false)
	p := newPlace(t, creationRule("unencrypted_regex: ^(apiVersion|kind|metadata|type|spare)$", macOnly, "age: "+alice.recipient)+"stores: {yaml: {indent: 2}}\n", alice.identity)
	text := p.sopsSeals("a.sops.yaml", clearStringData)
	token := parsed(t, text).Tokens()["license-key"]
	text = strings.Replace(text, "  license-key:", "  spare: "+token+"\n  license-key:", 1)
	p.write("a.sops.yaml", text)
	if got := p.sops("decrypt", "--extract", `["stringData"]["spare"]`, "a.sops.yaml"); strings.TrimSpace(got) != token {
		t.Errorf("sops has come to say %q", got)
	}
	if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "stringData.spare: is sealed, but the sops block says that it is not") {
		t.Errorf("got %v", err)
	}
}

func TestKeyGroupsOpenTogether(t *testing.T) {
	people := []person{newPerson(t, false), newPerson(t, false), newPerson(t, true)}
	config := creationRule(sealValues, macOnly, "shamir_threshold: 2", "key_groups:",
		"- age: ["+people[0].recipient+"]", "- age: ["+people[1].recipient+"]", "- age: ["+people[2].recipient+"]")
	for have := range 1 << len(people) {
		var identities []string
		for i, who := range people {
			if have&(1<<i) != 0 {
				identities = append(identities, who.identity)
			}
		}
		t.Run(fmt.Sprintf("%03b", have), func(t *testing.T) {
			p := newPlace(t, config, identities...)
			s := parsed(t, p.sopsSeals("a.sops.yaml", clearData))
			if s.Threshold != 2 || len(s.Recipients) != 3 {
				t.Errorf("got %d of %d, want 2 of 3", s.Threshold, len(s.Recipients))
			}
			_, _, err := sopstest.Run(t, p.dir, p.keys, "", "decrypt", "a.sops.yaml")
			_, ours := Keyring{}.Open(t.Context(), s)
			if enough := len(identities) >= 2; enough != (err == nil) || enough != (ours == nil) {
				t.Errorf("with %d keys: sops says %v, we say %v", len(identities), err, ours)
			}
			if none := (*NoKeyError)(nil); ours != nil && (!errors.As(ours, &none) || len(none.Recipients) != 3-len(identities)) {
				t.Errorf("got %v", ours)
			}
		})
	}
}

// Whoever has an SSH key need not make another. What stands behind the key names
// a person and a machine: sops writes it into the file, we do not.
func TestSSHKeysOpen(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	recipient := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	p := newPlace(t, sopsConfig(2, recipient+" alice@laptop"))
	p.write("id", string(pem.EncodeToMemory(block)))
	p.give("SOPS_AGE_SSH_PRIVATE_KEY_FILE", p.path("id"))

	text := p.sopsSeals("theirs.sops.yaml", clearData)
	if !strings.Contains(text, "alice@laptop") {
		t.Errorf("sops has come to leave out the comment:\n%s", text)
	}
	s := parsed(t, text)
	if d := p.rule("theirs.sops.yaml").Differs(s); len(d) > 0 || len(s.Recipients) != 1 || s.Recipients[0].ID != recipient {
		t.Errorf("got %v, differing in %v", s.Recipients, d)
	}
	opened := opens(t, s)
	sameValues(t, opened.Values, values(held))
	if change := p.seal("theirs.sops.yaml", opened, Options{}); !change.None() {
		t.Errorf("got %+v for a comment", change)
	}

	p.seal("ours.sops.yaml", opened, Options{})
	if strings.Contains(p.read("ours.sops.yaml"), "alice@laptop") {
		t.Errorf("holds the comment:\n%s", p.read("ours.sops.yaml"))
	}
	sameValues(t, decrypted(t, p.sops("decrypt", "ours.sops.yaml")), values(held))
	sameValues(t, p.open("ours.sops.yaml").Values, values(held))
}
