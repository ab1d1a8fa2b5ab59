package diff

import "strings"

// wordLen is the length of the word that a text begins with, as a shell takes it: up to a
// blank that is neither quoted nor in a substitution. The quote outer, which was opened
// before it, ends it as well, and in a list what follows on its own quotes. A word that
// is not closed is all of the text.
func wordLen(s string, outer byte, list bool) (n int, closed bool) {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || outer != 0 && c == outer:
			return i - trailing(s[:i]), true
		case c == '"' || c == '\'' || c == '`' || i == 0 && c == '\\':
			end := quotedLen(s[i:])
			if end < 0 {
				return len(s), false
			}
			if i == 0 && end > 1 && list && end < len(s) && strings.IndexByte(",;:)}]", s[end]) >= 0 {
				return end, true
			}
			i += end
		case c == '$' && i+1 < len(s) && (s[i+1] == '(' || s[i+1] == '{'):
			end := nestedLen(s[i+1:])
			if end < 0 {
				return len(s), false
			}
			i += 1 + end
		case c == '\\' && i+1 < len(s) && s[i+1] != '\n':
			i += 2
		default:
			i++
		}
	}
	return len(s) - trailing(s), true
}

// trailing counts the signs behind a word that are not of it.
func trailing(s string) int {
	if rest := strings.TrimRight(s, ",;"); rest != "" {
		return len(s) - len(rest)
	}
	return 0
}

// quotedLen is the length of what a text begins with and is quoted, be it three times or
// behind a backslash, as in a text within a text. It is negative where the quote is open,
// and one of a backslash before something else.
func quotedLen(s string) int {
	slashes := len(s) - len(strings.TrimLeft(s, `\`))
	if slashes == len(s) || strings.IndexByte("\"'`", s[slashes]) < 0 {
		return 1
	}
	quote := s[slashes : slashes+1]
	if triple := strings.Repeat(quote, 3); slashes == 0 && quote != "`" && strings.HasPrefix(s, triple) {
		end := strings.Index(s[3:], triple)
		if end < 0 {
			return -1
		}
		return end + 6
	}
	for i, run := slashes+1, 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			run++
			continue
		case s[i] == quote[0] && (run == slashes || slashes == 0 && run%2 == 0):
			return i + 1
		}
		run = 0
	}
	return -1
}

// nestedLen is the length of a substitution that begins with its bracket, negative where
// that is open.
func nestedLen(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// quotes keeps where the line of a place begins, and the quote that is open there.
type quotes struct {
	at, line int
	open     byte
}

// read goes on to a place.
func (q *quotes) read(s string, to int) {
	for ; q.at < to; q.at++ {
		switch c := s[q.at]; {
		case c == '\n':
			q.open, q.line = 0, q.at+1
		case c == '\\' && q.at+1 < to && s[q.at+1] != '\n':
			q.at++
		case q.open != 0:
			if c == q.open {
				q.open = 0
			}
		case c == '"' || c == '`' || c == '\'' && (q.at == 0 || !isNameByte(s[q.at-1])): // but of don't
			q.open = c
		}
	}
}

// pass goes on to a place and leaves out what is quoted on the way.
func (q *quotes) pass(s string, to int) {
	if q.at < to {
		if i := strings.LastIndexByte(s[q.at:to], '\n'); i >= 0 {
			q.open, q.line = 0, q.at+i+1
		}
		q.at = to
	}
}
