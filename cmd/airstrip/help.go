package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// newHelp replaces cobra's own, which has no example and takes any word.
func newHelp(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Print the help of a command",
		Example: `  airstrip help render`,
		Long: `The same as airstrip COMMAND --help.

` + exitStatus,
		RunE: func(cmd *cobra.Command, args []string) error {
			about := cmd.Root()
			for _, name := range args {
				next := subcommand(about, name)
				if next == nil {
					return unknownCommand(about, name)
				}
				about = next
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				names = commandNames(cmd.Root())
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

var shells = []string{"bash", "zsh", "fish"}

func shell(cmd *cobra.Command, args []string) error {
	const what = "bash, zsh or fish"
	if err := one(what)(cmd, args); err != nil {
		return err
	}
	if !slices.Contains(shells, args[0]) {
		return usageError{message: fmt.Sprintf("%s is %q, want %s", cmd.CommandPath(), args[0], what), meant: manifest.Nearest(args[0], shells)}
	}
	return nil
}

func newCompletion(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print a script that teaches a shell to complete airstrip",
		Example: `  airstrip completion bash > /etc/bash_completion.d/airstrip
  airstrip completion zsh > "${fpath[1]}/_airstrip"
  airstrip completion fish > ~/.config/fish/completions/airstrip.fish`,
		Long: `A new shell reads the script; for the one you are in: source <(airstrip completion bash)

` + exitStatus,
		Args:      shell,
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(t.out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(t.out)
			}
			return cmd.Root().GenFishCompletion(t.out, true)
		},
	}
}

// subcommand returns the command of that name, or nil.
func subcommand(of *cobra.Command, name string) *cobra.Command {
	for _, c := range of.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

func commandNames(of *cobra.Command) []string {
	var names []string
	for _, c := range of.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
