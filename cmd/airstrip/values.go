package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// valuesOptions are the flags of values.
type valuesOptions struct {
	source
	noDefaults bool
}

func (o *valuesOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.BoolVar(&o.noDefaults, "no-defaults", false, "leave out what the chart says itself")
}

func newValues(t *terminal) *cobra.Command {
	var o valuesOptions
	cmd := &cobra.Command{
		Use:   "values DIR...",
		Short: "Print the chart values of overlays, and where each comes from",
		Example: `  airstrip values --no-defaults overlays/aks   # what the settings become
  airstrip values overlays/aks | less          # with the chart's defaults`,
		Long: `Prints the values that the chart is rendered with, one document a release. A
comment behind each value says where it comes from: a setting, such as
spec.database.host; spec.values; a values file; or nothing, for a default of the
chart. The output is a values file: helm template -f reads it.

` + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t.out, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *valuesOptions) run(ctx context.Context, out io.Writer, dirs []string) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	type doc struct {
		dir string
		*fn.Effective
	}
	var docs []doc
	for _, dir := range dirs {
		all, err := overlay.Values(ctx, dir, options)
		if err != nil {
			return err
		}
		for _, e := range all {
			docs = append(docs, doc{dir, e})
		}
	}
	for i, d := range docs {
		if i > 0 {
			fmt.Fprintln(out, "---")
		}
		fmt.Fprintf(out, "# %s: release %s, chart %s\n", d.dir, d.Release, d.Chart)
		n, err := manifest.FromValue(d.Tree)
		if err != nil {
			return err
		}
		n = o.annotate(n, d.Effective, nil)
		if n == nil {
			n = &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
		}
		enc := yaml.NewEncoder(out)
		if err := enc.Encode(n); err != nil {
			return err
		}
	}
	return nil
}

// annotate writes the origin of each value behind it, and takes out what comes
// from the chart where that is asked for: what is left is nil if it is nothing.
func (o *valuesOptions) annotate(n *yaml.Node, e *fn.Effective, path []string) *yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		kept := n.Content[:0:0]
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			below := append(path[:len(path):len(path)], key.Value)
			value = o.annotate(value, e, below)
			if value == nil {
				continue
			}
			if value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
				// Behind a list a comment would go to its last entry.
				key.LineComment = o.comment(e, below)
			}
			kept = append(kept, key, value)
		}
		n.Content = kept
		if len(kept) == 0 {
			return nil
		}
		return n
	}
	origin := e.Origin(path...)
	if origin == fn.ChartDefault && o.noDefaults {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		n.LineComment = o.comment(e, path)
	}
	return n
}

func (o *valuesOptions) comment(e *fn.Effective, path []string) string {
	origin := e.Origin(path...)
	if origin == fn.ChartDefault {
		return ""
	}
	if unquoted := strconv.Quote(origin); unquoted != `"`+origin+`"` {
		origin = unquoted // a file name may hold anything
	}
	return "# " + origin
}
