package main

import (
	"context"
	"errors"
	"os"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// sealedFile is a file that SOPS has sealed, and where it is used, if that is
// known.
type sealedFile struct {
	file  string
	dir   string
	plan  *fn.SecretPlan
	rules secret.Rules
}

// sealedFiles lists the files that arguments name: a file, or those of an overlay.
func (s *source) sealedFiles(ctx context.Context, args []string) ([]sealedFile, error) {
	options, err := s.options()
	if err != nil {
		return nil, err
	}
	var all []sealedFile
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			all = append(all, sealedFile{file: arg})
			continue
		}
		releases, err := overlay.Secrets(ctx, arg, options)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, r := range releases {
			for _, p := range r.Secrets {
				if _, err := os.Stat(p.File); p.Backend == secret.SOPS && !errors.Is(err, os.ErrNotExist) {
					all = append(all, sealedFile{p.File, arg, p, p.Rules})
				}
			}
		}
		if len(all) == before {
			return nil, &noneSealedError{arg}
		}
	}
	return all, nil
}

// noneSealedError says that an overlay has no sealed file.
type noneSealedError struct{ dir string }

func (e *noneSealedError) Error() string { return e.dir + ": no Secret of it is sealed with SOPS" }

// rule returns the rule for a file, nil where nothing says anything.
func (f *sealedFile) rule() (*secret.Rule, error) {
	rule, err := withEnvironment(f.rules).For(f.file)
	if errors.Is(err, secret.ErrNoRule) {
		return nil, nil
	}
	return rule, inFile("", err)
}
