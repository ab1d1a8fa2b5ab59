package secret

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

// b64 is a value as sops set takes it: JSON of what stands under data.
func b64(value string) string {
	return `"` + base64.StdEncoding.EncodeToString([]byte(value)) + `"`
}

var modified = regexp.MustCompile(`(?m)^ *lastmodified: .*\n`)

func timeless(text string) string { return modified.ReplaceAllString(text, "") }

// TestSopsWorksOnOurFiles: people go on using the sops command on files of ours.
// No verb changes a line that it need not, and after each of them sealing the same
// again changes nothing.
func TestSopsWorksOnOurFiles(t *testing.T) {
	for _, indent := range []int{2, 0} {
		t.Run(fmt.Sprintf("indent %d", indent), func(t *testing.T) {
			const file = "a.sops.yaml"
			alice, bob := newPerson(t, false), newPerson(t, false)
			p := newPlace(t, sopsConfig(indent, alice.recipient), alice.identity)
			plain := &Plain{
				Name: "airbyte-config-secrets", Namespace: "airbyte", Labels: map[string]string{"app": "airbyte"}, Annotations: map[string]string{"a/b": "c"},
				Values: values(nasty()),
			}
			delete(plain.Values, "random") // it is large, and the command runs thirty times
			p.seal(file, plain, Options{})

			// settled makes sure that both agree on what the file holds now.
			settled := func(verb string) {
				t.Helper()
				if got := p.open(file); !got.equal(plain) {
					t.Errorf("after %s we open something else", verb)
				}
				sameValues(t, decrypted(t, p.sops("decrypt", file)), plain.Values)
				if change := p.seal(file, plain, Options{}); !change.None() {
					t.Errorf("after %s sealing again changes %+v", verb, change)
				}
			}
			// lines leaves out lastmodified: sops may do two things in a second.
			lines := func(verb, before string, changed, added, removed int) {
				t.Helper()
				if c, a, r := changedLines(timeless(before), timeless(p.read(file))); c != changed || a != added || r != removed {
					t.Errorf("%s changed %d lines, added %d, removed %d; want %d, %d, %d", verb, c, a, r, changed, added, removed)
				}
				settled(verb)
			}
			settled("seal")

			before := p.read(file)
			_, stderr, err := sopstest.Run(t, p.dir, append(p.keys, "EDITOR=true"), "", "edit", file)
			if code := sopstest.ExitCode(err); code != 200 {
				t.Errorf("sops edit: exit status %d, want 200 for a file that has not changed\n%s", code, stderr)
			}
			lines("edit that changes nothing", before, 0, 0, 0)
			if p.read(file) != before {
				t.Error("sops edit wrote other bytes")
			}

			p.sops("set", "--idempotent", file, `["data"]["one-byte"]`, b64("x"))
			if p.read(file) != before {
				t.Error("sops set of the same value wrote other bytes")
			}

			p.sops("set", file, `["data"]["one-byte"]`, b64("y"))
			plain.Values["one-byte"] = NewValue([]byte("y"))
			if c, a, r := changedLines(before, p.read(file)); c != 3 || a+r != 0 {
				t.Errorf("set changed %d lines, added %d, removed %d; want 3: the value, lastmodified, mac", c, a, r)
			}
			lines("set", before, 2, 0, 0)

			before = p.read(file)
			p.sops("set", file, `["data"]["zz-last"]`, b64("new"))
			plain.Values["zz-last"] = NewValue([]byte("new"))
			lines("set of a new key", before, 1, 1, 0)

			before = p.read(file)
			p.sops("unset", file, `["data"]["zz-last"]`)
			delete(plain.Values, "zz-last")
			lines("unset", before, 1, 0, 1)

			before = p.read(file)
			edited := p.sops("decrypt", file)
			p.write("edited.yaml", strings.Replace(edited, "one-byte: "+strings.Trim(b64("y"), `"`), "one-byte: "+strings.Trim(b64("z"), `"`), 1))
			if _, stderr, err := sopstest.Run(t, p.dir, append(p.keys, "EDITOR=cp "+p.path("edited.yaml")), "", "edit", file); err != nil {
				t.Fatalf("sops edit: %v\n%s", err, stderr)
			}
			plain.Values["one-byte"] = NewValue([]byte("z"))
			lines("edit of a value", before, 2, 0, 0)

			before = p.read(file)
			p.sops("updatekeys", "-y", file)
			if p.read(file) != before {
				t.Error("sops updatekeys with nobody new wrote other bytes")
			}
			p.write(configName, sopsConfig(indent, alice.recipient, bob.recipient))
			p.sops("updatekeys", "-y", file)
			if got := parsed(t, p.read(file)); len(got.Recipients) != 2 {
				t.Errorf("got %v", got.Recipients)
			}
			settled("updatekeys")

			tokens := parsed(t, p.read(file)).Tokens()
			p.sops("rotate", "-i", file)
			for key, token := range parsed(t, p.read(file)).Tokens() {
				if token == tokens[key] && token != "" {
					t.Errorf("rotate left %s as it was", key)
				}
			}
			settled("rotate")

			p.write(configName, sopsConfig(indent, bob.recipient))
			p.give("SOPS_AGE_KEY", alice.identity+"\n"+bob.identity)
			p.sops("rotate", "-i", "--rm-age", alice.recipient, file)
			p.give("SOPS_AGE_KEY", bob.identity)
			settled("rotate without a recipient")
		})
	}
}

// Sops sorts nothing: a key that it adds stands last. Sealing again puts the file
// into the order that survives kustomize.
func TestSealSortsWhatSopsAdded(t *testing.T) {
	const file = "a.sops.yaml"
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient), alice.identity)
	plain := &Plain{Name: "a", Values: values(held)}
	p.seal(file, plain, Options{})
	p.sops("set", file, `["data"]["a-first"]`, b64("new"))
	plain.Values["a-first"] = NewValue([]byte("new"))
	s := parsed(t, p.read(file))
	if len(s.Unfit) != 1 || s.Unfit[0].Field != "data" {
		t.Errorf("got unfit %v, want that keys are not sorted", s.Unfit)
	}
	tokens := s.Tokens()
	change := p.seal(file, plain, Options{})
	if change.None() || len(change.Added)+len(change.Changed)+len(change.Removed) > 0 || change.Rotated != "" {
		t.Errorf("got %+v, want a change of the layout alone", change)
	}
	if !maps.Equal(parsed(t, p.read(file)).Tokens(), tokens) {
		t.Error("sorting sealed values anew")
	}
	sameValues(t, p.open(file).Values, plain.Values)
	sameValues(t, decrypted(t, p.sops("decrypt", file)), plain.Values)
}

// A file that sops has made with other line breaks or indentation than its config
// has it now stays as it is: only what changes is written.
func TestSealLeavesAnotherIndentAlone(t *testing.T) {
	const file = "a.sops.yaml"
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(0, alice.recipient), alice.identity)
	plain := &Plain{Name: "a", Values: values(held)}
	p.seal(file, plain, Options{})
	before := p.read(file)
	p.write(configName, sopsConfig(2, alice.recipient))
	if change := p.seal(file, plain, Options{}); !change.None() || p.read(file) != before {
		t.Errorf("got %+v for another indentation", change)
	}
}
