package output

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
)

// ledgerFile is both what kustomize builds and the list of what is ours.
const ledgerFile = "kustomization.yaml"

const (
	// signature begins the first line of every ledger; only what follows it
	// may ever be reworded.
	signature = "# Written by airstrip"
	marker    = signature + ", which owns what is listed here: change the overlay, not these files.\n"

	// pendingMark begins a comment that claims one more path. Such comments
	// stand in a ledger only while a folder is written in place.
	pendingMark = "# pending: "
)

type kustomization struct {
	APIVersion  string       `yaml:"apiVersion"`
	Kind        string       `yaml:"kind"`
	Resources   []string     `yaml:"resources"`
	SortOptions *sortOptions `yaml:"sortOptions,omitempty"`
}

type sortOptions struct {
	Order string `yaml:"order"`
}

// encodeLedger lists files or subfolders in apply order. The order is asked of
// kustomize only where it differs from its own, because kubectl before 1.27
// refuses a field that it does not know.
func encodeLedger(resources []string, inDefaultOrder bool) ([]byte, error) {
	k := kustomization{APIVersion: "kustomize.config.k8s.io/v1beta1", Kind: "Kustomization", Resources: resources}
	if !inDefaultOrder {
		k.SortOptions = &sortOptions{Order: "fifo"}
	}
	b, err := yamlv2.Marshal(k)
	return append([]byte(marker), b...), err
}

// withPending is a ledger that claims more paths than it lists.
func withPending(ledger []byte, paths []string) ([]byte, error) {
	if ledger == nil {
		var err error
		if ledger, err = encodeLedger(nil, true); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	b.Write(ledger)
	if !bytes.HasSuffix(ledger, []byte("\n")) {
		b.WriteByte('\n')
	}
	for _, p := range paths {
		b.WriteString(pendingMark + p + "\n")
	}
	return b.Bytes(), nil
}

// decodeLedger returns what a ledger lists and what it claims besides. A merge
// that git could not finish is no obstacle: what either side lists is ours,
// and the next ledger is made from the set, not from this one.
func decodeLedger(data []byte) (resources, pending []string, err error) {
	if !bytes.HasPrefix(data, []byte(signature)) {
		return nil, nil, fmt.Errorf("not written by airstrip: move it or choose another --output")
	}
	var clean strings.Builder
	for line := range strings.Lines(string(data)) {
		if p, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), pendingMark); ok {
			pending = append(pending, p)
		}
		if !conflict(line) {
			clean.WriteString(line)
		}
	}
	var k kustomization
	if err := yamlv2.Unmarshal([]byte(clean.String()), &k); err != nil {
		return nil, nil, fmt.Errorf("%s: restore the file from git", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return k.Resources, pending, nil
}

// conflict reports whether git put the line between two sides of a merge.
func conflict(line string) bool {
	for _, mark := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// Owns reports whether dir is a folder that airstrip has written, by its ledger. It
// is asked of any folder: what cannot be read is none.
func Owns(dir string) bool {
	f, err := os.Open(filepath.Join(dir, ledgerFile))
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(signature))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == signature
}

// isFile reports whether airstrip could have given a file this name, see
// manifest.ID.File. Whatever else a ledger lists was put there by hand.
func isFile(name string) bool {
	stem, ok := strings.CutSuffix(name, ".yaml")
	if !ok || strings.HasPrefix(stem, ".") || !strings.ContainsAny(stem, "-_") {
		return false
	}
	return only(stem, "-_.%ABCDEF")
}

// isLayer reports whether a subfolder may have this name.
func isLayer(name string) bool {
	return name != "" && len(name) < 64 && name[0] != '-' && only(name, "-")
}

// isPath reports whether airstrip could have written at this path.
func isPath(path string) bool {
	layer, name, nested := strings.Cut(path, "/")
	if !nested {
		return isFile(path)
	}
	return isLayer(layer) && (name == ledgerFile || isFile(name))
}

// only reports whether s has nothing but a-z, 0-9 and the bytes of also.
func only(s, also string) bool {
	for i := range len(s) {
		c := s[i]
		if ('a' > c || c > 'z') && ('0' > c || c > '9') && strings.IndexByte(also, c) < 0 {
			return false
		}
	}
	return true
}
