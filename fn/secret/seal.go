package secret

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
)

// sopsVersion is what our files say sealed them: the SOPS whose library does.
const sopsVersion = "3.13.3"

// Options is how to seal.
type Options struct {
	// Now is what the file says of when it was sealed.
	Now time.Time
	// Rotate seals with a new data key, which every recipient has to be given.
	Rotate bool
}

// Change is what sealing a Secret again changes in its file.
type Change struct {
	// Created says that there was no file.
	Created bool
	// Keys are all that the Secret has, sorted.
	Keys []string
	// Added, Changed and Removed are keys.
	Added, Changed, Removed []string
	// In and Out are recipients that are let in and taken out.
	In, Out []Recipient
	// Rotated is why there is a new data key; empty where the old one stays.
	Rotated string
	// Other says what else is different: the type, a label, the layout.
	Other []string
}

// None reports whether nothing changes.
func (c *Change) None() bool {
	return !c.Created && len(c.Added)+len(c.Changed)+len(c.Removed)+len(c.In)+len(c.Out)+len(c.Other) == 0 && c.Rotated == ""
}

// Seal seals a Secret for the recipients of a rule. Old is what its file holds
// now, nil if there is none; what has not changed keeps its ciphertext, and a
// recipient that stays keeps his data key. The file it returns is that of SOPS
// itself: `sops edit` on it changes no other line. It is nil if nothing changes.
//
// Who leaves may have kept the data key, and could read with it whatever is
// sealed later; so a recipient that is taken out makes a new one necessary.
func (k Keyring) Seal(ctx context.Context, p *Plain, rule *Rule, old *Sealed, o Options) ([]byte, *Change, error) {
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	w := &work{plain: p.clone(), rule: rule, now: o.Now.UTC().Truncate(time.Second), change: &Change{Keys: p.Keys()}}
	if old == nil {
		w.change.Created = true
		w.change.Added = p.Keys()
	} else {
		key, err := k.unwrap(ctx, &old.meta)
		if err != nil {
			return nil, nil, err
		}
		if w.old, err = old.open(key); err != nil {
			return nil, nil, err
		}
		w.sealed = old
		w.compare()
		switch {
		case o.Rotate:
			w.change.Rotated = "it was asked for"
		case len(w.change.Out) > 0:
			w.change.Rotated = names(w.change.Out) + " could read whatever is sealed later with the old one"
		}
		if w.change.None() {
			return nil, w.change, nil
		}
	}
	meta, key, err := w.metadata(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	out, err := w.encrypt(meta, key)
	if err != nil {
		return nil, nil, err
	}
	if err := w.verify(out, key); err != nil {
		return nil, nil, fmt.Errorf("nothing was written: %w", err)
	}
	return out, w.change, nil
}

// work is one Secret on its way to be sealed.
type work struct {
	plain  *Plain
	rule   *Rule
	now    time.Time
	change *Change
	// What there is already.
	sealed *Sealed
	old    *opened
}

// compare says what is different from what is in the file.
func (w *work) compare() {
	c, now, before := w.change, w.plain, w.old.plain
	for _, key := range now.Keys() {
		was, ok := before.Values[key]
		switch {
		case !ok:
			c.Added = append(c.Added, key)
		case !was.Equal(now.Values[key]):
			c.Changed = append(c.Changed, key)
		}
	}
	for _, key := range before.Keys() {
		if _, ok := now.Values[key]; !ok {
			c.Removed = append(c.Removed, key)
		}
	}
	c.In = difference(w.rule.Recipients, w.sealed.Recipients)
	c.Out = difference(w.sealed.Recipients, w.rule.Recipients)
	if len(c.In)+len(c.Out) == 0 && len(w.rule.Differs(w.sealed)) > 0 || len(c.Out) == 0 && w.regrouped() {
		c.Rotated = "its key groups are others now"
	}
	if now.Name != before.Name || now.Namespace != before.Namespace || typeOf(now.Type) != typeOf(before.Type) || now.Immutable != before.Immutable ||
		!maps.Equal(now.Labels, before.Labels) || !maps.Equal(now.Annotations, before.Annotations) {
		c.Other = append(c.Other, "what the Secret says of itself")
	}
	if len(w.sealed.Unfit) > 0 || w.sealed.meta.EncryptedRegex != EncryptedRegex {
		c.Other = append(c.Other, "the layout")
	}
}

// regrouped reports whether those who are in the file have to come together in
// another way now, also where others are let in.
func (w *work) regrouped() bool {
	before, now := w.sealed.meta.KeyGroups, w.rule.groups
	if w.sealed.Threshold != w.rule.Threshold || len(before) > len(now) {
		return true
	}
	for i := range before {
		if len(difference(recipients(before[i:i+1]), recipients(now[i:i+1]))) > 0 {
			return true
		}
	}
	return false
}

func typeOf(s string) string {
	if s == "" {
		return "Opaque"
	}
	return s
}

// metadata makes the sops block, and finds or makes the data key.
func (w *work) metadata(ctx context.Context, k Keyring) (*sops.Metadata, []byte, error) {
	meta := &sops.Metadata{
		LastModified: w.now, EncryptedRegex: EncryptedRegex, MACOnlyEncrypted: true, Version: sopsVersion,
		ShamirThreshold: w.rule.Threshold, KeyGroups: copyGroups(w.rule.groups),
	}
	key := make([]byte, dataKeySize)
	if w.old != nil && w.change.Rotated == "" {
		key = w.old.key
		meta.Version = w.sealed.meta.Version
		if len(w.change.Added)+len(w.change.Changed)+len(w.change.Removed)+len(w.sealed.Unfit) == 0 {
			// The MAC is of the values and of this.
			meta.LastModified = w.sealed.meta.LastModified
		}
		switch {
		case len(meta.KeyGroups) == 1 && len(w.sealed.meta.KeyGroups) == 1:
			meta.KeyGroups[0] = w.keep(meta.KeyGroups[0])
		case len(w.rule.Differs(w.sealed)) == 0:
			// The parts of a data key are others whenever it is split.
			meta.KeyGroups = copyGroups(w.sealed.meta.KeyGroups)
		}
	} else if _, err := rand.Read(key); err != nil {
		return nil, nil, errors.New("the system has no randomness")
	}
	if err := k.wrap(ctx, meta.KeyGroups, meta.ShamirThreshold, key); err != nil {
		return nil, nil, err
	}
	return meta, key, nil
}

// keep gives those who are recipients already the data key that they have, in
// the order of the file; who is new comes last.
func (w *work) keep(group sops.KeyGroup) sops.KeyGroup {
	var out sops.KeyGroup
	for _, mk := range w.sealed.meta.KeyGroups[0] {
		out = append(out, copyKey(mk))
	}
	known := recipients([]sops.KeyGroup{out})
	for _, mk := range group {
		if !slices.ContainsFunc(known, recipientOf(mk).is) {
			out = append(out, mk)
		}
	}
	return out
}

// encrypt seals the values and prints the file.
func (w *work) encrypt(meta *sops.Metadata, key []byte) ([]byte, error) {
	quiet()
	cipher := aes.NewCipher()
	// The old cipher knows the initialization vectors, which may be used again
	// for the same value of the same key with the same data key, and only there.
	if w.old != nil && w.change.Rotated == "" {
		cipher = w.old.cipher
	}
	tree := sops.Tree{Branches: sops.TreeBranches{w.plain.branch()}, Metadata: *meta}
	mac, err := tree.Encrypt(key, cipher)
	if err == nil {
		tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, meta.LastModified.Format(time.RFC3339))
	}
	if err != nil {
		return nil, errors.New("SOPS cannot seal it")
	}
	return emit(tree, w.rule.Indent)
}

