package transform_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// hooked is an object with Helm's annotations.
func hooked(kind, name, events, weight, policy string) string {
	api := map[string]string{"Job": "batch/v1", "StatefulSet": "apps/v1", "Deployment": "apps/v1"}[kind]
	if api == "" {
		api = "v1"
	}
	s := "apiVersion: " + api + "\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n  namespace: ns\n  annotations:\n    own: stays\n"
	for key, value := range map[string]string{"hook": events, "hook-weight": weight, "hook-delete-policy": policy} {
		if value != "" {
			s += "    helm.sh/" + key + ": \"" + value + "\"\n"
		}
	}
	switch kind {
	case "Pod":
		s += "spec: {restartPolicy: Never, containers: [{name: c, image: i}]}\n"
	case "Job":
		s += "spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n"
	case "StatefulSet", "Deployment":
		s += "spec: {template: {spec: {containers: [{name: c, image: i}]}}}\n"
	}
	return s + "---\n"
}

// objects applies and returns the annotations of each object, by Kind/name.
func objects(t *testing.T, delivery transform.Delivery, in string) map[string]map[string]string {
	t.Helper()
	o := plain
	o.Delivery = delivery
	text, _, err := apply(t, o, in)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := manifest.Decode(strings.NewReader(text), "out")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, n := range set {
		annotations := map[string]string{}
		m := manifest.Lookup(n.YNode(), "metadata", "annotations")
		for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
			annotations[m.Content[i].Value] = m.Content[i+1].Value
		}
		all[manifest.IDOf(n).String()] = annotations
	}
	return all
}

// release is the shape of the official chart: the ServiceAccount before all, a
// database, a bootloader, the application, and what comes after it.
var releaseYAML = hooked("ServiceAccount", "sa", "pre-install", "-10", "") +
	hooked("ConfigMap", "env", "pre-install,pre-upgrade", "-1", "") +
	hooked("StatefulSet", "db", "pre-install", "-1", "") +
	hooked("Pod", "bootloader", "pre-install,pre-upgrade", "0", "") +
	hooked("Deployment", "server", "", "", "") +
	hooked("Service", "server", "", "", "") +
	hooked("Pod", "bucket", "post-install, post-upgrade", "", "hook-succeeded,before-hook-creation") +
	hooked("Job", "setup", "post-install", "5", "before-hook-creation") +
	hooked("Pod", "try", "test", "", "")

func TestHooksForArgoCD(t *testing.T) {
	got := objects(t, transform.ArgoCD, releaseYAML)
	const (
		wave   = "argocd.argoproj.io/sync-wave"
		hook   = "argocd.argoproj.io/hook"
		policy = "argocd.argoproj.io/hook-delete-policy"
	)
	want := map[string]map[string]string{
		"ServiceAccount/sa": {wave: "-10"},
		"ConfigMap/env":     {wave: "-1"},
		"StatefulSet/db":    {wave: "-1"},
		"Job/bootloader":    {hook: "Sync", policy: "BeforeHookCreation"},
		"Deployment/server": {wave: "1"},
		"Service/server":    {},
		"Job/bucket":        {hook: "PostSync", policy: "BeforeHookCreation,HookSucceeded"},
		"Job/setup":         {hook: "PostSync", policy: "BeforeHookCreation", wave: "5"},
	}
	compareAnnotations(t, got, want)
}

func TestHooksForFlux(t *testing.T) {
	const (
		layer = "airstrip.dev/layer"
		named = "airstrip.dev/named-by-content"
	)
	want := map[string]map[string]string{
		"ServiceAccount/sa": {layer: "10-base"},
		"ConfigMap/env":     {layer: "10-base"},
		"StatefulSet/db":    {layer: "10-base"},
		"Job/bootloader-#":  {layer: "20-bootstrap", named: "bootloader"},
		"Deployment/server": {layer: "30-app"},
		"Service/server":    {layer: "10-base"},
		"Job/bucket-#":      {layer: "40-finish", named: "bucket"},
		"Job/setup-#":       {layer: "40-finish", named: "setup"},
	}
	compareAnnotations(t, objects(t, transform.Flux, releaseYAML), want)
}

