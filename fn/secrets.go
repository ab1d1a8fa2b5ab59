package fn

import (
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

// SecretPlan is a Secret that a release reads or that its chart makes, and where
// it comes from.
type SecretPlan struct {
	secret.Spec
	// Field is where the config says so: spec.configSecret, spec.secrets[0]; of a
	// Secret that it does not name, spec.secrets.
	Field     string
	Namespace string
	// Type is the type that the Secret has to have; empty where any will do.
	Type string
	// Root is the folder from which paths of the config start, File the path of the
	// sealed file; empty for a backend that keeps none.
	Root, File string
	// Needed are the keys that are read of it, sorted.
	Needed []airbyte.SecretKey
	// Made is what the chart makes of it in clear, as far as it is read; nil if
	// there is none. Unread are the keys that the chart fills for nobody.
	Made   *secret.Plain
	Unread []string
	// Sealed and Controller are what the file holds; nil if there is none.
	Sealed     *secret.Sealed
	Controller *secret.ControllerSealed
	// Rules say who can open the file.
	Rules secret.Rules
}

// secretWork is the step of the line that accounts for every Secret.
type secretWork struct {
	*Config
	options  Options
	values   *chartValues
	set      manifest.Set
	plans    []*SecretPlan
	findings []manifest.Finding
	problems []Problem
}

// secrets puts the sealed Secrets into a set, takes out or fills in what the chart
// made in clear, and makes sure that every key that is read is there. Nothing is
// sealed and nothing opened.
func (c *Config) secrets(set manifest.Set, values *chartValues, o Options) *secretWork {
	w := &secretWork{Config: c, options: o, values: values, set: set}
	w.plan()
	for _, p := range w.plans {
		w.supply(p)
	}
	w.account()
	return w
}

// plan lists the Secrets that are read, and those that the chart fills.
func (w *secretWork) plan() {
	byName := map[string]*SecretPlan{}
	get := func(name string) *SecretPlan {
		if byName[name] == nil {
			byName[name] = w.source(name)
		}
		return byName[name]
	}
	for _, k := range airbyte.SecretKeys(w.set) {
		if k.State == airbyte.KeyBootloader || k.Source.Kind != "" && k.Source.Kind != "Secret" {
			continue // the cluster makes it
		}
		p := get(k.Secret)
		p.Needed = append(p.Needed, k)
		if k.Type != "" {
			p.Type = k.Type
		}
	}
	for _, n := range w.set {
		made := secret.Made(n)
		if made == nil {
			continue
		}
		p := get(made.Name)
		for _, key := range made.Keys() {
			if !p.reads(key) {
				p.Unread = append(p.Unread, key)
				delete(made.Values, key)
			}
		}
		p.Made, p.Type = made, made.Type
	}
	for i := range w.Config.Secrets {
		get(w.Config.Secrets[i].Name)
	}
	for _, p := range byName {
		w.plans = append(w.plans, p)
	}
	slices.SortFunc(w.plans, func(a, b *SecretPlan) int { return strings.Compare(a.Name, b.Name) })
}

// reads reports whether a key is read.
func (p *SecretPlan) reads(key string) bool {
	return slices.ContainsFunc(p.Needed, func(k airbyte.SecretKey) bool { return k.Key == key || k.Key == airbyte.AllKeys })
}

// keys are the keys that are read by name.
func (p *SecretPlan) keys() []string {
	var keys []string
	for _, k := range p.Needed {
		if k.Key != airbyte.AllKeys && !k.Optional {
			keys = append(keys, k.Key)
		}
	}
	return keys
}

// source says where a Secret comes from: what the config says of it, and what it
// says of the config Secret, unless that is made by somebody else.
func (w *secretWork) source(name string) *SecretPlan {
	p := &SecretPlan{Spec: secret.Spec{Name: name}, Field: "spec.secrets", Namespace: w.Namespace, Root: w.options.Root}
	if name == w.ConfigSecret.Name {
		p.Spec, p.Field = *w.ConfigSecret, "spec.configSecret"
	}
	for i, s := range w.Config.Secrets {
		if s.Name == name {
			p.Spec, p.Field = s, fmt.Sprintf("spec.secrets[%d]", i)
		}
	}
	if main := w.ConfigSecret; p.Backend == "" && main.Backend != secret.Existing {
		p.Backend = main.Backend
	}
	if p.Backend == "" {
		p.Backend = secret.SOPS
	}
	recipients := p.Field
	if p.Recipients == nil && p.Backend == secret.SOPS {
		p.Recipients, recipients = w.ConfigSecret.Recipients, "spec.configSecret"
	}
	if p.ExternalSecret == nil && w.ConfigSecret.ExternalSecret != nil {
		// Single keys are those of the config Secret.
		shared := *w.ConfigSecret.ExternalSecret
		shared.Keys = nil
		p.ExternalSecret = &shared
	}
	if p.SealedSecret == nil {
		p.SealedSecret = w.ConfigSecret.SealedSecret
	}
	if p.Backend == secret.SOPS || p.Backend == secret.SealedSecrets {
		p.File = p.Path(w.options.Root)
	}
	p.Rules = secret.Rules{Recipients: p.Recipients, Field: recipients + ".recipients", Config: w.options.SopsConfig}
	return p
}

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
	data, ok := w.read(p)
	if !ok {
		return
	}
	if data == nil {
		w.unsealed(p)
		return
	}
	s, err := secret.Parse(data)
	if err != nil {
		w.refuse(p, err)
		return
	}
	p.Sealed = s
	bad := slices.Clone(s.Unfit)
	if s.Name != p.Name {
		bad = append(bad, secret.Problem{Field: "metadata.name", Message: fmt.Sprintf("is %s, want %s", s.Name, p.Name)})
	}
	if s.Namespace != p.Namespace {
		bad = append(bad, secret.Problem{Field: "metadata.namespace", Message: fmt.Sprintf("is %q, want %s", s.Namespace, p.Namespace)})
	}
	if p.Made != nil && typeOf(s.Type) != typeOf(p.Made.Type) {
		bad = append(bad, secret.Problem{Field: "type", Message: fmt.Sprintf("is %s, and the chart's is %s", typeOf(s.Type), typeOf(p.Made.Type))})
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
		return
	}
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
	data, ok := w.read(p)
	if !ok {
		return
	}
	if data == nil {
		w.unsealed(p)
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
	if want := scopeOf(p.SealedSecret.Scope); s.Scope != want {
		bad = append(bad, secret.Problem{Field: "metadata.annotations", Message: fmt.Sprintf("is sealed with scope %s, want %s", s.Scope, want)})
	}
	if len(bad) > 0 {
		w.refuse(p, &secret.FormatError{Problems: bad})
		return
	}
	n, err := s.Object()
	if err != nil {
		w.refuse(p, err)
		return
	}
	w.remove(p.Name)
	w.add(n)
}

func scopeOf(s string) string {
	if s == "" {
		return "strict"
	}
	return s
}

func typeOf(s string) string {
	if s == "" {
		return "Opaque"
	}
	return s
}

// external makes the ExternalSecret.
func (w *secretWork) external(p *SecretPlan) {
	if p.ExternalSecret == nil {
		w.problem(p, "externalSecret", "is missing", "name the store: externalSecret: {store: {name: NAME}, remoteKey: KEY}")
		return
	}
	keys, empty := p.keys(), []string(nil)
	if n := w.find(p.Name); n != nil {
		// What the chart leaves empty needs no entry in a vault.
		clear := secret.InClear(n)
		for _, k := range p.Needed {
			if k.State == airbyte.KeyRendered && clear[k.Key].Len() == 0 && k.Key != airbyte.AllKeys {
				empty = append(empty, k.Key)
			}
		}
		keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(empty, key) })
		if len(keys)+len(p.ExternalSecret.Keys) == 0 {
			w.unsealed(p) // what is left of it is empty
			return
		}
	}
	n, err := p.ExternalSecret.Object(p.Name, p.Namespace, p.Type, keys, empty)
	if err != nil {
		w.refuse(p, err)
		return
	}
	w.remove(p.Name)
	w.add(n)
}

