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
	// SopsConfig, if set, is a .sops.yaml that is read in place of the nearest.
	SopsConfig string
	// Change, if set, changes the configs of an overlay after they are read and
	// before they are rendered, for who runs the render. Only fn/overlay calls it.
	Change func([]*Config) error
	// Draft renders a release whose Secrets are not all there yet, for who wants
	// to know what it needs: problems with Secrets become findings. What comes of
	// it may hold values in clear, and must not be written anywhere.
	Draft bool
}

// Generate renders one release: chart, settings, render, repair, lower hooks,
// ingress, secrets, validate.
// The set that it returns is in apply order; findings tell what was repaired
// and what deserves a look. Nothing is written and nothing is printed.
func Generate(ctx context.Context, c *Config, o Options) (manifest.Set, []manifest.Finding, error) {
	set, _, findings, err := generate(ctx, c, o)
	return set, findings, err
}

// Secrets lists the Secrets that a release reads and that its chart makes, by
// name, and where each comes from. They need not be there yet.
func Secrets(ctx context.Context, c *Config, o Options) ([]*SecretPlan, error) {
	o.Draft = true
	_, plans, _, err := generate(ctx, c, o)
	return plans, err
}

func generate(ctx context.Context, c *Config, o Options) (manifest.Set, []*SecretPlan, []manifest.Finding, error) {
	set, values, findings, err := c.release(ctx, o)
	if err != nil {
		return nil, nil, findings, err
	}
	w := c.secrets(set, values, o)
	findings = append(findings, w.findings...)
	if len(w.problems) > 0 && !o.Draft {
		return nil, nil, findings, &ConfigError{Problems: w.problems}
	}
	for _, p := range w.problems {
		findings = append(findings, manifest.Finding{
			Severity: manifest.Error, Code: SecretFinding, File: p.File, Field: p.Field, Message: p.Message,
		})
	}
	if err := transform.Finish(w.set); err != nil {
		return nil, nil, findings, err
	}
	return w.set, w.plans, append(findings, validate.Check(w.set)...), nil
}

// release renders a release up to its Secrets.
func (c *Config) release(ctx context.Context, o Options) (manifest.Set, *chartValues, []manifest.Finding, error) {
	ch, ref, err := o.load(ctx, c)
	if err != nil {
		return nil, nil, nil, err
	}
	findings := inspect(ch)
	values, more, err := c.values(ch, o.Root)
	findings = append(findings, more...)
	if err != nil {
		return nil, nil, findings, err
	}
	more, err = values.check()
	findings = append(findings, more...)
	if err != nil {
		return nil, nil, findings, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	out, err := render.Chart(ch, values.tree, render.Release{
		Name: c.Name, Namespace: c.Namespace, KubeVersion: c.KubeVersion, APIVersions: c.APIVersions, Allow: c.Allow,
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	findings = append(findings, out.Findings...)
	set, more, err := transform.Apply(out.Objects, out.Sources, transform.Options{
		Delivery: c.Delivery, Labels: c.Labels, Namespace: c.Namespace, NamespaceObject: c.NamespaceObject,
	})
	findings = append(findings, c.meant(more)...)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if len(out.Objects) == 0 || len(set) == 0 {
		return nil, nil, nil, fmt.Errorf("chart %s: %w", ref, ErrEmpty)
	}
	if problems := c.Settings.Finish(set); len(problems) > 0 {
		return nil, nil, findings, values.problems(problems)
	}
	set, more, err = c.expose(set, values)
	findings = append(findings, more...)
	if err != nil {
		return nil, nil, findings, err
	}
	return set, values, findings, nil
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
