package conformance

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"

	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// readsSubjects are the archives of which every value is changed, and the
// values files with which, by their number; "" is none.
var readsSubjects = map[string][]string{
	"airbyte-2.2.0":            {"", "02"}, // enterprise: S3 and generic OIDC
	"airbyte-2.1.1":            {"", "04"}, // GCS
	"airbyte-2.0.19":           {"", "03"}, // Keycloak
	"airbyte-1.9.2":            {"", "02"},
	"airbyte-1.8.5":            {"", "05"}, // Azure
	"airbyte-data-plane-2.2.0": {"", "02"},
}

// TestReads holds which values a chart is said not to read against brute force:
// every value is changed alone, and the chart rendered. None that makes a
// difference may be called unread, and of those that make none nearly all have
// to be.
func TestReads(t *testing.T) {
	log.SetOutput(io.Discard) // Helm warns of values of another type
	defer log.SetOutput(os.Stderr)
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skipf("%s is not set", official.Env)
	}
	for _, a := range archives {
		numbers := readsSubjects[a.String()]
		if testing.Short() && len(numbers) > 1 {
			numbers = numbers[:1]
		}
		for _, number := range numbers {
			t.Run(a.String()+" "+number, func(t *testing.T) {
				c, err := chart.Load(context.Background(), nil, chart.Ref{Path: a.Path})
				if err != nil {
					t.Fatal(err)
				}
				user := map[string]any{}
				if number != "" {
					files, err := filepath.Glob(root + "fn/render/testdata/values/" + a.Generation() + "-" + number + "-*.yaml")
					if err != nil || len(files) != 1 {
						t.Fatalf("values file %s: %v (%v)", number, files, err)
					}
					user = readValues(t, files[0])
				}
				bruteForce(t, c, user)
			})
		}
	}
}

// TestReadsOfAll analyses every archive with every values file of its
// generation. What a file sets and the analysis calls unread is taken away: the
// render has to stay the same.
func TestReadsOfAll(t *testing.T) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skipf("%s is not set", official.Env)
	}
	if testing.Short() {
		archives = official.Newest(archives)
	}
	var mu sync.Mutex
	var analyses, unread, wrong int
	t.Run("archives", func(t *testing.T) {
		for _, a := range archives {
			t.Run(a.String(), func(t *testing.T) {
				t.Parallel()
				c, err := chart.Load(context.Background(), nil, chart.Ref{Path: a.Path})
				if err != nil {
					t.Fatal(err)
				}
				files, err := filepath.Glob(root + "fn/render/testdata/values/" + a.Generation() + "-*.yaml")
				if err != nil || len(files) == 0 {
					t.Fatalf("no values files (%v)", err)
				}
				for _, file := range files {
					user := readValues(t, file)
					list := render.ReadsOf(c, user).Unread(user)
					mu.Lock()
					analyses++
					unread += len(list)
					mu.Unlock()
					if len(list) == 0 {
						continue
					}
					base, err := renderWith(c, user)
					if err != nil {
						continue // refused by the chart: nobody sees what is unread
					}
					rest := clone(user).(map[string]any)
					for _, u := range slices.Backward(list) {
						remove(rest, u.Path)
					}
					if got, err := renderWith(c, rest); got != base {
						mu.Lock()
						wrong++
						mu.Unlock()
						t.Errorf("%s: without %v it renders otherwise (%v)", filepath.Base(file), paths(list), err)
					}
				}
			})
		}
	})
	t.Logf("reads: %d archives, %d analyses, %d values unread, %d of them wrongly", len(archives), analyses, unread, wrong)
}

func paths(list []render.Unread) (texts []string) {
	for _, u := range list {
		texts = append(texts, strings.Join(u.Path, "."))
	}
	return texts
}

