package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

// nasty are values that some step on the way into a cluster is known to spoil:
// YAML that reads numbers, dates and nulls, an emitter that loses a tab, Flux that
// replaces variables, shells that trim.
var nasty = sync.OnceValue(func() map[string]string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	random := make([]byte, 100_000)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(random)
	service := map[string]string{
		"type": "service_account", "project_id": "airbyte", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\nvQ==\n-----END PRIVATE KEY-----\n",
	}
	account, _ := json.MarshalIndent(service, "", "  ")
	return map[string]string{
		"empty": "", "one-byte": "x", "one-nul": "\x00", "nuls": "a\x00b\x00\x00", "all-bytes": string(all), "all-bytes-reversed": reversed(all),
		"invalid-utf8": "\xff\xfe\xc3\x28", "lone-surrogate": "\xed\xa0\x80", "overlong": "\xc0\xaf", "utf16": "\xff\xfea\x00b\x00",
		"tab-newline": "\tindented\nnext", "tab-only": "\t", "newline-only": "\n", "cr-only": "\r", "crlf": "a\r\nb\r\n", "mixed-newlines": "a\nb\r\nc\rd",
		"trailing-blanks": "value   ", "leading-blanks": "   value", "trailing-newline": "value\n", "trailing-newlines": "value\n\n\n", "blank-lines": "a\n\n\nb",
		"number": "00123", "octal": "0o14", "hex": "0x1F", "exponent": "1e3", "float": "1.50", "underscore": "1_000", "long-number": "12345678901234567890",
		"true": "true", "yes": "yes", "null": "null", "tilde": "~", "date": "2024-01-01", "time": "2024-01-01T00:00:00Z", "nan": ".nan", "sexagesimal": "12:30:45",
		"variable": "${x}", "variable-default": "${HOME:=fallback}", "dollars": "$$", "dollars-inside": "pa$$w0rd", "open-variable": "a${b", "helm": "{{ .Values.x }}",
		"pem": service["private_key"], "service-account.json": string(account), "minified.json": `{"a":[1,2,{"b":null}],"c":"\u0000"}`,
		"random": string(random), "emoji": "pässwörd 🔑👩‍💻", "rtl": "\u202eabc", "line-separator": "a\u2028b\u2029c\u0085d", "bom": "\ufeffvalue",
		"looks-sealed":     "ENC[AES256_GCM,data:AAAA,iv:" + strings.Repeat("A", 43) + "=,tag:" + strings.Repeat("A", 22) + "==,type:str]",
		"looks-sealed-too": " ENC[AES256_GCM,data:x]", "anchor": "&a", "alias": "*a", "tag": "!!binary x", "merge": "<<", "comment": "a # b", "hash": "#",
		"dash": "-", "dashes": "---", "dots": "...", "question": "? a", "colon": "a: b", "colon-only": ":", "brackets": "[a, b]", "braces": "{a: b}", "percent": "%YAML 1.2",
		"quotes": `"quoted"`, "single-quotes": "'quoted'", "half-quote": `"`, "backslashes": `\\n\t`, "backtick": "`x`", "at": "@x", "pipe": "|", "greater": ">-\n  x",
		"base64": "aGVsbG8=", "base64url": "-_-_", "sops": "sops", "mac": "mac: ENC[", "folded": strings.Repeat("word ", 400), "long-line": strings.Repeat("x", 5000),
		"escape": "\x1b[31mred\x1b[0m", "control": "\x01\x02\x7f", "del": "\x7f", "digits-in-base64": "\xd7\x6d\xf8",
	}
})

// nastyTexts are those that are not long, in an order that a seed can count on.
var nastyTexts = sync.OnceValue(func() []string {
	var all []string
	for _, text := range nasty() {
		if len(text) < 3000 {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
})

func reversed(b []byte) string {
	var out bytes.Buffer
	for i := len(b) - 1; i >= 0; i-- {
		out.WriteByte(b[i])
	}
	return out.String()
}

func values(texts map[string]string) map[string]Value {
	all := map[string]Value{}
	for key, text := range texts {
		all[key] = NewValue([]byte(text))
	}
	return all
}

// decrypted reads a Secret that sops has decrypted, by the rules of the API
// server.
func decrypted(t *testing.T, text string) map[string]Value {
	t.Helper()
	var object struct {
		Data       map[string][]byte
		StringData map[string]string
	}
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal("what sops decrypted is no Secret")
	}
	all := values(object.StringData)
	for key, b := range object.Data {
		all[key] = NewValue(b)
	}
	return all
}

func TestSopsOpensWhatWeSeal(t *testing.T) {
	alice := newPerson(t, false)
	for _, indent := range []int{0, 2, 8} {
		t.Run(fmt.Sprintf("indent %d", indent), func(t *testing.T) {
			p := newPlace(t, sopsConfig(indent, alice.recipient), alice.identity)
			plain := &Plain{
				Name: "airbyte-config-secrets", Namespace: "airbyte", Type: "Opaque", Immutable: true,
				Labels: map[string]string{"app": "airbyte", "number": "00123", "empty": ""}, Annotations: map[string]string{"note": "yes: \"no\"\n"},
				Values: values(nasty()),
			}
			p.seal("a.sops.yaml", plain, Options{})
			sameValues(t, decrypted(t, p.sops("decrypt", "a.sops.yaml")), plain.Values)
			sameValues(t, decrypted(t, p.sops("decrypt", "--output-type", "json", "a.sops.yaml")), plain.Values)
			sameValues(t, p.open("a.sops.yaml").Values, plain.Values)
			if !p.open("a.sops.yaml").equal(plain) {
				t.Error("what the Secret says of itself is not what was sealed")
			}
			t.Logf("%d values", len(plain.Values))
		})
	}
}

func TestFilesSayWhichSopsSealedThem(t *testing.T) {
	if sopsVersion != sopstest.Version {
		t.Errorf("got %s, and the library is %s", sopsVersion, sopstest.Version)
	}
}
