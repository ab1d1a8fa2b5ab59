package diff

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// imageRef is an image in its parts. The version is tag or digest or both, without the
// sign in front.
type imageRef struct{ repository, version string }

// imageName is what an image may be called (distribution: reference grammar).
var imageName = regexp.MustCompile(`^[A-Za-z0-9][\w./:@-]*$`)

func parseImage(name string) (imageRef, bool) {
	if !imageName.MatchString(name) {
		return imageRef{}, false
	}
	repo, _ := manifest.SplitImage(name)
	rest := name[len(repo):]
	if rest == "" {
		return imageRef{repository: repo}, true
	}
	return imageRef{repo, rest[1:]}, true
}

// String puts the parts together again.
func (r imageRef) String() string {
	switch {
	case r.version == "":
		return r.repository
	case strings.HasPrefix(r.version, "sha256:"):
		return r.repository + "@" + r.version
	}
	return r.repository + ":" + r.version
}

// imageMove is what became of an image.
type imageMove struct{ old, new imageRef }

// imageFold gathers what became of the images, over environments.
type imageFold struct {
	all []Image
	at  map[imageMove]int
}

// imageUses are the images of both sides of an environment.
type imageUses struct{ old, new map[imageRef]bool }

func imageChanges(s *Sides) imageUses {
	of := func(set manifest.Set) map[imageRef]bool {
		all := map[imageRef]bool{}
		for _, use := range manifest.ImageUses(set) {
			if r, ok := parseImage(use.Name); ok {
				all[r] = true
			}
		}
		return all
	}
	return imageUses{of(s.Old), of(s.New)}
}

// imageField is where an image stands that is started: see manifest.ImageUses.
var imageField = regexp.MustCompile(`(?:[cC]ontainers\[[^\]]+\]\.image|` + manifest.ImageKey + `(?:\]\.value)?)$`)

// add takes from the changes of an environment those that are another version of an
// image, or the same from elsewhere, and returns the others.
func (f *imageFold) add(environment string, uses imageUses, changes []change) []change {
	if f.at == nil {
		f.at = map[imageMove]int{}
	}
	left := changes[:0:0]
	seen := imageUses{map[imageRef]bool{}, map[imageRef]bool{}}
	for _, c := range changes {
		move, ok := moveOf(c)
		if !ok {
			left = append(left, c)
			continue
		}
		i := f.move(move, environment)
		f.all[i].Places = append(f.all[i].Places, Place{environment, c.object, c.path})
		seen.old[move.old], seen.new[move.new] = true, true
	}
	// What is left came or went with a container or an object.
	gone, come := without(uses.old, uses.new, seen.old), without(uses.new, uses.old, seen.new)
	for _, was := range gone {
		to := imageRef{}
		for i, is := range come {
			if is.repository == was.repository {
				to = is
				come = slices.Delete(come, i, i+1)
				break
			}
		}
		f.move(imageMove{was, to}, environment)
	}
	for _, is := range come {
		f.move(imageMove{new: is}, environment)
	}
	return left
}

// moveOf reads a change of a field as that of an image, if it says all of it.
func moveOf(c change) (imageMove, bool) {
	if c.op != Changed || c.old.Hidden || c.new.Hidden || !imageField.MatchString(c.path) {
		return imageMove{}, false
	}
	old, ok := parseImage(c.old.Text)
	new, ok2 := parseImage(c.new.Text)
	if !ok || !ok2 || old.version == "" || new.version == "" || old.String() != c.old.Text || new.String() != c.new.Text {
		return imageMove{}, false
	}
	if old.repository != new.repository && baseOf(old.repository) != baseOf(new.repository) {
		return imageMove{}, false
	}
	return imageMove{old, new}, true
}

// baseOf is the last part of a repository, which a mirror keeps.
func baseOf(repository string) string { return repository[strings.LastIndexByte(repository, '/')+1:] }

func (f *imageFold) move(m imageMove, environment string) int {
	i, ok := f.at[m]
	if !ok {
		i = len(f.all)
		f.at[m] = i
		image := Image{Repository: cmp.Or(m.new.repository, m.old.repository), Old: m.old.version, New: m.new.version, Bump: bumpOf(m)}
		if m.old.repository != "" && m.old.repository != image.Repository {
			image.From = m.old.repository
		}
		f.all = append(f.all, image)
	}
	if !slices.Contains(f.all[i].Environments, environment) {
		f.all[i].Environments = append(f.all[i].Environments, environment)
	}
	return i
}

// without lists the images of one side that are not on the other and not seen.
func without(a, b, seen map[imageRef]bool) []imageRef {
	var all []imageRef
	for r := range a {
		if !b[r] && !seen[r] {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b imageRef) int {
		return cmp.Or(cmp.Compare(a.repository, b.repository), cmp.Compare(a.version, b.version))
	})
	return all
}

// bumps orders the kinds of change from the one that asks most of a reader.
var bumps = []Bump{Downgrade, Major, Minor, Patch, Other, Moved, NewOne, Dropped}

// fold returns the images, those that ask most of a reader first.
func (f *imageFold) fold() []Image {
	if f.all == nil {
		return []Image{}
	}
	slices.SortFunc(f.all, func(a, b Image) int {
		return cmp.Or(
			cmp.Compare(slices.Index(bumps, a.Bump), slices.Index(bumps, b.Bump)), cmp.Compare(a.Repository, b.Repository),
			cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New), cmp.Compare(a.From, b.From),
		)
	})
	return f.all
}

// bumpOf tells the kind of change from the versions.
func bumpOf(m imageMove) Bump {
	switch {
	case m.old == imageRef{}:
		return NewOne
	case m.new == imageRef{}:
		return Dropped
	case m.old.version == m.new.version:
		return Moved
	}
	a, aRest, ok := numbersOf(m.old.version)
	b, bRest, ok2 := numbersOf(m.new.version)
	if !ok || !ok2 {
		return Other
	}
	for i, bump := range []Bump{Major, Minor, Patch, Patch} {
		switch {
		case b[i] < a[i]:
			return Downgrade
		case b[i] > a[i]:
			return bump
		}
	}
	// 2.0.4-2 is a later build of 2.0.4-1; what else stands behind a version has no order.
	x, err := strconv.Atoi(cmp.Or(aRest, "0"))
	y, err2 := strconv.Atoi(cmp.Or(bRest, "0"))
	switch {
	case err != nil || err2 != nil || x == y:
		return Other
	case y < x:
		return Downgrade
	}
	return Patch
}

var tagVersion = regexp.MustCompile(`^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[^@]*)?(?:@.*)?$`)

// numbersOf reads a tag as a version, and what stands behind it.
func numbersOf(tag string) (numbers [4]int, rest string, ok bool) {
	m := tagVersion.FindStringSubmatch(tag)
	if m == nil || m[2] == "" {
		return numbers, "", false
	}
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(cmp.Or(m[i+1], "0"))
	}
	return numbers, m[5], true
}
