package fn

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// supply makes the set hold what its backend makes of a Secret.
func (w *secretWork) supply(p *SecretPlan) {
	switch p.Backend {
	case secret.SOPS:
		w.sops(p)
	case secret.SealedSecrets:
		w.controller(p)
	case secret.ExternalSecrets:
		w.external(p)
	case secret.Existing:
		if w.remove(p.Name) {
			w.note(manifest.Info, "secret-existing", p, "the chart's own is left out, since %s says that it exists", p.Field)
		}
	}
}

// sops takes the Secret from its sealed file, if there is one.
func (w *secretWork) sops(p *SecretPlan) {
	data := w.read(p)
	if data == nil {
		return
	}
	s, err := secret.Parse(data)
	if err != nil {
		w.refuse(p, err)
		return
	}
	p.Sealed = s
	var bad []secret.Problem
	if s.Name != p.Name {
		bad = append(bad, secret.Problem{Field: "metadata.name", Message: fmt.Sprintf("is %s, want %s", s.Name, p.Name)})
	}
	if s.Namespace != p.Namespace {
		bad = append(bad, secret.Problem{Field: "metadata.namespace", Message: fmt.Sprintf("is %q, want %s", s.Namespace, p.Namespace)})
	}
	if p.Made != nil {
		if is, want := cmp.Or(s.Type, "Opaque"), cmp.Or(p.Made.Type, "Opaque"); is != want {
			bad = append(bad, secret.Problem{Field: "type", Message: fmt.Sprintf("is %s, and the chart's is %s", is, want)})
		}
	}
	another := len(bad) > 0
	bad = append(bad, s.Unfit...)
	for _, name := range slices.Sorted(maps.Keys(s.Annotations)) {
		// By these a function asks kustomize for a hash in the name, or to merge.
		if strings.HasPrefix(name, "kustomize.config.k8s.io/") {
			bad = append(bad, secret.Problem{Field: "metadata.annotations." + name, Message: "would have kustomize change the Secret: take it out"})
		}
	}
	switch rule, err := p.Rules.For(p.File); {
	case errors.Is(err, secret.ErrNoRule): // nothing to compare with
	case err != nil:
		w.refuse(p, err)
	default:
		bad = append(bad, rule.Differs(s)...)
	}
	if len(bad) > 0 {
		w.refuse(p, &secret.FormatError{Problems: bad})
	}
	if another {
		return
	}
	// Whoever may not open it: which keys there are can still be told.
	w.noteSealed(p)
	if n := w.find(p.Name); n != nil {
		for _, key := range s.Replace(n) {
			if p.reads(key) {
				w.missing(p, key)
			} else {
				w.unread(p, key)
			}
		}
		return
	}
	w.add(s.Object())
}

// noteSealed says what of a sealed file deserves a look.
func (w *secretWork) noteSealed(p *SecretPlan) {
	if p.Made != nil {
		for _, key := range p.Made.Keys() {
			if at := w.values.holding(p.Made.Values[key]); at != "" {
				w.findings = append(w.findings, manifest.Finding{
					Severity: manifest.Warning, Code: "clear-value", Field: at,
					Message: fmt.Sprintf("is in clear, and %s of %s is sealed: take it out, and change it if it was pushed", key, p.File),
				})
			}
		}
	}
	for _, problem := range p.Sealed.Warnings {
		key := strings.TrimPrefix(problem.Field, p.Sealed.Field+".")
		severity := manifest.Warning
		if p.Made != nil || !p.reads(key) {
			severity = manifest.Info
		}
		w.findings = append(w.findings, manifest.Finding{
			Severity: severity, Code: "sealed-secret", File: p.File, Field: problem.Field, Message: problem.Message,
		})
	}
	for _, k := range p.Sealed.Keys {
		if !p.reads(k.Name) {
			w.findings = append(w.findings, manifest.Finding{
				Severity: manifest.Info, Code: "unread-key", File: p.File, Field: p.Sealed.Field + "." + k.Name, Message: "nothing here reads it",
			})
		}
	}
}

// unsealed is a Secret without a sealed file: nothing of it may be in clear.
func (w *secretWork) unsealed(p *SecretPlan) {
	n := w.find(p.Name)
	if n == nil {
		return // whether it has to be there is seen when all are
	}
	for _, key := range p.Unread {
		w.unread(p, key)
	}
	if left := secret.Empty(n, p.Unread); !left && len(p.Unread) > 0 {
		w.remove(p.Name)
	}
	if p.Made == nil || len(p.Made.Values) == 0 {
		return
	}
	var keys []string
	for _, key := range p.Made.Keys() {
		if at := w.values.holding(p.Made.Values[key]); at != "" {
			key += " (from " + at + ")"
		}
		keys = append(keys, key)
	}
	w.problems = append(w.problems, Problem{
		File: "Secret/" + p.Name, Message: fmt.Sprintf("the chart writes %s in clear; read by %s", strings.Join(keys, ", "), p.readers(p.Made.Keys()...)),
		Hint: fmt.Sprintf("seal it into %s: airstrip seal %s; or have it made elsewhere: list %s under spec.secrets, with a backend", p.File, w.dir(), p.Name),
	})
}

