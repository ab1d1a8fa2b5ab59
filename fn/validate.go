package fn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// Validate holds the whole of an overlay, after kustomize, to the schemas of the
// Kubernetes version of its releases, and looks for what its objects name. Errors
// are what the API server would refuse or what would not start.
func Validate(set manifest.Set, configs ...*Config) []manifest.Finding {
	return validate.Check(set, Checks(configs...))
}

// Checks is what the configs of an overlay say that a check has to know.
func Checks(configs ...*Config) validate.Options {
	var all validate.Options
	for i, c := range configs {
		one := c.checks()
		if i == 0 {
			all = one
			continue
		}
		if all.Registry != one.Registry {
			all.Registry = "" // two releases, each with its own
		}
		all.External = append(all.External, one.External...)
	}
	return all
}

// checks is what the config says that a check has to know.
func (c *Config) checks() validate.Options {
	o := validate.Options{KubeVersion: c.KubeVersion}
	if c.Images != nil {
		o.Registry = c.Images.Registry
	}
	if s := c.ServiceAccount; s != nil && s.Create == "external" {
		o.External = append(o.External, validate.Object{Kind: "ServiceAccount", Name: s.Name})
	}
	for _, s := range c.External {
		object, _ := validate.ParseObject(s)
		o.External = append(o.External, object)
	}
	return o
}

// RefusedError says what of the objects of a release the API server would refuse.
type RefusedError struct{ Findings []manifest.Finding }

// Error lists the findings, one a line.
func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// refused splits findings into those that stop a render and the others.
func refused(findings []manifest.Finding) (others []manifest.Finding, err error) {
	var e RefusedError
	for _, f := range findings {
		if f.Severity == manifest.Error {
			e.Findings = append(e.Findings, f)
		} else {
			others = append(others, f)
		}
	}
	if len(e.Findings) > 0 {
		err = &e
	}
	return others, err
}

// externals checks what spec.external lists.
func (c *Config) externals(p *checker) {
	kinds := slices.DeleteFunc(slices.Clone(validate.ExternalKinds), func(kind string) bool { return kind == "Secret" })
	for i, s := range c.External {
		if object, ok := validate.ParseObject(s); !ok || object.Kind == "Secret" {
			hint := "the kind is one of " + strings.Join(kinds, ", ")
			if object.Kind == "Secret" {
				hint = "Secrets are listed under spec.secrets, with backend: existing"
			}
			p.add(fmt.Sprintf("spec.external[%d]", i), fmt.Sprintf("is %q, want a kind and a name, such as ConfigMap/corporate-ca", s), hint)
		}
	}
}
