package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// Pin gives one template function the same answer on every render.
type Pin struct {
	// Function is its name: now, randAlphaNum, lookup, genCA, …
	Function string `json:"function" doc:"name of the template function: now, lookup, randAlphaNum, genCA, uuidv4, …" required:"true"`
	// Value is its answer: text, a number, or a map for functions that return
	// one (lookup; Cert and Key for the gen* functions). For now, an RFC 3339
	// time.
	Value any `json:"value" doc:"the answer it gives: text, a number, an object (lookup; Cert and Key for genCA), an RFC 3339 time (now)" required:"true"`
	// Template restricts the pin to one template file; empty is all.
	Template string `json:"template,omitempty" doc:"only in this template file of the chart, such as templates/secret.yaml"`
}

// unpinned are the functions whose answer is not decided by their arguments:
// they draw lots, read the clock or ask a cluster (Helm's and sprig's function
// maps; env and expandenv are already gone in Helm, getHostByName is inert).
var unpinned = map[string]string{
	"now": "reads the clock", "ago": "reads the clock",
	"randAlphaNum": "is random", "randAlpha": "is random", "randAscii": "is random", "randNumeric": "is random",
	"randBytes": "is random", "randInt": "is random", "shuffle": "is random", "uuidv4": "is random",
	"bcrypt": "is salted at random", "htpasswd": "is salted at random", "encryptAES": "is salted at random",
	"genPrivateKey": "makes a new key", "genCA": "makes a new key", "genCAWithKey": "reads the clock",
	"genSelfSignedCert": "makes a new key", "genSelfSignedCertWithKey": "reads the clock",
	"genSignedCert": "makes a new key", "genSignedCertWithKey": "reads the clock",
	"lookup": "asks a cluster",
}

// PinnableFunctions lists the functions that a [Pin] may name.
func PinnableFunctions() []string {
	return slices.Sorted(maps.Keys(unpinned))
}

// Check reports a pin that could never be used.
func (p Pin) Check() error {
	if _, ok := unpinned[p.Function]; !ok {
		return fmt.Errorf("%q is not a function that can be pinned; those are %s", p.Function, strings.Join(PinnableFunctions(), ", "))
	}
	_, err := p.expression()
	return err
}

// expression is the template text whose value is the pinned answer.
func (p Pin) expression() (string, error) {
	if p.Function == "now" {
		s, _ := p.Value.(string)
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return "", fmt.Errorf("value of now is %v, want an RFC 3339 time such as 2026-01-31T00:00:00Z", p.Value)
		}
		return fmt.Sprintf("toDate %q %q", time.RFC3339, s), nil
	}
	switch v := p.Value.(type) {
	case string:
		if v != "" {
			return strconv.Quote(v), nil
		}
	case float64:
		if v != 0 && v == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10), nil
		}
	case map[string]any:
		if len(v) > 0 || p.Function == "lookup" {
			b, err := json.Marshal(v)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("fromJson %q", b), nil
		}
	}
	return "", fmt.Errorf("value of %s is empty or of the wrong type, want text, a whole number or an object", p.Function)
}

// pin rewrites the chart's templates so that every use of an unpinned function
// gives its pinned answer, or fails naming file and line when it is reached.
//
// Helm's engine takes no functions of our own, so the call is changed where it
// stands: coalesce returns its first argument that is not empty and ignores
// the rest, so `randAlphaNum 10` becomes `coalesce ("pinned") 10`, and the
// lines of the template stay where they are.
func pin(c *helmchart.Chart, allow []Pin) error {
	for _, p := range allow {
		if err := p.Check(); err != nil {
			return err
		}
	}
	for i, f := range c.Templates {
		if !mentionsUnpinned(f.Data) {
			continue
		}
		text := string(f.Data)
		file := path.Join(c.ChartFullPath(), f.Name)
		uses := find(file, text)
		if len(uses) == 0 {
			continue
		}
		var b strings.Builder
		at := 0
		for _, u := range uses {
			b.WriteString(text[at:u.pos])
			b.WriteString(u.replacement(file, f.Name, text, allow))
			at = u.pos + len(u.function)
		}
		b.WriteString(text[at:])
		c.Templates[i] = &helmchart.File{Name: f.Name, Data: []byte(b.String())}
	}
	for _, d := range c.Dependencies() {
		if err := pin(d, allow); err != nil {
			return err
		}
	}
	return nil
}

// mentionsUnpinned reports whether one of the names stands in the text as a
// word. It runs over every template of a chart and almost always says no.
func mentionsUnpinned(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if !letter(text[i]) {
			continue
		}
		start := i
		for i < len(text) && (letter(text[i]) || '0' <= text[i] && text[i] <= '9') {
			i++
		}
		// The names begin with one of these and have three letters or more.
		if strings.IndexByte("abeghlnrsu", text[start]) >= 0 && i-start >= len("now") {
			if _, ok := unpinned[string(text[start:i])]; ok {
				return true
			}
		}
	}
	return false
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// use is one place where an unpinned function stands in a template.
type use struct {
	function string
	pos      int
	called   bool // it takes the arguments that follow it
}

func (u use) replacement(file, template, text string, allow []Pin) string {
	line := 1 + strings.Count(text[:u.pos], "\n")
	expr := fmt.Sprintf("fail %q", fmt.Sprintf("%s:%d: %s %s, so no two renders would agree: pin its answer in spec.allow",
		file, line, u.function, unpinned[u.function]))
	empty := false
	for _, p := range allow {
		if p.Function != u.function || p.Template != "" && p.Template != template {
			continue
		}
		if e, err := p.expression(); err == nil {
			m, isMap := p.Value.(map[string]any)
			expr, empty = e, isMap && len(m) == 0
		}
	}
	switch {
	case !u.called:
		return "(" + expr + ")"
	case empty:
		// coalesce skips what is empty; pick takes any names and finds none.
		return "pick (dict)"
	}
	return "coalesce (" + expr + ")"
}

// refuseUnpinnedValues covers the templates that come in as values: a string
// that a template may hand to tpl is out of pin's reach, so it may not use an
// unpinned function at all.
func refuseUnpinnedValues(c *helmchart.Chart, vals chartutil.Values) error {
	if !usesTpl(c) {
		return nil
	}
	return refuseIn("", vals["Values"])
}

func usesTpl(c *helmchart.Chart) bool {
	for _, f := range c.Templates {
		if bytes.Contains(f.Data, []byte("tpl")) {
			return true
		}
	}
	for _, d := range c.Dependencies() {
		if usesTpl(d) {
			return true
		}
	}
	return false
}

func refuseIn(at string, v any) error {
	switch v := v.(type) {
	case chartutil.Values:
		return refuseIn(at, map[string]any(v))
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if err := refuseIn(strings.TrimPrefix(at+"."+k, "."), v[k]); err != nil {
				return err
			}
		}
	case []any:
		for i, e := range v {
			if err := refuseIn(fmt.Sprintf("%s[%d]", at, i), e); err != nil {
				return err
			}
		}
	case string:
		if !strings.Contains(v, "{{") || !mentionsUnpinned([]byte(v)) {
			return nil
		}
		if uses := find(at, v); len(uses) > 0 {
			f := uses[0].function
			return fmt.Errorf("values: %s: %s %s, so no two renders would agree: write the answer itself", at, f, unpinned[f])
		}
	}
	return nil
}
