package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn/transform"
)

// argocdOptions are the flags of argocd.
type argocdOptions struct {
	deliveryOptions
	revision, project, destination, sync string
	plugin                               bool
}

func (o *argocdOptions) AddFlags(f *pflag.FlagSet) {
	o.deliveryOptions.AddFlags(f, "argocd")
	f.StringVar(&o.url, "url", "", "`URL` of the git repository, as Argo CD knows it; required")
	f.StringVar(&o.revision, "revision", "HEAD", "`BRANCH`, tag or commit that is applied")
	f.StringVar(&o.project, "project", "default", "`PROJECT` of the Applications")
	f.StringVar(&o.destination, "destination", "https://kubernetes.default.svc", "`CLUSTER`: its URL, or its name in Argo CD")
	f.StringVar(&o.sync, "sync", "automated", "automated: apply what is in git at once, delete what has left it, undo what others change; manual: wait for somebody")
	f.BoolVar(&o.plugin, "plugin", false, "have the plugin render the overlay, in place of applying the rendered folder")
}

func newArgoCD(t *terminal) *cobra.Command {
	var o argocdOptions
	cmd := &cobra.Command{
		Use:   "argocd DIR...",
		Short: "Print the Argo CD Applications that apply overlays",
		Example: `  airstrip argocd --url https://git.example.com/platform.git overlays/*            # rendered folders
  airstrip argocd --url https://git.example.com/platform.git --plugin overlays/aks # with the plugin`,
		Long: `One Application an overlay: over the folder that airstrip render writes, or with
--plugin over the overlay itself, which the plugin (docs/argocd.md) renders in the
repo server. The overlays are rendered to see what is in them. A rendered folder with
Secrets that SOPS has sealed is refused: Argo CD opens none.

` + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *argocdOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	if err := choice("--sync", o.sync, "automated", "manual"); err != nil {
		return err
	}
	if err := checkNames("--namespace", o.namespace, "--project", o.project); err != nil {
		return err
	}
	if o.url == "" {
		return usageError{message: "--url is missing: an Application says which repository it is in"}
	}
	if err := o.checkURL(true); err != nil {
		return err
	}
	if o.revision == "" {
		return usageError{message: "--revision is empty"}
	}
	if u, err := url.Parse(o.destination); o.destination == "" || strings.Contains(o.destination, "://") && (err != nil || u.Host == "") {
		return usageError{message: fmt.Sprintf("--destination is %q, want the URL of a cluster, such as https://kubernetes.default.svc, or its name in Argo CD", o.destination)}
	}
	all, err := o.deliver(ctx, t, dirs, transform.ArgoCD, !o.plugin)
	if err != nil {
		return err
	}
	var objects []any
	for _, d := range all {
		sealed, err := sealedSecrets(d.objects)
		if err != nil {
			return fmt.Errorf("%s: %w", d.dir, err)
		}
		if len(sealed) > 0 && !o.plugin {
			e := &sealedError{dir: d.dir}
			for _, s := range sealed {
				e.names = append(e.names, s.Name)
			}
			return e
		}
		objects = append(objects, o.application(d))
	}
	return printObjects(t.out, objects)
}

// sealedError says that an overlay has Secrets that its agent does not open.
type sealedError struct {
	dir   string
	names []string
}

func (e *sealedError) Error() string {
	return fmt.Sprintf("%s: %s: sealed with SOPS, which Argo CD does not open: the API server would refuse it", e.dir, strings.Join(e.names, ", "))
}

// application is an Application. It names no kind of source: in the rendered folder
// Argo CD finds the kustomization.yaml, and applies what that lists. To name Directory
// would have it apply the kustomization.yaml as well.
func (o *argocdOptions) application(d delivered) map[string]any {
	source := map[string]any{"repoURL": o.url, "targetRevision": o.revision, "path": d.path}
	if o.plugin {
		source["plugin"] = map[string]any{"name": pluginName}
	}
	destination := map[string]any{"namespace": d.release.Namespace}
	if strings.Contains(o.destination, "://") {
		destination["server"] = o.destination
	} else {
		destination["name"] = o.destination
	}
	options := []string{"ServerSideApply=true"}
	if !d.hasNamespace() {
		options = append([]string{"CreateNamespace=true"}, options...)
	}
	policy := map[string]any{"syncOptions": options}
	if o.sync == "automated" {
		policy["automated"] = map[string]any{"prune": true, "selfHeal": true}
	}
	return object("argoproj.io/v1alpha1", "Application", d.name, o.namespace, map[string]any{
		"project": o.project, "source": source, "destination": destination, "syncPolicy": policy,
	})
}
