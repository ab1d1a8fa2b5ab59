package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// kustomization is one directory of the tree that an overlay is built from.
type kustomization struct {
	dir  string
	file string
	data []byte
	spec types.Kustomization
	// ours are the generators of our kind, byEntry says which entries of the
	// generators field they stand for.
	ours    []*generator
	byEntry map[int]bool
	bases   []*kustomization
}

// read reads the kustomization in dir and those it is made of.
func read(dir string) (*kustomization, error) {
	return readAll(filepath.Clean(dir), map[string]bool{})
}

func readAll(dir string, above map[string]bool) (*kustomization, error) {
	key := dir
	if abs, err := filepath.Abs(dir); err == nil {
		key = abs
	}
	if above[key] {
		return nil, fmt.Errorf("%s: the kustomization includes itself", dir)
	}
	above[key] = true
	defer delete(above, key)

	k := &kustomization{dir: dir, byEntry: map[int]bool{}}
	if err := k.load(); err != nil {
		return nil, err
	}
	if err := errors.Join(k.refuse(), k.readPatches()); err != nil {
		return nil, err
	}
	for _, entry := range append(k.spec.Resources[:len(k.spec.Resources):len(k.spec.Resources)], k.spec.Components...) {
		path := filepath.Join(dir, entry)
		if filepath.IsAbs(entry) {
			path = entry
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("%s: resources: %s: %w", k.file, entry, missing(err))
		}
		if !info.IsDir() {
			continue
		}
		base, err := readAll(path, above)
		if err != nil {
			return nil, err
		}
		k.bases = append(k.bases, base)
	}
	return k, k.readGenerators()
}

// missing says "no such file" and leaves out what the path already said.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file or directory")
	}
	return err
}

// load finds and parses the kustomization file.
func (k *kustomization) load() error {
	info, err := os.Stat(k.dir)
	if err != nil {
		return fmt.Errorf("%s: %w", k.dir, missing(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: is a file, want the directory of a kustomization", k.dir)
	}
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		path := filepath.Join(k.dir, name)
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if k.file != "" {
			return fmt.Errorf("%s: both %s and %s are kustomization files: keep one", k.dir, filepath.Base(k.file), name)
		}
		k.file, k.data = path, data
	}
	if k.file == "" {
		return fmt.Errorf("%s: no kustomization.yaml", k.dir)
	}
	if err := manifest.CheckAliases(k.data); err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}
	if err := k.spec.Unmarshal(k.data); err != nil {
		return k.wrong(strings.TrimPrefix(oneLine(err), "invalid Kustomization: "))
	}
	k.spec.FixKustomization()
	return nil
}

// wrong says why a kustomization cannot be read, and of a field that there is none of
// which one is near.
func (k *kustomization) wrong(reason string) error {
	field, ok := strings.CutPrefix(reason, "json: unknown field ")
	if !ok {
		return fmt.Errorf("%s: %s", k.file, reason)
	}
	p := fn.Problem{Field: strings.Trim(field, `"`), Message: "unknown field"}
	var known []string
	for f := range reflect.TypeFor[types.Kustomization]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known = append(known, name)
	}
	if near := manifest.Nearest(p.Field, known); near != "" {
		p.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return &fn.ConfigError{File: k.file, Problems: []fn.Problem{p}}
}

// readGenerators reads what the generators field lists.
func (k *kustomization) readGenerators() error {
	for i, entry := range k.spec.Generators {
		nodes, source, err := k.objects("generators", entry)
		var files []string
		if nodes == nil && err == nil {
			nodes, files, err = k.directory(entry)
		}
		if err != nil {
			return err
		}
		var ours int
		for _, n := range nodes {
			if fn.Is(n) {
				ours++
				k.ours = append(k.ours, &generator{config: n, source: source, files: files, root: k.dir})
			} else if err := k.refuseNode("generators", n); err != nil {
				return err
			}
		}
		if ours > 0 && ours < len(nodes) {
			return fmt.Errorf("%s: generators: %s mixes %s with kustomize's own generators: list them apart", k.file, source, fn.Kind)
		}
		k.byEntry[i] = ours > 0
	}
	return nil
}

