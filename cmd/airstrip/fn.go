package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

func newFn(t *terminal) *cobra.Command {
	var o source
	cmd := &cobra.Command{
		Use:   "fn",
		Short: "Run as a KRM function: a ResourceList on stdin, a ResourceList on stdout",
		Example: `  kustomize build --enable-alpha-plugins --enable-exec overlays/aks

  with this annotation on the AirbyteRelease:
    config.kubernetes.io/function: |
      exec: {path: airstrip, args: [fn]}`,
		Long: `The functionConfig is an AirbyteRelease; its objects are added to the items.
Warnings go to stderr and to the results. On an error the results say why, no
items are printed and the exit status is 1.

` + environment + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := o.options()
			if err != nil {
				return err
			}
			input, err := readConfig("stdin", t.in)
			if err != nil {
				return err
			}
			rw := &kio.ByteReadWriter{Reader: bytes.NewReader(input), Writer: t.out, KeepReaderAnnotations: true}
			var name string
			read := false
			processor := fn.Processor(cmd.Context(), options, t.warn)
			err = framework.Execute(framework.ResourceListProcessorFunc(func(rl *framework.ResourceList) error {
				read = true
				if rl.FunctionConfig != nil {
					name = manifest.IDOf(rl.FunctionConfig).Name
				}
				return processor.Process(rl)
			}), rw)
			if err != nil && !read {
				// The library quotes all that it was given.
				said, _, _ := strings.Cut(err.Error(), ": node contents")
				return fmt.Errorf("%w: %s", fn.ErrNoConfig, strings.Join(strings.Fields(said), " "))
			}
			return located(err, name)
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// located puts a file name in front of an error: kustomize does not tell a
// function where its config comes from, but runs it where it is listed.
func located(err error, name string) error {
	if err == nil || name == "" {
		return err
	}
	return overlay.Locate(".", name, err)
}

func newPlugin(t *terminal) *cobra.Command {
	var o source
	cmd := &cobra.Command{
		Use:   "plugin CONFIG",
		Short: "Run as a kustomize exec plugin: objects on stdout",
		Example: `  airstrip install-plugin
  kustomize build --enable-alpha-plugins overlays/aks`,
		Long: `Kustomize calls the plugin with the name of a file that holds the AirbyteRelease,
in the directory of the kustomization that lists it. It shows what the plugin
says on stderr only if the plugin fails.

` + environment + exitStatus,
		Args: one("the file that holds the AirbyteRelease"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			data, err := readConfig(args[0], f)
			if err != nil {
				return err
			}
			node, err := yaml.Parse(string(data))
			if err != nil {
				return err
			}
			config, err := fn.Load(node)
			if err != nil {
				return located(err, manifest.IDOf(node).Name)
			}
			options, err := o.options()
			if err != nil {
				return err
			}
			set, findings, err := fn.Generate(cmd.Context(), config, options)
			t.warn(findings)
			if err != nil {
				return located(err, config.Name)
			}
			return set.Encode(t.out)
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// readConfig reads no more than any input could be, and refuses aliases that
// would take all the memory there is.
func readConfig(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, manifest.MaxSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > manifest.MaxSize:
		return nil, fmt.Errorf("%s: larger than %d MiB", name, manifest.MaxSize>>20)
	}
	if err := manifest.CheckAliases(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
