package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// commitMessage is what a template of --message may use: docs/commit.md lists it.
// Text of it that comes from manifests has no line ends and no control characters.
type commitMessage struct {
	// Subject and Body are those of the default message.
	Subject, Body string
	// Environments are those that are in the commit, sorted.
	Environments []commitEnvironment
	// Images are those that changed.
	Images []diff.Image
	// Added, Changed and Removed count objects, over all environments.
	Added, Changed, Removed int
	// Revision is the commit that was rendered, empty where there is none yet, and
	// ends in -dirty if the work tree had changes. Version is airstrip's own.
	Revision, Version string
}

// commitEnvironment is one environment of a commit.
type commitEnvironment struct {
	Name string
	// Charts are those of its releases; OldCharts are those of the last commit of it,
	// as its trailers say, empty where there was none.
	Charts, OldCharts []commitChart
}

// commitChart is a chart, as trailers name it.
type commitChart struct{ Name, Version, Digest string }

func (c commitChart) String() string { return strings.TrimSpace(c.Name + " " + c.Version) }

// commitTrailers are the last paragraph of every message, whatever the template says.
func (m *commitMessage) trailers() string {
	var b strings.Builder
	type use struct {
		chart commitChart
		in    []string
	}
	var uses []use
	for _, e := range m.Environments {
		for _, c := range e.Charts {
			i := slices.IndexFunc(uses, func(u use) bool { return u.chart == c })
			if i < 0 {
				i = len(uses)
				uses = append(uses, use{chart: c})
			}
			if !slices.Contains(uses[i].in, e.Name) {
				uses[i].in = append(uses[i].in, e.Name)
			}
		}
	}
	for _, u := range uses {
		of := ""
		if len(uses) > 1 {
			of = " (" + strings.Join(u.in, ", ") + ")"
		}
		fmt.Fprintf(&b, "Chart: %s%s\n", u.chart, of)
		if u.chart.Digest != "" {
			fmt.Fprintf(&b, "Chart-Digest: %s%s\n", u.chart.Digest, of)
		}
	}
	if m.Revision != "" {
		fmt.Fprintf(&b, "Source-Revision: %s\n", m.Revision)
	}
	fmt.Fprintf(&b, "Airstrip-Version: %s\n", oneLine(m.Version))
	return b.String()
}

// parseCharts reads the Chart trailers of a commit: those of an environment.
func parseCharts(trailers []string, environment string) []commitChart {
	var charts []commitChart
	for _, t := range trailers {
		what, of, some := strings.Cut(strings.TrimSuffix(t, ")"), " (")
		if some && !slices.Contains(strings.Split(of, ", "), environment) {
			continue
		}
		name, version, _ := strings.Cut(what, " ")
		charts = append(charts, commitChart{Name: name, Version: version})
	}
	return charts
}

// maxSubject is what git log and forges show of a subject.
const maxSubject = 72

// describe fills in the default subject and body.
func (m *commitMessage) describe() {
	var names []string
	var bumps []string
	for _, e := range m.Environments {
		names = append(names, e.Name)
		for i, c := range e.Charts {
			bump := c.Version
			if len(e.OldCharts) == len(e.Charts) && e.OldCharts[i].Version != c.Version {
				bump = e.OldCharts[i].Version + " → " + c.Version
			}
			if !slices.Contains(bumps, bump) {
				bumps = append(bumps, bump)
			}
		}
	}
	bump := ""
	if joined := strings.Join(bumps, ", "); joined != "" {
		bump = ": chart " + joined
	}
	m.Subject = oneLine("Render " + strings.Join(names, ", ") + bump)
	if utf8.RuneCountInString(m.Subject) > maxSubject {
		m.Subject = oneLine("Render " + count(len(names), "environment") + bump)
	}
	if utf8.RuneCountInString(m.Subject) > maxSubject {
		m.Subject = "Render " + count(len(names), "environment")
	}

	var b strings.Builder
	if len(m.Images) > 0 {
		b.WriteString("Images:\n")
	}
	for _, i := range m.Images {
		change := i.Old + " → " + i.New
		switch i.Bump {
		case diff.NewOne:
			change = i.New + " (new)"
		case diff.Dropped:
			change = i.Old + " (gone)"
		}
		of := ""
		if len(i.Environments) < len(m.Environments) {
			of = ", " + strings.Join(i.Environments, ", ")
		}
		fmt.Fprintf(&b, "  %s\n", oneLine(i.Repository+" "+change+of))
	}
	if m.Added+m.Changed+m.Removed > 0 {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "Objects: %d changed, %d added, %d removed\n", m.Changed, m.Added, m.Removed)
	}
	m.Body = b.String()
}

