package diff

import (
	"regexp"
	"strconv"
	"strings"
)

// step is one step of a path: a key of a mapping, or an item of a list by its
// identity.
type step struct {
	name string
	// item is in brackets whatever its name.
	item bool
	// any can be * in the path of a row: it is a container.
	any bool
}

// plainKey can stand behind a dot.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// pathOf writes steps so that no two lists of steps make one path:
// spec.containers[server].env[LOG_LEVEL].value, data[application.yml].logging.level.
func pathOf(steps []step, pattern bool) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case pattern && s.any:
			b.WriteString("[*]")
		case !s.item && plainKey.MatchString(s.name):
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		case s.name == "*" || s.name == "" || strings.ContainsAny(s.name, `[]"\`) || !printable(s.name):
			b.WriteByte('[')
			b.WriteString(strconv.Quote(s.name))
			b.WriteByte(']')
		default:
			b.WriteByte('[')
			b.WriteString(s.name)
			b.WriteByte(']')
		}
	}
	return b.String()
}

func printable(s string) bool {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
