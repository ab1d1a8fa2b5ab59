package diff

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// TextOptions are what a report for a terminal depends on beside the report.
type TextOptions struct {
	// Color writes ANSI escape sequences.
	Color bool
	// All writes values whole and names every change that is noise; else a long value
	// is said to have so many lines, and noise is counted.
	All bool
	// Actions is for the log of a job of GitHub Actions, whose runner takes some lines for
	// commands: what stands in manifests cannot give any.
	Actions bool
}

// Text writes the report for a terminal: the verdict, risks, images, totals, changes,
// noise. What stands in manifests cannot write escape sequences of its own.
func (r *Report) Text(w io.Writer, o TextOptions) error {
	var b bytes.Buffer
	t := &textPage{Buffer: &b, report: r, order: r.order(), options: o}
	fmt.Fprintln(t, t.paint(bold, manifest.OneLine(r.Verdict())))
	t.errors()
	t.risks()
	t.images()
	t.totals()
	t.changes()
	t.noise()
	page := b.String()
	if o.Actions {
		page = manifest.NoCommands(page)
	}
	_, err := io.WriteString(w, page)
	return err
}

// style is a way to write, as the parameter of an ANSI sequence (ECMA-48, SGR).
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// What a line shows of a value and of names, in characters, unless all is asked for.
const (
	textValue = 100
	textNames = 160
	textLines = 12
)

type textPage struct {
	*bytes.Buffer
	report  *Report
	order   order
	options TextOptions
}

func (t *textPage) paint(s style, text string) string {
	if !t.options.Color || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (t *textPage) heading(text string) { fmt.Fprintf(t, "\n%s\n", t.paint(bold, text)) }

// in names environments in brackets; all of them are not named, nor is the only one.
func (t *textPage) in(envs []string) string {
	switch {
	case len(t.order.names) == 1:
		return ""
	case len(envs) == len(t.order.names):
		return " (all)"
	}
	return " (" + manifest.OneLine(strings.Join(envs, ", ")) + ")"
}

func (t *textPage) errors() {
	for _, e := range t.report.Environments {
		if e.Error != "" {
			t.heading(manifest.OneLine(e.Name) + " cannot be compared")
			fmt.Fprintf(t, "  %s\n", t.paint(red, strings.ReplaceAll(manifest.Visible(e.Error), "\n", "\n  ")))
		}
	}
}

func (t *textPage) risks() {
	if len(t.report.Risks) == 0 {
		return
	}
	t.heading("Risks")
	for _, k := range t.report.Risks {
		color, word := yellow, string(k.Severity)
		switch gravity(k) {
		case waived:
			color, word = dim, "waived"
		case blocks:
			color, word = red, "blocking"
		case notes:
			color = cyan
		}
		fmt.Fprintf(t, "  %s %s [%s]%s\n", t.paint(color, word+":"), manifest.OneLine(k.local(t.order).String()), k.Code, t.in(k.Environments))
		if k.Waived != "" {
			fmt.Fprintf(t, "    %s\n", t.paint(dim, "until "+manifest.OneLine(k.Until)+": "+manifest.OneLine(k.Waived)))
		}
	}
}

func (t *textPage) images() {
	if len(t.report.Images) == 0 {
		return
	}
	t.heading("Images")
	var rows [][]string
	for _, i := range t.report.Images {
		name := i.Repository
		if i.From != "" {
			name = i.From + " → " + i.Repository
		}
		step := i.Old + " → " + i.New
		switch {
		case i.Old == "":
			step = i.New
		case i.New == "":
			step = i.Old
		case i.Old == i.New:
			step = i.New
		}
		rows = append(rows, []string{manifest.OneLine(name), manifest.OneLine(step), string(i.Bump) + t.in(i.Environments)})
	}
	t.table(rows)
}

func (t *textPage) totals() {
	columns := changedColumns(t.report.Totals)
	if len(columns) == 0 {
		return
	}
	t.heading("Totals")
	rows := [][]string{{""}}
	for _, c := range columns {
		rows[0] = append(rows[0], c.name)
	}
	for _, total := range t.report.Totals {
		if total.Old == total.New {
			continue
		}
		row := []string{manifest.OneLine(total.Environment)}
		for _, c := range columns {
			old, new, changed := c.step(total)
			if changed {
				new = old + " → " + new
			}
			row = append(row, new)
		}
		rows = append(rows, row)
	}
	t.table(rows)
}

// table writes rows in columns.
func (t *textPage) table(rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], length(cell))
		}
	}
	for _, row := range rows {
		line := " "
		for i, cell := range row {
			line += " " + cell + strings.Repeat(" ", width[i]-length(cell)+1)
		}
		fmt.Fprintln(t, strings.TrimRight(line, " "))
	}
}

func (t *textPage) changes() {
	if len(t.report.Rows) == 0 {
		return
	}
	t.heading("Changes")
	kinds := ""
	for i, row := range t.report.Rows {
		if now := strings.Join(row.Kinds, ", "); i == 0 || now != kinds {
			kinds = now
			fmt.Fprintf(t, "  %s\n", t.paint(bold, manifest.OneLine(kinds)))
		}
		t.row(row)
	}
}

func (t *textPage) noise() {
	n := len(t.report.Noise)
	if n == 0 {
		return
	}
	if t.options.All {
		t.heading("Labels of the release, checksums, and what follows from another change")
		for _, row := range t.report.Noise {
			t.row(row)
		}
		return
	}
	objects := map[manifest.ID]bool{}
	for _, row := range t.report.Noise {
		for _, p := range row.Places {
			objects[t.order.local(p.Object, p.Environment)] = true
		}
	}
	fmt.Fprintf(t, "\n%s\n", t.paint(dim, fmt.Sprintf("and %s of labels, checksums and the like in %s (--all)", plural(n, "change"), plural(len(objects), "object"))))
}
