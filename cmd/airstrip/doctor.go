package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn"
)

func newDoctor(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor [-- KUSTOMIZE_FLAGS...]",
		Short: "Check what kustomize, the cache, git and keys would do on this machine",
		Example: `  airstrip doctor
  airstrip doctor -- --enable-alpha-plugins   # what do these flags really do?`,
		Long: `Each line is ok, or says how to mend what is not. Kustomize is checked by
building a small overlay with it: given --enable-alpha-plugins without
--enable-exec it drops a function without a word and prints nothing, and an
agent that prunes would then delete everything.

` + environment + exitStatus + `
  3  something needs mending`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d := &doctor{terminal: t}
			d.self()
			d.kustomize(cmd.Context(), args)
			d.cache()
			d.git(cmd.Context())
			d.keys()
			if d.failed {
				return errFindings
			}
			return nil
		},
	}
}

// doctor prints a line per check.
type doctor struct {
	*terminal
	failed bool
}

func (d *doctor) ok(what, format string, args ...any) {
	fmt.Fprintf(d.out, "ok    %-10s %s\n", what, fmt.Sprintf(format, args...))
}

func (d *doctor) note(what, format string, args ...any) {
	fmt.Fprintf(d.out, "note  %-10s %s\n", what, fmt.Sprintf(format, args...))
}

func (d *doctor) fail(what, fix, format string, args ...any) {
	d.failed = true
	fmt.Fprintf(d.out, "FAIL  %-10s %s\n      fix:       %s\n", what, fmt.Sprintf(format, args...), fix)
}

func (d *doctor) self() {
	self, err := os.Executable()
	if err != nil {
		d.fail("airstrip", "start it by its full name", "%v", err)
		return
	}
	switch found, err := exec.LookPath("airstrip"); {
	case err != nil:
		d.fail("airstrip", "put "+filepath.Dir(self)+" on PATH", "is not on PATH, where kustomize looks for functions and plugins")
	case !sameFile(found, self):
		d.fail("airstrip", "remove one of them", "PATH finds %s, this is %s", found, self)
	default:
		d.ok("airstrip", "%s, %s", found, ownVersion())
	}
}

// kustomize builds a small overlay as a function and as a plugin, with the
// flags given or with the two sets that are documented.
func (d *doctor) kustomize(ctx context.Context, flags []string) {
	path, err := exec.LookPath("kustomize")
	if err != nil {
		d.note("kustomize", "is not on PATH; airstrip render does without it")
		return
	}
	version, _ := capture(ctx, "", path, "version")
	d.ok("kustomize", "%s, %s", path, strings.TrimSpace(version))
	if len(flags) > 0 {
		d.build(ctx, path, flags, true)
		d.build(ctx, path, flags, false)
		return
	}
	d.build(ctx, path, []string{"--enable-alpha-plugins", "--enable-exec"}, true)
	if home, err := pluginHome(""); err == nil {
		if _, err := os.Stat(filepath.Join(home, filepath.FromSlash(fn.APIVersion), strings.ToLower(fn.Kind), fn.Kind)); err == nil {
			d.build(ctx, path, []string{"--enable-alpha-plugins"}, false)
			return
		}
	}
	d.note("plugin", "not installed; airstrip install-plugin makes --enable-alpha-plugins alone enough")
}

// build runs kustomize over an overlay that must give one object.
func (d *doctor) build(ctx context.Context, kustomize string, flags []string, function bool) {
	form, what := "a plugin", "plugin"
	if function {
		form, what = "a function", "function"
	}
	dir, err := os.MkdirTemp("", "airstrip-doctor-")
	if err != nil {
		d.fail(what, "make the temporary directory writable", "%v", err)
		return
	}
	defer os.RemoveAll(dir)
	if err := probe(dir, function); err != nil {
		d.fail(what, "make the temporary directory writable", "%v", err)
		return
	}
	said := "kustomize build " + strings.Join(flags, " ")
	out, err := capture(ctx, dir, kustomize, append(append([]string{"build"}, flags...), dir)...)
	switch {
	case err != nil:
		d.fail(what, "kustomize build --enable-alpha-plugins --enable-exec, or airstrip install-plugin", "%s, AirbyteRelease as %s: %v", said, form, err)
	case !strings.Contains(out, "airstrip-doctor"):
		d.fail(what, "add --enable-exec, or remove the annotation and run airstrip install-plugin",
			"%s, AirbyteRelease as %s: exit status 0 and no output: with pruning, everything is deleted", said, form)
	default:
		d.ok(what, "%s runs it as %s", said, form)
	}
}

// probe writes an overlay around the smallest of charts.
func probe(dir string, function bool) error {
	annotations := ""
	if function {
		annotations = "  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: airstrip, args: [fn]}\n"
	}
	files := map[string]string{
		"kustomization.yaml": "generators: [airbyte.yaml]\n",
		"airbyte.yaml": "apiVersion: " + fn.APIVersion + "\nkind: " + fn.Kind + "\nmetadata:\n  name: doctor\n  namespace: doctor\n" + annotations +
			"spec:\n  kubeVersion: \"1.33\"\n  delivery: plain\n  chart: {path: chart}\n",
		"chart/Chart.yaml":        "apiVersion: v2\nname: probe\nversion: 0.0.1\n",
		"chart/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: airstrip-doctor}\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (d *doctor) cache() {
	dir := cacheDir()
	if dir == "" {
		d.note("cache", "no place for one: every render downloads its chart; set AIRSTRIP_CACHE_DIR")
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		d.fail("cache", "set AIRSTRIP_CACHE_DIR to a directory that can be written", "%v", err)
		return
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		d.fail("cache", "set AIRSTRIP_CACHE_DIR to a directory that can be written", "%v", err)
		return
	}
	f.Close()
	os.Remove(f.Name())
	kept, _ := filepath.Glob(filepath.Join(dir, "sha256", "*.tgz"))
	d.ok("cache", "%s, %d archives", dir, len(kept))
}

func (d *doctor) git(ctx context.Context) {
	version, err := capture(ctx, "", "git", "--version")
	if err != nil {
		d.fail("git", "install git", "%v", err)
		return
	}
	if _, err := capture(ctx, "", "git", "rev-parse", "--show-toplevel"); err != nil {
		d.note("git", "%s; this directory is in no repository", strings.TrimSpace(version))
		return
	}
	d.ok("git", "%s", strings.TrimSpace(version))
}

// keys looks where SOPS looks for age identities; a render needs none.
func (d *doctor) keys() {
	for _, name := range []string{"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_FILE"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if strings.HasSuffix(name, "_FILE") {
			if _, err := os.Stat(value); err != nil {
				d.fail("keys", "correct "+name+" or unset it", "%s: %v", name, err)
				return
			}
		}
		d.ok("keys", "%s is set", name)
		return
	}
	config, err := os.UserConfigDir()
	if err == nil {
		path := filepath.Join(config, "sops", "age", "keys.txt")
		if _, err := os.Stat(path); err == nil {
			d.ok("keys", "%s", path)
			return
		}
	}
	d.note("keys", "no age identity for SOPS; rendering needs none")
}

// capture runs a program for at most half a minute and returns its stdout; what
// it says on stderr is in the error.
func capture(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	// A chart set for renders would take the place of the one in the probe.
	cmd.Env = append(os.Environ(), "AIRSTRIP_CHART=")
	cmd.Dir = dir
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && stderr.Len() > 0 {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return out.String(), fmt.Errorf("%s (%w)", lines[len(lines)-1], err)
	}
	return out.String(), err
}