// unread notes a value that the chart fills and nobody reads, and that is left out.
func (w *secretWork) unread(p *SecretPlan, key string) {
	severity, message := manifest.Info, "left out: nothing reads it"
	if p.Made != nil {
		if n := w.find(p.Name); n != nil {
			if at := w.values.holding(secret.InClear(n)[key]); at != "" {
				severity, message = manifest.Warning, fmt.Sprintf("left out: nothing reads it; take it out of %s, where it is in clear", at)
			}
		}
	}
	w.note(severity, "unread-secret", p, "%s: %s", "data."+key, message)
}

// controller takes the Secret from the file of a SealedSecret.
func (w *secretWork) controller(p *SecretPlan) {
	if p.SealedSecret == nil {
		w.problem(p, "sealedSecret", "is missing", "name the controller's certificate: sealedSecret: {certificate: FILE}")
		return
	}
	data := w.read(p)
	if data == nil {
		return
	}
	s, err := secret.ParseController(data)
	if err != nil {
		w.refuse(p, err)
		return
	}
	p.Controller = s
	var bad []secret.Problem
	if s.Name != p.Name || s.Namespace != p.Namespace {
		bad = append(bad, secret.Problem{Field: "metadata", Message: fmt.Sprintf("is of %s/%s, want %s/%s", s.Namespace, s.Name, p.Namespace, p.Name)})
	}
	if want := cmp.Or(p.SealedSecret.Scope, "strict"); s.Scope != want {
		bad = append(bad, secret.Problem{Field: "metadata.annotations", Message: fmt.Sprintf("is sealed with scope %s, want %s", s.Scope, want)})
	}
	if len(bad) > 0 {
		w.refuse(p, &secret.FormatError{Problems: bad})
		return
	}
	for _, key := range w.empty(p) {
		if _, sealed := s.Values[key]; !sealed && !slices.Contains(s.Empty, key) {
			s.Empty = append(s.Empty, key)
		}
	}
	n, err := s.Object()
	if err != nil {
		w.refuse(p, err)
		return
	}
	w.remove(p.Name)
	w.add(n)
}

// empty are the keys that are read and that the chart leaves empty: they need no
// value from anywhere.
func (w *secretWork) empty(p *SecretPlan) []string {
	var keys []string
	n := w.find(p.Name)
	if n == nil {
		return nil
	}
	clear := secret.InClear(n)
	for _, k := range p.Needed {
		if k.State == airbyte.KeyRendered && clear[k.Key].Len() == 0 && k.Key != airbyte.AllKeys {
			keys = append(keys, k.Key)
		}
	}
	return keys
}

// external makes the ExternalSecret.
func (w *secretWork) external(p *SecretPlan) {
	if p.ExternalSecret == nil {
		w.problem(p, "externalSecret", "is missing", "name the store: externalSecret: {store: {name: NAME}, remoteKey: KEY}")
		return
	}
	empty := w.empty(p)
	keys := slices.DeleteFunc(p.keys(), func(key string) bool { return slices.Contains(empty, key) })
	if w.find(p.Name) != nil && len(keys)+len(p.ExternalSecret.Keys) == 0 {
		w.unsealed(p) // what is left of it is empty
		return
	}
	n, err := p.ExternalSecret.Object(p.Name, p.Namespace, p.Type, keys, empty)
	if err != nil {
		w.refuse(p, err)
		return
	}
	w.remove(p.Name)
	w.add(n)
}

// read reads the sealed file. It has dealt with one that is not there or cannot be
// read when it returns nil.
func (w *secretWork) read(p *SecretPlan) []byte {
	data, err := secret.ReadFile(p.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.unsealed(p)
		return nil
	case err != nil:
		w.problems = append(w.problems, Problem{File: p.File, Message: bare(err).Error()})
		return nil
	}
	return data
}

// bare is an error without the path that stands in front of it already.
func bare(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// find returns the Secret of that name in the set.
func (w *secretWork) find(name string) *yaml.RNode {
	for _, n := range w.set {
		if id := manifest.IDOf(n); id.Group == "" && id.Kind == "Secret" && id.Name == name {
			return n
		}
	}
	return nil
}

func (w *secretWork) remove(name string) bool {
	before := len(w.set)
	w.set = slices.DeleteFunc(w.set, func(n *yaml.RNode) bool {
		id := manifest.IDOf(n)
		return id.Group == "" && id.Kind == "Secret" && id.Name == name
	})
	return len(w.set) < before
}

// add adds an object that others wait for.
func (w *secretWork) add(n *yaml.RNode) {
	transform.First(n, w.Delivery)
	w.set = append(w.set, n)
}
