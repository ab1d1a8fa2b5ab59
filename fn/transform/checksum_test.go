package transform_test

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

// checksum returns the annotation for ConfigMaps on the pod template of
// Deployment/d.
func checksum(t *testing.T, in string) string {
	t.Helper()
	return annotation(t, in, transform.ConfigChecksum)
}

func annotation(t *testing.T, in, name string) string {
	t.Helper()
	text, _, err := apply(t, plain, in)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := manifest.Decode(strings.NewReader(text), "out")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range set {
		if manifest.IDOf(n).Kind == "Deployment" {
			return manifest.Text(manifest.Lookup(n.YNode(), "spec", "template", "metadata", "annotations"), name)
		}
	}
	t.Fatal("no Deployment")
	return ""
}

func deployment(spec string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {" + spec + "}}}\n---\n"
}

const env = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env}\ndata: {a: one, b: two}\n---\n"

func TestChecksum(t *testing.T) {
	a2 := strings.Replace(env, "a: one", "a: more", 1)
	b2 := strings.Replace(env, "b: two", "b: more", 1)
	c := strings.Replace(env, "b: two", "b: two, c: three", 1)
	binary := strings.Replace(env, "\ndata:", "\nbinaryData: {z: AAAA}\ndata:", 1)
	moved := strings.Replace(env, "a: one, b: two", "b: two, a: one", 1)
	labelled := strings.Replace(env, "name: env", "name: env, labels: {x: y}", 1)
	for _, tt := range []struct {
		name, spec string
		changes    []string // of these ConfigMaps
		same       []string
	}{
		{"envFrom", "containers: [{name: c, envFrom: [{configMapRef: {name: env}}]}]", []string{a2, b2, c, binary}, []string{moved, labelled}},
		{"mounted", "volumes: [{name: v, configMap: {name: env}}], containers: [{name: c}]", []string{a2, b2, c, binary}, []string{moved, labelled}},
		{"projected", "volumes: [{name: v, projected: {sources: [{configMap: {name: env}}]}}]", []string{a2, b2, c, binary}, []string{moved, labelled}},
		{"one key", "containers: [{name: c, env: [{name: A, valueFrom: {configMapKeyRef: {name: env, key: a}}}]}]", []string{a2}, []string{b2, c, moved, labelled, binary}},
		{"in an init container", "initContainers: [{name: i, env: [{name: A, valueFrom: {configMapKeyRef: {name: env, key: a}}}]}]", []string{a2}, []string{b2, c}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := deployment(tt.spec)
			first := checksum(t, d+env)
			if len(first) != 16 {
				t.Fatalf("checksum is %q", first)
			}
			if again := checksum(t, env+d); again != first {
				t.Errorf("it depends on the order: %s and %s", first, again)
			}
			for _, m := range tt.changes {
				if checksum(t, d+m) == first {
					t.Errorf("stays the same with\n%s", m)
				}
			}
			for _, m := range tt.same {
				if checksum(t, d+m) != first {
					t.Errorf("changes with\n%s", m)
				}
			}
		})
	}
	if got := checksum(t, deployment("containers: [{name: c, envFrom: [{configMapRef: {name: elsewhere}}, {secretRef: {name: env}}]}]")+env); got != "" {
		t.Errorf("reads nothing of the set, and has %q", got)
	}
	other := strings.Replace(env, "name: env", "name: env, namespace: other", 1)
	if got := checksum(t, deployment("containers: [{name: c, envFrom: [{configMapRef: {name: env}}]}]")+other); got != "" {
		t.Errorf("the ConfigMap is in another namespace, and the checksum is %q", got)
	}
}

const (
	tokenA = "ENC[AES256_GCM,data:YQ==,iv:AAAA,tag:AAAA,type:str]"
	tokenB = "ENC[AES256_GCM,data:Yg==,iv:BBBB,tag:BBBB,type:str]"
	sealed = "apiVersion: v1\nkind: Secret\nmetadata: {name: creds}\nsops: {mac: m}\ndata: {a: '" + tokenA + "', b: '" + tokenB + "', empty: \"\"}\n---\n"
)

// secretChecksum returns the annotation for Secrets on the pod template of
// Deployment/d.
func secretChecksum(t *testing.T, in string) string {
	t.Helper()
	return annotation(t, in, transform.SecretChecksum)
}

// TestSecretChecksum: what reads a sealed Secret is restarted when a value that it
// reads is sealed anew. Of what is in clear there is no digest, which would help to
// guess it.
func TestSecretChecksum(t *testing.T) {
	otherA := strings.Replace(sealed, "YQ==", "eA==", 1)
	otherB := strings.Replace(sealed, "Yg==", "eA==", 1)
	labelled := strings.Replace(sealed, "name: creds", "name: creds, labels: {x: y}", 1)
	resealed := strings.Replace(sealed, "mac: m", "mac: n", 1)
	for _, tt := range []struct {
		name, spec    string
		changes, same []string
	}{
		{"one key", "containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: creds, key: a}}}]}]", []string{otherA}, []string{otherB, labelled, resealed}},
		{"envFrom", "containers: [{name: c, envFrom: [{secretRef: {name: creds}}]}]", []string{otherA, otherB}, []string{labelled, resealed}},
		{"mounted", "volumes: [{name: v, secret: {secretName: creds}}], containers: [{name: c}]", []string{otherA, otherB}, []string{labelled, resealed}},
		{"projected", "volumes: [{name: v, projected: {sources: [{secret: {name: creds}}]}}]", []string{otherA, otherB}, []string{labelled, resealed}},
	} {
		d := deployment(tt.spec)
		first := secretChecksum(t, d+sealed)
		if len(first) != 16 {
			t.Errorf("%s: checksum is %q", tt.name, first)
		}
		for _, s := range tt.changes {
			if secretChecksum(t, d+s) == first {
				t.Errorf("%s: stays the same with\n%s", tt.name, s)
			}
		}
		for _, s := range tt.same {
			if got := secretChecksum(t, d+s); got != first {
				t.Errorf("%s: changes with\n%s", tt.name, s)
			}
		}
	}

	reads := deployment("containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: creds, key: a}}}], envFrom: [{secretRef: {name: creds}}]}]")
	clear := strings.ReplaceAll(strings.ReplaceAll(sealed, tokenA, "aHVudGVyMg=="), tokenB, "aHVudGVyMg==")
	for name, s := range map[string]string{
		"in clear":          strings.Replace(clear, "sops: {mac: m}\n", "", 1),
		"in clear, marked":  clear,
		"of another name":   strings.Replace(sealed, "name: creds", "name: other", 1),
		"of an empty value": strings.ReplaceAll(strings.ReplaceAll(sealed, tokenA, ""), tokenB, ""),
		"that is not there": "",
	} {
		if got := secretChecksum(t, reads+s); got != "" {
			t.Errorf("a Secret %s: has %q", name, got)
		}
	}
	controller := "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: creds}\nspec: {encryptedData: {a: AgBy}}\n---\n"
	if first := secretChecksum(t, reads+controller); first == "" || first == secretChecksum(t, reads+strings.Replace(controller, "AgBy", "AgBz", 1)) {
		t.Errorf("a SealedSecret: checksum is %q whatever it holds", first)
	}
}
