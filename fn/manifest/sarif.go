package manifest

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// SARIFResult is a finding as code scanning shows it.
type SARIFResult struct {
	Finding
	// Files are where it is shown, by path in the repository; File, where they are nil.
	Files []string
	// Waived is the reason why it is not to alarm anybody, or empty.
	Waived string
}

// WriteSARIF writes results in SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0)
// as the program airstrip of a version.
func WriteSARIF(w io.Writer, version string, all []SARIFResult) error {
	type text struct {
		Text string `json:"text"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type physical struct {
		Artifact artifact `json:"artifactLocation"`
	}
	type logical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	type location struct {
		Physical physical  `json:"physicalLocation"`
		Logical  []logical `json:"logicalLocations,omitempty"`
	}
	type suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	type result struct {
		Rule         string        `json:"ruleId"`
		Level        string        `json:"level"`
		Message      text          `json:"message"`
		Locations    []location    `json:"locations"`
		Suppressions []suppression `json:"suppressions,omitempty"`
	}
	type rule struct {
		ID string `json:"id"`
	}
	levels := map[Severity]string{Error: "error", Warning: "warning", Info: "note"}
	rules, results := []rule{}, []result{}
	for _, one := range all {
		f := one.Finding
		if !slices.Contains(rules, rule{f.Code}) {
			rules = append(rules, rule{f.Code})
		}
		files := one.Files
		if files == nil {
			files = []string{f.File}
		}
		var names []logical
		if f.Object != (ID{}) {
			name := f.Object.String()
			if f.Field != "" {
				name += ": " + f.Field
			}
			names = []logical{{name, "object"}}
		}
		f.File = "" // is the location
		r := result{Rule: f.Code, Level: levels[f.Severity], Message: text{f.String()}}
		for _, file := range files {
			r.Locations = append(r.Locations, location{physical{artifact{(&url.URL{Path: filepath.ToSlash(file)}).String()}}, names})
		}
		if one.Waived != "" {
			r.Suppressions = []suppression{{"external", one.Waived}}
		}
		results = append(results, r)
	}
	slices.SortFunc(rules, func(a, b rule) int { return strings.Compare(a.ID, b.ID) })
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":    map[string]any{"driver": map[string]any{"name": "airstrip", "version": version, "rules": rules}},
			"results": results,
		}},
	})
}
