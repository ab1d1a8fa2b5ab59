package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// imagesOptions are the flags of images.
type imagesOptions struct {
	source
	format, registry string
}

func (o *imagesOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.format, "format", "text", "text, json or copy-script")
	f.StringVar(&o.registry, "registry", "", "`REGISTRY` of the mirror, with its path, for overlays that configure none")
}

func newImages(t *terminal) *cobra.Command {
	var o imagesOptions
	cmd := &cobra.Command{
		Use:   "images DIR...",
		Short: "List the images that overlays run, or print a script that mirrors them",
		Example: `  airstrip images overlays/*
  airstrip images --registry ghcr.io/acme --format copy-script overlays/* > mirror.sh
  sh mirror.sh                         # then set the registry in the config`,
		Long: `Lists the images of containers, and those that stand only in keys of ConfigMaps and
in variables that end in _IMAGE: Airbyte starts Pods of its own from them, so that
kustomize's images and most tools that look for images miss them.

In a mirror an image keeps its name behind the registry, as the chart asks for it:
temporalio/auto-setup is ghcr.io/acme/temporalio/auto-setup. When the config names
a registry, every image has to come from there, and each that does not is named on
stderr. copy-script prints a POSIX shell script that copies the images with crane,
or else with docker; run again, it copies what has changed.

Connectors (sources and destinations) are not among the images: a workspace chooses
them at run time. Airbyte takes them from JOB_KUBE_CONNECTOR_IMAGE_REGISTRY, which
the chart sets to the same registry (V1, and V2 from 2.0.7 on; of a data plane set
it in spec.env): a connector is ghcr.io/acme/airbyte/source-postgres:VERSION there.
Mirror those that you use.

` + environment + exitStatus + `
  3  the config names a registry, and an image does not come from it (text, json)`,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *imagesOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	if err := choice("--format", o.format, "text", "json", "copy-script"); err != nil {
		return err
	}
	o.registry = strings.TrimRight(o.registry, "/")
	if o.registry != "" {
		if err := checkRegistry(o.registry); err != nil {
			return err
		}
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	options.Draft = true // its Secrets need not be there yet
	results, err := build(ctx, t, dirs, options, runtime.NumCPU())
	if err != nil {
		return err
	}
	found := images{list: map[string]*image{}, copies: map[pair]bool{}}
	talk := newTalk(t, false)
	for i, r := range results {
		values, err := overlay.Values(ctx, dirs[i], options)
		if err != nil {
			return err
		}
		m, err := mirrorOf(dirs[i], values, o.registry)
		if err != nil {
			return err
		}
		if len(m.registries) == 0 && o.format == "copy-script" {
			return usageError{message: fmt.Sprintf("%s names no registry: say with --registry where to copy its images, such as ghcr.io/acme", dirs[i])}
		}
		uses := validate.ImageUses(r.Objects)
		if err := found.add(dirs[i], m, uses); err != nil {
			return err
		}
		if m.configured || o.format != "copy-script" {
			talk.findings(dirs[i], astray(m, uses))
		}
	}
	all := found.sorted()
	switch o.format {
	case "json":
		err = writeJSON(t.out, all)
	case "copy-script":
		err = writeCopyScript(t.out, found.pairs(), found.registries)
	default:
		for _, i := range all {
			if _, err = fmt.Fprintln(t.out, i.Image); err != nil {
				break
			}
		}
	}
	if err != nil {
		return err
	}
	talk.print()
	if talk.count[strayImage] > 0 && o.format != "copy-script" {
		return errFindings
	}
	return nil
}

// image is one image of all overlays.
type image struct {
	Image string `json:"image"`
	// Source and Mirror are its names upstream and in the mirror, if there is
	// one.
	Source string   `json:"source,omitempty"`
	Mirror string   `json:"mirror,omitempty"`
	From   []string `json:"from"`
}

// images gathers the images of overlays.
type images struct {
	list       map[string]*image
	copies     map[pair]bool
	registries []string
}

func (s *images) add(dir string, m mirror, uses []validate.Image) error {
	for _, u := range uses {
		from := fmt.Sprintf("%s: %s: %s", dir, u.Object, u.Where)
		if !imageName.MatchString(u.Name) {
			return fmt.Errorf("%s: %q is no name of an image", from, u.Name)
		}
		i := s.list[u.Name]
		if i == nil {
			i = &image{Image: u.Name}
			s.list[u.Name] = i
		}
		if !slices.Contains(i.From, from) {
			i.From = append(i.From, from)
		}
		if len(m.registries) > 0 {
			i.Source, i.Mirror = m.names(u.Name)
			s.copies[pair{i.Source, i.Mirror}] = true
		}
	}
	for _, r := range m.registries {
		if !slices.Contains(s.registries, r) {
			s.registries = append(s.registries, r)
		}
	}
	return nil
}

func (s *images) sorted() []*image {
	all := make([]*image, 0, len(s.list))
	for _, name := range slices.Sorted(maps.Keys(s.list)) {
		all = append(all, s.list[name])
	}
	return all
}

// pairs are what a script copies. Two overlays may copy one image to two mirrors.
func (s *images) pairs() []pair {
	return slices.SortedFunc(maps.Keys(s.copies), func(a, b pair) int { return strings.Compare(a.to, b.to) })
}

const strayImage = "image-registry"

// astray are the images that do not come from the registry, where there is one.
// A registry that is only a flag's, of which the render knows nothing, is said
// once.
func astray(m mirror, uses []validate.Image) []manifest.Finding {
	if len(m.registries) == 0 {
		return nil
	}
	where := strings.Join(m.registries, " or ")
	if !m.configured && !slices.ContainsFunc(uses, func(u validate.Image) bool { return m.has(u.Name) }) {
		return []manifest.Finding{{
			Severity: manifest.Warning, Code: "no-registry",
			Message: fmt.Sprintf("no image comes from %s: the config does not name it", where),
		}}
	}
	var findings []manifest.Finding
	for _, u := range uses {
		if !m.has(u.Name) {
			findings = append(findings, manifest.Finding{
				Severity: manifest.Error, Code: strayImage, Object: u.Object, Field: u.Where,
				Message: fmt.Sprintf("%s does not come from %s: the registry is not set here by the chart, write it in front of the name", u.Name, where),
			})
		}
	}
	return findings
}
