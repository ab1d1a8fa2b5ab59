// Package secret keeps Secrets in git without their values: it seals them with
// SOPS, checks what is sealed without a key, opens it for who has one, and makes
// the objects of the other stores that people use instead (External Secrets,
// Sealed Secrets).
//
// On the line … ingress → secrets → validate → … it stands behind everything
// that reads a Secret. A render never seals and never opens: ciphertext is read
// from a committed file and carried through untouched.
//
// It refuses what would be sealed in name only. SOPS itself writes every value in
// clear, with exit status 0 and a valid MAC, when its encrypted_regex does not
// compile; so what is about to be written and what was read are looked at value
// by value. Nothing that SOPS, its key services or a YAML library say is passed
// on as it is, since it may quote a value.
//
// It stands at level 1 and may import fn/manifest. The Go API is not stable; the
// config file, the flags and the output layout are.
package secret

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// Value is a secret value, of any bytes. It is kept in a closure, so that nothing
// that prints, dumps or encodes what holds one shows it.
type Value struct{ reveal func() []byte }

// NewValue keeps a copy of b.
func NewValue(b []byte) Value {
	b = bytes.Clone(b)
	return Value{func() []byte { return b }}
}

// Reveal returns the value in clear. The caller must not change it.
func (v Value) Reveal() []byte {
	if v.reveal == nil {
		return nil
	}
	return v.reveal()
}

// Equal reports whether two values have the same bytes.
func (v Value) Equal(o Value) bool { return bytes.Equal(v.Reveal(), o.Reveal()) }

// Len is the length of the value in bytes, which SOPS does not hide either.
func (v Value) Len() int { return len(v.Reveal()) }

const redacted = "[redacted]"

func (Value) String() string               { return redacted }
func (Value) GoString() string             { return redacted }
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (Value) LogValue() slog.Value         { return slog.StringValue(redacted) }

// Format is for verbs that ask for no text: %d, %x.
func (Value) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// Plain is a Secret in clear. It lives in memory only.
type Plain struct {
	Name, Namespace string
	// Type is the type of the Secret; empty stands for Opaque.
	Type                string
	Immutable           bool
	Labels, Annotations map[string]string
	Values              map[string]Value
}

// Keys are the keys of the Secret, sorted.
func (p *Plain) Keys() []string { return slices.Sorted(maps.Keys(p.Values)) }

// clone copies the maps too.
func (p *Plain) clone() *Plain {
	c := *p
	c.Labels, c.Annotations, c.Values = maps.Clone(p.Labels), maps.Clone(p.Annotations), maps.Clone(p.Values)
	return &c
}

// Problem is one thing wrong, and the way out where there is one. Field is the
// path in the object or file, such as data.license-key. Message holds no value.
type Problem struct {
	Field, Message, Hint string
	// Warning says that it may be meant.
	Warning bool
}

// String is the problem on one line.
func (p Problem) String() string {
	if p.Field == "" {
		return p.Message
	}
	return p.Field + ": " + p.Message
}

// FormatError holds everything that is wrong with a file.
type FormatError struct{ Problems []Problem }

func (e *FormatError) Error() string {
	var b bytes.Buffer
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// problems collects what is wrong.
type problems []Problem

func (p *problems) add(field, hint, format string, args ...any) {
	*p = append(*p, Problem{Field: field, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *problems) warn(field, hint, format string, args ...any) {
	*p = append(*p, Problem{Field: field, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true})
}

// wrong is how many there are that are no warnings.
func (p problems) wrong() int {
	n := 0
	for _, q := range p {
		if !q.Warning {
			n++
		}
	}
	return n
}

// err is nil when there is nothing but warnings.
func (p problems) err() error {
	if p.wrong() == 0 {
		return nil
	}
	return &FormatError{slices.DeleteFunc(slices.Clone(p), func(p Problem) bool { return p.Warning })}
}
