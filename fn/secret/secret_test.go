package secret_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	sealedsecrets "github.com/bitnami-labs/sealed-secrets/pkg/crypto"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// TestValuesAreNotShown prints and encodes what holds values in every way that a
// log, an error or a dump does.
func TestValuesAreNotShown(t *testing.T) {
	const canary = "c4n4ry-hunter2"
	p := secret.Plain{Name: "n", Values: map[string]secret.Value{"k": secret.NewValue([]byte(canary))}}
	type holder struct {
		p *secret.Plain
		v secret.Value
		V secret.Value
	}
	h := holder{&p, p.Values["k"], p.Values["k"]}
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t", "%b", "%c", "%U", "%e"} {
		for _, v := range []any{p, &p, h, &h, h.v, &h.v, []secret.Value{h.v}, map[string]any{"a": h}, fmt.Errorf("x: %v", h)} {
			fmt.Fprintf(&all, verb+"\n", v)
		}
	}
	j, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	all.Write(j)
	y, err := k8syaml.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	all.Write(y)
	slog.New(slog.NewTextHandler(&all, nil)).Info("m", "v", h.v, "p", p, "h", h)
	slog.New(slog.NewJSONHandler(&all, nil)).Info("m", "v", h.v, "p", p, "h", h)
	for _, form := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), fmt.Sprintf("%x", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(all.String(), form) {
			t.Errorf("%q is shown in:\n%s", form, &all)
		}
	}
	if got := string(h.v.Reveal()); got != canary {
		t.Errorf("reveals %q", got)
	}
}

func object(t *testing.T, text string) *yaml.RNode {
	t.Helper()
	set, _, err := manifest.DecodeText(text, "in")
	if err != nil || len(set) != 1 {
		t.Fatalf("%v (%d objects)", err, len(set))
	}
	return set[0]
}

const token = "ENC[AES256_GCM,data:pr4tS3u2fdg=,iv:eq2koH6/zKS5lEcT4pAsanS08L1CN3vq7ERCmweas7Y=,tag:IygRQVYG+toj0g9O4YLjVw==,type:str]"

func TestInClear(t *testing.T) {
	const head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	for _, tt := range []struct{ name, in, want string }{
		{"both fields", head + "stringData: {b: hunter2, a: x}\ndata: {c: aHVudGVyMg==}\n", "a=x b=hunter2 c=hunter2"},
		{"stringData wins", head + "stringData: {a: x}\ndata: {a: eQ==}\n", "a=x"},
		{"emptied by stringData", head + "stringData: {a: \"\"}\ndata: {a: eQ==}\n", ""},
		{"empty values", head + "stringData: {a: \"\", b: null}\ndata: {}\n", ""},
		{"no base64", head + "data: {a: '!'}\n", "a=!"},
		{"no values", head, ""},
		{"sealed", head + "data: {a: '" + token + "', b: \"\"}\nsops: {mac: m}\n", ""},
		{"a header is no proof", head + "data: {a: '" + token + "', b: aHVudGVyMg==}\nsops: {mac: m}\n", "b=hunter2"},
		{"a token without a header is a password", head + "stringData: {a: '" + token + "'}\n", "a=" + token},
		{"junk behind a token", head + "data: {a: '" + token + "x'}\nsops: {mac: m}\n", "a=" + token + "x"},
		{"another Secret", "apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: x}\n", ""},
		{"data that is no map", head + "data: [a]\n", ""},
		{"a value that is no text", head + "data: {a: {b: hunter2}}\n", "a="},
	} {
		clear := secret.InClear(object(t, tt.in))
		var got []string
		for key, v := range clear {
			got = append(got, key+"="+string(v.Reveal()))
		}
		slices.Sort(got)
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, g, tt.want)
		}
	}
}

// TestControllerOpens opens what was sealed as the Sealed Secrets controller does.
func TestControllerOpens(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "controller"}, NotAfter: time.Now().Add(time.Hour),
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := secret.ParseCertificate(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]secret.Value{"a": secret.NewValue([]byte("hunter2")), "b": secret.NewValue([]byte{0, 255}), "empty": secret.NewValue(nil)}
	for scope, label := range map[string]string{"": "data/s", "strict": "data/s", "namespace-wide": "data", "cluster-wide": ""} {
		c := &secret.ControllerSealed{Name: "s", Namespace: "data", Scope: scope, Empty: []string{"blank"}}
		if err := c.Seal(cert, values); err != nil {
			t.Fatal(err)
		}
		out, err := c.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		read, err := secret.ParseController(out)
		if err != nil {
			t.Fatalf("%s: %v", scope, err)
		}
		if read.Name != "s" || read.Namespace != "data" || scope != "" && read.Scope != scope || !slices.Equal(read.Empty, []string{"blank"}) {
			t.Errorf("%s: read back as %s/%s, scope %s, empty %v", scope, read.Namespace, read.Name, read.Scope, read.Empty)
		}
		for name, v := range values {
			sealed, err := base64.StdEncoding.DecodeString(read.Values[name])
			if err != nil {
				t.Fatal(err)
			}
			got, err := sealedsecrets.HybridDecrypt(rand.Reader, map[string]*rsa.PrivateKey{"": key}, sealed, []byte(label))
			if err != nil || !bytes.Equal(got, v.Reveal()) {
				t.Errorf("%s: %s opens to %q (%v)", scope, name, got, err)
			}
			if _, err := sealedsecrets.HybridDecrypt(rand.Reader, map[string]*rsa.PrivateKey{"": key}, sealed, []byte("elsewhere/s")); err == nil {
				t.Errorf("%s: %s opens elsewhere", scope, name)
			}
		}
	}
}

