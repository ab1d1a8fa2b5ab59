package fn

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// WaiversKind is the kind of a file of waivers.
const WaiversKind = "ReviewWaivers"

// Waivers are the risks that somebody has answered for, and for how long.
type Waivers struct {
	// File is where they stand, in messages.
	File    string
	Waivers []Waiver
}

// Waiver is the decision to go on in spite of a risk.
type Waiver struct {
	Risk         string   `json:"risk" doc:"Code of the risk, such as endpoint." required:"true" example:"endpoint"`
	Environments []string `json:"environments" doc:"Environments in which it is waived, by the name of the overlay; * stands for any letters." required:"true" example:"aks"`
	Object       string   `json:"object,omitempty" doc:"Kind and name of the object; * stands for any letters. Only many-removed has none." example:"ConfigMap/airbyte-airbyte-env"`
	Field        string   `json:"field,omitempty" doc:"The field, or one above it. Default: any of the object." example:"data.DATABASE_HOST"`
	Reason       string   `json:"reason" doc:"Why it is all right, for who reads the review." required:"true" example:"the database has been moved, see CHG-4711"`
	Until        string   `json:"until" doc:"Last day on which it is waived, at most a year ahead." required:"true" example:"2026-12-31"`

	// at is its place in the file.
	at int
}

const day = "2006-01-02"

// plaintext is the risk that nobody can answer for: what is in git's history is
// read by whoever has a clone.
const plaintext = "plaintext-secret"

// ofNoObject is the one risk that is of no single object.
const ofNoObject = "many-removed"

// WaiversSchema describes a file of waivers.
func WaiversSchema() *Schema {
	list := schemaOf[[]Waiver]()
	list.Description = "The waivers."
	risk := list.Items.Properties["risk"]
	for _, r := range validate.RiskRules() {
		if r.Code != plaintext {
			risk.Enum = append(risk.Enum, r.Code)
		}
	}
	return &Schema{
		Type:        "object",
		Description: "Risks of a change that somebody has answered for, each for a time.",
		Required:    []string{"apiVersion", "kind", "waivers"},
		Properties: map[string]*Schema{
			"apiVersion": {Type: "string", Description: "Version of this schema.", Enum: []string{APIVersion}},
			"kind":       {Type: "string", Description: "Kind of this file.", Enum: []string{WaiversKind}},
			"waivers":    list,
		},
	}
}

// ParseWaivers reads a file of waivers strictly; file is its name. The error is a
// *[ConfigError] that holds all problems. That a waiver has expired is none: it
// only no longer waives.
func ParseWaivers(file string, data []byte, today time.Time) (*Waivers, error) {
	fail := func(p ...Problem) (*Waivers, error) { return nil, &ConfigError{File: file, Problems: p} }
	if err := manifest.CheckAliases(data); err != nil {
		return fail(Problem{Message: err.Error()})
	}
	documents, findings, err := manifest.DecodeText(string(data), file)
	if err != nil {
		return nil, err // names the file
	}
	if len(documents) != 1 {
		return fail(Problem{Message: fmt.Sprintf("holds %d documents, want one of kind %s", len(documents), WaiversKind)})
	}
	var c checker
	for _, f := range findings {
		c.add(f.Field, "is there twice", "keep one of them")
	}
	value, err := manifest.Value(documents[0].YNode())
	if err != nil {
		return fail(Problem{Message: err.Error()})
	}
	root, ok := value.(map[string]any)
	if !ok {
		return fail(Problem{Message: "is " + describe(value) + ", want an object"})
	}
	schema := WaiversSchema()
	schema.Properties["waivers"].Items.Properties["risk"].Enum = nil // a long list, for which there is a better word
	c.value("", schema, root)
	whole := len(c.problems) == 0
	list, _ := root["waivers"].([]any)
	for i, e := range list {
		if m, _ := e.(map[string]any); m != nil {
			checkRisk(&c, fmt.Sprintf("waivers[%d].risk", i), m["risk"])
		}
	}
	for i := range c.problems {
		c.problems[i].Field = strings.TrimPrefix(c.problems[i].Field, ".")
	}
	w := &Waivers{File: file}
	if whole {
		b, err := json.Marshal(root["waivers"])
		if err == nil {
			err = json.Unmarshal(b, &w.Waivers)
		}
		if err != nil {
			return fail(Problem{Field: "waivers", Message: err.Error()})
		}
		for i := range w.Waivers {
			w.Waivers[i].at = i
			w.Waivers[i].check(&c, fmt.Sprintf("waivers[%d]", i), today)
		}
	}
	if len(c.problems) > 0 {
		err := c.err().(*ConfigError)
		err.File = file
		return nil, err
	}
	return w, nil
}

// checkRisk looks at the code of a waiver.
func checkRisk(c *checker, field string, v any) {
	code, ok := v.(string)
	if !ok {
		return // which the schema says
	}
	if code == plaintext {
		c.add(field, "a Secret in clear cannot be waived", "seal it: airstrip seal DIR")
		return
	}
	codes := RiskCodes()
	if !slices.Contains(codes, code) {
		hint := didYouMean(code, codes)
		if hint == "" {
			hint = "docs/review.md lists them"
		}
		c.add(field, fmt.Sprintf("there is no risk %q", code), hint)
	}
}

