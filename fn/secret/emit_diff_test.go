package secret

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	sopsconfig "github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/stores/yaml"
)

// theirEmit is what SOPS itself prints.
func theirEmit(t *testing.T, tree sops.Tree, indent int) []byte {
	t.Helper()
	out, err := yaml.NewStore(&sopsconfig.YAMLStoreConfig{Indent: indent}).EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// randomTree is whatever a sops.Tree may hold, but for comments, of which our
// files have none.
func randomTree(r *rand.Rand, depth int) sops.TreeBranch {
	b := sops.TreeBranch{}
	for range r.IntN(5) {
		key := randomScalarText(r)
		if key == "sops" {
			key = "not " + key // SOPS keeps it for itself
		}
		b = append(b, sops.TreeItem{Key: key, Value: randomNode(r, depth)})
	}
	return b
}

func randomNode(r *rand.Rand, depth int) any {
	switch n := r.IntN(12); {
	case n < 2 && depth > 0:
		return randomTree(r, depth-1)
	case n < 3 && depth > 0:
		var list []any
		for range r.IntN(4) {
			list = append(list, randomNode(r, depth-1))
		}
		return list
	case n == 4:
		return r.IntN(2) == 0
	case n == 5:
		return int(r.Int64()) >> r.IntN(60)
	case n == 6:
		return pick(r, 0.0, -1.5, 1e300, 1e-7, 3.0, 123456789.123456789)
	case n == 7:
		return nil
	case n == 8:
		return time.Unix(int64(r.Uint32()), 0).UTC()
	}
	return randomScalarText(r)
}

// randomScalarText is a text of the sort that YAML has to put in quotes, or in a
// block.
func randomScalarText(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return pick(r, nastyTexts()...)
	}
	const alphabet = "ab01 :-#,[]{}&*!|>'\"%@`\t\n\r\\.~?=<\u00e4\u2028\U0001f511\x7f\x01"
	letters := []rune(alphabet)
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	return b.String()
}

// TestEmitIsWhatSopsPrints, byte for byte, so that the command changes no line of
// our files that it need not. What SOPS would print as null, we refuse to print.
func TestEmitIsWhatSopsPrints(t *testing.T) {
	r := seeded(t)
	var people []keys.MasterKey
	for i := range 3 {
		key, err := ageKey(newPerson(t, i == 0).recipient)
		if err != nil {
			t.Fatal(err)
		}
		key.SetEncryptedDataKey([]byte("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"))
		people = append(people, key)
	}
	same, lost := 0, 0
	for i := range 1400 {
		indent := 2 + i%7
		var groups []sops.KeyGroup
		for range 1 + r.IntN(3) {
			var group sops.KeyGroup
			for range 1 + r.IntN(3) {
				group = append(group, pick(r, people...))
			}
			groups = append(groups, group)
		}
		tree := sops.Tree{
			Branches: sops.TreeBranches{randomTree(r, 4)},
			Metadata: sops.Metadata{
				LastModified: then, MessageAuthenticationCode: randomScalarText(r), EncryptedRegex: pick(r, EncryptedRegex, randomScalarText(r)),
				MACOnlyEncrypted: r.IntN(2) == 0, Version: sopsVersion, KeyGroups: groups, ShamirThreshold: r.IntN(3),
			},
		}
		theirs := theirEmit(t, tree, indent)
		ours, err := emit(tree, indent)
		switch {
		case err != nil && bytes.Contains(theirs, []byte("null")):
			lost++
		case err != nil || !bytes.Equal(ours, theirs):
			t.Fatalf("indent %d: %v\ngot\n%s\nwant\n%s", indent, err, ours, theirs)
		default:
			same++
		}
	}
	t.Logf("%d files are the same, %d hold a text that SOPS loses", same, lost)
	if lost == 0 || same < 1000 {
		t.Error("these trees prove too little")
	}
}

// A text that begins with a tab and has more lines becomes null in SOPS' YAML,
// without a word. Values stand in base64; a label or an annotation may meet it.
func TestSealRefusesWhatSopsLoses(t *testing.T) {
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient), alice.identity)
	plain := &Plain{Name: "a", Annotations: map[string]string{"note": "\ttab\nand more"}, Values: values(held)}
	out, _, err := Keyring{}.Seal(t.Context(), plain, p.rule("a.sops.yaml"), nil, Options{Now: then})
	if err == nil || out != nil {
		t.Errorf("got %v and %s", err, out)
	}
}

// withoutComments is a tree without the comments that SOPS found. It leaves them out
// of its MAC as well. No tree here is made with one, but a text of more lines that
// begins with a line break comes back from SOPS' YAML as none and a comment.
func withoutComments(value any) any {
	switch value := value.(type) {
	case sops.TreeBranch:
		b := make(sops.TreeBranch, 0, len(value))
		for _, item := range value {
			if _, is := item.Key.(sops.Comment); !is {
				b = append(b, sops.TreeItem{Key: item.Key, Value: withoutComments(item.Value)})
			}
		}
		return b
	case []any:
		list := make([]any, 0, len(value))
		for _, v := range value {
			if _, is := v.(sops.Comment); !is {
				list = append(list, withoutComments(v))
			}
		}
		return list
	}
	return value
}

// TestBranchIsWhatSopsReads: the tree that we make of a file is the one that SOPS
// makes of it, comments aside, so that a MAC of everything is of the same.
func TestBranchIsWhatSopsReads(t *testing.T) {
	r := seeded(t)
	store := yaml.NewStore(&sopsconfig.YAMLStoreConfig{})
	read := 0
	for range 1500 {
		text := theirEmit(t, sops.Tree{Branches: sops.TreeBranches{randomTree(r, 3)}, Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{{}}}}, 2+r.IntN(7))
		theirs, err := store.LoadPlainFile(text)
		if err != nil {
			continue
		}
		root, err := document(text)
		if err != nil {
			continue // we refuse more: tags, keys that are no text
		}
		ours, ok := branch(root).(sops.TreeBranch)
		if !ok || !ours.Equals(withoutComments(theirs[0]).(sops.TreeBranch)) {
			t.Fatalf("got %#v\nwant %#v\n%s", ours, theirs[0], text)
		}
		read++
	}
	t.Logf("%d trees", read)
	if read < 700 {
		t.Error("these trees prove too little")
	}
}
