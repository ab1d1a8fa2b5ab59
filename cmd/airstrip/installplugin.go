package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/output"
)

func newInstallPlugin(t *terminal) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "install-plugin",
		Short: "Install the kustomize exec plugin, which needs no --enable-exec",
		Example: `  airstrip install-plugin
  kustomize build --enable-alpha-plugins overlays/aks`,
		Long: `Writes a two-line script that calls airstrip to the place where kustomize looks
for the plugin of an AirbyteRelease, and prints its name. Remove the annotation
config.kubernetes.io/function from the AirbyteRelease, or kustomize runs that
instead and needs --enable-exec.

` + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := pluginHome(dir)
			if err != nil {
				return err
			}
			self, err := selfName()
			if err != nil {
				return err
			}
			path := filepath.Join(home, filepath.FromSlash(fn.APIVersion), strings.ToLower(fn.Kind), fn.Kind)
			script := fmt.Sprintf("#!/bin/sh\nexec %s plugin \"$@\"\n", self)
			if err := writeScript(cmd.Context(), path, script); err != nil {
				return fmt.Errorf("%w: choose a folder that can be written with --plugin-home", err)
			}
			fmt.Fprintln(t.out, path)
			return nil
		},
	}
	addPluginHome(cmd.Flags(), &dir)
	return cmd
}

func addPluginHome(f *pflag.FlagSet, dir *string) {
	f.StringVar(dir, "plugin-home", "", "kustomize's plugin `DIR` (default $KUSTOMIZE_PLUGIN_HOME, else $XDG_CONFIG_HOME/kustomize/plugin)")
}

// pluginHome is where kustomize looks first (kustomize's konfig.DefaultAbsPluginHome).
func pluginHome(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("KUSTOMIZE_PLUGIN_HOME"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "kustomize", "plugin"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for kustomize plugins: %w; use --plugin-home", err)
	}
	return filepath.Join(home, ".config", "kustomize", "plugin"), nil
}

// selfName is how a script calls this program: by name where the name finds it,
// so that an upgrade needs no new script, else by path.
func selfName() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	found, err := exec.LookPath("airstrip")
	if err == nil && sameFile(found, self) {
		return "airstrip", nil
	}
	return "'" + strings.ReplaceAll(self, "'", `'\''`) + "'", nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// writeScript writes a program and the folders above it.
func writeScript(ctx context.Context, path, script string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if _, err := output.EditFile(ctx, path, 0o755, func([]byte) ([]byte, error) { return []byte(script), nil }); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}
