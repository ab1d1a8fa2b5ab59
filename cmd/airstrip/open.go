package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// openOptions are the flags of open.
type openOptions struct {
	reveal bool
	key    string
}

func (o *openOptions) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.reveal, "reveal", false, "print the values, in clear")
	f.StringVar(&o.key, "key", "", "print the value of this `KEY` alone, byte for byte (with --reveal)")
}

func newOpen(t *terminal) *cobra.Command {
	var o openOptions
	cmd := &cobra.Command{
		Use:   "open FILE",
		Short: "List what a sealed Secret holds, or print it in clear",
		Example: `  airstrip open overlays/aks/airbyte-config-secrets.sops.yaml
  airstrip open --reveal --key license-key overlays/aks/airbyte-config-secrets.sops.yaml
  airstrip open --reveal FILE | airstrip seal -f - overlays/eks-alb   # to another environment`,
		Long: `Without --reveal it lists keys, the lengths of their values and who can open them,
which needs no key: whoever has the file can see that much. With --reveal it opens
the file, verifies its MAC and prints the Secret in clear to stdout. Nothing in
clear is written anywhere else.

` + sopsEnvironment + exitStatus,
		Args: one("a sealed file"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args[0]) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *openOptions) run(ctx context.Context, t *terminal, file string) error {
	if o.key != "" && !o.reveal {
		return usageError{message: "--key prints a value in clear: say so with --reveal"}
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return folderError(file)
	}
	s, err := readSealed(file)
	if err != nil {
		return err
	}
	if !o.reveal {
		return listSealed(t, s)
	}
	p, err := secret.Keyring{}.Open(ctx, s)
	if err != nil {
		return inFile(file, err)
	}
	if o.key == "" {
		out, err := plainManifest(p)
		if err == nil {
			_, err = t.out.Write(out)
		}
		return err
	}
	v, ok := p.Values[o.key]
	if !ok {
		e := usageError{message: fmt.Sprintf("%s has no key %s; it has %s", file, o.key, strings.Join(p.Keys(), ", ")), meant: manifest.Nearest(o.key, p.Keys())}
		return e
	}
	_, err = t.out.Write(v.Reveal())
	return err
}

// folderError says which files of a folder can be opened.
func folderError(dir string) error {
	e := usageError{message: dir + " is a folder: name a sealed file"}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.sops.yaml")); len(files) > 0 {
		e.message += ": " + strings.Join(files, " or ")
	}
	return e
}

// listSealed prints what everybody can see of a sealed Secret.
func listSealed(t *terminal, s *secret.Sealed) error {
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "Secret %s/%s, sealed %s\n", s.Namespace, s.Name, s.Modified.UTC().Format("2006-01-02 15:04 MST"))
	for _, r := range s.Recipients {
		fmt.Fprintf(w, "for\t%s\n", r)
	}
	if s.Threshold > 0 {
		fmt.Fprintf(w, "of which keys of %d groups have to come together\n", s.Threshold)
	}
	fmt.Fprintln(w)
	for _, k := range s.Keys {
		fmt.Fprintf(w, "%s\t%s\n", k.Name, size(s, k))
	}
	return w.Flush()
}

// size is the length of a value, as far as its sealed form gives it away.
func size(s *secret.Sealed, k secret.Key) string {
	switch most := k.Size / 4 * 3; {
	case k.Size == 0:
		return "empty, and not sealed"
	case s.Field == "data":
		return fmt.Sprintf("%d to %d bytes", max(most-2, 1), most)
	}
	return fmt.Sprintf("%d bytes", k.Size)
}

// plainManifest is a Secret in clear as people write it, which reads back to the
// same bytes.
func plainManifest(p *secret.Plain) ([]byte, error) {
	metadata := map[string]any{"name": p.Name}
	if p.Namespace != "" {
		metadata["namespace"] = p.Namespace
	}
	for field, texts := range map[string]map[string]string{"labels": p.Labels, "annotations": p.Annotations} {
		if len(texts) > 0 {
			m := map[string]any{}
			for k, v := range texts {
				m[k] = v
			}
			metadata[field] = m
		}
	}
	object := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
	if p.Type != "" {
		object["type"] = p.Type
	}
	if p.Immutable {
		object["immutable"] = true
	}
	text, binary := map[string]any{}, map[string]any{}
	for key, v := range p.Values {
		if b := v.Reveal(); isText(b) {
			text[key] = string(b)
		} else {
			binary[key] = base64.StdEncoding.EncodeToString(b)
		}
	}
	if len(text) > 0 {
		object["stringData"] = text
	}
	if len(binary) > 0 {
		object["data"] = binary
	}
	n, err := manifest.FromValue(object)
	if err != nil {
		return nil, errors.New("the Secret cannot be printed")
	}
	out, err := manifest.Bytes(yaml.NewRNode(n))
	if err != nil {
		return nil, errors.New("the Secret cannot be printed")
	}
	return out, nil
}

// isText reports whether bytes can be read by people and are kept by YAML.
func isText(b []byte) bool {
	if !utf8.Valid(b) || strings.HasPrefix(string(b), "\t") {
		return false
	}
	return !strings.ContainsFunc(string(b), func(r rune) bool {
		return r != '\n' && r != '\t' && !unicode.IsPrint(r)
	})
}
