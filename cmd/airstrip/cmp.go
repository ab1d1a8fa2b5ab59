package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

func newCMP(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cmp",
		Short: "Run as a config management plugin of Argo CD",
		Example: `  # plugin.yaml
  spec:
    generate: {command: [airstrip, cmp, generate]}`,
		Long: `A plugin of Argo CD renders what a folder of the repository holds, in a sidecar of the
repo server.

` + exitStatus,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCMPGenerate(t))
	return cmd
}

// cmpOptions are the flags of cmp generate.
type cmpOptions struct {
	source
	secrets string
}

func (o *cmpOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.secrets, "secrets", "open", "open: open sealed Secrets on the way to the cluster; pass: leave them sealed, for who opens them there")
}

func newCMPGenerate(t *terminal) *cobra.Command {
	var o cmpOptions
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Print the manifests of the overlay in this folder, with its Secrets opened",
		Example: `  cd overlays/aks && airstrip cmp generate                  # as Argo CD runs it
  cd overlays/aks && airstrip cmp generate --secrets pass   # with Secrets still sealed`,
		Long: `The only command that opens sealed Secrets without being asked to reveal them: it
verifies them and puts their values into the manifests, in memory, on stdout, which
Argo CD reads. It needs an identity, such as one that is mounted into the sidecar
and named in SOPS_AGE_KEY_FILE. Argo CD keeps what it is given in its cache: whoever
can read that, or the repo server's API, can read the values.

` + secretEnvironment + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), t) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *cmpOptions) run(ctx context.Context, t *terminal) error {
	if err := choice("--secrets", o.secrets, "open", "pass"); err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	result, err := overlay.Build(ctx, ".", options)
	if result != nil {
		t.warn(result.Findings)
	}
	if err != nil {
		return err
	}
	if o.secrets == "open" {
		for _, n := range result.Objects {
			if _, err := (secret.Keyring{}).OpenObject(ctx, n); err != nil {
				return inFile(manifest.IDOf(n).String(), err)
			}
		}
	}
	if err := result.Objects.Encode(t.out); err != nil {
		return fmt.Errorf("the manifests cannot be printed: %w", err)
	}
	return nil
}
