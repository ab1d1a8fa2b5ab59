package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airstrip-dev/airstrip/fn/secret"
)

// sealForController seals the given values for the Sealed Secrets controller. The
// others stay as they are in the file, which nobody here can open.
func (s *sealer) sealForController(ctx context.Context) error {
	spec := s.plan.SealedSecret
	if spec == nil {
		return fmt.Errorf("%s.sealedSecret: is missing: name the controller's certificate", s.plan.Field)
	}
	name := filepath.Join(s.plan.Root, filepath.FromSlash(spec.Certificate))
	pem, err := secret.ReadFile(name)
	if err != nil {
		return err
	}
	cert, err := secret.ParseCertificate(pem)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if time.Now().After(cert.NotAfter) {
		fmt.Fprintf(s.t.err, "airstrip: warning: %s: the certificate has run out: fetch the controller's new one with kubeseal --fetch-cert\n", name)
	}
	said := ""
	err = s.write(ctx, func(old []byte) ([]byte, error) {
		c := &secret.ControllerSealed{}
		if old != nil && !s.replace {
			if c, err = secret.ParseController(old); err != nil {
				return nil, inFile(s.plan.File, err)
			}
		}
		before := maps.Clone(c.Values)
		p := s.merge(nil)
		c.Name, c.Namespace, c.Scope = s.plan.Name, s.plan.Namespace, spec.Scope
		if c.Type == "" || s.typ != "" {
			c.Type = p.Type
		}
		// What the chart makes is sealed once.
		for key := range p.Values {
			_, given := s.given[key]
			if _, sealed := c.Values[key]; sealed && !given {
				delete(p.Values, key)
			}
		}
		if err := p.Check(); err != nil {
			return nil, inFile(s.plan.File, err)
		}
		if err := c.Seal(cert, p.Values); err != nil {
			return nil, err
		}
		for _, key := range s.out(slices.Collect(maps.Keys(c.Values))) {
			delete(c.Values, key)
		}
		if old != nil && maps.Equal(before, c.Values) {
			said = "unchanged"
			return nil, nil
		}
		said = "sealed for the controller: " + strings.Join(p.Keys(), ", ")
		return c.Bytes()
	})
	if err == nil {
		fmt.Fprintf(s.t.err, "%s: %s\n", s.plan.File, said)
	}
	return err
}