// account makes sure that every key that is read is there or is declared to be.
func (w *secretWork) account() {
	said := len(w.problems)
	for _, k := range w.Keys(w.set) {
		if k.State != airbyte.KeyMissing || k.Optional {
			continue
		}
		p := w.planOf(k.Secret)
		switch {
		case p != nil && slices.ContainsFunc(w.problems[:said], func(q Problem) bool { return q.File == p.File || q.File == "Secret/"+p.Name }):
			// What is wrong with it is said.
		case p == nil || p.Sealed == nil && p.Controller == nil && w.find(k.Secret) == nil && p.File != "":
			w.absent(k.Secret)
		default:
			w.missing(p, k.Key)
		}
	}
	slices.SortStableFunc(w.problems, func(a, b Problem) int { return strings.Compare(a.File, b.File) })
	w.problems = slices.CompactFunc(w.problems, func(a, b Problem) bool { return a == b })
}

// Keys lists the keys of Secrets that the objects of a set need, see
// [airbyte.SecretKeys]. A Secret that is neither in the set, nor made from something
// in it, nor declared by a config to be there, is missing.
func Keys(set manifest.Set, configs ...*Config) []airbyte.SecretKey {
	keys := airbyte.SecretKeys(set)
	for i, k := range keys {
		if k.State != airbyte.KeyExternal || k.Source != (manifest.ID{}) || k.Optional {
			continue
		}
		if !slices.ContainsFunc(configs, func(c *Config) bool { return c.declares(k.Secret) }) {
			keys[i].State, keys[i].Detail = airbyte.KeyMissing, "is nowhere to be found"
		}
	}
	return keys
}

