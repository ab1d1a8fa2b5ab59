package diff

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible spells out what a reader would not see, or what would move the text
// around it: control and format characters, the bidirectional ones among them
// (trojansource.codes), blanks that are no space, bytes that are no UTF-8. Line
// ends stay.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "⟨0x%02X⟩", s[0])
		case r == '\n', seen(r):
			b.WriteString(s[:size])
		case r < 0x20:
			b.WriteRune('␀' + r) // Unicode has pictures of these
		case r == 0x7f:
			b.WriteRune('␡')
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
		s = s[size:]
	}
	return b.String()
}

// oneLine is visible for a text that has to stay on its line.
func oneLine(s string) string {
	return strings.ReplaceAll(visible(s), "\n", "⏎")
}

// plain reports whether a text is printable ASCII and line ends, which nearly all are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '\n' && (c < 0x20 || c >= 0x7f) {
			return false
		}
	}
	return true
}

// seen reports whether a character shows, and stays in its place.
func seen(r rune) bool {
	if !strconv.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return false
	}
	// The combining grapheme joiner and the blank Braille pattern print as nothing.
	return r != 0x034f && r != 0x2800
}

// fit is a text of at most so many characters, what is left out of its middle
// being an ellipsis.
func fit(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	r := []rune(s)
	tail := most / 3
	return string(r[:most-tail-1]) + "…" + string(r[len(r)-tail:])
}

// short is fit of a text on one line. What is not shown is not looked at.
func short(s string, most int) string {
	return fit(oneLine(fit(s, most)), most)
}

// fitValues are the two sides of a change on one line each, with fitPair. The end of a
// line is not worth its sign, unless it is what changed.
func fitValues(old, new string, most int) (string, string) {
	if a, b := strings.TrimSuffix(old, "\n"), strings.TrimSuffix(new, "\n"); a != b {
		old, new = a, b
	}
	return fitPair(oneLine(old), oneLine(new), most)
}

// fitPair is fit for the two sides of a change: what they begin and end with alike
// is left out first, so that what differs stays.
func fitPair(old, new string, most int) (string, string) {
	o, n := []rune(old), []rune(new)
	if len(o) <= most && len(n) <= most {
		return old, new
	}
	const around = 12 // characters before and after what differs
	same := 0
	for same < min(len(o), len(n)) && o[same] == n[same] {
		same++
	}
	if cut := same - around; cut > 1 {
		o, n = append([]rune{'…'}, o[cut:]...), append([]rune{'…'}, n[cut:]...)
	}
	same = 0
	for same < min(len(o), len(n)) && o[len(o)-1-same] == n[len(n)-1-same] {
		same++
	}
	if cut := same - around; cut > 1 {
		o, n = append(o[:len(o)-cut:len(o)-cut], '…'), append(n[:len(n)-cut:len(n)-cut], '…')
	}
	return fit(string(o), most), fit(string(n), most)
}
