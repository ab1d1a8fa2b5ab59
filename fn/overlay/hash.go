package overlay

import (
	"strings"

	"sigs.k8s.io/kustomize/api/hasher"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// hashed finds sealed Secrets to whose name kustomize has appended a hash of what
// is in them. It changes with each sealing, and Airbyte knows the Secret by names
// in its ConfigMap that kustomize does not reach; of a Secret in clear the hash
// would help to guess it.
func hashed(s manifest.Set) []manifest.Finding {
	var findings []manifest.Finding
	for _, n := range s {
		id := manifest.IDOf(n)
		i := strings.LastIndexByte(id.Name, '-')
		if i <= 0 || !secret.IsSealed(n) {
			continue
		}
		base := n.Copy()
		if base.SetName(id.Name[:i]) != nil {
			continue
		}
		if hash, err := (&hasher.Hasher{}).Hash(base); err == nil && hash == id.Name[i+1:] {
			findings = append(findings, manifest.Finding{
				Severity: manifest.Error, Code: fn.SecretFinding, Object: id, Field: "metadata.name",
				Message: "ends in a hash that kustomize appended: list the sealed file under resources, without needs-hash, and not in a secretGenerator",
			})
		}
	}
	return findings
}
