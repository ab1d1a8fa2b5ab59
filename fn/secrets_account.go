package fn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

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

// readers names who reads any of the keys: the first few, and as what.
func (p *SecretPlan) readers(keys ...string) string {
	var names []string
	seen := map[manifest.ID]bool{}
	for _, k := range p.Needed {
		if !slices.Contains(keys, k.Key) && k.Key != airbyte.AllKeys {
			continue
		}
		for _, r := range k.Readers {
			if !seen[r.Object] {
				seen[r.Object] = true
				names = append(names, fmt.Sprintf("%s (%s)", r.Object, r.As))
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
	return Quoted(w.options.Root)
}

func (w *secretWork) planOf(name string) *SecretPlan {
	for _, p := range w.plans {
		if p.Name == name {
			return p
		}
	}
	return nil
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
		if p.File == "" {
			// It is about what the config says of the Secret, or of all of them.
			e.Field = strings.Replace(p.Field+".", "spec.secrets.", "spec.configSecret.", 1) + e.Field
		}
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
