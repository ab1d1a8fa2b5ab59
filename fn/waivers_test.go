package fn_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

var waiverDay = time.Date(2026, 6, 30, 23, 59, 0, 0, time.UTC)

const goodWaivers = `apiVersion: airstrip.dev/v1alpha1
kind: ReviewWaivers
waivers:
- risk: endpoint
  environments: [aks, prod-*]
  object: ConfigMap/airbyte-*
  field: data.DATABASE_HOST
  reason: the database has been moved
  until: 2026-06-30
- {risk: delete-route, environments: ["*"], object: HTTPRoute.gateway.networking.k8s.io/airbyte, reason: moved, until: "2027-06-30"}
- {risk: many-removed, environments: [test], reason: cleared, until: 2026-07-01}
- {risk: replicas, environments: [aks], object: Deployment/airbyte-server, reason: old, until: 2026-06-29}
`

func TestWaiversMatch(t *testing.T) {
	w, err := fn.ParseWaivers("airstrip-waivers.yaml", []byte(goodWaivers), waiverDay)
	if err != nil {
		t.Fatal(err)
	}
	config := manifest.ID{Kind: "ConfigMap", Namespace: "airbyte", Name: "airbyte-airbyte-env"}
	route := manifest.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Name: "airbyte"}
	for _, tt := range []struct {
		name string
		risk manifest.Finding
		env  string
		day  time.Time
		want string
	}{
		{"the very field", manifest.Finding{Code: "endpoint", Object: config, Field: "data.DATABASE_HOST"}, "aks", waiverDay, "the database has been moved"},
		{"an environment by pattern", manifest.Finding{Code: "endpoint", Object: config, Field: "data.DATABASE_HOST"}, "prod-eu", waiverDay, "the database has been moved"},
		{"another environment", manifest.Finding{Code: "endpoint", Object: config, Field: "data.DATABASE_HOST"}, "eks-alb", waiverDay, ""},
		{"another field that begins alike", manifest.Finding{Code: "endpoint", Object: config, Field: "data.DATABASE_HOSTS"}, "aks", waiverDay, ""},
		{"another risk", manifest.Finding{Code: "auth-off", Object: config, Field: "data.DATABASE_HOST"}, "aks", waiverDay, ""},
		{"the day after", manifest.Finding{Code: "endpoint", Object: config, Field: "data.DATABASE_HOST"}, "aks", waiverDay.AddDate(0, 0, 1), ""},
		{"with the group of the kind", manifest.Finding{Code: "delete-route", Object: route}, "aks", waiverDay, "moved"},
		{"no object", manifest.Finding{Code: "many-removed"}, "test", waiverDay, "cleared"},
		{"expired", manifest.Finding{Code: "replicas", Object: manifest.ID{Kind: "Deployment", Name: "airbyte-server"}}, "aks", waiverDay, ""},
		{"a Secret in clear", manifest.Finding{Code: "plaintext-secret", Object: config}, "aks", waiverDay, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if v := w.Match(tt.risk, tt.env, tt.day); v != nil {
				got = v.Reason
			}
			if got != tt.want {
				t.Errorf("waived by %q, want %q", got, tt.want)
			}
		})
	}
	if (*fn.Waivers)(nil).Match(manifest.Finding{Code: "endpoint"}, "aks", waiverDay) != nil || (*fn.Waivers)(nil).Notes(nil, nil, nil, waiverDay) != nil {
		t.Error("no file waives nothing")
	}
}

