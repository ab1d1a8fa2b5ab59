package diff

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

var pictures = flag.String("pictures", "", "write what the page looks like to this `DIR`, as in docs/images")

// page writes a report to a file.
func page(t *testing.T, r *Report) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "review.html")
	if err := os.WriteFile(path, htmlPageOf(t, r), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// shown are the paths of the rows that can be seen.
const shown = `[...document.querySelectorAll('tr.row')].filter(r => r.checkVisibility()).map(r => r.querySelector('.path').textContent)`

func TestBrowser(t *testing.T) {
	b := open(t)
	r := sample()
	path := page(t, r)
	b.window(1280, 900, "light")
	b.show(path)

	t.Run("quiet", func(t *testing.T) {
		if c := b.complaints(); len(c) > 0 {
			t.Errorf("%q", c)
		}
		if n := eval[int](b, `performance.getEntriesByType('resource').filter(e => e.name != 'data:,').length`); n != 0 {
			t.Errorf("%d resources were loaded", n)
		}
	})
	t.Run("rows", func(t *testing.T) {
		if got := eval[[]string](b, shown); len(got) != len(r.Rows) {
			t.Errorf("%d rows: %q", len(got), got)
		}
	})

	set := func(id, value string) {
		t.Helper()
		eval[any](b, fmt.Sprintf(`{const f = document.getElementById(%q); f.value = [...f.options ?? []].find(o => o.text == %q)?.value ?? %q; f.dispatchEvent(new Event('input'))}`, id, value, value))
	}
	for _, tc := range []struct {
		name, id, value string
		want            []string
		count           string
	}{
		{"text", "text", "CONNECTOR timeout", []string{"spec.template.spec.containers[*].env[CONNECTOR_ROLLOUT_TIMEOUT]"}, "1 of 16"},
		{"value", "text", "internet-facing", []string{"metadata.annotations[alb.ingress.kubernetes.io/scheme]"}, "1 of 16"},
		{"object", "text", "sweeper", []string{"CronJob/airbyte-sweeper"}, "1 of 16"},
		{"nothing", "text", "no such thing", []string{}, "0 of 16"},
		{"operation", "op", "renamed", []string{"Job/airbyte-bootloader-b81d94aa"}, "1 of 16"},
		{"kind", "kind", "StatefulSet", []string{"spec.volumeClaimTemplates[airbyte-volume-db].spec.resources.requests.storage"}, "1 of 16"},
	} {
		t.Run("filter by "+tc.name, func(t *testing.T) {
			set(tc.id, tc.value)
			if d := cmp.Diff(tc.want, eval[[]string](b, shown)); d != "" {
				t.Error(d)
			}
			if got := eval[string](b, `document.getElementById('count').textContent`); got != tc.count {
				t.Errorf("counts %q", got)
			}
			if got, want := eval[bool](b, `document.getElementById('none').hidden`), len(tc.want) > 0; got != want {
				t.Errorf("says that there is none: %v", !got)
			}
			b.press("Escape")
			if got := eval[[]string](b, shown); len(got) != len(r.Rows) {
				t.Errorf("Escape leaves %q", got)
			}
		})
	}
	t.Run("filter by environment", func(t *testing.T) {
		set("env", "aks")
		want := 0
		for _, row := range r.Rows {
			if slices.ContainsFunc(row.Places, func(p Place) bool { return p.Environment == "aks" }) {
				want++
			}
		}
		if got := eval[[]string](b, shown); len(got) != want {
			t.Errorf("%d rows of %d: %q", len(got), want, got)
		}
		b.press("Escape")
	})

	t.Run("keyboard", func(t *testing.T) {
		at := func() string {
			return eval[string](b, `document.activeElement.closest('tr.row')?.querySelector('.path').textContent ?? document.activeElement.id`)
		}
		opened := func() int { return eval[int](b, `document.querySelectorAll('tr.row details[open]').length`) }
		b.press("j", "j", "j", "k")
		if got, want := at(), "CronJob/airbyte-sweeper"; got != want {
			t.Errorf("j j j k goes to %q, want %q", got, want)
		}
		b.press("Enter")
		if n := opened(); n != 1 {
			t.Errorf("Enter opens %d", n)
		}
		b.press("e")
		if n := opened(); n != len(r.Rows) {
			t.Errorf("e opens %d", n)
		}
		b.press("e")
		if n := opened(); n != 0 {
			t.Errorf("e leaves %d open", n)
		}
		b.press("/", "s", "w", "e", "e", "p")
		if got := at(); got != "text" {
			t.Errorf("/ goes to %q", got)
		}
		if got := eval[[]string](b, shown); len(got) != 1 {
			t.Errorf("/sweep shows %q", got)
		}
		b.press("Escape", "?")
		if !eval[bool](b, `document.getElementById('help').open`) {
			t.Error("? shows no help")
		}
		b.press("?")
		if eval[bool](b, `document.getElementById('help').open`) {
			t.Error("? does not close the help")
		}
	})

	t.Run("before and after", func(t *testing.T) {
		b.press("e")
		got := eval[[]string](b, `[...document.querySelectorAll('tr.row')].find(r => r.querySelector('.path').textContent == 'data[fileserver.conf]')
			.querySelectorAll('.gone, .come').values().toArray().map(l => l.innerHTML.replace(/<[^m>]*>/g, '').replaceAll('</mark>', '*').replaceAll('<mark>', '*'))`)
		want := []string{"−    autoindex *off*;", "+    autoindex *on*;", "+    etag off;"}
		for i := range got {
			got[i] = unmark.Replace(got[i])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		b.press("e")
	})

	for _, scheme := range []string{"light", "dark"} {
		t.Run("contrast in "+scheme, func(t *testing.T) {
			b.window(1280, 900, scheme)
			eval[any](b, `document.querySelectorAll('details').forEach(d => d.open = true)`)
			if low := eval[[]string](b, contrast); len(low) > 0 {
				t.Errorf("below 4.5: %q", low)
			}
			eval[any](b, `document.querySelectorAll('details').forEach(d => d.open = false)`)
		})
	}
	t.Run("headers", func(t *testing.T) {
		if got := eval[[]string](b, `[...document.querySelectorAll('th:not([scope])')].map(h => h.outerHTML)`); len(got) > 0 {
			t.Errorf("without a scope: %q", got)
		}
		if got := eval[[]string](b, `[...document.querySelectorAll('input, select, button, [role=region]')].filter(e => !e.textContent.trim() && !e.ariaLabel && !e.getAttribute('aria-labelledby')).map(e => e.outerHTML)`); len(got) > 0 {
			t.Errorf("without a name: %q", got)
		}
	})
	for _, width := range []int{360, 768} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			b.window(width, 740, "light")
			eval[any](b, `document.querySelectorAll('details').forEach(d => d.open = true)`)
			if got := eval[int](b, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%d px wide: %q", got, eval[[]string](b, wide))
			}
			if got := eval[[]string](b, wide); width == 360 && len(got) > 0 {
				t.Errorf("wider than the window: %q", got)
			}
			eval[any](b, `document.querySelectorAll('details').forEach(d => d.open = false)`)
		})
	}
	t.Run("without JavaScript", func(t *testing.T) {
		b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
		b.show(path)
		defer b.show(path)
		defer b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
		if got := eval[[]string](b, shown); len(got) != len(r.Rows) {
			t.Errorf("%d rows", len(got))
		}
		if !eval[bool](b, `document.getElementById('bar').hidden`) {
			t.Error("a filter that does nothing is shown")
		}
	})
	if *pictures != "" {
		draw(t, b)
	}
}

