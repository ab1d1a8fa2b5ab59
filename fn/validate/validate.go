// Package validate reads a set of objects and says what deserves a look: what the
// API server of the environment would refuse, what names something that is not
// there, what works and should not be left so. It needs neither cluster nor
// network, and changes and stops nothing: what to do about a finding is for the
// caller to decide.
//
// It stands on the line … secrets → validate → write → … The Go API is not
// stable; the config file, the flags and the output layout are.
package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Options are what is known of the environment beside the set.
type Options struct {
	// KubeVersion is the Kubernetes version of the cluster; the newest that is known
	// stands for "", and the nearest for one that is not known.
	KubeVersion string
	// Registry, if set, is where all images come from.
	Registry string
	// External are objects that are in the cluster and not in the set, by kind and
	// name.
	External []Object
	// Declare tells people how to add to them, "list it under spec.external" by default.
	Declare string
	// Parts says that the set is not all of it: what is not there may be elsewhere.
	Parts bool
}

// Object names an object by kind and name.
type Object struct{ Kind, Name string }

// ExternalKinds are the kinds whose objects others refer to by name.
var ExternalKinds = []string{"ConfigMap", "PersistentVolumeClaim", "Role", "Secret", "Service", "ServiceAccount"}

// ParseObject reads an object as people write it: ConfigMap/corporate-ca. It reports
// whether it is a kind of [ExternalKinds] and a name.
func ParseObject(s string) (Object, bool) {
	kind, name, _ := strings.Cut(s, "/")
	return Object{kind, name}, slices.Contains(ExternalKinds, kind) && name != "" && !strings.ContainsAny(name, "/, ")
}

// Check runs every check over a set.
func Check(s manifest.Set, o Options) []manifest.Finding {
	c := &checker{Options: o}
	if minor := Minor(o.KubeVersion); minor != "" {
		if c.kube = nearestKube(minor); c.kube != minor {
			c.info(manifest.ID{}, "no-schema", "", "the schemas of Kubernetes %s are not here: those of %s stand for them", minor, c.kube)
		}
	} else {
		c.kube = nearestKube("")
	}
	for _, n := range s {
		c.object(n)
		c.names(n)
		c.pods(n)
		c.rules(n)
	}
	c.images(s)
	if !o.Parts {
		c.references(s)
	}
	return append(c.findings, mixedTags(s)...)
}

// checker looks at one set.
type checker struct {
	Options
	// kube is the minor version whose schemas are used.
	kube string
	collector
}

// collector collects findings.
type collector struct{ findings []manifest.Finding }

func (c *collector) add(severity manifest.Severity, id manifest.ID, code, field, format string, args ...any) {
	c.findings = append(c.findings, manifest.Finding{
		Severity: severity, Code: code, Object: id, Field: field, Message: fmt.Sprintf(format, args...),
	})
}

func (c *collector) error(id manifest.ID, code, field, format string, args ...any) {
	c.add(manifest.Error, id, code, field, format, args...)
}

func (c *collector) warn(id manifest.ID, code, field, format string, args ...any) {
	c.add(manifest.Warning, id, code, field, format, args...)
}

func (c *collector) info(id manifest.ID, code, field, format string, args ...any) {
	c.add(manifest.Info, id, code, field, format, args...)
}
