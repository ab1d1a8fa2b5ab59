package secret_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

var update = flag.Bool("update", false, "rewrite the records in testdata/secrets")

// TestObjectsOfOtherStores records what is written for other stores than SOPS.
// e2e/schemas holds the records to the schemas of their kinds.
func TestObjectsOfOtherStores(t *testing.T) {
	store := secret.Store{Name: "vault"}
	external := func(e secret.ExternalSecret, typ string, keys, empty []string) *yaml.RNode {
		t.Helper()
		n, err := e.Object("airbyte-config-secrets", "airbyte", typ, keys, empty)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	controller := func(s secret.ControllerSealed) *yaml.RNode {
		t.Helper()
		s.Name, s.Namespace = "airbyte-config-secrets", "airbyte"
		n, err := s.Object()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	values := map[string]string{"license-key": "AgBy3i4OJSWK", "database-password": "AgA9cF0k2x1Q"}
	for name, objects := range map[string][]*yaml.RNode{
		"external": {
			external(secret.ExternalSecret{Store: store, RemoteKey: "airbyte/prod"}, "", []string{"license-key", "database-password"}, nil),
			external(secret.ExternalSecret{
				Store: secret.Store{Name: "vault", Kind: "ClusterSecretStore"}, RefreshInterval: "15m", RemoteKey: "airbyte/prod",
				Keys: []secret.RemoteKey{
					{Key: "gcp.json", RemoteKey: "gcp", Decoding: "Base64"}, {Key: "license-key", Property: "licence", Version: "3"}, {Key: "extra", RemoteKey: "more", Property: "p"},
				},
			}, "Opaque", []string{"license-key", "gcp.json", "database-password"}, []string{"database-user"}),
			external(secret.ExternalSecret{Store: store, Keys: []secret.RemoteKey{{Key: ".dockerconfigjson", RemoteKey: "registry"}}}, "kubernetes.io/dockerconfigjson", nil, nil),
			external(secret.ExternalSecret{Store: store}, "", nil, []string{"only-empty"}),
		},
		"controller": {
			controller(secret.ControllerSealed{Values: values}),
			controller(secret.ControllerSealed{Values: values, Scope: "namespace-wide", Empty: []string{"database-user"}}),
			controller(secret.ControllerSealed{Values: values, Scope: "cluster-wide", Type: "kubernetes.io/tls"}),
		},
	} {
		var got bytes.Buffer
		for i, o := range objects {
			b, err := manifest.Bytes(o)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				got.WriteString("---\n")
			}
			got.Write(b)
		}
		file := filepath.Join("..", "..", "testdata", "secrets", name+".yaml")
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s holds something else (go test ./fn/secret -run ObjectsOfOtherStores -update rewrites it):\n%s", file, got.Bytes())
		}
	}
}