// tame makes one line of everything that comes from manifests and charts.
func (m *commitMessage) tame() {
	m.Images = slices.Clone(m.Images)
	for i, image := range m.Images {
		m.Images[i].Repository, m.Images[i].Old, m.Images[i].New = oneLine(image.Repository), oneLine(image.Old), oneLine(image.New)
	}
	tame := func(charts []commitChart) []commitChart {
		charts = slices.Clone(charts)
		for i, c := range charts {
			charts[i] = commitChart{oneLine(c.Name), oneLine(c.Version), oneLine(c.Digest)}
		}
		return charts
	}
	for i, e := range m.Environments {
		m.Environments[i].Charts, m.Environments[i].OldCharts = tame(e.Charts), tame(e.OldCharts)
	}
}

// text is the whole message: the default, or what a template makes of it, and the
// trailers below.
func (m *commitMessage) text(t *template.Template) (string, error) {
	m.tame()
	m.describe()
	text := m.Subject + "\n\n" + m.Body
	if t != nil {
		var b bytes.Buffer
		if err := t.Execute(&b, m); err != nil {
			return "", fmt.Errorf("--message: %w", err)
		}
		text = b.String()
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errors.New("--message: the template makes no text")
	}
	return text + "\n\n" + m.trailers(), nil
}

// messageTemplate reads the flag --message: a template, or @ and the file that holds
// one.
func messageTemplate(flag string) (*template.Template, error) {
	if flag == "" {
		return nil, nil
	}
	name, text := "--message", flag
	if file, ok := strings.CutPrefix(flag, "@"); ok {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name, text = file, string(data)
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"join": strings.Join}).Parse(text)
	if err != nil {
		return nil, templateError(err)
	}
	// What it names that is not there is found now, and not when all is rendered.
	if err := t.Execute(new(bytes.Buffer), &commitMessage{Environments: []commitEnvironment{{Charts: []commitChart{{}}, OldCharts: []commitChart{{}}}}, Images: []diff.Image{{}}}); err != nil {
		return nil, templateError(err)
	}
	return t, nil
}

// noField is how text/template says that there is no such field.
var noField = regexp.MustCompile(`^([^ ]+): executing .*: can't evaluate field (\w+) in type \*?([\w.]+)$`)

// templateError says what is wrong with a template, and of a field that is not there
// which ones are.
func templateError(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	m := noField.FindStringSubmatch(text)
	if m == nil {
		return usageError{message: text}
	}
	for _, t := range []reflect.Type{
		reflect.TypeFor[commitMessage](), reflect.TypeFor[commitEnvironment](), reflect.TypeFor[commitChart](), reflect.TypeFor[diff.Image](),
	} {
		if t.String() != m[3] {
			continue
		}
		var fields []string
		for f := range t.NumField() {
			fields = append(fields, "."+t.Field(f).Name)
		}
		return usageError{fmt.Sprintf("%s: can't evaluate field %s: there are %s", m[1], m[2], strings.Join(fields, ", ")), manifest.Nearest("."+m[2], fields)}
	}
	return usageError{message: text}
}

// maxText is what a message takes of a text of manifests.
const maxText = 200

// oneLine makes text of manifests fit to stand in a message: it can end no line, and so
// begin no trailer.
func oneLine(s string) string {
	s = manifest.OneLine(s)
	if short := []rune(s); len(short) > maxText {
		s = string(short[:maxText]) + "…"
	}
	return s
}
