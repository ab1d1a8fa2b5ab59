package render

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// What jsonschema says of a value that it refuses: a text it quotes, a number and a
// length it tells (jsonschema/v6/kind: Pattern, Format, Minimum, MinLength and their
// like). Text is quoted on one line.
var (
	refusedText   = regexp.MustCompile(`(?m)^(\s*- at '(?:[^'\\]|\\.)*': )'(?:[^'\\]|\\.)*' (?:(does not match pattern .*)|(is not valid [\w-]+).*)$`)
	refusedNumber = regexp.MustCompile(`(?m)^(\s*- at '(?:[^'\\]|\\.)*': )((?:exclusiveM|m)(?:in|ax)imum|multipleOf|m(?:in|ax)Length): got .*, (want .*)$`)
)

// withoutValues is the error of a schema with the path and the rule, and without the
// value: it may be a password, and the log of CI is read by many.
func withoutValues(err error) error {
	text := refusedText.ReplaceAllString(err.Error(), "${1}${2}${3}")
	return errors.New(refusedNumber.ReplaceAllString(text, "${1}${2}: ${3}"))
}

// shortest is the least length of a value that is looked for in an error.
const shortest = 4

// conceal takes those of the user's values out of an error whose names say that they are
// secret: a template may fail with any of them in its words.
func conceal(err error, values map[string]any) error {
	secrets := secretValues(values, false)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	text := err.Error()
	for _, s := range secrets {
		quoted := strconv.Quote(s)
		text = strings.ReplaceAll(strings.ReplaceAll(text, s, "(hidden)"), quoted[1:len(quoted)-1], "(hidden)")
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// secretValues are the texts below v whose names say so; named is what that of v says.
func secretValues(v any, named bool) []string {
	var all []string
	switch v := v.(type) {
	case string:
		if named && len(v) >= shortest {
			all = append(all, v)
		}
	case []any:
		for _, e := range v {
			all = append(all, secretValues(e, named)...)
		}
	case map[string]any:
		name, _ := v["name"].(string)
		for key, e := range v {
			says := manifest.SecretName(key) || key == "value" && manifest.SecretName(name)
			all = append(all, secretValues(e, says || named && !manifest.SecretPlace(key))...)
		}
	}
	return all
}
