package apiserver

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

// TestOverlays applies every overlay with every release of the chart. Each object
// is accepted as it is written, with no field that its kind does not have and no
// warning; it is stored as it was written; and applied again it changes nothing.
func TestOverlays(t *testing.T) {
	c := cluster.Get(t)
	program(t, c)
	var renders, objects atomic.Int64
	charts := airstrip.Charts(t)
	t.Run("charts", func(t *testing.T) {
		for _, chart := range charts {
			for _, o := range overlays[chart.Generation()] {
				if !o.renders(chart) {
					continue
				}
				t.Run(chart.Name+"/"+o.dir, func(t *testing.T) {
					t.Parallel()
					r := newRelease(t, c, o.dir)
					all := r.objects(t, chart)
					r.alone(t, all)
					r.apply(t, all, true)
					if t.Failed() {
						return
					}
					first := r.apply(t, all, false)
					second := r.apply(t, all, false)
					for _, o := range all {
						was, is := first[o.String()], second[o.String()]
						if was == nil || is == nil {
							continue // said already
						}
						if at := differ(was, is); at != "" {
							t.Errorf("%s: applied again, %s changes", o, at)
						}
						for _, at := range changed("", o.Object, is.Object) {
							if takenAs[o.GetKind()+at] {
								continue
							}
							t.Errorf("%s: %s is not stored as it is written", o, at)
						}
					}
					renders.Add(1)
					objects.Add(int64(len(all)))
				})
			}
		}
	})
	if !charts[0].Official {
		t.Logf("%s is not set: the stand-in charts took the place of the official ones", airstrip.ChartsEnv)
	}
	t.Logf("%d charts, %d renders, %d objects: accepted, stored as written, the same when applied again", len(charts), renders.Load(), objects.Load())
}

// takenAs are fields that the server has another way of storing, the same in meaning.
var takenAs = map[string]bool{
	"Secret.stringData": true, // data, from then on
}

// TestSealed: an agent that cannot open a sealed Secret does not get the ciphertext
// into the cluster.
func TestSealed(t *testing.T) {
	c := cluster.Get(t)
	chart := newest(t, "v2")
	for _, overlay := range []string{"overlays/eks-alb", "overlays/gke-nginx", "overlays/aks"} {
		t.Run(overlay, func(t *testing.T) {
			r := newRelease(t, c, overlay)
			text, err := r.tree.Generate(t, overlay, chart, "--secrets", "pass")
			if err != nil {
				t.Fatal(err)
			}
			sealed := 0
			for _, o := range cluster.Decode(t, text) {
				if o.GetKind() != "Secret" || o.Object["sops"] == nil {
					continue
				}
				sealed++
				for _, validation := range []string{"Strict", "Warn", "Ignore"} {
					if _, err := r.ApplyWith(t.Context(), o, validation); err == nil {
						t.Errorf("%s is accepted sealed, with the field validation %s", o, validation)
					} else if strings.Contains(err.Error(), "not found") {
						t.Errorf("%s: %v", o, err)
					}
				}
				if live, err := r.Live(t.Context(), o); err != nil || live != nil {
					t.Errorf("%s is in the cluster: %v", o, err)
				}
			}
			if sealed < 2 {
				t.Errorf("%d sealed Secrets", sealed)
			}
		})
	}
}

// TestBites: what is wrong with an object is refused, or the tests here would prove
// nothing.
func TestBites(t *testing.T) {
	c := cluster.Get(t)
	r := newRelease(t, c, "overlays/eks-alb")
	all := r.objects(t, newest(t, "v2"))
	server := one(t, all, "Deployment", "airbyte-server")
	config := one(t, all, "ConfigMap", "airbyte-airbyte-env")
	for _, tt := range []struct {
		name string
		o    cluster.Object
		want string
	}{
		{"misspelt field", edit(t, server, "\n  replicas:", "\n  replica:"), "field not declared in schema"},
		{"wrong type", edit(t, server, "\n  replicas: 2", "\n  replicas: two"), "expected numeric"},
		{"text for a number", edit(t, one(t, all, "Service", "airbyte-airbyte-server-svc"), "port: ", "port: x"), "expected numeric"},
		{"no selector", edit(t, server, "\n  selector:\n    matchLabels:", "\n  selector:\n    matchLabel:"), "field not declared in schema"},
		{"name in capitals", edit(t, config, "name: airbyte-airbyte-env", "name: Airbyte_env"), "RFC 1123"},
		{"key twice", edit(t, config, "\ndata:\n", "\ndata:\n  AIRBYTE_URL: twice\n"), "already set"},
		{"label of two words", edit(t, config, "app.kubernetes.io/instance: airbyte", "app.kubernetes.io/instance: two words"), "valid label"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := r.Apply(t.Context(), tt.o, true); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	// What is refused above is accepted as it was rendered.
	r.apply(t, []cluster.Object{server, config}, true)
	// And what is no longer as it was written is seen.
	if got := changed("", map[string]any{"a": []any{map[string]any{"b": "1000m"}}}, map[string]any{"a": []any{map[string]any{"b": "1", "c": 1}}}); len(got) != 1 || got[0] != ".a[0].b" {
		t.Errorf("got %v, want .a[0].b", got)
	}
}
