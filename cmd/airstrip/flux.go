package main

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn/transform"
)

// fluxOptions are the flags of flux.
type fluxOptions struct {
	deliveryOptions
	branch, repository, sopsSecret string
	interval, timeout              string
}

func (o *fluxOptions) AddFlags(f *pflag.FlagSet) {
	o.deliveryOptions.AddFlags(f, "flux-system")
	f.StringVar(&o.url, "url", "", "print a GitRepository of this `URL` too, by the name of --source")
	f.StringVar(&o.branch, "branch", "main", "`BRANCH` of the GitRepository that is printed")
	f.StringVar(&o.repository, "source", "flux-system", "`NAME` of the GitRepository, by default the one that flux bootstrap makes")
	f.StringVar(&o.interval, "interval", "10m", "how often the cluster is made equal to git again, such as 10m")
	f.StringVar(&o.timeout, "timeout", "10m", "how long a layer may take to become ready, such as 10m")
	f.StringVar(&o.sopsSecret, "sops-secret", "sops-age", "Secret with the key of sealed Secrets; where they are sealed for key services alone, the controller's own identity is used")
}

func newFlux(t *terminal) *cobra.Command {
	var o fluxOptions
	cmd := &cobra.Command{
		Use:   "flux DIR...",
		Short: "Print the Flux objects that apply rendered overlays",
		Example: `  airstrip flux overlays/gke-nginx                                           # the source is there
  airstrip flux --url https://git.example.com/platform.git --source platform overlays/gke-nginx`,
		Long: `One Kustomization for each layer of a folder that airstrip render writes, each waiting
for what the one before has applied to be ready. A layer with sealed Secrets is one
that Flux opens. The overlays are rendered to see which layers they have.

` + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args, cmd.Flags()) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// duration is what Flux takes for one.
var duration = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

func (o *fluxOptions) run(ctx context.Context, t *terminal, dirs []string, flags *pflag.FlagSet) error {
	for flag, value := range map[string]string{"--interval": o.interval, "--timeout": o.timeout} {
		if !duration.MatchString(value) {
			return usageError{message: fmt.Sprintf("%s is %q, want a time such as 10m", flag, value)}
		}
	}
	if err := checkNames("--namespace", o.namespace, "--source", o.repository, "--sops-secret", o.sopsSecret); err != nil {
		return err
	}
	if o.url != "" {
		if err := o.checkURL(false); err != nil {
			return err
		}
		if !flags.Changed("source") {
			return usageError{message: "--source is missing: with --url it names the GitRepository that is printed (flux-system is the one that flux bootstrap made: applied, it would sync the cluster from somewhere else)"}
		}
		if o.branch == "" {
			return usageError{message: "--branch is empty"}
		}
	} else if flags.Changed("branch") {
		return usageError{message: "--branch is of the GitRepository that is printed with --url"}
	}
	all, err := o.deliver(ctx, t, dirs, transform.Flux, true)
	if err != nil {
		return err
	}
	var objects []any
	if o.url != "" {
		objects = append(objects, o.gitRepository(all))
	}
	for _, d := range all {
		if !d.hasNamespace() {
			fmt.Fprintf(t.err, "airstrip: warning: %s: Flux does not make the namespace %s: set spec.namespaceObject: create, or see that it is there\n", d.dir, d.release.Namespace)
		}
		layers, err := o.layers(d, flags.Changed("sops-secret"))
		if err != nil {
			return fmt.Errorf("%s: %w", d.dir, err)
		}
		objects = append(objects, layers...)
	}
	return printObjects(t.out, objects)
}

// gitRepository is the source. What is not rendered makes no new revision of it.
func (o *fluxOptions) gitRepository(all []delivered) map[string]any {
	ignore := []string{"/*"}
	seen := map[string]bool{}
	for _, d := range all {
		top, _, _ := strings.Cut(d.path, "/")
		if !seen[top] {
			ignore = append(ignore, "!/"+top)
		}
		seen[top] = true
	}
	return object("source.toolkit.fluxcd.io/v1", "GitRepository", o.repository, o.namespace, map[string]any{
		"url": o.url, "ref": map[string]any{"branch": o.branch}, "interval": "1m", "ignore": strings.Join(ignore, "\n") + "\n",
	})
}

// layers are the Kustomizations of an overlay, one for each layer it has. Wait has
// Flux look at all that a layer applies, so that no health check has to be listed;
// of a Job it waits for the end.
func (o *fluxOptions) layers(d delivered, secretGiven bool) ([]any, error) {
	var objects []any
	before := ""
	for _, layer := range d.objects.Layers() {
		spec := map[string]any{
			"interval": o.interval, "retryInterval": "2m", "timeout": o.timeout,
			"path": "./" + path.Join(d.path, layer.Name), "prune": true, "wait": true,
			"sourceRef": map[string]any{"kind": "GitRepository", "name": o.repository},
		}
		if before != "" {
			spec["dependsOn"] = []any{map[string]any{"name": before}}
		}
		sealed, err := sealedSecrets(layer.Objects)
		if err != nil {
			return nil, err
		}
		if len(sealed) > 0 {
			decryption := map[string]any{"provider": "sops"}
			for _, s := range sealed {
				for _, r := range s.Recipients {
					if secretGiven || r.Kind == "age" || r.Kind == "pgp" {
						decryption["secretRef"] = map[string]any{"name": o.sopsSecret}
					}
				}
			}
			spec["decryption"] = decryption
		}
		name := d.name
		if layer.Name != "" {
			name += "-" + layer.Name
		}
		objects = append(objects, object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, o.namespace, spec))
		before = name
	}
	return objects, nil
}
