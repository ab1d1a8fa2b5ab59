package secret

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// canary is a value that must not show up in an error, nor any six bytes of it.
const canary = "Zq7-canary_Xv9+Kw3/Yt5="

// silent makes sure that an error about a text quotes no value of it. What else a
// Secret says, such as its name, its keys and who can open it, an error may name.
func silent(t *testing.T, err error, text string) {
	t.Helper()
	silentBut(t, err, func() string { return beside(text) })
}

// silentBut is silent but for what may be named.
func silentBut(t *testing.T, err error, named func() string) {
	t.Helper()
	if err == nil {
		return
	}
	said := fmt.Sprintf("%v %+v %#v", err, err, err)
	for i := 0; i+6 <= len(canary); i++ {
		if part := canary[i : i+6]; strings.Contains(said, part) && !strings.Contains(named(), part) {
			t.Fatalf("an error quotes %q of a value: %s", part, said)
		}
	}
}

// beside is all text of a Secret but its values; nothing of what is no YAML.
func beside(text string) string {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
		return ""
	}
	var all strings.Builder
	var walk func(n *yaml.Node, value bool)
	walk = func(n *yaml.Node, value bool) {
		if n.Kind == yaml.ScalarNode && !value {
			all.WriteString(n.Value + "\n")
		}
		for i, c := range n.Content {
			key := n.Kind == yaml.MappingNode && i%2 == 0
			field := n == doc.Content[0] && i%2 == 1 && slices.Contains([]string{"data", "stringData"}, n.Content[i-1].Value)
			walk(c, (value || field) && !key)
		}
	}
	walk(doc.Content[0], false)
	return all.String()
}

// fuzzRule is a rule for the key that everybody has. The processes of a fuzz target
// have to have the same.
func fuzzRule(f *testing.F) *Rule {
	f.Helper()
	file, err := os.ReadFile("../../examples/demo.agekey")
	if err != nil {
		f.Fatal(err)
	}
	recipients, err := RecipientsOf(file)
	if err != nil {
		f.Fatal(err)
	}
	group, wrong := (&Recipients{Age: recipients}).group()
	if len(wrong) > 0 {
		f.Fatal(wrong)
	}
	f.Setenv("HOME", f.TempDir())
	f.Setenv("SOPS_AGE_KEY", string(file))
	return newRule("fuzz", []sops.KeyGroup{group}, 0, 2)
}

// FuzzParse: whatever is taken for a sealed Secret can be opened, or not, in good
// order; what cannot be taken for one is not quoted.
func FuzzParse(f *testing.F) {
	rule := fuzzRule(f)
	plain := &Plain{
		Name: "a", Namespace: "b", Labels: map[string]string{"app": "x"}, Immutable: true,
		Values: values(map[string]string{"alpha": "hunter2", "beta": "b", "digits": digits, "empty": ""}),
	}
	sealed, _, err := Keyring{}.Seal(context.Background(), plain, rule, nil, Options{Now: then})
	if err != nil {
		f.Fatal(err)
	}
	base := string(sealed)
	f.Add(base, "", "")
	f.Add(base, "type:str]", "type:bytes]")
	f.Add(base, "type:str]", "type:str]"+canary)
	f.Add(base, "empty: \"\"", "empty: "+canary)
	f.Add(base, "empty: \"\"", "empty: ["+canary+"]")
	f.Add(base, "empty: \"\"", "empty: *"+canary)
	f.Add(base, "empty: \"\"", "empty: !"+canary+" x")
	f.Add(base, "empty: \"\"", "empty: ENC["+canary+"]")
	f.Add(base, "empty: \"\"", "empty: \""+canary)
	f.Add(base, "empty: \"\"", "empty: 'a\n"+canary+": x'")
	f.Add(base, "data:", "stringData:")
	f.Add(base, "encrypted_regex: "+EncryptedRegex, "unencrypted_regex: x")
	f.Add(base, "encrypted_regex: "+EncryptedRegex, "encrypted_comment_regex: x")
	f.Add(base, "encrypted_regex", "encrypted_suffix")
	f.Add(base, "  age:", "  kms: [{arn: x, created_at: '2020-01-01T00:00:00Z', enc: x, context: {a: b}}]\n  age:")
	f.Add(base, "  age:", "  key_groups: [{age: []}, {pgp: [{fp: x, created_at: x, enc: y}]}]\n  agee:")
	f.Add(base, "lastmodified: \"2020", "lastmodified: \"2021")
	f.Add(base, "mac_only_encrypted: true\n", "mac_only_encrypted: false\n")
	f.Add(base, "  version:", "  shamir_threshold: -5\n  version:")
	f.Add("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: "+canary+"}\nsops: {}\n", "", "")
	f.Fuzz(func(t *testing.T, text, old, new string) {
		// The engine hardly ever keeps a file whole, so it may change one place of it.
		if old != "" {
			text = strings.Replace(text, old, new, 1)
		}
		s, err := Parse([]byte(text))
		silent(t, err, text)
		if err != nil {
			if bad := (*FormatError)(nil); !errors.As(err, &bad) || len(bad.Problems) == 0 {
				t.Fatalf("got %T with nothing in it", err)
			}
			return
		}
		for _, p := range append(append(s.Unfit, s.Warnings...), rule.Differs(s)...) {
			silent(t, errors.New(p.String()+p.Hint), text)
		}
		_ = s.Own()
		if slices.ContainsFunc(s.Recipients, func(r Recipient) bool { return r.Kind != "age" }) {
			return // a key service would be asked
		}
		p, err := Keyring{}.Open(t.Context(), s)
		silent(t, err, text)
		if err != nil {
			return
		}
		if object, err := ParseObject(s.Object()); err != nil || !object.Modified.Equal(s.Modified) {
			t.Fatalf("what was parsed is not what its object is: %v", err)
		}
		out, change, err := Keyring{}.Seal(t.Context(), p, rule, s, Options{Now: then})
		silent(t, err, text)
		if err != nil {
			return // a name, say, that the API server would refuse
		}
		if out != nil {
			again := parsed(t, string(out))
			if got := opens(t, again); !got.equal(p) {
				t.Fatal("sealed again it holds something else")
			}
			if out, change, err := (Keyring{}).Seal(t.Context(), p, rule, again, Options{Now: then}); err != nil || out != nil || !change.None() {
				t.Fatalf("sealed once more it changes %+v, %v", change, err)
			}
		} else if !change.None() {
			t.Fatalf("nothing to write, and a change %+v", change)
		}
	})
}

