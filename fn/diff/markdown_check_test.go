package diff

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What the checks look for.
var (
	missingLine  = regexp.MustCompile(`(?m)^\*\*Not all of it fits here\.\*\* Left out: (.*)$`)
	missingPart  = regexp.MustCompile(`(\d+) of \d+ `)
	sectionNote  = regexp.MustCompile(`(?m)^\*(\d+ of \d+ .*) not shown here\.\*$`)
	changeRow    = regexp.MustCompile(`(?m)^\| .*<br>.*$|^\| (\*\*(added|removed|renamed)\*\* |(renamed|added|removed), )`)
	riskRow      = regexp.MustCompile(`(?m)^- `)
	imageRow     = regexp.MustCompile(`(?m)^\| .*\| (\*\*)?(downgrade|major|minor|patch|other|new|dropped)(\*\*)? \|`)
	resourceRows = regexp.MustCompile(`(?ms)^#### Resources\n\n\|.*?\n\|.*?\n((?:\|.*?\n)*)`)
	blockStart   = regexp.MustCompile("^(`{3,})[a-z]*$")
	summaryCode  = regexp.MustCompile(`<code>[^<]*</code>`)
	tickRun      = regexp.MustCompile("`+")
	headingMark  = regexp.MustCompile(`(?m)^#{3,4} `)
	ownTags      = regexp.MustCompile(`</?(details|summary)>|<br>|(?m)^\[!(CAUTION|WARNING|NOTE)\]$`)
	wildText     = regexp.MustCompile("[@#<>&`\\[\\]~$^\\\\{}_]|!\\d|://|[\\s*(]www\\.\\S|:[a-z]+:|\\b[0-9a-f]{7,}\\b|\\p{Cf}")
)

// checkPage holds a page to what Markdown promises: it is within the limit, whole,
// names every environment, and its figures add up.
func checkPage(t *testing.T, page string, r *Report, o MarkdownOptions) {
	t.Helper()
	limit := o.Limit
	if limit == 0 {
		limit = BodyLimit
	}
	if n := length(page); n > limit {
		t.Fatalf("%d characters, the limit is %d", n, limit)
	}
	if !strings.HasPrefix(page, Marker+"\n### ") {
		t.Errorf("begins with %.60q", page)
	}
	outside, problem := skeleton(page)
	if problem != "" {
		t.Fatalf("%s in\n%s", problem, page)
	}
	if w := wild(outside, o.Full); w != "" {
		t.Fatalf("%q is outside of code in\n%s", w, page)
	}
	for _, e := range r.Environments {
		if !strings.Contains(page, mdCode(e.Name)) && !strings.Contains(page, strings.ReplaceAll(mdCode(e.Name), "|", `\|`)) {
			t.Fatalf("environment %q is not named in\n%s", e.Name, page)
		}
	}
	missing := 0
	if top := missingLine.FindStringSubmatch(outside); top != nil {
		for _, m := range missingPart.FindAllStringSubmatch(top[1], -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			missing += n
		}
	}
	for _, note := range sectionNote.FindAllStringSubmatch(outside, -1) {
		if !strings.Contains(outside, "Left out: ") || !strings.Contains(outside, note[1]) {
			t.Errorf("%q is not on top", note[1])
		}
	}
	rows := len(changeRow.FindAllString(outside, -1)) // changes and noise
	rows += len(riskRow.FindAllString(outside, -1))
	rows += len(imageRow.FindAllString(outside, -1))
	rows += strings.Count(outside, " could not be rendered, so nothing is said")
	if part := resourceRows.FindStringSubmatch(outside); part != nil {
		rows += strings.Count(part[1], "\n")
	}
	// What the page says that it has, and has not, is what the report has.
	o.Limit = limit
	p := r.page(o)
	text, err := p.text()
	if err != nil || text != page {
		t.Fatalf("written again it is another page: %v", err)
	}
	units, in, all := 0, 0, 0
	for _, s := range p.sections {
		a, i := s.count()
		all, in = all+a, in+i
		for _, u := range s.units {
			if u.in {
				units++
			}
		}
	}
	if rows != units || in+missing != all {
		t.Fatalf("%d rows of %d; %d rows of the report and %d left out are not %d in\n%s", rows, units, in, missing, all, page)
	}
	if want := len(r.Risks) + len(r.Images) + len(r.Rows) + len(r.Noise) + count(r.Environments, func(e Environment) bool { return e.Error != "" }); all < want {
		t.Fatalf("%d rows of a report with %d in\n%s", all, want, page)
	}
}

func count[T any](all []T, is func(T) bool) int {
	n := 0
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

// skeleton is a page without what is in code, and what is wrong with its form: a
// block that is not closed, a table whose rows have not the cells of its head.
func skeleton(page string) (outside, problem string) {
	var b strings.Builder
	fence, cells, details := "", 0, 0
	for _, line := range strings.Split(page, "\n") {
		line = strings.TrimPrefix(line, "> ")
		if fence != "" {
			if strings.TrimRight(line, " ") == fence {
				fence = ""
			}
			continue
		}
		if m := blockStart.FindStringSubmatch(line); m != nil {
			fence = m[1]
			continue
		}
		if strings.HasPrefix(line, "<details>") {
			line = summaryCode.ReplaceAllString(line, "")
		}
		if strings.HasPrefix(line, "|") {
			// A backslash before a pipe is no end of a cell, whatever is around it.
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") - 1
			if cells != 0 && n != cells {
				return "", fmt.Sprintf("%d cells under a head of %d: %s", n, cells, line)
			}
			cells = n
			var kept []string
			for _, cell := range strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
				kept = append(kept, withoutSpans(cell))
			}
			line = strings.Join(kept, "|")
		} else {
			cells = 0
			line = withoutSpans(line)
		}
		details += strings.Count(line, "<details>") - strings.Count(line, "</details>")
		b.WriteString(line + "\n")
	}
	switch {
	case fence != "":
		problem = "a block is not closed"
	case details != 0:
		problem = fmt.Sprintf("%d details are not closed", details)
	}
	return b.String(), problem
}

// withoutSpans is a line without its code spans, as CommonMark finds them: a run of
// backticks up to the next run of as many.
func withoutSpans(s string) string {
	runs := tickRun.FindAllStringIndex(s, -1)
	var b strings.Builder
	from := 0
	for i := 0; i < len(runs); i++ {
		for j := i + 1; j < len(runs); j++ {
			if runs[j][1]-runs[j][0] == runs[i][1]-runs[i][0] {
				b.WriteString(s[from:runs[i][0]])
				from, i = runs[j][1], j
				break
			}
		}
	}
	return b.String() + s[from:]
}

// wild is the first thing outside of code that a forge would make something of, and
// that the page has not written itself.
func wild(outside, full string) string {
	outside = strings.ReplaceAll(outside, Marker, "")
	if link := mdFull(full); strings.HasPrefix(link, "[") {
		outside = strings.ReplaceAll(outside, link, "")
	}
	outside = headingMark.ReplaceAllString(outside, "")
	outside = ownTags.ReplaceAllString(outside, "")
	return wildText.FindString(outside)
}