func TestPlainCheck(t *testing.T) {
	value := func(s string) map[string]secret.Value {
		return map[string]secret.Value{"k": secret.NewValue([]byte(s))}
	}
	for _, tt := range []struct {
		name string
		in   secret.Plain
		want string
	}{
		{"good", secret.Plain{Name: "a.b-c", Namespace: "n", Values: value("v")}, ""},
		{"no values", secret.Plain{Name: "a"}, ""},
		{"name", secret.Plain{Name: "A_b"}, `metadata.name: "A_b" cannot be the name of a Secret`},
		{"namespace", secret.Plain{Name: "a", Namespace: "a.b"}, `metadata.namespace: "a.b" cannot be a namespace`},
		{"key", secret.Plain{Name: "a", Values: map[string]secret.Value{"a b": {}}}, `data: "a b" is not valid key name for a Secret`},
		{"too large", secret.Plain{Name: "a", Values: value(strings.Repeat("x", 1<<20+1))}, "data: holds 1048577 bytes, and a Secret at most 1048576"},
		{"the largest", secret.Plain{Name: "a", Values: value(strings.Repeat("x", 1<<20))}, ""},
		{"a label that SOPS would seal", secret.Plain{Name: "a", Labels: map[string]string{"data": "x"}}, "metadata.labels.data: would be sealed"},
		{"a value in an annotation", secret.Plain{Name: "a", Annotations: map[string]string{"last": "p=hunter2hunter2"}, Values: value("hunter2hunter2")}, "metadata.annotations.last: holds the value of k in clear"},
		{"a key of its type", secret.Plain{Name: "a", Type: "kubernetes.io/tls", Values: value("v")}, "data.tls.crt: is missing"},
	} {
		err := tt.in.Check()
		if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: the error holds the value: %v", tt.name, err)
		}
	}
}

func TestParsePlain(t *testing.T) {
	const head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	for _, tt := range []struct{ name, in, want string }{
		{"YAML", head + "type: t\nstringData: {a: \"00123\"}\ndata: {b: AP8=, c: \"\"}\n", `a="00123" b="\x00\xff" c=""`},
		{"stringData first", head + "stringData: {a: x}\ndata: {a: eQ==}\n", `a="x"`},
		{"stringData last", head + "data: {a: eQ==}\nstringData: {a: x}\n", `a="x"`},
		{"as kubectl prints it", `{"apiVersion":"v1","kind":"Secret","data":{"a":"eA=="},"metadata":{"name":"s","uid":"u","resourceVersion":"1","managedFields":[],"creationTimestamp":"2026-01-01T00:00:00Z","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"a\":\"x\"}"}}}`, `a="x"`},
		{"block text", head + "stringData:\n  a: |\n    one\n    two\n", `a="one\ntwo\n"`},
		{"a number", head + "stringData: {pin: 00123}\n", "stringData.pin: is not text"},
		{"a word", head + "stringData: {a: true}\n", "stringData.a: is not text"},
		{"nothing", head + "stringData: {a: }\n", "stringData.a: is not text"},
		{"no base64", head + "data: {a: hunter2!}\n", "data.a: is no base64"},
		{"sealed already", head + "data: {a: '" + token + "'}\nsops: {}\n", "data.a: is sealed already\nsops: is sealed already"},
		{"another kind", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: hunter2}\n", "kind: is no v1 Secret"},
		{"an unknown field", head + "dta: {a: hunter2}\n", "dta: is no field of a Secret"},
		{"an alias", head + "stringData: {a: &x hunter2, b: *x}\n", "line 4: anchors and aliases are not read here"},
		{"two", head + "---\n" + head, "holds more than one document"},
		{"no object", "- hunter2\n", "holds no Kubernetes object"},
		{"empty", "", "is empty"},
		{"no YAML", "a: b: hunter2\n", "mapping values are not allowed in this context"},
		{"a tag", head + "stringData: {a: !!binary aHVudGVyMg==}\n", "line 4: YAML tags are not read here"},
	} {
		p, err := secret.ParsePlain([]byte(tt.in))
		got := fmt.Sprint(err)
		if err == nil {
			var parts []string
			for _, key := range p.Keys() {
				parts = append(parts, fmt.Sprintf("%s=%q", key, p.Values[key].Reveal()))
			}
			got = strings.Join(parts, " ")
			if len(p.Annotations) > 0 {
				t.Errorf("%s: keeps annotations %v", tt.name, p.Annotations)
			}
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if err != nil && strings.Contains(got, "hunter2") {
			t.Errorf("%s: the error quotes a value: %v", tt.name, err)
		}
	}
}

// TestReasonsAreSaidOnce keeps the error short that most people will see: one
// reason for all the age keys of a file.
func TestReasonsAreSaidOnce(t *testing.T) {
	of := func(kind, id string) secret.Recipient { return secret.Recipient{Kind: kind, ID: id} }
	err := &secret.NoKeyError{
		Recipients: []secret.Recipient{of("age", "age1a"), of("age", "age1b"), of("kms", "arn:x"), of("age", "age1c")},
		Reasons:    []string{"no identity", "no identity", "denied", "no identity"},
	}
	if got, want := err.Error(), "no key here opens it: age1a, age1b: no identity; arn:x: denied; age1c: no identity"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
