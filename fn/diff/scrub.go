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
	mysql      = regexp.MustCompile(`[^\s:"'=]+:.*@(tcp|unix)\(`)
	oracle     = regexp.MustCompile(`(jdbc:oracle:\w+:)[^\s@/]+/.*@`)
	authorized = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{6,}`)
	flagged    = regexp.MustCompile(`(?:^|\s)(--?[\w.-]+)\s+[^\s-]`)
	element    = regexp.MustCompile(`<(?:\w+:)?([\w.-]+)((?:\s(?:"[^"]*"|'[^']*'|[^<>"'])*)?)>(\s*)((?:<!--(?s:.*?)-->|<!\[CDATA\[(?s:.*?)\]\]>|[^<])*)`)
	keyed      = regexp.MustCompile(`\s(?:name|key)\s*=\s*["']([^"']*)`)
	attribute  = regexp.MustCompile(`(\svalue\s*=\s*)("[^"]*"|'[^']*')`)
	directive  = regexp.MustCompile(`(?m)^([ \t]*)([a-z0-9_.-]+|[A-Z0-9_]+)([ \t]+)("(?:[^"\\]|\\.)*"|'[^']*'|["'].*|[^\s:="']\S*)([ \t]*\r?)$`)
	netrc      = regexp.MustCompile(`(?m)^([ \t]*(?:machine[ \t]+\S+|default)(?:[ \t]+\S+)*?[ \t]+password[ \t]+)(?:"[^"\n]*"?|\S+)`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// known are the forms of tokens; docs/review.md names them.
var known = regexp.MustCompile(`AGE-SECRET-KEY-1[A-Za-z0-9]+|\b(?:(?:` + strings.Join([]string{
	`gh[pousr]_`, `github_pat_`, `glpat-`, `xox[abprs]-`, `sk-`, `dckr_pat_`,
}, "|") + `)[A-Za-z0-9_-]{12,}|` + strings.Join([]string{
	`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
	`hv[bs]\.[A-Za-z0-9_-]{20,}`,
	`npm_[A-Za-z0-9]{20,}`,
	`pypi-AgE[A-Za-z0-9_-]{16,}`,
	`AIza[A-Za-z0-9_-]{30,}`,
	`[sr]k_(?:live|test)_[A-Za-z0-9]{10,}`,
	`hf_[A-Za-z0-9]{30,}`,
	`do[por]_v1_[a-f0-9]{64}`,
	`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
	`ya29\.[A-Za-z0-9_-]{20,}`,
	`ATATT3[A-Za-z0-9_=-]{20,}`,
	`dapi[a-f0-9]{32}(?:-\d)?`,
}, "|") + `)`)

// slack is the webhook whose path is all that it asks for.
var slack = regexp.MustCompile(`(hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/-]+`)

// shortest is the length of the shortest token that is known.
const shortest = 15

// scrub takes out of a text what is secret in it, as far as its form tells: users and
// passwords in URLs, what is assigned to a name that says so, is in an element or behind
// a directive of that name, tokens. Where a key or a block cannot be told from the rest,
// nothing of the text is left.
func scrub(s string) string { return scrubText(s, plain) }

// scrubError is scrub for the failure of an error.
func scrubError(s string) string { return scrubText(s, failure) }

func scrubText(s string, f form) string {
	if privateKey.MatchString(s) {
		return hidden
	}
	if strings.Contains(s, "@") {
		s = scrubUserinfo(s)
		s = mysql.ReplaceAllString(s, hidden+"@$1(")
		s = oracle.ReplaceAllString(s, "$1"+hidden+"@")
	}
	if strings.Contains(s, "<") {
		s = scrubElements(s)
	}
	if strings.ContainsAny(s, ":=") {
		var ok bool
		if s, ok = scrubAssigned(s, f); !ok {
			return hidden
		}
		s = slack.ReplaceAllString(s, "$1"+hidden)
	}
	if strings.ContainsAny(s, " \t\n") {
		s = scrubFlags(s)
		if f != failure {
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
	if len(s) < shortest {
		return s
	}
	return known.ReplaceAllString(s, hidden)
}

// scrubUserinfo hides users and passwords in URLs.
func scrubUserinfo(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		var outer quotes
		at := 0
		for last := strings.LastIndexByte(line, '@'); at < last; {
			i := strings.Index(line[at:last], "://")
			if i < 0 {
				break
			}
			begin := at + i + len("://")
			b.WriteString(line[at:begin])
			outer.read(line, begin)
			at = begin
			if n := userinfoLen(line[begin:], outer.open); n >= 0 {
				b.WriteString(hidden)
				at += n
				outer.pass(line, at)
			}
		}
		b.WriteString(line[at:])
	}
	return b.String()
}

// userinfoLen is the length of the user and password that a URL has behind its scheme, up
// to the last @ of the line that can end them, negative where it has none. A password may
// have anything in it but the quote that was opened before the URL.
func userinfoLen(s string, outer byte) int {
	if outer != 0 {
		s, _, _ = strings.Cut(s, string(outer))
	}
	s, _, _ = strings.Cut(s, "</")
	word := s
	if i := strings.IndexAny(s, " \t\r\n\"'<>`"); i >= 0 {
		word = s[:i]
	}
	authority, _, _ := strings.Cut(word, "/")
	user, password, ok := strings.Cut(authority, ":")
	switch {
	case !ok:
		return lastAt(authority)
	case !isPort(password) && !strings.HasPrefix(s, "["):
		one, _, _ := strings.Cut(s, "://")
		if n := lastAt(one); n >= 0 {
			return n
		}
		return lastAt(s)
	case strings.Contains(user, "@"): // u@host:80
		return lastAt(authority)
	}
	return lastAt(word)
}

// lastAt is the last @ that is not before a digest.
func lastAt(s string) int {
	for i := len(s); ; {
		if i = strings.LastIndexByte(s[:i], '@'); i < 0 || !strings.HasPrefix(s[i+1:], "sha256:") {
			return i
		}
	}
}

// isPort reports whether what stands behind a colon is a port, or stands for one.
func isPort(s string) bool {
	return s != "" && (strings.IndexByte("${%", s[0]) >= 0 || strings.Trim(s, "0123456789,;?#)") == "")
}

// scrubElements hides what is in elements of XML whose name says so, or that are the
// value of such a name: <name>password</name><value>x</value>, <entry key="password">.
func scrubElements(s string) string {
	named := false
	return replaceGroups(element, s, func(g []string) string {
		name, attributes, content := g[1], g[2], strings.TrimSpace(g[4])
		open := strings.TrimSuffix(g[0], g[2]+">"+g[3]+g[4])
		lower := strings.ToLower(name)
		secret := manifest.SecretName(name)
		switch key := keyed.FindStringSubmatch(attributes); {
		case key != nil:
			secret = secret || manifest.SecretName(key[1])
			if named = secret; named {
				attributes = attribute.ReplaceAllString(attributes, `$1"`+hidden+`"`)
			}
		case strings.HasSuffix(lower, "name") || strings.HasSuffix(lower, "key"):
			named = manifest.SecretName(content)
		case strings.HasSuffix(lower, "value"):
			secret = secret || named
		case secret && content == "":
			named = true
		}
		if !secret || tellsNothing(content) {
			return open + attributes + ">" + g[3] + g[4]
		}
		return open + attributes + ">" + g[3] + hidden
	})
}

// scrubFlags hides what stands behind flags whose name says so.
func scrubFlags(s string) string {
	var b strings.Builder
	var outer quotes
	done := 0
	for at := 0; ; {
		m := flagged.FindStringSubmatchIndex(s[at:])
		if m == nil {
			b.WriteString(s[done:])
			return b.String()
		}
		value := at + m[1] - 1
		name := s[at+m[2] : at+m[3]]
		at += m[3]
		if !secretFlag(name) {
			continue
		}
		outer.read(s, value)
		n, _ := wordLen(s[value:], outer.open, false)
		if n == 0 || tellsNothing(unquoted(s[value:value+n])) {
			continue
		}
		b.WriteString(s[done:value] + hidden)
		done, at = value+n, value+n
		outer.pass(s, done)
	}
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
