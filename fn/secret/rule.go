package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
)

// Rule says who can open a file, and how SOPS lays it out.
type Rule struct {
	// Source is where the rule stands, for messages: .sops.yaml:
	// creation_rules[1].
	Source string
	// Recipients are who can open the file.
	Recipients []Recipient
	// Threshold is how many key groups have to come together; 0 with one group.
	Threshold int
	// Indent is by how many blanks SOPS indents YAML here.
	Indent int
	// Warnings are what may not be meant.
	Warnings []Problem

	groups []sops.KeyGroup
	// file and pathRegex are where the rule was found, if in a file.
	file, pathRegex string
}

// configName is SOPS' name for its file of rules (sops v3, config/config.go).
const configName = ".sops.yaml"

// defaultIndent is SOPS' own (sops v3, stores/yaml: IndentDefault).
const defaultIndent = 4

// Rules are where rules come from, the first that says something first.
type Rules struct {
	// Recipients are those of the config; Field is where they stand.
	Recipients *Recipients
	Field      string
	// Config is a .sops.yaml that is read in place of the one that is found
	// (SOPS_CONFIG).
	Config string
	// Fallback are recipients for where no rule says anything (SOPS_AGE_RECIPIENTS
	// and the like); FallbackName says where they come from.
	Fallback     *Recipients
	FallbackName string
}

// ErrNoRule says that nothing says who can open a file.
var ErrNoRule = errors.New("nothing says who can open it")

// For returns the rule for a file, which need not exist yet. A .sops.yaml is
// looked for beside the file and above it, up to the root of the git work tree;
// SOPS itself goes on to the root of the file system, so that a file in /tmp or
// in a home decides about a repository.
func (r Rules) For(file string) (*Rule, error) {
	indent := defaultIndent
	config, err := r.find(file)
	if err != nil {
		return nil, err
	}
	if config != "" {
		c, err := readConfig(config)
		if err != nil {
			return nil, err
		}
		indent = c.indent()
		if r.Recipients == nil {
			rule, err := c.rule(file)
			if rule != nil || err != nil {
				return rule, err
			}
		}
	}
	from, name := r.Recipients, r.Field
	if from == nil {
		from, name = r.Fallback, r.FallbackName
	}
	if from == nil {
		return nil, ErrNoRule
	}
	group, wrong := from.group()
	for i := range wrong {
		wrong[i].Field = name + "." + wrong[i].Field
	}
	if len(wrong) > 0 {
		return nil, &FormatError{wrong}
	}
	if len(group) == 0 {
		return nil, &FormatError{[]Problem{{Field: name, Message: "names nobody"}}}
	}
	return newRule(name, []sops.KeyGroup{group}, 0, indent), nil
}

func newRule(source string, groups []sops.KeyGroup, threshold, indent int) *Rule {
	rule := &Rule{Source: source, Recipients: recipients(groups), Threshold: threshold, Indent: indent, groups: groups}
	var pq, others []Recipient
	for _, r := range rule.Recipients {
		switch {
		case r.postQuantum():
			pq = append(pq, r)
		case r.Kind == "age":
			others = append(others, r)
		}
	}
	if len(pq) > 0 && len(others) > 0 {
		rule.Warnings = append(rule.Warnings, Problem{
			Warning: true, Message: "mixes post-quantum recipients with " + names(others) + ": the file is only as strong as the weaker",
			Hint: "age itself refuses the mixture; give everybody a key of one kind: airstrip keygen --pq",
		})
	}
	return rule
}

// find returns the .sops.yaml that counts, or "" where there is none.
func (r Rules) find(file string) (string, error) {
	if r.Config != "" {
		return r.Config, nil
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	// Dir is the folder as the user would write it.
	dir := filepath.Dir(file)
	for above := filepath.Dir(abs); ; above, dir = filepath.Dir(above), filepath.Join(dir, "..") {
		_, err := os.Stat(filepath.Join(above, configName))
		if err == nil {
			return filepath.Join(dir, configName), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if _, err := os.Stat(filepath.Join(above, ".git")); err == nil || filepath.Dir(above) == above {
			return "", nil
		}
	}
}

// Elsewhere returns a warning if the rule was found by an expression that is not
// anchored and that is about the other files too: those of other environments.
func (r *Rule) Elsewhere(others []string) []Problem {
	if r.pathRegex == "" || strings.HasPrefix(r.pathRegex, "^") || r.file == "" {
		return nil
	}
	re, err := regexp.Compile(r.pathRegex)
	if err != nil {
		return nil
	}
	for _, other := range others {
		if rel, err := relative(r.file, other); err == nil && re.MatchString(rel) {
			return []Problem{{
				Warning: true, Field: r.Source + ".path_regex", Message: fmt.Sprintf("%q is not anchored, and is about %s too", r.pathRegex, other),
				Hint: "begin it with ^: an expression that is not anchored takes prod for nonprod",
			}}
		}
	}
	return nil
}

// relative is a file as the rules of a config see it: relative to the config's
// folder (sops v3, config/config.go: parseCreationRuleForFile).
func relative(config, file string) (string, error) {
	dir, err := filepath.Abs(filepath.Dir(config))
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(abs, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator)), nil
}

// Differs says what keeps a file from being as the rule has it.
func (r *Rule) Differs(s *Sealed) []Problem {
	var p problems
	if gone := difference(s.Recipients, r.Recipients); len(gone) > 0 {
		p.add("sops", "airstrip seal takes them out, and seals with a new data key", "%s can open it, and %s does not name them", names(gone), r.Source)
	}
	if missing := difference(r.Recipients, s.Recipients); len(missing) > 0 {
		p.add("sops", "airstrip seal lets them in", "%s cannot open it, and %s names them", names(missing), r.Source)
	}
	if len(p) == 0 && (r.Threshold != s.Threshold || !slices.EqualFunc(r.groups, s.meta.KeyGroups, sameGroup)) {
		p.add("sops.key_groups", "airstrip seal regroups them", "its key groups are not those of %s", r.Source)
	}
	return p
}

func sameGroup(a, b sops.KeyGroup) bool {
	x, y := recipients([]sops.KeyGroup{a}), recipients([]sops.KeyGroup{b})
	return len(difference(x, y)) == 0 && len(difference(y, x)) == 0
}

// Own is the rule that a file follows already.
func (s *Sealed) Own() *Rule {
	groups := copyGroups(s.meta.KeyGroups)
	for _, g := range groups {
		for _, mk := range g {
			mk.SetEncryptedDataKey(nil)
		}
	}
	return newRule("the file itself", groups, s.Threshold, defaultIndent)
}
