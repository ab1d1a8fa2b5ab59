package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

func newLock(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "lock DIR...",
		Short: "Pin the charts of overlays by the digest that is published now",
		Example: `  airstrip lock overlays/*   # after changing spec.chart.version
  git diff bases overlays    # one line changed`,
		Long: `Downloads each chart at its exact version and writes the sha256 of the archive
to spec.chart.digest, in the file that holds the version. Comments and layout of
the file stay as they are. A published version is not immutable: if the digest
of a version changes, look at what changed before you commit it.

` + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return lock(cmd.Context(), t, args) },
	}
}

func lock(ctx context.Context, t *terminal, dirs []string) error {
	type pin struct {
		overlay.Chart
		digest string
	}
	var pins []pin
	// What is downloaded is kept, so that the next render need not.
	from := source{offline: os.Getenv("AIRSTRIP_OFFLINE") != ""}
	known := map[chart.Ref]string{}
	files := map[string]bool{}
	for _, dir := range dirs {
		charts, err := overlay.Charts(dir)
		if err != nil {
			return err
		}
		for _, c := range charts {
			switch {
			case c.Ref.Path != "":
				fmt.Fprintf(t.err, "airstrip: %s: release %s uses the chart at %s: nothing to pin\n", c.File, c.Release, c.Ref.Path)
				continue
			case files[c.File+"\x00"+c.Release]:
				continue // a base that several overlays share
			}
			files[c.File+"\x00"+c.Release] = true
			ref := c.Ref
			ref.Digest = ""
			if known[ref] == "" {
				for _, p := range ref.Validate() {
					if p.Field != "digest" {
						return fmt.Errorf("%s: spec.chart.%s: %s", c.File, p.Field, p.Message)
					}
				}
				digest, err := chart.Resolve(ctx, from.source(), ref)
				if err != nil {
					return fmt.Errorf("%s: %w", c.File, err)
				}
				known[ref] = digest
			}
			pins = append(pins, pin{c, known[ref]})
		}
	}
	// Everything is resolved and edited before the first file is touched.
	texts := map[string][]byte{}
	changed := map[string]bool{}
	for _, p := range pins {
		text := texts[p.File]
		if text == nil {
			var err error
			if text, err = readConfigFile(p.File); err != nil {
				return err
			}
		}
		out, err := p.Pin(text, p.digest)
		if err != nil {
			return err
		}
		texts[p.File] = out
		changed[p.File] = changed[p.File] || !bytes.Equal(text, out)
	}
	for _, p := range pins {
		if changed[p.File] {
			edit := func([]byte) ([]byte, error) { return texts[p.File], nil }
			if _, err := output.EditFile(ctx, p.File, 0o666, edit); err != nil {
				return err
			}
			changed[p.File] = false
		}
		what := "unchanged"
		switch {
		case p.Ref.Digest == "":
			what = "pinned"
		case p.Ref.Digest != p.digest:
			what = fmt.Sprintf("was %s: the digest of the version before, unless that was %s too, which was published again with different bytes then", p.Ref.Digest, p.Ref.Version)
		}
		fmt.Fprintf(t.err, "%s: %s %s %s: %s\n", p.File, p.Ref.Name, p.Ref.Version, p.digest, what)
	}
	return nil
}

// readConfigFile reads a file of the tree. A folder has no text to edit: no file
// of it holds the version as such.
func readConfigFile(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return []byte{}, nil
	}
	return os.ReadFile(name)
}