// objects returns the objects of an entry that is inline YAML or a file, and
// what to call it. For a directory it returns no objects and no error.
func (k *kustomization) objects(field, entry string) ([]*yaml.RNode, string, error) {
	if strings.Contains(entry, "\n") || strings.HasPrefix(strings.TrimSpace(entry), "{") {
		nodes, err := parse([]byte(entry), k.file+": "+field+": inline")
		return nodes, k.file, err
	}
	path := filepath.Join(k.dir, entry)
	info, err := os.Stat(path)
	if err != nil {
		return nil, path, fmt.Errorf("%s: %s: %s: %w", k.file, field, entry, missing(err))
	}
	if info.IsDir() {
		return nil, path, nil
	}
	// Kustomize's load restriction: files below the kustomization only.
	if !within(k.dir, path) {
		return nil, path, fmt.Errorf("%s: %s: %s is not below %s, which kustomize refuses: make it a directory with a kustomization, or move it", k.file, field, entry, k.dir)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, path, err
	}
	nodes, err := parse(data, path)
	return nodes, path, err
}

func parse(data []byte, name string) ([]*yaml.RNode, error) {
	if len(data) > manifest.MaxSize {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, manifest.MaxSize>>20)
	}
	if err := manifest.CheckAliases(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	// Decoded once before, for better messages, and since the reader below lets
	// the last of duplicate keys win without a word.
	_, duplicates, err := manifest.DecodeText(string(data), name)
	if err != nil {
		return nil, err
	}
	for _, f := range duplicates {
		return nil, fmt.Errorf("%s: %s: duplicate key", name, f.Field)
	}
	nodes, err := kio.FromBytes(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, oneLine(err))
	}
	return nodes, nil
}

// directory builds a generator that is a kustomization: the usual form, where
// an overlay patches the AirbyteRelease of a base.
func (k *kustomization) directory(entry string) ([]*yaml.RNode, []string, error) {
	dir := filepath.Join(k.dir, entry)
	tree, err := read(dir)
	if err != nil {
		return nil, nil, err
	}
	if len(tree.generators()) > 0 {
		return nil, nil, fmt.Errorf("%s: generators: a generator cannot be generated", tree.file)
	}
	fs := newExpanded()
	m, err := run(fs, dir, tree.plain())
	if err != nil {
		return nil, nil, err
	}
	nodes := objects(m)
	if len(nodes) == 0 {
		return nil, nil, fmt.Errorf("%s: holds no %s (an object with the annotation config.kubernetes.io/local-config is dropped)", tree.file, fn.Kind)
	}
	return nodes, fs.files(), nil
}

// plain reports whether a build of the tree needs no schema of Kubernetes
// types: it has none but ours.
func (k *kustomization) plain() bool {
	for _, p := range k.all() {
		if len(p.spec.OpenAPI) > 0 || len(p.spec.Crds) > 0 {
			return false
		}
	}
	return true
}

// all lists the kustomization and those it includes, itself last.
func (k *kustomization) all() []*kustomization {
	var list []*kustomization
	for _, b := range k.bases {
		list = append(list, b.all()...)
	}
	return append(list, k)
}

// generators lists our generators in the order in which kustomize runs them.
func (k *kustomization) generators() []*generator {
	var list []*generator
	for _, part := range k.all() {
		list = append(list, part.ours...)
	}
	return list
}

// onlyGenerates reports whether the kustomization does nothing but name our
// generators. Kustomize would then only sort and print what they made, as a
// test holds; leaving it out saves half the time of a render.
func (k *kustomization) onlyGenerates() bool {
	var fields map[string]any
	if err := yaml.Unmarshal(k.data, &fields); err != nil {
		return false
	}
	for key := range fields {
		switch key {
		case "apiVersion", "kind", "metadata", "generators":
		default:
			return false
		}
	}
	for i := range k.spec.Generators {
		if !k.byEntry[i] {
			return false
		}
	}
	return true
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
