package fn

import (
	"context"
	"errors"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// ErrNoConfig says that a function was run without its config.
var ErrNoConfig = errors.New("no functionConfig: stdin is not a ResourceList as kustomize sends it")

// Processor is the KRM face: it adds the release's objects to the items of a
// ResourceList, and what was found to its results. It reads the config from
// functionConfig and drops the copies of it that kustomize puts among the
// items of a generator.
//
// Report, if not nil, is called with all findings before Processor returns;
// kustomize shows no results to anybody.
func Processor(ctx context.Context, o Options, report func([]manifest.Finding)) framework.ResourceListProcessor {
	return framework.ResourceListProcessorFunc(func(rl *framework.ResourceList) error {
		if rl.FunctionConfig == nil || rl.FunctionConfig.IsNilOrEmpty() {
			return fail(rl, ErrNoConfig)
		}
		config, err := Load(rl.FunctionConfig)
		if err != nil {
			return fail(rl, err)
		}
		set, findings, err := Generate(ctx, config, o)
		if report != nil {
			report(findings)
		}
		if err != nil {
			return fail(rl, err)
		}
		rl.Results = append(rl.Results, results(findings)...)
		items := rl.Items[:0:0]
		for _, n := range rl.Items {
			if !Is(n) {
				items = append(items, n)
			}
		}
		rl.Items = append(items, set...)
		return nil
	})
}

// fail empties the list, so that a caller who overlooks the exit code applies
// nothing, and keeps the error as results.
func fail(rl *framework.ResourceList, err error) error {
	rl.Items = nil
	if r := (*RefusedError)(nil); errors.As(err, &r) {
		rl.Results = append(rl.Results, results(r.Findings)...)
		return err
	}
	var c *ConfigError
	if !errors.As(err, &c) {
		rl.Results = append(rl.Results, &framework.Result{Message: err.Error(), Severity: framework.Error})
		return err
	}
	for _, p := range c.Problems {
		rl.Results = append(rl.Results, &framework.Result{
			Message: p.Message, Severity: framework.Error, Field: &framework.Field{Path: p.Field},
		})
	}
	return err
}

func results(findings []manifest.Finding) framework.Results {
	var rs framework.Results
	for _, f := range findings {
		r := &framework.Result{
			Message: f.Message, Severity: framework.Severity(f.Severity), Tags: map[string]string{"code": f.Code},
		}
		if f.Object != (manifest.ID{}) {
			r.ResourceRef = &yaml.ResourceIdentifier{
				TypeMeta: yaml.TypeMeta{APIVersion: f.Object.Group, Kind: f.Object.Kind},
				NameMeta: yaml.NameMeta{Name: f.Object.Name, Namespace: f.Object.Namespace},
			}
		}
		if f.Field != "" {
			r.Field = &framework.Field{Path: f.Field}
		}
		if f.File != "" {
			r.File = &framework.File{Path: f.File}
		}
		rs = append(rs, r)
	}
	return rs
}
