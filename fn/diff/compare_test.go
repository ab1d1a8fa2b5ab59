package diff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func decode(t *testing.T, text string) manifest.Set {
	t.Helper()
	set, _, err := manifest.DecodeText(text, "test")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// lineOf writes the rows of a report in a line each: op, objects, path, values; noise in
// brackets.
func lineOf(r *Report) string {
	var b strings.Builder
	line := func(row Row, format string) {
		value := func(v Value) string {
			switch {
			case !v.Present:
				return "-"
			case v.Hidden:
				return "?"
			}
			return strings.ReplaceAll(v.Text, "\n", "|")
		}
		fmt.Fprintf(&b, format+"\n", fmt.Sprintf("%s %s %s: %s > %s", row.Op, row.Places[0].Object, row.Path, value(row.Old), value(row.New)))
	}
	for _, row := range r.Rows {
		line(row, "%s")
	}
	for _, row := range r.Noise {
		line(row, "(%s)")
	}
	for _, i := range r.Images {
		from := ""
		if i.From != "" {
			from = i.From + " to "
		}
		fmt.Fprintf(&b, "image %s%s: %s > %s %s\n", from, i.Repository, i.Old, i.New, i.Bump)
	}
	return b.String()
}

const (
	pod  = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [%s]}}}\n"
	conf = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  %s\n"
	rule = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np}\nspec: {egress: [%s]}\n"
)

