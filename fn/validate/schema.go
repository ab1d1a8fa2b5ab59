package validate

import (
	"cmp"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/version"
)

// schemas holds the OpenAPI schemas of Kubernetes, one file for each minor
// version; those of custom kinds, one for each group; and what became of each API
// version. schemas/generate.go writes them and says where they come from. They are
// lines of a key, a tab and a value, so that finding one parses no other.
//
//go:generate go run schemas/generate.go schemas
//go:embed schemas/*.gz
var schemas embed.FS

// schema is what a value has to be: a part of an OpenAPI schema.
type schema struct {
	Ref         string             `json:"ref"`
	Type        string             `json:"type"`
	Format      string             `json:"format"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	Required    []string           `json:"required"`
	Fields      map[string]*schema `json:"fields"`
	Items       *schema            `json:"items"`
	Values      *schema            `json:"values"` // of a map with any keys
	Keys        []string           `json:"keys"`   // what tells the items of a list apart
	Set         bool               `json:"set"`    // a list whose items are all different
	Open        bool               `json:"open"`   // fields that it does not name are kept
	IntOrString bool               `json:"intOrString"`
	Default     any                `json:"default"`
	MinLength   *int               `json:"minLength"`
	MaxLength   *int               `json:"maxLength"`
	MinItems    *int               `json:"minItems"`
	MaxItems    *int               `json:"maxItems"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
}

// library is a file of schemas: the name of its type for a kind such as "apps/v1
// Deployment", and the JSON of each type. Types are parsed when they are met: an
// object of Airbyte's needs a tenth of them.
type library struct {
	lines map[string]string

	mu     sync.Mutex
	parsed map[string]*schema
}

// kind is the schema of a kind, nil where there is none.
func (l *library) kind(version, kind string) *schema {
	if l == nil {
		return nil
	}
	return l.named(l.lines[version+" "+kind])
}

func (l *library) named(name string) *schema {
	raw, ok := l.lines[name]
	if !ok {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.parsed[name]
	if s == nil {
		s = &schema{}
		if err := json.Unmarshal([]byte(raw), s); err != nil {
			panic(fmt.Sprintf("embedded schema %s: %v", name, err)) // a test parses all of them
		}
		l.parsed[name] = s
	}
	return s
}

// follow goes to the type that a schema names.
func (l *library) follow(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = l.named(s.Ref)
	}
	return s
}

// libraries are the files that were read, by name.
var libraries struct {
	sync.Mutex
	read map[string]*library
}

// load reads a file of schemas once. Without one of that name it returns nil.
func load(name string) *library {
	libraries.Lock()
	defer libraries.Unlock()
	if l, ok := libraries.read[name]; ok {
		return l
	}
	if libraries.read == nil {
		libraries.read = map[string]*library{}
	}
	var l *library
	if lines := unpack(name); lines != nil {
		l = &library{lines: lines, parsed: map[string]*schema{}}
	}
	libraries.read[name] = l
	return l
}

// unpack reads a file of schemas, nil where there is none. What is in it is part of
// the program: a test reads all of them.
func unpack(name string) map[string]string {
	f, err := schemas.Open("schemas/" + name + ".gz")
	if err != nil {
		return nil
	}
	defer f.Close()
	var text strings.Builder
	z, err := gzip.NewReader(f)
	if err == nil {
		_, err = io.Copy(&text, z)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded schemas %s: %v", name, err))
	}
	lines := map[string]string{}
	for line := range strings.Lines(text.String()) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		lines[key] = value
	}
	return lines
}

// life says since when and until when Kubernetes serves an API version of a kind,
// as far as k8s.io/api says it; "" is not said.
type life struct{ Introduced, Deprecated, Removed, Replacement string }

// lives are the lives of all kinds as JSON, by "group/version Kind".
var lives = sync.OnceValue(func() map[string]string { return unpack("lifecycle") })

// lifeOf is the life of a kind, zero where nothing is said of it.
func lifeOf(version, kind string) life {
	var l life
	if text, ok := lives()[version+" "+kind]; ok {
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			panic(fmt.Sprintf("embedded life of %s %s: %v", version, kind, err)) // a test parses all of them
		}
	}
	return l
}

// KubeVersions are the minor versions of Kubernetes whose schemas are here, such as
// 1.33, oldest first.
var KubeVersions = sync.OnceValue(func() []string {
	entries, _ := schemas.ReadDir("schemas")
	var all []string
	for _, e := range entries {
		if v, ok := strings.CutPrefix(e.Name(), "kubernetes-"); ok {
			all = append(all, strings.TrimSuffix(v, ".gz"))
		}
	}
	slices.SortFunc(all, compareMinor)
	return all
})

var minorVersion = regexp.MustCompile(`^v?(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})([.+-]|$)`)

// Minor is major and minor of a Kubernetes version: 1.33 of v1.33.4-eks-1. It is empty
// where there are none, and where a number begins with a zero: 1.033 is no version.
func Minor(version string) string {
	m := minorVersion.FindStringSubmatch(version)
	if m == nil {
		return ""
	}
	return m[1] + "." + m[2]
}

// compareMinor compares versions such as 1.9 and 1.33 by number.
func compareMinor(a, b string) int {
	v, w := version.MustParseGeneric(a), version.MustParseGeneric(b)
	return cmp.Or(cmp.Compare(v.Major(), w.Major()), cmp.Compare(v.Minor(), w.Minor()))
}

// nearestKube is the version whose schemas stand for a version: the newest that is no
// newer, or else the oldest; without a version, the newest.
func nearestKube(minor string) string {
	nearest := KubeVersions()[0]
	for _, v := range KubeVersions() {
		if minor == "" || compareMinor(v, minor) <= 0 {
			nearest = v
		}
	}
	return nearest
}
