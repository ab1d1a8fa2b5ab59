package diff

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Text of manifests is data. On a page it stands in code spans, code blocks and
// <code>, in which Markdown, autolinks, @mentions, #references and :emoji: mean
// nothing. Prose keeps the words that are nothing but words, and puts the rest
// into code spans.

// mdCode is a code span of one line.
func mdCode(s string) string {
	s = manifest.OneLine(s)
	if s == "" {
		return "*empty*"
	}
	s = manyTicks.ReplaceAllStringFunc(s, func(run string) string { return fmt.Sprintf("⟨%d backticks⟩", len(run)) })
	// A code span loses a blank at each end.
	inner := strings.Trim(s, " ")
	lead := len(s) - len(strings.TrimLeft(s, " "))
	if inner == "" {
		s = strings.Repeat("␠", len(s))
	} else {
		s = strings.Repeat("␠", lead) + inner + strings.Repeat("␠", len(s)-lead-len(inner))
	}
	ticks := strings.Repeat("`", ticksIn(s)+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// manyTicks is a run of backticks that no code span can hold: GitHub's parser stops
// counting at 80.
var manyTicks = regexp.MustCompile("`{20,}")

// ticksIn is the longest run of backticks.
func ticksIn(s string) int {
	most, n := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}

// mdRow is a row of a table. A pipe ends a cell even in a code span, unless a
// backslash is before it, which is then no part of the text.
func mdRow(cells ...string) string {
	var b strings.Builder
	b.WriteByte('|')
	for _, c := range cells {
		b.WriteByte(' ')
		b.WriteString(strings.ReplaceAll(c, "|", `\|`))
		b.WriteString(" |")
	}
	b.WriteByte('\n')
	return b.String()
}

// mdBlock is a fenced block. What is in it has to be visible already.
func mdBlock(language, text string) string {
	fence := strings.Repeat("`", max(3, ticksIn(text)+1))
	return fence + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence + "\n"
}

// mdQuote puts a quote's mark before each line.
func mdQuote(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n> ") + "\n"
}

// mdDetails is a part that opens on a click. The summary is HTML.
func mdDetails(summary, body string) string {
	return "<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n"
}

// htmlCode is text in HTML that a forge looks for no references in.
func htmlCode(s string) string {
	return "<code>" + html.EscapeString(manifest.OneLine(s)) + "</code>"
}

// word is a word, with the signs that may stand around it; number is one that is
// short enough to be no commit.
var (
	word   = regexp.MustCompile(`^["'(]*\p{L}+(?:[-'’]\p{L}+)*["'),.;:!?]*$`)
	number = regexp.MustCompile(`^\(?[0-9]{1,6}[),.;:%]*$`)
	// commit is what a forge takes for the name of one.
	commit = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)
)

// mdProse is a sentence.
func mdProse(s string) string {
	words := strings.Fields(manifest.OneLine(s))
	var out []string
	for i := 0; i < len(words); i++ {
		if harmless(words[i]) {
			out = append(out, words[i])
			continue
		}
		before, core, after := trimWord(words[i])
		out = append(out, before+mdCode(core)+after)
	}
	return strings.Join(out, " ")
}

func harmless(w string) bool {
	if strings.ContainsAny(w, "→–—=+…·") && len([]rune(w)) == 1 {
		return true
	}
	if core := strings.TrimLeft(w, `("'`); commit.MatchString(strings.TrimRightFunc(core, unicode.IsPunct)) || strings.HasPrefix(strings.ToLower(core), "www.") {
		return false
	}
	return word.MatchString(w) || number.MatchString(w)
}

// trimWord takes the signs of the sentence off a word that goes into a code span.
func trimWord(w string) (before, core, after string) {
	core = strings.TrimLeft(w, `("'`)
	before = w[:len(w)-len(core)]
	trimmed := strings.TrimRight(core, `)"',.;:!?`)
	if trimmed == "" {
		return "", w, ""
	}
	return before, trimmed, core[len(trimmed):]
}

// address is what may stand in a link without being encoded.
var address = regexp.MustCompile(`^https?://[A-Za-z0-9:/?#@!&*+,=._~%\[\]-]+$`)

// mdFull says where the whole report is: a link, or a command.
func mdFull(full string) string {
	switch {
	case full == "":
		return ""
	case address.MatchString(full):
		return "[the whole review](<" + full + ">)"
	}
	return mdCode(full)
}