// Keys is [Keys] for one config.
func (c *Config) Keys(set manifest.Set) []airbyte.SecretKey { return Keys(set, c) }

// declares reports whether the config says that a Secret is in the cluster.
func (c *Config) declares(name string) bool {
	if name == c.ConfigSecret.Name && c.ConfigSecret.Backend == secret.Existing {
		return true
	}
	for _, s := range c.Secrets {
		if s.Name == name && s.Backend == secret.Existing {
			return true
		}
	}
	// These settings name nothing else.
	if c.Images != nil && slices.Contains(c.Images.PullSecrets, name) {
		return true
	}
	return c.Ingress != nil && c.Ingress.TLS != nil && c.Ingress.TLS.Type == "secret" && c.Ingress.TLS.SecretName == name
}

// absent reports a Secret that is nowhere.
func (w *secretWork) absent(name string) {
	p := w.planOf(name)
	if p == nil {
		p = w.source(name)
	}
	keys := p.keys()
	if len(keys) == 0 && len(p.Needed) > 0 {
		keys = []string{"whatever " + p.readers(airbyte.AllKeys) + " reads"}
	}
	hint := fmt.Sprintf("make it: airstrip seal %s; or say where it comes from: spec.configSecret.backend", w.dir())
	if name != w.ConfigSecret.Name {
		hint = fmt.Sprintf("make it: airstrip seal --secret %s %s; or, if it exists, list it: spec.secrets: [{name: %s, backend: existing}]", name, w.dir(), name)
	}
	w.problems = append(w.problems, Problem{
		File: p.File, Message: fmt.Sprintf("no such file: Secret/%s has to hold %s", name, strings.Join(keys, ", ")), Hint: hint,
	})
}

// missing reports a key that a Secret lacks.
func (w *secretWork) missing(p *SecretPlan, key string) {
	line := "airstrip seal --set " + key
	if p.Name != w.ConfigSecret.Name {
		line = fmt.Sprintf("airstrip seal --secret %s --set %s", p.Name, key)
	}
	hint := fmt.Sprintf("%s %s", line, w.dir())
	switch {
	case p.Backend == secret.ExternalSecrets || p.Backend == secret.Existing:
		hint = ""
	case p.Made != nil && p.Made.Values[key].Len() > 0:
		hint = fmt.Sprintf("airstrip seal %s takes it from the chart, %s %s from you", w.dir(), line, w.dir())
	}
	problem := Problem{File: w.at(p), Field: "data." + key, Message: "is missing; read by " + p.readers(key), Hint: hint}
	if key == airbyte.AllKeys {
		problem.Field, problem.Message = "", fmt.Sprintf("Secret/%s is not as %s reads it", p.Name, p.readers(key))
	}
	w.problems = append(w.problems, problem)
}

