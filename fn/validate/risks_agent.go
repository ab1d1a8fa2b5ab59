package validate

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// The agents (spec.delivery). Anything else is kubectl.
const (
	argoCD = "argocd"
	flux   = "flux"
)

// What agents read of an object (argo-cd docs/user-guide/sync-options.md and
// resource_hooks.md; kustomize-controller docs/spec/v1/kustomizations.md).
const (
	argoHook    = "argocd.argoproj.io/hook"
	argoOptions = "argocd.argoproj.io/sync-options"
	helmHook    = "helm.sh/hook"
	fluxPrune   = "kustomize.toolkit.fluxcd.io/prune"
	fluxForce   = "kustomize.toolkit.fluxcd.io/force"
)

// pruned says what becomes of an object that is no longer among the manifests, and
// whether it goes by itself.
func (r *review) pruned(was *yaml.RNode) (gone bool, what string) {
	if r.kept(was) {
		return false, "it is kept in the cluster, and nobody looks after it any more"
	}
	switch r.agent {
	case argoCD:
		if annotation(was, argoHook) != "" {
			return false, "Argo CD does not prune it, since it was a hook"
		}
		if slices.Contains(argoWords(was), "Prune=confirm") {
			return true, "Argo CD deletes it once somebody confirms that"
		}
		return true, "Argo CD deletes it where the Application prunes"
	case flux:
		return true, "Flux deletes it where its Kustomization prunes"
	}
	return false, "kubectl apply leaves it in the cluster"
}

// kept reports whether an object asks its agent never to prune it.
func (r *review) kept(n *yaml.RNode) bool {
	switch r.agent {
	case argoCD:
		return slices.Contains(argoWords(n), "Prune=false")
	case flux:
		return strings.EqualFold(annotation(n, fluxPrune), "disabled")
	}
	return false
}

// forced reports whether the agent deletes an object that it cannot change, and
// makes it anew.
func (r *review) forced(n *yaml.RNode) bool {
	switch r.agent {
	case argoCD:
		return slices.Contains(argoWords(n), "Force=true")
	case flux:
		return strings.EqualFold(annotation(n, fluxForce), "enabled")
	}
	return false
}

// refused says what comes of a change that the API server does not take.
func (r *review) refused(is *yaml.RNode) string {
	if r.forced(is) {
		return "the API server refuses that, and so the agent deletes it and makes it anew"
	}
	switch r.agent {
	case argoCD:
		return "the API server refuses that, and the sync fails"
	case flux:
		return "the API server refuses that: nothing of its Kustomization is applied, it stays not ready, and what depends on it waits"
	}
	return "the API server refuses that"
}

func argoWords(n *yaml.RNode) []string { return words(annotation(n, argoOptions)) }

// isHook reports whether the agent takes an object for a hook, which it deletes
// and makes anew.
func (r *review) isHook(n *yaml.RNode) bool {
	return r.agent == argoCD && n != nil && (annotation(n, argoHook) != "" || annotation(n, helmHook) != "")
}

// stateful are kinds of which a new one is not what the old one was.
func stateful(id manifest.ID) bool {
	switch id.Group + "/" + id.Kind {
	case "apps/StatefulSet", "/PersistentVolumeClaim", "/PersistentVolume", "/Namespace", "apiextensions.k8s.io/CustomResourceDefinition":
		return true
	}
	return false
}
