package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	fage "filippo.io/age"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/keys"
)

// reason says why a key did not do, with nothing secret in it. The errors of age
// are said in our own words, since SOPS puts command lines into them; those of
// key services are theirs, without what is known to be secret here.
func reason(mk keys.MasterKey, err error, dataKey []byte) string {
	switch {
	case err == nil:
		return "what it opens is no data key"
	case errors.Is(err, errTimeout):
		return errTimeout.Error()
	case mk.TypeToIdentifier() != age.KeyTypeIdentifier:
		return scrub(err.Error(), dataKey)
	}
	found, missing := identityPlaces()
	broken := ""
	if strings.Contains(err.Error(), "Errors while loading age identities") {
		broken = " (some of it cannot be read)"
	}
	var mismatch *fage.NoIdentityMatchError
	switch {
	case len(found) == 0:
		return "no age identity: looked for " + strings.Join(missing, ", ")
	case errors.As(err, &mismatch):
		return "no age identity of " + strings.Join(found, ", ") + " matches" + broken
	case strings.Contains(err.Error(), "unknown recipient type") || strings.Contains(err.Error(), "failed to parse input"):
		return "no age recipient"
	case strings.Contains(err.Error(), "executable file not found"):
		return "its age plugin is not on PATH"
	}
	return "age cannot use " + strings.Join(found, ", ") + broken
}

// secretVariables are the variables by which SOPS and the clients of its key
// services take credentials.
var secretVariables = []string{
	"SOPS_AGE_KEY", "SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_CMD", "VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_ACCESS_KEY_ID", "GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_PASSWORD",
	"HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_AK",
}

// quoting are errors of clients that go on with what they could not read, and what
// we say in their place. It may be a data key, or somebody's credentials.
var quoting = []struct{ text, instead string }{
	{"proto: ", "what it answers cannot be read"}, {"proto:\u00a0", "what it answers cannot be read"},
	{"parse failed of process output: ", "what its credential_process prints cannot be read"},
	{`unable to parse "`, "what the program for its credentials prints cannot be read"},
}

// maxReason keeps a message short that somebody else wrote, in bytes.
const maxReason = 600

// scrub takes known secrets out of a message, and what may be one, and puts it on
// one line.
func scrub(text string, secrets ...[]byte) string {
	for _, q := range quoting {
		if strings.Contains(text, q.text) {
			return q.instead
		}
	}
	for _, name := range secretVariables {
		secrets = append(secrets, []byte(os.Getenv(name)))
	}
	if home, err := os.UserHomeDir(); err == nil {
		if token, err := os.ReadFile(filepath.Join(home, ".vault-token")); err == nil {
			secrets = append(secrets, []byte(strings.TrimSpace(string(token))))
		}
	}
	for _, s := range secrets {
		for _, form := range forms(s) {
			text = strings.ReplaceAll(text, form, redacted)
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

// forms are the ways in which a secret may show up in a text.
func forms(s []byte) []string {
	if len(s) < 4 {
		return nil
	}
	std := base64.StdEncoding.EncodeToString(s)
	return []string{
		string(s), std, strings.TrimRight(std, "="), base64.URLEncoding.EncodeToString(s), base64.RawURLEncoding.EncodeToString(s),
		hex.EncodeToString(s), strings.ToUpper(hex.EncodeToString(s)),
	}
}

// identityPlaces are where SOPS looks for age identities, by whether there is
// anything. Values of the environment are not among them.
func identityPlaces() (found, missing []string) {
	for _, name := range []string{
		age.SopsAgeKeyEnv, age.SopsAgeKeyFileEnv, age.SopsAgeKeyCmdEnv, age.SopsAgeSshPrivateKeyFileEnv, age.SopsAgeSshPrivateKeyCmdEnv,
	} {
		if os.Getenv(name) != "" {
			found = append(found, name)
		} else {
			missing = append(missing, name)
		}
	}
	if file, err := IdentityFile(); err == nil {
		if _, err := os.Stat(file); err == nil {
			found = append(found, file)
		} else {
			missing = append(missing, file)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		for _, name := range []string{"id_ed25519", "id_rsa"} {
			if file := filepath.Join(home, ".ssh", name); exists(file) {
				found = append(found, file)
			}
		}
	}
	return found, missing
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// IdentityFile is where SOPS looks for age identities unless the environment says
// otherwise (sops v3, age/keysource.go: getUserConfigDir).
func IdentityFile() (string, error) {
	dir, err := os.UserConfigDir()
	if xdg := os.Getenv("XDG_CONFIG_HOME"); runtime.GOOS == "darwin" && xdg != "" {
		dir, err = xdg, nil
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.FromSlash(age.SopsAgeKeyUserConfigPath)), nil
}