func TestCompare(t *testing.T) {
	for _, tt := range []struct{ name, format, old, new, want string }{
		{"the same", "%s", "", "", ""},
		{"order of keys", conf, "{a: x, b: w}", "{b: w, a: x}", ""},
		{"scalar", conf, "{a: x}", "{a: w}", "changed ConfigMap/c data.a: x > w\n"},
		{"type", conf, "{a: 'true'}", "{a: true}", "changed ConfigMap/c data.a: \"true\" > true\n"},
		{"empty and absent", conf, "{a: x}", "{a: x, b: ''}", "added ConfigMap/c data.b: - > \n"},
		{"kind of value", conf, "{a: x}", "{a: {b: c}}", "changed ConfigMap/c data.a: x > b: c\n"},
		{"keys that are no words", conf, "{a.b/c: x, '[]': x, '*': x}", "{a.b/c: w, '[]': w, '*': w}",
			"changed ConfigMap/c data[\"*\"]: x > w\nchanged ConfigMap/c data[\"[]\"]: x > w\nchanged ConfigMap/c data[a.b/c]: x > w\n"},

		{"variable", pod, "{name: a, env: [{name: X, value: x}, {name: W, value: w}]}", "{name: a, env: [{name: W, value: z}, {name: X, value: x}]}",
			"reordered Deployment/d spec.template.spec.containers[a].env: W after X > W first\nchanged Deployment/d spec.template.spec.containers[a].env[W].value: w > z\n"},
		{"source of a variable", pod, "{name: a, env: [{name: X, value: x}]}", "{name: a, env: [{name: X, valueFrom: {fieldRef: {fieldPath: p}}}]}",
			"changed Deployment/d spec.template.spec.containers[a].env[X]: name: X|value: x > name: X|valueFrom:|  fieldRef:|    fieldPath: p\n"},
		{"one change in two containers", pod, "{name: a, tty: true}, {name: b, tty: true}", "{name: a, tty: false}, {name: b, tty: false}",
			"changed Deployment/d spec.template.spec.containers[*].tty: true > false\n"},
		{"ports by name", pod, "{name: a, ports: [{name: http, containerPort: 1}]}", "{name: a, ports: [{name: http, containerPort: 2}]}",
			"changed Deployment/d spec.template.spec.containers[a].ports[http].containerPort: 1 > 2\n"},
		{"the first port", pod, "{name: a}", "{name: a, ports: [{name: http, containerPort: 2}]}",
			"added Deployment/d spec.template.spec.containers[a].ports[http]: - > containerPort: 2|name: http\n"},
		{"a default of ports written out", pod, "{name: a, ports: [{containerPort: 80}]}", "{name: a, ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]}",
			"added Deployment/d spec.template.spec.containers[a].ports[80/TCP].protocol: - > TCP\nadded Deployment/d spec.template.spec.containers[a].ports[80/UDP]: - > containerPort: 80|protocol: UDP\n"},
		{"a default of tolerations written out", "kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {tolerations: [%s]}\n", "{key: a, value: b}", "{key: a, operator: Equal, value: b}",
			"added Pod/p spec.tolerations[a/Equal/b].operator: - > Equal\n"},
		{"a default of references written out", "kind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\nmetadata: {name: r, namespace: ns}\nspec: {parentRefs: [%s]}\n", "{name: g}", "{name: g, kind: Gateway, namespace: ns}",
			"added HTTPRoute.gateway.networking.k8s.io/r spec.parentRefs[g/Gateway].kind: - > Gateway\nadded HTTPRoute.gateway.networking.k8s.io/r spec.parentRefs[g/Gateway].namespace: - > ns\n"},
		{"the namespace of subjects written out", "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: r}\nsubjects: [%s]\n", "{kind: ServiceAccount, name: a}", "{kind: ServiceAccount, name: a, namespace: default}, {kind: ServiceAccount, name: a, namespace: other}",
			"added RoleBinding/r subjects[a/ServiceAccount/other]: - > kind: ServiceAccount|name: a|namespace: other\nadded RoleBinding/r subjects[a/ServiceAccount].namespace: - > default\n"},
		{"mounts by path", pod, "{name: a, volumeMounts: [{mountPath: /x, name: x}]}", "{name: a, volumeMounts: [{mountPath: /x, name: w}]}",
			"changed Deployment/d spec.template.spec.containers[a].volumeMounts[/x].name: x > w\n"},
		{"arguments are a sequence", pod, "{name: a, args: [x, w]}", "{name: a, args: [w, x]}",
			"reordered Deployment/d spec.template.spec.containers[a].args: - x|- w > - w|- x\n"},
		{"an argument", pod, "{name: a, args: [x, w]}", "{name: a, args: [x, z]}",
			"changed Deployment/d spec.template.spec.containers[a].args: - x|- w > - x|- z\n"},
		{"flags of a custom kind", "kind: Database\napiVersion: example.com/v1\nmetadata: {name: d}\nspec: {extraArgs: [%s]}\n", "--host, h, --password, a", "--host, h, --password, b",
			"changed Database.example.com/d spec.extraArgs: ? > ?\n"},
		{"a set of words", "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: r}\nrules: [%s]\n",
			"{apiGroups: [''], resources: [pods], verbs: [get, list]}", "{apiGroups: [''], resources: [pods], verbs: [list, create]}",
			"added Role/r rules[core/pods].verbs[create]: - > create\nremoved Role/r rules[core/pods].verbs[get]: get > -\n"},
		{"hosts and paths", "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: i}\nspec: {rules: [%s]}\n",
			"{host: h, http: {paths: [{path: /, pathType: Prefix, backend: a}]}}", "{host: h, http: {paths: [{path: /, pathType: Prefix, backend: b}]}}, {host: g}",
			"added Ingress/i spec.rules[g]: - > host: g\nchanged Ingress/i spec.rules[h].http.paths[//Prefix].backend: a > b\n"},
		{"items known by nothing", rule, "{to: [{x: 1}]}, {ports: [{port: 1}]}", "{ports: [{port: 1}]}, {to: [{x: 1}], ports: [{port: 2}]}",
			"reordered NetworkPolicy/np spec.egress: item 1 after item 0 > item 1 first\nadded NetworkPolicy/np spec.egress[1].ports[2/TCP]: - > port: 2\n"},
		{"items of one name", pod, "{name: a}, {name: a, tty: true}", "{name: a}, {name: a, tty: false}",
			"changed Deployment/d spec.template.spec.containers[a#2].tty: true > false\n"},

		{"YAML in a text", conf, "{a.yml: \"log: {level: x}\\nl: [1]\"}", "{a.yml: \"l: [1]\\nlog:\\n  level: w\"}", "changed ConfigMap/c data[a.yml].log.level: x > w\n"},
		{"form of a text", conf, "{a.yml: \"log: {level: x}\"}", "{a.yml: \"# why\\nlog:\\n  level: x\"}", "reformatted ConfigMap/c data[a.yml]:  > \n"},
		{"JSON in a text", conf, "{A: '{\"x\": [1, 2]}'}", "{A: '{\"x\":[1,3]}'}", "removed ConfigMap/c data.A.x[2]: 2 > -\nadded ConfigMap/c data.A.x[3]: - > 3\n"},
		{"properties", conf, "{a.properties: \"x = 1\\nw=2\"}", "{a.properties: \"w=2\\nx=2\"}", "changed ConfigMap/c data[a.properties].x: 1 > 2\n"},
		{"numbers of YAML are as they are written", conf, "{a.yml: \"v: 1.10\\nn: 0x10\\nx: 1\"}", "{a.yml: \"v: 1.1\\nn: 16\\nx: 1.0\"}",
			"changed ConfigMap/c data[a.yml].v: 1.10 > 1.1\nchanged ConfigMap/c data[a.yml].x: 1 > 1.0\n"},
		{"numbers of JSON are exact", conf, `{A: '{"n": 12345678901234567890123, "u": 12345678901234567890, "f": 1e2}'}`, `{A: '{"n": 12345678901234567890124, "u": 12345678901234567891, "f": 1e2}'}`,
			"changed ConfigMap/c data.A.n: 12345678901234567890123 > 12345678901234567890124\nchanged ConfigMap/c data.A.u: 12345678901234567890 > 12345678901234567891\n"},
		{"what stands behind JSON", conf, `{A: '{"id": 1} ]x'}`, `{A: '{"id": 1} ]y z'}`, "changed ConfigMap/c data.A: {\"id\": 1} ]x > {\"id\": 1} ]y z\n"},
		{"two documents of JSON", conf, `{A: '{"id": 1} {"id": 2}'}`, `{A: '{"id": 1} {"id": 3}'}`, "changed ConfigMap/c data.A: {\"id\": 1} {\"id\": 2} > {\"id\": 1} {\"id\": 3}\n"},
		{"anchors of YAML", conf, "{a.yml: \"a: &a {x: 1, 2: w}\\nb: {<<: *a, y: ~}\"}", "{a.yml: \"a: {x: 1, 2: w}\\nb: {x: 1, 2: w, y: null}\"}", "reformatted ConfigMap/c data[a.yml]:  > \n"},
		{"a script is no properties", conf, "{a.sh: \"if x; then\\n  A=1\\nfi\"}", "{a.sh: \"if x; then\\n  A=2\\nfi\"}",
			"changed ConfigMap/c data[a.sh]: if x; then|  A=1|fi > if x; then|  A=2|fi\n"},
		{"JSON in an annotation", "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: i, annotations: {a.b/c: %s}}\n", `'{"p":1,"q":2}'`, `'{"q":2,"p":2}'`,
			"changed Ingress/i metadata.annotations[a.b/c].p: 1 > 2\n"},

		{"image", pod, "{name: a, image: 'r:5/a/b:1.2.3'}", "{name: a, image: 'r:5/a/b:1.3.0'}", "image r:5/a/b: 1.2.3 > 1.3.0 minor\n"},
		{"digest of an image", pod, "{name: a, image: 'b@sha256:1'}", "{name: a, image: 'b@sha256:2'}", "image b: sha256:1 > sha256:2 other\n"},
		{"mirror of an image", pod, "{name: a, image: 'a/b:1.2.3'}", "{name: a, image: 'ghcr.io/x/b:1.2.3'}", "image a/b to ghcr.io/x/b: 1.2.3 > 1.2.3 moved\n"},
		{"another image", pod, "{name: a, image: 'a:1.2.3'}", "{name: a, image: 'b:1.2.3'}",
			"changed Deployment/d spec.template.spec.containers[a].image: a:1.2.3 > b:1.2.3\nimage b:  > 1.2.3 new\nimage a: 1.2.3 >  dropped\n"},
		{"image in a key", conf, "{X_IMAGE: 'a:2.0.4-1'}", "{X_IMAGE: 'a:2.0.4-2'}", "image a: 2.0.4-1 > 2.0.4-2 patch\n"},

		{"labels of the release", "kind: Service\napiVersion: v1\nmetadata: {name: s, labels: {helm.sh/chart: %s}}\n", "a-1", "a-2", "(changed Service/s metadata.labels[helm.sh/chart]: a-1 > a-2)\n"},
		{"version in a label", "kind: Service\napiVersion: v1\nmetadata: {name: s, labels: {app: %s}}\n", "a-1.0.0", "a-1.0.1", "(changed Service/s metadata.labels.app: a-1.0.0 > a-1.0.1)\n"},
		{"version in a selector", "kind: Service\napiVersion: v1\nmetadata: {name: s}\nspec: {selector: {app: %s}}\n", "a-1.0.0", "a-1.0.1", "changed Service/s spec.selector.app: a-1.0.0 > a-1.0.1\n"},
		{"checksum", "kind: Pod\napiVersion: v1\nmetadata: {name: p, annotations: {checksum/config: %s}}\n", "x", "w", "(changed Pod/p metadata.annotations[checksum/config]: x > w)\n"},
		{"labels in a file", conf, "{a.yaml: \"labels: {chart: a-1, v: 1.0.0}\\nmetadata: {annotations: {checksum/x: a}}\"}", "{a.yaml: \"labels: {chart: a-2, v: 2.0.0}\\nmetadata: {annotations: {checksum/x: b}}\"}",
			"changed ConfigMap/c data[a.yaml].labels.chart: a-1 > a-2\nchanged ConfigMap/c data[a.yaml].labels.v: 1.0.0 > 2.0.0\nchanged ConfigMap/c data[a.yaml].metadata.annotations[checksum/x]: a > b\n"},
		{"labels of a kind's own", "kind: PrometheusRule\napiVersion: monitoring.coreos.com/v1\nmetadata: {name: p}\nspec: {groups: [{name: g, rules: [{alert: a, labels: {version: %s}}]}]}\n", "1.0.0", "1.0.1",
			"changed PrometheusRule.monitoring.coreos.com/p spec.groups[g].rules[0].labels.version: 1.0.0 > 1.0.1\n"},
		{"labels of Pods and claims", "kind: StatefulSet\napiVersion: apps/v1\nmetadata: {name: s}\nspec: {template: {metadata: {annotations: {checksum/x: c%[1]s}}}, volumeClaimTemplates: [{metadata: {name: v, labels: {chart: %[1]s}}}]}\n", "a-1", "a-2",
			"(changed StatefulSet/s spec.template.metadata.annotations[checksum/x]: ca-1 > ca-2)\n(changed StatefulSet/s spec.volumeClaimTemplates[v].metadata.labels.chart: a-1 > a-2)\n"},
		{"labels of Pods of a CronJob", "kind: CronJob\napiVersion: batch/v1\nmetadata: {name: j}\nspec: {jobTemplate: {metadata: {labels: {chart: %[1]s}}, spec: {template: {metadata: {labels: {chart: %[1]s}}}}}}\n", "a-1", "a-2",
			"(changed CronJob/j spec.jobTemplate.metadata.labels.chart: a-1 > a-2)\n(changed CronJob/j spec.jobTemplate.spec.template.metadata.labels.chart: a-1 > a-2)\n"},
		{"namespace that was left out", "kind: Service\napiVersion: v1\nmetadata: {name: s%s}\n", "", ", namespace: default", "(added Service/s metadata.namespace: - > default)\n"},

		{"version of an API", "kind: Deployment\napiVersion: %s\nmetadata: {name: d}\n", "extensions/v1beta1", "apps/v1", "changed Deployment/d apiVersion: extensions/v1beta1 > apps/v1\n"},
		{"name with a hash", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c-%s}\n", "0123456789}\ndata: {a: x", "9876543210}\ndata: {a: w",
			"renamed ConfigMap/c-9876543210 : c-0123456789 > c-9876543210\nchanged ConfigMap/c-9876543210 data.a: x > w\n"},
		{"what reads it", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c-%[1]s}\n---\n" + "kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {volumes: [{name: v, configMap: {name: c-%[1]s}}]}\n", "0123456789", "9876543210",
			"renamed ConfigMap/c-9876543210 : c-0123456789 > c-9876543210\n(changed Pod/p spec.volumes[v].configMap.name: c-0123456789 > c-9876543210)\n"},
		{"name of the like", "kind: Service\napiVersion: v1\nmetadata: {name: %[1]s, labels: {app: %[1]s}}\nspec: {selector: {app: %[1]s}, type: ClusterIP, ports: [{name: http, port: 80}]}\n", "a", "b",
			"renamed Service/b : a > b\nchanged Service/b metadata.labels.app: a > b\nchanged Service/b spec.selector.app: a > b\n"},
		{"name of the unlike", "kind: ServiceAccount\napiVersion: v1\nmetadata: {name: %s}\n", "a", "b",
			"removed ServiceAccount/a : apiVersion: v1|kind: ServiceAccount|metadata:|  name: a > -\nadded ServiceAccount/b : - > apiVersion: v1|kind: ServiceAccount|metadata:|  name: b\n"},

		{"Secret", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ntype: Opaque\ndata: {%s}\n", "a: eA==, b: eA==, d: eA==", "a: eQ==, c: eA==, d: eA==",
			"changed Secret/s data.a: ? > ?\nremoved Secret/s data.b: ? > -\nadded Secret/s data.c: - > ?\n"},
		{"recipients", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {a: ENC}\nsops: {mac: %[1]s, age: [{recipient: age1%[1]s, enc: %[1]s}]}\n", "x", "w",
			"added Secret/s sops.age[age1w]: - > age1w\nremoved Secret/s sops.age[age1x]: age1x > -\n(changed Secret/s sops: ? > ?)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fill := func(part string) manifest.Set { return decode(t, fmt.Sprintf(tt.format, part)) }
			if tt.format == "%s" {
				fill = func(part string) manifest.Set { return decode(t, part) }
			}
			r := Compare([]Sides{{Name: "x", Old: fill(tt.old), New: fill(tt.new)}}, Options{})
			if d := cmp.Diff(tt.want, lineOf(r)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestSame says of a sealed value that was encrypted anew that it is the same, where
// somebody knows.
func TestSame(t *testing.T) {
	const secret = "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {same: ENC%[1]d, other: ENC%[1]d, unknown: ENC%[1]d}\nsops: {mac: m}\n"
	s := []Sides{{Name: "prod", Old: decode(t, fmt.Sprintf(secret, 1)), New: decode(t, fmt.Sprintf(secret, 2))}}
	r := Compare(s, Options{Same: func(old, new *yaml.RNode, key string) (same, known bool) {
		if old != s[0].Old[0] || new != s[0].New[0] {
			t.Error("asked of other objects")
		}
		return key == "same" || key == "unknown", key != "unknown"
	}})
	want := "changed Secret/s data.other: ? > ?\nresealed Secret/s data.same: ? > ?\nchanged Secret/s data.unknown: ? > ?\n"
	if d := cmp.Diff(want, lineOf(r)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestEnvironments folds over environments, and counts their objects.
func TestEnvironments(t *testing.T) {
	set := func(level string) manifest.Set {
		return decode(t, fmt.Sprintf(conf, "{LOG_LEVEL: "+level+"}")+"---\n"+fmt.Sprintf(pod, "{name: a}"))
	}
	r := Compare([]Sides{
		{Name: "aks", Old: set("a"), New: set("b")},
		{Name: "eks", Old: set("a"), New: set("b")[:1]},
		{Name: "gke", Old: set("a"), New: set("c")},
		{Name: "new", New: set("b")[:1]},
		{Name: "broken", Error: "no chart"},
	}, Options{})
	want := []Environment{
		{Name: "aks", Homes: []string{"default"}, Old: 2, New: 2, Changed: 1}, {Name: "eks", Homes: []string{"default"}, Old: 2, New: 1, Removed: 1, Changed: 1},
		{Name: "gke", Homes: []string{"default"}, Old: 2, New: 2, Changed: 1}, {Name: "new", Homes: []string{"default"}, New: 1, Added: 1}, {Name: "broken", Error: "no chart"},
	}
	if d := cmp.Diff(want, r.Environments); d != "" {
		t.Errorf("environments (-want +got)\n%s", d)
	}
	var levels []string
	for _, row := range r.Rows {
		if row.Path == "data.LOG_LEVEL" {
			var in []string
			for _, p := range row.Places {
				in = append(in, p.Environment)
			}
			levels = append(levels, row.New.Text+" "+strings.Join(in, ","))
		}
	}
	if d := cmp.Diff([]string{"b aks,eks", "c gke"}, levels); d != "" {
		t.Errorf("rows (-want +got)\n%s", d)
	}
}

// TestHomes pairs objects of a release that moves, and of environments in two
// namespaces.
func TestHomes(t *testing.T) {
	set := func(ns string) manifest.Set {
		return decode(t, "kind: Service\napiVersion: v1\nmetadata: {name: a, namespace: "+ns+"}\n---\nkind: Service\napiVersion: v1\nmetadata: {name: b, namespace: "+ns+"}\n---\nkind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: r, namespace: kube-system}\n")
	}
	r := Compare([]Sides{{Name: "x", Old: set("a"), New: set("b")}}, Options{})
	if got, want := lineOf(r), "changed Service/a metadata.namespace: a > b\n"; got != want || len(r.Rows[0].Places) != 2 {
		t.Errorf("got %s in %d places, want %s in 2", got, len(r.Rows[0].Places), want)
	}
}

// TestNamespaces tells objects of one environment apart that have a name in two
// namespaces, and takes those at home in two environments for the same.
func TestNamespaces(t *testing.T) {
	set := func(home, value string) manifest.Set {
		return decode(t, strings.ReplaceAll(fmt.Sprintf("kind: ConfigMap\napiVersion: v1\nmetadata: {name: c, namespace: HOME}\ndata: {a: %[1]s}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: c, namespace: other}\ndata: {a: %[1]s}\n", value), "HOME", home))
	}
	r := Compare([]Sides{
		{Name: "aks", OldHome: "a", NewHome: "a", Old: set("a", "x"), New: set("a", "w")},
		{Name: "eks", OldHome: "b", NewHome: "b", Old: set("b", "x"), New: set("b", "w")},
	}, Options{})
	for _, at := range [][2]string{{"aks", "a"}, {"aks", "other"}, {"eks", "b"}, {"eks", "other"}} {
		r.AddRisk(at[0], Risk{Finding: manifest.Finding{
			Severity: manifest.Error, Code: "endpoint", Object: manifest.ID{Kind: "ConfigMap", Namespace: at[1], Name: "c"}, Message: "moves",
		}})
	}
	if got, want := r.Verdict(), "2 environments · 2 objects · 1 change · 2 risks (2 blocking)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want := `2 environments · 2 objects · 1 change · 2 risks (2 blocking)

Risks
  blocking: ConfigMap/c: moves [endpoint] (all)
  blocking: ConfigMap/other/c: moves [endpoint] (all)

Changes
  ConfigMap
    ~ data.a: x → w
        c, other/c (all)
`
	if d := cmp.Diff(want, text(t, r, TextOptions{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	out := formats(t, r)
	for format, want := range map[string]string{
		"markdown": "`ConfigMap/other/c`", "html": "<code>ConfigMap/other/c</code>", "sarif": "ConfigMap/other/c: moves (aks, eks)", "json": `"namespace": "other"`,
	} {
		if !strings.Contains(out[format], want) {
			t.Errorf("%s has no %s", format, want)
		}
	}
}

func TestTotals(t *testing.T) {
	set := decode(t, `
kind: Deployment
apiVersion: apps/v1
metadata: {name: scaled, namespace: x}
spec:
  replicas: 1
  template:
    spec:
      initContainers:
      - {name: i, resources: {requests: {cpu: 2, memory: 10Mi}}}
      - {name: sidecar, restartPolicy: Always, resources: {requests: {cpu: 100m}}}
      containers:
      - {name: a, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 1}}}
      - {name: b, resources: {limits: {memory: 1Gi}}}
---
kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v2
metadata: {name: h, namespace: x}
spec: {minReplicas: 3, scaleTargetRef: {kind: Deployment, name: scaled}}
---
kind: StatefulSet
apiVersion: apps/v1
metadata: {name: db}
spec:
  replicas: 2
  template: {spec: {containers: [{name: a}]}}
  volumeClaimTemplates: [{metadata: {name: v}, spec: {resources: {requests: {storage: 10Gi}}}}]
---
kind: PersistentVolumeClaim
apiVersion: v1
metadata: {name: p}
spec: {resources: {requests: {storage: 1Gi}}}
---
kind: Job
apiVersion: batch/v1
metadata: {name: j}
spec: {template: {spec: {containers: [{name: a, resources: {requests: {cpu: 9}}}]}}}
---
kind: Pod
apiVersion: v1
metadata: {name: once}
spec: {restartPolicy: Never, containers: [{name: a, resources: {requests: {cpu: 9}}}]}
`)
	r := Compare([]Sides{{Name: "x", New: set}}, Options{})
	// Of each of the three Pods: while they start, the sidecar is not there yet.
	want := []Total{{Environment: "x", New: Amount{
		Replicas: 5, CPURequests: 3 * 2000, CPULimits: 3 * 1000, MemoryRequests: 3 * 2 << 30, MemoryLimits: 3 << 30, Storage: 21 << 30,
	}}}
	if d := cmp.Diff(want, r.Totals); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestUntagged compares objects as kustomize makes them, whose nodes have no tags, or
// numbers in another form.
func TestUntagged(t *testing.T) {
	untag := func(set manifest.Set) manifest.Set {
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			n.Tag = ""
			for _, c := range n.Content {
				walk(c)
			}
		}
		for _, n := range set {
			walk(n.YNode())
		}
		return set
	}
	in := fmt.Sprintf(pod, `{name: a, tty: true, image: "a:1", ports: [{containerPort: 80}], env: [{name: U, value: "http://u:p@h"}]}`)
	if r := Compare([]Sides{{Name: "x", Old: decode(t, in), New: untag(decode(t, in))}}, Options{}); !r.Empty() {
		t.Errorf("the same differs:\n%s", lineOf(r))
	}
	old, new := decode(t, in), untag(decode(t, strings.ReplaceAll(in, "u:p", "u:q")))
	if got, want := lineOf(Compare([]Sides{{Name: "x", Old: old, New: new}}, Options{})), "changed Deployment/d spec.template.spec.containers[a].env[U].value: ? > ?\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	octal, decimal := decode(t, fmt.Sprintf(conf, "{a: 420}")), decode(t, fmt.Sprintf(conf, "{a: 420}"))
	manifest.Lookup(octal[0].YNode(), "data", "a").Value = "0o644"
	if r := Compare([]Sides{{Name: "x", Old: octal, New: decimal}}, Options{}); !r.Empty() {
		t.Errorf("a number in another form is another:\n%s", lineOf(r))
	}
}
