package overlay

import (
	"context"

	"github.com/airstrip-dev/airstrip/fn"
)

// ReleaseSecrets are the Secrets of one release of an overlay.
type ReleaseSecrets struct {
	Config *fn.Config
	// Root is the folder from which paths of the config start.
	Root    string
	Secrets []*fn.SecretPlan
}

// Secrets lists the Secrets that each release of the overlay in dir reads or makes,
// whether or not they are there yet. Options.Root is ignored, as by [Build].
func Secrets(ctx context.Context, dir string, o fn.Options) ([]ReleaseSecrets, error) {
	var all []ReleaseSecrets
	err := each(dir, o, func(g *generator, c *fn.Config, o fn.Options) error {
		plans, err := fn.Secrets(ctx, c, o)
		all = append(all, ReleaseSecrets{Config: c, Root: g.root, Secrets: plans})
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// each calls f for each release of the overlay in dir, in their order.
func each(dir string, o fn.Options, f func(*generator, *fn.Config, fn.Options) error) error {
	_, generators, err := open(dir)
	if err != nil {
		return err
	}
	configs, err := load(generators, o)
	if err != nil {
		return err
	}
	for i, g := range generators {
		options := o
		options.Root = g.root
		if err := f(g, configs[i], options); err != nil {
			return g.locate(err)
		}
	}
	return nil
}
