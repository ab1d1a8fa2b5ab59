// Package official finds the official chart archives on a developer's disk. The
// repository holds none of them, since their license does not allow it; tests
// that want them are told by AIRSTRIP_CHARTS where they are, and do without
// where it is not set.
package official

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Env is the variable that names the folder with the archives, as they are
// published: airbyte-2.2.0.tgz, airbyte-data-plane-2.2.0.tgz. A relative path
// starts at the root of the repository.
const Env = "AIRSTRIP_CHARTS"

// Archive is one published archive.
type Archive struct {
	Path    string
	Name    string // airbyte or airbyte-data-plane
	Version *semver.Version
}

// String is the chart and its version, as in the name of the file.
func (a Archive) String() string { return a.Name + "-" + a.Version.Original() }

// Generation is the shape of the chart: v1, v2 or dp, the data plane.
func (a Archive) Generation() string {
	if a.Name == "airbyte-data-plane" {
		return "dp"
	}
	return fmt.Sprintf("v%d", a.Version.Major())
}

// Archives lists the archives, oldest first; none when Env is not set. Root is
// the way to the root of the repository.
func Archives(root string) ([]Archive, error) {
	dir := os.Getenv(Env)
	if dir == "" {
		return nil, nil
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	var list []Archive
	for _, path := range paths {
		base := strings.TrimSuffix(filepath.Base(path), ".tgz")
		for _, name := range []string{"airbyte-data-plane", "airbyte"} {
			rest, ok := strings.CutPrefix(base, name+"-")
			if !ok {
				continue
			}
			v, err := semver.StrictNewVersion(rest)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no version", path, rest)
			}
			list = append(list, Archive{path, name, v})
			break
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s=%s: no airbyte-VERSION.tgz there", Env, os.Getenv(Env))
	}
	slices.SortFunc(list, func(a, b Archive) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return compare(a.Version, b.Version)
	})
	return list, nil
}

// compare orders versions as Airbyte counts them: 2.0.4-1 is a second build of
// 2.0.4, not a pre-release of it.
func compare(a, b *semver.Version) int {
	x, _ := a.SetPrerelease("")
	y, _ := b.SetPrerelease("")
	if c := x.Compare(&y); c != 0 {
		return c
	}
	return strings.Compare(a.Prerelease(), b.Prerelease())
}

// Newest keeps the newest archive of each minor version.
func Newest(list []Archive) []Archive {
	var kept []Archive
	for i, a := range list {
		if i+1 < len(list) {
			b := list[i+1]
			if b.Name == a.Name && b.Version.Major() == a.Version.Major() && b.Version.Minor() == a.Version.Minor() {
				continue
			}
		}
		kept = append(kept, a)
	}
	return kept
}
