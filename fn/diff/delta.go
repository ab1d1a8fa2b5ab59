package diff

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// run is a part of two sequences: what both have, or what only one has.
type run struct {
	op    byte // ' ', '-' or '+'
	items []string
}

// maxEdits bounds what delta looks for: its memory grows with the square.
const maxEdits = 400

// delta is the shortest way from one sequence to another (Myers, An O(ND)
// Difference Algorithm). Past maxEdits what is between the common ends is said to
// be other.
func delta(a, b []string) []run {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var runs []run
	runs = appendRun(runs, ' ', a[:head])
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if inner, ok := myers(x, y); ok {
		runs = append(runs, inner...)
	} else {
		runs = appendRun(appendRun(runs, '-', x), '+', y)
	}
	return appendRun(runs, ' ', a[len(a)-tail:])
}

func appendRun(runs []run, op byte, items []string) []run {
	if len(items) == 0 {
		return runs
	}
	return append(runs, run{op, items})
}

func myers(a, b []string) ([]run, bool) {
	if len(a) == 0 || len(b) == 0 {
		return appendRun(appendRun(nil, '-', a), '+', b), true
	}
	most := min(len(a)+len(b), maxEdits)
	// reach[k] is how far into a the best path on diagonal k has come.
	reach := make([]int, 2*most+3)
	at := func(k int) *int { return &reach[k+most+1] }
	var trace [][]int
	for d := 0; d <= most; d++ {
		trace = append(trace, slices.Clone(reach[most+1-d:most+2+d]))
		for k := -d; k <= d; k += 2 {
			var x int
			if k == -d || k != d && *at(k - 1) < *at(k + 1) {
				x = *at(k + 1)
			} else {
				x = *at(k - 1) + 1
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			*at(k) = x
			if x >= len(a) && x-k >= len(b) {
				return walk(a, b, trace), true
			}
		}
	}
	return nil, false
}

// walk goes back over the paths that myers took; trace[d] is reach before step d,
// from diagonal -d to d.
func walk(a, b []string, trace [][]int) []run {
	var back []run // of one item each, the last first
	x, y := len(a), len(b)
	for d := len(trace) - 1; d >= 0; d-- {
		k := x - y
		before := func(k int) int { return trace[d][k+d] }
		down := k == -d || k != d && before(k-1) < before(k+1)
		px, py := 0, 0
		if d > 0 {
			if down {
				px, py = before(k+1), before(k+1)-k-1
			} else {
				px, py = before(k-1), before(k-1)-k+1
			}
		}
		for x > px && y > py && a[x-1] == b[y-1] {
			back = append(back, run{' ', a[x-1 : x]})
			x, y = x-1, y-1
		}
		switch {
		case d == 0:
		case down:
			back = append(back, run{'+', b[y-1 : y]})
			y--
		default:
			back = append(back, run{'-', a[x-1 : x]})
			x--
		}
	}
	slices.Reverse(back)
	return inOrder(back)
}

// inOrder joins what stands beside its like, and puts what goes before what comes.
func inOrder(single []run) []run {
	var runs []run
	for i := 0; i < len(single); {
		var same, gone, come []string
		for ; i < len(single) && single[i].op == ' '; i++ {
			same = append(same, single[i].items...)
		}
		for ; i < len(single) && single[i].op != ' '; i++ {
			if single[i].op == '-' {
				gone = append(gone, single[i].items...)
			} else {
				come = append(come, single[i].items...)
			}
		}
		runs = appendRun(appendRun(appendRun(runs, ' ', same), '-', gone), '+', come)
	}
	return runs
}

// mark is a part of a line, and whether it is what changed.
type mark struct {
	Text    string
	Changed bool
}

// marks compares two lines word by word. Where they share next to nothing, both
// are one mark: single letters picked out of another text tell nothing.
func marks(old, new string) (o, n []mark) {
	shared, all := 0, max(len(old), len(new))
	for _, r := range delta(splitWords(old), splitWords(new)) {
		text := ""
		for _, w := range r.items {
			text += w
		}
		if r.op != '+' {
			o = append(o, mark{text, r.op == '-'})
		}
		if r.op != '-' {
			n = append(n, mark{text, r.op == '+'})
		}
		if r.op == ' ' {
			shared += len(text)
		}
	}
	if shared*4 < all {
		return []mark{{old, true}}, []mark{{new, true}}
	}
	return o, n
}

// splitWords splits a line into words, blanks and single signs; joined they are the
// line. A version is a word: 2.0.1.
func splitWords(s string) []string {
	var words []string
	const (
		sign = iota
		word
		blank
	)
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return word
		case r == ' ':
			return blank
		}
		return sign
	}
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	start, last := 0, -1
	for i, r := range s {
		c := class(r)
		if r == '.' && digit(i-1) && digit(i+1) {
			c = word
		}
		if i > start && (c != last || c == sign) {
			words = append(words, s[start:i])
			start = i
		}
		last = c
	}
	if start < len(s) {
		words = append(words, s[start:])
	}
	return words
}

// split is the lines of a text; that the last one has an end is no difference.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// lines counts them.
func lines(s string) int { return len(split(s)) }

// changedLines counts the lines that go and those that come.
func changedLines(old, new string) (gone, come int) {
	for _, r := range delta(split(old), split(new)) {
		switch r.op {
		case '-':
			gone += len(r.items)
		case '+':
			come += len(r.items)
		}
	}
	return gone, come
}

// length is what a text counts against a limit: Unicode code points.
func length(s string) int { return utf8.RuneCountInString(s) }
