package fn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// SecretFinding is the code of findings about Secrets that keep a set from being
// delivered.
const SecretFinding = "secret"

// Review looks at the whole of an overlay, after kustomize: annotations that its
// own patches and resources brought, hosts that two releases claim, Secrets that
// are in clear or damaged, and keys that are not there. Without configs, nothing says
// what is in the cluster but external: a Secret that is nowhere is a warning then.
func Review(set manifest.Set, external []validate.Object, configs ...*Config) []manifest.Finding {
	return append(ingress.Review(set), reviewSecrets(set, external, configs)...)
}

func reviewSecrets(set manifest.Set, external []validate.Object, configs []*Config) []manifest.Finding {
	var findings []manifest.Finding
	add := func(id manifest.ID, field, format string, args ...any) {
		findings = append(findings, manifest.Finding{
			Severity: manifest.Error, Code: SecretFinding, Object: id, Field: field, Message: fmt.Sprintf(format, args...),
		})
	}
	for _, n := range set {
		id := manifest.IDOf(n)
		if secret.IsSealed(n) {
			s, err := secret.ParseObject(n)
			if err == nil && len(s.Unfit) > 0 {
				err = &secret.FormatError{Problems: s.Unfit}
			}
			if f, ok := err.(*secret.FormatError); ok {
				for _, p := range f.Problems {
					add(id, p.Field, "%s", p.Message)
				}
			}
			continue
		}
		if made := secret.Made(n); made != nil {
			add(id, "", "holds %s in clear: keep it as a sealed file (airstrip seal -f FILE DIR), or make it from a vault", strings.Join(made.Keys(), ", "))
		}
	}
	flawed := map[manifest.ID]bool{} // what is wrong with them is said
	for _, f := range findings {
		flawed[f.Object] = true
	}
	for _, k := range Keys(set, configs...) {
		id := manifest.ID{Kind: "Secret", Namespace: k.Namespace, Name: k.Secret}
		nowhere := k.Source == (manifest.ID{})
		if k.State != airbyte.KeyMissing || k.Optional || flawed[id] || nowhere && slices.Contains(external, validate.Object{Kind: id.Kind, Name: id.Name}) {
			continue
		}
		p := &SecretPlan{Needed: []airbyte.SecretKey{k}}
		message := fmt.Sprintf("%s; read by %s", strings.TrimPrefix(k.Detail, id.String()+" "), p.readers(k.Key))
		switch {
		case nowhere && len(configs) == 0:
			findings = append(findings, manifest.Finding{Severity: manifest.Warning, Code: SecretFinding, Object: id, Message: message + ": name it with --external, if it is in the cluster"})
		case nowhere:
			add(id, "", "%s: list it under spec.secrets if it exists (backend: existing)", message)
		default:
			add(id, "", "%s", message)
		}
	}
	return findings
}
