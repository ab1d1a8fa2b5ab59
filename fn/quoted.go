package fn

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quoted is a word of a command that is printed to be copied, as a shell takes it for
// one. A plain one stays bare, and what could end the line is escaped.
func Quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-+:,.@%/", r) ||
			r == filepath.Separator
	}
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	switch {
	case word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }):
		return word
	case strings.ContainsFunc(word, hidden) || !utf8.ValidString(word):
		inner := strconv.Quote(word)
		return "$'" + strings.NewReplacer(`\\`, `\\`, `\"`, `"`, `'`, `\'`).Replace(inner[1:len(inner)-1]) + "'"
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
