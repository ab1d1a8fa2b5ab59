package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCanaries runs marked values through every command that comes near a Secret,
// with right and with wrong input, and looks for the marks in everything that was
// printed, written, cached or left behind. They may be in what they came from, and
// in what was asked to reveal them.
func TestCanaries(t *testing.T) {
	c := newCanaries(t)
	c.write("in/good.env", "database-user="+c.mark("env")+"\ndatabase-password="+c.mark("env")+"\n")
	c.write("in/gcp.json", "{\n  \"private_key\": \""+c.mark("file")+"\\n\"\n}\n")
	c.write("in/manifest.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: airbyte-config-secrets, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"x\":\""+c.mark("last-applied")+"\"}'}}\nstringData:\n  license-key: "+c.mark("manifest")+"\n  multi: |\n    "+c.mark("manifest")+"\n    two\n")

	// What works.
	c.run(0, "", "keygen")
	c.run(0, "", "seal", "--from-env-file", "in/good.env", "--from-file", "in/gcp.json", "prod")
	c.run(0, "", "seal", "--from-env-file", "in/good.env", "--from-file", "in/gcp.json", "prod")
	c.run(0, "", "seal", "-f", "in/manifest.yaml", "prod")
	c.run(0, c.read("in/manifest.yaml"), "seal", "-f", "-", "prod")
	c.run(0, c.mark("stdin")+"\n", "seal", "--set", "license-key", "prod")
	c.run(0, "", "seal", "--from-literal", "license-key="+c.mark("literal"), "--dry-run", "prod")
	c.run(0, "", "seal", "--from-literal", "license-key="+c.mark("literal"), "prod")
	for _, command := range []string{
		"render prod", "render -v prod", "render -o - prod", "keys prod", "keys --format json prod", "images prod", "values prod", "policy gcp prod",
		"open prod/airbyte-config-secrets.sops.yaml", "verify prod", "verify --no-key prod", "rotate prod", "seal --unset multi prod", "seal --prune prod",
		"render prod",
	} {
		c.run(0, "", strings.Fields(command)...)
	}
	c.in("prod").run(0, "", "plugin", "airbyte.yaml")
	c.in("prod").run(0, "", "cmp", "generate", "--secrets", "pass")
	c.run(0, c.resourceList("prod/airbyte.yaml"), "fn")
	// What an Application sets may be a secret too, and Argo CD publishes stderr.
	for _, form := range []string{
		`[{"name":"values","map":{"a..b":"%s"}}]`, `[{"name":"values","map":{"a":"{%s"}}]`, `[{"name":"values","string":"%s"}]`, `[{"name":"values","array":["%s"]}]`,
		`[{"name":"values","map":{"a":["%s"]}}]`, `[{"name":"vals","map":{"a":"%s"}}]`, `{"%s":1}`, `%s`,
	} {
		c.in("prod").with("ARGOCD_APP_PARAMETERS="+strings.ReplaceAll(form, "%s", c.mark("parameter "+form))).run(1, "", "cmp", "generate", "--secrets", "pass")
	}
	c.in("prod").with("ARGOCD_ENV_PASSWORD="+c.mark("plugin.env")).run(0, "", "cmp", "generate", "--secrets", "pass")

	// What does not: each mistake has a mark where a library would quote it.
	sealed := c.read("prod/airbyte-config-secrets.sops.yaml")
	line := sealed[strings.Index(sealed, "  database-password: "):]
	line = line[:strings.IndexByte(line, '\n')]
	for name, bad := range map[string]string{
		"in clear":     strings.Replace(sealed, line, "  database-password: %s", 1),
		"quoted":       strings.Replace(sealed, line, "  database-password: \"%s\"", 1),
		"junk before":  strings.Replace(sealed, "database-password: ", "database-password: %s", 1),
		"junk behind":  strings.Replace(sealed, line, line+"%s", 1),
		"a map":        strings.Replace(sealed, line, "  database-password: {%s: %s}", 1),
		"a list":       strings.Replace(sealed, line, "  database-password: [%s]", 1),
		"a block":      strings.Replace(sealed, line, "  database-password: |\n    %s", 1),
		"an alias":     strings.Replace(sealed, line, "  database-password: *%s", 1),
		"an anchor":    strings.Replace(sealed, line, "  database-password: &%s x", 1),
		"a tag":        strings.Replace(sealed, line, "  database-password: !%s x", 1),
		"a key":        strings.Replace(sealed, line, "  ? [%s]\n  : x", 1),
		"twice":        strings.Replace(sealed, line, line+"\n  database-password: %s", 1),
		"no YAML":      strings.Replace(sealed, line, "  database-password: %s: x", 1),
		"a tab":        strings.Replace(sealed, line, "\tdatabase-password: %s", 1),
		"unended":      strings.Replace(sealed, line, "  database-password: \"%s", 1),
		"a comment":    strings.Replace(sealed, line, "# %s\n"+line, 1),
		"no block":     "apiVersion: v1\nkind: Secret\nmetadata: {name: airbyte-config-secrets}\nstringData: {a: %s}\n",
		"a scalar":     "%s\n",
		"a document":   sealed + "---\na: %s\n",
		"in the mac":   strings.Replace(sealed, "    mac: ", "    mac: %s", 1),
		"in the regex": strings.Replace(sealed, "encrypted_regex: ", "encrypted_regex: (%s", 1),
		"in the age":   strings.Replace(sealed, "BEGIN AGE", "BEGIN %s", 1),
	} {
		if bad == sealed {
			t.Fatalf("%s: nothing is bad", name)
		}
		c.write("prod/airbyte-config-secrets.sops.yaml", strings.ReplaceAll(bad, "%s", c.mark("sealed, "+name)))
		file := "prod/airbyte-config-secrets.sops.yaml"
		for _, args := range [][]string{{"render", "-v", "prod"}, {"open", "--reveal", file}, {"verify", "prod"}, {"seal", "--from-literal", "x=y", "prod"}} {
			c.run(-1, "", args...)
		}
		switch name {
		// One of each way to be refused: by what it holds, by YAML, by its shape.
		case "in clear", "no YAML", "a list":
			for _, args := range [][]string{{"render", "-o", "-", "prod"}, {"open", file}, {"verify", file}, {"rotate", file}, {"keys", "prod"}} {
				c.run(-1, "", args...)
			}
			c.run(-1, c.resourceList("prod/airbyte.yaml"), "fn")
			c.in("prod").run(-1, "", "plugin", "airbyte.yaml")
			c.in("prod").run(-1, "", "cmp", "generate")
		}
		c.remove("prod/airbyte-config-secrets.sops.yaml")
	}
	for name, bad := range map[string]string{
		"no value": "A=1\n%s\n", "two words": "A=1\nx y %s=1\n", "export": "export %s\n", "a PEM": "K=-----BEGIN KEY-----\n%s\n-----END KEY-----\n", "bytes": "A=%s\xff\n",
	} {
		c.write("in/bad.env", strings.ReplaceAll(bad, "%s", c.mark("env file, "+name)))
		c.run(1, "", "seal", "--from-env-file", "in/bad.env", "prod")
	}
	for name, bad := range map[string]string{
		"a number": "stringData: {a: 1, b: %s}", "an alias": "stringData: {a: *%s}", "no base64": "data: {a: '%s!'}", "a field": "dta: {a: %s}",
		"no YAML": "stringData: {a: %s: b}", "a tag": "stringData: {a: !!int %s}", "a list": "stringData: [%s]", "text": "stringData: %s", "a kind": "kind: %s",
	} {
		manifest := "apiVersion: v1\nkind: Secret\nmetadata: {name: airbyte-config-secrets}\n" + bad + "\n"
		c.run(1, strings.ReplaceAll(manifest, "%s", c.mark("manifest, "+name)), "seal", "-f", "-", "prod")
	}
	c.run(1, "", "seal", "--from-literal", c.mark("literal without ="), "prod")
	c.run(1, "", "seal", "--from-literal", "="+c.mark("literal without a key"), "prod")
	c.run(2, "", "seal", "--set", "license-key="+c.mark("--set"), "prod")
	c.run(2, c.mark("two --set"), "seal", "--set", "a", "--set", "b", "prod")
	c.write("inline/values.yaml", "global: {database: {password: "+c.mark("values")+"}}\n")
	c.run(1, "", "render", "-v", "inline")
	c.run(0, "", "seal", "inline")
	c.run(0, "", "render", "-v", "inline")

	// In the environment, where SOPS finds keys.
	broken := "AGE-SECRET-KEY-1" + c.mark("identity")
	for _, env := range []string{"SOPS_AGE_KEY=" + broken, "SOPS_AGE_KEY_CMD=false " + c.mark("command"), "SOPS_AGE_KEY_CMD=/nowhere/" + c.mark("command"), "SOPS_AGE_SSH_PRIVATE_KEY_CMD=false " + c.mark("command")} {
		c.env = []string{"XDG_CONFIG_HOME=" + filepath.Join(c.dir, "none"), env}
		c.run(1, "", "open", "--reveal", "inline/airbyte-airbyte-secrets.sops.yaml")
		c.run(1, "", "rotate", "inline")
	}
	c.scan()
}

