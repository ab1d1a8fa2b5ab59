package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// failOn is which risks block: those of a severity or worse, and those of some
// codes. Its zero value blocks nothing.
type failOn struct {
	errors, warnings bool
	codes            []string
}

// parseFailOn reads the value of --fail-on: risk=error, risk=warning, risk=CODE,… or
// some of them together.
func parseFailOn(s string) (failOn, error) {
	var f failOn
	if s == "" {
		return f, nil
	}
	what, ok := strings.CutPrefix(s, "risk=")
	if !ok || what == "" {
		return f, usageError{message: fmt.Sprintf("--fail-on is %q, want risk=error, risk=warning or risk=CODE[,CODE...]", s)}
	}
	known := fn.RiskCodes()
	for word := range strings.SplitSeq(what, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "error":
			f.errors = true
		case word == "warning":
			f.errors, f.warnings = true, true
		case slices.Contains(known, word):
			f.codes = append(f.codes, word)
		default:
			return f, usageError{fmt.Sprintf("--fail-on: there is no risk %q", word), manifest.Nearest(word, append([]string{"error", "warning"}, known...))}
		}
	}
	return f, nil
}

// blocks reports whether a risk is one of those.
func (f failOn) blocks(risk manifest.Finding) bool {
	return f.errors && risk.Severity == manifest.Error || f.warnings && risk.Severity == manifest.Warning || slices.Contains(f.codes, risk.Code)
}
