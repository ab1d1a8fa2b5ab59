package secret_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

// refused makes sure that an error names who could not open or be sealed for and
// says why, on one line, and holds nothing secret.
func refused(t *testing.T, what string, err error, k cloudKey, why string, secrets ...[]byte) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error, want %q", what, why)
		return
	}
	text := err.Error()
	var noKey *secret.NoKeyError
	switch {
	case strings.HasPrefix(what, "open") && (!errors.As(err, &noKey) || len(noKey.Recipients) != 1 || noKey.Recipients[0] != k.recipient):
		t.Errorf("%s: got %T %v, want a NoKeyError of %s", what, err, err, k.recipient)
	case !strings.Contains(text, k.recipient.ID) || !strings.Contains(text, why) || strings.Contains(text, "\n"):
		t.Errorf("%s: got %q, want one line that names %s and says %q", what, text, k.recipient, why)
	}
	for _, s := range append(secrets, []byte(accessKey), []byte(secretKey), []byte(gcpToken), []byte(vaultToken), []byte(canaryValue)) {
		leaks(t, what, text, s)
	}
}

// leaks reports whether a text holds a secret, in one of the forms that a message
// may hold it in. A quarter of it is enough.
func leaks(t *testing.T, what, text string, s []byte) {
	t.Helper()
	std, url := base64.StdEncoding.EncodeToString(s), base64.URLEncoding.EncodeToString(s)
	for _, form := range []string{string(s), std, url, hex.EncodeToString(s), strings.ToUpper(hex.EncodeToString(s))} {
		if n := max(8, len(form)/4); n <= len(form) && (strings.Contains(text, form[:n]) || strings.Contains(text, form[len(form)-n:])) {
			t.Errorf("%s: a secret of %d bytes is in the message", what, len(s))
		}
	}
}

func TestBrokenKeyServiceIsNamedAndNotQuoted(t *testing.T) {
	for name, tt := range map[string]struct {
		fault func(dataKey string) kmstest.Fault
		// What is said of it, by service. Sealing is not tried where it would go well.
		open, seal map[string]string
	}{
		"permission denied": {
			func(string) kmstest.Fault {
				return kmstest.Fault{Status: 403, Text: "ci is not authorized to use the key"}
			},
			all("is not authorized to use the key"), all("is not authorized to use the key"),
		},
		"server error": {
			func(string) kmstest.Fault { return kmstest.Fault{Status: 500, Text: "something broke"} },
			all("something broke"), all("something broke"),
		},
		"error that echoes": {
			func(string) kmstest.Fault { return kmstest.Fault{Echo: true, Text: "cannot read the request"} },
			all("cannot read the request"), all("[redacted]"),
		},
		"error of many lines": {
			func(string) kmstest.Fault { return kmstest.Fault{Status: 400, Text: strings.Repeat("line\n\n", 1000)} },
			all("line line"), all("line line"),
		},
		"page of a proxy": {
			func(string) kmstest.Fault { return kmstest.Fault{Body: "<html>sign in</html>"} },
			map[string]string{"aws": "invalid character '<'", "gcp": "cannot be read", "vault": "invalid character '<'"},
			map[string]string{"aws": "invalid character '<'", "gcp": "cannot be read", "vault": "invalid character '<'"},
		},
		"empty answer": {
			func(string) kmstest.Fault { return kmstest.Fault{Body: "{}"} },
			map[string]string{"aws": "no data key", "gcp": "no data key", "vault": "transit backend is empty"},
			map[string]string{"aws": "nothing came back", "gcp": "nothing came back", "vault": "transit backend is empty"},
		},
		"data key that is cut off": {
			func(key string) kmstest.Fault { return answerOf(`"` + key[:41] + `"`) },
			map[string]string{"aws": "illegal base64", "gcp": "cannot be read", "vault": "cannot decode base64"}, all(""),
		},
		"data key without quotes": {
			func(key string) kmstest.Fault { return answerOf("k" + key) },
			map[string]string{"aws": "invalid character 'k'", "gcp": "cannot be read", "vault": "invalid character 'k'"}, all(""),
		},
		"shorter data key": {
			func(string) kmstest.Fault { return kmstest.Fault{Plaintext: []byte("sixteen bytes of")} }, all("no data key"), nil,
		},
		"longer data key": {
			func(string) kmstest.Fault { return kmstest.Fault{Plaintext: []byte(strings.Repeat("x", 33))} }, all("no data key"), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, service string) {
				rule := ruleOf(t, k.in)
				s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
				key := dataKey(t, k)
				k.fake.Break(tt.fault(base64.StdEncoding.EncodeToString(key)))
				_, err := secret.Keyring{}.Open(t.Context(), s)
				refused(t, "open", err, k, tt.open[service], key)
				if tt.seal == nil {
					return
				}
				k.fake.Requests()
				_, _, err = secret.Keyring{}.Seal(t.Context(), plainSecret(), rule, nil, secret.Options{Now: sealedAt})
				refused(t, "seal", err, k, tt.seal[service], key, dataKey(t, k))
			})
		})
	}
}

// all says the same of every service.
func all(why string) map[string]string {
	return map[string]string{"aws": why, "gcp": why, "vault": why}
}

// answerOf is an answer of any of the services, with a plaintext as it stands.
func answerOf(plaintext string) kmstest.Fault {
	return kmstest.Fault{Body: fmt.Sprintf(`{"Plaintext": %[1]s, "plaintext": %[1]s, "data": {"plaintext": %[1]s}}`, plaintext)}
}

