package diff

import (
	"fmt"
	"io"
	"strings"
)

// Marker is the first line of what Markdown writes. Whoever posts the page finds
// the comment by it, to edit that one and not to add another.
const Marker = "<!-- airstrip:diff -->"

// BodyLimit is what GitHub takes as the body of a pull request, in Unicode code
// points. A comment may have 262,144 bytes, which as many code points never exceed.
const BodyLimit = 65536

// MarkdownOptions are what a page for a pull request depends on beside the report.
type MarkdownOptions struct {
	// Limit is the most that the page may have, in Unicode code points; 0 is BodyLimit.
	Limit int
	// Full says where all of it is, for what does not fit: an URL, or a command. Empty
	// where it is nowhere else.
	Full string
}

// Markdown writes the report as a page for a pull request, in what GitHub, GitLab
// and Gitea have in common. Whatever the report holds, the page is within the limit,
// is made of whole rows, names every environment, and says how many rows of which
// environment are not in it.
//
// A limit that does not hold the names of the environments is an error.
func (r *Report) Markdown(w io.Writer, o MarkdownOptions) error {
	if o.Limit == 0 {
		o.Limit = BodyLimit
	}
	p := r.page(o)
	text, err := p.text()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func (r *Report) page(o MarkdownOptions) *mdPage {
	p := &mdPage{report: r, order: r.order(), full: mdFull(o.Full), limit: o.Limit}
	p.sections = p.build()
	return p
}

// mdPage is a page in the making.
type mdPage struct {
	report   *Report
	order    order
	full     string // Markdown that says where the rest is, or ""
	limit    int
	sections []*mdSection
}

// mdSection is a part of the page that has a budget.
type mdSection struct {
	// title is written above it, noun is what a row of it is called.
	title, noun string
	// share of what is left for rows that it gets before others may use it, in percent.
	share  int
	groups []*mdGroup
}

// mdGroup is rows with what encloses them: the head of a table, or a quote.
type mdGroup struct {
	open, close string
	units       []*mdUnit
}

// mdUnit is a row, which is on the page or is not.
type mdUnit struct {
	row string
	// rows is how many of the report it stands for, 0 being 1.
	rows int
	// detail is written below the group, if it fits: a value that the row shortens.
	detail string
	envs   []string
	in     bool
	shown  bool // the detail too
}

func (s *mdSection) units(yield func(*mdGroup, *mdUnit) bool) {
	for _, g := range s.groups {
		for _, u := range g.units {
			if !yield(g, u) {
				return
			}
		}
	}
}

// count is how many rows a section has, and how many of them are on the page.
func (s *mdSection) count() (all, in int) {
	for _, u := range s.units {
		n := max(u.rows, 1)
		all += n
		if u.in {
			in += n
		}
	}
	return all, in
}

// write is the section with the rows that are on the page.
func (s *mdSection) write(b *strings.Builder) {
	all, in := s.count()
	if in == 0 {
		return // the line on top says what there is
	}
	b.WriteString(s.title)
	for _, g := range s.groups {
		g.write(b)
	}
	if in < all {
		b.WriteString(s.left(all-in, all))
	}
}

func (g *mdGroup) write(b *strings.Builder) {
	any := false
	for _, u := range g.units {
		if !u.in {
			continue
		}
		if !any {
			b.WriteString(g.open)
			any = true
		}
		b.WriteString(u.row)
	}
	if !any {
		return
	}
	b.WriteString("\n")
	for _, u := range g.units {
		if u.in && u.shown {
			b.WriteString(u.detail)
		}
	}
	b.WriteString(g.close)
}

// left says how many rows of a section are not on the page.
func (s *mdSection) left(n, all int) string {
	return fmt.Sprintf("*%d of %s not shown here.*\n\n", n, plural(all, s.noun))
}

// all is the page with every row.
func (p *mdPage) all(in bool) {
	for _, s := range p.sections {
		for _, u := range s.units {
			u.in, u.shown = in, in && u.detail != ""
		}
	}
}

// text is the page, within the limit.
func (p *mdPage) text() (string, error) {
	p.all(true)
	if page := p.write(mdShared); length(page) <= p.limit {
		return page, nil
	}
	p.all(false)
	// What stands on every page is measured when it is longest: with no row in, and
	// a row for each environment.
	form, fixed := mdShared, length(p.write(mdApart))
	if fixed > p.limit/2 {
		form, fixed = mdNames, length(p.write(mdNames))
	}
	if fixed > p.limit {
		return "", fmt.Errorf("a page of %d characters does not hold the names of %s: allow %d, or write HTML",
			p.limit, plural(len(p.order.names), "environment"), fixed)
	}
	p.fill(p.limit - fixed)
	return p.write(form), nil
}

// The forms in which environments are named.
const (
	// mdShared is a table, in which those of which the same is true share a row.
	mdShared = iota
	// mdApart is a table with a row for each.
	mdApart
	// mdNames is one line, for a limit that holds no more.
	mdNames
)

// write is the page with the rows that are in.
func (p *mdPage) write(form int) string {
	var b strings.Builder
	b.WriteString(Marker + "\n### " + p.report.Verdict() + "\n\n")
	b.WriteString(p.missing())
	for _, s := range p.sections {
		s.write(&b)
	}
	if form == mdNames {
		b.WriteString(p.line())
	} else {
		b.WriteString(p.environments(form == mdApart))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