// FuzzParsePlain: whatever is taken for a Secret in clear can be sealed, if the
// API server would take it, and comes back; errors do not quote it.
func FuzzParsePlain(f *testing.F) {
	rule := fuzzRule(f)
	b64 := base64.StdEncoding.EncodeToString([]byte(canary))
	for _, text := range []string{
		clearData, clearStringData,
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: " + canary + "}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + b64 + "}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + canary + "}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: *" + canary + "}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: !" + canary + " x}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: \"" + canary + "}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: [" + canary + "]}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: b: " + canary + "\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: |\n   x\n  " + canary + "\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a, annotations: {x: " + canary + "}}\nstringData: {a: " + canary + "}\n",
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","uid":"x"},"data":{"a":"` + b64 + `"},"immutable":true}`,
		"apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: a, labels: {a: 5}}\ndata: {tls.crt: '', tls.key: ''}\nstringData: {tls.crt: x}\n",
		canary, "- " + canary, "&a " + canary, "apiVersion: " + canary,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePlain(text)
		silent(t, err, string(text))
		if err != nil {
			return
		}
		out, _, err := Keyring{}.Seal(t.Context(), p, rule, nil, Options{Now: then})
		silent(t, err, string(text))
		if err != nil {
			if p.Check() == nil && !strings.Contains(err.Error(), "cannot be printed") {
				t.Fatalf("nothing is wrong with it, and it cannot be sealed: %v", err)
			}
			return
		}
		if got := opens(t, parsed(t, string(out))); !got.equal(p) {
			t.Fatal("sealed and opened it is another")
		}
		for _, v := range p.Values {
			if v.Len() >= 8 && (bytes.Contains(out, v.Reveal()) || bytes.Contains(out, []byte(base64.StdEncoding.EncodeToString(v.Reveal())))) {
				// A name or a label may hold it by chance; then it is not for us to say.
				if !strings.Contains(p.Name+p.Namespace+p.Type+strings.Join(p.Keys(), " ")+fmt.Sprint(p.Labels, p.Annotations), string(v.Reveal())) {
					t.Fatal("the file holds a value in clear")
				}
			}
		}
	})
}

