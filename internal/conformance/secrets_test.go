package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sealedTree is a copy of the overlays whose sealed Secrets hold every key that
// any release of the chart reads, so that each renders through each.
func sealedTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	for _, dir := range []string{"bases", "overlays", "examples", "testdata/overlays"} {
		if err := os.CopyFS(filepath.Join(tree, dir), os.DirFS(root+dir)); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := filepath.Glob(root + "testdata/sealed/*.yaml")
	if err != nil || len(sealed) == 0 {
		t.Fatalf("no sealed Secrets: %v", err)
	}
	for _, dirs := range overlays {
		for _, dir := range dirs {
			for _, file := range sealed {
				data, err := os.ReadFile(file)
				if strings.HasSuffix(dir, "dataplane") {
					// Metadata is not sealed, and the MAC does not cover it.
					data = bytes.Replace(data, []byte("namespace: airbyte\n"), []byte("namespace: airbyte-eu\n"), 1)
				}
				if err == nil {
					err = os.WriteFile(filepath.Join(tree, dir, filepath.Base(file)), data, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return tree
}
