package secret

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestRandomMutations changes a sealed file at random, line by line. Whatever comes
// out is refused, or opens to the values that were sealed; keys may come and go
// that have none.
func TestRandomMutations(t *testing.T) {
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient), alice.identity)
	plain := &Plain{
		Name: "airbyte-config-secrets", Namespace: "airbyte", Labels: map[string]string{"app": "airbyte"},
		Values: values(map[string]string{"alpha": "hunter2-alpha", "beta": "hunter2-beta", "digits": digits, "empty": ""}),
	}
	p.seal("a.sops.yaml", plain, Options{})
	base := strings.Split(p.read("a.sops.yaml"), "\n")
	rule := p.rule("a.sops.yaml")
	r := seeded(t)
	counts := map[outcome]int{}
	for range 4000 {
		lines := slices.Clone(base)
		for range 1 + r.IntN(3) {
			lines = mutateLine(r, lines)
		}
		text := strings.Join(lines, "\n")
		s, err := Parse([]byte(text))
		if err != nil {
			counts[seen]++
			continue
		}
		rule.Differs(s)
		got, err := Keyring{}.Open(t.Context(), s)
		if err != nil {
			counts[refused]++
			continue
		}
		for key, v := range plain.Values {
			if w, ok := got.Values[key]; v.Len() > 0 && (!ok || !v.Equal(w)) {
				t.Fatalf("%s is another\n%s", key, text)
			}
		}
		for key, v := range got.Values {
			if _, ok := plain.Values[key]; !ok && v.Len() > 0 {
				t.Fatalf("%s has come to be\n%s", key, text)
			}
		}
		counts[same]++
	}
	t.Logf("%d refused without a key, %d with, %d open to the same", counts[seen], counts[refused], counts[same])
	if counts[seen] < 100 || counts[refused] < 100 || counts[same] < 100 {
		t.Error("these changes prove too little")
	}
}

// words are what a change may put in.
var words = []string{
	"", " ", "  ", "\t", "-", ":", "\"", "'", "#", "&a ", "*a", "!!str ", "|", "[", "]", "{}", "null", "~", "true", "1", "ENC[", "]", "AES256_GCM", "type:str", "type:int", "type:bytes", ",type:comment]",
	"sops", "data", "stringData", "mac", "version", "encrypted_regex", "unencrypted_regex", "unencrypted_suffix", "mac_only_encrypted: false", "key_groups", "shamir_threshold", "age", "pgp", "enc", "recipient",
	"2020-01-01T00:00:00Z", "x", "\\", "=", "<<", "---", "...", "\r", "\u2028", "\ufeff", "=\n", "\n",
}

// mutateLine changes one line, or takes one out, doubles or moves it.
func mutateLine(r *rand.Rand, lines []string) []string {
	i := r.IntN(len(lines))
	j := r.IntN(len(lines))
	switch r.IntN(9) {
	case 0:
		return slices.Delete(lines, i, i+1)
	case 1:
		return slices.Insert(lines, j, lines[i])
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		lines[i] += pick(r, words...)
	case 4:
		at := r.IntN(len(lines[i]) + 1)
		lines[i] = lines[i][:at] + pick(r, words...) + lines[i][at:]
	case 5:
		if len(lines[i]) > 0 {
			b := []byte(lines[i])
			b[r.IntN(len(b))] = byte(' ' + r.IntN(95))
			lines[i] = string(b)
		}
	case 6: // the value of another line
		key, _, ok := strings.Cut(lines[i], ": ")
		_, value, ok2 := strings.Cut(lines[j], ": ")
		if ok && ok2 {
			lines[i] = key + ": " + value
		}
	case 7:
		key, _, _ := strings.Cut(lines[i], ":")
		lines[i] = key + ": " + pick(r, words...)
	case 8:
		old, new := pick(r, words...), pick(r, words...)
		lines[i] = strings.Replace(lines[i], old, new, 1)
	}
	return lines
}
