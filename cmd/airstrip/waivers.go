package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// waiversFile is where waivers stand, beside the folder overlays/.
const waiversFile = "airstrip-waivers.yaml"

// judge tells risks that block from those that do not, and from those that somebody
// has answered for.
type judge struct {
	failOn
	waivers      *fn.Waivers
	today        time.Time
	matched      []*fn.Waiver
	environments []string
	// all are the environments that there are, where that is known.
	all []string
	// blocking are the risks that block, as a report counts them, and where they do.
	blocking []blocking
}

// blocking is a risk that blocks in some environments.
type blocking struct {
	manifest.Finding
	environments []string
}

// newJudge reads the waivers of a file, or, if none is named, those beside the
// overlays in dirs, where there may be none.
func newJudge(on failOn, file string, dirs []string) (*judge, error) {
	j := &judge{failOn: on, today: time.Now()}
	named := file != ""
	if !named {
		file = waiversFile
		if len(dirs) > 0 {
			abs, err := filepath.Abs(dirs[0])
			if err != nil {
				return nil, err
			}
			file = filepath.Join(beside(abs), waiversFile)
		}
	}
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return j, nil
	case err != nil:
		return nil, err
	}
	j.waivers, err = fn.ParseWaivers(filepath.ToSlash(file), data, j.today)
	return j, err
}

// risk says of a risk in an environment whether it is waived, and remembers whether
// it blocks.
func (j *judge) risk(environment string, f manifest.Finding) diff.Risk {
	r := diff.Risk{Finding: f}
	if w := j.waivers.Match(f, environment, j.today); w != nil {
		j.matched = append(j.matched, w)
		r.Waived, r.Until = w.Reason, w.Until
		return r
	}
	if j.blocks(f) {
		j.block(environment, f)
	}
	return r
}

func (j *judge) block(environment string, f manifest.Finding) {
	f.Object.Namespace = "" // an environment has one
	i := slices.IndexFunc(j.blocking, func(b blocking) bool { return b.Finding == f })
	if i < 0 {
		i = len(j.blocking)
		j.blocking = append(j.blocking, blocking{Finding: f})
	}
	if b := &j.blocking[i]; !slices.Contains(b.environments, environment) {
		b.environments = append(b.environments, environment)
	}
}

// verdict says which risks block, in one line.
func (j *judge) verdict() string {
	var whats []string
	for _, b := range j.blocking {
		what := b.Code
		if b.Object != (manifest.ID{}) {
			what += " of " + b.Object.String()
		}
		what += " (" + strings.Join(b.environments, ", ") + ")"
		if !slices.Contains(whats, what) {
			whats = append(whats, what)
		}
	}
	verb := "block"
	if len(j.blocking) == 1 {
		verb = "blocks"
	}
	return fmt.Sprintf("%s %s: %s", count(len(j.blocking), "risk"), verb, strings.Join(whats, ", "))
}

// notes are what is to be said of the waivers themselves.
func (j *judge) notes() []manifest.Finding {
	return j.waivers.Notes(j.matched, j.environments, j.all, j.today)
}
