package secret

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	yamlv3 "go.yaml.in/yaml/v3"
)

// mutant is a sealed file, what somebody who wants to change it may have at hand,
// and what it was.
type mutant struct {
	t    *testing.T
	text string
	// older is a version of the file from before; forged one that somebody without
	// any key has sealed for the same recipients.
	older, forged string
	bob, stranger person
}

// sub replaces the one place where a text stands.
func (m *mutant) sub(old, new string) {
	m.t.Helper()
	if n := strings.Count(m.text, old); n != 1 {
		m.t.Fatalf("%q stands %d times in\n%s", old, n, m.text)
	}
	m.text = strings.Replace(m.text, old, new, 1)
}

func sub(old, new string) func(*mutant) { return subs(old, new) }

func subs(oldnew ...string) func(*mutant) {
	return func(m *mutant) {
		m.t.Helper()
		for i := 0; i < len(oldnew); i += 2 {
			m.sub(oldnew[i], oldnew[i+1])
		}
	}
}

// re replaces what an expression matches, at least one place.
func re(expr, with string) func(*mutant) {
	return func(m *mutant) {
		m.t.Helper()
		re := regexp.MustCompile(expr)
		if !re.MatchString(m.text) {
			m.t.Fatalf("%s matches nothing in\n%s", expr, m.text)
		}
		m.text = re.ReplaceAllString(m.text, with)
	}
}

// value is what stands at a key of two blanks: a value, or a field of the sops
// block.
func (m *mutant) value(key string) string {
	m.t.Helper()
	found := regexp.MustCompile(`(?m)^  ` + key + `: (.*)$`).FindStringSubmatch(m.text)
	if found == nil {
		m.t.Fatalf("no %s in\n%s", key, m.text)
	}
	return found[1]
}

func (m *mutant) set(key, value string) {
	m.t.Helper()
	m.sub("  "+key+": "+m.value(key)+"\n", "  "+key+": "+value+"\n")
}

func (m *mutant) reindent() {
	m.t.Helper()
	var doc yamlv3.Node
	if err := yamlv3.Unmarshal([]byte(m.text), &doc); err != nil {
		m.t.Fatal(err)
	}
	var out bytes.Buffer
	enc := yamlv3.NewEncoder(&out)
	enc.SetIndent(7)
	if err := enc.Encode(&doc); err != nil {
		m.t.Fatal(err)
	}
	m.text = out.String()
}

func (m *mutant) kindFirst() {
	m.t.Helper()
	m.sub("kind: Secret\n", "")
	m.sub("apiVersion: v1\n", "kind: Secret\napiVersion: v1\n")
}

func swapLines(a, b string) func(*mutant) {
	return func(m *mutant) {
		m.t.Helper()
		x, y := "  "+a+": "+m.value(a)+"\n", "  "+b+": "+m.value(b)+"\n"
		m.sub(x+y, y+x)
	}
}

func (m *mutant) swapValues() {
	a, b := m.value("alpha"), m.value("beta")
	m.set("alpha", b)
	m.set("beta", a)
}

// flip flips a bit in a part of a token: its data, its initialization vector or
// its tag.
func flip(key string, part int) func(*mutant) {
	return func(m *mutant) {
		m.t.Helper()
		tok := m.value(key)
		old := token.FindStringSubmatch(tok)[part]
		b, err := base64.StdEncoding.DecodeString(old)
		if err != nil {
			m.t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		m.set(key, strings.Replace(tok, old, base64.StdEncoding.EncodeToString(b), 1))
	}
}

// overlooked changes a bit of a tag that encodes nothing: two characters of 16
// bytes in base64 have four bits too many.
func (m *mutant) overlooked() {
	tok := m.value("alpha")
	old := token.FindStringSubmatch(tok)[3]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := strings.IndexByte(alphabet, old[21])
	m.set("alpha", strings.Replace(tok, old, old[:21]+alphabet[i+1:i+2]+old[22:], 1))
}

func retype(key, to string) func(*mutant) {
	return func(m *mutant) {
		m.t.Helper()
		m.set(key, strings.Replace(m.value(key), ",type:str]", ",type:"+to+"]", 1))
	}
}

func (m *mutant) copyValue() { m.sub("  beta:", "  alphb: "+m.value("alpha")+"\n  beta:") }

func (m *mutant) valueAsMAC() { m.set("mac", m.value("alpha")) }

// toggle has the MAC be of the values alone where it is of everything, and the
// other way round.
func (m *mutant) toggle() {
	if strings.Contains(m.text, "mac_only_encrypted") {
		m.sub("  mac_only_encrypted: true\n", "")
		return
	}
	m.sub("  version:", "  mac_only_encrypted: true\n  version:")
}

var stanza = regexp.MustCompile(`(?ms)^ +- enc: \|\n(.*?-----END AGE ENCRYPTED FILE-----)\n +recipient: (\S+)\n`)

// stanzas are the entries for alice, who has the key, and for bob.
func (m *mutant) stanzas() (alice, bob string) {
	m.t.Helper()
	found := stanza.FindAllString(m.text, -1)
	if len(found) != 2 || !strings.Contains(found[1], m.bob.recipient) {
		m.t.Fatalf("%d recipients in\n%s", len(found), m.text)
	}
	return found[0], found[1]
}

func (m *mutant) withoutBob() {
	_, bob := m.stanzas()
	m.sub(bob, "")
}

func (m *mutant) bobTwice() {
	_, bob := m.stanzas()
	m.sub(bob, bob+bob)
}

// withStranger adds somebody with the data key of bob, which he could not open.
func (m *mutant) withStranger() {
	_, bob := m.stanzas()
	m.sub(bob, bob+strings.Replace(bob, m.bob.recipient, m.stranger.recipient, 1))
}

// strangersKey gives bob a data key of another file.
func (m *mutant) strangersKey() {
	_, bob := m.stanzas()
	theirs := stanza.FindAllStringSubmatch(m.forged, -1)[1][1]
	m.sub(bob, strings.Replace(bob, stanza.FindStringSubmatch(bob)[1], theirs, 1))
}

// notOurs gives alice what is for bob.
func (m *mutant) notOurs() {
	alice, bob := m.stanzas()
	m.sub(alice, strings.Replace(alice, stanza.FindStringSubmatch(alice)[1], stanza.FindStringSubmatch(bob)[1], 1))
}
