// Sync syncs manifests with a cluster by the engine of Argo CD, as its application
// controller does: it compares, and goes through phases and waves until all is done
// and healthy. Since nothing runs in the cluster that it is for, it writes the
// status of workloads as well, as a kubelet would. It reads a request from stdin and
// prints what happened, one JSON object a line, in the order in which it happened.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/sync/hook"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/util/openapi"
)

// request is an Application whose manifests are rendered, and the wish to sync it.
type request struct {
	Kubeconfig string               `json:"kubeconfig"`
	App        string               `json:"app"`
	Namespace  string               `json:"namespace"` // of the Application's destination
	Manifests  []string             `json:"manifests"`
	Options    v1alpha1.SyncOptions `json:"options"`
	Prune      bool                 `json:"prune"`
	Auto       bool                 `json:"auto"` // sync only what is out of sync, as automated sync does
	Seconds    int                  `json:"seconds"`
}

const (
	labelKey = "app.kubernetes.io/instance"
	tracking = v1alpha1.TrackingMethodAnnotation
	manager  = "argocd-controller"
)

func main() {
	klog.SetLogger(logr.Discard())
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sync:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var r request
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return err
	}
	if r.Seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.Seconds)*time.Second)
		defer cancel()
	}
	config, err := clientcmd.BuildConfigFromFlags("", r.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	config.WarningHandler = rest.NoWarnings{}
	log := &record{out: json.NewEncoder(out)}

	app := &application{request: r, config: config, log: log}
	if err := app.connect(); err != nil {
		return err
	}
	defer app.cluster.Invalidate()

	kubelet, err := newKubelet(config, log)
	if err != nil {
		return err
	}
	stop := kubelet.run(ctx, app.cluster)
	defer stop()

	if err := app.sync(ctx); err != nil {
		return err
	}
	if err := kubelet.settle(ctx); err != nil {
		return err
	}
	return app.printLive(ctx)
}

// application is what the application controller knows of one.
type application struct {
	request
	config  *rest.Config
	log     *record
	cluster cache.ClusterCache
	kubectl kube.Kubectl
	schema  openapi.Resources
	parser  *managedfields.GvkParser
	targets []*unstructured.Unstructured
}

// isOurs tells whether the live object is the Application's by the annotation that
// Argo CD leaves on what it applies.
func (a *application) isOurs(un *unstructured.Unstructured) bool {
	return argo.NewResourceTracking().GetAppName(un, labelKey, tracking, "") == a.App
}

func (a *application) connect() error {
	for _, m := range a.Manifests {
		objects, err := kube.SplitYAML([]byte(m))
		if err != nil {
			return err
		}
		a.targets = append(a.targets, objects...)
	}
	for _, target := range a.targets {
		// What the repo-server answers has it already; what the command line prints has not.
		if err := argo.NewResourceTracking().SetAppInstance(target, labelKey, a.App, a.Namespace, tracking, ""); err != nil {
			return err
		}
	}
	a.kubectl = &recordingKubectl{Kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}, log: a.log}
	a.cluster = cache.NewClusterCache(a.config,
		cache.SetLogr(logr.Discard()),
		cache.SetPopulateResourceInfoHandler(func(un *unstructured.Unstructured, _ bool) (any, bool) {
			ours := a.isOurs(un)
			return ours, ours
		}))
	if err := a.cluster.EnsureSynced(); err != nil {
		return err
	}
	var err error
	a.schema, a.parser, err = a.kubectl.LoadOpenAPISchema(a.config)
	return err
}

// compare tells target and live objects apart, and which of them differ.
func (a *application) compare() (sync.ReconciliationResult, *diff.DiffResultList, error) {
	live, err := a.cluster.GetManagedLiveObjs(a.targets, func(r *cache.Resource) bool { ours, _ := r.Info.(bool); return ours })
	if err != nil {
		return sync.ReconciliationResult{}, nil, err
	}
	both := sync.Reconcile(a.targets, live, a.Namespace, a.cluster)
	settings, err := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(nil, map[string]v1alpha1.ResourceOverride{}, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(labelKey, string(tracking)).
		WithNoCache().
		WithLogger(logr.Discard()).
		WithGVKParser(a.parser).
		WithManager(manager).
		WithStructuredMergeDiff(a.Options.HasOption(common.SyncOptionServerSideApply)).
		Build()
	if err != nil {
		return both, nil, err
	}
	differences, err := argodiff.StateDiffs(both.Live, both.Target, settings)
	return both, differences, err
}

// outOfSync names what the controller would call out of sync, with the fields that
// differ: hooks never are.
func outOfSync(both sync.ReconciliationResult, differences *diff.DiffResultList) map[string][]string {
	names := map[string][]string{}
	for i, target := range both.Target {
		live := both.Live[i]
		switch {
		case target == nil && !hook.IsHook(live):
			names[nameOf(live)] = []string{"is not wanted"}
		case target != nil && live == nil:
			names[nameOf(target)] = []string{"is missing"}
		case target != nil && differences.Diffs[i].Modified:
			names[nameOf(target)] = fields(differences.Diffs[i])
		}
	}
	return names
}

// fields are the paths of what differs, without what is there.
func fields(d diff.DiffResult) []string {
	var live, wanted any
	if json.Unmarshal(d.NormalizedLive, &live) != nil || json.Unmarshal(d.PredictedLive, &wanted) != nil {
		return nil
	}
	var paths []string
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		x, isMap := a.(map[string]any)
		y, both := b.(map[string]any)
		xs, isList := a.([]any)
		ys, bothLists := b.([]any)
		switch {
		case reflect.DeepEqual(a, b):
		case isMap && both:
			keys := maps.Clone(x)
			maps.Copy(keys, y)
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				walk(path+"."+key, x[key], y[key])
			}
		case isList && bothLists && len(xs) == len(ys):
			for i := range xs {
				walk(fmt.Sprintf("%s[%d]", path, i), xs[i], ys[i])
			}
		default:
			paths = append(paths, strings.TrimPrefix(path, "."))
		}
	}
	walk("", live, wanted)
	return paths
}

