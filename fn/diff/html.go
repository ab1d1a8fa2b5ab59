package diff

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// pageFiles are the parts of the page.
//
//go:embed page
var pageFiles embed.FS

// HTMLOptions are what the page depends on beside the report.
type HTMLOptions struct {
	// Title says what is compared, such as "main…feature"; empty is "What changes".
	Title string
}

// HTML writes the report as one page that needs nothing else: it asks no server for
// anything, and its policy forbids what is not in it. It holds the whole report, and
// can be read without JavaScript.
func (r *Report) HTML(w io.Writer, o HTMLOptions) error {
	page, err := template.ParseFS(pageFiles, "page/page.html")
	if err != nil {
		return err
	}
	css, err := pageFiles.ReadFile("page/page.css")
	if err != nil {
		return err
	}
	js, err := pageFiles.ReadFile("page/page.js")
	if err != nil {
		return err
	}
	if o.Title == "" {
		o.Title = "What changes"
	}
	v := r.view()
	v.Title = manifest.OneLine(o.Title)
	v.Policy = "default-src 'none'; img-src data:; style-src " + hashOf(css) + "; script-src " + hashOf(js) + "; base-uri 'none'; form-action 'none'"
	// These two are ours, and the only ones that are not escaped.
	v.CSS, v.JS = template.CSS(css), template.JS(js)
	return page.Execute(w, v)
}

// hashOf names an inline style or script by its content (w3.org/TR/CSP3).
func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
