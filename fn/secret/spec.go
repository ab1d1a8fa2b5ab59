package secret

import (
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
)

// Backend is where a Secret comes from.
type Backend string

// The backends.
const (
	SOPS            Backend = "sops"           // sealed by SOPS in a committed file
	ExternalSecrets Backend = "externalSecret" // made from a vault by External Secrets Operator
	SealedSecrets   Backend = "sealedSecret"   // sealed for the Sealed Secrets controller in a committed file
	Existing        Backend = "existing"       // made by somebody else: nothing is written
)

// Spec says where a Secret comes from.
type Spec struct {
	Name           string          `json:"name,omitempty" doc:"Name of the Secret. Default in configSecret: airbyte-config-secrets."`
	Backend        Backend         `json:"backend,omitempty" doc:"Where it comes from: sops, a file that airstrip seal writes; externalSecret, a vault, by External Secrets Operator; sealedSecret, a file for the Sealed Secrets controller; existing, from elsewhere. Default: sops; in secrets that of configSecret, if it makes something." enum:"sops,externalSecret,sealedSecret,existing"`
	File           string          `json:"file,omitempty" doc:"The sealed file, relative to the kustomization that lists the generator. Default: NAME.sops.yaml, and NAME.sealed.yaml with sealedSecret."`
	Recipients     *Recipients     `json:"recipients,omitempty" doc:"Who can open the sealed file. Default: what the creation rules of .sops.yaml say."`
	ExternalSecret *ExternalSecret `json:"externalSecret,omitempty" doc:"The vault, with backend externalSecret."`
	SealedSecret   *SealedSecret   `json:"sealedSecret,omitempty" doc:"The controller, with backend sealedSecret."`
}

// ExternalSecret says where External Secrets Operator finds the values
// (external-secrets.io/v1, ExternalSecret).
type ExternalSecret struct {
	Store           Store       `json:"store" doc:"The store that is asked." required:"true"`
	RemoteKey       string      `json:"remoteKey,omitempty" doc:"The entry of the store whose properties are the keys of the Secret." example:"airbyte/prod"`
	RefreshInterval string      `json:"refreshInterval,omitempty" doc:"How often the store is asked. Default: 1h."`
	Keys            []RemoteKey `json:"keys,omitempty" doc:"Keys that are found elsewhere, or that nothing here reads."`
}

// Store is a SecretStore.
type Store struct {
	Name string `json:"name" doc:"Name of the store." required:"true"`
	Kind string `json:"kind,omitempty" doc:"Kind of the store. Default: SecretStore." enum:"SecretStore,ClusterSecretStore"`
}

// RemoteKey is where one key is found.
type RemoteKey struct {
	Key       string `json:"key" doc:"Key in the Secret." required:"true"`
	RemoteKey string `json:"remoteKey,omitempty" doc:"Entry of the store. Default: that of all keys."`
	Property  string `json:"property,omitempty" doc:"Property of the entry. Default: the key; with a remoteKey of its own, the whole entry."`
	Version   string `json:"version,omitempty" doc:"Version of the entry. Default: the latest."`
	Decoding  string `json:"decoding,omitempty" doc:"How the entry is encoded in the store. Default: None." enum:"None,Auto,Base64,Base64URL"`
}

// SealedSecret says for which controller a Secret is sealed.
type SealedSecret struct {
	Certificate string `json:"certificate" doc:"The controller's certificate (kubeseal --fetch-cert), relative to the kustomization that lists the generator." required:"true"`
	Scope       string `json:"scope,omitempty" doc:"To what a value is bound, so that nobody can take it elsewhere. Default: strict, its name and namespace." enum:"strict,namespace-wide,cluster-wide"`
}

// Check reports what the schema cannot say. At is the field that holds the spec.
func (s *Spec) Check(at string) []Problem {
	if s == nil {
		return nil
	}
	var p problems
	if s.Name != "" {
		if errs := validation.NameIsDNSSubdomain(s.Name, false); len(errs) > 0 {
			p.add(at+".name", "", "%q cannot be the name of a Secret: %s", s.Name, strings.Join(errs, ";"))
		}
	}
	for _, f := range []struct {
		field   string
		given   bool
		backend Backend
	}{
		{"recipients", s.Recipients != nil, SOPS},
		{"externalSecret", s.ExternalSecret != nil, ExternalSecrets},
		{"sealedSecret", s.SealedSecret != nil, SealedSecrets},
	} {
		if f.given && s.Backend != f.backend && (s.Backend != "" || f.backend != SOPS) {
			p.add(at+"."+f.field, fmt.Sprintf("set %s.backend: %s, or leave it out", at, f.backend), "is for the backend %s", f.backend)
		}
	}
	if s.File != "" {
		if s.Backend == ExternalSecrets || s.Backend == Existing {
			p.add(at+".file", "leave it out", "is for backends that keep a file")
		}
		if filepath.IsAbs(s.File) || !filepath.IsLocal(filepath.FromSlash(s.File)) {
			p.add(at+".file", "", "%q does not lie below the kustomization", s.File)
		}
	}
	if s.Recipients != nil {
		_, wrong := s.Recipients.group()
		for _, w := range wrong {
			w.Field = at + ".recipients." + w.Field
			p = append(p, w)
		}
	}
	return p
}

// Path is the sealed file of the Secret, below the folder root.
func (s *Spec) Path(root string) string {
	file := s.File
	switch {
	case file != "":
	case s.Backend == SealedSecrets:
		file = s.Name + ".sealed.yaml"
	default:
		file = s.Name + ".sops.yaml"
	}
	return filepath.Join(root, filepath.FromSlash(file))
}
