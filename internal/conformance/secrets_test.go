package conformance

import (
	"bytes"
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// sealedTree is a copy of the overlays whose sealed Secrets hold every key that
// any release of the chart reads, so that each renders through each.
func sealedTree(t *testing.T) string {
	t.Helper()
	tree := unsealedTree(t)
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

// TestSecrets seals what each archive asks for through each overlay, with values of
// its own for every key, and renders: nothing is missing, no value is in clear
// anywhere, and what comes out of kustomize with a namespace, labels, annotations
// and a prefix opens to the values that were sealed.
func TestSecrets(t *testing.T) {
	identity, recipient, err := secret.NewIdentity(false, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", string(identity[bytes.LastIndexByte(bytes.TrimSpace(identity), '\n')+1:]))
	subjects, officials := subjectsOf(t)
	var renders, sealed, values atomic.Int64
	t.Run("archives", func(t *testing.T) {
		var charts chart.Memo
		for _, s := range subjects {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				tree := unsealedTree(t)
				for _, dir := range overlays[s.generation] {
					dir := filepath.Join(tree, dir)
					o := fn.Options{Charts: &charts, Chart: s.path}
					want := sealAll(t, dir, recipient, o)
					res, err := overlay.Build(t.Context(), dir, o)
					if err != nil {
						t.Errorf("%s: %v", dir, err)
						continue
					}
					renders.Add(1)
					text := encode(t, res.Objects)
					for at, v := range want {
						values.Add(1)
						if v.Len() >= 8 && bytes.Contains(text, v.Reveal()) {
							t.Errorf("%s: the value of %s is in clear", dir, at)
						}
					}
					opened := openAll(t, dir, res.Objects)
					sealed.Add(int64(len(opened)))
					for at, v := range want {
						if got, ok := opened[at]; !ok || !got.Equal(v) {
							t.Errorf("%s: %s does not open to what was sealed", dir, at)
						}
					}
				}
			})
		}
	})
	t.Logf("secrets: %d archives (%d official), %d renders, %d values sealed, %d opened after kustomize", len(subjects), officials, renders.Load(), values.Load(), sealed.Load())
}

// unsealedTree is a copy of the overlays without sealed Secrets.
func unsealedTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	for _, dir := range []string{"bases", "overlays", "examples", "testdata/overlays"} {
		if err := os.CopyFS(filepath.Join(tree, dir), os.DirFS(root+dir)); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(tree, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".sops.yaml") {
			err = os.Remove(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// sealAll seals every Secret that an overlay needs, and returns the values by
// Secret/key: what the chart makes, and something random for every other key.
func sealAll(t *testing.T, dir, recipient string, o fn.Options) map[string]secret.Value {
	t.Helper()
	releases, err := overlay.Secrets(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]secret.Value{}
	for _, r := range releases {
		for _, p := range r.Secrets {
			if p.Backend != secret.SOPS {
				continue
			}
			plain := &secret.Plain{Name: p.Name, Namespace: p.Namespace, Type: p.Type, Values: map[string]secret.Value{}}
			if p.Made != nil {
				maps.Copy(plain.Values, p.Made.Values)
			}
			for _, k := range p.Needed {
				if _, ok := plain.Values[k.Key]; !ok && k.Key != airbyte.AllKeys && k.State != airbyte.KeyRendered {
					plain.Values[k.Key] = secret.NewValue([]byte("canary-" + rand.Text()))
				}
			}
			if len(plain.Values) == 0 {
				continue
			}
			rule, err := secret.Rules{Recipients: &secret.Recipients{Age: []string{recipient}}, Field: "test"}.For(p.File)
			if err != nil {
				t.Fatal(err)
			}
			out, _, err := secret.Keyring{}.Seal(t.Context(), plain, rule, nil, secret.Options{Now: time.Now()})
			if err == nil {
				err = os.WriteFile(p.File, out, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			for key, v := range plain.Values {
				all[p.Name+"/"+key] = v
			}
		}
	}
	return all
}

// openAll puts the sealed Secrets of a set through kustomize, which changes all of
// their metadata, and opens what comes out.
func openAll(t *testing.T, dir string, set manifest.Set) map[string]secret.Value {
	t.Helper()
	var secrets manifest.Set
	for _, n := range set {
		if secret.IsSealed(n) {
			secrets = append(secrets, n)
		}
	}
	if len(secrets) == 0 {
		return nil
	}
	folder := t.TempDir()
	const kustomization = "namespace: other\nnamePrefix: p-\nlabels: [pairs: {l: x}]\ncommonAnnotations: {a: x}\nresources: [secrets.yaml]\n"
	for name, data := range map[string][]byte{"secrets.yaml": encode(t, secrets), "kustomization.yaml": []byte(kustomization)} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kustomize.Lock()
	defer kustomize.Unlock()
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	built, err := m.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := manifest.Decode(bytes.NewReader(built), folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]secret.Value{}
	for _, n := range out {
		s, err := secret.ParseObject(n)
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		p, err := secret.Keyring{}.Open(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %s: %v", dir, s.Name, err)
		}
		for key, v := range p.Values {
			all[strings.TrimPrefix(p.Name, "p-")+"/"+key] = v
		}
	}
	return all
}
