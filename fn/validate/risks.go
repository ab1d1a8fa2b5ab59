package validate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Risks says what a reviewer must not miss of a change from one set to another:
// what is lost, refused, opened to others or stopped, and what the agent that
// applies it (argocd, flux, plain) will do. An Error is for who wants to stop a
// merge, a Warning asks for a reader, an Info tells what happens as a matter of
// course. Objects are paired by group, kind, namespace and name, and those that
// carry a digest in their name by what is before it. What is in another namespace
// counts only where the whole does: how many are gone, which hosts are served, and
// whether the internet reaches any.
//
// Where nothing was, there is nothing to lose: of a new environment only that is
// said which would be wrong at any time. No message holds a value of a Secret.
func Risks(was, is manifest.Set, agent string) []manifest.Finding {
	r := &review{agent: agent, was: was, is: is, pairs: pairUp(was, is)}
	for _, look := range always {
		look(r)
	}
	if len(was) > 0 {
		for _, look := range looks {
			look(r)
		}
	}
	slices.SortStableFunc(r.findings, func(a, b manifest.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			strings.Compare(a.Code, b.Code), strings.Compare(a.Object.String(), b.Object.String()),
			strings.Compare(a.Object.Namespace, b.Object.Namespace), strings.Compare(a.Field, b.Field),
		)
	})
	return slices.Compact(r.findings)
}

var severities = []manifest.Severity{manifest.Error, manifest.Warning, manifest.Info}

// always are the looks at what is wrong whatever was there before, looks those at
// a change. Each adds findings of one or a few of the codes of riskTable.
var (
	always = []func(*review){(*review).plaintext}
	looks  = []func(*review){
		(*review).deletes, (*review).drop, (*review).guardsOfPods, (*review).protection, (*review).hooks,
		(*review).immutable, (*review).claims,
		(*review).services, (*review).hosts, (*review).classes, (*review).encryption, (*review).exposure, (*review).fronts,
		(*review).identities, (*review).roles, (*review).bindings,
		(*review).replicas, (*review).strategies, (*review).probes, (*review).resources, (*review).security, (*review).podSecurity,
		(*review).variables, (*review).endpoints, (*review).switches,
		(*review).jobs, (*review).recipients, (*review).imageChanges,
	}
)

// review collects the risks of one change.
type review struct {
	agent   string
	was, is manifest.Set
	pairs   []pair
	collector
}

// pair is an object before and after; one side is nil where it was added or
// removed.
type pair struct {
	// id is what it is known by afterwards, or before if it is gone.
	id      manifest.ID
	was, is *yaml.RNode
	// same says that it is there before and after, and the same.
	same bool
}

func (p pair) added() bool   { return p.was == nil }
func (p pair) removed() bool { return p.is == nil }
func (p pair) stays() bool   { return p.was != nil && p.is != nil }

// old and new are the values of a field; nil where there is none.
func (p pair) old(path ...string) *yaml.Node { return at(p.was, path...) }
func (p pair) new(path ...string) *yaml.Node { return at(p.is, path...) }

func at(n *yaml.RNode, path ...string) *yaml.Node {
	if n == nil {
		return nil
	}
	return manifest.Lookup(n.YNode(), path...)
}

// text is a scalar, or "".
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return ""
	}
	return n.Value
}

// changed are the pairs of which both sides are there and differ.
func (r *review) changed(kinds ...string) func(func(pair) bool) {
	return func(yield func(pair) bool) {
		for _, p := range r.pairs {
			if !p.stays() || p.same || len(kinds) > 0 && !slices.Contains(kinds, p.id.Kind) {
				continue
			}
			if !yield(p) {
				return
			}
		}
	}
}

// equal compares nodes by what they hold.
func equal(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	return slices.EqualFunc(a.Content, b.Content, equal)
}

// listed keeps a list short.
func listed(all []string) string {
	if len(all) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:3], ", "), len(all)-3)
	}
	return strings.Join(all, ", ")
}
