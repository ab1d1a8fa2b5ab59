package fn

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
)

// chartValues are the values of a chart, and where each comes from.
type chartValues struct {
	// tree is what is handed to the chart: settings, then values files, then
	// values, then what is unset.
	tree map[string]any
	// defaults are the chart's own, below them.
	defaults map[string]any

	chart    airbyte.Chart
	settings airbyte.Values
	// appVersion is the version of the application, as the chart says.
	appVersion string
	// reads are what the chart's templates spell out, of whatever values.
	reads *render.Reads
	// notes are what the settings say of themselves.
	notes []airbyte.Problem
	raw   []rawValues
}

// rawValues are values as the user wrote them.
type rawValues struct {
	// file is the values file, or where else they come from; empty for spec.values.
	file string
	tree map[string]any
}

// field is the place of a value, as people find it.
func (r rawValues) field(path []string) string {
	if r.file != "" {
		return manifest.FieldPath(path...)
	}
	return manifest.FieldPath(append([]string{"spec", "values"}, path...)...)
}

// values joins what the settings become with the values files and the inline
// values, as Helm joins -f and --set, and takes out what is unset.
func (c *Config) values(ch *helmchart.Chart, root string) (*chartValues, []manifest.Finding, error) {
	v := &chartValues{defaults: ch.Values, chart: airbyte.Of(ch.Metadata.Name, ch.Metadata.Version), appVersion: ch.Metadata.AppVersion, reads: render.ReadsOf(ch, nil)}
	findings, err := v.read(c, root)
	if err != nil {
		return nil, nil, err
	}
	if v.chart.Generation == "" {
		settings := c.Settings
		settings.ConfigSecret = "" // has a default
		if !reflect.DeepEqual(settings, airbyte.Settings{}) {
			return nil, nil, &ConfigError{Problems: []Problem{{
				Field: "spec.chart", Message: fmt.Sprintf("chart %s is not Airbyte's: no setting means anything to it", ch.Metadata.Name), Hint: "use values alone",
			}}}
		}
		v.settings = airbyte.Values{Tree: map[string]any{}}
	} else {
		var problems []airbyte.Problem
		v.settings, problems = c.Settings.Compile(v.chart)
		v.patience(c)
		v.notes = c.Settings.Notes()
		if len(problems) > 0 {
			return nil, nil, v.problems(problems)
		}
	}
	v.tree = v.settings.Tree
	for _, r := range v.raw {
		v.tree = render.MergeValues(v.tree, r.tree)
	}
	for _, path := range c.Unset {
		if v.tree, err = render.Unset(v.tree, path); err != nil {
			return nil, nil, err
		}
	}
	v.tree = render.MergeValues(v.tree, c.Over) // again: they win over unset as well
	return v, append(findings, v.conflicts()...), nil
}

// patience makes the server keep connections open for longer than the load
// balancer does: the one that hangs up first decides whether people see an
// answer or a 502. It gives way to whatever the user says.
func (v *chartValues) patience(c *Config) {
	idle := c.Ingress.IdleTimeout()
	if idle == "" || v.chart.Generation == airbyte.DataPlane || c.Settings.SetsVariable(airbyte.IdleTimeout) {
		return
	}
	variable := []string{"server", "env_vars", airbyte.IdleTimeout}
	for _, path := range [][]string{variable, {"global", "env_vars", airbyte.IdleTimeout}} {
		if _, ok := v.source(path); ok {
			return
		}
	}
	path := []string{"server", "httpIdleTimeout"}
	if !v.reads.Named(path...) {
		path = variable
	}
	v.settings.Follow("ingress.timeout", idle, path...)
}

func (v *chartValues) read(c *Config, root string) ([]manifest.Finding, error) {
	var findings []manifest.Finding
	for i, name := range c.ValuesFiles {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, path)
		}
		data, err := readValuesFile(path)
		if err != nil {
			return nil, fmt.Errorf("spec.valuesFiles[%d]: %w", i, err)
		}
		tree, more, err := render.ReadValues(data, path)
		if err != nil {
			return nil, fmt.Errorf("spec.valuesFiles[%d]: %w", i, err)
		}
		findings = append(findings, more...)
		v.raw = append(v.raw, rawValues{file: path, tree: tree})
	}
	if len(c.Values) > 0 {
		v.raw = append(v.raw, rawValues{tree: c.Values})
	}
	if len(c.Over) > 0 {
		v.raw = append(v.raw, rawValues{file: c.OverFrom, tree: c.Over})
	}
	return findings, nil
}

