package fn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// SecretFinding is the code of findings about Secrets that keep a set from being
// delivered.
const SecretFinding = "secret"

// Review looks at the whole of an overlay, after kustomize: annotations that its
// own patches and resources brought, hosts that two releases claim, Secrets that
// are in clear or damaged, and keys that are not there.
func Review(set manifest.Set, configs ...*Config) []manifest.Finding {
	return append(ingress.Review(set), reviewSecrets(set, configs)...)
}

func reviewSecrets(set manifest.Set, configs []*Config) []manifest.Finding {
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
			add(id, "", "holds %s in clear: keep it as a sealed file (airstrip seal -f - --output FILE DIR), or make it from a vault", strings.Join(made.Keys(), ", "))
		}
	}
	for _, k := range Keys(set, configs...) {
		if k.State != airbyte.KeyMissing || k.Optional {
			continue
		}
		id := manifest.ID{Kind: "Secret", Namespace: k.Namespace, Name: k.Secret}
		if slices.ContainsFunc(findings, func(f manifest.Finding) bool { return f.Object == id }) {
			continue // what is wrong with it is said
		}
		p := &SecretPlan{Needed: []airbyte.SecretKey{k}}
		if len(configs) == 0 { // nothing says what is in the cluster
			findings = append(findings, manifest.Finding{
				Severity: manifest.Warning, Code: SecretFinding, Object: id,
				Message: fmt.Sprintf("%s; read by %s", strings.TrimPrefix(k.Detail, id.String()+" "), p.readers(k.Key)),
			})
			continue
		}
		add(id, "", "%s; read by %s: list it under spec.secrets if it exists (backend: existing)", strings.TrimPrefix(k.Detail, id.String()+" "), p.readers(k.Key))
	}
	return findings
}
