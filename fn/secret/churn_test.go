package secret

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	fage "filippo.io/age"
	"filippo.io/age/armor"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

var seed = flag.Uint64("seed", 1, "of the random tests: another one tries other inputs")

// seeded is a source of randomness, the same each time: a change alone decides
// whether its tests pass.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", *seed)
	return rand.New(rand.NewPCG(*seed, 0))
}

// randomPlain is a Secret as it may come: keys that sort in odd ways, values of
// any bytes, some of them nasty, some of them equal.
func randomPlain(r *rand.Rand) *Plain {
	p := &Plain{
		Name: "airbyte-config-secrets", Namespace: pick(r, "", "airbyte"), Type: pick(r, "", "Opaque", "example.com/x"), Immutable: r.IntN(4) == 0,
		Labels: randomTexts(r), Annotations: randomTexts(r), Values: map[string]Value{},
	}
	for range r.IntN(12) {
		p.Values[randomKey(r)] = randomValue(r)
	}
	return p
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func randomKey(r *rand.Rand) string {
	return pick(r, "a", "A", "a.b", "a-b", "a_b", "ab", "b", "Z", "0", "1e3", "true", "null", "database-password", "license-key", ".dot", "_", "-", "sops", "y", "data", "stringData")
}

func randomValue(r *rand.Rand) Value {
	if r.IntN(3) == 0 {
		return NewValue([]byte(pick(r, nastyTexts()...)))
	}
	b := make([]byte, r.IntN(60))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return NewValue(b)
}

func randomTexts(r *rand.Rand) map[string]string {
	m := map[string]string{}
	for range r.IntN(3) {
		m[pick(r, "app", "example.com/a", "x", "true")] = pick(r, "", "airbyte", "00123", "a: b", "line\nline", "yes", "2023-01-01", "ü", "ENC")
	}
	return m
}

// dataKey opens the data key of a file with age alone.
func dataKey(t *testing.T, p person, s *Sealed) []byte {
	t.Helper()
	ids, err := fage.ParseIdentities(strings.NewReader(p.identity))
	if err != nil {
		t.Fatal(err)
	}
	for _, mk := range s.meta.KeyGroups[0] {
		if mk.ToString() != p.recipient {
			continue
		}
		r, err := fage.Decrypt(armor.NewReader(strings.NewReader(string(mk.EncryptedDataKey()))), ids...)
		if err != nil {
			t.Fatal(err)
		}
		key, err := io.ReadAll(r)
		if err != nil || len(key) != dataKeySize {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		return key
	}
	t.Fatal("no recipient")
	return nil
}

// history is a file as it changes, and all that was ever sealed in it.
type history struct {
	*place
	r      *rand.Rand
	people []person // who can open it; the first is who seals
	plain  *Plain
	clock  time.Time
	// sealed is what each pair of a data key and an initialization vector was used
	// for. AES-GCM gives up the key of its tags, and both texts, if it is another.
	sealed map[string]string
	steps  map[string]int
}

const historyFile = "a.sops.yaml"

func newHistory(t *testing.T) *history {
	h := &history{r: seeded(t), people: []person{newPerson(t, false), newPerson(t, false)}, clock: then, sealed: map[string]string{}, steps: map[string]int{}}
	h.place = newPlace(t, "", h.people[0].identity)
	h.config()
	h.plain = randomPlain(h.r)
	h.step(Options{})
	return h
}

func (h *history) config() {
	var recipients []string
	for _, p := range h.people {
		recipients = append(recipients, p.recipient)
	}
	h.write(configName, sopsConfig(2, recipients...))
}

// step seals what there is now, a second later or in the same, and notes what
// was sealed.
func (h *history) step(o Options) *Change {
	h.t.Helper()
	h.clock = h.clock.Add(time.Duration(h.r.IntN(2)) * time.Second)
	o.Now = h.clock
	change := h.seal(historyFile, h.plain, o)
	s := parsed(h.t, h.read(historyFile))
	if len(s.Unfit) > 0 {
		h.t.Fatalf("unfit: %v", s.Unfit)
	}
	if got := opens(h.t, s); !got.equal(h.plain) {
		h.t.Fatal("what was sealed is not what was meant")
	}
	key := dataKey(h.t, h.people[0], s)
	tokens := s.Tokens()
	for name, v := range h.plain.Values {
		h.note(key, tokens[name], "data:"+name+":", string(v.Reveal()))
	}
	mac, err := aes.NewCipher().Decrypt(s.meta.MessageAuthenticationCode, key, s.meta.LastModified.Format(time.RFC3339))
	if err != nil {
		h.t.Fatal(err)
	}
	h.note(key, s.meta.MessageAuthenticationCode, s.meta.LastModified.String(), fmt.Sprint(mac))
	return change
}

func (h *history) note(key []byte, tok, path, text string) {
	h.t.Helper()
	m := token.FindStringSubmatch(tok)
	if m == nil {
		if tok != "" || text != "" {
			h.t.Fatalf("%s: not sealed", path)
		}
		return
	}
	pair, use := string(key)+m[2], path+"\x00"+text
	if before, ok := h.sealed[pair]; ok && before != use {
		h.t.Errorf("%s: an initialization vector was used before, for something else", path)
	}
	h.sealed[pair] = use
}

// diff is how many lines one step took out and put in.
func (h *history) diff(before string) (out, in int) {
	changed, added, removed := changedLines(before, h.read(historyFile))
	return changed + removed, changed + added
}

// edit changes, adds and takes out some keys. Each is one line, and so are the
// time and the MAC.
func (h *history) edit() {
	before, was := h.read(historyFile), h.clock
	changed, added, removed := 0, 0, 0
	touched := map[string]bool{}
	for range 1 + h.r.IntN(5) {
		name := randomKey(h.r)
		old, had := h.plain.Values[name]
		if touched[name] {
			continue
		}
		touched[name] = true
		switch v := randomValue(h.r); {
		case had && h.r.IntN(4) == 0:
			delete(h.plain.Values, name)
			removed++
		case !had:
			h.plain.Values[name] = v
			added++
		case !old.Equal(v):
			h.plain.Values[name] = v
			changed++
		}
	}
	change := h.step(Options{})
	if len(change.Changed) != changed || len(change.Added) != added || len(change.Removed) != removed || change.Rotated != "" {
		h.t.Errorf("got %+v, want %d changed, %d added, %d removed", change, changed, added, removed)
	}
	// data: {} and data: with keys below differ by a line of their own.
	if len(h.plain.Values) == 0 || strings.Contains(before, "\ndata: {}\n") || changed+added+removed == 0 {
		return
	}
	out, in := h.diff(before)
	rest := 2
	if h.clock.Equal(was) {
		rest = out - changed - removed // the MAC is another, or it was of these values before
	}
	if out != changed+removed+rest || in != changed+added+rest || rest > 2 {
		h.t.Errorf("%d lines out and %d in for %d changed, %d added, %d removed keys", out, in, changed, added, removed)
	}
}

func (h *history) nothing() {
	before := h.read(historyFile)
	if change := h.step(Options{}); !change.None() || h.read(historyFile) != before {
		h.t.Errorf("got %+v for nothing", change)
	}
}

// describe changes what the Secret says of itself: no value, and not the MAC.
func (h *history) describe() {
	before := parsed(h.t, h.read(historyFile))
	h.plain.Labels = randomTexts(h.r)
	h.step(Options{})
	after := parsed(h.t, h.read(historyFile))
	if !maps.Equal(before.Tokens(), after.Tokens()) || before.meta.MessageAuthenticationCode != after.meta.MessageAuthenticationCode {
		h.t.Error("a label has changed what is sealed")
	}
}

func (h *history) letIn() {
	before := h.read(historyFile)
	h.people = append(h.people, newPerson(h.t, false))
	h.config()
	change := h.step(Options{})
	if out, in := h.diff(before); out != 0 || in == 0 || len(change.In) != 1 || change.Rotated != "" {
		h.t.Errorf("somebody new: %d lines out and %d in, %+v", out, in, change)
	}
}

// takeOut takes somebody out who keeps the old data key: it must be of no use for
// what is sealed from now on.
func (h *history) takeOut() {
	if len(h.people) < 2 {
		return
	}
	i := 1 + h.r.IntN(len(h.people)-1)
	gone := h.people[i]
	before := parsed(h.t, h.read(historyFile))
	kept := dataKey(h.t, gone, before)
	h.people = slices.Delete(h.people, i, i+1)
	h.config()
	if change := h.step(Options{}); len(change.Out) != 1 || change.Rotated == "" {
		h.t.Errorf("got %+v, want a new data key", change)
	}
	h.anew(before, kept)
}

func (h *history) rotate() {
	before := parsed(h.t, h.read(historyFile))
	kept := dataKey(h.t, h.people[0], before)
	if change := h.step(Options{Rotate: true}); change.Rotated == "" {
		h.t.Errorf("got %+v, want a new data key", change)
	}
	h.anew(before, kept)
}

// anew makes sure that nothing of a file was kept, and that its data key opens
// nothing of the new one.
func (h *history) anew(before *Sealed, kept []byte) {
	h.t.Helper()
	s := parsed(h.t, h.read(historyFile))
	if _, err := s.open(kept); !errors.Is(err, ErrTampered) {
		h.t.Errorf("with the old data key: got %v", err)
	}
	old, now := before.Tokens(), s.Tokens()
	vectors := map[string]bool{}
	for _, tok := range old {
		if m := token.FindStringSubmatch(tok); m != nil {
			vectors[m[2]] = true
		}
	}
	for _, k := range s.Keys {
		if k.Size == 0 {
			continue
		}
		if _, err := aes.NewCipher().Decrypt(now[k.Name], kept, "data:"+k.Name+":"); err == nil {
			h.t.Errorf("the old data key opens %s", k.Name)
		}
		if old[k.Name] == now[k.Name] || vectors[token.FindStringSubmatch(now[k.Name])[2]] {
			h.t.Errorf("%s stayed as it was", k.Name)
		}
	}
	if before.meta.MessageAuthenticationCode == s.meta.MessageAuthenticationCode {
		h.t.Error("the MAC stayed as it was")
	}
	for _, mk := range s.meta.KeyGroups[0] {
		for _, was := range before.meta.KeyGroups[0] {
			if string(mk.EncryptedDataKey()) == string(was.EncryptedDataKey()) {
				h.t.Errorf("%s kept the old data key", mk.ToString())
			}
		}
	}
}

// TestHistory takes files through random lives.
func TestHistory(t *testing.T) {
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			h := newHistory(t)
			for range 40 {
				step := pick(h.r, "edit", "edit", "edit", "edit", "nothing", "describe", "let in", "take out", "rotate")
				h.steps[step]++
				map[string]func(){
					"edit": h.edit, "nothing": h.nothing, "describe": h.describe, "let in": h.letIn, "take out": h.takeOut, "rotate": h.rotate,
				}[step]()
				if t.Failed() {
					t.Fatalf("at %s, after %v", step, h.steps)
				}
			}
			// In the end the command agrees with all of it.
			sameValues(t, decrypted(t, h.sops("decrypt", historyFile)), h.plain.Values)
			t.Logf("%d pairs of data key and initialization vector, %v", len(h.sealed), h.steps)
		})
	}
}

