package diff

import (
	"regexp"
	"slices"
	"strings"
)

// releaseLabels are labels that name the release of a chart.
var releaseLabels = []string{"helm.sh/chart", "app.kubernetes.io/version", "chart", "heritage"}

// version is a version as it stands in a label.
var version = regexp.MustCompile(`v?\d+\.\d+\.\d+(?:[-+._][0-9A-Za-z.-]+)?`)

// metadata is where labels and annotations are those of an object, or of Pods, Jobs and
// claims that it makes. Elsewhere what is called so is content: of a file, or of a kind
// that gives its own meaning to it.
var metadata = regexp.MustCompile(`^(?:spec\.(?:template|jobTemplate(?:\.spec\.template)?|volumeClaimTemplates\[[^\]]+\])\.)?metadata\.(labels|annotations)(?:\.[\w-]+|\[[^\[\]]+\])$`)

// isNoise reports whether a change follows from the release or from another change
// that is told, so that by itself it says nothing.
func (w *walker) isNoise(c change) bool {
	if len(w.steps) == 0 {
		return false
	}
	last := w.steps[len(w.steps)-1].name
	if m := metadata.FindStringSubmatch(c.path); m != nil {
		if m[1] == "annotations" {
			return strings.Contains(last, "checksum") || last == namedByContent
		}
		if slices.Contains(releaseLabels, last) {
			return true
		}
		return c.op == Changed && c.old.Text != c.new.Text && version.ReplaceAllString(c.old.Text, "") == version.ReplaceAllString(c.new.Text, "")
	}
	if c.path == "metadata.namespace" {
		// Said where it was left out before: the object stays where it is.
		return c.op == Added && c.new.Text == w.home[1] && w.home[0] == w.home[1] ||
			c.op == Removed && c.old.Text == w.home[0] && w.home[0] == w.home[1]
	}
	if c.op == Changed && (last == "name" || last == "secretName") {
		for _, kind := range []string{"ConfigMap", "Secret"} {
			if w.renamed[rename{kind, c.old.Text, c.new.Text}] {
				return true
			}
		}
	}
	return false
}
