package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

func newRotate(t *terminal) *cobra.Command {
	var o source
	cmd := &cobra.Command{
		Use:   "rotate FILE|DIR...",
		Short: "Seal Secrets with a new data key",
		Example: `  airstrip rotate overlays/aks
  airstrip rotate overlays/aks/airbyte-config-secrets.sops.yaml`,
		Long: `Opens each sealed file, or each that an overlay uses, and seals its values again with
a new data key, for the recipients that .sops.yaml or the config names, or else for
those that it has. Every line with a value changes. The values themselves stay: who
could read them may have read them, and only new passwords keep them out.

` + secretEnvironment + exitStatus,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{message: cmd.CommandPath() + ": name at least one sealed file or overlay"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return rotate(cmd.Context(), t, &o, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func rotate(ctx context.Context, t *terminal, o *source, args []string) error {
	files, err := o.sealedFiles(ctx, args)
	if err != nil {
		return err
	}
	for _, f := range files {
		rule, err := f.rule()
		if err != nil {
			return err
		}
		var change *secret.Change
		_, err = output.EditFile(ctx, f.file, 0o666, func(old []byte) ([]byte, error) {
			s, err := secret.Parse(old)
			if err != nil {
				return nil, inFile(f.file, err)
			}
			var ring secret.Keyring
			p, err := ring.Open(ctx, s)
			if err != nil {
				return nil, inFile(f.file, err)
			}
			if rule == nil {
				rule = s.Own()
			}
			out, c, err := ring.Seal(ctx, p, rule, s, secret.Options{Now: time.Now(), Rotate: true})
			change = c
			return out, inFile(f.file, err)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.err, "%s: %s sealed with a new data key for %s (%s)\n", f.file, count(len(change.Keys), "value"), count(len(rule.Recipients), "recipient"), rule.Source)
	}
	return nil
}