// draw writes the pictures of the documentation.
func draw(t *testing.T, b *browser) {
	for _, p := range []struct {
		name          string
		width, height int
		scheme        string
		prepare       string
	}{
		{"review.png", 1120, 1120, "light", `scrollTo(0, 0)`},
		{"review-dark.png", 1120, 900, "dark", `{
			const rows = [...document.querySelectorAll('tr.row')].filter(r => /args|fileserver/.test(r.textContent));
			for (const row of rows) row.querySelector('details').open = true;
			scrollTo(0, rows[0].getBoundingClientRect().top + scrollY - 210);
		}`},
		{"review-phone.png", 360, 740, "light", `{
			document.querySelectorAll('tr.row details').forEach(d => d.open = false);
			const row = [...document.querySelectorAll('tr.row')].find(r => /fileserver/.test(r.textContent));
			row.querySelector('details').open = true;
			scrollTo(0, row.getBoundingClientRect().top + scrollY - 210);
		}`},
	} {
		b.window(p.width, p.height, p.scheme)
		eval[any](b, p.prepare)
		if err := os.WriteFile(filepath.Join(*pictures, p.name), b.picture(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrowserHostile shows texts that want to be more than text.
func TestBrowserHostile(t *testing.T) {
	b := open(t)
	rng := rand.New(rand.NewPCG(1, 2))
	r := random(rng, 0, anyOf(rng))
	for len(r.Rows) < 200 {
		more := random(rng, 60, anyOf(rng))
		for i := range more.Rows {
			for j := range more.Rows[i].Places {
				more.Rows[i].Places[j].Environment = r.Environments[0].Name
			}
		}
		r.Rows = append(r.Rows, more.Rows...)
		r.Risks, r.Images = append(r.Risks, more.Risks...), append(r.Images, more.Images...)
	}
	for i, s := range hostile {
		r.Rows[i] = Row{Op: Added, Kinds: []string{"ConfigMap"}, Path: s + ".", New: Value{Present: true, Text: s}, Places: r.Rows[i].Places}
	}
	b.window(360, 740, "dark")
	b.show(page(t, r))
	if c := b.complaints(); len(c) > 0 {
		t.Errorf("%q", c)
	}
	if got := eval[[]string](b, `[...document.querySelectorAll('script, style, img, svg, iframe, link, meta, base, a')].map(e => e.tagName).sort()`); !slices.Equal(got, []string{"A", "LINK", "META", "META", "META", "META", "META", "META", "SCRIPT", "STYLE"}) {
		t.Errorf("the page has %q", got)
	}
	if got := eval[int](b, `document.documentElement.scrollWidth`); got > 360 {
		t.Errorf("%d px wide: %q", got, eval[[]string](b, wide))
	}
	texts := eval[[]string](b, `[...document.querySelectorAll('tr.row .path')].map(e => e.textContent)`)
	for _, s := range hostile {
		if want := manifest.OneLine(s + "."); !slices.Contains(texts, want) {
			t.Errorf("%q is not on the page as %q", s, want)
		}
	}
}

// TestBrowserMany loads a page of 3,000 rows, and one of 300 to hold it against.
func TestBrowserMany(t *testing.T) {
	b := open(t)
	b.window(1280, 900, "light")
	r := sample()
	rows := r.Rows
	there := func(n int) float64 {
		r.Rows = nil
		for i := range n {
			row := rows[i%len(rows)]
			if row.Path != "" {
				row.Path += fmt.Sprintf("[%d]", i)
			}
			r.Rows = append(r.Rows, row)
		}
		path := page(t, r)
		best := math.Inf(1) // of three: others use this machine too
		for range 3 {
			b.show(path)
			best = min(best, eval[float64](b, `new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))`))
		}
		return best
	}
	few, many := there(300), there(3000)
	if many > 20*few {
		t.Errorf("300 rows are there after %.0f ms and 3000 after %.0f ms, more than twice as long for each", few, many)
	}
	took := eval[float64](b, `(() => { const t = performance.now(), f = document.getElementById('text'); f.value = '[2999]'; f.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - t })()`)
	if got := eval[[]string](b, shown); len(got) != 1 {
		t.Errorf("the filter shows %d rows", len(got))
	}
	t.Logf("300 rows are there after %.0f ms, 3000 after %.0f ms, the first filtering takes %.0f ms", few, many, took)
}
