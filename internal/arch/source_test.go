package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSource reads every file that ends up in a program: one doc a package, no
// init functions, no printing outside cmd, no exit outside main.
func TestSource(t *testing.T) {
	for _, p := range list(t) {
		var docs []string
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				docs = append(docs, file)
				if text := f.Doc.Text(); f.Name.Name != "main" && !strings.HasPrefix(text, "Package "+f.Name.Name+" ") {
					t.Errorf("%s: the package doc of %s does not begin with its name", p.name(), file)
				}
			}
			check := &source{t: t, fset: fset, pkg: p.name(), file: file, imports: imports(f)}
			ast.Inspect(f, check.visit)
		}
		if len(docs) != 1 && len(p.GoFiles) > 0 {
			t.Errorf("%s: package docs in %v, want one", p.name(), docs)
		}
	}
}

type source struct {
	t         *testing.T
	fset      *token.FileSet
	pkg, file string
	imports   map[string]string // by name in the file
}

func imports(f *ast.File) map[string]string {
	m := map[string]string{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		m[name] = path
	}
	return m
}

// forbidden lists, by import path, what only cmd may use; the process itself is
// for main.go.
var forbidden = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"os":  {"Stdout", "Stderr", "Stdin", "Args"},
	"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default", "SetOutput"},
}

func (s *source) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			s.report(n, "an init function")
		}
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		if !ok {
			break
		}
		path, what := s.imports[x.Name], x.Name+"."+n.Sel.Name
		if path == "os" && n.Sel.Name == "Exit" && !(strings.HasPrefix(s.pkg, "cmd/") && s.file == "main.go") {
			s.report(n, what+" outside main.go")
		}
		if slices.Contains(forbidden[path], n.Sel.Name) && !strings.HasPrefix(s.pkg, "cmd/") {
			s.report(n, what+" outside cmd")
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
			s.report(n, f.Name)
		}
	}
	return true
}

func (s *source) report(n ast.Node, what string) {
	s.t.Helper()
	s.t.Errorf("%s/%s:%d: %s", s.pkg, s.file, s.fset.Position(n.Pos()).Line, what)
}
