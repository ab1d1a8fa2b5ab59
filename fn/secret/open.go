package secret

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// ErrTampered says that a file does not hold what was sealed: its MAC is another,
// or a value is not of its key.
var ErrTampered = errors.New("it is not what was sealed")

// Open opens a sealed Secret and verifies its MAC. What it returns is in clear:
// it must end up nowhere but in the cluster, or before the eyes of who asked.
func (k Keyring) Open(ctx context.Context, s *Sealed) (*Plain, error) {
	key, err := k.unwrap(ctx, &s.meta)
	if err != nil {
		return nil, err
	}
	o, err := s.open(key)
	if err != nil {
		return nil, err
	}
	return o.plain, nil
}

// opened is a file that was opened, and what it takes to seal it again without
// changing what has not changed.
type opened struct {
	plain *Plain
	key   []byte
	// cipher knows the initialization vector of each value.
	cipher aes.Cipher
}

// open opens a file with its data key.
func (s *Sealed) open(key []byte) (o *opened, err error) {
	quiet()
	// SOPS panics on values of some types, which Parse does not let through.
	defer func() {
		if recover() != nil {
			o, err = nil, errors.New("SOPS cannot read it")
		}
	}()
	tree := sops.Tree{Branches: sops.TreeBranches{s.branch()}, Metadata: s.meta}
	o = &opened{key: key, cipher: aes.NewCipher()}
	mac, err := tree.Decrypt(key, o.cipher)
	if err != nil {
		return nil, s.broken(key)
	}
	sealed, err := o.cipher.Decrypt(s.meta.MessageAuthenticationCode, key, s.meta.LastModified.Format(time.RFC3339))
	text, _ := sealed.(string)
	if err != nil || subtle.ConstantTimeCompare([]byte(text), []byte(mac)) != 1 {
		return nil, fmt.Errorf("%w: the MAC is of other values: a key was added, emptied or taken away by hand, or keys were put into another order", ErrTampered)
	}
	o.plain, err = s.plain(tree.Branches[0])
	return o, err
}

// broken names the values that do not open.
func (s *Sealed) broken(key []byte) error {
	values := s.Tokens()
	var errs []error
	for _, k := range s.Keys {
		if _, err := aes.NewCipher().Decrypt(values[k.Name], key, s.Field+":"+k.Name+":"); err != nil {
			errs = append(errs, fmt.Errorf("%s.%s: %w: the value was sealed for another key or with another data key", s.Field, k.Name, ErrTampered))
		}
	}
	if len(errs) == 0 {
		return ErrTampered
	}
	return errors.Join(errs...)
}

// branch is the file as SOPS holds it, without its sops block.
func (s *Sealed) branch() sops.TreeBranch {
	all := branch(s.root).(sops.TreeBranch)
	out := make(sops.TreeBranch, 0, len(all))
	for _, item := range all {
		if item.Key != "sops" {
			out = append(out, item)
		}
	}
	return out
}

// plain reads the values out of an opened tree.
func (s *Sealed) plain(tree sops.TreeBranch) (*Plain, error) {
	p := &Plain{
		Name: s.Name, Namespace: s.Namespace, Type: s.Type, Immutable: s.Immutable,
		Labels: maps.Clone(s.Labels), Annotations: maps.Clone(s.Annotations), Values: map[string]Value{},
	}
	for _, item := range tree {
		values, ok := item.Value.(sops.TreeBranch)
		if item.Key != s.Field || !ok {
			continue
		}
		for _, v := range values {
			name, _ := v.Key.(string)
			text, ok := v.Value.(string)
			if !ok {
				return nil, fmt.Errorf("%s.%s: is no text", s.Field, name)
			}
			value := []byte(text)
			if s.Field == "data" {
				var err error
				if value, err = base64.StdEncoding.DecodeString(text); err != nil {
					return nil, fmt.Errorf("%s.%s: what is sealed is no base64: under data it has to be", s.Field, name)
				}
			}
			p.Values[name] = NewValue(value)
		}
	}
	return p, nil
}

// OpenObject puts the values of a sealed Secret into its object, in clear, for the
// way into the cluster. An object that is not sealed stays as it is.
func (k Keyring) OpenObject(ctx context.Context, n *yaml.RNode) error {
	if !IsSealed(n) {
		return nil
	}
	s, err := ParseObject(n)
	if err != nil {
		return err
	}
	p, err := k.Open(ctx, s)
	if err != nil {
		return err
	}
	data := map[string]string{}
	for name, v := range p.Values {
		data[name] = base64.StdEncoding.EncodeToString(v.Reveal())
	}
	root := n.YNode()
	for _, field := range []string{"sops", "stringData", "data"} {
		manifest.RemoveField(root, field)
	}
	manifest.SetField(root, "data", mapping(data))
	return nil
}