// source is the last of the user's own values that say something about a path.
func (v *chartValues) source(path []string) (rawValues, bool) {
	for _, r := range slices.Backward(v.raw) {
		if _, ok := lookup(r.tree, path); ok {
			return r, true
		}
	}
	return rawValues{}, false
}

// lookup returns the value at a path. A value other than a map that stands above
// the path decides about it too.
func lookup(tree map[string]any, path []string) (any, bool) {
	var v any = tree
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return v, true
		}
		if v, ok = m[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// conflicts reports the settings that one of the user's own values overrules:
// the value wins, and both places are named.
func (v *chartValues) conflicts() []manifest.Finding {
	var findings []manifest.Finding
	for _, at := range slices.Sorted(maps.Keys(v.settings.Origin)) {
		leaf := v.settings.Origin[at]
		said, _ := lookup(v.settings.Tree, leaf.Keys)
		f := manifest.Finding{Severity: manifest.Warning, Code: "setting-overruled"}
		if r, ok := v.source(leaf.Keys); ok {
			wins, _ := lookup(r.tree, leaf.Keys)
			if same(said, wins) {
				continue
			}
			f.File, f.Field = r.file, r.field(leaf.Keys)
		} else if now, ok := lookup(v.tree, leaf.Keys); ok && now == nil {
			f.Field = "spec.unset"
		} else {
			continue
		}
		f.Message = fmt.Sprintf("wins over spec.%s, which says otherwise: keep one of them", leaf.Setting)
		findings = append(findings, f)
	}
	return findings
}

// same compares values as they are printed: a number is a number whatever its
// type.
func same(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// check finds what is wrong with the values: what fails only in the cluster, and
// what the chart never reads. The error is a *[ConfigError].
func (v *chartValues) check() ([]manifest.Finding, error) {
	if v.chart.Generation == "" {
		return nil, nil
	}
	problems := append(v.notes, airbyte.Inspect(v.chart, v.tree, v.defaults)...)
	reads := v.reads.Of(v.tree)
	problems = append(problems, v.unreadSettings(reads)...)
	var wrong []airbyte.Problem
	var findings []manifest.Finding
	for _, p := range problems {
		if !p.Warning {
			wrong = append(wrong, p)
			continue
		}
		place := v.place(p)
		findings = append(findings, manifest.Finding{
			Severity: manifest.Warning, Code: "value", File: place.File, Field: place.Field, Message: sentence(p),
		})
	}
	findings = append(findings, v.unread(reads)...)
	if len(wrong) > 0 {
		return findings, v.problems(wrong)
	}
	return findings, nil
}

// sentence is a problem with its way out on one line.
func sentence(p airbyte.Problem) string {
	if p.Hint == "" {
		return p.Message
	}
	return p.Message + "; " + p.Hint
}

// unreadSettings reports settings that the chart at hand does not read, in
// whatever value they end up.
func (v *chartValues) unreadSettings(reads *render.Reads) []airbyte.Problem {
	if v.plain(reads) {
		return nil
	}
	unread := map[string]render.Unread{}
	for _, u := range reads.Unread(v.settings.Tree) {
		unread[airbyte.Path(u.Path...)] = u
	}
	if len(unread) == 0 {
		return nil
	}
	live := map[string]bool{}
	dead := map[string]render.Unread{}
	for _, leaf := range v.settings.Origin {
		u, found := above(unread, leaf.Keys)
		switch {
		case !found:
			live[leaf.Setting] = true
		case leaf.Given && !airbyte.Forgivable(leaf.Setting):
			dead[leaf.Setting] = u
		}
	}
	var problems []airbyte.Problem
	for _, field := range slices.Sorted(maps.Keys(dead)) {
		if live[field] {
			continue
		}
		p := airbyte.Problem{Field: field, Message: fmt.Sprintf("%s does not read it", v.chart)}
		if reason := dead[field].Reason; reason != "" {
			p.Message, p.Warning = "has no effect: "+reason, true
		}
		problems = append(problems, p)
	}
	return problems
}

// plain reports whether a glance tells that every setting is read: each is spelt
// out in a template, and none belongs to a component that other settings switch.
func (v *chartValues) plain(reads *render.Reads) bool {
	for _, leaf := range v.settings.Origin {
		if !leaf.Given || airbyte.Forgivable(leaf.Setting) {
			continue
		}
		if airbyte.Switched(leaf.Setting) || !reads.Named(leaf.Value...) {
			return false
		}
	}
	return true
}

// above finds what is said of a path or of one above it.
func above[T any](by map[string]T, path []string) (found T, ok bool) {
	for n := len(path); n > 0; n-- {
		if found, ok = by[airbyte.Path(path[:n]...)]; ok {
			return found, true
		}
	}
	return found, false
}

// unread reports the user's own values that the chart never reads.
func (v *chartValues) unread(reads *render.Reads) []manifest.Finding {
	var findings []manifest.Finding
	for _, r := range v.raw {
		for _, u := range reads.Unread(r.tree) {
			findings = append(findings, manifest.Finding{
				Severity: manifest.Warning, Code: "unread-value", File: r.file, Field: r.field(u.Path), Message: v.unreadMessage(u),
			})
		}
	}
	return findings
}

// unreadMessage says why a value has no effect: what is known of it, else the
// switch that is off, else that it is simply not read, and what is.
func (v *chartValues) unreadMessage(u render.Unread) string {
	why, instead := airbyte.Cause(v.chart, u.Path...)
	if why == "" && u.Reason != "" {
		return "has no effect: " + u.Reason
	}
	s := fmt.Sprintf("%s never reads it", v.chart)
	if why != "" {
		s += " (" + why + ")"
	} else if len(u.Near) > 0 {
		instead = manifest.FieldPath(u.Near...)
	}
	if instead != "" {
		s += "; it reads " + instead
	}
	return s
}

// place is where a problem is seen: at the setting, or at the value, in the
// setting that it comes from or in the user's own.
func (v *chartValues) place(p airbyte.Problem) Problem {
	if !p.Value {
		return Problem{Field: "spec." + p.Field, Message: p.Message, Hint: p.Hint}
	}
	path := strings.Split(p.Field, ".")
	if r, ok := v.source(path); ok {
		return Problem{File: r.file, Field: r.field(path), Message: p.Message, Hint: p.Hint}
	}
	if leaf, ok := v.settings.Origin[p.Field]; ok {
		return Problem{Field: "spec." + leaf.Setting, Message: p.Message, Hint: p.Hint}
	}
	return Problem{Field: "spec.values." + p.Field, Message: p.Message, Hint: p.Hint}
}

func (v *chartValues) problems(all []airbyte.Problem) *ConfigError {
	e := &ConfigError{}
	for _, p := range all {
		e.Problems = append(e.Problems, v.place(p))
	}
	return e
}

// readValuesFile reads one byte more than is allowed, so that a huge file is
// told from a large one without being read.
func readValuesFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if info.Size() > render.MaxValues {
		return nil, fmt.Errorf("%s: %d MB, want at most %d: this is no values file", path, info.Size()>>20, render.MaxValues>>20)
	}
	return io.ReadAll(io.LimitReader(f, render.MaxValues+1))
}

// text is a value as the chart sees it: one that was set, or its default.
func (v *chartValues) text(path ...string) string {
	value, ok := lookup(v.tree, path)
	if !ok {
		value, _ = lookup(v.defaults, path)
	}
	s, _ := value.(string)
	return s
}

// url is where people reach Airbyte.
func (v *chartValues) url() string { return v.text("global", "airbyteUrl") }

// keycloak reports whether people log in through the chart's Keycloak. Up to 1.8
// the enterprise edition does where no identity provider is named, from 2.0 on it
// then has passwords of its own (airbyte-platform, AuthConfigs.kt).
func (v *chartValues) keycloak(app ingress.App) bool {
	if v.text("global", "edition") != "enterprise" {
		return false
	}
	provider := v.text("global", "auth", "identityProvider", "type")
	return provider == "oidc" || provider == "" && app.Before(2, 0)
}
