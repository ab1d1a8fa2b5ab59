package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// keygenOptions are the flags of keygen.
type keygenOptions struct {
	output string
	pq     bool
	add    bool
}

func (o *keygenOptions) AddFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "`FILE` to keep the identity in (default: where SOPS looks for it)")
	f.BoolVar(&o.pq, "pq", false, "make a post-quantum key (sops 3.12 and Flux 2.9 on)")
	f.BoolVar(&o.add, "add", false, "add another identity to a file that has some")
}

func newKeygen(t *terminal) *cobra.Command {
	var o keygenOptions
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "Make an age identity, to open what is sealed",
		Example: `  airstrip keygen                  # prints the public key: age1…
  airstrip keygen -o prod.agekey   # one for a cluster, to keep elsewhere`,
		Long: `Writes the identity to the file in which SOPS looks for it,
$XDG_CONFIG_HOME/sops/age/keys.txt, readable by nobody else, and prints its public
key to stdout: name that in .sops.yaml or in spec.configSecret.recipients. If there is an
identity already, its public key is printed and nothing is written. Whoever has
the file can open what is sealed for it, and nobody else can: keep a copy.

` + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), t) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *keygenOptions) run(ctx context.Context, t *terminal) error {
	file := o.output
	if file == "" {
		var err error
		if file, err = secret.IdentityFile(); err != nil {
			return fmt.Errorf("no place for the identity: %w; name a file with --output", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	var recipients []string
	open := othersCanRead(file)
	if open && o.add {
		return fmt.Errorf("%s: others can read it: chmod 600 it first", file)
	}
	changed, err := output.EditFile(ctx, file, 0o600, func(old []byte) ([]byte, error) {
		if old != nil && !o.add {
			var err error
			if recipients, err = secret.RecipientsOf(old); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if len(recipients) == 0 {
				return nil, fmt.Errorf("%s: there is such a file, and no identity in it: choose another with --output, or add one with --add", file)
			}
			return nil, nil
		}
		identity, recipient, err := secret.NewIdentity(o.pq, time.Now())
		if err != nil {
			return nil, errors.New("cannot make an identity: the system has no randomness")
		}
		recipients = []string{recipient}
		return append(old, identity...), nil
	})
	if err != nil {
		return err
	}
	if changed {
		fmt.Fprintf(t.err, "airstrip: the identity is in %s: keep a copy, and keep it out of git\n", file)
	} else {
		fmt.Fprintf(t.err, "airstrip: %s has an identity already: this is its public key (another: --add)\n", file)
	}
	if open {
		fmt.Fprintf(t.err, "airstrip: warning: %s: others can read it, and so open what is sealed for it: chmod 600 it\n", file)
	}
	for _, r := range recipients {
		fmt.Fprintln(t.out, r)
	}
	return nil
}

// othersCanRead reports whether a file is open to more than its owner, where modes
// say so.
func othersCanRead(file string) bool {
	info, err := os.Stat(file)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}
