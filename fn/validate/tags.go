package validate

import (
	"fmt"
	"sort"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// ownVersions are images of Airbyte's that do not follow its releases.
var ownVersions = map[string]bool{"manifest-server": true, "temporal-auto-setup": true}

// mixedTags reports Airbyte images of several releases in one set, as in chart
// 1.9.2, whose Pods run 2.0.1 and start helpers of an alpha.
func mixedTags(s manifest.Set) []manifest.Finding {
	byTag := map[string][]string{}
	for _, image := range Images(s) {
		repo, tag := manifest.SplitImage(image)
		parts := strings.Split(repo, "/")
		if len(parts) < 2 || parts[len(parts)-2] != "airbyte" || tag == "" {
			continue
		}
		if name := parts[len(parts)-1]; !ownVersions[name] {
			byTag[tag] = append(byTag[tag], name)
		}
	}
	if len(byTag) < 2 {
		return nil
	}
	tags := make([]string, 0, len(byTag))
	for tag := range byTag {
		tags = append(tags, tag)
	}
	// The tag most images carry is the release; the others are the odd ones.
	sort.Slice(tags, func(i, j int) bool {
		if a, b := len(byTag[tags[i]]), len(byTag[tags[j]]); a != b {
			return a > b
		}
		return tags[i] < tags[j]
	})
	parts := make([]string, len(tags))
	for i, tag := range tags {
		names := byTag[tag]
		if i == 0 && len(names) > 3 {
			parts[i] = fmt.Sprintf("%s on %d images", tag, len(names))
			continue
		}
		parts[i] = fmt.Sprintf("%s on %s", tag, strings.Join(names, ", "))
	}
	return []manifest.Finding{{
		Severity: manifest.Warning, Code: "mixed-image-tags",
		Message: "Airbyte images of several releases: " + strings.Join(parts, "; "),
	}}
}
