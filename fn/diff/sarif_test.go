package diff

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSARIF(t *testing.T) {
	r := sample()
	for i := range r.Environments {
		if name := r.Environments[i].Name; name != "gke-nginx" {
			r.Environments[i].Dir = "rendered/" + name
		}
	}
	var b bytes.Buffer
	if err := r.SARIF(&b, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Name, Version string }
			}
			Results []struct {
				RuleID, Level string
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
				Suppressions []struct{ Kind, Justification string }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "2.1.0" || len(got.Runs) != 1 || got.Runs[0].Tool.Driver.Version != "v1.2.3" {
		t.Fatalf("%+v", got)
	}
	var lines []string
	for _, result := range got.Runs[0].Results {
		line := result.Level + " " + result.RuleID
		for _, l := range result.Locations {
			line += " " + l.PhysicalLocation.ArtifactLocation.URI
		}
		for _, s := range result.Suppressions {
			line += " (" + s.Kind + ": " + s.Justification + ")"
		}
		lines = append(lines, line, result.Message.Text)
	}
	want := []string{
		"error exposed rendered/eks-alb/ingress-airbyte.yaml",
		`Ingress/airbyte: metadata.annotations[alb.ingress.kubernetes.io/scheme]: changes from "internal" to "internet-facing": Argo CD replaces the load balancer, and whoever finds its address reaches the sign-in page (eks-alb)`,
		"warning image-downgrade rendered/aks/deployment-airbyte-temporal.yaml",
		"Deployment/airbyte-temporal: spec.template.spec.containers[airbyte-temporal].image: temporalio/auto-setup goes back from 1.27.2 to 1.26.0 (aks)",
		"note job-reruns rendered/aks/job-airbyte-bootloader.yaml rendered/eks-alb/job-airbyte-bootloader.yaml gke-nginx",
		"Job/airbyte-bootloader: its image changes, so the migration of the database runs again before the applications start (aks, eks-alb, gke-nginx)",
		"error claim-growth gke-nginx (external: the database moves to Cloud SQL in the same week)",
		"StatefulSet/airbyte-db: spec.volumeClaimTemplates[airbyte-volume-db].spec.resources.requests.storage: grows from 500Gi to 750Gi: the API server refuses it until the StatefulSet is deleted with --cascade=orphan (gke-nginx)",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
}
