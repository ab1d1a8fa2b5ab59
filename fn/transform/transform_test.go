package transform_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// plain is what most tests need: no agent, no labels touched.
var plain = transform.Options{Delivery: transform.Plain, Labels: transform.KeepLabels, Namespace: "ns", NamespaceObject: transform.ExternalNamespace}

// apply runs the rewriting over YAML and returns YAML and findings, each as
// "severity code Kind/name field".
func apply(t *testing.T, o transform.Options, in string) (string, []string, error) {
	t.Helper()
	set, _, err := manifest.Decode(strings.NewReader(in), "in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[manifest.ID]string{}
	for _, n := range set {
		sources[manifest.IDOf(n)] = "in.yaml"
	}
	out, found, err := transform.Apply(set, sources, o)
	if err == nil {
		err = transform.Finish(out)
	}
	var findings []string
	for _, f := range found {
		findings = append(findings, fmt.Sprintf("%s %s %s %s", f.Severity, f.Code, f.Object, f.Field))
		if f.File != "in.yaml" || f.Message == "" {
			t.Errorf("a finding without file or message: %+v", f)
		}
	}
	var b bytes.Buffer
	if err := out.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String(), findings, err
}

// canonical puts the wanted YAML in the form of the encoder.
func canonical(t *testing.T, s string) string {
	t.Helper()
	set, _, err := manifest.Decode(strings.NewReader(s), "want")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := set.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type example struct {
	name     string
	options  transform.Options
	in, want string
	findings []string
}

func run(t *testing.T, tests []example) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, findings, err := apply(t, tt.options, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(canonical(t, tt.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			slices.Sort(findings)
			slices.Sort(tt.findings)
			if diff := cmp.Diff(tt.findings, findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			again, _, err := apply(t, tt.options, tt.in)
			if err != nil || again != got {
				t.Errorf("two runs, two results (%v)", err)
			}
		})
	}
}

const meta = "metadata: {name: x, namespace: ns}\n"

func TestRepair(t *testing.T) {
	run(t, []example{
		{"nothing to do", plain, "apiVersion: v1\nkind: ConfigMap\n" + meta + "data: {a: \"\"}\n", "apiVersion: v1\nkind: ConfigMap\n" + meta + "data: {a: \"\"}\n", nil},
		{"a variable twice: the last one stays, in its place", plain,
			"apiVersion: apps/v1\nkind: Deployment\n" + meta + "spec: {template: {spec: {containers: [{name: c, env: [{name: A, value: '1'}, {name: B}, {name: A, value: '2'}, {name: C}]}]}}}\n",
			"apiVersion: apps/v1\nkind: Deployment\n" + meta + "spec: {template: {spec: {containers: [{name: c, env: [{name: B}, {name: A, value: '2'}, {name: C}]}]}}}\n",
			[]string{"warning duplicate-entry Deployment/x spec.template.spec.containers[c].env[A]"}},
		{"what the API server fills in, where Argo CD takes that for a difference", plain,
			"apiVersion: apps/v1\nkind: StatefulSet\n" + meta + "spec: {volumeClaimTemplates: [{metadata: {name: v}}, {apiVersion: v1, kind: PersistentVolumeClaim}]}\n---\n" +
				"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" + meta + "roleRef: {apiGroup: '', kind: Role, name: r}\n",
			"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" + meta + "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\n---\n" +
				"apiVersion: apps/v1\nkind: StatefulSet\n" + meta + "spec: {volumeClaimTemplates: [{metadata: {name: v}, apiVersion: v1, kind: PersistentVolumeClaim}, {apiVersion: v1, kind: PersistentVolumeClaim}]}\n",
			[]string{
				"info default RoleBinding/x roleRef.apiGroup",
				"info default StatefulSet/x spec.volumeClaimTemplates[0].apiVersion",
				"info default StatefulSet/x spec.volumeClaimTemplates[0].kind",
			}},
		{"lists of a Pod", plain,
			"apiVersion: apps/v1\nkind: StatefulSet\n" + meta + `spec: {template: {spec: {
  volumes: [{name: v, emptyDir: {}}, {name: v, secret: {secretName: s}}],
  imagePullSecrets: [{name: p}, {name: p}],
  initContainers: [{name: i, volumeMounts: [{name: v, mountPath: /a}, {name: w, mountPath: /a}, {name: v, mountPath: /b}]}],
  containers: [{name: c, ports: [{containerPort: 80}, {containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]}]}}}
`,
			"apiVersion: apps/v1\nkind: StatefulSet\n" + meta + `spec: {template: {spec: {
  volumes: [{name: v, secret: {secretName: s}}],
  imagePullSecrets: [{name: p}],
  initContainers: [{name: i, volumeMounts: [{name: w, mountPath: /a}, {name: v, mountPath: /b}]}],
  containers: [{name: c, ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]}]}}}
`,
			[]string{
				"warning duplicate-entry StatefulSet/x spec.template.spec.containers[c].ports[80/TCP]",
				"warning duplicate-entry StatefulSet/x spec.template.spec.imagePullSecrets[p]",
				"warning duplicate-entry StatefulSet/x spec.template.spec.initContainers[i].volumeMounts[/a]",
				"warning duplicate-entry StatefulSet/x spec.template.spec.volumes[v]",
			}},
		{"CronJob and Service", plain,
			"apiVersion: batch/v1\nkind: CronJob\n" + meta + "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, env: [{name: A}, {name: A}]}]}}}}}\n---\n" +
				"apiVersion: v1\nkind: Service\n" + meta + "spec: {ports: [{port: 1, name: a}, {port: 1, name: b}]}\n",
			"apiVersion: v1\nkind: Service\n" + meta + "spec: {ports: [{port: 1, name: b}]}\n---\n" +
				"apiVersion: batch/v1\nkind: CronJob\n" + meta + "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, env: [{name: A}]}]}}}}}\n",
			[]string{"warning duplicate-entry CronJob/x spec.jobTemplate.spec.template.spec.containers[c].env[A]", "warning duplicate-entry Service/x spec.ports[1/TCP]"}},
		{"nulls", plain,
			"apiVersion: apps/v1\nkind: Deployment\n" + meta + "spec: {replicas: null, strategy: {type: ~}, template: {spec: {volumes: , containers: [{name: c, args: null}]}}}\n",
			"apiVersion: apps/v1\nkind: Deployment\n" + meta + "spec: {strategy: {}, template: {spec: {containers: [{name: c}]}}}\n",
			[]string{"info null Deployment/x spec.replicas", "info null Deployment/x spec.strategy.type", "info null Deployment/x spec.template.spec.containers[0].args", "info null Deployment/x spec.template.spec.volumes"}},
		{"a custom resource says what it means by null and lists", plain,
			"apiVersion: example.com/v1\nkind: Thing\n" + meta + "spec: {a: null, env: [{name: A}, {name: A}]}\n",
			"apiVersion: example.com/v1\nkind: Thing\n" + meta + "spec: {a: null, env: [{name: A}, {name: A}]}\n", nil},
		{"labels and annotations are text", plain,
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns, labels: {a: 1}, annotations: {b: true}}\nspec: {template: {metadata: {labels: {c: 1.5}, annotations: {d: null}}, spec: {}}}\n",
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns, labels: {a: \"1\"}, annotations: {b: \"true\"}}\nspec: {template: {metadata: {labels: {c: \"1.5\"}, annotations: {}}, spec: {}}}\n",
			[]string{"info null Deployment/x spec.template.metadata.annotations.d", "warning not-text Deployment/x metadata.annotations.b", "warning not-text Deployment/x metadata.labels.a", "warning not-text Deployment/x spec.template.metadata.labels.c"}},
	})
}

func TestNamespace(t *testing.T) {
	create := plain
	create.NamespaceObject = transform.CreateNamespace
	argo, flux := create, create
	argo.Delivery, flux.Delivery = transform.ArgoCD, transform.Flux
	run(t, []example{
		{"completed, kept, taken away", plain,
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b, namespace: other}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c, namespace: ns}\n",
			"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ns}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b, namespace: other}\n",
			[]string{"info namespace ClusterRole/c metadata.namespace", "info namespace Secret/a metadata.namespace"}},
		{"a custom kind, as its definition says", plain,
			"apiVersion: example.com/v1\nkind: Wide\nmetadata: {name: w}\n---\napiVersion: example.com/v1\nkind: Narrow\nmetadata: {name: nw}\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: wides.example.com}\nspec: {group: example.com, scope: Cluster, names: {kind: Wide}}\n",
			"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: wides.example.com}\nspec: {group: example.com, scope: Cluster, names: {kind: Wide}}\n---\napiVersion: example.com/v1\nkind: Narrow\nmetadata: {name: nw, namespace: ns}\n---\napiVersion: example.com/v1\nkind: Wide\nmetadata: {name: w}\n",
			[]string{"info namespace Narrow.example.com/nw metadata.namespace"}},
		{"the object itself", create, "apiVersion: v1\nkind: Secret\n" + meta, "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n---\napiVersion: v1\nkind: Secret\n" + meta, nil},
		{"which Argo CD never prunes", argo, "apiVersion: v1\nkind: Secret\n" + meta,
			"apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, annotations: {argocd.argoproj.io/sync-wave: \"-20\", argocd.argoproj.io/sync-options: \"Prune=false,Delete=false\"}}\n---\napiVersion: v1\nkind: Secret\n" + meta, nil},
		{"and Flux neither", flux, "apiVersion: v1\nkind: Secret\n" + meta,
			"apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled, airstrip.dev/layer: 10-base}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ns, annotations: {airstrip.dev/layer: 10-base}}\n", nil},
	})
}