func bruteForce(t *testing.T, c *helmchart.Chart, user map[string]any) {
	t.Helper()
	base, err := renderWith(c, user)
	if err != nil {
		t.Fatal(err)
	}
	effective := render.MergeValues(c.Values, user)
	unread := map[string]bool{}
	for _, u := range render.ReadsOf(c, user).Unread(effective) {
		unread[strings.Join(u.Path, "\x00")] = true
	}
	said := func(p []string) bool {
		for i := range p {
			if unread[strings.Join(p[:i+1], "\x00")] {
				return true
			}
		}
		return false
	}
	leaves := leavesOf(nil, effective)
	live := make([]bool, len(leaves))
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				changed := put(clone(user).(map[string]any), effective, leaves[i].path, sentinel(leaves[i].value))
				got, err := renderWith(c, changed)
				live[i] = err != nil || got != base
			}
		}()
	}
	for i := range leaves {
		next <- i
	}
	close(next)
	wg.Wait()
	// Once more and all together, for what is only read where it is not empty.
	// Without the notes, which are no object: they may read what nothing else
	// does, and fail on two such values together.
	quiet := chart.Clone(c)
	quiet.Templates = slices.DeleteFunc(quiet.Templates, func(f *helmchart.File) bool { return path.Base(f.Name) == "NOTES.txt" })
	for _, other := range []func(any) any{sentinel, blank} {
		together := clone(user).(map[string]any)
		for _, l := range leaves {
			if said(l.path) {
				put(together, effective, l.path, other(l.value))
			}
		}
		if got, err := renderWith(quiet, together); err != nil || got != base {
			t.Errorf("what is called unread makes a difference if all of it changes (%v)", err)
		}
	}

	var alive, found, wrong int
	var missed []string
	for i, l := range leaves {
		switch {
		case live[i]:
			alive++
			if said(l.path) {
				wrong++
				t.Errorf("%s is called unread and makes a difference", strings.Join(l.path, "."))
			}
		case said(l.path):
			found++
		default:
			missed = append(missed, strings.Join(l.path, "."))
		}
	}
	dead := len(leaves) - alive
	t.Logf("%s: %d leaves, %d live, %d dead, %d of them found (%.1f %%), %d false alarms",
		t.Name(), len(leaves), alive, dead, found, 100*float64(found)/float64(max(dead, 1)), wrong)
	if 10*found < 9*dead {
		t.Errorf("dead and not found: %s", strings.Join(missed, " "))
	}
}

type leaf struct {
	path  []string
	value any
}

func leavesOf(at []string, v any) (list []leaf) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 {
			for _, k := range slices.Sorted(maps.Keys(v)) {
				list = append(list, leavesOf(append(slices.Clone(at), k), v[k])...)
			}
			return list
		}
	case []any:
		if len(v) > 0 {
			for i, e := range v {
				list = append(list, leavesOf(append(slices.Clone(at), fmt.Sprintf("[%d]", i)), e)...)
			}
			return list
		}
	}
	return []leaf{{at, v}}
}

// sentinel is another value of the same type.
func sentinel(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case string:
		return v + "x"
	case float64:
		return v + 1
	case map[string]any:
		return map[string]any{"sentinel": "x"}
	case []any:
		return []any{"sentinel"}
	}
	return "sentinel"
}

// blank is what is empty, of the same type.
func blank(v any) any {
	switch v.(type) {
	case bool:
		return false
	case string:
		return ""
	case float64:
		return 0.0
	}
	return v
}

// put sets the value at a path. Lists on the way are those of the effective
// values, since Helm does not merge lists.
func put(m map[string]any, effective any, path []string, v any) map[string]any {
	var set func(at, eff any, path []string) any
	set = func(at, eff any, path []string) any {
		if len(path) == 0 {
			return v
		}
		if l, ok := eff.([]any); ok {
			out, ok := at.([]any)
			if !ok {
				out = clone(l).([]any)
			}
			var i int
			fmt.Sscanf(path[0], "[%d]", &i)
			out[i] = set(out[i], l[i], path[1:])
			return out
		}
		out, ok := at.(map[string]any)
		if !ok {
			out = map[string]any{}
		}
		e, _ := eff.(map[string]any)
		out[path[0]] = set(out[path[0]], e[path[0]], path[1:])
		return out
	}
	return set(m, effective, path).(map[string]any)
}

func remove(v any, path []string) {
	for ; len(path) > 1; path = path[1:] {
		switch at := v.(type) {
		case map[string]any:
			v = at[path[0]]
		case []any:
			var i int
			fmt.Sscanf(path[0], "[%d]", &i)
			v = at[i]
		}
	}
	switch at := v.(type) {
	case map[string]any:
		delete(at, path[0])
	case []any:
		var i int
		fmt.Sscanf(path[0], "[%d]", &i)
		at[i] = nil
	}
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// renderWith is what Helm makes of a chart, as one text.
func renderWith(c *helmchart.Chart, user map[string]any) (string, error) {
	c = chart.Clone(c)
	if err := chartutil.ProcessDependenciesWithMerge(c, user); err != nil {
		return "", err
	}
	kube, err := chartutil.ParseKubeVersion("1.33")
	if err != nil {
		return "", err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	caps.KubeVersion = *kube
	vals, err := chartutil.ToRenderValues(c, user, chartutil.ReleaseOptions{Name: "ab", Namespace: "data", Revision: 1, IsInstall: true}, caps)
	if err != nil {
		return "", err
	}
	files, err := engine.Engine{}.Render(c, vals)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if base := path.Base(name); base != "NOTES.txt" && !strings.HasPrefix(base, "_") {
			fmt.Fprintf(&b, "# %s\n%s", name, files[name])
		}
	}
	return b.String(), nil
}

func readValues(t *testing.T, file string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := render.ReadValues(data, file)
	if err != nil {
		t.Fatal(err)
	}
	return values
}