// RiskCodes are the codes of the risks that validate.Risks knows.
func RiskCodes() []string {
	var codes []string
	for _, r := range validate.RiskRules() {
		codes = append(codes, r.Code)
	}
	return codes
}

// check looks at what the schema cannot say.
func (w *Waiver) check(c *checker, at string, today time.Time) {
	if len(w.Environments) == 0 {
		c.add(at+".environments", "is empty", `name one, or "*" for all`)
	}
	for i, e := range w.Environments {
		if _, err := path.Match(e, ""); err != nil || e == "" {
			c.add(fmt.Sprintf("%s.environments[%d]", at, i), fmt.Sprintf("is %q, want a name or a pattern", e), "such as aks or prod-*")
		}
	}
	kind, name, ok := strings.Cut(w.Object, "/")
	_, err := path.Match(w.Object, "")
	switch {
	case w.Risk == ofNoObject && w.Object != "":
		c.add(at+".object", "is given, and "+ofNoObject+" is of no single object", "leave it out")
	case w.Risk == ofNoObject:
	case w.Object == "":
		c.add(at+".object", "is missing", "the kind and name that the risk names, such as ConfigMap/airbyte-airbyte-env")
	case !ok || kind == "" || name == "" || err != nil:
		c.add(at+".object", fmt.Sprintf("is %q, want a kind and a name", w.Object), "such as ConfigMap/airbyte-airbyte-env or Job/airbyte-*")
	}
	if strings.TrimSpace(w.Reason) == "" {
		c.add(at+".reason", "is empty", "say why it is all right, for who reads the review")
	}
	latest := today.AddDate(1, 0, 0).Format(day)
	switch until, err := time.Parse(day, w.Until); {
	case err != nil:
		c.add(at+".until", fmt.Sprintf("is %q, want a day", w.Until), "such as "+today.AddDate(0, 1, 0).Format(day))
	case until.Format(day) > latest:
		c.add(at+".until", "is more than a year ahead", "at most "+latest+"; renew it then, if it is still all right")
	}
}

// Match returns the first waiver of a risk in an environment that holds today, or
// nil. It may be asked of nil, which waives nothing.
func (w *Waivers) Match(risk manifest.Finding, environment string, today time.Time) *Waiver {
	if w == nil || risk.Code == plaintext {
		return nil
	}
	for i := range w.Waivers {
		if v := &w.Waivers[i]; !v.expired(today) && v.in(environment) && v.means(risk) {
			return v
		}
	}
	return nil
}

// Notes names the waivers that have expired, and of those that are for one of the
// given environments the ones that waived nothing: matched are all that Match
// returned. All are the environments that there are, or none where that is not known;
// a waiver that is for none of them is named as well.
func (w *Waivers) Notes(matched []*Waiver, environments, all []string, today time.Time) []manifest.Finding {
	if w == nil {
		return nil
	}
	var notes []manifest.Finding
	note := func(v *Waiver, code, field, message string) {
		notes = append(notes, manifest.Finding{
			Severity: manifest.Warning, Code: code, File: w.File, Field: fmt.Sprintf("waivers[%d]%s", v.at, field), Message: message,
		})
	}
	for i := range w.Waivers {
		v := &w.Waivers[i]
		what := v.Risk
		if v.Object != "" {
			what += " of " + v.Object
		}
		switch {
		case v.expired(today):
			note(v, "waiver-expired", ".until", fmt.Sprintf("%s was waived until %s, and no longer is: take it out, or renew it", what, v.Until))
		case len(all) > 0 && !slices.ContainsFunc(all, v.in):
			note(v, "waiver-unused", ".environments", fmt.Sprintf("there is no environment %s: take the waiver out, or name one that is there", strings.Join(v.Environments, ", ")))
		case slices.Contains(matched, v) || !slices.ContainsFunc(environments, v.in):
		default:
			note(v, "waiver-unused", "", fmt.Sprintf("there is no risk %s to waive: take it out", what))
		}
	}
	return notes
}

// expired compares days by their text, which sorts as they do.
func (w *Waiver) expired(today time.Time) bool { return w.Until < today.Format(day) }

func (w *Waiver) in(environment string) bool {
	return slices.ContainsFunc(w.Environments, func(pattern string) bool {
		ok, err := path.Match(pattern, environment)
		return ok && err == nil
	})
}

// means reports whether a risk is the one that is waived. An object may be named
// with the group of its kind, as messages name it, or without.
func (w *Waiver) means(risk manifest.Finding) bool {
	if w.Risk != risk.Code {
		return false
	}
	if w.Object != "" {
		id := risk.Object
		short, err := path.Match(w.Object, id.Kind+"/"+id.Name)
		long, _ := path.Match(w.Object, id.String())
		if err != nil || !short && !long {
			return false
		}
	} else if risk.Object != (manifest.ID{}) {
		return false
	}
	rest, ok := strings.CutPrefix(risk.Field, w.Field)
	return w.Field == "" || ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
