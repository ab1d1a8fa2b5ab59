package diff

import (
	"io"
	"path"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// SARIF writes the risks for code scanning, as airstrip of a version. A risk is shown
// at the file of its object in the first environment that it is true of, and says of
// which ones it is; a waived one is suppressed.
func (r *Report) SARIF(w io.Writer, version string) error {
	dirs := map[string]string{}
	for _, e := range r.Environments {
		dirs[e.Name] = e.Dir
	}
	results := make([]manifest.SARIFResult, len(r.Risks))
	for i, k := range r.Risks {
		f := k.Finding
		f.Message += " (" + strings.Join(k.Environments, ", ") + ")"
		results[i] = manifest.SARIFResult{Finding: f, Waived: k.Waived}
		if f.File != "" {
			continue
		}
		for _, e := range k.Environments {
			file := dirs[e]
			switch {
			case file == "":
				file = e // a result has to have a place
			case f.Object != (manifest.ID{}):
				// Nearly every object is in its release's own namespace.
				file = path.Join(file, f.Object.File(f.Object.Namespace))
			}
			results[i].Files = append(results[i].Files, file)
		}
	}
	return manifest.WriteSARIF(w, version, results)
}
