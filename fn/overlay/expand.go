package overlay

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// mark is the annotation that tells a generated object apart while kustomize
// works on it. It never leaves this package.
const mark = "internal.airstrip.dev/rendered-as"

// virtual is the directory, inside that of a kustomization, where its generated
// objects seem to lie.
const virtual = ".airstrip-generated"

// expanded is the disk as kustomize sees it: with generated objects in place
// of our generators. It is read-only.
type expanded struct {
	filesys.FileSystem
	mu      sync.Mutex
	content map[string][]byte // by cleaned absolute path
	dirs    map[string]bool
	reads   map[string]bool
	// Kustomize reports any failure to read as "unable to find
	// kustomization.yaml"; the first one is kept here.
	err error
}

func newExpanded() *expanded {
	return &expanded{
		FileSystem: filesys.MakeFsOnDisk(),
		content:    map[string][]byte{}, dirs: map[string]bool{}, reads: map[string]bool{},
	}
}

// expand takes our entries out of a kustomization's generators and puts what
// they generated first among its components. Kustomize runs generators after
// resources and before components (kusttarget.go, accumulateTarget), so that is
// the very place where the objects would have come in.
func (e *expanded) expand(k *kustomization) error {
	if len(k.ours) == 0 {
		return nil
	}
	root, err := yaml.Parse(string(k.data))
	if err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}
	generators := manifest.Field(root.YNode(), "generators")
	var kept []*yaml.Node
	for i, n := range manifest.Items(generators) {
		if !k.byEntry[i] {
			kept = append(kept, n)
		}
	}
	if len(kept) > 0 {
		generators.Content = kept
	} else {
		manifest.RemoveField(root.YNode(), "generators")
	}
	components := manifest.Field(root.YNode(), "components")
	if components == nil || components.Kind != yaml.SequenceNode {
		components = &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq}
		manifest.SetField(root.YNode(), "components", components)
	}
	components.Content = append([]*yaml.Node{manifest.String(virtual)}, components.Content...)
	text, err := root.String()
	if err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}

	var set manifest.Set
	for _, g := range k.ours {
		set = append(set, g.objects...)
	}
	for _, n := range set {
		id := manifest.IDOf(n)
		annotations := manifest.Ensure(n.YNode(), "metadata", "annotations")
		manifest.SetField(annotations, mark, manifest.String(id.Namespace+"/"+id.Name))
	}
	var objects bytes.Buffer
	if err := set.Encode(&objects); err != nil {
		return err
	}
	// Kustomize asks by absolute paths without links.
	real, _, err := e.FileSystem.CleanedAbs(k.dir)
	if err != nil {
		return err
	}
	dir := filepath.Join(real.String(), virtual)
	e.dirs[dir] = true
	e.content[filepath.Join(real.String(), filepath.Base(k.file))] = []byte(text)
	e.content[filepath.Join(dir, "kustomization.yaml")] = []byte(
		"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [objects.yaml]\n")
	e.content[filepath.Join(dir, "objects.yaml")] = objects.Bytes()
	return nil
}

func (e *expanded) ReadFile(path string) ([]byte, error) {
	clean := filepath.Clean(path)
	if b, ok := e.content[clean]; ok {
		return b, nil
	}
	if e.dirs[filepath.Dir(clean)] {
		return nil, fmt.Errorf("%s: no such file", path)
	}
	b, err := e.FileSystem.ReadFile(path)
	if err == nil {
		if bomb := manifest.CheckAliases(b); bomb != nil {
			b, err = nil, fmt.Errorf("%s: %w", shorten(clean), bomb)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.reads[clean] = true
	} else if e.err == nil && e.FileSystem.Exists(path) && !e.FileSystem.IsDir(path) {
		e.err = err
	}
	return b, err
}

// files lists the files that were read, kustomizations left out.
func (e *expanded) files() []string {
	var names []string
	for name := range e.reads {
		if base := filepath.Base(name); !strings.HasPrefix(strings.ToLower(base), "kustomization") {
			names = append(names, shorten(name))
		}
	}
	sort.Strings(names)
	return names
}

// shorten makes a path relative to the working directory where that is how the
// user would write it.
func shorten(path string) string {
	if abs, err := filepath.Abs("."); err == nil {
		if rel, err := filepath.Rel(abs, path); err == nil && !strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
			return rel
		}
	}
	return path
}

func (e *expanded) Exists(path string) bool {
	clean := filepath.Clean(path)
	return e.content[clean] != nil || e.dirs[clean] || e.FileSystem.Exists(path)
}

func (e *expanded) IsDir(path string) bool {
	return e.dirs[filepath.Clean(path)] || e.FileSystem.IsDir(path)
}

func (e *expanded) CleanedAbs(path string) (filesys.ConfirmedDir, string, error) {
	clean := filepath.Clean(path)
	if e.dirs[clean] {
		return filesys.ConfirmedDir(clean), "", nil
	}
	if e.content[clean] != nil {
		return filesys.ConfirmedDir(filepath.Dir(clean)), filepath.Base(clean), nil
	}
	return e.FileSystem.CleanedAbs(path)
}

// objects are the nodes of what kustomize built.
func objects(m resmap.ResMap) manifest.Set {
	var set manifest.Set
	for _, r := range m.Resources() {
		n := r.RNode
		set = append(set, &n)
	}
	return set
}

// builds guards kustomize, whose builds share the OpenAPI schema of the process
// (kustomize issue 4824).
var builds sync.Mutex

// run builds the kustomization in dir with plugins off. Schemaless says that
// no type of Kubernetes' own is involved, so that parsing its schema, which
// takes longer than the build, can be left out.
func run(fs *expanded, dir string, schemaless bool) (m resmap.ResMap, err error) {
	builds.Lock()
	defer builds.Unlock()
	defer func() {
		// "Kustomize tends to panic in unpredicted ways" (fluxcd/pkg, kustomize).
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("%s: kustomize panicked: %v", dir, p)
		}
	}()
	if schemaless {
		openapi.ResetOpenAPI()
		openapi.SuppressBuiltInSchemaUse()
		defer openapi.ResetOpenAPI()
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	options := krusty.MakeDefaultOptions()
	// The library's default order is not that of the command.
	options.Reorder = krusty.ReorderOptionUnspecified
	m, err = krusty.MakeKustomizer(options).Run(fs, abs)
	if fs.err != nil {
		return nil, fs.err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s", dir, oneLine(err))
	}
	return m, nil
}
