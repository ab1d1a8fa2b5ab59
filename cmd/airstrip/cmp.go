package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// pluginName is that of the plugin in examples/argocd-cmp, which Applications name.
const pluginName = "airstrip"

func newCMP(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cmp",
		Short: "Run as a config management plugin of Argo CD",
		Example: `  # plugin.yaml
  spec:
    discover: {find: {command: [airstrip, cmp, discover]}}
    generate: {command: [airstrip, cmp, generate]}
    parameters: {dynamic: {command: [airstrip, cmp, parameters]}}`,
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
	cmd.AddCommand(newCMPGenerate(t), newCMPParameters(t), newCMPDiscover(t))
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

An Application changes what is rendered by parameters alone, which airstrip cmp
parameters lists. Its plugin.env is not read.

ENVIRONMENT OF ARGO CD
  ARGOCD_APP_PARAMETERS     the parameters of the Application
  KUBE_VERSION              of the cluster, for spec.capabilities: cluster
  KUBE_API_VERSIONS         and what it serves

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
	args, err := readArguments(os.Getenv(parametersVariable))
	if err != nil {
		return err
	}
	// Argo CD asks to end, and five seconds later kills.
	var failed error
	if err := untilInterrupted(ctx, func() { failed = o.generate(ctx, t, args) }); err != nil {
		return err
	}
	return failed
}

func (o *cmpOptions) generate(ctx context.Context, t *terminal, args arguments) error {
	dir, err := args.folder()
	if err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	if names := foreignVariables(); len(names) > 0 {
		fmt.Fprintf(t.err, "airstrip: warning: plugin.env of the Application is not read (%s): use parameters\n", strings.Join(names, ", "))
	}
	change := args.change(options.Chart)
	options.Change = func(configs []*fn.Config) error {
		for _, c := range configs {
			if err := t.fit(c, args); err != nil {
				return err
			}
		}
		return change(configs)
	}
	result, err := overlay.Build(ctx, dir, options)
	if result != nil {
		t.warn(result.Findings)
	}
	if err != nil {
		return err
	}
	if o.secrets == "open" {
		for _, n := range result.Objects {
			if err := (secret.Keyring{}).OpenObject(ctx, n); err != nil {
				return inFile(manifest.IDOf(n).String(), err)
			}
		}
	}
	var out bytes.Buffer
	if err := result.Objects.Encode(&out); err != nil {
		return fmt.Errorf("the manifests cannot be printed: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := out.WriteTo(t.out); err != nil {
		return fmt.Errorf("the manifests cannot be printed: %w", err)
	}
	return nil
}

// fit makes a release one for the cluster that Argo CD speaks of, where its config
// wants that, and says what Argo CD will not do.
func (t *terminal) fit(c *fn.Config, args arguments) error {
	if c.Delivery != transform.ArgoCD {
		fmt.Fprintf(t.err, "airstrip: warning: spec.delivery is %s: Argo CD applies everything at once; argocd has an order\n", c.Delivery)
	}
	if c.Capabilities != fn.ClusterCapabilities || args.text(kubeParameter) != "" {
		return nil
	}
	version := os.Getenv("KUBE_VERSION")
	if version == "" {
		fmt.Fprintf(t.err, "airstrip: warning: spec.capabilities is cluster, and KUBE_VERSION says nothing: rendered for %s\n", c.KubeVersion)
		return nil
	}
	c.KubeVersion = version
	served := strings.FieldsFunc(os.Getenv("KUBE_API_VERSIONS"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(served) > 0 {
		c.APIVersions = served
	}
	if c.Check() != nil {
		return fmt.Errorf("KUBE_VERSION: %q is no version", version)
	}
	return nil
}

// foreignVariables names what an Application sets as plugin.env.
func foreignVariables() []string {
	var names []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if name, ok := strings.CutPrefix(name, "ARGOCD_ENV_"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
