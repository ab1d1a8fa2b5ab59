package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// claimFile says, at the root of a branch, that the branch is airstrip's and what is
// rendered there. Agents and kustomize read no file of that name.
const claimFile = ".airstrip"

const claimHead = "# Written by airstrip, which owns this branch: change the overlay, not these files.\n"

// A ForeignError says that a branch is not ours to write.
type ForeignError struct{ Branch, Why string }

func (e *ForeignError) Error() string { return fmt.Sprintf("branch %s: %s", e.Branch, e.Why) }

// Claim makes sure that a branch is ours, and says of what: a branch that has files
// and no claim is somebody else's, and so is one that is claimed for something else.
// It returns the paths that it has written, on the first commit of a branch.
func Claim(branch, what string, t Tree) ([]string, error) {
	text := claimHead + "renders: " + what + "\n"
	data, err := os.ReadFile(filepath.Join(t.Dir, claimFile))
	switch {
	case err == nil && string(data) == text:
		return nil, nil
	case err == nil:
		_, of, _ := strings.Cut(string(data), "renders: ")
		return nil, &ForeignError{branch, fmt.Sprintf("renders %s, not %s", strings.TrimSpace(of), what)}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	entries, err := os.ReadDir(t.Dir)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, &ForeignError{branch, fmt.Sprintf("has files and no %s: it is not airstrip's", claimFile)}
	}
	// Manifests are compared byte for byte: no checkout is to change their line ends.
	// What says how a commit came about need not be shown with it.
	attributes := "* -text\n" + claimFile + " linguist-generated=true\n**/" + MetadataFile + " linguist-generated=true\n"
	err = os.WriteFile(filepath.Join(t.Dir, ".gitattributes"), []byte(attributes), 0o644)
	return []string{claimFile, ".gitattributes"}, errors.Join(err, os.WriteFile(filepath.Join(t.Dir, claimFile), []byte(text), 0o644))
}