func TestLabels(t *testing.T) {
	strip, relabel := plain, plain
	strip.Labels, relabel.Labels = transform.StripLabels, transform.RelabelLabels
	const labels = "helm.sh/chart: airbyte-2.2.0, app.kubernetes.io/version: 2.2.0, app.kubernetes.io/managed-by: Helm"
	in := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns, labels: {" + labels + ", app: a}}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {" + labels + ", app: a}}, spec: {}}}\n"
	each := func(places ...string) (list []string) {
		for _, p := range places {
			for _, l := range []string{"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"} {
				list = append(list, "info label Deployment/x "+p+"."+l)
			}
		}
		return list
	}
	run(t, []example{
		{"kept", plain, in, in, nil},
		{"stripped", strip, in,
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns, labels: {app: a}}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {}}}\n",
			each("metadata.labels", "spec.template.metadata.labels")},
		{"made true", relabel, in, strings.ReplaceAll(in, "managed-by: Helm", "managed-by: airstrip"),
			[]string{"info label Deployment/x metadata.labels.app.kubernetes.io/managed-by", "info label Deployment/x spec.template.metadata.labels.app.kubernetes.io/managed-by"}},
		{"others' claims stay", strip,
			"apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ns, labels: {app.kubernetes.io/managed-by: vault}}\n",
			"apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ns, labels: {app.kubernetes.io/managed-by: vault}}\n", nil},
		{"none left", strip,
			"apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ns, labels: {helm.sh/chart: a}}\n",
			"apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ns}\n", []string{"info label Secret/x metadata.labels.helm.sh/chart"}},
		{"what a selector asks for stays, everywhere", strip,
			"apiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: ns, labels: {helm.sh/chart: a}}\nspec: {selector: {app.kubernetes.io/version: '1'}}\n---\n" +
				"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns}\nspec: {selector: {matchExpressions: [{key: helm.sh/chart, operator: Exists}]}, template: {metadata: {labels: {app.kubernetes.io/version: '1', helm.sh/chart: a}}, spec: {}}}\n",
			"apiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: ns, labels: {helm.sh/chart: a}}\nspec: {selector: {app.kubernetes.io/version: '1'}}\n---\n" +
				"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: ns}\nspec: {selector: {matchExpressions: [{key: helm.sh/chart, operator: Exists}]}, template: {metadata: {labels: {app.kubernetes.io/version: '1', helm.sh/chart: a}}, spec: {}}}\n",
			[]string{"warning label-selected Deployment/x spec.template.metadata.labels.app.kubernetes.io/version", "warning label-selected Deployment/x spec.template.metadata.labels.helm.sh/chart", "warning label-selected Service/x metadata.labels.helm.sh/chart"}},
	})
}
