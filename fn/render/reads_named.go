package render

import "strings"

// Named reports whether some template spells out the value at a path, as
// .Values.global.storage.type does. It is a glance at the text, which costs a
// tenth of the analysis: it knows nothing of switches and subcharts, and does
// not see what is reached through a variable.
func (r *Reads) Named(path ...string) bool {
	if r.named == nil {
		r.named = make(map[string]bool)
		for _, t := range r.chart.Templates {
			if t != nil {
				spelt(string(t.Data), r.named)
			}
		}
	}
	return r.named[strings.Join(path, ".")]
}

// spelt notes every path that stands behind .Values in a text.
func spelt(text string, paths map[string]bool) {
	const front = ".Values."
	for {
		i := strings.Index(text, front)
		if i < 0 {
			return
		}
		text = text[i+len(front):]
		end := 0
		for end < len(text) && (wordByte(text[end]) || text[end] == '.') {
			end++
		}
		paths[strings.TrimRight(text[:end], ".")] = true
		text = text[end:]
	}
}
