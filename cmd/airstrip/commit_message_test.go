package main

import (
	"os/exec"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/diff"
)

func chartOf(version, digest string) []commitChart {
	return []commitChart{{"airbyte", version, digest}}
}

func TestCommitMessage(t *testing.T) {
	images := []diff.Image{
		{Repository: "airbyte/server", Old: "2.0.1", New: "2.1.0", Bump: diff.Minor, Environments: []string{"aks", "eks-alb"}},
		{Repository: "airbyte/cron", New: "2.1.0", Bump: diff.NewOne, Environments: []string{"aks"}},
		{Repository: "airbyte/webapp", Old: "2.0.1", Bump: diff.Dropped, Environments: []string{"aks", "eks-alb"}},
	}
	for _, tt := range []struct {
		name string
		in   commitMessage
		want string
	}{
		{"a chart is raised", commitMessage{
			Environments: []commitEnvironment{
				{Name: "aks", Charts: chartOf("2.2.0", "sha256:ab"), OldCharts: chartOf("2.1.1", "")},
				{Name: "eks-alb", Charts: chartOf("2.2.0", "sha256:ab"), OldCharts: chartOf("2.1.1", "")},
			},
			Images: images, Added: 1, Changed: 20, Removed: 2, Revision: "0123", Version: "v1",
		}, `Render aks, eks-alb: chart 2.1.1 → 2.2.0

Images:
  airbyte/server 2.0.1 → 2.1.0
  airbyte/cron 2.1.0 (new), aks
  airbyte/webapp 2.0.1 (gone)

Objects: 20 changed, 1 added, 2 removed

Chart: airbyte 2.2.0
Chart-Digest: sha256:ab
Source-Revision: 0123
Airstrip-Version: v1
`},
		{"two charts", commitMessage{
			Environments: []commitEnvironment{
				{Name: "aks", Charts: chartOf("2.2.0", "sha256:ab"), OldCharts: chartOf("2.2.0", "")},
				{Name: "eks-alb", Charts: chartOf("2.1.1", "sha256:cd")},
			}, Version: "v1",
		}, `Render aks, eks-alb: chart 2.2.0, 2.1.1

Chart: airbyte 2.2.0 (aks)
Chart-Digest: sha256:ab (aks)
Chart: airbyte 2.1.1 (eks-alb)
Chart-Digest: sha256:cd (eks-alb)
Airstrip-Version: v1
`},
		{"many", commitMessage{
			Environments: []commitEnvironment{{Name: strings.Repeat("a", 40)}, {Name: strings.Repeat("b", 40)}}, Version: "v1",
		}, "Render 2 environments\n\nAirstrip-Version: v1\n"},
	} {
		got, err := tt.in.text(nil)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, d)
		}
	}
}

// Nothing that comes from manifests or overlays becomes a trailer, as git reads them,
// in the default message or in one of the user's.
func TestCommitMessageForged(t *testing.T) {
	forged := "x\n\nAirstrip-Version: forged\nChart: forged\r\nChart-Digest: forged\u2028\u202e\u200b\ufeff"
	for _, text := range []string{"", "{{range .Images}}{{.Repository}}{{.Old}}{{.New}}\n\n{{end}}{{range .Environments}}{{range .Charts}}{{.}}{{end}}{{end}}"} {
		m := commitMessage{
			Environments: []commitEnvironment{{Name: "aks", Charts: []commitChart{{forged, forged, forged}}, OldCharts: []commitChart{{forged, forged, ""}}}},
			Images:       []diff.Image{{Repository: forged, Old: forged, New: forged, Environments: []string{"aks"}}}, Version: "v1",
		}
		var tm *template.Template
		if text != "" {
			tm = template.Must(template.New("").Parse(text))
		}
		message, err := m.text(tm)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("git", "interpret-trailers", "--parse")
		cmd.Stdin = strings.NewReader(message)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(message, "\r\u2028\u202e\u200b\ufeff") {
			t.Errorf("what is not seen is in %q", message)
		}
		for line := range strings.Lines(string(out)) {
			if key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); key == "Airstrip-Version" && value != "v1" || strings.HasPrefix(value, "forged") {
				t.Errorf("%q is a trailer of\n%s", line, message)
			}
		}
		if !strings.Contains(string(out), "Airstrip-Version: v1\n") {
			t.Errorf("the trailers are %q", out)
		}
	}
}

func TestParseCharts(t *testing.T) {
	for _, tt := range []struct {
		trailers []string
		want     []commitChart
	}{
		{[]string{"airbyte 2.2.0"}, []commitChart{{"airbyte", "2.2.0", ""}}},
		{[]string{"airbyte 2.2.0 (aks, gke)", "airbyte 2.1.1 (eks)"}, []commitChart{{"airbyte", "2.2.0", ""}}},
		{[]string{"airbyte 2.2.0 (aks)", "airbyte-data-plane 2.0.0 (aks, eks)"}, []commitChart{{"airbyte", "2.2.0", ""}, {"airbyte-data-plane", "2.0.0", ""}}},
		{[]string{"airbyte 2.1.1 (eks)"}, nil},
		{nil, nil},
	} {
		if d := cmp.Diff(tt.want, parseCharts(tt.trailers, "aks")); d != "" {
			t.Errorf("%q:\n%s", tt.trailers, d)
		}
	}
}
