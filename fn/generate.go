package fn

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/fn/transform"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// Options is what a render depends on besides the config.
type Options struct {
	// Root is the directory that relative paths of the config start from.
	Root string
	// Charts loads charts, each once however many releases use it.
	Charts *chart.Memo
	// Chart, if set, is the path of a chart that is rendered in place of the
	// one in the config.
	Chart string
}

// Generate renders one release: chart, settings, render, repair, lower hooks,
// ingress, validate.
// The set that it returns is in apply order; findings tell what was repaired
// and what deserves a look. Nothing is written and nothing is printed.
func Generate(ctx context.Context, c *Config, o Options) (manifest.Set, []manifest.Finding, error) {
	ch, ref, err := o.load(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	findings := inspect(ch)
	values, more, err := c.values(ch, o.Root)
	findings = append(findings, more...)
	if err != nil {
		return nil, findings, err
	}
	more, err = values.check()
	findings = append(findings, more...)
	if err != nil {
		return nil, findings, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	out, err := render.Chart(ch, values.tree, render.Release{
		Name: c.Name, Namespace: c.Namespace, KubeVersion: c.KubeVersion, APIVersions: c.APIVersions, Allow: c.Allow,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	findings = append(findings, out.Findings...)
	set, more, err := transform.Apply(out.Objects, out.Sources, transform.Options{
		Delivery: c.Delivery, Labels: c.Labels, Namespace: c.Namespace, NamespaceObject: c.NamespaceObject,
	})
	findings = append(findings, c.meant(more)...)
	if err != nil {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if len(out.Objects) == 0 || len(set) == 0 {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, ErrEmpty)
	}
	if problems := c.Settings.Finish(set); len(problems) > 0 {
		return nil, findings, values.problems(problems)
	}
	set, more, err = c.expose(set, values)
	findings = append(findings, more...)
	if err != nil {
		return nil, findings, err
	}
	return set, append(findings, validate.Check(set)...), nil
}

// expose adds the ingress. What it has to know of the release is read from the
// values that the chart was rendered with, whoever set them.
func (c *Config) expose(set manifest.Set, values *chartValues) (manifest.Set, []manifest.Finding, error) {
	if c.Ingress != nil && c.Ingress.Controller != "none" && values.chart.Generation != airbyte.V1 && values.chart.Generation != airbyte.V2 {
		return nil, nil, &ConfigError{Problems: []Problem{{
			Field: "spec.ingress", Message: fmt.Sprintf("%s has nothing that people reach", values.chart), Hint: "leave it out",
		}}}
	}
	app := ingress.AppOf(set, values.appVersion)
	set, findings, problems := ingress.Make(set, c.Ingress, ingress.Release{
		Name: c.Name, Namespace: c.Namespace, URL: values.url(), App: app, Keycloak: values.keycloak(app),
	})
	if len(problems) == 0 {
		return set, findings, nil
	}
	e := &ConfigError{}
	for _, p := range problems {
		e.Problems = append(e.Problems, Problem{Field: "spec." + p.Field, Message: p.Message, Hint: p.Hint})
	}
	return nil, findings, e
}

// Review looks at the whole of an overlay, after kustomize: annotations that its
// own patches and resources brought, and hosts that two releases claim.
func Review(set manifest.Set) []manifest.Finding { return ingress.Review(set) }

// load loads the chart of a config, or the one that stands in for it.
func (o Options) load(ctx context.Context, c *Config) (*helmchart.Chart, chart.Ref, error) {
	ref := c.Chart
	if o.Chart != "" {
		ref = chart.Ref{Path: o.Chart}
	} else if ref.Path != "" && !filepath.IsAbs(ref.Path) {
		ref.Path = filepath.Join(o.Root, ref.Path)
	}
	ch, err := o.Charts.Load(ctx, ref)
	return ch, ref, err
}

// meant takes the weight off repairs that the settings ask for: a variable that
// the chart sets and a setting sets again.
func (c *Config) meant(findings []manifest.Finding) []manifest.Finding {
	for i, f := range findings {
		_, entry, found := strings.Cut(f.Field, ".env[")
		if f.Code == "duplicate-entry" && found && c.Settings.SetsVariable(strings.TrimSuffix(entry, "]")) {
			findings[i].Severity = manifest.Info
		}
	}
	return findings
}

// ErrEmpty says that there is nothing to deliver. An agent that prunes would
// delete everything it once applied.
var ErrEmpty = errors.New("rendered no objects")

func inspect(c *helmchart.Chart) []manifest.Finding {
	var findings []manifest.Finding
	for _, f := range chart.Inspect(c) {
		findings = append(findings, manifest.Finding{
			Severity: manifest.Warning, Code: f.Code, Message: f.Message,
		})
	}
	return findings
}
