package validate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// check lists findings, one a line.
func check(t *testing.T, in string, o validate.Options) string {
	t.Helper()
	var lines []string
	for _, f := range validate.Check(decode(t, in), o) {
		lines = append(lines, string(f.Severity)+" "+f.Code+": "+f.String())
	}
	return strings.Join(lines, "\n")
}

// server is a workload that everybody is content with, and a Service.
const server = `apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: a}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: server
        image: airbyte/server:2.0.1
        ports: [{name: http, containerPort: 8001}, {containerPort: 8001, protocol: UDP}]
        readinessProbe: {httpGet: {path: /, port: http}}
        resources: {limits: {cpu: 500m, memory: 2Gi, ephemeral-storage: 1e3}}
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {sizeLimit: 5}}]
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: a}
spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: http}]}
---
`

// with is the workload with one thing in place of another.
func with(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(server, old) {
		t.Fatalf("no %q to replace", old)
	}
	return strings.Replace(server, old, new, 1)
}

func meta(apiVersion, kind, rest string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: x, namespace: a}\n" + rest + "\n---\n"
}

func TestSchema(t *testing.T) {
	const at = "Deployment/server: spec.template.spec.containers[server]"
	for _, tt := range []struct{ name, in, want string }{
		{"nothing wrong", server, ""},
		{"a field of nobody", with(t, "resources:", "resource:"), "error unknown-field: " + at + ".resource: is no field: did you mean resources?"},
		{"at the top", with(t, "spec:\n  selector", "specs: {}\nspec:\n  selector"), "error unknown-field: Deployment/server: specs: is no field: did you mean spec?"},
		{"a number for text", with(t, "app: server}}\n    spec", "app: server, b: 1}}\n    spec"), "error schema: Deployment/server: spec.template.metadata.labels.b: is a number, want text: put it in quotes"},
		{"text for a number", with(t, "containerPort: 8001}", `containerPort: "8001"}`), "error schema: " + at + ".ports[http].containerPort: is text, want a whole number"},
		{"a list for an object", with(t, "emptyDir: {sizeLimit: 5}", "emptyDir: []"), "error schema: Deployment/server: spec.template.spec.volumes[data].emptyDir: is a list, want an object"},
		{"an object for a list", with(t, "volumeMounts: [{name: data, mountPath: /data}]", "volumeMounts: {name: data}"), "error schema: " + at + ".volumeMounts: is an object, want a list"},
		{"text for a boolean", with(t, "image: airbyte", `stdin: "true"`+"\n        image: airbyte"), "error schema: " + at + ".stdin: is text, want true or false"},
		{"none of the words", with(t, "image: airbyte", "imagePullPolicy: always\n        image: airbyte"), `error schema: ` + at + `.imagePullPolicy: is "always", want Always, IfNotPresent or Never`},
		{"no quantity", with(t, "cpu: 500m", "cpu: half"), `error schema: ` + at + `.resources.limits.cpu: is "half", want a quantity such as 500m or 2Gi`},
		{"what is required", with(t, "- name: server\n        image", "- image"), "error schema: Deployment/server: spec.template.spec.containers[0].name: is missing"},
		{"null is absent", with(t, "resources: {", "livenessProbe: null\n        resources: {"), ""},
		{"too large", with(t, "containerPort: 8001}", "containerPort: 99999999999}"), `error schema: ` + at + `.ports[http].containerPort: is "99999999999", which is too large`},
		{"a port twice", with(t, "protocol: UDP", "protocol: TCP"), "error duplicate-entry: " + at + ".ports[1]: is in the list twice"},
		{"no base64", meta("v1", "Secret", "data: {password: hunter2!}"), "error schema: Secret/x: data.password: is no base64"},
		{"a Secret's value stays unsaid", meta("v1", "Secret", "stringData: {password: 4711}"), "error schema: Secret/x: stringData.password: is a number, want text: put it in quotes"},
		{"a sealed Secret", meta("v1", "Secret", "data: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}"), ""},
		{"number or text", server + meta("v1", "Service", "spec: {ports: [{port: 80, targetPort: true}]}"), "error schema: Service/x: spec.ports[0].targetPort: is true or false, want a number or text"},
		{"a custom kind", meta("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {rules: [{timeouts: {request: 10 s}}]}"), `error schema: HTTPRoute.gateway.networking.k8s.io/x: spec.rules[0].timeouts.request: is "10 s", want ^([0-9]{1,5}(h|m|s|ms)){1,4}$`},
		{"a field that it lacks", meta("external-secrets.io/v1", "ExternalSecret", "spec: {refreshIntervall: 1h}"), "error unknown-field: ExternalSecret.external-secrets.io/x: spec.refreshIntervall: is no field: did you mean refreshInterval?"},
		{"a custom kind's name", strings.Replace(meta("gateway.networking.k8s.io/v1", "Gateway", "spec: {gatewayClassName: g, listeners: [{name: a, port: 80, protocol: HTTP}]}"), "name: x", "name: X, labels: [a]", 1), "error schema: Gateway.gateway.networking.k8s.io/X: metadata.labels: is a list, want an object\nerror name: Gateway.gateway.networking.k8s.io/X: metadata.name: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"},
		{"a kind of nobody here", meta("example.com/v1", "Thing", "spec: {any: thing}"), "info no-schema: Thing.example.com/x: no schema of example.com/v1 Thing is here: its fields are not checked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, check(t, tt.in, validate.Options{KubeVersion: "1.33"})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	for _, tt := range []struct{ name, kube, in, want string }{
		{"removed", "1.33", meta("extensions/v1beta1", "Ingress", ""), "error removed-api: Ingress/x: apiVersion: extensions/v1beta1 Ingress is not served from Kubernetes 1.22 on: use networking.k8s.io/v1 Ingress"},
		{"removed long ago", "1.33", meta("policy/v1beta1", "PodSecurityPolicy", ""), "error unknown-kind: PodSecurityPolicy/x: apiVersion: Kubernetes 1.33 has no policy/v1beta1 PodSecurityPolicy"},
		{"deprecated", "1.31", meta("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", ""), "warning deprecated-api: FlowSchema/x: apiVersion: flowcontrol.apiserver.k8s.io/v1beta3 is deprecated, and not served from Kubernetes 1.32 on: use flowcontrol.apiserver.k8s.io/v1 FlowSchema"},
		{"not yet", "1.32", meta("networking.k8s.io/v1", "IPAddress", "spec: {parentRef: {resource: a, name: b}}"), "error unknown-kind: IPAddress/x: apiVersion: networking.k8s.io/v1 IPAddress is served from Kubernetes 1.33 on, and this is for 1.32"},
		{"in another group", "1.33", meta("v1", "Deployment", ""), "error unknown-kind: Deployment/x: apiVersion: Kubernetes 1.33 has no v1 Deployment: it is in apps/v1"},
		{"misspelt", "1.33", meta("apps/v1", "Deploymnt", ""), "error unknown-kind: Deploymnt.apps/x: apiVersion: Kubernetes 1.33 has no apps/v1 Deploymnt: did you mean Deployment?"},
		{"removed, and served as another version", "1.34", meta("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", ""), "error removed-api: ValidatingAdmissionPolicy/x: apiVersion: admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy is not served from Kubernetes 1.34 on: use admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy"},
		{"of no version", "1.33", "kind: ConfigMap\nmetadata: {name: x}\n", "error unknown-kind: ConfigMap/x: apiVersion: is missing"},
		{"a custom kind, misspelt", "1.33", meta("gateway.networking.k8s.io/v1", "HttpRoute", ""), "warning unknown-kind: HttpRoute.gateway.networking.k8s.io/x: kind: no schema of gateway.networking.k8s.io/v1 HttpRoute is here: did you mean HTTPRoute?"},
		{"a custom kind, in another version", "1.33", meta("external-secrets.io/v1beta1", "ExternalSecret", ""), "info no-schema: ExternalSecret.external-secrets.io/x: no schema of external-secrets.io/v1beta1 ExternalSecret is here: its fields are not checked"},
		{"an old cluster", "1.29", meta("v1", "ConfigMap", ""), "info no-schema: the schemas of Kubernetes 1.29 are not here: those of 1.31 stand for them"},
		{"a field that came later", "1.31", with(t, "resources: {limits", "resizePolicyy: []\n        resources: {limits"), "error unknown-field: Deployment/server: spec.template.spec.containers[server].resizePolicyy: is no field: did you mean resizePolicy?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, check(t, tt.in, validate.Options{KubeVersion: tt.kube})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	env := func(s string) string { return with(t, "        image:", "        "+s+"\n        image:") }
	config := meta("v1", "ConfigMap", "data: {LOG_LEVEL: info}")
	for _, tt := range []struct{ name, in, want string }{
		{"a ConfigMap", env("envFrom: [{configMapRef: {name: x}}]"), "Deployment/server: spec.template.spec.containers[server].envFrom[0].configMapRef.name: there is no ConfigMap/x: list it under spec.external, if it is in the cluster"},
		{"once for each that names it", env("env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: a}}}, {name: B, valueFrom: {configMapKeyRef: {name: x, key: b}}}]"), "Deployment/server: spec.template.spec.containers[server].env[A].valueFrom.configMapKeyRef.name: there is no ConfigMap/x: list it under spec.external, if it is in the cluster"},
		{"one that is there", env("envFrom: [{configMapRef: {name: x}}]") + config, ""},
		{"one of another namespace", env("envFrom: [{configMapRef: {name: x}}]") + strings.Replace(config, "namespace: a", "namespace: b", 1), "Deployment/server: spec.template.spec.containers[server].envFrom[0].configMapRef.name: there is no ConfigMap/x: list it under spec.external, if it is in the cluster"},
		{"its key", env("env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: LOGLEVEL}}}]") + config, "Deployment/server: spec.template.spec.containers[server].env[A].valueFrom.configMapKeyRef.key: ConfigMap/x has no key LOGLEVEL: did you mean LOG_LEVEL?"},
		{"a key that may be missing", env("env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: B, optional: true}}}]") + config, ""},
		{"a key that is mounted", with(t, "emptyDir: {sizeLimit: 5}", "configMap: {name: x, items: [{key: a, path: a}]}") + config, "Deployment/server: spec.template.spec.volumes[data].configMap.items[0].key: ConfigMap/x has no key a"},
		{"in a projected volume", with(t, "emptyDir: {sizeLimit: 5}", "projected: {sources: [{configMap: {name: other}}]}"), "Deployment/server: spec.template.spec.volumes[data].projected.sources[0].configMap.name: there is no ConfigMap/other: list it under spec.external, if it is in the cluster"},
		{"a claim", with(t, "emptyDir: {sizeLimit: 5}", "persistentVolumeClaim: {claimName: other}"), "Deployment/server: spec.template.spec.volumes[data].persistentVolumeClaim.claimName: there is no PersistentVolumeClaim/other: list it under spec.external, if it is in the cluster"},
		{"a ServiceAccount", with(t, "      containers:", "      serviceAccountName: other\n      containers:"), "Deployment/server: spec.template.spec.serviceAccountName: there is no ServiceAccount/other: list it under spec.external, if it is in the cluster"},
		{"one that is declared", with(t, "      containers:", "      serviceAccountName: declared\n      containers:"), ""},
		{"the one of every namespace", with(t, "      containers:", "      serviceAccountName: default\n      containers:"), ""},
		{"a volume", with(t, "volumeMounts: [{name: data", "volumeMounts: [{name: date"), "Deployment/server: spec.template.spec.containers[server].volumeMounts[date]: the Pod has no volume of that name"},
		{"a port of a probe", with(t, "port: http}}", "port: https}}"), "Deployment/server: spec.template.spec.containers[server].readinessProbe.httpGet.port: the container has no port named https"},
		{"a port of Pods", with(t, "targetPort: http", "targetPort: web"), "Service/server: spec.ports[http].targetPort: no Pod that it selects has a port named web"},
		{"a selector of nobody", with(t, "spec: {selector: {app: server}", "spec: {selector: {app: sever}"), "Service/server: spec.selector: selects no Pod of these objects"},
		{"a selector of others", with(t, "matchLabels: {app: server}", "matchLabels: {app: sever}"), "Deployment/server: spec.selector: does not select the Pods of its own template: the API server refuses it"},
		{"by expression", with(t, "matchLabels: {app: server}", "matchExpressions: [{key: app, operator: In, values: [server]}, {key: b, operator: DoesNotExist}, {key: app, operator: NotIn, values: [x]}, {key: app, operator: Exists}]"), ""},
		{"by an expression of others", with(t, "matchLabels: {app: server}", "matchExpressions: [{key: app, operator: NotIn, values: [server]}]"), "Deployment/server: spec.selector: does not select the Pods of its own template: the API server refuses it"},
		{"a Service of a StatefulSet", meta("apps/v1", "StatefulSet", "spec: {serviceName: db, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'i:1'}]}}}"), "StatefulSet/x: spec.serviceName: there is no Service/db: list it under spec.external, if it is in the cluster"},
		{"a Service of an Ingress", server + meta("networking.k8s.io/v1", "Ingress", "spec: {defaultBackend: {service: {name: sever, port: {number: 80}}}}"), "Ingress/x: spec.defaultBackend.service.name: there is no Service/sever: list it under spec.external, if it is in the cluster"},
		{"its port", server + meta("networking.k8s.io/v1", "Ingress", "spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: server, port: {number: 8080}}}}]}}]}"), "Ingress/x: spec.rules[0].http.paths[0].backend.service.port.number: Service/server has no port 8080"},
		{"its port by name", server + meta("networking.k8s.io/v1", "Ingress", "spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: server, port: {name: web}}}}]}}]}"), "Ingress/x: spec.rules[0].http.paths[0].backend.service.port.name: Service/server has no port named web"},
		{"an action of ALB", server + meta("networking.k8s.io/v1", "Ingress", "spec: {defaultBackend: {service: {name: ssl-redirect, port: {name: use-annotation}}}}"), ""},
		{"a Service of a route", server + meta("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {rules: [{backendRefs: [{name: server, port: 81}, {name: other, port: 80}]}]}"), "HTTPRoute.gateway.networking.k8s.io/x: spec.rules[0].backendRefs[0].port: Service/server has no port 81\nHTTPRoute.gateway.networking.k8s.io/x: spec.rules[0].backendRefs[1].name: there is no Service/other: list it under spec.external, if it is in the cluster"},
		{"a role and an account", meta("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: ServiceAccount, name: s}, {kind: ServiceAccount, name: s, namespace: other}, {kind: User, name: u}]"), "RoleBinding/x: roleRef.name: there is no Role/r: list it under spec.external, if it is in the cluster\nRoleBinding/x: subjects[0].name: there is no ServiceAccount/s: list it under spec.external, if it is in the cluster"},
		{"a role's account of no namespace", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: x}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: s, namespace: a}, {kind: ServiceAccount, name: t, namespace: a}]\n", "RoleBinding/x: subjects[1].name: there is no ServiceAccount/t: list it under spec.external, if it is in the cluster"},
		{"accounts of the cluster", server + "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: x}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}, {kind: ServiceAccount, name: s, namespace: a}]\n", "ClusterRoleBinding/x: subjects[1].name: there is no ServiceAccount/s: list it under spec.external, if it is in the cluster"},
		{"the ConfigMap of every namespace", env("envFrom: [{configMapRef: {name: kube-root-ca.crt}}]"), ""},
		{"a listener", meta("gateway.networking.k8s.io/v1", "Gateway", "spec: {gatewayClassName: g, listeners: [{name: https, port: 443, protocol: HTTPS}]}") + meta("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {parentRefs: [{name: x, sectionName: http}, {name: x, sectionName: https}, {name: x}, {name: shared, sectionName: http}]}"), "HTTPRoute.gateway.networking.k8s.io/x: spec.parentRefs[0].sectionName: Gateway/x has no listener named http"},
		{"a Service that requests are copied to", server + meta("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: server, port: 82}}}]}]}"), "HTTPRoute.gateway.networking.k8s.io/x: spec.rules[0].filters[0].requestMirror.backendRef.port: Service/server has no port 82"},
		{"what is scaled", server + meta("autoscaling/v2", "HorizontalPodAutoscaler", "spec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sever}}"), "HorizontalPodAutoscaler/x: spec.scaleTargetRef.name: there is no Deployment/sever: list it under spec.external, if it is in the cluster"},
		{"whose Pods are kept", server + meta("policy/v1", "PodDisruptionBudget", "spec: {selector: {matchLabels: {app: x}}}"), "PodDisruptionBudget/x: spec.selector: selects no Pod of these objects"},
		{"all Pods", server + meta("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}}"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			o := validate.Options{KubeVersion: "1.33", External: []validate.Object{{Kind: "ServiceAccount", Name: "declared"}}}
			for _, f := range validate.Check(decode(t, tt.in), o) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			o.Declare = "name it with --external"
			for _, f := range validate.Check(decode(t, tt.in), o) {
				if strings.Contains(f.Message, "spec.external") {
					t.Errorf("of plain objects: %s", f)
				}
			}
			o.Parts = true
			for _, f := range validate.Check(decode(t, tt.in), o) {
				if strings.Contains(f.Message, "there is no") {
					t.Errorf("of a part: %s", f)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a label's value", with(t, "metadata: {name: server, namespace: a}", "metadata: {name: server, namespace: a, labels: {app: 'a b'}}"), "metadata.labels.app: a valid label must be"},
		{"a label's key", with(t, "metadata: {name: server, namespace: a}", "metadata: {name: server, namespace: a, labels: {'a b': a}}"), "metadata.labels.a b: name part must consist of"},
		{"of a Pod", with(t, "metadata: {labels: {app: server}}", "metadata: {labels: {app: server, x: -}}"), "spec.template.metadata.labels.x: a valid label must be"},
		{"an annotation's key", with(t, "metadata: {name: server, namespace: a}", "metadata: {name: server, namespace: a, annotations: {'a/b/c': a}}"), "metadata.annotations[a/b/c]: a valid label key must consist"},
		{"a name", strings.Replace(meta("v1", "ConfigMap", ""), "name: x", "name: x_y", 1), "metadata.name: a lowercase RFC 1123 subdomain"},
		{"a name with a dot", strings.Replace(meta("v1", "ConfigMap", ""), "name: x", "name: x.y", 1), ""},
		{"a Service's", strings.Replace(meta("v1", "Service", ""), "name: x", "name: x.y", 1), "metadata.name: must not contain dots"},
		{"a role's", strings.Replace(meta("rbac.authorization.k8s.io/v1", "Role", ""), "name: x", "name: 'system:X'", 1), ""},
	} {
		got := check(t, tt.in, validate.Options{KubeVersion: "1.33"})
		if tt.want == "" && got != "" || tt.want != "" && (!strings.Contains(got, tt.want) || !strings.HasPrefix(got, "error name: ")) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestRules: what the API server's own code asks for.
func TestRules(t *testing.T) {
	const at = "Deployment/server: spec.template.spec."
	const container = at + "containers[server]."
	service := func(ports string) string { return meta("v1", "Service", "spec: {ports: "+ports+"}") }
	for _, tt := range []struct{ name, in, want string }{
		{"a port of a container", with(t, "containerPort: 8001}", "containerPort: 70000}"), "rule: " + container + "ports[http].containerPort: is 70000, want 1 to 65535"},
		{"a port's name", with(t, "{containerPort: 8001, protocol: UDP}", "{name: a-name-that-is-long, containerPort: 1}"), "name: " + container + "ports[a-name-that-is-long].name: must be no more than 15 characters"},
		{"a port of a probe", with(t, "port: http}}", "port: 0}}"), "rule: " + container + "readinessProbe.httpGet.port: is 0, want 1 to 65535"},
		{"a probe with two actions", with(t, "port: http}}", "port: http}, exec: {command: [a]}}"), "rule: " + container + "readinessProbe: has both exec and httpGet"},
		{"a container's name", with(t, "- name: server", "- name: Server_1"), "name: " + at + "containers[Server_1].name: a lowercase RFC 1123 label"},
		{"no image", with(t, "        image: airbyte/server:2.0.1\n", ""), "rule: " + container + "image: is missing"},
		{"a request above the limit", with(t, "resources: {", "resources: {requests: {cpu: 1}, "), "rule: " + container + "resources.requests.cpu: is 1, above the limit of 500m"},
		{"below nothing", with(t, "memory: 2Gi", "memory: -2Gi"), "rule: " + container + "resources.limits.memory: is below 0"},
		{"a variable twice over", with(t, "        image:", "        env: [{name: A, value: b, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]\n        image:"), "rule: " + container + "env[A]: has both value and valueFrom"},
		{"a variable of no name", with(t, "        image:", "        env: [{name: '', value: b}]\n        image:"), "rule: " + container + "env[0].name: is empty"},
		{"a volume of two sources", with(t, "emptyDir: {sizeLimit: 5}", "emptyDir: {}, hostPath: {path: /}"), "rule: " + at + "volumes[data]: has both emptyDir and hostPath"},
		{"a Deployment that ends", with(t, "      containers:", "      restartPolicy: Never\n      containers:"), "rule: " + at + "restartPolicy: is Never, and of a Deployment Always"},
		{"a Job that does not", meta("batch/v1", "Job", "spec: {template: {spec: {restartPolicy: Always, containers: [{name: c, image: 'i:1'}]}}}"), "rule: Job/x: spec.template.spec.restartPolicy: is Always, and of a Job OnFailure or Never"},
		{"no containers", meta("batch/v1", "Job", "spec: {template: {spec: {restartPolicy: Never, containers: []}}}"), "rule: Job/x: spec.template.spec.containers: is empty"},
		{"fewer than none", with(t, "spec:\n  selector", "spec:\n  replicas: -1\n  selector"), "rule: Deployment/server: spec.replicas: is below 0"},
		{"a Service's port", service("[{port: 0}]"), "rule: Service/x: spec.ports[0].port: is 0, want 1 to 65535"},
		{"what it goes to", service("[{port: 1, targetPort: 99999}]"), "rule: Service/x: spec.ports[0].targetPort: is 99999, want 1 to 65535"},
		{"ports without a name", service("[{name: a, port: 1}, {port: 2}]"), "rule: Service/x: spec.ports[1].name: is missing: of several ports each has one"},
		{"two ports of one name", service("[{name: a, port: 1}, {name: a, port: 2}]"), "duplicate-entry: Service/x: spec.ports[a]: is the name of two ports"},
		{"the name of a Service's port", service("[{name: A_b, port: 1}]"), "name: Service/x: spec.ports[A_b].name: a lowercase RFC 1123 label"},
		{"more at least than at most", server + meta("autoscaling/v2", "HorizontalPodAutoscaler", "spec: {minReplicas: 3, maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: server}}"), "rule: HorizontalPodAutoscaler/x: spec.minReplicas: is above spec.maxReplicas"},
		{"both bounds", server + meta("policy/v1", "PodDisruptionBudget", "spec: {minAvailable: 1, maxUnavailable: 1, selector: {}}"), "rule: PodDisruptionBudget/x: spec: has both minAvailable and maxUnavailable"},
		{"a namespace", strings.Replace(meta("v1", "ConfigMap", ""), "namespace: a", "namespace: a.b", 1), "name: ConfigMap/x: metadata.namespace: must not contain dots"},
		{"a key of a ConfigMap", meta("v1", "ConfigMap", "data: {'a b': c}"), "name: ConfigMap/x: data.a b: a valid config key must consist"},
	} {
		got := check(t, tt.in, validate.Options{KubeVersion: "1.33"})
		if !strings.HasPrefix(got, "error "+tt.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPinnedImages(t *testing.T) {
	const where = "Deployment/server: server: "
	for _, tt := range []struct{ image, registry, want string }{
		{"airbyte/server:2.0.1", "", ""},
		{"airbyte/server", "", "warning image: " + where + "airbyte/server has no tag, and so is whatever is latest"},
		{"airbyte/server:latest", "", "warning image: " + where + "airbyte/server:latest may be another image tomorrow: name a release"},
		{"airbyte/server:latest@sha256:00", "", ""},
		{"ghcr.io/m/airbyte/server:1", "ghcr.io/m", ""},
		{"airbyte/server:1", "ghcr.io/m", "warning image: " + where + "airbyte/server:1 is not from ghcr.io/m (spec.images.registry)"},
		{"ghcr.io/mm/server:1", "ghcr.io/m", "warning image: " + where + "ghcr.io/mm/server:1 is not from ghcr.io/m (spec.images.registry)"},
	} {
		got := check(t, with(t, "airbyte/server:2.0.1", tt.image), validate.Options{KubeVersion: "1.33", Registry: tt.registry})
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.image, got, tt.want)
		}
	}
}

// FuzzCheck: whatever can be decoded can be checked.
func FuzzCheck(f *testing.F) {
	f.Add(server)
	f.Add(meta("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {rules: [{backendRefs: [{name: a}]}]}"))
	f.Add("apiVersion: v1\nkind: Pod\nmetadata: []\nspec: {containers: {a: 1}, volumes: [1, null, {name: []}]}\n")
	f.Add("apiVersion: [v1]\nkind: Ingress\nspec: {rules: [[[]]], defaultBackend: {service: 1}}\n")
	f.Fuzz(func(t *testing.T, in string) {
		set, _, err := manifest.Decode(strings.NewReader(in), "in.yaml")
		if err != nil {
			return
		}
		for _, finding := range validate.Check(set, validate.Options{KubeVersion: "1.33"}) {
			if finding.Code == "" || finding.Message == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}
