package diff

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretWords say that a value is secret, in names of variables, keys and flags.
var secretWords = []string{
	"PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE", "PASS", "PWD", "TOKEN", "TOKENS", "SECRET", "SECRETS", "CREDENTIAL", "CREDENTIALS", "CREDS",
	"APIKEY", "BEARER", "DSN", "PAT", "SALT",
}

// secretParts say so wherever they stand in a name that is in one word, as in PGPASSWORD.
var secretParts = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "PRIVATEKEY", "ACCESSKEY"}

// secretPairs are two words that say so together.
var secretPairs = []string{
	"PRIVATE_KEY", "API_KEY", "ACCESS_KEY", "CONNECTION_STRING", "SIGNING_KEY", "ENCRYPTION_KEY", "LICENSE_KEY", "ACCOUNT_KEY", "SHARED_KEY",
	"MASTER_KEY", "HMAC_KEY", "JWT_KEY", "TLS_KEY", "CLIENT_KEY", "SERVER_KEY", "SSH_KEY", "SERVICE_ACCOUNT_JSON", "SAS_URL",
}

// settingWords end a name that speaks of a secret and does not hold it: where it is,
// what it is called, how long it lives.
var settingWords = []string{
	"NAME", "NAMES", "NAMESPACE", "PATH", "PATHS", "FILE", "DIR", "DIRECTORY", "MOUNT", "VOLUME", "REF", "REFS", "SELECTOR", "CLASS",
	"PERSISTENCE", "TYPE", "STORE", "STORES", "MANAGER", "PROVIDER", "BACKEND", "KIND", "VERSION", "FORMAT", "ALGORITHM", "ISSUER", "AUDIENCE", "LABELS", "TAGS", "PREFIX",
	"EXPIRATION", "EXPIRY", "TTL", "SECONDS", "MINUTES", "HOURS", "DAYS", "TIMEOUT", "INTERVAL", "LIFETIME", "DURATION", "ROTATION", "POLICY", "STRATEGY",
	"ENABLED", "DISABLED", "REQUIRED", "OPTIONAL", "LENGTH", "SIZE", "LIMIT", "COUNT", "MAX", "MIN", "URL", "URI", "HOST", "ENDPOINT", "PORT", "REGION", "CHECKSUM", "HASH",
	"REFRESH", "TOPIC", "ROLE", "IMAGE",
}

// words splits a name: databasePassword, db-password and DB_PASSWORD have two words each.
func words(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			if lower {
				b.WriteByte(' ')
			}
			lower = false
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			lower = true
			b.WriteRune(unicode.ToUpper(r))
		default:
			lower = false
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// secretName reports whether a name says that its value is secret.
func secretName(name string) bool {
	w := words(name)
	if len(w) == 0 || slices.Contains(settingWords, w[len(w)-1]) {
		return false
	}
	if len(w) > 1 && w[len(w)-1] == "KEY" && w[len(w)-2] == "REF" {
		return false // the key of a Secret, by name
	}
	if lower := strings.ToLower(name); strings.HasSuffix(lower, ".key") || strings.HasSuffix(lower, ".pfx") || strings.HasSuffix(lower, ".p12") || strings.HasSuffix(lower, ".jks") {
		return true
	}
	for i, word := range w {
		if slices.Contains(secretWords, word) {
			return true
		}
		for _, part := range secretParts {
			if strings.Contains(word, part) {
				return true
			}
		}
		for _, pair := range secretPairs {
			parts := strings.Split(pair, "_")
			if i+len(parts) <= len(w) && slices.Equal(parts, w[i:i+len(parts)]) {
				return true
			}
		}
	}
	return false
}

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
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// scrub takes out of a text what is secret in it, as far as its form tells: users and
// passwords in URLs, what is assigned to a name that says so, tokens. Where a key or
// a block cannot be told from the rest, nothing of the text is left.
func scrub(s string) string {
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
		if s, ok = scrubAssigned(s); !ok {
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
	if strings.ContainsAny(s, " \t\n") {
		s = authorized.ReplaceAllString(s, "$1$2"+hidden)
	}
	return known.ReplaceAllString(s, hidden)
}

// scrubAssigned hides what is assigned to a name that says so. It fails where what is
// assigned is a block or a list, whose end is not known.
func scrubAssigned(s string) (string, bool) {
	var b strings.Builder
	for {
		m := assigned.FindStringSubmatchIndex(s)
		if m == nil {
			b.WriteString(s)
			return b.String(), true
		}
		value := s[m[6]:m[7]]
		if !secretName(s[m[2]:m[3]]) || tellsNothing(strings.Trim(value, `"'`)) || strings.HasPrefix(value, hidden) {
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

// secretFlag reports whether an argument is a flag whose value follows and is secret.
func secretFlag(s string) bool {
	return strings.HasPrefix(s, "-") && !strings.Contains(s, "=") && secretName(s)
}

func replaceGroups(re *regexp.Regexp, s string, with func(groups []string) string) string {
	return re.ReplaceAllStringFunc(s, func(m string) string {
		return with(re.FindStringSubmatch(m))
	})
}