// branch is the Secret as SOPS takes it: keys sorted at every level, as kustomize
// will sort them, and values under data. Under stringData, Flux would replace
// variables in them, and SOPS loses a text that begins with a tab.
func (p *Plain) branch() sops.TreeBranch {
	meta := sops.TreeBranch{}
	for _, m := range []struct {
		field string
		texts map[string]string
	}{{"annotations", p.Annotations}, {"labels", p.Labels}} {
		if len(m.texts) > 0 {
			meta = append(meta, sops.TreeItem{Key: m.field, Value: sorted(m.texts)})
		}
	}
	meta = append(meta, sops.TreeItem{Key: "name", Value: p.Name})
	if p.Namespace != "" {
		meta = append(meta, sops.TreeItem{Key: "namespace", Value: p.Namespace})
	}
	data := map[string]string{}
	for name, v := range p.Values {
		data[name] = base64.StdEncoding.EncodeToString(v.Reveal())
	}
	b := sops.TreeBranch{{Key: "apiVersion", Value: "v1"}, {Key: "data", Value: sorted(data)}}
	if p.Immutable {
		b = append(b, sops.TreeItem{Key: "immutable", Value: true})
	}
	return append(b, sops.TreeItem{Key: "kind", Value: "Secret"}, sops.TreeItem{Key: "metadata", Value: meta}, sops.TreeItem{Key: "type", Value: typeOf(p.Type)})
}

func sorted(m map[string]string) sops.TreeBranch {
	b := sops.TreeBranch{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		b = append(b, sops.TreeItem{Key: k, Value: m[k]})
	}
	return b
}

// verify reads what is about to be written as anybody would, and opens it: what
// SOPS has sealed in name only must not reach a disk.
func (w *work) verify(out, key []byte) error {
	s, err := Parse(out)
	if err != nil {
		return err
	}
	if len(s.Unfit) > 0 {
		return fmt.Errorf("%s", s.Unfit[0])
	}
	if p := w.rule.Differs(s); len(p) > 0 {
		return fmt.Errorf("%s", p[0])
	}
	o, err := s.open(key)
	if err != nil {
		return err
	}
	if !o.plain.equal(w.plain) {
		return errors.New("what was sealed is not what was meant")
	}
	return nil
}

func (p *Plain) equal(q *Plain) bool {
	return p.Name == q.Name && p.Namespace == q.Namespace && typeOf(p.Type) == typeOf(q.Type) && p.Immutable == q.Immutable &&
		maps.Equal(p.Labels, q.Labels) && maps.Equal(p.Annotations, q.Annotations) && maps.EqualFunc(p.Values, q.Values, Value.Equal)
}
