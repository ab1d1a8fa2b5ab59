package diff

import (
	"cmp"
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
	homes := map[string]string{}
	for _, e := range r.Environments {
		dirs[e.Name] = e.Dir
		if len(e.Homes) > 0 {
			homes[e.Name] = e.Homes[len(e.Homes)-1]
		}
	}
	o := r.order()
	results := make([]manifest.SARIFResult, len(r.Risks))
	for i, k := range r.Risks {
		f := k.local(o).Finding
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
				file = path.Join(file, k.Object.File(cmp.Or(homes[e], k.Object.Namespace)))
			}
			results[i].Files = append(results[i].Files, file)
		}
	}
	return manifest.WriteSARIF(w, version, results)
}
