package chart

import (
	"errors"
	"fmt"
)

// Errors that a caller acts on. They are wrapped: use errors.Is.
var (
	// ErrOffline says that an archive is not in the cache and that there is
	// no network to get it from.
	ErrOffline = errors.New("offline")
	// ErrNotFound says that the repository has no such chart, version or file.
	ErrNotFound = errors.New("not found")
	// ErrUnauthorized says that the repository wants other credentials.
	ErrUnauthorized = errors.New("access denied")
)

// A DigestError says that an archive is not the one that was pinned.
type DigestError struct {
	Ref       Ref
	Want, Got string
	Where     string // URL or path of what has the other digest
}

func (e *DigestError) Error() string {
	if e.Ref.Path != "" {
		return fmt.Sprintf("digest drift: %s is %s, but %s is pinned: the file was replaced; review what changed, then pin the new digest",
			e.Where, e.Got, e.Want)
	}
	return fmt.Sprintf("digest drift: %s has %s, but %s is pinned: version %s was published again with different bytes, or the version was raised and not pinned anew; review what changed, then run \"airstrip lock\"",
		e.Where, e.Got, e.Want, e.Ref.Version)
}

// refError puts the reference in front, as every error of Load and Resolve has it.
func refError(r Ref, err error) error {
	return fmt.Errorf("chart %s: %w", r, err)
}

// joinFields makes one error of all problems, one to a line.
func joinFields(problems []FieldError) error {
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// A VersionError says that an archive holds another version than was asked for:
// a version that was raised and not pinned anew, as a rule.
type VersionError struct{ Want, Got string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("Chart.yaml: version is %q, not %q", e.Got, e.Want)
}
