package overlay

import (
	"context"

	"github.com/airstrip-dev/airstrip/fn"
)

// Values computes the values of each release of the overlay in dir, in their
// order, without rendering them. Options.Root is ignored, as by [Build].
func Values(ctx context.Context, dir string, o fn.Options) ([]*fn.Effective, error) {
	var all []*fn.Effective
	err := each(dir, o, func(_ *generator, c *fn.Config, o fn.Options) error {
		e, err := fn.EffectiveValues(ctx, c, o)
		all = append(all, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
