package airbyte

import (
	"maps"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Finish sets on rendered objects what the chart has no value for, and changes
// nothing else: the labels of the ServiceAccount. It refuses what only the
// render shows.
func (s *Settings) Finish(set manifest.Set) []Problem {
	return append(s.labelAccount(set), s.pullSecrets(set)...)
}

// pullSecrets finds the name "map[name:regcred]", which the first releases of
// the data plane, and two of V2, hand to jobs: they print the list where they
// should print names.
func (s *Settings) pullSecrets(set manifest.Set) []Problem {
	if s.Images == nil || len(s.Images.PullSecrets) == 0 {
		return nil
	}
	for _, n := range set {
		if id := manifest.IDOf(n); id.Kind == "ConfigMap" && strings.Contains(manifest.Text(manifest.Field(n.YNode(), "data"), pullSecretNames), "map[") {
			return []Problem{{
				Field: "images.pullSecrets", Message: "the chart hands jobs a name for it that no Secret can have: it prints a list where names belong",
				Hint: "choose a newer release of the chart",
			}}
		}
	}
	return nil
}

func (s *Settings) labelAccount(set manifest.Set) []Problem {
	if s.ServiceAccount == nil || len(s.ServiceAccount.Labels) == 0 {
		return nil
	}
	found := false
	for _, n := range set {
		if id := manifest.IDOf(n); id.Kind != "ServiceAccount" || id.Group != "" {
			continue
		}
		found = true
		labels := manifest.Ensure(manifest.Ensure(n.YNode(), "metadata"), "labels")
		for _, k := range slices.Sorted(maps.Keys(s.ServiceAccount.Labels)) {
			manifest.SetField(labels, k, manifest.String(s.ServiceAccount.Labels[k]))
		}
	}
	if !found {
		return []Problem{{Field: "serviceAccount.labels", Message: "no ServiceAccount is in the output", Hint: "label it where it is made"}}
	}
	return nil
}

// Notes are what a reader of the settings has to know, though nothing is wrong
// with them.
func (s *Settings) Notes() []Problem {
	w := s.WorkloadIdentity
	if w == nil {
		return nil
	}
	note := func(message string) []Problem {
		return []Problem{{Field: "workloadIdentity.type", Message: message, Warning: true}}
	}
	switch w.Type {
	case "gke":
		return note("is for what runs beside Airbyte: Airbyte itself reads and writes Google Cloud Storage and Secret Manager only with the JSON key of a service account")
	case "azure":
		return note("is for what runs beside Airbyte: Airbyte itself needs a connection string for Blob Storage and a client secret for Key Vault")
	case "eks-pod-identity":
		return note("is nothing in the cluster: EKS needs an association of the role with this namespace and ServiceAccount; airstrip policy aws prints it")
	}
	return nil
}
