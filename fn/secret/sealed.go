package secret

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// EncryptedRegex is what files are sealed with: the values of a Secret and nothing
// else, so that kustomize and the API server can read what the object is.
const EncryptedRegex = `^(data|stringData)$`

// Sealed is a Secret that SOPS has sealed, as far as it can be read without a key.
type Sealed struct {
	Name, Namespace     string
	Type                string
	Immutable           bool
	Labels, Annotations map[string]string
	// Field is where the values are: data, or stringData.
	Field string
	// Keys are sorted by name.
	Keys []Key
	// Recipients are who can open it, in the order of the file.
	Recipients []Recipient
	// Threshold is the number of key groups that have to come together, 0 where
	// there is one group.
	Threshold int
	// Modified is when a value was last sealed, by the clock of who did.
	Modified time.Time
	// Unfit is what keeps it from a render although it can be opened: kustomize
	// would break its MAC, or a controller that knows no SOPS would apply it.
	Unfit []Problem
	// Warnings are what works and should not be so.
	Warnings []Problem

	root *yaml.Node
	meta sops.Metadata
	// expr is the expression of meta, once it was needed.
	expr *regexp.Regexp
}

// Key is a key of a sealed Secret.
type Key struct {
	Name string
	// Size is the length in bytes of what is sealed: of the value under
	// stringData, of its base64 form under data. An empty value is not sealed.
	Size int
}

// Parse reads a sealed Secret and checks that it is one. The error is a
// [*FormatError] with all that is wrong.
func Parse(data []byte) (*Sealed, error) {
	root, err := sealedDocument(data)
	if err != nil {
		return nil, &FormatError{[]Problem{{Message: err.Error()}}}
	}
	return parse(root)
}

// ParseObject is Parse for an object of a set.
func ParseObject(n *yaml.RNode) (*Sealed, error) {
	g := guard{}
	if err := g.node(n.YNode(), 1); err != nil {
		return nil, &FormatError{[]Problem{{Message: err.Error()}}}
	}
	return parse(n.YNode())
}

// IsSealed reports whether an object says of itself that SOPS sealed it. It is
// no proof: that is what [Parse] is for.
func IsSealed(n *yaml.RNode) bool {
	id := manifest.IDOf(n)
	return id.Group == "" && id.Kind == "Secret" && manifest.Field(n.YNode(), "sops") != nil
}

// Object is the Secret as it goes into a set.
func (s *Sealed) Object() *yaml.RNode { return yaml.NewRNode(yaml.CopyYNode(s.root)) }

// Has reports whether the Secret has a key.
func (s *Sealed) Has(key string) bool {
	return slices.ContainsFunc(s.Keys, func(k Key) bool { return k.Name == key })
}

// Tokens are the sealed values by key, as they stand.
func (s *Sealed) Tokens() map[string]string {
	return manifest.Texts(manifest.Field(s.root, s.Field))
}

