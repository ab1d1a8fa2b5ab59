package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommitGuide runs the commands of docs/commit.md that need no server.
func TestCommitGuide(t *testing.T) {
	config := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(config, []byte("[user]\n\tname = Ada\n\temail = ada@example.com\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	out, _ := runGuide(t, "docs/commit.md", nil)
	for _, want := range []string{
		"Render aks, eks-alb, gke-nginx: chart ", "main: nothing changed", "Airstrip-Version: ", "deploy: aks (", "main: pushed ",
		"env/eks-alb: committed ", ".airstrip\n.gitattributes\n", "env/aks-next: pushed ", "\n  \"subject\": \"Render aks: chart ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the commands do not print %q:\n%s", want, out)
		}
	}
}