// canaries are marks, and what was printed so far.
type canaries struct {
	t       *testing.T
	program string
	dir, at string
	env     []string
	marks   map[string]string
}

func newCanaries(t *testing.T) *canaries {
	dir := t.TempDir()
	// TestMain put it there.
	program, err := exec.LookPath("airstrip")
	if err != nil {
		t.Fatal(err)
	}
	c := &canaries{t: t, program: program, dir: dir, marks: map[string]string{}}
	chart, err := filepath.Abs(filepath.Join("..", "..", "testdata", "charts", "airbyte", "v2-next"))
	if err != nil {
		t.Fatal(err)
	}
	const release = "apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: airbyte, namespace: airbyte}\nspec:\n  chart: {path: %s}\n  kubeVersion: \"1.34\"\n  delivery: plain\n%s"
	external := "  edition: enterprise\n  url: https://airbyte.example.com\n  database: {type: external, host: db}\n  storage: {type: gcs, bucket: example-airbyte}\n  secretsManager: {type: gcp, gcp: {projectId: example-project}}\n"
	c.write("prod/airbyte.yaml", fmt.Sprintf(release, chart, external))
	c.write("inline/airbyte.yaml", fmt.Sprintf(release, chart, "  valuesFiles: [values.yaml]\n"))
	for _, dir := range []string{"prod", "inline"} {
		c.write(dir+"/kustomization.yaml", "generators: [airbyte.yaml]\n")
	}
	// Seal for what keygen makes.
	c.write(".sops.yaml", "creation_rules: []\n")
	return c
}

