package secret

import (
	"errors"
	"regexp"
	resyntax "regexp/syntax"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// What an expression may be at most, in bytes and in steps of its program. Each
// step may be taken for each letter of each key, and maxWork is how often in all:
// less than a second.
const (
	maxExpression = 1000
	maxSteps      = 1000
	maxWork       = 1 << 25
)

var errExpression = errors.New("is too large an expression")

// expression compiles an encrypted_regex and the like, for keys of so many letters.
func expression(expr string, letters int) (*regexp.Regexp, error) {
	if len(expr) > maxExpression {
		return nil, errExpression
	}
	parsed, err := resyntax.Parse(expr, resyntax.Perl)
	if err != nil {
		return nil, err
	}
	if prog, err := resyntax.Compile(parsed.Simplify()); err != nil || len(prog.Inst) > maxSteps || len(prog.Inst)*letters > maxWork {
		return nil, errExpression
	}
	return regexp.Compile(expr)
}

// never is an expression that matches nothing, which is what SOPS takes one for
// that does not compile.
var never = regexp.MustCompile(`[^\x00-\x{10FFFF}]`)

// letters counts those of all keys of a document.
func letters(n *yaml.Node) int {
	sum := 0
	for i := 0; n != nil && i < len(n.Content); i++ {
		if sum += letters(n.Content[i]); n.Kind == yaml.MappingNode && i%2 == 0 {
			sum += len(n.Content[i].Value)
		}
	}
	return sum
}
