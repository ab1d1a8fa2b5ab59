package secret

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

// place is a folder with a .sops.yaml and the keys of people, in which the sops
// command and this package work on the same files.
type place struct {
	t   *testing.T
	dir string
	// keys are those that the command gets, as variables of the environment. The
	// library finds the same.
	keys []string
}

// newPlace makes a place where config is the .sops.yaml and identities are all
// the age keys that there are: those of whoever runs the test are out of sight.
func newPlace(t *testing.T, config string, identities ...string) *place {
	t.Helper()
	home := t.TempDir()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "SOPS_") {
			hide(t, name)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	p := &place{t: t, dir: t.TempDir()}
	if len(identities) > 0 {
		p.give("SOPS_AGE_KEY", strings.Join(identities, "\n"))
	}
	p.write(configName, config)
	return p
}

// hide takes a variable out of the environment until the test is over. An empty
// one is a source of keys to SOPS, and one that cannot be read.
func hide(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "")
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// give sets a variable for the library and the command.
func (p *place) give(name, value string) {
	p.t.Helper()
	p.t.Setenv(name, value)
	p.keys = slices.DeleteFunc(p.keys, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	p.keys = append(p.keys, name+"="+value)
}

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// sops runs the command, which has to end well.
func (p *place) sops(args ...string) string {
	p.t.Helper()
	stdout, stderr, err := sopstest.Run(p.t, p.dir, p.keys, "", args...)
	if err != nil {
		p.t.Fatalf("sops %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

func (p *place) rule(name string) *Rule {
	p.t.Helper()
	rule, err := Rules{}.For(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return rule
}

// then is when our files say that they were sealed: long before whatever the
// command does to them, so that it always changes the line.
var then = time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)

// seal seals into a file that may be there already, and reports what changed.
func (p *place) seal(name string, plain *Plain, o Options) *Change {
	p.t.Helper()
	var old *Sealed
	if data, err := os.ReadFile(p.path(name)); err == nil {
		old = parsed(p.t, string(data))
	}
	if o.Now.IsZero() {
		o.Now = then
	}
	out, change, err := Keyring{}.Seal(p.t.Context(), plain, p.rule(name), old, o)
	if err != nil {
		p.t.Fatal(err)
	}
	if out == nil != change.None() {
		p.t.Fatalf("%d bytes, and the change is %+v", len(out), change)
	}
	if out != nil {
		p.write(name, string(out))
	}
	return change
}

// open opens a file of which nothing is unfit.
func (p *place) open(name string) *Plain {
	p.t.Helper()
	s := parsed(p.t, p.read(name))
	if len(s.Unfit) > 0 {
		p.t.Errorf("%s is unfit: %v", name, s.Unfit)
	}
	return opens(p.t, s)
}

func parsed(t *testing.T, text string) *Sealed {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func opens(t *testing.T, s *Sealed) *Plain {
	t.Helper()
	p, err := Keyring{}.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// person is somebody with an age key.
type person struct{ identity, recipient string }

func newPerson(t testing.TB, pq bool) person {
	t.Helper()
	file, recipient, err := NewIdentity(pq, then)
	if err != nil {
		t.Fatal(err)
	}
	return person{string(file), recipient}
}

// sopsConfig is a .sops.yaml as the scaffold writes it, for these recipients.
func sopsConfig(indent int, recipients ...string) string {
	text := fmt.Sprintf("creation_rules:\n- path_regex: ^[^/]+\\.sops\\.yaml$\n  encrypted_regex: %s\n  mac_only_encrypted: true\n  age: %s\n",
		EncryptedRegex, strings.Join(recipients, ","))
	if indent > 0 {
		text += fmt.Sprintf("stores: {yaml: {indent: %d}}\n", indent)
	}
	return text
}

// sameValues compares what two Secrets hold, byte for byte, without showing it.
func sameValues(t *testing.T, got, want map[string]Value) {
	t.Helper()
	for key := range want {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is gone", key)
		}
	}
	for key, v := range got {
		w, ok := want[key]
		if !ok {
			t.Errorf("%s is there", key)
		} else if !bytes.Equal(v.Reveal(), w.Reveal()) {
			t.Errorf("%s: got %d bytes, and they are not the %d that were meant", key, v.Len(), w.Len())
		}
	}
}

// changedLines are how many lines of a text are not those of another, for files
// in which lines only change, come and go.
func changedLines(before, after string) (changed, added, removed int) {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	common := longestCommon(was, is)
	removed, added = len(was)-common, len(is)-common
	changed = min(removed, added)
	return changed, added - changed, removed - changed
}

// longestCommon is the length of the longest common subsequence.
func longestCommon(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
