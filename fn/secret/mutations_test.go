package secret

import (
	"encoding/base64"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

// outcome is what a reader makes of a file that somebody has changed by hand.
type outcome string

const (
	same     outcome = "ok"       // opens it, to the values that were sealed
	altered  outcome = "altered"  // opens it to something else, and says nothing
	mismatch outcome = "mismatch" // sops: the MAC is another
	failed   outcome = "error"    // sops: any other error
	panics   outcome = "panic"
	refused  outcome = "refused" // we: an error of Parse or Open
	seen     outcome = "seen"    // we, without a key: an error or a finding that was not there before
	blind    outcome = "blind"   // we, without a key: as before
)

// verdict is what sops, our check without a key and our Open say of a file.
type verdict struct{ sops, keyless, open outcome }

// mutation is a change to a sealed file, and the verdict for a file of ours, whose
// MAC is of the values alone, and for one of the sops command, whose MAC is of
// everything. Why says why nobody can see it without a key, or at all.
type mutation struct {
	name      string
	edit      func(*mutant)
	only, all verdict
	why       string
}

const (
	whyMeans  = "means the same"
	whyBeside = "what is beside the values is in clear and outside the MAC of the values: a render holds name and namespace to its own, the rest is for who reads the diff"
	whyNames  = "a MAC is of values, not of names"
	whyKeyed  = "tells only with the data key"
	whyEmpty  = "SOPS leaves what is empty out of the MAC: a render misses a key that it reads, and nobody misses another"
	whyPublic = "recipients are public: whoever can write the file can seal another, so who may write it is for the repository to say"
	whySealer = "says whom it is for only to who can open it, and a file opens with any one"
)

func row(name string, edit func(*mutant), v verdict, why string) mutation {
	return mutation{name, edit, v, v, why}
}

// control is a file that nobody has changed.
var control = row("nothing", func(*mutant) {}, verdict{same, blind, same}, "is what was sealed")

// studied are the changes that this package was designed by, and what sops 3.13.3
// says to them.
var studied = []mutation{
	{"namespace changed", sub("  namespace: airbyte\n", "  namespace: other\n"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"namespace removed", sub("  namespace: airbyte\n", ""), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"name with a prefix", sub("  name: airbyte", "  name: prod-airbyte"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"label changed", sub("tier: db", "tier: web"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"label added", sub("    tier: db\n", "    tier: db\n    zone: a\n"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"label removed", sub("    tier: db\n", ""), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"annotation changed", sub("note: one", "note: eins"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"annotation added", sub("    note: one\n", "    note: one\n    zone: a\n"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"annotation removed", sub("    note: one\n", ""), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"type changed", sub("type: Opaque", "type: example.com/x"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"kind before apiVersion", (*mutant).kindFirst, verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyMeans},
	row("values in quotes", re(`(?m)^  alpha: (ENC.*)$`, `  alpha: "$1"`), verdict{same, blind, same}, whyMeans),
	row("another indentation", (*mutant).reindent, verdict{same, blind, same}, whyMeans),
	row("other line breaks", re("\n", "\r\n"), verdict{same, blind, same}, whyMeans),
	row("comment among the values", sub("  beta:", "  # a comment\n  beta:"), verdict{same, blind, same}, whyMeans),
	row(`label "" added`, sub("    tier: db\n", "    tier: db\n    zone: \"\"\n"), verdict{same, blind, same}, whyBeside),
	row("label null added", sub("    tier: db\n", "    tier: db\n    zone: null\n"), verdict{same, blind, same}, whyBeside),
	row("field in clear renamed", sub("  namespace:", "  namespaceX:"), verdict{same, seen, refused}, ""),
	row("bytes moved between labels", subs("app: airbyte", "app: airbyt", "tier: db", "tier: edb"), verdict{same, blind, same}, "a MAC is of values in a row: their ends are not part of it"),
	row("values in another order", swapLines("alpha", "beta"), verdict{mismatch, seen, refused}, ""),
	row("values swapped", (*mutant).swapValues, verdict{failed, blind, refused}, whyKeyed),
	row("key renamed", sub("  alpha:", "  alphb:"), verdict{failed, blind, refused}, whyKeyed),
	row("bit flipped in a value", flip("alpha", 1), verdict{failed, blind, refused}, whyKeyed),
	row("value removed", re(`(?m)^  alpha: .*\n`, ""), verdict{mismatch, blind, refused}, whyKeyed+"; a render misses a key that it reads"),
	row("value emptied", re(`(?m)^  alpha: .*$`, `  alpha: ""`), verdict{mismatch, seen, refused}, ""),
	row("empty key removed", sub("  empty: \"\"\n", ""), verdict{altered, blind, altered}, whyEmpty),
	row("empty key added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: \"\"\n"), verdict{altered, seen, altered}, ""),
	row("null added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: null\n"), verdict{altered, seen, refused}, ""),
	row("{} added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: {}\n"), verdict{altered, seen, refused}, ""),
	row("value in clear added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: aHVudGVyMg==\n"), verdict{failed, seen, refused}, ""),
	row("key twice", sub("  empty: \"\"\n", "  empty: \"\"\n  empty: \"\"\n"), verdict{failed, seen, refused}, ""),
	row("junk behind a value", re(`(?m)^  alpha: (ENC.*)$`, `  alpha: ${1}JUNK`), verdict{same, seen, refused}, ""),
	row("text turned into a number", retype("digits", "int"), verdict{altered, seen, refused}, ""),
	row("text turned into bytes", retype("alpha", "bytes"), verdict{panics, seen, refused}, ""),
	row("expression that means the same", sub("encrypted_regex: ^(data|stringData)$", "encrypted_regex: ^(stringData|data)$"), verdict{same, blind, same}, whyMeans),
	row("version changed", re(`(?m)^  version: .*$`, "  version: 3.9.0"), verdict{same, blind, same}, "says which sops sealed it, and nobody goes by it"),
	row("unknown field of SOPS", sub("  version:", "  future: x\n  version:"), verdict{same, seen, same}, ""),
	row("expression of less", sub("^(data|stringData)$", "^(stringData)$"), verdict{mismatch, seen, refused}, ""),
	row("expression of more", sub("^(data|stringData)$", "^(data|stringData|type)$"), verdict{failed, seen, refused}, ""),
	row("time changed", re(`(?m)^  lastmodified: .*$`, `  lastmodified: "2021-01-01T00:00:00Z"`), verdict{mismatch, blind, refused}, whyKeyed),
	{"MAC of something else", (*mutant).toggle, verdict{mismatch, seen, refused}, verdict{mismatch, blind, refused}, whyKeyed},
	row("MAC removed", re(`(?m)^  mac: .*\n`, ""), verdict{mismatch, seen, refused}, ""),
}

// found are those that somebody has thought of since.
var found = []mutation{
	{"type removed", sub("type: Opaque\n", ""), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	{"field added", sub("kind: Secret\n", "immutable: true\nkind: Secret\n"), verdict{same, blind, same}, verdict{mismatch, blind, refused}, whyBeside},
	row("label renamed", sub("    app:", "    apq:"), verdict{same, blind, same}, whyNames),
	row("bit flipped in a tag", flip("alpha", 3), verdict{failed, blind, refused}, whyKeyed),
	row("comment at the top", sub("apiVersion:", "# a comment\napiVersion:"), verdict{same, blind, same}, whyMeans),
	{"apiVersion changed", sub("apiVersion: v1", "apiVersion: v2"), verdict{same, seen, refused}, verdict{mismatch, seen, refused}, ""},
	{"kind changed", sub("kind: Secret", "kind: ConfigMap"), verdict{same, seen, refused}, verdict{mismatch, seen, refused}, ""},
	{"field of another kind", sub("kind: Secret\n", "kind: Secret\nspec: x\n"), verdict{same, seen, refused}, verdict{mismatch, seen, refused}, ""},
	{"values under an annotation", sub("    note: one\n", "    data: ENC[AES256_GCM,x]\n    note: one\n"), verdict{failed, seen, refused}, verdict{failed, seen, refused}, ""},
	row("byte order mark", sub("apiVersion:", "\ufeffapiVersion:"), verdict{same, seen, refused}, ""),
	row("comment beside a value", re(`(?m)^  alpha: (ENC.*)$`, `  alpha: $1 # a comment`), verdict{same, blind, same}, whyMeans),
	row("bit flipped in an initialization vector", flip("alpha", 2), verdict{failed, blind, refused}, whyKeyed),
	row("bit flipped that base64 overlooks", (*mutant).overlooked, verdict{same, seen, refused}, ""),
	row("line break that base64 overlooks", re(`(?m)^  alpha: (ENC\[AES256_GCM,data:....)(.*)$`, `  alpha: "$1\r$2"`), verdict{same, seen, refused}, ""),
	row("value copied to another key", (*mutant).copyValue, verdict{failed, blind, refused}, whyKeyed),
	row("number added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: 5\n"), verdict{failed, seen, refused}, ""),
	row("[] added", sub("  empty: \"\"\n", "  empty: \"\"\n  zone: []\n"), verdict{altered, seen, refused}, ""),
	row("text turned into a fraction", retype("digits", "float"), verdict{altered, seen, refused}, ""),
	row("text turned into a truth value", retype("alpha", "bool"), verdict{failed, seen, refused}, ""),
	row("text turned into a comment", retype("alpha", "comment"), verdict{mismatch, seen, refused}, ""),
	row("MAC turned into bytes", re(`(?m)^(  mac: .*),type:str\]`, "$1,type:bytes]"), verdict{panics, seen, refused}, ""),
	row("junk behind the MAC", re(`(?m)^(  mac: .*)$`, "${1}JUNK"), verdict{same, seen, refused}, ""),
	row("MAC emptied", re(`(?m)^  mac: .*$`, `  mac: ""`), verdict{mismatch, seen, refused}, ""),
	row("MAC of a value", (*mutant).valueAsMAC, verdict{mismatch, seen, refused}, ""),
	row("bit flipped in the MAC", flip("mac", 1), verdict{mismatch, blind, refused}, whyKeyed),
	row("version removed", re(`(?m)^  version: .*\n`, ""), verdict{failed, seen, refused}, ""),
	row("time in another zone", re(`(?m)^  lastmodified: .*$`, `  lastmodified: "2020-02-03T05:05:06+01:00"`), verdict{mismatch, blind, refused}, whyKeyed),
	row("time of another form", re(`(?m)^  lastmodified: "(.*)Z"$`, `  lastmodified: "$1.000Z"`), verdict{same, seen, refused}, ""),
	row("expression that does not compile", sub("^(data|stringData)$", "^(data|stringData$"), verdict{mismatch, seen, refused}, ""),
	row("expression removed", re(`(?m)^  encrypted_regex: .*\n`, ""), verdict{failed, seen, refused}, ""),
	row("suffix beside the expression", sub("  version:", "  unencrypted_suffix: _x\n  version:"), verdict{failed, seen, refused}, ""),
	row("threshold of one group", sub("  version:", "  shamir_threshold: 2\n  version:"), verdict{same, blind, same}, "means nothing for one group"),
	row("recipient removed", (*mutant).withoutBob, verdict{same, seen, same}, ""),
	row("recipient added", (*mutant).withStranger, verdict{same, seen, same}, ""),
	row("recipient renamed", func(m *mutant) { m.sub(m.bob.recipient, m.stranger.recipient) }, verdict{same, seen, same}, ""),
	row("recipient twice", (*mutant).bobTwice, verdict{same, blind, same}, "is no other recipient"),
	row("data key of a recipient for a stranger", (*mutant).strangersKey, verdict{same, blind, same}, whySealer),
	row("our data key for a stranger", (*mutant).notOurs, verdict{failed, blind, refused}, whySealer),
	row("data key no age file", re(`BEGIN AGE`, "BEGIN PGP"), verdict{failed, seen, refused}, ""),
	row("SOPS block removed", re(`(?ms)^sops:.*`, ""), verdict{failed, seen, refused}, ""),
	row("SOPS block emptied", re(`(?ms)^sops:.*`, "sops: {}\n"), verdict{failed, seen, refused}, ""),
	{"second document", func(m *mutant) { m.text += "---\nname: other\n" }, verdict{same, seen, refused}, verdict{mismatch, seen, refused}, ""},
	row("stringData beside data", sub("kind: Secret\n", "kind: Secret\nstringData: {}\n"), verdict{same, seen, refused}, ""),
	row("values in clear under stringData", sub("kind: Secret\n", "kind: Secret\nstringData: {alpha: x}\n"), verdict{failed, seen, refused}, ""),
	row("data called stringData", re(`(?m)^data:`, "stringData:"), verdict{failed, seen, refused}, ""),
	row("anchor", re(`(?m)^  alpha: `, "  alpha: &x "), verdict{same, seen, refused}, ""),
	row("tag", re(`(?m)^  alpha: `, "  alpha: !!str "), verdict{same, seen, refused}, ""),
	row("merge key", sub("  empty:", "  <<: {}\n  empty:"), verdict{same, seen, refused}, ""),
	row("key that is no text", sub("  empty:", "  1: \"\"\n  empty:"), verdict{failed, seen, refused}, ""),
	row("older file", func(m *mutant) { m.text = m.older }, verdict{altered, blind, altered}, "was sealed by who may, once: the history of the repository tells"),
	row("file of a stranger", func(m *mutant) { m.text = m.forged }, verdict{altered, blind, altered}, whyPublic),
}

// TestMutations changes a file of ours and one of the sops command in all these
// ways, and holds sops, our check without a key and our Open to the table.
func TestMutations(t *testing.T) {
	if len(studied) != 42 {
		t.Errorf("the table has come to %d changes", len(studied))
	}
	t.Logf("%d changes to each of 2 files", len(studied)+len(found))
	alice, bob := newPerson(t, false), newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient, bob.recipient), alice.identity)
	plain := &Plain{
		Name: "airbyte-config-secrets", Namespace: "airbyte",
		Labels: map[string]string{"app": "airbyte", "tier": "db"}, Annotations: map[string]string{"note": "one", "other": "two"},
		Values: values(map[string]string{"alpha": "hunter2-alpha", "beta": "hunter2-beta", "digits": digits, "empty": ""}),
	}
	was := plain.clone()
	was.Values["beta"] = NewValue([]byte("an older password"))
	forged := plain.clone()
	forged.Values["alpha"] = NewValue([]byte("what the stranger likes"))
	stranger := newPerson(t, false)

	base := map[string]*mutant{"only": {}, "all": {}}
	for field, secret := range map[string]*Plain{"older": was, "forged": forged, "text": plain} {
		p.seal(field+".sops.yaml", secret, Options{})
		only := p.read(field + ".sops.yaml")
		clear := p.sops("decrypt", field+".sops.yaml")
		all := p.sopsSealsAll(alice.recipient+","+bob.recipient, clear)
		for kind, text := range map[string]string{"only": only, "all": all} {
			switch m := base[kind]; field {
			case "older":
				m.older = text
			case "forged":
				m.forged = text
			default:
				m.text = text
			}
		}
	}

	rule := p.rule("text.sops.yaml")
	before := map[string][]string{}
	for kind, m := range base {
		before[kind] = findings(rule, m.text)
	}
	for _, tt := range slices.Concat([]mutation{control}, studied, found) {
		t.Run(tt.name, func(t *testing.T) {
			for kind, want := range map[string]verdict{"only": tt.only, "all": tt.all} {
				t.Run(kind, func(t *testing.T) {
					t.Parallel()
					m := *base[kind]
					m.t, m.bob, m.stranger = t, bob, stranger
					tt.edit(&m)
					if tt.name != control.name && m.text == base[kind].text {
						t.Fatal("nothing was changed")
					}
					got := verdict{p.sopsSays(t, m.text, plain), keyless(rule, m.text, before[kind]), ourOpen(t, m.text, plain)}
					if got != want {
						t.Errorf("got %v, want %v\n%s", got, want, m.text)
					}
				})
			}
			if (tt.only.keyless == blind || tt.all.keyless == blind) == (tt.why == "") {
				t.Errorf("why is %q", tt.why)
			}
		})
	}
}

// digits is a value whose base64 is a number: 1234.
const digits = "\xd7\x6d\xf8"

// sopsSealsAll lets the command seal with a MAC of everything.
func (p *place) sopsSealsAll(recipients, clear string) string {
	p.t.Helper()
	p.write("clear.yaml", clear)
	return p.sops("--config", p.config("all.yaml", creationRule(sealValues, "age: "+recipients)+"stores: {yaml: {indent: 2}}\n"), "encrypt", "clear.yaml")
}

func (p *place) config(name, text string) string {
	p.t.Helper()
	p.write(name, text)
	return p.path(name)
}

// sopsSays runs sops decrypt, which checks the MAC.
func (p *place) sopsSays(t *testing.T, text string, plain *Plain) outcome {
	t.Helper()
	stdout, stderr, err := sopstest.Run(t, p.dir, p.keys, text, "decrypt", "--input-type", "yaml", "--output-type", "yaml")
	switch code := sopstest.ExitCode(err); {
	case strings.Contains(stderr, "goroutine "):
		return panics
	case code == 51:
		return mismatch
	case code != 0:
		return failed
	}
	var object struct{ Data, StringData map[string]any }
	if err := yaml.Unmarshal([]byte(stdout), &object); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	for key, v := range plain.Values {
		want[key] = base64.StdEncoding.EncodeToString(v.Reveal())
	}
	if len(object.StringData) > 0 || !maps.EqualFunc(object.Data, want, reflect.DeepEqual) {
		return altered
	}
	return same
}

// findings is all that we say of a file without a key.
func findings(rule *Rule, text string) []string {
	s, err := Parse([]byte(text))
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, list := range [][]Problem{s.Unfit, s.Warnings, rule.Differs(s)} {
		for _, p := range list {
			all = append(all, p.String())
		}
	}
	return all
}

func keyless(rule *Rule, text string, before []string) outcome {
	for _, f := range findings(rule, text) {
		if !slices.Contains(before, f) {
			return seen
		}
	}
	return blind
}

func ourOpen(t *testing.T, text string, plain *Plain) outcome {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		return refused
	}
	p, err := Keyring{}.Open(t.Context(), s)
	switch {
	case err != nil:
		return refused
	case !maps.EqualFunc(p.Values, plain.Values, Value.Equal):
		return altered
	}
	return same
}
