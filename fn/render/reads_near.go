package render

import (
	"slices"
	"strings"
	"unicode"
)

// near is the path of a value that is read and that was perhaps meant by one
// that is not: another spelling beside it, or the same keys nested otherwise.
// Where two are as near it is nil, since a wrong guess is worse than none.
func (r *Reads) near(path []string, v any) []string {
	var best []string
	least := 10*far - 9
	r.charts.root.walk(nil, func(at []string, c *cell) {
		d := 10*distance(path, at) - min(c.shared(v), 9)
		switch {
		case d < least:
			best, least = slices.Clone(at), d
		case d == least:
			best = nil
		}
	})
	return best
}

// walk calls visit for every place that templates look at. Globals are visited
// where the whole chart has them, not again for each subchart.
func (c *cell) walk(path []string, visit func([]string, *cell)) {
	for k, kid := range c.kids {
		if at := append(path, k); kid.mirror == nil && kid.reads|kid.could != 0 {
			visit(at, kid)
			kid.walk(at, visit)
		}
	}
}

// shared is how much of what is in v templates look for in c.
func (c *cell) shared(v any) (n int) {
	for _, k := range below(v) {
		if kid := c.kids[k]; kid != nil && kid.reads|kid.could != 0 {
			e, _ := under(v, k)
			n += 1 + kid.shared(e)
		}
	}
	return n
}

// far is the distance of what is not near.
const far = 1000

// distance says how far a path that was meant is from the one that was written.
func distance(wrote, meant []string) int {
	n := len(wrote) - 1
	if len(meant) == n+1 && slices.Equal(wrote[:n], meant[:n]) {
		if wrote[n] == meant[n] {
			return far
		}
		return keyDistance(wrote[n], meant[n])
	}
	other := 1 // than global, which is what people forget, or add
	if meant[0] == "global" {
		other = 0
	}
	switch {
	case len(meant) > len(wrote) && suffix(meant, wrote):
		return 100 + len(meant) - len(wrote) + other
	case len(meant) == n && wrote[0] == "global" && suffix(wrote, meant):
		return 100
	case n > 1 && len(meant) > n && suffix(meant, wrote[1:]):
		return 200 + len(meant) - n + other // under another key
	}
	return far
}

func suffix(path, end []string) bool { return slices.Equal(path[len(path)-len(end):], end) }

// keyDistance is 0 for another way to write the same words, then the number of
// letters that differ, then a key that says a little more or less.
func keyDistance(wrote, meant string) int {
	a, b := words(wrote), words(meant)
	x, y := strings.Join(a, ""), strings.Join(b, "")
	allowed := 2
	switch n := max(len(x), len(y)); {
	case n <= 3:
		allowed = 0
	case n <= 5:
		allowed = 1
	}
	if max(len(x), len(y))-min(len(x), len(y)) <= allowed {
		if d := edits(x, y); d <= allowed {
			return d
		}
	}
	switch {
	case len(a) < len(b) && slices.Equal(b[:len(a)], a): // kms, kmsArn
		return 300 + len(b) - len(a)
	case len(b) > 1 && len(a) > len(b) && suffix(a, b): // storageSecretName, secretName
		return 310 + len(a) - len(b)
	}
	return far
}

// words cuts a key as it is spoken, in lower case: extraEnv, extra_env and
// extra-env are two words each.
func words(key string) (list []string) {
	lower := false // the letter before is a small one
	for _, r := range key {
		switch {
		case r == '_' || r == '-' || r == '.':
			lower = false
			list = append(list, "")
			continue
		case len(list) == 0 || lower && unicode.IsUpper(r):
			list = append(list, "")
		}
		lower = !unicode.IsUpper(r)
		list[len(list)-1] += string(unicode.ToLower(r))
	}
	return slices.DeleteFunc(list, func(w string) bool { return w == "" })
}

// edits is the number of letters to insert, delete, replace, or swap with their
// neighbour to make b of a.
func edits(a, b string) int {
	before, row, next := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			replace := row[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			next[j] = min(replace, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, make([]int, len(b)+1)
	}
	return row[len(b)]
}