// FuzzSealOpen: what is sealed opens to the same, sealing it again changes
// nothing, and another value changes its own line.
func FuzzSealOpen(f *testing.F) {
	rule := fuzzRule(f)
	for _, text := range nasty() {
		if len(text) < 5000 {
			f.Add("key", []byte(text), []byte("other"), "airbyte", 2)
		}
	}
	f.Add("data", []byte{}, []byte{0}, "", 0)
	f.Fuzz(func(t *testing.T, key string, value, other []byte, label string, indent int) {
		p := &Plain{
			Name: "a", Labels: map[string]string{"app": strings.ToValidUTF8(label, "")}, // out of a YAML file
			Values: map[string]Value{key: NewValue(value), "canary": NewValue([]byte(canary)), "same": NewValue(value)},
		}
		rule := *rule
		rule.Indent = 1 + (indent&0xff)%12
		out, _, err := Keyring{}.Seal(t.Context(), p, &rule, nil, Options{Now: then})
		silent(t, err, "")
		if err != nil {
			if p.Check() == nil && !strings.Contains(err.Error(), "cannot be printed") {
				t.Fatalf("nothing is wrong with it, and it cannot be sealed: %v", err)
			}
			return
		}
		s := parsed(t, string(out))
		if got := opens(t, s); !got.equal(p) {
			t.Fatal("sealed and opened it is another")
		}
		if again, change, err := (Keyring{}).Seal(t.Context(), p, &rule, s, Options{Now: then.Add(1e9)}); err != nil || again != nil || !change.None() {
			t.Fatalf("sealed again it changes %+v, %v", change, err)
		}
		if key == "same" || key == "canary" || bytes.Equal(value, other) {
			return
		}
		q := p.clone()
		q.Values[key] = NewValue(other)
		changed, _, err := Keyring{}.Seal(t.Context(), q, &rule, s, Options{Now: then.Add(1e9)})
		silent(t, err, "")
		if err != nil {
			if q.Check() == nil {
				t.Fatal(err)
			}
			return
		}
		if c, a, r := changedLines(string(out), string(changed)); c != 3 || a+r != 0 {
			t.Fatalf("one value changed %d lines, added %d, removed %d\n%s\n%s", c, a, r, out, changed)
		}
	})
}

// FuzzConfig: a .sops.yaml is read as SOPS reads it, or refused.
func FuzzConfig(f *testing.F) {
	alice := newPerson(f, false).recipient
	for _, tt := range configs {
		f.Add([]byte(strings.NewReplacer("AGE1", alice, "AGE2", alice, "AGE3", alice, "PGP1", "85D77543B3D624B63CEA9E6DBC17301B491B3F21",
			"KMS1", "arn:aws:kms:eu-central-1:1:key/a", "GCP1", "projects/p/locations/l/keyRings/r/cryptoKeys/k", "HV1", "https://v/v1/transit/keys/a", "HW1", "r:7d2b1d4e-aaaa-bbbb-cccc-0123456789ab",
		).Replace(tt.config)))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &place{t: t, dir: dir}
		p.write(configName, string(text))
		ours, ourErr := p.ours("prod/a.sops.yaml")
		if ourErr != nil || ours == nil {
			return
		}
		if bytes.Contains(text, []byte("azure")) {
			return // SOPS may ask the network for a version
		}
		theirs, theirErr := p.theirs("prod/a.sops.yaml")
		if theirErr != nil || theirs == nil || !ours.equal(theirs) {
			t.Fatalf("they read %v (%v)\nwe read   %v\n%s", theirs, theirErr, ours, text)
		}
	})
}

// envNames are what stands before = where it is a name.
var envNames = regexp.MustCompile(`(?m)^\s*(export )?[-._a-zA-Z][-._a-zA-Z0-9]{0,252}=`)

// FuzzEnvFile: an error names a line and quotes nothing but a key; what is read
// stands in the file.
func FuzzEnvFile(f *testing.F) {
	for _, text := range []string{
		"A=1\n B=2\n#c\n\nC=\"q\"\n", "A=" + canary + "\nB\n", canary, "export A=" + canary, "A=" + canary + "\n" + canary + "\n", "A=1\nA=" + canary, "\ufeffA=1", "A=\xff", "A B=" + canary,
		"=" + canary, "A=1\r\nB=2\r\n", "A='" + canary + "'", "A= x ", strings.Repeat("A", 300) + "=" + canary, strings.Repeat("A", 300) + "canary_Xv9=1", "A=1\x00", "-----BEGIN X-----\n" + canary + "==\n",
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(dir, "env")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var s Sources
		err := s.EnvFile(name)
		names := func() string { return strings.Join(envNames.FindAllString(string(text), -1), "\n") }
		silentBut(t, err, names)
		for _, w := range s.Warnings {
			silentBut(t, errors.New(w.String()+w.Hint), names)
		}
		for key, v := range s.Values {
			if !bytes.Contains(text, append([]byte(key+"="), v.Reveal()...)) {
				t.Fatalf("%s is not in the file", key)
			}
		}
	})
}
