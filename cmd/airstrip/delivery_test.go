package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is recorded in testdata/delivery and the Applications and Kustomizations of examples")

const platform = "https://git.example.com/platform.git"

// TestDeliveryRecords holds the recorded objects of the agents to what the commands
// print, the examples' among them. The first line of each record is its command.
func TestDeliveryRecords(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"bases", "overlays", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, record := range []struct{ file, in, command string }{
		{"examples/argocd-cmp/application.yaml", ".", "argocd --plugin --url " + platform + " overlays/aks"},
		{"examples/argocd-rendered/application.yaml", "examples/argocd-rendered", "argocd --url " + platform + " overlays/prod"},
		{"examples/flux/airbyte.yaml", ".", "flux --url " + platform + " --source platform overlays/gke-nginx"},
		{
			"testdata/delivery/argocd.yaml", "examples/argocd-rendered",
			"argocd --url git@git.example.com:platform.git --revision v1 --path environments --namespace gitops --project data --destination prod --sync manual overlays/prod",
		},
		{
			"testdata/delivery/flux.yaml", ".",
			"flux --namespace data --source environments --interval 1h30m --timeout 20m --sops-secret keys --path environments overlays/gke-nginx examples/community",
		},
	} {
		t.Run(record.file, func(t *testing.T) {
			t.Chdir(filepath.Join(dir, record.in))
			t.Setenv("AIRSTRIP_CHART", filepath.Join(root, "testdata", "charts", "airbyte", "v2"))
			var out, stderr bytes.Buffer
			if code := run(strings.Fields(record.command), nil, &out, &stderr); code != exitOK {
				t.Fatalf("airstrip %s: exit status %d\n%s", record.command, code, &stderr)
			}
			got := "# Written by: airstrip " + record.command + "\n" + out.String()
			name := filepath.Join(root, filepath.FromSlash(record.file))
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("record → command (-update rewrites it):\n%s", diff)
			}
		})
	}
}