// TestSealAgainChangesNothing for Secrets of all sorts.
func TestSealAgainChangesNothing(t *testing.T) {
	alice := newPerson(t, false)
	newPlace(t, "", alice.identity)
	r := seeded(t)
	group, _ := (&Recipients{Age: []string{alice.recipient}}).group()
	for range 300 {
		plain := randomPlain(r)
		rule := newRule("test", []sops.KeyGroup{group}, 0, pick(r, 1, 2, 3, 4, 9))
		out, _, err := Keyring{}.Seal(t.Context(), plain, rule, nil, Options{Now: then})
		if err != nil {
			t.Fatal(err)
		}
		again, change, err := Keyring{}.Seal(t.Context(), plain, rule, parsed(t, string(out)), Options{Now: then.Add(time.Hour)})
		if err != nil || again != nil || !change.None() {
			t.Fatalf("got %d bytes, %+v, %v\n%s", len(again), change, err, out)
		}
	}
}

// A file for several key groups changes by as little as one for a single group:
// its parts of the data key stay what they are.
func TestKeyGroupsKeepTheirDataKeys(t *testing.T) {
	alice, bob := newPerson(t, false), newPerson(t, false)
	p := newPlace(t, creationRule(sealValues, macOnly, "shamir_threshold: 2", "key_groups:", "- age: ["+alice.recipient+"]", "- age: ["+bob.recipient+"]"), alice.identity, bob.identity)
	plain := &Plain{Name: "a", Values: values(held)}
	p.seal(historyFile, plain, Options{})
	before := p.read(historyFile)
	plain.Values["license-key"] = NewValue([]byte("another"))
	p.seal(historyFile, plain, Options{Now: then.Add(time.Hour)})
	if c, a, r := changedLines(before, p.read(historyFile)); c != 3 || a+r != 0 {
		t.Errorf("one value changed %d lines, added %d, removed %d; want 3", c, a, r)
	}
	if manifest.Lookup(parsed(t, p.read(historyFile)).root, "sops", "key_groups") == nil {
		t.Error("no key groups are left")
	}
	sameValues(t, decrypted(t, p.sops("decrypt", historyFile)), plain.Values)
}
