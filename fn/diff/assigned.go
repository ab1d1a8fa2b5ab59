package diff

import (
	"encoding/base64"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// form is what a text is, which says how far a value in it goes.
type form int

const (
	// plain is a text of which nothing more is known.
	plain form = iota
	// item is an item of a list: an argument is one word, whatever is in it.
	item
	// settings are a file of a program, where a value goes to the end of its line.
	settings
	// failure is an error's, where words that say what is wrong stand behind a name and
	// a colon. A value is what is quoted there, or alone on the rest of the line.
	failure
)

// assignment is a name, a sign and a value, by where they are in a text.
type assignment struct {
	name, end, value int
	// quoted: the name is.
	quoted bool
}

// nextAssignment finds the first one that is not before at.
func nextAssignment(s string, at int) (assignment, bool) {
	for {
		i := strings.IndexAny(s[at:], ":=")
		if i < 0 {
			return assignment{}, false
		}
		spaced := strings.TrimRight(s[at:at+i], " \t\r\n]") // $c['password'] = 'x'
		name := strings.TrimRight(strings.TrimRight(spaced, `"'`), `\`)
		start := len(name)
		for start > 0 && isNameByte(name[start-1]) {
			start--
		}
		if start == len(name) {
			at += i + 1
			continue
		}
		value := at + i + 1
		for value < len(s) && (s[value] == ':' || s[value] == '=' || s[value] == '>' && s[value-1] == '=') {
			value++
		}
		value = len(s) - len(strings.TrimLeft(s[value:], " \t\r\n"))
		return assignment{at + start, at + len(name), value, len(name) < len(spaced)}, true
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// scrubAssigned hides what is assigned to a name that says so. It fails where the end of
// that is not known: of a block, a list, a quote that is open.
func scrubAssigned(s string, f form) (string, bool) {
	var b strings.Builder
	var outer quotes
	done, named := 0, false
	for at := 0; ; {
		a, ok := nextAssignment(s, at)
		if !ok || a.value == len(s) {
			b.WriteString(s[done:])
			return b.String(), true
		}
		at = a.value // of jdbc:postgresql://host?password=x the value is full of names
		name, query := s[a.name:a.end], a.isQuery(s)
		secret := manifest.SecretName(name)
		switch strings.ToLower(name) {
		case "name", "key": // {name: DB_PASSWORD, value: x}
			named = manifest.SecretName(simple(s[a.value:]))
		case "value":
			secret = secret || named
		case "auth":
			secret = secret || isBasic(simple(s[a.value:]))
		case "sig", "signature", "x-amz-signature", "x-goog-signature":
			secret = secret || query
		}
		if !secret || strings.HasPrefix(s[a.value:], `"`+hidden+`"`) {
			continue
		}
		end := a.value
		if query {
			end += queryLen(s[a.value:])
		} else {
			outer.read(s, a.name)
			line := outer.line
			outer.read(s, a.value)
			n, ok := a.valueLen(s, line, f, outer.open)
			if !ok {
				return "", false
			}
			end += n
		}
		if end > a.value {
			b.WriteString(s[done:a.value] + hidden)
			done, at = end, end
			outer.pass(s, end)
		}
	}
}

// isQuery reports whether an assignment is a parameter of a URL.
func (a assignment) isQuery(s string) bool {
	before := s[:a.name]
	return s[a.end:a.value] == "=" && strings.IndexByte("\"'`", s[a.value]) < 0 &&
		(strings.HasSuffix(before, "?") || strings.HasSuffix(before, "&") && !strings.HasSuffix(before, "&&") || strings.HasSuffix(before, "&amp;"))
}

// queryLen is the length of a parameter that tells something.
func queryLen(value string) int {
	if i := strings.IndexAny(value, "&# \t\r\n\"'"); i >= 0 {
		value = value[:i]
	}
	if tellsNothing(value) {
		return 0
	}
	return len(value)
}

// valueLen is the length of what is assigned on a line and tells something. It fails where
// the end of that is not known.
func (a assignment) valueLen(s string, line int, f form, outer byte) (int, bool) {
	value, sign, before := s[a.value:], s[a.end:a.value], s[line:a.name]
	if f == item && !a.quoted && !strings.ContainsAny(s[:a.name], " \t\n") {
		if tellsNothing(unquoted(value)) {
			return 0, true
		}
		return len(value), true
	}
	indent := len(before) - len(strings.TrimLeft(before, " \t-"))
	below := strings.Contains(sign, "\n") && f != failure
	if below && len(sign)-strings.LastIndexByte(sign, '\n')-1 <= indent && startsAnother(value) {
		return 0, true
	}
	n, closed := wordLen(value, outer, a.quoted || strings.Contains(sign, ":"))
	alone := strings.Trim(before, " \t-\"'\\") == ""
	if saysNothing(value[:n]) && !(alone && goesOn(value[n:])) || f == failure && !assigns(sign, value[:n], value[n:]) {
		return 0, true
	}
	switch {
	case strings.IndexByte("|>[{", value[0]) >= 0 || strings.HasPrefix(value, "<<"):
		return 0, false
	case f == failure || !below && (s[a.name] == '-' || f != settings && !alone):
		if i := strings.IndexByte(value, outer); i > n && outer != 0 && !a.quoted && s[a.name-1] == outer {
			n = i // -H "X-Api-Key: x y"
		}
		return n, closed || f == failure
	case strings.IndexAny(value[:1], "\"'`$(\\") == 0 && !(closed && strings.IndexByte(value[:n], '\n') < 0) && !strings.HasPrefix(value, "\\\n"):
		return 0, false
	}
	n = lineLen(value)
	if alone || below {
		n += deeper(value[n:], indent)
	}
	return n, true
}

// startsAnother reports whether a line below a name says something of its own.
func startsAnother(line string) bool {
	if line, _, _ = strings.Cut(line, "\n"); line[0] == '#' || line[0] == ';' || line[0] == '[' && strings.HasSuffix(strings.TrimSpace(line), "]") {
		return true
	}
	a, ok := nextAssignment(line, 0)
	return ok && strings.Trim(line[:a.name], `"'\`) == ""
}

// lineLen is the length of the rest of a line, and of those that a backslash joins to it.
func lineLen(s string) int {
	for n := 0; ; n++ {
		i := strings.IndexByte(s[n:], '\n')
		if i < 0 {
			return len(s)
		}
		n += i
		line := strings.TrimSuffix(s[:n], "\r")
		if (len(line)-len(strings.TrimRight(line, `\`)))%2 == 0 {
			return n
		}
	}
}

// deeper is the length of the lines behind a line that continue it: they begin further to
// the right, or are items of its list.
func deeper(s string, indent int) int {
	end := 0
	for n := 0; n < len(s); {
		line := s[n+1:] // behind the end of the line before
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		n += 1 + len(line)
		text := strings.TrimLeft(line, " \t")
		switch column := len(line) - len(text); {
		case strings.TrimSpace(text) == "":
		case column > indent || column == indent && strings.HasPrefix(text, "- "):
			end = n
		default:
			return end
		}
	}
	return end
}

// simple is a value that is a word of its own.
func simple(value string) string {
	value = strings.TrimLeft(value, `\"'`)
	if i := strings.IndexAny(value, " \t\r\n,;&\"'\\}<"); i >= 0 {
		return value[:i]
	}
	return value
}

// isBasic reports whether a value is a user and a password in base64, as in Docker's files.
func isBasic(value string) bool {
	b, err := base64.StdEncoding.DecodeString(value)
	return err == nil && strings.Contains(string(b), ":")
}

// unquoted is a value without quotes, if it has them on both ends.
func unquoted(value string) string {
	if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return value[1 : n-1]
	}
	return value
}

// saysNothing reports whether a word tells nothing, or what stands before another value.
func saysNothing(value string) bool {
	if tellsNothing(unquoted(strings.TrimRight(value, ",;"))) && strings.Trim(value, ",;") != "" {
		return true
	}
	i := strings.IndexAny(value, ",;&")
	return i > 0 && tellsNothing(unquoted(value[:i]))
}

// goesOn reports whether the words behind a value belong to it: of "true love" all is
// secret, of "$(PASSWORD) host=x" nothing is.
func goesOn(rest string) bool {
	rest, _, _ = strings.Cut(strings.TrimLeft(rest, " \t"), "\n")
	first, _, _ := strings.Cut(rest, " ")
	return first != "" && first[0] != '-' && isNameByte(first[0]) && !strings.ContainsAny(first, ":=")
}

// assigns reports whether what stands behind a name in a sentence is its value.
func assigns(sign, value, rest string) bool {
	switch {
	case value == "":
		return false
	case strings.Contains(sign, "=") || strings.ContainsAny(value[:1], `"'`):
		return true
	case strings.Contains(sign, "\n"):
		return false
	}
	return strings.ContainsAny(sign, " \t") && (rest == "" || strings.HasPrefix(rest, "\n"))
}
