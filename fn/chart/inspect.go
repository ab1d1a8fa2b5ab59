package chart

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
	helmchart "helm.sh/helm/v3/pkg/chart"
)

// A Finding is something about a chart that its user should know and that
// keeps nothing from being rendered.
type Finding struct {
	Code    string // stable, for policies: "chart-prerelease"
	Message string
}

// Inspect returns what a chart says about itself that its version hides.
func Inspect(c *helmchart.Chart) []Finding {
	var fs []Finding
	md := c.Metadata
	if md == nil {
		return nil
	}
	if md.Deprecated {
		fs = append(fs, Finding{"chart-deprecated",
			fmt.Sprintf("chart %s %s is deprecated by its authors", md.Name, md.Version)})
	}
	if v, err := semver.NewVersion(md.AppVersion); err == nil && v.Prerelease() != "" {
		fs = append(fs, Finding{"chart-prerelease",
			fmt.Sprintf("chart %s %s installs the pre-release %s", md.Name, md.Version, md.AppVersion)})
	}
	return fs
}
