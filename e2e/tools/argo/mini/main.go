// Mini is the part of Argo CD's one binary that renders: it is what the name says
// under which it is called.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	cmpserver "github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(filepath.Base(os.Args[0])))
}

func run(name string) int {
	commands := map[string]func() *cobra.Command{
		"argocd-cmp-server":   cmpserver.NewCommand,
		"argocd-repo-server":  reposerver.NewCommand,
		"argocd-git-ask-pass": askpass.NewCommand,
	}
	command, ok := commands[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "%s: is none of argocd-cmp-server, argocd-repo-server, argocd-git-ask-pass\n", name)
		return 2
	}
	if err := command().Execute(); err != nil {
		return 1
	}
	return 0
}