func parse(root *yaml.Node) (*Sealed, error) {
	s := &Sealed{root: root}
	var p problems
	if manifest.Field(root, "sops") == nil {
		p.add("", "seal what it holds: airstrip seal --replace -f FILE OVERLAY; change the credentials, if it was pushed", "is not sealed: it has no sops block")
		return nil, p.err()
	}
	s.head(&p)
	s.metadata(&p)
	if p.err() == nil {
		s.values(&p)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	s.Warnings = p
	return s, nil
}

// head reads what stands beside the values.
func (s *Sealed) head(p *problems) {
	for i := 0; i+1 < len(s.root.Content); i += 2 {
		key, value := s.root.Content[i].Value, s.root.Content[i+1]
		switch key {
		case "apiVersion", "kind", "type":
			if value.Kind != yaml.ScalarNode || value.Tag != yaml.NodeTagString {
				p.add(key, "", "is not text")
			} else if looksSealed.MatchString(value.Value) {
				p.add(key, "seal with encrypted_regex "+EncryptedRegex, "is sealed, so that nobody can tell what the object is")
			}
		case "immutable":
			if value.Tag != yaml.NodeTagBool {
				p.add(key, "", "is not true or false")
			}
		case "metadata", "sops":
			if value.Kind != yaml.MappingNode {
				p.add(key, "", "is not a mapping")
			}
		case "data", "stringData":
			if s.Field != "" {
				p.add(key, "keep all values under data", "stands beside %s", s.Field)
			}
			s.Field = key
		default:
			p.add(key, "", "is no field of a Secret")
		}
	}
	if len(*p) > 0 {
		return
	}
	if v, k := manifest.Text(s.root, "apiVersion"), manifest.Text(s.root, "kind"); v != "v1" || k != "Secret" {
		p.add("kind", "", "is no v1 Secret")
	}
	s.Type = manifest.Text(s.root, "type")
	s.Immutable = manifest.Text(s.root, "immutable") == "true"
	s.describe(manifest.Field(s.root, "metadata"), p)
}

// describe reads metadata.
func (s *Sealed) describe(meta *yaml.Node, p *problems) {
	s.Name, s.Namespace = manifest.Text(meta, "name"), manifest.Text(meta, "namespace")
	if s.Name == "" {
		p.add("metadata.name", "", "is missing")
	}
	for i := 0; meta != nil && i+1 < len(meta.Content); i += 2 {
		key, value := meta.Content[i].Value, meta.Content[i+1]
		switch key {
		case "name", "namespace":
			if value.Kind != yaml.ScalarNode || looksSealed.MatchString(value.Value) {
				p.add("metadata."+key, "", "is not a name in clear")
			}
		case "labels", "annotations":
			for name, text := range manifest.Texts(value) {
				if looksSealed.MatchString(text) {
					p.add("metadata."+key+"."+name, "seal with encrypted_regex "+EncryptedRegex, "is sealed")
				}
			}
		case "creationTimestamp":
			// Some tools write null.
		default:
			p.add("metadata."+key, "take it out", "is no part of a Secret in git")
		}
	}
	s.Labels = manifest.Texts(manifest.Field(meta, "labels"))
	s.Annotations = manifest.Texts(manifest.Field(meta, "annotations"))
}

func (s *Sealed) unfit(field, message string) {
	s.Unfit = append(s.Unfit, Problem{Field: field, Message: message})
}

// values reads the sealed values, each of which has to be one.
func (s *Sealed) values(p *problems) {
	if s.Field == "" {
		p.add("data", "", "is missing: there is nothing in this Secret")
		return
	}
	if s.Field == "stringData" {
		s.unfit(s.Field, "a controller that knows no SOPS would take the ciphertext for the value; under data it is refused")
	}
	values := manifest.Field(s.root, s.Field)
	if values.Kind != yaml.MappingNode {
		p.add(s.Field, "", "is not a mapping")
		return
	}
	for i := 0; i+1 < len(values.Content); i += 2 {
		name, value := values.Content[i].Value, values.Content[i+1]
		at := s.Field + "." + name
		switch size, ok := tokenSize(value.Value); {
		case value.Kind != yaml.ScalarNode:
			p.add(at, "", "is no text")
		case value.Value == "" && value.Tag == yaml.NodeTagString:
			p.warn(at, "", "is empty: SOPS leaves it in clear, and its MAC does not cover it")
			s.Keys = append(s.Keys, Key{Name: name})
		case !ok && !looksSealed.MatchString(value.Value):
			p.add(at, "restore the file from git, and set the value: airstrip seal --set "+name+"; change the credential, if it was pushed", "is in clear")
		case !ok:
			p.add(at, "restore the file from git, or seal all of it anew: airstrip seal --replace", "is damaged: it is no value that SOPS has sealed")
		case !s.covers(p, s.Field, name):
			p.add(at, "seal with encrypted_regex "+EncryptedRegex, "is sealed, but the sops block says that it is not: nobody would open it")
		default:
			s.Keys = append(s.Keys, Key{Name: name, Size: size})
		}
	}
	if !slices.IsSortedFunc(s.Keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) }) {
		s.unfit(s.Field, "keys are not sorted: kustomize sorts them, which breaks the MAC")
	}
	slices.SortFunc(s.Keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	s.inClear(p, s.root, nil)
}

// inClear makes sure that the sops block leaves everything else in clear: what it
// would encrypt was read as it stands and does not verify.
func (s *Sealed) inClear(p *problems, n *yaml.Node, path []string) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i].Value; len(path) > 0 || key != "sops" && key != s.Field {
				s.inClear(p, n.Content[i+1], append(path[:len(path):len(path)], key))
			}
		}
		return
	}
	if len(path) > 0 && n.Tag != yaml.NodeTagNull && n.Value != "" && s.covers(p, path...) {
		p.add(strings.Join(path, "."), "seal with encrypted_regex "+EncryptedRegex, "is in clear, but the sops block says that it is sealed")
	}
}

// covers reports whether the sops block says that what stands at a path is
// encrypted (sops v3, sops.go: shouldBeEncrypted).
func (s *Sealed) covers(p *problems, path ...string) bool {
	any := func(is func(string) bool) bool { return slices.ContainsFunc(path, is) }
	matches := func(field, expr string) bool {
		if s.expr == nil {
			re, err := expression(expr, letters(s.root))
			switch {
			case errors.Is(err, errExpression):
				p.add("sops."+field, "write "+EncryptedRegex, "%v", err)
			case err != nil:
				p.add("sops."+field, "write "+EncryptedRegex, "does not compile: SOPS leaves everything in clear, and says nothing")
			}
			if s.expr = re; err != nil {
				s.expr = never
			}
		}
		return any(s.expr.MatchString)
	}
	switch m := &s.meta; {
	case m.EncryptedRegex != "":
		return matches("encrypted_regex", m.EncryptedRegex)
	case m.UnencryptedRegex != "":
		return !matches("unencrypted_regex", m.UnencryptedRegex)
	case m.EncryptedSuffix != "":
		return any(func(key string) bool { return strings.HasSuffix(key, m.EncryptedSuffix) })
	default:
		return !any(func(key string) bool { return strings.HasSuffix(key, m.UnencryptedSuffix) })
	}
}