func (c *canaries) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *canaries) read(name string) string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

func (c *canaries) remove(name string) {
	if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
		c.t.Fatal(err)
	}
}

// mark is a new mark, for something.
func (c *canaries) mark(what string) string {
	m := "cnry" + strings.ToLower(rand.Text())
	c.marks[m] = what
	return m
}

func (c *canaries) in(dir string) *canaries {
	d := *c
	d.at = dir
	return &d
}

func (c *canaries) with(variable string) *canaries {
	d := *c
	d.env = append(slices.Clone(c.env), variable)
	return &d
}

// run runs the program and looks at what it prints. A status of -1 is any but 0.
func (c *canaries) run(status int, stdin string, args ...string) {
	c.t.Helper()
	cmd := exec.Command(c.program, args...)
	cmd.Dir = filepath.Join(c.dir, c.at)
	home := filepath.Join(c.dir, "home")
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
		"TMPDIR=" + filepath.Join(c.dir, "tmp"), "AIRSTRIP_OFFLINE=1", "GOTRACEBACK=all",
	}, c.env...)
	if err := os.MkdirAll(filepath.Join(c.dir, "tmp"), 0o755); err != nil {
		c.t.Fatal(err)
	}
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		c.t.Fatalf("%q: %v", args, err)
	}
	if got := cmd.ProcessState.ExitCode(); status >= 0 && got != status || status < 0 && got == 0 {
		c.t.Errorf("%q: exit status %d, want %d\n%s", args, got, status, out)
	}
	if len(args) > 1 && args[0] == "keygen" || len(args) == 1 && args[0] == "keygen" {
		c.write(".sops.yaml", "creation_rules:\n- age: "+strings.TrimSpace(lastLine(string(out), "age1"))+"\n")
	}
	for m, what := range c.marks {
		if form := found(out, m); form != "" {
			c.t.Errorf("%q prints the mark of %s as %s", args, what, form)
		}
	}
}

func lastLine(text, prefix string) string {
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, prefix) {
			return l
		}
	}
	return ""
}

// resourceList is what kustomize sends to a function.
func (c *canaries) resourceList(file string) string {
	config := "  " + strings.ReplaceAll(strings.TrimSpace(c.read(file)), "\n", "\n  ")
	// The function runs where its config is listed.
	config += "\n    configSecret: {file: prod/airbyte-config-secrets.sops.yaml}\n    secrets: [{name: airbyte-airbyte-secrets, file: prod/airbyte-airbyte-secrets.sops.yaml}]"
	return "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n" + config + "\nitems: []\n"
}

// found looks for a mark in any form in which a value may show up.
func found(data []byte, mark string) (form string) {
	m := []byte(mark)
	forms := map[string]string{"text": mark, "hexadecimal": hex.EncodeToString(m)}
	for shift := range 3 {
		// Of base64 the letters that depend on the mark alone, wherever it begins.
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), m...))
		forms[fmt.Sprintf("base64, shifted by %d", shift)] = text[(shift*8+5)/6+1 : len(m)*8/6-2]
	}
	twice := base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(m)))
	forms["base64 of base64"] = twice[:len(twice)-8]
	for name, text := range forms {
		if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(text))) {
			return name
		}
	}
	return ""
}

// scan looks through everything that is left.
func (c *canaries) scan() {
	c.t.Helper()
	files := 0
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(c.dir, path)
		if err != nil || d.IsDir() || strings.HasPrefix(rel, "in/") || rel == "inline/values.yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for m, what := range c.marks {
			if form := found(data, m); form != "" {
				c.t.Errorf("%s holds the mark of %s as %s", rel, what, form)
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if files < 30 || len(c.marks) < 40 {
		c.t.Errorf("only %d files and %d marks", files, len(c.marks))
	}
	c.t.Logf("%d marks are in none of %d files", len(c.marks), files)
}
