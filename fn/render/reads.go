package render

import (
	"path"
	"strings"
	"sync"

	helmchart "helm.sh/helm/v3/pkg/chart"
)

// Reads is what the templates of a chart read of its values. A value that none
// of them reads has no effect, and as few charts have a schema for their
// values, nobody says so: a name that is misspelt or nested wrongly is lost.
//
// It is found by running the templates on the values as far as those decide
// what happens: what a branch reads that is certainly not taken has no effect
// either. Whatever is not understood counts as read, so a value that is called
// unread can be taken away and the chart renders the same. A Reads must not be
// used by several goroutines at a time.
//
// The parts: reads_parse.go and reads_expr.go parse templates, reads_chart.go
// lays out the chart and its subcharts, reads_cell.go the values; the files from
// reads_exec.go on run templates; reads_unread.go, reads_near.go and
// reads_off.go say what came of it.
type Reads struct {
	chart  *helmchart.Chart
	values map[string]any
	charts *charts // nil until asked
	parsed *parsed
	all    bool            // everything is read: the analysis gave up
	named  map[string]bool // see Named; nil until asked
	// explored are the keys for which what is switched off was run.
	explored map[string]bool
}

// ReadsOf returns what the templates of c read of values, which are the user's
// own, with the chart's defaults below them. The chart is as it was loaded: not
// processed by Helm, and it stays so. Nothing is computed until it is asked for.
func ReadsOf(c *helmchart.Chart, values map[string]any) *Reads {
	return &Reads{chart: c, values: values, explored: make(map[string]bool)}
}

// Of returns what the same templates read of other values. What does not depend
// on values is not found again.
func (r *Reads) Of(values map[string]any) *Reads {
	other := ReadsOf(r.chart, values)
	other.named = r.named
	return other
}

// Has reports whether a template reads the value at a path, or one below it.
// The elements of lists are [0], [1] and so on.
func (r *Reads) Has(path ...string) bool {
	r.analyse()
	at, ok := r.charts.root, r.all
	for _, k := range path {
		if at.reads&readAll != 0 {
			return true
		}
		if at = at.kids[k]; at == nil {
			return ok
		}
	}
	return ok || at.reads != 0
}

func (r *Reads) analyse() {
	if r.charts == nil {
		r.charts = layOut(r.chart, r.values)
		r.all = !r.run(nil)
	}
}

// parsed are the templates of a chart.
type parsed struct {
	files   []string          // in the order in which Helm runs them
	defines map[string][]item // by name, the files among them
	pipes   map[string]*pipe  // by their text; charts repeat themselves
}

// run runs the templates as Helm would; and those that are switched off, if they
// have one of the keys. It returns false if it gives up.
func (r *Reads) run(keys []string) (ok bool) {
	defer func() {
		switch e := recover(); e {
		case nil:
			ok = true
		case errGiveUp:
		default:
			panic(e)
		}
	}()
	if r.parsed == nil {
		r.parsed = r.charts.parse()
	}
	in := &interpreter{
		parsed: r.parsed, memo: make(map[memoKey]*memoResult, 500), loud: make(map[string]bool),
		texts: sync.OnceValue(r.charts.texts), explore: len(keys) > 0, keys: keys, wanted: make(map[string]bool),
	}
	for _, name := range r.parsed.files {
		switch base := path.Base(name); {
		case strings.HasPrefix(base, "_"):
		case base == "NOTES.txt" && !in.isLoudTemplate(name):
			// Helm runs it and drops the result: all it could do is fail.
		case in.explore && !in.isWantedTemplate(name):
		default:
			in.trail = in.trail[:0]
			data := r.charts.files[name].data
			f := &frame{interpreter: in, dot: data, root: data, blur: true}
			f.items(in.defines[name])
		}
	}
	return true
}

func pathText(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}
