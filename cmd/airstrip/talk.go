package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// talk gathers findings and says each once, with the overlays it is true of.
type talk struct {
	t       *terminal
	verbose bool
	lines   []string
	where   map[string][]string
	count   map[string]int
}

func newTalk(t *terminal, verbose bool) *talk {
	return &talk{t: t, verbose: verbose, where: map[string][]string{}, count: map[string]int{}}
}

func (k *talk) findings(dir string, findings []manifest.Finding) {
	for _, f := range findings {
		k.count[f.Code]++
		if f.Severity == manifest.Info && !k.verbose {
			continue
		}
		line := fmt.Sprintf("%s: %s", f.Severity, f)
		if k.where[line] == nil {
			k.lines = append(k.lines, line)
		}
		if w := k.where[line]; len(w) == 0 || w[len(w)-1] != dir {
			k.where[line] = append(w, dir)
		}
	}
}

func (k *talk) print() {
	for _, line := range k.lines {
		where := strings.Join(k.where[line], ", ")
		if where != "" {
			where = " (" + where + ")"
		}
		fmt.Fprintf(k.t.err, "airstrip: %s\n", inLog(line+where))
	}
}

// nouns are the repairs and rewritings, as the summary counts them.
var nouns = []struct{ code, one, many string }{
	{"duplicate-key", "duplicate key", "duplicate keys"},
	{"duplicate-entry", "duplicate list entry", "duplicate list entries"},
	{"unknown-field", "unknown field", "unknown fields"},
	{"not-text", "unquoted label or annotation", "unquoted labels and annotations"},
	{"null", "null", "nulls"},
	{"namespace", "namespace", "namespaces"},
	{"label", "label", "labels"},
	{"hook", "hook lowered", "hooks lowered"},
	{"pod-to-job", "Pod made a Job", "Pods made Jobs"},
	{"hook-dropped", "hook dropped", "hooks dropped"},
}

// repairs says how many repairs there were, by kind.
func (k *talk) repairs() string {
	var parts []string
	total := 0
	for _, n := range nouns {
		c := k.count[n.code]
		total += c
		switch {
		case c == 1:
			parts = append(parts, "1 "+n.one)
		case c > 1:
			parts = append(parts, fmt.Sprintf("%d %s", c, n.many))
		}
	}
	if total == 0 {
		return "0 repairs"
	}
	return fmt.Sprintf("%s (%s)", count(total, "repair"), strings.Join(parts, ", "))
}

// summary is the last line of a render.
type summary struct {
	overlays, objects           int
	written, unchanged, removed int
	repairs                     string
	seconds                     float64
}

func (s *summary) add(r *overlay.Result, p *output.Plan) {
	s.overlays++
	s.objects += len(r.Objects)
	s.unchanged += p.Unchanged
	for _, c := range p.Changes {
		if c.New == nil {
			s.removed++
		} else {
			s.written++
		}
	}
}

func (s *summary) String() string {
	return fmt.Sprintf("%s, %s; files: %d written, %d unchanged, %d removed; %s; %.2f s",
		count(s.overlays, "overlay"), count(s.objects, "object"), s.written, s.unchanged, s.removed, s.repairs, s.seconds)
}

// named is the name of a file as a line can say it: quoted, where it could end the line
// or begin one that GitHub takes for a command.
func named(file string) string {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	if strings.ContainsFunc(file, hidden) || strings.HasPrefix(file, "::") || !utf8.ValidString(file) {
		return strconv.Quote(file)
	}
	return file
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// warn prints findings for the faces that have no summary, sorted and once each.
func (t *terminal) warn(findings []manifest.Finding) {
	seen := map[string]bool{}
	var lines []string
	for _, f := range findings {
		line := fmt.Sprintf("airstrip: %s: %s", f.Severity, f)
		if f.Severity != manifest.Info && !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Fprintln(t.err, line)
	}
}