func TestWaiversNotes(t *testing.T) {
	w, err := fn.ParseWaivers("airstrip-waivers.yaml", []byte(goodWaivers), waiverDay)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range w.Notes([]*fn.Waiver{&w.Waivers[0]}, []string{"aks"}, nil, waiverDay) {
		got = append(got, f.Code+": "+f.String())
	}
	want := []string{
		"waiver-unused: airstrip-waivers.yaml: waivers[1]: there is no risk delete-route of HTTPRoute.gateway.networking.k8s.io/airbyte to waive: take it out",
		"waiver-expired: airstrip-waivers.yaml: waivers[3].until: replicas of Deployment/airbyte-server was waived until 2026-06-29, and no longer is: take it out, or renew it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWaiversRefused(t *testing.T) {
	head := "apiVersion: airstrip.dev/v1alpha1\nkind: ReviewWaivers\n"
	one := func(fields string) string { return head + "waivers: [{" + fields + "}]" }
	const rest = ", environments: [aks], object: ConfigMap/a, reason: r, until: 2026-07-01"
	for _, tt := range []struct{ name, in, want string }{
		{"no YAML", "a: [", "w.yaml: "},
		{"not an object", "- a", "w.yaml: "},
		{"two documents", goodWaivers + "---\n" + goodWaivers, "w.yaml: holds 2 documents, want one of kind ReviewWaivers"},
		{"empty", "", "w.yaml: holds 0 documents, want one of kind ReviewWaivers"},
		{"another version", "apiVersion: airstrip.dev/v2\nkind: ReviewWaivers\nwaivers: []", `w.yaml: apiVersion: "airstrip.dev/v2" is not one of airstrip.dev/v1alpha1`},
		{"an unknown field", head + "waiver: []", "w.yaml: waiver: unknown field (did you mean \"waivers\"?)\nw.yaml: waivers: is missing"},
		{"a field twice", head + "waivers: []\nkind: ReviewWaivers", "w.yaml: kind: is there twice (keep one of them)"},
		{"nothing said", one(""), "w.yaml: waivers[0].environments: is missing\nw.yaml: waivers[0].reason: is missing\nw.yaml: waivers[0].risk: is missing\nw.yaml: waivers[0].until: is missing"},
		{"an unknown risk", one("risk: endpiont" + rest), `w.yaml: waivers[0].risk: there is no risk "endpiont" (did you mean "endpoint"?)`},
		{"several at once", one("risk: endpiont, environments: [aks], object: ConfigMap/a, reason: '', until: 2030-01-01"),
			"w.yaml: waivers[0].reason: is empty (say why it is all right, for who reads the review)\nw.yaml: waivers[0].risk: there is no risk \"endpiont\" (did you mean \"endpoint\"?)\nw.yaml: waivers[0].until: is more than a year ahead (at most 2027-06-30; renew it then, if it is still all right)"},
		{"no risk at all", one("risk: zzz" + rest), `w.yaml: waivers[0].risk: there is no risk "zzz" (docs/review.md lists them)`},
		{"a Secret in clear", one("risk: plaintext-secret" + rest), "w.yaml: waivers[0].risk: a Secret in clear cannot be waived (seal it: airstrip seal DIR)"},
		{"an environment that is text", one("risk: endpoint, environments: aks, object: ConfigMap/a, reason: r, until: 2026-07-01"), "w.yaml: waivers[0].environments: is text, want a list"},
		{"no environment, no pattern", head + "waivers: [{risk: endpoint, environments: [], object: ConfigMap/a, reason: r, until: 2026-07-01}, {risk: endpoint, environments: ['['], object: ConfigMap/a, reason: r, until: 2026-07-01}]",
			"w.yaml: waivers[0].environments: is empty (name one, or \"*\" for all)\nw.yaml: waivers[1].environments[0]: is \"[\", want a name or a pattern (such as aks or prod-*)"},
		{"an object without a kind", one("risk: endpoint, environments: [aks], object: a, reason: r, until: 2026-07-01"), `w.yaml: waivers[0].object: is "a", want a kind and a name (such as ConfigMap/airbyte-airbyte-env or Job/airbyte-*)`},
		{"no object", one("risk: endpoint, environments: [aks], reason: r, until: 2026-07-01"), "w.yaml: waivers[0].object: is missing (the kind and name that the risk names, such as ConfigMap/airbyte-airbyte-env)"},
		{"an object of what has none", one("risk: many-removed" + rest), "w.yaml: waivers[0].object: is given, and many-removed is of no single object (leave it out)"},
		{"no reason, no day", one("risk: endpoint, environments: [aks], object: ConfigMap/a, reason: ' ', until: tomorrow"), "w.yaml: waivers[0].reason: is empty (say why it is all right, for who reads the review)\nw.yaml: waivers[0].until: is \"tomorrow\", want a day (such as 2026-07-30)"},
		{"too long", one("risk: endpoint, environments: [aks], object: ConfigMap/a, reason: r, until: 2027-07-01"), "w.yaml: waivers[0].until: is more than a year ahead (at most 2027-06-30; renew it then, if it is still all right)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fn.ParseWaivers("w.yaml", []byte(tt.in), waiverDay)
			if err == nil {
				t.Fatal("is taken")
			}
			got := err.Error()
			if e := (*fn.ConfigError)(nil); errors.As(err, &e) {
				var lines []string
				for i, p := range e.Problems {
					line := e.Line(i)
					if p.Hint != "" {
						line += " (" + p.Hint + ")"
					}
					lines = append(lines, line)
				}
				got = strings.Join(lines, "\n")
			}
			if strings.HasSuffix(tt.want, ": ") { // what a library says
				if !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %s", got)
				}
			} else if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestWaiversSchema holds the published schema to what is read.
func TestWaiversSchema(t *testing.T) {
	validates := compile(t, fn.WaiversJSONSchema())
	for text, good := range map[string]bool{
		goodWaivers: true,
		strings.Replace(goodWaivers, "risk: endpoint", "risk: plaintext-secret", 1): false,
		strings.Replace(goodWaivers, "reason: moved, ", "", 1):                      false,
		strings.Replace(goodWaivers, "reason: moved", "raeson: moved", 1):           false,
	} {
		if err := validates(text); (err == nil) != good {
			t.Errorf("%v: %s", err, text)
		}
	}
}

// TestWaiversExample holds the example of docs/review.md to what is read.
func TestWaiversExample(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "review.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "```yaml\n# yaml-language-server: $schema=reviewwaivers.json")
	example, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("there is no example")
	}
	if _, err := fn.ParseWaivers("review.md", []byte("#"+example), waiverDay); err != nil {
		t.Error(err)
	}
	if err := compile(t, fn.WaiversJSONSchema())("#" + example); err != nil {
		t.Error(err)
	}
}
