package fn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
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
