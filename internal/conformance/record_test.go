package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// record is what the repository keeps of the renders of one archive: names and
// digests, which say that something changed and where, and no text of the chart.
//
//	# archive sha256:…
//	# eks-alb: duplicate-key 2, hook 12, …
//	eks-alb ConfigMap/airbyte-airbyte-env 0123456789abcdef
type record struct {
	name    string
	archive string
	counts  map[string]map[string]int // overlay, finding code
	lines   []string
}

func (r *record) add(t *testing.T, overlayName string, res *overlay.Result) {
	t.Helper()
	if r.counts == nil {
		r.counts = map[string]map[string]int{}
	}
	count := map[string]int{}
	for _, f := range res.Findings {
		if f.Code != "unread-key" { // of sealed files that serve every release
			count[f.Code]++
		}
	}
	r.counts[overlayName] = count
	for _, n := range res.Objects {
		b, err := manifest.Bytes(n)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		id := manifest.IDOf(n)
		r.lines = append(r.lines, fmt.Sprintf("%s %s/%s %s", overlayName, id.Kind, id.Name, hex.EncodeToString(sum[:8])))
	}
}

func (r *record) text() string {
	var b strings.Builder
	if r.archive != "" {
		fmt.Fprintf(&b, "# archive sha256:%s\n", r.archive)
	}
	for _, name := range slices.Sorted(maps.Keys(r.counts)) {
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(r.counts[name])) {
			parts = append(parts, fmt.Sprintf("%s %d", code, r.counts[name][code]))
		}
		fmt.Fprintf(&b, "# %s: %s\n", name, strings.Join(parts, ", "))
	}
	slices.Sort(r.lines)
	return b.String() + strings.Join(r.lines, "\n") + "\n"
}

func (r *record) compare(t *testing.T) {
	t.Helper()
	path := root + "testdata/conformance/" + r.name + ".txt"
	got := r.text()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s has no record: look at what it renders to, then run with -update (%v)", r.name, err)
		return
	}
	recorded, _, _ := strings.Cut(string(want), "\n")
	if now, _, _ := strings.Cut(got, "\n"); r.archive != "" && now != recorded {
		t.Errorf("%s was published with other bytes: it is %q, recorded is %q", r.name, now, recorded)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s: another render than the one on record; if it is meant, run with -update (-recorded +now):\n%s", path, diff)
	}
}

func digestOfFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// expect holds the findings of an official archive to what is known of it.
func expect(t *testing.T, s subject, counts map[string]map[string]int) {
	t.Helper()
	if !s.official {
		return
	}
	for name, count := range counts {
		for code, want := range expectations(s, name) {
			if got := count[code] > 0; got != want {
				t.Errorf("%s: %s: finding %s is %v, want %v", s.name, name, code, got, want)
			}
		}
	}
}

// expectations are the defects that are known of a release, by finding code, and
// whether they show in an overlay.
func expectations(s subject, overlayName string) map[string]bool {
	alpha := s.generation == "v1" && (s.version == "1.9.1" || s.version == "1.9.2")
	return map[string]bool{
		// Pre-releases of Airbyte under the number of a released chart.
		"chart-prerelease": alpha,
		// V2: two keys twice in the env ConfigMap, until 2.1.1. V1: the
		// securityContext of temporal-ui, which one overlay turns on.
		"duplicate-key": s.generation == "v2" && s.version != "2.2.0" || overlayName == "v1-aks",
		// A variable twice in a container, which a server-side apply refuses.
		"duplicate-entry": s.version == "1.5.0" || strings.HasPrefix(s.version, "1.6.") || strings.HasPrefix(s.version, "1.7.") || s.version == "2.0.4-1",
		// Images of an alpha beside those of a release.
		"mixed-image-tags": s.version == "1.9.2",
	}
}
