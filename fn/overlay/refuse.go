package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// remote is what kustomize would fetch or clone (kustomize's api/internal/git
// repospec.go and api/internal/loader): URLs, scp-like addresses, and
// github.com/… without a scheme.
var remote = regexp.MustCompile(`^(git::|[a-z][a-z0-9+.-]*://|[^/]+@[^/]+:|github\.com[:/]|gitlab\.com[:/]|bitbucket\.org[:/])`)

// refuse reports what makes a build depend on more than the files of the tree.
func (k *kustomization) refuse() error {
	check := func(field string, entries ...string) error {
		for _, e := range entries {
			if err := k.refuseRemote(field, e); err != nil {
				return err
			}
		}
		return nil
	}
	s := &k.spec
	errs := []error{
		check("resources", s.Resources...), check("components", s.Components...), check("crds", s.Crds...),
		check("configurations", s.Configurations...), check("generators", s.Generators...),
		check("transformers", s.Transformers...), check("validators", s.Validators...), check("openapi", s.OpenAPI["path"]),
	}
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range append(s.Patches[:len(s.Patches):len(s.Patches)], s.PatchesJson6902...) {
		errs = append(errs, check("patches", p.Path))
	}
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range s.PatchesStrategicMerge {
		errs = append(errs, check("patchesStrategicMerge", string(p)))
	}
	for _, r := range s.Replacements {
		errs = append(errs, check("replacements", r.Path))
	}
	for _, g := range s.ConfigMapGenerator {
		errs = append(errs, check("configMapGenerator", append(append(g.FileSources, g.EnvSources...), g.EnvSource)...))
	}
	for _, g := range s.SecretGenerator {
		errs = append(errs, check("secretGenerator", append(append(g.FileSources, g.EnvSources...), g.EnvSource)...))
	}
	for _, option := range s.BuildMetadata {
		if option == types.OriginAnnotations {
			errs = append(errs, fmt.Errorf("%s: buildMetadata: %s would write where on this machine each object came from", k.file, option))
		}
	}
	for _, text := range k.inline() {
		if err := manifest.CheckAliases([]byte(text)); err != nil {
			errs = append(errs, fmt.Errorf("%s: inline YAML: %w", k.file, err))
		}
	}
	for _, t := range s.Transformers {
		errs = append(errs, k.refuseForeign("transformers", t))
	}
	for _, t := range s.Validators {
		errs = append(errs, k.refuseForeign("validators", t))
	}
	return errors.Join(errs...)
}

// refuseRemote refuses an entry that names something to fetch, also behind the
// key of a generated file.
func (k *kustomization) refuseRemote(field, entry string) error {
	if _, path, keyed := strings.Cut(entry, "="); keyed && remote.MatchString(path) {
		entry = path
	}
	if !remote.MatchString(entry) || strings.Contains(entry, "\n") {
		return nil
	}
	return fmt.Errorf("%s: %s: %s is remote: copy it into the repository, so that a render depends on nothing else", k.file, field, entry)
}

// inline lists the fields of the kustomization that hold YAML as text.
func (k *kustomization) inline() []string {
	var texts []string
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range append(k.spec.Patches[:len(k.spec.Patches):len(k.spec.Patches)], k.spec.PatchesJson6902...) {
		texts = append(texts, p.Patch)
	}
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range k.spec.PatchesStrategicMerge {
		texts = append(texts, string(p))
	}
	for _, entries := range [][]string{k.spec.Generators, k.spec.Transformers, k.spec.Validators} {
		texts = append(texts, entries...)
	}
	return texts
}

// readPatches reads the patches, of which kustomize says only that it cannot parse them.
// What cannot be found is left to it.
func (k *kustomization) readPatches() error {
	var errs []error
	syntax := func(name string, data []byte) {
		if json.Valid(data) {
			return // of which YAML does not know all
		}
		for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
			var n yaml.Node
			err := d.Decode(&n)
			if err == io.EOF {
				return
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %s", name, strings.TrimPrefix(oneLine(err), "yaml: ")))
				return
			}
		}
	}
	file := func(path string) bool {
		data, err := os.ReadFile(filepath.Join(k.dir, path))
		if path == "" || err != nil {
			return false
		}
		syntax(filepath.Join(k.dir, path), data)
		return true
	}
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range append(k.spec.Patches[:len(k.spec.Patches):len(k.spec.Patches)], k.spec.PatchesJson6902...) {
		file(p.Path)
		syntax(k.file+": patches: inline", []byte(p.Patch))
	}
	//lint:ignore SA1019 overlays that use the old field are still built
	for _, p := range k.spec.PatchesStrategicMerge {
		if !file(string(p)) && strings.Contains(string(p), "\n") {
			syntax(k.file+": patchesStrategicMerge: inline", []byte(p))
		}
	}
	return errors.Join(errs...)
}

// refuseForeign looks at a plugin entry: inline, a file, or a directory, which
// may name bases of its own.
func (k *kustomization) refuseForeign(field, entry string) error {
	nodes, path, err := k.objects(field, entry)
	if err != nil {
		return err
	}
	if nodes == nil {
		_, err := read(path)
		return err // kustomize, whose plugins are off, refuses what it holds
	}
	for _, n := range nodes {
		if fn.Is(n) {
			return fmt.Errorf("%s: %s: %s generates objects: list it under generators", k.file, field, fn.Kind)
		}
		if err := k.refuseNode(field, n); err != nil {
			return err
		}
	}
	return nil
}

// refuseNode refuses the config of a plugin that is not built in, or that is and
// would fetch something.
func (k *kustomization) refuseNode(field string, n *yaml.RNode) error {
	if !isBuiltin(n) {
		return &ForeignError{File: k.file, Field: field, Object: manifest.IDOf(n)}
	}
	for _, name := range fileNames(nil, n.YNode()) {
		if err := k.refuseRemote(field, name); err != nil {
			return err
		}
	}
	return nil
}

// fileNames lists the values of the fields by which kustomize's own plugins name
// files.
func fileNames(names []string, n *yaml.Node) []string {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			switch n.Content[i-1].Value {
			case "path", "paths", "files", "env", "envs":
				names = append(names, scalars(nil, c)...)
				continue
			}
		}
		names = fileNames(names, c)
	}
	return names
}

func scalars(values []string, n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return append(values, n.Value)
	}
	for _, c := range n.Content {
		values = scalars(values, c)
	}
	return values
}

// ForeignError reports a plugin that kustomize would have to run.
type ForeignError struct {
	File, Field string
	Object      manifest.ID
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s: %s: %s is not ours and is not run", e.File, e.Field, e.Object)
}

func isBuiltin(n *yaml.RNode) bool {
	return manifest.Text(n.YNode(), "apiVersion") == konfig.BuiltinPluginApiVersion
}