func TestHooksPlain(t *testing.T) {
	const named = "airstrip.dev/named-by-content"
	want := map[string]map[string]string{
		"ServiceAccount/sa": {}, "ConfigMap/env": {}, "StatefulSet/db": {}, "Deployment/server": {}, "Service/server": {},
		"Job/bootloader-#": {named: "bootloader"}, "Job/bucket-#": {named: "bucket"}, "Job/setup-#": {named: "setup"},
	}
	compareAnnotations(t, objects(t, transform.Plain, releaseYAML), want)
}

var suffix = regexp.MustCompile(`-[0-9a-f]{10}$`)

func compareAnnotations(t *testing.T, got, want map[string]map[string]string) {
	t.Helper()
	seen := map[string]bool{}
	for name, annotations := range got {
		name = suffix.ReplaceAllString(name, "-#")
		seen[name] = true
		w, ok := want[name]
		if !ok {
			t.Errorf("%s should not be there", name)
			continue
		}
		if annotations["own"] != "stays" {
			t.Errorf("%s has lost an annotation of its own: %v", name, annotations)
		}
		delete(annotations, "own")
		if len(annotations) != len(w) {
			t.Errorf("%s: annotations are %v, want %v", name, annotations, w)
		}
		for k, v := range w {
			if annotations[k] != v {
				t.Errorf("%s: %s is %q, want %q", name, k, annotations[k], v)
			}
		}
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestHookEvents(t *testing.T) {
	for events, want := range map[string]string{
		"pre-install":                  "info hook",
		"post-upgrade":                 "info hook",
		" post-install , pre-upgrade ": "info hook",
		"PRE-INSTALL":                  "info hook",
		"pre-install,pre-delete":       "info hook",
		"test":                         "info hook-dropped",
		"test-success":                 "info hook-dropped",
		"test, pre-delete":             "info hook-dropped",
		"pre-delete":                   "warning hook-dropped",
		"pre-rollback,post-rollback":   "warning hook-dropped",
		"crd-install":                  "warning hook-dropped",
		"sometimes":                    "warning hook-dropped",
	} {
		_, findings, err := apply(t, plain, hooked("ConfigMap", "x", events, "", "")+hooked("ConfigMap", "other", "", "", ""))
		if err != nil || len(findings) != 1 || !strings.HasPrefix(findings[0], want+" ") {
			t.Errorf("%q: findings are %q, %v; want %s", events, findings, err, want)
		}
	}
}

// The weight of the objects that start Pods comes after the last weight before
// them; a weight that is no number is 0, as for Helm.
func TestHookWeights(t *testing.T) {
	in := hooked("ConfigMap", "late", "pre-install", "7", "") + hooked("ConfigMap", "odd", "pre-install", "soon", "") +
		hooked("Deployment", "d", "", "", "") + hooked("Deployment", "after", "post-install", "3", "")
	got := objects(t, transform.ArgoCD, in)
	for name, want := range map[string]string{"ConfigMap/late": "7", "ConfigMap/odd": "", "Deployment/d": "8", "Deployment/after": "9"} {
		if wave := got[name]["argocd.argoproj.io/sync-wave"]; wave != want {
			t.Errorf("%s: wave is %q, want %q", name, wave, want)
		}
	}
}

func TestResourcePolicyKeep(t *testing.T) {
	in := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: x, namespace: ns, annotations: {helm.sh/resource-policy: keep}}\n"
	for delivery, want := range map[transform.Delivery][2]string{
		transform.ArgoCD: {"argocd.argoproj.io/sync-options", "Prune=false,Delete=false"},
		transform.Flux:   {"kustomize.toolkit.fluxcd.io/prune", "disabled"},
		transform.Plain:  {"helm.sh/resource-policy", ""},
	} {
		got := objects(t, delivery, in)["PersistentVolumeClaim/x"]
		if got[want[0]] != want[1] {
			t.Errorf("%s: annotations are %v, want %v", delivery, got, want)
		}
	}
}

// jobName renders a bootloader and returns the name of its Job.
func jobName(t *testing.T, in string) string {
	t.Helper()
	for name := range objects(t, transform.Plain, in) {
		if rest, ok := strings.CutPrefix(name, "Job/"); ok {
			return rest
		}
	}
	t.Fatal("no Job")
	return ""
}

func TestJobNames(t *testing.T) {
	pod := hooked("Pod", "boot", "pre-install", "", "")
	name := jobName(t, pod)
	if !suffix.MatchString(name) || !strings.HasPrefix(name, "boot-") {
		t.Errorf("name is %q", name)
	}
	if again := jobName(t, pod); again != name {
		t.Errorf("the same Pod is %s and %s", name, again)
	}
	if other := jobName(t, strings.Replace(pod, "image: i", "image: j", 1)); other == name {
		t.Error("another image, the same name")
	}
	if other := jobName(t, strings.Replace(pod, "own: stays", "own: goes", 1)); other == name {
		t.Error("another annotation of the Pod, the same name: the cluster would refuse it")
	}
	// A changed ConfigMap runs it again.
	reads := strings.Replace(pod, "image: i", "image: i, envFrom: [{configMapRef: {name: env}}]", 1)
	env := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env, namespace: ns}\ndata: {a: \"1\"}\n---\n"
	if jobName(t, reads+env) == jobName(t, reads+strings.Replace(env, "\"1\"", "\"2\"", 1)) {
		t.Error("another setting, the same name")
	}
	long := jobName(t, hooked("Pod", strings.Repeat("a", 70), "pre-install", "", ""))
	if len(long) > 63 || !suffix.MatchString(long) {
		t.Errorf("a long name: %q, %d bytes", long, len(long))
	}
	dashed := jobName(t, hooked("Pod", strings.Repeat("a", 51)+"-"+strings.Repeat("b", 18), "pre-install", "", ""))
	if strings.Contains(dashed, "--") { // as a dot it would be no name
		t.Errorf("cut at a dash: %q", dashed)
	}
}

// A bare Pod becomes a Job that does the same and never goes away by itself.
func TestPodBecomesJob(t *testing.T) {
	run(t, []example{
		{"as it was", argo(), "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: ns, labels: {app: a}, annotations: {helm.sh/hook: pre-install, own: b}}\nspec: {restartPolicy: Never, containers: [{name: c}]}\n",
			"apiVersion: batch/v1\nkind: Job\nmetadata: {name: x, namespace: ns, labels: {app: a}, annotations: {own: b, argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: BeforeHookCreation}}\n" +
				"spec: {template: {metadata: {labels: {app: a}, annotations: {own: b}}, spec: {restartPolicy: Never, containers: [{name: c}]}}}\n",
			[]string{"info hook Pod/x metadata.annotations.helm.sh/hook", "info pod-to-job Pod/x kind"}},
		{"without labels, without a restart policy", argo(), "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: ns, annotations: {helm.sh/hook: post-install}}\nspec: {containers: [{name: c}]}\nstatus: {phase: x}\n",
			"apiVersion: batch/v1\nkind: Job\nmetadata: {name: x, namespace: ns, annotations: {argocd.argoproj.io/hook: PostSync, argocd.argoproj.io/hook-delete-policy: BeforeHookCreation}}\n" +
				"spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: c}]}}}\n",
			[]string{"info hook Pod/x metadata.annotations.helm.sh/hook", "info pod-to-job Pod/x kind"}},
	})
}

func argo() transform.Options {
	o := plain
	o.Delivery = transform.ArgoCD
	return o
}
