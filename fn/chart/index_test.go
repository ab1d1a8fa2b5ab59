package chart

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// In all these styles the index says the same.
func TestFindVersionStyles(t *testing.T) {
	styles := map[string]string{
		"as helm writes it": `apiVersion: v1
entries:
  airbyte:
  - annotations:
      links: |
        - name: source
          version: 2.0.0
    apiVersion: v2
    dependencies:
    - name: temporal
      version: 2.0.0
    description: 'of

      several lines: yes'
    digest: aaa
    name: airbyte
    urls:
    - a.tgz
    version: 2.0.0
  - digest: bbb
    name: airbyte
    urls:
    - b.tgz
    version: 2.0.0
  - version: 1.9.2
    urls: [c.tgz]
  airbyte-data-plane:
  - version: 2.0.0
    urls: [wrong.tgz]
generated: "2026-01-02T03:04:05Z"
`,
		"other indents, quotes and comments": `# an index
generated: now
entries: # all of them
    other:
        - version: 2.0.0
          urls: [wrong.tgz]

    "airbyte": # this one
# a comment at the edge
        -   version: "2.0.0" # the first
            digest: aaa
            urls:
            - a.tgz
        -
            version: '2.0.0'
            digest: bbb
            urls: ["b.tgz"]
        -   urls: [c.tgz]
            version: 1.9.2
`,
		"nothing after it": "entries:\n airbyte:\n - version: 2.0.0\n   digest: aaa\n   urls: [a.tgz]\n - version: 2.0.0\n   digest: bbb\n   urls: [b.tgz]\n - version: 1.9.2\n   urls: [c.tgz]",
		"windows lines":    "entries:\r\n  airbyte:\r\n  - version: 2.0.0\r\n    digest: aaa\r\n    urls: [a.tgz]\r\n  - version: 2.0.0\r\n    digest: bbb\r\n    urls: [b.tgz]\r\n  - version: 1.9.2\r\n    urls: [c.tgz]\r\n",
		"flow style":       `entries: {airbyte: [{version: 2.0.0, digest: aaa, urls: [a.tgz]}, {version: 2.0.0, digest: bbb, urls: [b.tgz]}, {version: 1.9.2}]}`,
		"json":             `{"apiVersion":"v1","entries":{"airbyte":[{"version":"2.0.0","digest":"aaa","urls":["a.tgz"]},{"version":"2.0.0","digest":"bbb","urls":["b.tgz"]},{"version":"1.9.2"}]}}`,
	}
	want := []entry{
		{Version: "2.0.0", Digest: "aaa", URLs: []string{"a.tgz"}},
		{Version: "2.0.0", Digest: "bbb", URLs: []string{"b.tgz"}},
	}
	for name, index := range styles {
		t.Run(name, func(t *testing.T) {
			found, others, err := findVersion(strings.NewReader(index), "airbyte", "2.0.0")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, found); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"1.9.2"}, others); diff != "" {
				t.Error(diff)
			}
			found, others, err = findVersion(strings.NewReader(index), "redis", "2.0.0")
			if len(found)+len(others) != 0 || err != nil {
				t.Errorf("a chart that is not listed: got %v, %v, %v", found, others, err)
			}
		})
	}
}

func TestFindVersionRefuses(t *testing.T) {
	tests := map[string]struct{ index, want string }{
		"nothing":       {"", "the index is empty"},
		"white space":   {" \n", "the index is empty"},
		"a web page":    {"\n<html>", "a web page came instead"},
		"another file":  {"image: x\n", "it has no entries"},
		"text":          {"hello", "not the index of a chart repository"},
		"broken JSON":   {`{"entries":`, "not the index of a chart repository"},
		"broken entry":  {"entries:\n  airbyte:\n  - urls: [\n    version: 2.0.0\n", "the index entry of airbyte 2.0.0"},
		"an alias":      {"entries:\n  x: &x []\n  airbyte: *x\n", "in a form that is not understood"},
		"a long line":   {"entries:\n  " + strings.Repeat("x", 5<<20), "token too long"},
		"a large other": {"{" + strings.Repeat(" ", maxWholeIndex), "larger than the 16 MiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := findVersion(strings.NewReader(tt.index), "airbyte", "2.0.0")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// largeIndex is like that of Airbyte's first repository: many entries, and
// each with many dependencies.
func largeIndex(entries int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nentries:\n")
	for _, name := range []string{"aaa", "airbyte", "zzz"} {
		fmt.Fprintf(&b, "  %s:\n", name)
		for i := range entries / 3 {
			b.WriteString("  - apiVersion: v2\n    dependencies:\n")
			for d := range 14 {
				fmt.Fprintf(&b, "    - condition: part%d.enabled\n      name: part%d\n      repository: https://example.com/charts\n      version: 0.0.%d\n", d, d, i)
			}
			fmt.Fprintf(&b, "    digest: %064x\n    name: %s\n    urls:\n    - https://example.com/charts/%s-0.0.%d.tgz\n    version: 0.0.%d\n", i, name, name, i, i)
		}
	}
	b.WriteString("generated: now\n")
	return b.String()
}

func TestFindVersionInALargeIndex(t *testing.T) {
	index := largeIndex(9456)
	body := strings.NewReader(index)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	found, _, err := findVersion(body, "airbyte", "0.0.77")
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if err != nil || len(found) != 1 || found[0].digest() != fmt.Sprintf("sha256:%064x", 77) {
		t.Fatalf("got %v, %v", found, err)
	}
	t.Logf("%d MiB: %s, %d KiB allocated", len(index)>>20, took, (after.TotalAlloc-before.TotalAlloc)>>10)
	if took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("allocated %d MiB", used>>20)
	}
	if left := body.Len(); left < len(index)/4 {
		t.Errorf("read all but %d bytes, though the answer stands in the middle", left)
	}
}

// The scan of lines and the parser of YAML must not disagree on an index.
func FuzzFindVersion(f *testing.F) {
	f.Add("entries:\n  airbyte:\n  - version: 2.0.0\n    urls: [a]\n")
	f.Add("entries:\n  a: |\n    airbyte:\n    - version: 2.0.0\n  airbyte:\n    - version: 1.0.0\n")
	f.Fuzz(func(t *testing.T, index string) {
		scanned, _, err := findVersion(strings.NewReader(index), "airbyte", "2.0.0")
		if err != nil {
			return
		}
		whole, _, err := findInWhole(strings.NewReader(index), "airbyte", "2.0.0")
		if err != nil {
			return // the scan reads no further than it has to
		}
		if diff := cmp.Diff(whole, scanned); diff != "" && !strings.ContainsAny(index, "&*!?\"'{[%|>:#\t\r\x00") {
			t.Errorf("%q: %s", index, diff)
		}
	})
}

func BenchmarkFindVersion(b *testing.B) {
	index := largeIndex(9456)
	b.SetBytes(int64(len(index)))
	for b.Loop() {
		if _, _, err := findVersion(io.LimitReader(strings.NewReader(index), 1<<30), "zzz", "0.0.77"); err != nil {
			b.Fatal(err)
		}
	}
}
