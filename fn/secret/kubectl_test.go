package secret_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd/create"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/secret"
)

// kubectl runs `kubectl create secret generic` of the library that the command is
// made of, and returns the values, or what it says.
func kubectl(t *testing.T, args ...string) (values map[string]string, failure string) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	var out, talk bytes.Buffer
	flags := genericclioptions.NewConfigFlags(false)
	server, namespace := "http://127.0.0.1:1", "default"
	flags.APIServer, flags.Namespace = &server, &namespace
	cmd := create.NewCmdCreateSecretGeneric(cmdutil.NewFactory(flags), genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &talk})
	cmdutil.BehaviorOnFatal(func(s string, _ int) {
		if failure == "" {
			failure = strings.TrimPrefix(strings.TrimSpace(s), "error: ")
		}
		panic(failure)
	})
	defer cmdutil.DefaultBehaviorOnFatal()
	func() {
		defer func() { recover() }()
		cmd.SetArgs(append([]string{"s", "--dry-run=client", "-o", "yaml"}, args...))
		if err := cmd.Execute(); err != nil {
			failure = err.Error()
		}
	}()
	if failure != "" {
		return nil, failure
	}
	var object struct{ Data map[string]string }
	if err := k8syaml.Unmarshal(out.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	values = map[string]string{}
	for k, v := range object.Data {
		b, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			t.Fatal(err)
		}
		values[k] = string(b)
	}
	return values, ""
}

// ours does the same with the flags of airstrip seal.
func ours(args ...string) (map[string]string, string) {
	var s secret.Sources
	for _, arg := range args {
		flag, value, _ := strings.Cut(arg, "=")
		add := map[string]func(string) error{"--from-literal": s.Literal, "--from-file": s.File, "--from-env-file": s.EnvFile}[flag]
		if err := add(value); err != nil {
			return nil, err.Error()
		}
	}
	values := map[string]string{}
	for k, v := range s.Values {
		values[k] = string(v.Reveal())
	}
	return values, ""
}

// TestSourcesAreThoseOfKubectl holds sources to kubectl: the same values, and the
// same messages but where kubectl's would quote a value, or where it takes what is
// more likely a mistake.
func TestSourcesAreThoseOfKubectl(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"gcp.json": "{\n  \"a\": \"b\\n\"\n}\n", "one-line": "x\n", "empty": "", "binary": "\x00\xff\x00\n", "with space": "x", "crlf": "a\r\nb\r\n",
		"folder/a": "1", "folder/b.txt": "2", "folder/sub/c": "3",
		"good.env":    "A=1\n  B=2\n# c\n\nD=\"q\"\nE=a#b\nF=a b \nG=\nH=a=b\nI=x\\ny\nJ=$HOME ${X}\nK.l-m_n=ü\n",
		"bom.env":     "\xef\xbb\xbfA=1\n",
		"crlf.env":    "A=1\r\nB=2\r\n",
		"blank.env":   "C = 3\n",
		"export.env":  "export A=1\n",
		"digit.env":   "1A=1\n",
		"twice.env":   "A=1\nA=2\n",
		"utf8.env":    "A=\xff\n",
		"lonely.env":  "LONELY\n",
		"unended.env": "A=1",
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, tt := range []struct {
		args string // with | between them
		// differ is our message where it is not kubectl's.
		differ string
	}{
		{args: "--from-literal=a=b"},
		{args: "--from-literal=a="},
		{args: "--from-literal=a=b=c=="},
		{args: "--from-literal=a.b-c_D=x"},
		{args: "--from-literal=a='b'|--from-literal=c=\"d\""},
		{args: "--from-literal=novalue", differ: "invalid literal source, expected key=value"},
		{args: "--from-literal==v", differ: "invalid literal source, expected key=value"},
		{args: "--from-literal=a b=x"},
		{args: "--from-literal=..=x"},
		{args: "--from-literal=" + strings.Repeat("k", 254) + "=x"},
		{args: "--from-literal=a=1|--from-literal=a=2"},
		{args: "--from-file=gcp.json"},
		{args: "--from-file=key=gcp.json"},
		{args: "--from-file=one-line"},
		{args: "--from-file=empty"},
		{args: "--from-file=binary"},
		{args: "--from-file=crlf"},
		{args: "--from-file=with space"},
		{args: "--from-file=ok=with space"},
		{args: "--from-file=folder"},
		{args: "--from-file=x=folder"},
		{args: "--from-file==gcp.json"},
		{args: "--from-file=x="},
		{args: "--from-file=a=b=c"},
		{args: "--from-file=nowhere", differ: "error reading nowhere: no such file or directory"},
		{args: "--from-file=gcp.json|--from-literal=gcp.json=x"},
		{args: "--from-env-file=good.env"},
		{args: "--from-env-file=bom.env"},
		{args: "--from-env-file=crlf.env"},
		{args: "--from-env-file=unended.env"},
		{args: "--from-env-file=twice.env", differ: "twice.env: line 2: cannot add key A, another key by that name already exists"},
		{args: "--from-env-file=blank.env", differ: "blank.env: line 1: not a valid key name: "},
		{args: "--from-env-file=digit.env", differ: "digit.env: line 1: not a valid key name: "},
		{args: "--from-env-file=export.env", differ: "export.env: line 1: leave out export before A"},
		{args: "--from-env-file=utf8.env", differ: "env file utf8.env contains invalid utf8 bytes at line 1"},
		{args: "--from-env-file=lonely.env", differ: "lonely.env: line 1: no KEY=VALUE: values of several lines come from --from-file"},
	} {
		args := strings.Split(tt.args, "|")
		want, said := kubectl(t, args...)
		got, say := ours(args...)
		if tt.differ != "" {
			if !strings.HasPrefix(say, tt.differ) {
				t.Errorf("%s: says %q, want %q (kubectl: %q, %q)", tt.args, say, tt.differ, said, want)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" || (said == "") != (say == "") {
			t.Errorf("%s: (-kubectl +ours) %s\nkubectl says %q, ours %q", tt.args, diff, said, say)
			continue
		}
		if !strings.Contains(said, say) {
			t.Errorf("%s: says %q, kubectl %q", tt.args, say, said)
		}
	}
}
