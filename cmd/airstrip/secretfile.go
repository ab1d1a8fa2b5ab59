package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/secret"
)

// sopsVariables are what the commands around sealed Secrets read as the sops
// command does.
const sopsVariables = `  SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD, SOPS_AGE_SSH_PRIVATE_KEY_FILE,
  SOPS_AGE_SSH_PRIVATE_KEY_CMD   age identities beside those in the standard place
  SOPS_CONFIG                    a .sops.yaml to read in place of the nearest
  SOPS_AGE_RECIPIENTS, SOPS_KMS_ARN, SOPS_GCP_KMS_IDS, SOPS_AZURE_KEYVAULT_URLS,
  SOPS_VAULT_URIS, SOPS_PGP_FP   who can open a file of which nothing else says it
  SOPS_DECRYPTION_ORDER          which kinds of keys are tried first
  and what the clients of AWS, Google Cloud, Azure, Vault and gpg read
`

const (
	sopsEnvironment = "ENVIRONMENT\n" + sopsVariables + "\n"
	// Those that render an overlay as well.
	secretEnvironment = "ENVIRONMENT\n" + sopsVariables + variables + "\n"
)

// withEnvironment completes rules with what the environment says, as SOPS reads
// it. What is in git goes before it: whose variables are set where must not decide
// who can open what all commit.
func withEnvironment(r secret.Rules) secret.Rules {
	r.Config = os.Getenv("SOPS_CONFIG")
	e := &secret.Recipients{}
	var from []string
	for _, v := range []struct {
		name string
		list *[]string
	}{
		{"SOPS_AGE_RECIPIENTS", &e.Age}, {"SOPS_KMS_ARN", &e.KMS}, {"SOPS_GCP_KMS_IDS", &e.GCPKMS},
		{"SOPS_AZURE_KEYVAULT_URLS", &e.AzureKeyVault}, {"SOPS_VAULT_URIS", &e.Vault}, {"SOPS_PGP_FP", &e.PGP},
	} {
		for _, s := range strings.Split(os.Getenv(v.name), ",") {
			if s = strings.TrimSpace(s); s != "" {
				*v.list = append(*v.list, s)
				if !slices.Contains(from, v.name) {
					from = append(from, v.name)
				}
			}
		}
	}
	if len(from) > 0 {
		r.Fallback, r.FallbackName = e, strings.Join(from, ", ")
	}
	return r
}

// noRuleError says that nothing says who can open a file.
type noRuleError struct{ file string }

func (e *noRuleError) Error() string { return e.file + ": " + secret.ErrNoRule.Error() }

// ruleFor returns the rule for a file, and says what is odd about it.
func (t *terminal) ruleFor(r secret.Rules, file string) (*secret.Rule, error) {
	rule, err := withEnvironment(r).For(file)
	if errors.Is(err, secret.ErrNoRule) {
		return nil, &noRuleError{file}
	}
	if err != nil {
		return nil, inFile("", err)
	}
	for _, p := range append(rule.Warnings, rule.Elsewhere(others(file))...) {
		t.warnOf(rule.Source, p)
	}
	return rule, nil
}

// others are the files of the same name in the folders beside that of a file:
// those of other environments.
func others(file string) []string {
	dir, base := filepath.Split(filepath.Clean(file))
	dir = filepath.Clean(dir)
	if abs, err := filepath.Abs(dir); dir == "." && err == nil {
		dir = abs
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != filepath.Base(dir) && !strings.HasPrefix(e.Name(), ".") {
			all = append(all, filepath.Join(filepath.Dir(dir), e.Name(), base))
		}
	}
	return all
}

func (t *terminal) warnOf(at string, p secret.Problem) {
	line := p.String()
	if p.Field == "" && at != "" {
		line = at + ": " + line
	}
	fmt.Fprintf(t.err, "airstrip: warning: %s\n", line)
	if p.Hint != "" {
		fmt.Fprintf(t.err, "airstrip: hint: %s\n", p.Hint)
	}
}

// inFile splits an error about a sealed file into one for each problem, with the
// file in front.
func inFile(file string, err error) error {
	var f *secret.FormatError
	if !errors.As(err, &f) {
		if err == nil || file == "" {
			return err
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	var errs []error
	for _, p := range f.Problems {
		line := p.String()
		if file != "" {
			line = file + ": " + line
		}
		errs = append(errs, problem{line, p.Hint})
	}
	return errors.Join(errs...)
}

// readSealed reads a sealed file. The error is not to be wrapped again.
func readSealed(file string) (*secret.Sealed, error) {
	data, err := secret.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := secret.Parse(data)
	return s, inFile(file, err)
}
