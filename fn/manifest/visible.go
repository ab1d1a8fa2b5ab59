package manifest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible spells out what a reader would not see, or what would move the text
// around it: control and format characters, the bidirectional ones among them
// (trojansource.codes), blanks that are no space, bytes that are no UTF-8. Line
// ends stay.
func Visible(s string) string {
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

// OneLine is Visible for a text that has to stay on its line.
func OneLine(s string) string {
	return strings.ReplaceAll(Visible(s), "\n", "⏎")
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

// NoCommands breaks what GitHub's runner takes for a command in the lines of a log
// (actions/runner, ActionCommand): :: behind nothing but blanks, and ##[ anywhere. A
// sign of each is spelt out, as Visible does.
func NoCommands(s string) string {
	if !strings.Contains(s, "::") && !strings.Contains(s, "##[") {
		return s
	}
	lines := strings.Split(strings.ReplaceAll(s, "##[", "##⟨U+005B⟩"), "\n")
	for i, l := range lines {
		if text := strings.TrimLeftFunc(l, unicode.IsSpace); strings.HasPrefix(text, "::") {
			lines[i] = l[:len(l)-len(text)] + "⟨U+003A⟩" + text[1:]
		}
	}
	return strings.Join(lines, "\n")
}
