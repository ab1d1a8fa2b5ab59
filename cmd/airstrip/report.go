package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// report is a list of findings, for people and for the programs that show them.
type report struct {
	verbose  bool
	findings []manifest.Finding
	// where are the paths of the command line that a finding is true of.
	where [][]string
	seen  map[manifest.Finding]int
}

// add adds a finding about a path. One that is true of several is said once, as
// long as it is of one file.
func (r *report) add(path string, f manifest.Finding) {
	if f.Severity == manifest.Info && !r.verbose {
		return
	}
	if r.seen == nil {
		r.seen = map[manifest.Finding]int{}
	}
	i, ok := r.seen[f]
	if !ok {
		i = len(r.findings)
		r.seen[f] = i
		r.findings, r.where = append(r.findings, f), append(r.where, nil)
	}
	if !slices.Contains(r.where[i], path) {
		r.where[i] = append(r.where[i], path)
	}
}

func (r *report) write(w io.Writer, format string) error {
	switch format {
	case "json":
		return r.json(w)
	case "sarif":
		return r.sarif(w)
	case "github":
		return r.github(w)
	}
	return r.text(w)
}

func (r *report) text(w io.Writer) error {
	for i, f := range r.findings {
		where := ""
		if paths := r.where[i]; len(paths) > 1 || paths[0] != f.File && !strings.HasPrefix(f.File, paths[0]+"/") {
			where = " (" + strings.Join(paths, ", ") + ")"
		}
		if _, err := io.WriteString(w, inLog(fmt.Sprintf("%s: %s [%s]%s", f.Severity, f, f.Code, where))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// github writes workflow commands, which GitHub shows beside the files of a pull
// request (docs.github.com, workflow commands).
func (r *report) github(w io.Writer) error {
	levels := map[manifest.Severity]string{manifest.Error: "error", manifest.Warning: "warning", manifest.Info: "notice"}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range r.findings {
		file := f.File
		f.File = ""
		if _, err := fmt.Fprintf(w, "::%s file=%s,title=%s::%s\n", levels[f.Severity], property.Replace(file), property.Replace("airstrip: "+f.Code), data.Replace(manifest.Visible(f.String()))); err != nil {
			return err
		}
	}
	return nil
}

// foundObject is an object in JSON.
type foundObject struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

func (r *report) json(w io.Writer) error {
	type found struct {
		Severity manifest.Severity `json:"severity"`
		Code     string            `json:"code"`
		Paths    []string          `json:"paths"`
		File     string            `json:"file,omitempty"`
		Object   *foundObject      `json:"object,omitempty"`
		Field    string            `json:"field,omitempty"`
		Message  string            `json:"message"`
	}
	all := make([]found, 0, len(r.findings))
	for i, f := range r.findings {
		one := found{f.Severity, f.Code, r.where[i], f.File, nil, f.Field, f.Message}
		if f.Object != (manifest.ID{}) {
			one.Object = &foundObject{f.Object.Group, f.Object.Kind, f.Object.Namespace, f.Object.Name}
		}
		all = append(all, one)
	}
	return writeJSON(w, all)
}

// sarif writes SARIF, for code scanning.
func (r *report) sarif(w io.Writer) error {
	results := make([]manifest.SARIFResult, len(r.findings))
	for i, f := range r.findings {
		results[i].Finding = f
	}
	return manifest.WriteSARIF(w, ownVersion(), results)
}
