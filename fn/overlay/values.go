package overlay

import (
	"context"

	"github.com/airstrip-dev/airstrip/fn"
)

// Values computes the values of each release of the overlay in dir, in their
// order, without rendering them. Options.Root is ignored, as by [Build].
func Values(ctx context.Context, dir string, o fn.Options) ([]*fn.Effective, error) {
	_, generators, err := open(dir)
	if err != nil {
		return nil, err
	}
	var all []*fn.Effective
	for _, g := range generators {
		config, err := fn.Load(g.config)
		if err != nil {
			return nil, g.locate(err)
		}
		options := o
		options.Root = g.root
		e, err := fn.EffectiveValues(ctx, config, options)
		if err != nil {
			return nil, g.locate(err)
		}
		all = append(all, e)
	}
	return all, nil
}
