package secret

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	sopsconfig "github.com/getsops/sops/v3/config"
)

// tree writes files below a folder and makes the folders that end in a slash.
func (p *place) tree(files map[string]string) {
	p.t.Helper()
	for name, text := range files {
		dir := filepath.Dir(p.path(name))
		if name[len(name)-1] == '/' {
			dir = p.path(name)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
		if dir != p.path(name) {
			p.write(name, text)
		}
	}
}

// TestConfigIsFoundWhereSopsFindsIt, but that ours is not looked for above the root
// of a work tree.
func TestConfigIsFoundWhereSopsFindsIt(t *testing.T) {
	alice := newPerson(t, false)
	rule := rules("age: " + alice.recipient)
	for _, tt := range []struct {
		name  string
		files map[string]string
		file  string
		want  string // the config, "" if none
		ours  bool   // that SOPS goes on, and finds another
	}{
		{"beside", map[string]string{"a/b/.sops.yaml": rule, "a/.sops.yaml": rule}, "a/b/x.yaml", "a/b/.sops.yaml", false},
		{"above", map[string]string{"a/.sops.yaml": rule, "a/b/c/d/": ""}, "a/b/c/d/x.yaml", "a/.sops.yaml", false},
		{"at the root of a work tree", map[string]string{"a/.sops.yaml": rule, "a/.git/": "", "a/b/": ""}, "a/b/x.yaml", "a/.sops.yaml", false},
		{"at the root of a linked work tree", map[string]string{"a/.sops.yaml": rule, "a/.git": "gitdir: x\n", "a/b/": ""}, "a/b/x.yaml", "a/.sops.yaml", false},
		{"in a submodule", map[string]string{".sops.yaml": rule, "a/.git": "gitdir: x\n", "a/b/": ""}, "a/b/x.yaml", "", true},
		{"above a work tree", map[string]string{".sops.yaml": rule, "a/.git/": "", "a/b/": ""}, "a/b/x.yaml", "", true},
		{"another ending", map[string]string{"a/.sops.yml": rule, "a/.git/": ""}, "a/x.yaml", "", true},
		{"a file in a folder that is not there", map[string]string{"a/.sops.yaml": rule}, "a/b/c/x.yaml", "a/.sops.yaml", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, "")
			if err := os.Remove(p.path(configName)); err != nil {
				t.Fatal(err)
			}
			p.tree(tt.files)
			theirs, _ := sopsconfig.FindConfigFile(p.path(tt.file))
			if want := p.path(tt.want); !tt.ours && theirs != want {
				t.Errorf("SOPS finds %s, want %s", theirs, want)
			}
			t.Chdir(p.dir)
			for _, file := range []string{p.path(tt.file), tt.file, "./" + tt.file, "a/../" + tt.file} {
				rule, err := Rules{}.For(file)
				switch {
				case tt.want == "" && !errors.Is(err, ErrNoRule):
					t.Errorf("%s: got %v and %v, want that nothing says", file, rule, err)
				case tt.want != "" && err != nil:
					t.Errorf("%s: %v", file, err)
				case tt.want != "":
					if got, want := realPath(t, rule.file), realPath(t, p.path(tt.want)); got != want {
						t.Errorf("%s: got %s, want %s", file, got, want)
					}
				}
			}
		})
	}
}

func realPath(t *testing.T, name string) string {
	t.Helper()
	abs, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

// The command finds the same rule from wherever it is started, as do we.
func TestRuleIsThatOfTheCommand(t *testing.T) {
	alice, bob := newPerson(t, false), newPerson(t, false)
	config := "creation_rules:\n- path_regex: ^prod/\n  " + sealValues + "\n  " + macOnly + "\n  age: " + alice.recipient +
		"\n- path_regex: prod\n  " + sealValues + "\n  " + macOnly + "\n  age: " + bob.recipient + "\n"
	p := newPlace(t, config, alice.identity, bob.identity)
	for _, file := range []string{"prod/a.yaml", "nonprod/a.yaml", "prod/deep/er/a.yaml", "x/prod/a.yaml"} {
		p.tree(map[string]string{file: clearData})
		p.sops("encrypt", "-i", file)
		if d := p.rule(file).Differs(parsed(t, p.read(file))); len(d) > 0 {
			t.Errorf("%s: %v", file, d)
		}
		p.write(file, clearData)
		below := &place{t: t, dir: filepath.Dir(p.path(file)), keys: p.keys}
		below.sops("encrypt", "-i", "a.yaml")
		if d := p.rule(file).Differs(parsed(t, p.read(file))); len(d) > 0 {
			t.Errorf("%s, from its folder: %v", file, d)
		}
	}
}
