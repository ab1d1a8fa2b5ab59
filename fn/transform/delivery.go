package transform

import (
	"strconv"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Annotations of the delivery agents (argo-cd docs/user-guide/sync-waves.md and
// sync-options.md; Flux docs, kustomize-controller, Kustomization).
const (
	argoHook    = "argocd.argoproj.io/hook"
	argoPolicy  = "argocd.argoproj.io/hook-delete-policy"
	argoWave    = "argocd.argoproj.io/sync-wave"
	argoOptions = "argocd.argoproj.io/sync-options"
	fluxPrune   = "kustomize.toolkit.fluxcd.io/prune"
)

// argo writes the order as sync waves: what was a pre-install hook keeps its
// weight, what starts Pods comes in wave main, after the last of them. Jobs are
// hooks of the Sync phase, not PreSync: what they read is now an ordinary
// object and is applied in the Sync phase too.
func (t *pass) argo(o *object, once bool, main int) {
	wave := 0
	switch {
	case o.hook != nil && (o.hook.moment == before || once):
		wave = o.hook.weight // also in PostSync, a phase of its own
	case o.hook != nil:
		wave = main + 1
	case !o.id().Passive():
		wave = main
	}
	if wave != 0 {
		o.annotate(argoWave, strconv.Itoa(wave))
	}
	if !once {
		return
	}
	phase, policy := "Sync", "BeforeHookCreation"
	if o.hook.moment == after {
		phase = "PostSync"
	}
	if o.hook.vanishes {
		policy += ",HookSucceeded"
	}
	o.annotate(argoHook, phase)
	o.annotate(argoPolicy, policy)
}

// layer writes the order as layers, each of which Flux applies and waits for
// before the next.
func (t *pass) layer(o *object, once bool) {
	name := manifest.LayerApp
	switch {
	case o.hook != nil && o.hook.moment == after:
		name = manifest.LayerFinish
	case once:
		name = manifest.LayerBootstrap
	case o.hook != nil, o.id().Passive():
		name = manifest.LayerBase
	}
	o.annotate(manifest.LayerAnnotation, name)
}

// keepForever says in the agent's terms what helm.sh/resource-policy: keep
// says in Helm's: never delete it, even when it leaves the release.
func (t *pass) keepForever(o *object) {
	switch t.Delivery {
	case ArgoCD:
		o.annotate(argoOptions, "Prune=false,Delete=false")
	case Flux:
		o.annotate(fluxPrune, "disabled")
	}
}