func TestAnotherDataKeyIsTampering(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
		other := []byte(strings.Repeat("k", 32))
		k.fake.Break(kmstest.Fault{Plaintext: other})
		_, err := secret.Keyring{}.Open(t.Context(), s)
		if !errors.Is(err, secret.ErrTampered) {
			t.Fatalf("got %v, want %v", err, secret.ErrTampered)
		}
		leaks(t, "open", err.Error(), other)
	})
}

func TestCredentialsThatDoNotDo(t *testing.T) {
	for name, tt := range map[string]struct {
		set func(t *testing.T, name string)
		why map[string]string
	}{
		"wrong": {
			func(t *testing.T, name string) { t.Setenv(name, "wrong-canary-of-"+strings.ToLower(name)) },
			map[string]string{"aws": "token included in the request is invalid", "gcp": "invalid authentication credentials", "vault": "permission denied"},
		},
		"absent": {unset, map[string]string{"aws": "credentials", "gcp": "credentials", "vault": "permission denied"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, service string) {
				rule := ruleOf(t, k.in)
				s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
				key := dataKey(t, k)
				for _, name := range k.credentials {
					tt.set(t, name)
				}
				ring := secret.Keyring{Timeout: 5 * time.Second}
				_, err := ring.Open(t.Context(), s)
				refused(t, "open", err, k, tt.why[service], key, []byte("wrong-canary"))
				_, _, err = ring.Seal(t.Context(), plainSecret(), rule, nil, secret.Options{Now: sealedAt})
				refused(t, "seal", err, k, tt.why[service], key, []byte("wrong-canary"))
			})
		})
	}
}

func TestKeyServiceThatDoesNotAnswer(t *testing.T) {
	eachCloud(t, func(t *testing.T, c *clouds, k cloudKey, service string) {
		rule := ruleOf(t, k.in)
		s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
		ring := secret.Keyring{Timeout: 200 * time.Millisecond}
		quick := func(what, why string) {
			t.Helper()
			start := time.Now()
			_, err := ring.Open(t.Context(), s)
			refused(t, "open "+what, err, k, why)
			_, _, err = ring.Seal(t.Context(), plainSecret(), rule, nil, secret.Options{Now: sealedAt})
			refused(t, "seal "+what, err, k, why)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s: took %v, want twice 200ms and what a busy machine adds", what, took)
			}
		}
		k.fake.Break(kmstest.Fault{Hang: true})
		quick("hangs", "no answer in time")

		// Who interrupts it does not hear that he has no key.
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := (secret.Keyring{}).Open(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("interrupted: got %v, want %v", err, context.DeadlineExceeded)
		}
		c.servers[service].Close()
		quick("is not there", "refused")
	})
}

// A program that gives credentials may say something else before them, and the
// clients then quote all of it.
func TestProgramsThatGiveCredentialsAreNotQuoted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are echo")
	}
	const canary = "canary-of-a-program"
	for service, use := range map[string]func(t *testing.T, url string){
		"aws": func(t *testing.T, _ string) {
			file := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(file, []byte("[default]\ncredential_process = echo deprecated "+canary+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CONFIG_FILE", file)
		},
		"gcp": func(t *testing.T, url string) {
			t.Setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
			t.Setenv("GOOGLE_CREDENTIALS", `{"type": "external_account", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
				"audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci",
				"token_url": "`+url+`", "credential_source": {"executable": {"command": "echo deprecated `+canary+`"}}}`)
		},
	} {
		t.Run(service, func(t *testing.T) {
			c := newClouds(t)
			k := c.keys()[service]
			s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
			for _, name := range k.credentials {
				unset(t, name)
			}
			use(t, c.servers[service].URL)
			_, err := secret.Keyring{}.Open(t.Context(), s)
			refused(t, "open", err, k, "cannot be read", []byte(canary))
		})
	}
}

// SOPS remembers the home that it has seen first, so this takes a process of its
// own.
func TestTokenOfVaultFileIsNotQuoted(t *testing.T) {
	const child = "AIRSTRIP_TEST_VAULT_TOKEN_FILE"
	if os.Getenv(child) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	c := newClouds(t)
	k := c.keys()["vault"]
	unset(t, "VAULT_TOKEN")
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	// Tokens that hold their policies are long.
	for _, token := range []string{"hvs.canary-of-a-file", "hvb." + strings.Repeat("canary", 100)} {
		if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.vault.Token = token
		c.vault.Break(kmstest.Fault{})
		rule := ruleOf(t, k.in)
		s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
		c.vault.Break(kmstest.Fault{Echo: true})
		_, err := secret.Keyring{}.Open(t.Context(), s)
		refused(t, "open", err, k, "[redacted]", []byte(token))
	}
}

func TestVaultThatIsNotAllowedIsNotAsked(t *testing.T) {
	c := newClouds(t)
	k := c.keys()["vault"]
	s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
	asked(k)
	t.Setenv("SOPS_HC_VAULT_ALLOWLIST", "https://vault.example.com")
	_, err := secret.Keyring{}.Open(t.Context(), s)
	refused(t, "open", err, k, "Allowlist does not allow")
	if got := asked(k); got != "" {
		t.Errorf("it was asked for %q", got)
	}
}
