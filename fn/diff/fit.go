package diff

import (
	"strings"
	"unicode/utf8"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

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
	return fit(manifest.OneLine(fit(s, most)), most)
}

// fitValues are the two sides of a change on one line each, with fitPair. The end of a
// line is not worth its sign, unless it is what changed.
func fitValues(old, new string, most int) (string, string) {
	if a, b := strings.TrimSuffix(old, "\n"), strings.TrimSuffix(new, "\n"); a != b {
		old, new = a, b
	}
	return fitPair(manifest.OneLine(old), manifest.OneLine(new), most)
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
