package secret

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	sealedsecrets "github.com/bitnami-labs/sealed-secrets/pkg/crypto"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// ControllerSealed is a SealedSecret: each value is sealed by itself, for the
// controller of one cluster, and nobody outside can open it again.
type ControllerSealed struct {
	Name, Namespace, Type, Scope string
	// Values are the sealed values by key.
	Values map[string]string
	// Empty are keys that have no value, and so are not sealed.
	Empty []string
}

// Certificate is what a controller seals for.
type Certificate struct {
	key *rsa.PublicKey
	// NotAfter is when the controller takes another, at the latest. It can open
	// what was sealed before.
	NotAfter time.Time
}

// ParseCertificate reads a controller's certificate, PEM, as kubeseal --fetch-cert
// prints it.
func ParseCertificate(data []byte) (*Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("is no certificate: get it with kubeseal --fetch-cert")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("is no certificate that can be read")
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("is not of an RSA key, which the controller needs")
	}
	return &Certificate{key, cert.NotAfter}, nil
}

// scopes are the annotations that tell the controller what values are bound to
// (sealed-secrets, pkg/apis/sealedsecrets/v1alpha1: EncryptionLabel).
var scopes = map[string]string{
	"namespace-wide": "sealedsecrets.bitnami.com/namespace-wide", "cluster-wide": "sealedsecrets.bitnami.com/cluster-wide",
}

func (s *ControllerSealed) label() []byte {
	switch s.Scope {
	case "cluster-wide":
		return nil
	case "namespace-wide":
		return []byte(s.Namespace)
	}
	return []byte(s.Namespace + "/" + s.Name)
}

// Seal puts values in. Sealing a value again gives another text, whether or not
// it has changed: nobody here can tell.
func (s *ControllerSealed) Seal(cert *Certificate, values map[string]Value) error {
	if s.Values == nil {
		s.Values = map[string]string{}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		out, err := sealedsecrets.HybridEncrypt(rand.Reader, cert.key, values[key].Reveal(), s.label())
		if err != nil {
			return fmt.Errorf("%s cannot be sealed", key)
		}
		s.Values[key] = base64.StdEncoding.EncodeToString(out)
	}
	return nil
}

// Object is the SealedSecret.
func (s *ControllerSealed) Object() (*yaml.RNode, error) {
	values := map[string]any{}
	for key, text := range s.Values {
		values[key] = text
	}
	metadata := func() map[string]any {
		m := map[string]any{"name": s.Name, "namespace": s.Namespace}
		if annotation := scopes[s.Scope]; annotation != "" {
			m["annotations"] = map[string]any{annotation: "true"}
		}
		return m
	}
	template := map[string]any{"metadata": metadata(), "type": typeOf(s.Type)}
	if len(s.Empty) > 0 {
		blank := map[string]any{}
		for _, key := range s.Empty {
			blank[key] = ""
		}
		template["data"] = blank
	}
	n, err := manifest.FromValue(map[string]any{
		"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": metadata(),
		"spec": map[string]any{"encryptedData": values, "template": template},
	})
	if err != nil {
		return nil, err
	}
	return yaml.NewRNode(n), nil
}

// Bytes is the file of the SealedSecret.
func (s *ControllerSealed) Bytes() ([]byte, error) {
	n, err := s.Object()
	if err != nil {
		return nil, err
	}
	return manifest.Bytes(n)
}

// ParseController reads a SealedSecret and checks that each value is sealed.
func ParseController(data []byte) (*ControllerSealed, error) {
	root, err := sealedDocument(data)
	if err != nil {
		return nil, &FormatError{[]Problem{{Message: err.Error()}}}
	}
	var p problems
	if manifest.Text(root, "apiVersion") != "bitnami.com/v1alpha1" || manifest.Text(root, "kind") != "SealedSecret" {
		p.add("kind", "airstrip seal writes it", "is no bitnami.com/v1alpha1 SealedSecret")
		return nil, p.err()
	}
	meta, spec := manifest.Field(root, "metadata"), manifest.Field(root, "spec")
	template := manifest.Field(spec, "template")
	s := &ControllerSealed{
		Name: manifest.Text(meta, "name"), Namespace: manifest.Text(meta, "namespace"), Type: manifest.Text(template, "type"),
		Scope: "strict", Values: map[string]string{},
	}
	for scope, annotation := range scopes {
		if manifest.Text(manifest.Field(meta, "annotations"), annotation) == "true" {
			s.Scope = scope
		}
	}
	for key, text := range manifest.Texts(manifest.Field(template, "data")) {
		if s.Empty = append(s.Empty, key); text != "" {
			p.add("spec.template.data."+key, "take the key out of the file, and seal it: airstrip seal --set "+key, "is in clear")
		}
	}
	slices.Sort(s.Empty)
	values := manifest.Field(spec, "encryptedData")
	for i := 0; values != nil && values.Kind == yaml.MappingNode && i+1 < len(values.Content); i += 2 {
		key, text := values.Content[i].Value, values.Content[i+1].Value
		if !isHybrid(text) {
			p.add("spec.encryptedData."+key, "take the key out of the file, and seal it: airstrip seal --set "+key, "is not sealed")
			continue
		}
		s.Values[key] = text
	}
	return s, p.err()
}

// isHybrid reports whether a text has the form that the controller opens: the
// length of an RSA ciphertext, the ciphertext, and AES-GCM with its tag.
func isHybrid(text string) bool {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) < 2 {
		return false
	}
	size := int(binary.BigEndian.Uint16(data))
	return size >= 256 && size%8 == 0 && len(data) >= 2+size+16
}
