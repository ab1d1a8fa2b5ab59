package airbyte_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// object is a manifest in flow style; a namespace is added where none is given.
func object(apiVersion, kind, name, rest string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: airbyte}\n%s\n---\n", apiVersion, kind, name, rest)
}

func pod(name, spec string) string { return object("v1", "Pod", name, "spec: {"+spec+"}") }

func env(name, secret, key string) string {
	return fmt.Sprintf("{name: %s, valueFrom: {secretKeyRef: {name: %s, key: %s}}}", name, secret, key)
}

// lines writes each key as "secret/key state: reader as, …".
func lines(t *testing.T, in string) []string {
	t.Helper()
	set, _, err := manifest.Decode(strings.NewReader(in), "in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range airbyte.SecretKeys(set) {
		var readers []string
		for _, r := range k.Readers {
			readers = append(readers, fmt.Sprintf("%s %s", r.Object, r.As))
		}
		state := string(k.State)
		if k.Optional {
			state += " optional"
		}
		all = append(all, fmt.Sprintf("%s/%s %s: %s", k.Secret, k.Key, state, strings.Join(readers, ", ")))
	}
	return all
}

func TestSecretKeysReaders(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", pod("p", "containers: [{name: c, env: [{name: A, value: b}]}]"), nil},
		{"an object without a Pod", object("v1", "Service", "s", "spec: {ports: []}"), nil},
		{
			"variables of all containers, of all workloads",
			pod("p", "initContainers: [{name: i, env: ["+env("A", "s", "k")+"]}], containers: [{name: c, env: ["+env("A", "s", "k")+", "+env("B", "s", "k")+"]}]") +
				object("batch/v1", "CronJob", "j", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, env: ["+env("A", "s", "k")+"]}]}}}}}"),
			[]string{"s/k external: CronJob/j A, Pod/p A, Pod/p B"},
		},
		{
			"a key is optional when all of its readers say so",
			pod("p", "containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}, {name: B, valueFrom: {secretKeyRef: {name: s, key: l, optional: true}}}, "+env("C", "s", "l")+"]}]"),
			[]string{"s/k external optional: Pod/p A", "s/l external: Pod/p B, Pod/p C"},
		},
		{
			"a Secret as a whole",
			pod("p", "containers: [{name: c, envFrom: [{secretRef: {name: s}}, {configMapRef: {name: c}}]}], volumes: [{name: v, secret: {secretName: t, optional: true}}, {name: e, emptyDir: {}}]"),
			[]string{"s/* external: Pod/p envFrom", "t/* external optional: Pod/p volume v"},
		},
		{
			"items of volumes",
			pod("p", "volumes: [{name: v, secret: {secretName: s, items: [{key: a, path: a}, {key: b, path: b}]}}, {name: w, projected: {sources: [{secret: {name: s, items: [{key: b, path: x}]}}, {secret: {name: t}}, {configMap: {name: c}}]}}]"),
			[]string{"s/a external: Pod/p volume v", "s/b external: Pod/p volume v, Pod/p volume w", "t/* external: Pod/p volume w"},
		},
		{
			"files of a volume, as of chart V1",
			pod("p", "containers: [{name: c, env: [{name: F, value: /secrets/own.json}, {name: G, value: /secrets/deep/x.json}, {name: D, value: /secrets/}], volumeMounts: [{name: v, mountPath: /secrets/}, {name: w, mountPath: /etc/x.pem, subPath: x.pem}]}], volumes: [{name: v, secret: {secretName: s}}, {name: w, secret: {secretName: t}}]") +
				object("v1", "ConfigMap", "env", "data: {GOOGLE_APPLICATION_CREDENTIALS: /secrets/gcp.json, OTHER: /elsewhere/gcp.json}"),
			[]string{"s/gcp.json external: Pod/p volume v", "s/own.json external: Pod/p volume v", "t/x.pem external: Pod/p volume w"},
		},
		{
			"image pull secrets",
			pod("p", "imagePullSecrets: [{name: regcred}]") + object("v1", "ServiceAccount", "sa", "imagePullSecrets: [{name: regcred}, {name: other}]"),
			[]string{"other/.dockerconfigjson external: ServiceAccount/sa imagePullSecrets", "regcred/.dockerconfigjson external: Pod/p imagePullSecrets, ServiceAccount/sa imagePullSecrets"},
		},
		{
			"names in a ConfigMap",
			object("v1", "ConfigMap", "env", `data: {A_SECRET_NAME: s, A_SECRET_KEY: k, B_REF_NAME: t, B_REF_KEY: l, JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET: "one, two,"}`),
			[]string{
				"one/.dockerconfigjson external: ConfigMap/env JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET", "s/k external: ConfigMap/env A_SECRET_NAME", "t/l external: ConfigMap/env B_REF_NAME",
				"two/.dockerconfigjson external: ConfigMap/env JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET",
			},
		},
		{
			"names in a ConfigMap that lead nowhere",
			object("v1", "ConfigMap", "env", `data: {A_SECRET_NAME: "", A_SECRET_KEY: k, B_SECRET_NAME: s, B_SECRET_KEY: "", C_SECRET_NAME: s, D_SECRET_KEY: k, E_REF_NAME: s, E_SECRET_KEY: k, MINIO_SECRET_KEY: x, JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET: ","}`),
			nil,
		},
		{
			"names in plain variables, as of chart V1",
			pod("p", "containers: [{name: c, env: [{name: A_SECRET_NAME, value: s}, {name: A_SECRET_KEY, value: k}]}]"),
			[]string{"s/k external: Pod/p A_SECRET_NAME"},
		},
	} {
		if diff := cmp.Diff(tt.want, lines(t, tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSecretKeysState(t *testing.T) {
	reads := pod("p", "imagePullSecrets: [{name: pull}], containers: [{name: c, env: ["+env("A", "s", "k")+"]}]")
	external := func(spec string) string {
		return object("external-secrets.io/v1", "ExternalSecret", "e", "spec: {"+spec+"}")
	}
	for _, tt := range []struct {
		name, in   string
		key        string // of s/k or of pull/.dockerconfigjson
		state      airbyte.KeyState
		detail, by string
	}{
		{"not in the set", "", "k", airbyte.KeyExternal, "must exist in the cluster", ""},
		{"in data", object("v1", "Secret", "s", "data: {k: dg==}"), "k", airbyte.KeyRendered, "", "Secret/s"},
		{"in stringData, sealed", object("v1", "Secret", "s", "stringData: {k: 'ENC[x]'}\nsops: {mac: m}"), "k", airbyte.KeyRendered, "", "Secret/s"},
		{"an empty value", object("v1", "Secret", "s", "data: {k: ''}"), "k", airbyte.KeyRendered, "", "Secret/s"},
		{"not among its keys", object("v1", "Secret", "s", "data: {kk: dg==}"), "k", airbyte.KeyMissing, "Secret/s has no key k", "Secret/s"},
		{"no data", object("v1", "Secret", "s", ""), "k", airbyte.KeyMissing, "Secret/s has no key k", "Secret/s"},
		{"in another namespace", strings.Replace(object("v1", "Secret", "s", "data: {k: dg==}"), "namespace: airbyte", "namespace: other", 1), "k", airbyte.KeyExternal, "must exist in the cluster", ""},
		{"in no namespace", strings.Replace(object("v1", "Secret", "s", "data: {k: dg==}"), ", namespace: airbyte", "", 1), "k", airbyte.KeyRendered, "", "Secret/s"},
		{"another kind of Secret", object("example.com/v1", "Secret", "s", "data: {k: dg==}"), "k", airbyte.KeyExternal, "must exist in the cluster", ""},

		{"by its own name", object("external-secrets.io/v1", "ExternalSecret", "s", "spec: {dataFrom: []}"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/s", "ExternalSecret.external-secrets.io/s"},
		{"by its target", external("target: {name: s}, dataFrom: [{extract: {key: x}}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"listed", external("target: {name: s}, data: [{secretKey: k}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"not listed", external("target: {name: s}, data: [{secretKey: j}]"), "k", airbyte.KeyMissing, "ExternalSecret.external-secrets.io/e has no key k", "ExternalSecret.external-secrets.io/e"},
		{"not listed, but there is more", external("target: {name: s}, data: [{secretKey: j}], dataFrom: [{extract: {key: x}}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"listed, but the template replaces it", external("target: {name: s, template: {data: {j: x}}}, data: [{secretKey: k}]"), "k", airbyte.KeyMissing, "ExternalSecret.external-secrets.io/e has no key k", "ExternalSecret.external-secrets.io/e"},
		{"listed, and the template adds to it", external("target: {name: s, template: {mergePolicy: Merge, data: {j: x}}}, data: [{secretKey: k}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"added to a Secret that exists", external("target: {name: s, creationPolicy: Merge}, data: [{secretKey: j}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"made by nobody", external("target: {name: s, creationPolicy: None}, data: [{secretKey: k}]"), "k", airbyte.KeyExternal, "must exist in the cluster", ""},
		{"added to a Secret of the set", object("v1", "Secret", "s", "data: {j: dg==}") + external("target: {name: s, creationPolicy: Merge}, data: [{secretKey: k}]"), "k", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/e", "ExternalSecret.external-secrets.io/e"},
		{"for every namespace", "apiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: e}\nspec: {externalSecretName: s, externalSecretSpec: {data: [{secretKey: k}]}}\n---\n", "k", airbyte.KeyExternal, "made in the cluster from ClusterExternalSecret.external-secrets.io/e", "ClusterExternalSecret.external-secrets.io/e"},
		{"sealed", object("bitnami.com/v1alpha1", "SealedSecret", "s", "spec: {encryptedData: {k: x}}"), "k", airbyte.KeyExternal, "made in the cluster from SealedSecret.bitnami.com/s", "SealedSecret.bitnami.com/s"},
		{"not sealed", object("bitnami.com/v1alpha1", "SealedSecret", "s", "spec: {encryptedData: {j: x}}"), "k", airbyte.KeyMissing, "SealedSecret.bitnami.com/s has no key k", "SealedSecret.bitnami.com/s"},
		{"of the SOPS operator", object("isindir.github.com/v1alpha3", "SopsSecret", "x", "spec: {secretTemplates: [{name: s, stringData: {j: x}}]}"), "k", airbyte.KeyMissing, "SopsSecret.isindir.github.com/x has no key k", "SopsSecret.isindir.github.com/x"},
		{"of the CSI driver", object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "c", "spec: {secretObjects: [{secretName: s, data: [{key: k, objectName: o}]}]}"), "k", airbyte.KeyExternal, "made in the cluster from SecretProviderClass.secrets-store.csi.x-k8s.io/c", "SecretProviderClass.secrets-store.csi.x-k8s.io/c"},
		{"of Vault", object("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", "v", "spec: {destination: {name: s}}"), "k", airbyte.KeyExternal, "made in the cluster from VaultStaticSecret.secrets.hashicorp.com/v", "VaultStaticSecret.secrets.hashicorp.com/v"},

		{"to pull with", object("v1", "Secret", "pull", "type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: e30=}"), "", airbyte.KeyRendered, "", "Secret/pull"},
		{"to pull with, of the old type", object("v1", "Secret", "pull", "type: kubernetes.io/dockercfg\ndata: {.dockercfg: e30=}"), "", airbyte.KeyRendered, "", "Secret/pull"},
		{"to pull with, of another type", object("v1", "Secret", "pull", "data: {.dockerconfigjson: e30=}"), "", airbyte.KeyMissing, "Secret/pull is of type Opaque, want kubernetes.io/dockerconfigjson", "Secret/pull"},
		{"to pull with, without the key", object("v1", "Secret", "pull", "type: kubernetes.io/dockerconfigjson\ndata: {config.json: e30=}"), "", airbyte.KeyMissing, "Secret/pull has no key .dockerconfigjson", "Secret/pull"},
		{"to pull with, from elsewhere", object("external-secrets.io/v1", "ExternalSecret", "pull", "spec: {dataFrom: []}"), "", airbyte.KeyExternal, "made in the cluster from ExternalSecret.external-secrets.io/pull", "ExternalSecret.external-secrets.io/pull"},
	} {
		set, _, err := manifest.Decode(strings.NewReader(tt.in+reads), "in.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if tt.key == "" {
			tt.key = ".dockerconfigjson"
		}
		for _, k := range airbyte.SecretKeys(set) {
			if k.Key != tt.key {
				continue
			}
			by := ""
			if k.Source != (manifest.ID{}) {
				by = k.Source.String()
			}
			if k.State != tt.state || k.Detail != tt.detail || by != tt.by {
				t.Errorf("%s: %s, %q, by %q; want %s, %q, by %q", tt.name, k.State, k.Detail, by, tt.state, tt.detail, tt.by)
			}
		}
	}
}

func TestSecretKeysBootloader(t *testing.T) {
	reads := func(secret, key string) string {
		return pod("p", "containers: [{name: c, env: ["+env("A", secret, key)+"]}]")
	}
	told := func(name, made string) string {
		return object("v1", "ConfigMap", "env", fmt.Sprintf(`data: {AB_KUBERNETES_SECRET_NAME: %s, AB_AUTH_SECRET_CREATION_ENABLED: "%s", AB_JWT_SIGNATURE_SECRET_KEY: jwt}`, name, made))
	}
	for _, tt := range []struct {
		name, in string
		want     airbyte.KeyState
	}{
		{"its usual name", reads("airbyte-auth-secrets", "jwt"), airbyte.KeyBootloader},
		{"told so", reads("airbyte-auth-secrets", "x") + told("airbyte-auth-secrets", "true"), airbyte.KeyBootloader},
		{"told not to", reads("airbyte-auth-secrets", "jwt") + told("airbyte-auth-secrets", "false"), airbyte.KeyExternal},
		{"another name", reads("auth", "jwt") + told("auth", "true"), airbyte.KeyBootloader},
		{"another name, a key that it does not make", reads("auth", "license-key") + told("auth", "true"), airbyte.KeyExternal},
		{"told in a Pod, as of chart V1", reads("auth", "jwt") + pod("b", "containers: [{name: c, env: [{name: AB_KUBERNETES_SECRET_NAME, value: auth}, {name: AB_JWT_SIGNATURE_SECRET_KEY, value: jwt}]}]"), airbyte.KeyBootloader},
		{"made by the set after all", reads("airbyte-auth-secrets", "jwt") + object("v1", "Secret", "airbyte-auth-secrets", "data: {jwt: eA==}"), airbyte.KeyRendered},
		{"made by the set in part", reads("airbyte-auth-secrets", "jwt") + object("v1", "Secret", "airbyte-auth-secrets", "data: {other: eA==}"), airbyte.KeyBootloader},
	} {
		set, _, err := manifest.Decode(strings.NewReader(tt.in), "in.yaml")
		if err != nil {
			t.Fatal(err)
		}
		keys := airbyte.SecretKeys(set)
		if len(keys) != 1 || keys[0].State != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, keys, tt.want)
		}
	}
}
