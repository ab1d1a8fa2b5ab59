package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// validateOptions are the flags of validate.
type validateOptions struct {
	source
	format, failOn, kubeVersion, registry string
	external                              []string
	verbose                               bool
}

func (o *validateOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.format, "format", "text", "text, json, sarif or github")
	f.StringVar(&o.failOn, "fail-on", "error", "what makes the exit status 3: error or warning")
	f.StringVar(&o.kubeVersion, "kube-version", "", "hold objects to this Kubernetes `VERSION` (default: that of the overlay, or "+newestKube()+")")
	f.StringVar(&o.registry, "registry", "", "`REGISTRY` that all images come from (default: that of the overlay)")
	f.StringArrayVar(&o.external, "external", nil, "`KIND/NAME` of an object that is in the cluster already, beside those of spec.external")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "name what could not be checked as well")
}

func newestKube() string {
	all := validate.KubeVersions()
	return all[len(all)-1]
}

func newValidate(t *terminal) *cobra.Command {
	var o validateOptions
	all := validate.KubeVersions()
	cmd := &cobra.Command{
		Use:   "validate [DIR|FILE...]",
		Short: "Say what a cluster would refuse, and what names something that is not there",
		Example: `  airstrip validate                                   # what is rendered, before it is
  airstrip validate --kube-version 1.36 overlays/*    # before an upgrade of the cluster
  airstrip validate --format github rendered/*        # in a pull request, without a chart`,
		Long: `Without an argument it is every overlay below overlays/.
DIR is an overlay, which is rendered; a folder with a kustomization of plain objects,
which is built; or one without, whose files are read. FILE is a file of objects. Each
object is held, with neither cluster nor network, to

  the schema of its kind in Kubernetes ` + all[0] + ` to ` + all[len(all)-1] + `, and of Gateway API, Envoy Gateway,
  External Secrets and Sealed Secrets; kinds without a schema are named with -v
  the API versions that this Kubernetes serves, and those it is about to drop
  what it names: ConfigMaps and their keys, Secrets and theirs, ServiceAccounts,
  Services and their ports, roles, claims, volumes, named ports, the Pods of selectors
  names, labels, ports, quantities, lists with an entry twice, images without a release

A render does the same, and writes nothing where there is an error. Rules that only
the API server runs (CEL, admission, quotas) are not among them.

` + environment + exitStatus + `
  3  there are findings of the severity of --fail-on, or worse`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *validateOptions) run(ctx context.Context, t *terminal, paths []string) error {
	err := errors.Join(
		choice("--format", o.format, "text", "json", "sarif", "github"),
		choice("--fail-on", o.failOn, "error", "warning"),
	)
	if o.kubeVersion != "" && validate.Minor(o.kubeVersion) == "" {
		err = errors.Join(err, usageError{message: fmt.Sprintf("--kube-version %q is no version, want one such as 1.33", o.kubeVersion)})
	}
	var external []validate.Object
	for _, s := range o.external {
		object, ok := validate.ParseObject(s)
		if !ok {
			err = errors.Join(err, usageError{message: fmt.Sprintf("--external is %q, want a kind and a name, such as ConfigMap/corporate-ca: the kind is one of %s", s, strings.Join(validate.ExternalKinds, ", "))})
		}
		external = append(external, object)
	}
	if err != nil {
		return err
	}
	if paths, err = everyOverlay(paths, "what to validate"); err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	options.Draft = true // what is wrong becomes a finding
	options.Change = func(configs []*fn.Config) error {
		for _, c := range configs {
			for _, o := range external {
				if o.Kind == "Secret" && !slices.ContainsFunc(c.Secrets, func(s secret.Spec) bool { return s.Name == o.Name }) {
					c.Secrets = append(c.Secrets, secret.Spec{Name: o.Name, Backend: secret.Existing})
				}
			}
		}
		return nil
	}
	found, errs := make([][]manifest.Finding, len(paths)), make([]error, len(paths))
	var g errgroup.Group
	g.SetLimit(runtime.NumCPU())
	for i, path := range paths {
		g.Go(func() error {
			found[i], errs[i] = o.path(ctx, path, options, external)
			return nil
		})
	}
	// A file may be a pipe that nobody writes to.
	if err := untilInterrupted(ctx, func() { _ = g.Wait() }); err != nil { // errors are kept apart, to show all of them
		return err
	}
	r := &report{verbose: o.verbose}
	bad := false
	for i, findings := range found {
		for _, f := range findings {
			r.add(paths[i], f)
			bad = bad || f.Severity == manifest.Error || f.Severity == manifest.Warning && o.failOn == "warning"
		}
	}
	if err := errors.Join(append(errs, r.write(t.out, o.format))...); err != nil {
		return err
	}
	if bad {
		return errFindings
	}
	return nil
}

// path returns what is to be said of an overlay, a folder or a file.
func (o *validateOptions) path(ctx context.Context, path string, options fn.Options, external []validate.Object) ([]manifest.Finding, error) {
	checks := validate.Options{KubeVersion: o.kubeVersion, Registry: o.registry, External: external}
	ours, err := overlay.Generates(path)
	if err != nil {
		return nil, err
	}
	if !ours {
		checks.Declare = "name it with --external"
		plain, err := overlay.Read(ctx, path)
		if err != nil {
			return nil, err
		}
		findings := slices.Concat(plain.Findings, validate.Check(plain.Objects, checks), fn.Review(plain.Objects, external))
		return inFiles(findings, func(id manifest.ID) string { return cmp.Or(plain.Files[id], path) }), nil
	}
	result, err := overlay.Build(ctx, path, options)
	if err != nil {
		return nil, err
	}
	known := fn.Checks(result.Releases...)
	checks.KubeVersion = cmp.Or(checks.KubeVersion, known.KubeVersion)
	checks.Registry = cmp.Or(checks.Registry, known.Registry)
	checks.External = append(known.External, external...)
	findings := append(result.Findings, validate.Check(result.Objects, checks)...)
	return inFiles(findings, func(manifest.ID) string { return path }), nil
}

// inFiles names a file for each finding that has none.
func inFiles(findings []manifest.Finding, file func(manifest.ID) string) []manifest.Finding {
	for i, f := range findings {
		if f.File == "" {
			findings[i].File = file(f.Object)
		}
	}
	return findings
}
