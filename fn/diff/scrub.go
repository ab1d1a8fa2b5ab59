package diff

import (
	"regexp"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// reference is a value that stands for another: $(DATABASE_PASSWORD), or the
// path of a file.
var reference = regexp.MustCompile(`^(?:\$\([A-Za-z0-9_]+\)|\$\{[A-Za-z0-9_]+\}|(?:/[a-z0-9_-]+)+/[a-z0-9_-]+\.[a-z]{2,5})$`)

// tellsNothing reports whether a value tells nothing although its name says so.
func tellsNothing(value string) bool {
	switch value {
	case "", "true", "false", "null", "[]", "{}":
		return true
	}
	return reference.MatchString(value)
}

var (
	userinfo   = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/\s"'<>@]*|[^\s"'<>:@/]*:[^\s"'<>]*)@`)
	mysql      = regexp.MustCompile(`[\w.-]+:[^\s@]*@(tcp|unix)\(`)
	authorized = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{6,}`)
	known      = regexp.MustCompile(`AGE-SECRET-KEY-1[A-Z0-9]+|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-)[A-Za-z0-9_-]{12,}`)
	assigned   = regexp.MustCompile(`([\w.-]+)(\\?["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'\\]+)`)
	flagged    = regexp.MustCompile(`(^|\s)(--?[\w.-]+)(\s+)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'-]\S*)`)
	element    = regexp.MustCompile(`<(?:\w+:)?([\w.-]+)(\s[^<>]*)?>(\s*)((?:<!\[CDATA\[(?s:.*?)\]\]>|[^<\s])(?:<!\[CDATA\[(?s:.*?)\]\]>|[^<])*)`)
	directive  = regexp.MustCompile(`(?m)^([ \t]*)([a-z0-9_.-]+|[A-Z0-9_]+)([ \t]+)("(?:[^"\\]|\\.)*"|'[^']*'|\S+)([ \t]*\r?)$`)
	netrc      = regexp.MustCompile(`(?m)^([ \t]*(?:machine[ \t]+\S+|default)(?:[ \t]+\S+)*?[ \t]+password[ \t]+)\S+`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// scrub takes out of a text what is secret in it, as far as its form tells: users and
// passwords in URLs, what is assigned to a name that says so, is in an element or behind
// a directive of that name, tokens. Where a key or
// a block cannot be told from the rest, nothing of the text is left.
func scrub(s string) string { return scrubText(s, false) }

// scrubError is scrub for the message of an error, where words that say what is wrong
// stand behind a name and a colon. A value is what is quoted there, or alone on the
// rest of the line.
func scrubError(s string) string { return scrubText(s, true) }

func scrubText(s string, prose bool) string {
	if privateKey.MatchString(s) {
		return hidden
	}
	if strings.Contains(s, "@") {
		s = userinfo.ReplaceAllStringFunc(s, func(m string) string {
			scheme, _, _ := strings.Cut(m, "://")
			if scheme == "oci" || scheme == "docker" {
				return m
			}
			return scheme + "://" + hidden + "@"
		})
		s = mysql.ReplaceAllString(s, hidden+"@$1(")
	}
	if strings.ContainsAny(s, ":=") {
		var ok bool
		if s, ok = scrubAssigned(s, prose); !ok {
			return hidden
		}
	}
	if strings.Contains(s, "-") {
		s = replaceGroups(flagged, s, func(g []string) string {
			if !secretFlag(g[2]) || tellsNothing(g[4]) {
				return g[0]
			}
			return g[1] + g[2] + g[3] + hidden
		})
	}
	if strings.Contains(s, "<") {
		s = replaceGroups(element, s, func(g []string) string {
			if !manifest.SecretName(g[1]) || tellsNothing(strings.TrimSpace(g[4])) {
				return g[0]
			}
			return strings.TrimSuffix(g[0], g[4]) + hidden
		})
	}
	if strings.ContainsAny(s, " \t\n") {
		if !prose {
			s = replaceGroups(directive, s, func(g []string) string {
				if !manifest.SecretName(g[2]) || tellsNothing(g[4]) {
					return g[0]
				}
				return g[1] + g[2] + g[3] + hidden + g[5]
			})
		}
		s = netrc.ReplaceAllString(s, "$1"+hidden)
		s = authorized.ReplaceAllString(s, "$1$2"+hidden)
	}
	return known.ReplaceAllString(s, hidden)
}

// scrubAssigned hides what is assigned to a name that says so. It fails where what is
// assigned is a block or a list, whose end is not known.
func scrubAssigned(s string, prose bool) (string, bool) {
	var b strings.Builder
	for {
		m := assigned.FindStringSubmatchIndex(s)
		if m == nil {
			b.WriteString(s)
			return b.String(), true
		}
		value := s[m[6]:m[7]]
		said := !prose || assigns(s[m[4]:m[5]], value, s[m[7]:])
		if !said || !manifest.SecretName(s[m[2]:m[3]]) || tellsNothing(strings.Trim(value, `"'`)) || strings.HasPrefix(value, hidden) {
			// Of jdbc:postgresql://host?password=x the value is full of names.
			b.WriteString(s[:m[5]])
			s = s[m[5]:]
			continue
		}
		if strings.ContainsAny(value[:1], "|>[{") {
			return "", false
		}
		b.WriteString(s[:m[6]])
		b.WriteString(hidden)
		s = s[m[7]:]
	}
}

// assigns reports whether what stands behind a name in a sentence is its value.
func assigns(sign, value, rest string) bool {
	switch {
	case strings.Contains(sign, "=") || strings.ContainsAny(value[:1], `"'`):
		return true
	case strings.Contains(sign, "\n"):
		return false
	}
	return strings.ContainsAny(sign, " \t") && (rest == "" || strings.HasPrefix(rest, "\n"))
}

// secretFlag reports whether an argument is a flag whose value follows and is secret.
func secretFlag(s string) bool {
	return strings.HasPrefix(s, "-") && !strings.Contains(s, "=") && manifest.SecretName(s)
}

func replaceGroups(re *regexp.Regexp, s string, with func(groups []string) string) string {
	return re.ReplaceAllStringFunc(s, func(m string) string {
		return with(re.FindStringSubmatch(m))
	})
}
