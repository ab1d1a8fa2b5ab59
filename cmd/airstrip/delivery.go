package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// deliveryOptions are the flags that argocd and flux share.
type deliveryOptions struct {
	source
	url, path, namespace string
}

func (o *deliveryOptions) AddFlags(f *pflag.FlagSet, namespace string) {
	o.source.AddFlags(f)
	f.StringVar(&o.path, "path", "", "`FOLDER` of the repository that holds the folders of the overlays (default: where they are here)")
	f.StringVar(&o.namespace, "namespace", namespace, "`NAMESPACE` of the objects that are printed")
}

// delivered is an overlay on its way to a cluster.
type delivered struct {
	dir     string
	release *fn.Config
	objects manifest.Set
	// name is for the objects that deliver it, path where it is in the repository.
	name, path string
}

// checkPath checks --path, and cleans it.
func (o *deliveryOptions) checkPath() error {
	if o.path == "" {
		return nil
	}
	o.path = path.Clean(filepath.ToSlash(o.path))
	if path.IsAbs(o.path) || !filepath.IsLocal(filepath.FromSlash(o.path)) {
		return usageError{message: fmt.Sprintf("--path is %s, want a folder from the root of the repository, such as rendered", o.path)}
	}
	return nil
}

// deliver renders overlays for an agent, and refuses what it could not apply. They
// come from the folders that render writes, or from those of the overlays.
func (o *deliveryOptions) deliver(ctx context.Context, t *terminal, dirs []string, agent transform.Delivery, rendered bool) ([]delivered, error) {
	if err := o.checkPath(); err != nil {
		return nil, err
	}
	targets, err := (&renderOptions{}).targets(dirs)
	if err != nil {
		return nil, err
	}
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	results, err := build(ctx, t, dirs, options, runtime.NumCPU())
	if err != nil {
		return nil, err // what else there is to say of a render, render says
	}
	var all []delivered
	for i, r := range results {
		d := delivered{dir: dirs[i], release: r.Releases[0], objects: r.Objects}
		for _, c := range r.Releases {
			if c.Delivery != agent {
				return nil, &deliveryError{dirs[i], c.Delivery, agent}
			}
		}
		from := dirs[i]
		if rendered {
			from = targets[i]
			if plan, err := output.NewPlan(ctx, from, r.Namespace, r.Objects); o.path == "" && err == nil && len(plan.Changes) > 0 {
				fmt.Fprintf(t.err, "airstrip: warning: %s is not what %s renders now: airstrip render %s\n", from, dirs[i], fn.Quoted(dirs[i]))
			}
		}
		base, err := filepath.Abs(dirs[i])
		if err != nil {
			return nil, err
		}
		if d.name, err = objectName(d.release.Name, filepath.Base(base)); err != nil {
			return nil, fmt.Errorf("%s: %w", dirs[i], err)
		}
		if o.path != "" {
			d.path = path.Join(filepath.ToSlash(o.path), filepath.Base(base))
		} else if d.path, err = inRepository(from); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// deliveryError says that an overlay is rendered for somebody else.
type deliveryError struct {
	dir       string
	is, wants transform.Delivery
}

func (e *deliveryError) Error() string {
	why := map[transform.Delivery]string{
		transform.ArgoCD: "its order is in sync waves and hooks, which Flux does not know",
		transform.Flux:   "its order is in layers, which Argo CD does not know",
		transform.Plain:  "it has no order: everything would start at once",
	}
	return fmt.Sprintf("%s: spec.delivery is %s: %s", e.dir, e.is, why[e.is])
}

// objectName is release-overlay, the name of an object of the agent. Both of them
// write it into a label.
func objectName(release, overlay string) (string, error) {
	name := release
	if overlay != release {
		name += "-" + overlay
	}
	if !labelName.MatchString(name) {
		return "", fmt.Errorf("%q cannot be the name of an object: rename the folder to lower-case letters, digits and dashes", name)
	}
	return name, nil
}

// maxObjectName leaves room for the name of a layer, in a label of 63.
const maxObjectName = 50

var labelName = regexp.MustCompile(fmt.Sprintf(`^[a-z0-9]([-a-z0-9]{0,%d}[a-z0-9])?$`, maxObjectName-2))

// inRepository is the path of a folder, which need not be there yet, below the root
// of its git repository; where there is none, below the working directory.
func inRepository(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			root = at
			break
		}
		if filepath.Dir(at) == at {
			break
		}
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s: is not below the working directory, and in no git repository: say with --path where it is in the repository", dir)
	}
	return filepath.ToSlash(rel), nil
}

// scp is the address of a repository without a scheme: git@host:path.
var scp = regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^/]`)

// checkURL checks --url, which is committed and shown to many.
func (o *deliveryOptions) checkURL(withSCP bool) error {
	u, err := url.Parse(o.url)
	switch {
	case scp.MatchString(o.url) && withSCP:
		return nil
	case scp.MatchString(o.url):
		host, path, _ := strings.Cut(o.url, ":")
		return usageError{message: fmt.Sprintf("--url is %s, which Flux does not take: write ssh://%s/%s", o.url, host, path)}
	case err != nil:
		return usageError{message: "--url is no URL"} // the error quotes it
	case u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "ssh" || u.Host == "":
		return usageError{message: "--url is no https:// or ssh:// URL of a git repository"}
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" {
		return usageError{message: "--url holds a user or password, which everybody would see: keep them in a Secret of the agent"}
	}
	return nil
}

// checkNames checks names that flags give to objects, or name objects by: flag and
// name in turn.
func checkNames(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if wrong := validation.IsDNS1123Subdomain(pairs[i+1]); len(wrong) > 0 {
			return usageError{message: fmt.Sprintf("%s is %q, want the name of an object: lower-case letters, digits, dashes and dots", pairs[i], pairs[i+1])}
		}
	}
	return nil
}

// sealedSecrets are the objects of a set that SOPS has sealed.
func sealedSecrets(s manifest.Set) ([]*secret.Sealed, error) {
	var all []*secret.Sealed
	for _, n := range s {
		if !secret.IsSealed(n) {
			continue
		}
		sealed, err := secret.ParseObject(n)
		if err != nil {
			return nil, inFile(manifest.IDOf(n).String(), err)
		}
		all = append(all, sealed)
	}
	return all, nil
}

// hasNamespace reports whether a set brings its own namespace.
func (d *delivered) hasNamespace() bool {
	for _, n := range d.objects {
		if id := manifest.IDOf(n); id.Kind == "Namespace" && id.Group == "" && id.Name == d.release.Namespace {
			return true
		}
	}
	return false
}

// printObjects prints objects as one stream, all or nothing.
func printObjects(w io.Writer, objects []any) error {
	var docs []string
	for _, o := range objects {
		b, err := yaml.Marshal(o)
		if err != nil {
			return err
		}
		docs = append(docs, string(b))
	}
	_, err := io.WriteString(w, strings.Join(docs, "---\n"))
	return err
}

// object is an object of an agent's API, to be printed.
func object(apiVersion, kind, name, namespace string, spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	}
}
