package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn/overlay"
)

func newCMPDiscover(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "discover",
		Short: "Print the overlay in this folder, if it is one of ours",
		Example: `  cd overlays/aks && airstrip cmp discover   # as Argo CD runs it
  # plugin.yaml
  spec:
    discover: {find: {command: [airstrip, cmp, discover]}}`,
		Long: `Argo CD takes a line for yes and nothing for no. Only the files are looked at that the
kustomization of the folder lists; nothing is built, and what is broken there is no
error. A folder of overlays, which may hold other things, is ours only where the
Application has a section for a plugin.

` + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if overlay.Discover(".") {
				fmt.Fprintln(t.out, ".")
				return nil
			}
			// Argo CD asks even where the Application names the plugin. Then its
			// parameters are there, if only as null, and what is wrong with them
			// is for generate to say: after a no, nobody would.
			if os.Getenv(parametersVariable) != "" {
				base, names := environments()
				for _, name := range names {
					fmt.Fprintln(t.out, filepath.Join(base, name))
				}
			}
			return nil
		},
	}
}
