package diff

import (
	"strings"
	"testing"
)

// TestForms shows an object that comes in every environment, and not the same in each,
// as one thing.
func TestForms(t *testing.T) {
	r := sample()
	first := r.Rows[0]
	other := first
	other.New.Text = strings.ReplaceAll(first.New.Text, "port: 80", "port: 8080")
	first.Places, other.Places = first.Places[:2], first.Places[2:]
	r.Rows = append([]Row{first, other}, r.Rows[1:]...)

	page := markdown(t, r, MarkdownOptions{})
	checkPage(t, page, r, MarkdownOptions{})
	for _, want := range []string{
		"\n| **added** `Service/airbyte-manifest-server-svc` | all |\n",
		"\nIn `aks`, `eks-alb`:\n\n```yaml\n" + first.New.Text + "```\n\nIn `gke-nginx`:\n\n```yaml\n" + other.New.Text + "```\n\n</details>\n",
	} {
		if n := strings.Count(page, want); n != 1 {
			t.Errorf("%q is there %d times in\n%s", want, n, page)
		}
	}
	if n := strings.Count(page, "Service/airbyte-manifest-server-svc"); n != 2 {
		t.Errorf("the object is named %d times in\n%s", n, page)
	}

	groups := r.view().Groups
	row := groups[0].Rows[0]
	if groups[0].Count != "3" || row.EnvIndex != "0 1 2" || len(row.Forms) != 2 || row.Forms[0].In != "aks, eks-alb" || row.Forms[1].In != "gke-nginx" {
		t.Errorf("%+v", row)
	}

	// Three rows of the page stand for four of the report.
	limited := MarkdownOptions{Limit: 1700}
	if page := markdown(t, r, limited); !strings.Contains(page, "13 of 17 changes") {
		t.Errorf("13 changes are not left out in\n%s", page)
	} else {
		checkPage(t, page, r, limited)
	}
}
