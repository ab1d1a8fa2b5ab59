package diff

import (
	"bytes"
	"testing"
)

func htmlPageOf(t *testing.T, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b, HTMLOptions{Title: "chart 2.0.19 → 2.1.0"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHTML(t *testing.T) {
	got := htmlPageOf(t, sample())
	golden(t, "sample.html", got)
	if !bytes.Equal(got, htmlPageOf(t, sample())) {
		t.Error("the same report gives another page")
	}
}
