package validate

import (
	"cmp"
	"regexp"
	"strings"
)

// What a setting leads to is made of names, numbers and references to variables.
const (
	aVariable = `\$\([A-Za-z0-9_]+\)|\$\{[A-Za-z0-9_]+\}`
	aName     = `(?:[A-Za-z0-9._~-]|` + aVariable + `)+`
	aHost     = `(?:` + aName + `|\[[0-9A-Fa-f:.]+\])(?::(?:[0-9]+|` + aVariable + `))?`
	someHosts = aHost + `(?:,` + aHost + `)*`
)

var (
	schemes = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9+.-]*:)*//`)
	// place is hosts, of Go's driver for MySQL in tcp(…), and a path.
	place     = regexp.MustCompile(`^(?:tcp\((` + someHosts + `)\)|(` + someHosts + `))((?:/+` + aName + `)*)/*$`)
	onlyHosts = regexp.MustCompile(`^(?:` + someHosts + `)$`)
	onlyName  = regexp.MustCompile(`^` + aName + `$`)
	// assigns tells a connection string of keywords and values from a URL.
	assigns = regexp.MustCompile(`^[A-Za-z_]+\s*=`)
	// keyword is a keyword of a connection string and its value (PostgreSQL,
	// fe-connect.c: conninfo_parse).
	keyword = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)`)
)

// target is what a setting leads to: hosts, ports and a path or database. It fails
// where these cannot be told from what may be a user, a password or a parameter.
func target(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if assigns.MatchString(s) {
		return connection(s)
	}
	s = strings.TrimPrefix(s, schemes.FindString(s))
	if i := strings.IndexAny(s, "?#;"); i >= 0 { // parameters, as URLs and JDBC have them, or within a password
		if strings.Contains(s[i:], "@") {
			return "", false
		}
		s = s[:i]
	}
	at := strings.LastIndexByte(s, '@') // a password may have one, and what base64 ends in
	if at >= 0 && strings.ContainsAny(strings.TrimRight(s[:at], "="), "= \t\n") {
		return "", false
	}
	s = s[at+1:]
	m := place.FindStringSubmatch(strings.TrimPrefix(s, "//"))
	if m == nil {
		return "", false
	}
	return m[1] + m[2] + m[3], true
}

// connection is target of a list of keywords and values.
func connection(s string) (string, bool) {
	values := map[string]string{}
	for s != "" {
		m := keyword.FindStringSubmatch(s)
		if m == nil {
			return "", false
		}
		values[strings.ToLower(m[1])] = m[2] + m[3]
		s = s[len(m[0]):]
	}
	host, port, database := cmp.Or(values["host"], values["hostaddr"]), values["port"], values["dbname"]
	if port != "" {
		host += ":" + port
	}
	if !onlyHosts.MatchString(host) || database != "" && !onlyName.MatchString(database) {
		return "", false
	}
	if database != "" {
		host += "/" + database
	}
	return host, true
}

// moved reports whether two settings that differ lead elsewhere, as far as they can
// be read.
func moved(was, is string) bool {
	a, ok := target(was)
	b, ok2 := target(is)
	return !ok || !ok2 || a != b
}

const notShown = "a value that is not shown"

// move is how two settings lead elsewhere, in words.
func move(was, is string) string {
	_, ok := target(was)
	_, ok2 := target(is)
	if !ok && !ok2 && is != "" {
		return "may be another one: where it is cannot be told from what may be a credential"
	}
	return "is another one: was " + led(was) + ", is " + led(is)
}

// led is what a setting leads to, in a message.
func led(s string) string {
	if s == "" {
		return orNone(s)
	}
	if where, ok := target(s); ok {
		return cut(where)
	}
	return notShown
}

// harmless are values without a place for a credential: names, paths, numbers, and
// names of AWS, which may have more letters.
var harmless = regexp.MustCompile(`^(?:[\w.,:/*+~-]*|[\w.+-]+@[\w.-]+|arn:[\w:/+=,.@-]+)$`)

// shown is a value, in a message; one that may hold a credential is not told.
func shown(s string) string {
	if harmless.MatchString(s) {
		return s
	}
	return notShown
}