func (a *application) sync(ctx context.Context) error {
	both, differences, err := a.compare()
	if err != nil {
		return err
	}
	names := outOfSync(both, differences)
	a.log.print(event{Do: "compare", OutOfSync: names})
	if a.Auto && len(names) == 0 {
		return nil
	}

	phase, message, results := common.OperationRunning, "", []common.ResourceSyncResult(nil)
	start := metav1.Now()
	for {
		// One context a round, with the state of the round before, like the controller.
		phase, message, results, err = a.round(both, differences, phase, message, results, start)
		if err != nil {
			return err
		}
		if phase.Completed() {
			break
		}
		select {
		case <-ctx.Done():
			phase, message = common.OperationError, fmt.Sprintf("%v: %s", ctx.Err(), message)
		case <-time.After(250 * time.Millisecond):
		}
		if phase.Completed() {
			break
		}
		if both, differences, err = a.compare(); err != nil {
			return err
		}
	}
	for _, r := range results {
		e := event{Do: "result", Object: r.ResourceKey.String(), Phase: string(r.SyncPhase), Status: string(r.Status), Message: r.Message}
		if r.HookType != "" {
			e.Hook = string(r.HookType)
			e.Status = string(r.HookPhase)
		}
		a.log.print(e)
	}
	a.log.print(event{Do: "done", Status: string(phase), Message: message})
	return nil
}

// round does what can be done now.
func (a *application) round(both sync.ReconciliationResult, differences *diff.DiffResultList, phase common.OperationPhase, message string, results []common.ResourceSyncResult, start metav1.Time) (common.OperationPhase, string, []common.ResourceSyncResult, error) {
	// Hooks are deleted by a client that is made from this configuration.
	recorded := rest.CopyConfig(a.config)
	recorded.Wrap(a.log.transport)
	foreground := metav1.DeletePropagationForeground
	options := []sync.SyncOpt{
		sync.WithLogr(logr.Discard()),
		sync.WithHealthOverride(lua.ResourceHealthOverrides(map[string]v1alpha1.ResourceOverride{})),
		sync.WithOperationSettings(false, a.Prune, false, false),
		sync.WithInitialState(phase, message, results, start),
		sync.WithManifestValidation(!a.Options.HasOption(common.SyncOptionsDisableValidation)),
		sync.WithPruneLast(a.Options.HasOption(common.SyncOptionPruneLast)),
		sync.WithResourceModificationChecker(a.Options.HasOption("ApplyOutOfSyncOnly=true"), differences),
		sync.WithPrunePropagationPolicy(&foreground),
		sync.WithReplace(a.Options.HasOption(common.SyncOptionReplace)),
		sync.WithServerSideApply(a.Options.HasOption(common.SyncOptionServerSideApply)),
		sync.WithServerSideApplyManager(manager),
		sync.WithSkipDryRunOnMissingResource(a.Options.HasOption(common.SyncOptionSkipDryRunOnMissingResource)),
	}
	if a.Options.HasOption("CreateNamespace=true") {
		options = append(options, sync.WithNamespaceModifier(func(managed, live *unstructured.Unstructured) (bool, error) {
			return managed != nil && live == nil, nil
		}))
	}
	s, cleanup, err := sync.NewSyncContext("", both, recorded, a.config, a.kubectl, a.Namespace, a.schema, options...)
	if err != nil {
		return phase, message, results, err
	}
	defer cleanup()
	s.Sync()
	phase, message, results = s.GetState()
	return phase, message, results, nil
}

// printLive prints what the cluster holds of the Application in the end.
func (a *application) printLive(ctx context.Context) error {
	var live []*unstructured.Unstructured
	for _, r := range a.cluster.FindResources("", func(r *cache.Resource) bool { return r.Resource != nil }) {
		un, err := a.kubectl.GetResource(ctx, a.config, r.Resource.GroupVersionKind(), r.Resource.GetName(), r.Resource.GetNamespace())
		if err != nil {
			continue // it has just gone
		}
		live = append(live, un)
	}
	slices.SortFunc(live, func(x, y *unstructured.Unstructured) int {
		if nameOf(x) < nameOf(y) {
			return -1
		}
		return 1
	})
	for _, un := range live {
		a.log.print(event{Do: "live", Object: nameOf(un), UID: string(un.GetUID()), Version: un.GetResourceVersion()})
	}
	return nil
}
