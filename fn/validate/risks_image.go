package validate

import (
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// databases are images whose next major version does not read the files of the one
// before.
var databases = []string{"postgres", "postgresql", "mysql", "mariadb", "mongo"}

// bump is a change of version that the images of a family make together.
type bump struct{ code, was, is, family, namespace string }

// family is what an image is released with: all that is in one folder of a registry, as
// airbyte/server and airbyte/worker are, or itself alone.
func family(repo string) string {
	if dir := path.Dir(repo); dir != "." {
		return dir
	}
	return repo
}

// imageChanges reports images that go back, take a step after which nothing is
// promised, or are no longer named by release. One step of a family is said once, and
// of each by itself, so that who waives one waives no other.
func (r *review) imageChanges() {
	type use struct {
		id    manifest.ID
		where string
	}
	before := map[use]string{}
	for _, i := range ImageUses(r.was) {
		before[use{i.Object, i.Where}] = i.Name
	}
	old := map[manifest.ID]manifest.ID{}
	for _, p := range r.pairs {
		if p.stays() {
			old[p.id] = manifest.IDOf(p.was)
		}
	}
	steps := map[bump][]Image{}
	var order []bump
	for _, i := range ImageUses(r.is) {
		was, had := before[use{old[i.Object], i.Where}]
		if !had { // an object without a namespace before, or with another
			was, had = before[use{withoutNamespace(old[i.Object]), i.Where}]
		}
		repo, tag := manifest.SplitImage(i.Name)
		if (tag == "" || tag == "latest") && !strings.Contains(i.Name, "@") && was != i.Name {
			r.warn(i.Object, "image-unpinned", i.Where, "is %s: whatever is latest when a Pod starts, which is another one tomorrow", shown(i.Name))
			continue
		}
		oldRepo, oldTag := manifest.SplitImage(was)
		if !had || tag == oldTag || path.Base(repo) != path.Base(oldRepo) {
			continue
		}
		b := bump{step(oldTag, tag), oldTag, tag, family(repo), i.Object.Namespace}
		if b.code == "image-major" && i.Object.Kind == "StatefulSet" && slices.Contains(databases, path.Base(repo)) {
			r.error(i.Object, "image-major", i.Where, "%s goes from %s to %s, which does not read the files of the one before: dump the database, and restore it", shown(repo), oldTag, tag)
			continue
		}
		if b.code == "" {
			continue
		}
		if steps[b] == nil {
			order = append(order, b)
		}
		steps[b] = append(steps[b], i)
	}
	for _, b := range order {
		uses := steps[b]
		var repos []string
		airbyte := false
		for _, i := range uses {
			repo, _ := manifest.SplitImage(i.Name)
			if name := shown(repo); !slices.Contains(repos, name) {
				repos = append(repos, name)
			}
			airbyte = airbyte || path.Base(repo) == "server" || path.Base(repo) == "bootloader"
		}
		first := uses[0]
		if i := slices.IndexFunc(uses, func(i Image) bool { return i.Object.Kind == "Deployment" }); i >= 0 {
			first = uses[i] // reads better than a key of a ConfigMap, and carries no digest as a Job does
		}
		switch {
		case b.code == "image-major":
			r.warn(first.Object, b.code, first.Where, "%s: from %s to %s, a major version: read its notes for what it breaks", listed(repos), b.was, b.is)
		case airbyte:
			r.error(first.Object, b.code, first.Where, "%s: from %s back to %s, which does not start on a database that the other has migrated: restore a snapshot of before that", listed(repos), b.was, b.is)
		default:
			r.warn(first.Object, b.code, first.Where, "%s: from %s back to %s, which may not read what the other has written", listed(repos), b.was, b.is)
		}
	}
}

func withoutNamespace(id manifest.ID) manifest.ID {
	id.Namespace = ""
	return id
}

// step tells a change of tag that a reviewer has to see; "" is any other, tags that
// are no versions among them.
func step(was, is string) string {
	a, err := semver.NewVersion(was)
	b, err2 := semver.NewVersion(is)
	switch {
	case err != nil || err2 != nil:
		return ""
	case b.LessThan(a) && (a.Major() != b.Major() || a.Minor() != b.Minor() || a.Patch() != b.Patch()):
		return "image-downgrade"
	case b.Major() > a.Major():
		return "image-major"
	}
	return ""
}
