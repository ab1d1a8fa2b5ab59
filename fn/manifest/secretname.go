package manifest

import (
	"slices"
	"strings"
	"unicode"
)

// secretWords say that a value is secret, in names of variables, keys and flags.
var secretWords = []string{
	"PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE", "PASS", "PWD", "TOKEN", "TOKENS", "SECRET", "SECRETS", "CREDENTIAL", "CREDENTIALS", "CREDS",
	"APIKEY", "BEARER", "DSN", "PAT", "SALT", "REQUIREPASS", "MASTERAUTH", "AUTHS",
}

// secretParts say so wherever they stand in a name that is in one word, as in PGPASSWORD.
var secretParts = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "PRIVATEKEY", "ACCESSKEY"}

// secretPairs are two words that say so together.
var secretPairs = []string{
	"PRIVATE_KEY", "API_KEY", "ACCESS_KEY", "CONNECTION_STRING", "SIGNING_KEY", "ENCRYPTION_KEY", "LICENSE_KEY", "ACCOUNT_KEY", "SHARED_KEY",
	"MASTER_KEY", "ACCESS_SIGNATURE", "HMAC_KEY", "JWT_KEY", "TLS_KEY", "CLIENT_KEY", "SERVER_KEY", "SSH_KEY", "SERVICE_ACCOUNT_JSON", "SAS_URL",
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

// SecretName reports whether the name of a variable, key or flag says that its value
// is secret.
func SecretName(name string) bool {
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
	if name == "_auth" || strings.HasSuffix(name, ":_auth") {
		return true // of .npmrc
	}
	for i, word := range w {
		if slices.Contains(secretWords, word) || strings.HasSuffix(word, "TOKEN") {
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

// SecretPlace reports whether a field below one whose name says secret says where that
// is, and not what: credentials: {secretName: x}.
func SecretPlace(name string) bool {
	w := words(name)
	return len(w) == 0 || w[len(w)-1] == "KEY" || slices.Contains(settingWords, w[len(w)-1])
}
