package diff

import (
	"encoding/json"
	"io"
)

// The version and kind of the JSON form, by which a program knows what it reads.
const (
	ReportAPIVersion = "airstrip.dev/v1alpha1"
	ReportKind       = "DiffReport"
)

// document is the report as a file.
type document struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Verdict    string `json:"verdict"`
	*Report
}

// JSON writes the report as Schema describes it. Nothing is shortened.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(document{ReportAPIVersion, ReportKind, r.Verdict(), r})
}