// readers names who reads any of the keys: the first few.
func (p *SecretPlan) readers(keys ...string) string {
	var names []string
	for _, k := range p.Needed {
		if !slices.Contains(keys, k.Key) && k.Key != airbyte.AllKeys {
			continue
		}
		for _, r := range k.Readers {
			if name := fmt.Sprintf("%s (%s)", r.Object, r.As); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	const most = 2
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// at is what a problem of a Secret is about: its file, or the Secret.
func (w *secretWork) at(p *SecretPlan) string {
	if p.Sealed != nil || p.Controller != nil {
		return p.File
	}
	return "Secret/" + p.Name
}

// dir is the folder as a command takes it.
func (w *secretWork) dir() string {
	if w.options.Root == "" {
		return "."
	}
	return w.options.Root
}

func (w *secretWork) planOf(name string) *SecretPlan {
	for _, p := range w.plans {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// read reads the sealed file: nothing if there is none, and not ok if it cannot
// be read.
func (w *secretWork) read(p *SecretPlan) (data []byte, ok bool) {
	data, err := secret.ReadFile(p.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	if err != nil {
		w.problems = append(w.problems, Problem{File: p.File, Message: bare(err).Error()})
		return nil, false
	}
	return data, true
}

// bare is an error without the path that stands in front of it already.
func bare(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// refuse reports a sealed file that is not as it should be.
func (w *secretWork) refuse(p *SecretPlan, err error) {
	var f *secret.FormatError
	if !errors.As(err, &f) {
		w.problems = append(w.problems, Problem{File: p.File, Message: err.Error()})
		return
	}
	for _, e := range f.Problems {
		hint := e.Hint
		if hint == "" && p.File != "" {
			hint = "airstrip seal " + w.dir() + " writes it as it should be"
		}
		w.problems = append(w.problems, Problem{File: p.File, Field: e.Field, Message: e.Message, Hint: hint})
	}
}

// problem reports something about what the config says of a Secret.
func (w *secretWork) problem(p *SecretPlan, field, message, hint string) {
	w.problems = append(w.problems, Problem{Field: p.Field + "." + field, Message: message, Hint: hint})
}

func (w *secretWork) note(severity manifest.Severity, code string, p *SecretPlan, format string, args ...any) {
	w.findings = append(w.findings, manifest.Finding{
		Severity: severity, Code: code, Object: manifest.ID{Kind: "Secret", Namespace: p.Namespace, Name: p.Name}, Message: fmt.Sprintf(format, args...),
	})
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

// checkSecrets checks what the config says of Secrets.
func (c *Config) checkSecrets(p *checker) {
	add := func(problems []secret.Problem) {
		for _, e := range problems {
			p.add(e.Field, e.Message, e.Hint)
		}
	}
	add(c.ConfigSecret.Check("spec.configSecret"))
	seen := map[string]bool{c.ConfigSecret.Name: true}
	for i := range c.Secrets {
		s, at := &c.Secrets[i], fmt.Sprintf("spec.secrets[%d]", i)
		switch {
		case s.Name == "":
			p.add(at+".name", "is missing", "")
		case s.Name == airbyte.AuthSecret:
			p.add(at+".name", s.Name+" is made in the cluster, by the bootloader", "leave it out")
		case seen[s.Name]:
			p.add(at+".name", s.Name+" stands twice", "")
		}
		seen[s.Name] = true
		add(s.Check(at))
	}
}

// holding is the user's own value that holds a secret in clear, or nothing.
func (v *chartValues) holding(s secret.Value) string {
	if s.Len() < 4 {
		return "" // too short to tell
	}
	for _, r := range slices.Backward(v.raw) {
		if path := pathOf(r.tree, string(s.Reveal())); path != nil {
			if r.file != "" {
				return r.file + ": " + r.field(path)
			}
			return r.field(path)
		}
	}
	return ""
}

// pathOf finds a text in values.
func pathOf(tree map[string]any, text string) []string {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		switch v := tree[key].(type) {
		case string:
			if v == text {
				return []string{key}
			}
		case map[string]any:
			if path := pathOf(v, text); path != nil {
				return append([]string{key}, path...)
			}
		}
	}
	return nil
}
