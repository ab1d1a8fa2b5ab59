package secret

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
)

// Recipient is somebody who can open a sealed Secret.
type Recipient struct {
	// Kind is SOPS' name for the kind of key: age, pgp, kms, gcp_kms, azure_kv,
	// hc_vault, hckms.
	Kind string
	// ID is the public key, fingerprint, ARN, resource id or URL, as SOPS prints it.
	ID string
}

func (r Recipient) String() string { return r.ID }

// short is the recipient in few letters: a post-quantum key has 1959 of them. Of
// the names of cloud keys, the end tells which.
func (r Recipient) short() string {
	if r.Kind == age.KeyTypeIdentifier && len(r.ID) > 100 {
		return r.ID[:24] + "…"
	}
	return r.ID
}

// is reports whether two recipients are the same. Whoever names an Azure key
// without a version means the one that was the latest.
func (r Recipient) is(o Recipient) bool {
	if r.Kind == azkv.KeyTypeIdentifier && o.Kind == r.Kind && (strings.HasSuffix(r.ID, "/") || strings.HasSuffix(o.ID, "/")) {
		return strings.HasPrefix(r.ID, o.ID) || strings.HasPrefix(o.ID, r.ID)
	}
	return r == o
}

func recipientOf(key keys.MasterKey) Recipient {
	return Recipient{key.TypeToIdentifier(), withoutComment(key.ToString())}
}

// withoutComment drops what stands behind an SSH key: it names a person and a
// machine, has no business in git, and makes no other recipient of the key.
func withoutComment(s string) string {
	if fields := strings.Fields(s); strings.HasPrefix(s, "ssh-") && len(fields) > 2 {
		return strings.Join(fields[:2], " ")
	}
	return s
}

// postQuantum reports whether an age recipient resists a quantum computer. Others
// beside it make a file as weak as they are; age itself refuses to mix them.
func (r Recipient) postQuantum() bool {
	return r.Kind == age.KeyTypeIdentifier && strings.HasPrefix(r.ID, "age1pq1")
}

// Recipients names who can open what is sealed, by kind of key, as SOPS writes
// them.
type Recipients struct {
	Age           []string `json:"age,omitempty" doc:"age public keys (age1…, age1pq1…), SSH public keys (ssh-ed25519 …), or those of age plugins." example:"[age1…]"`
	KMS           []string `json:"kms,omitempty" doc:"ARNs of AWS KMS keys, each with +ARN of the role to assume, if any."`
	GCPKMS        []string `json:"gcpKms,omitempty" doc:"Resource ids of Google Cloud KMS keys: projects/…/cryptoKeys/…"`
	AzureKeyVault []string `json:"azureKeyVault,omitempty" doc:"URLs of Azure Key Vault keys: https://NAME.vault.azure.net/keys/KEY/VERSION"`
	Vault         []string `json:"vault,omitempty" doc:"URLs of Vault transit keys: https://HOST/v1/transit/keys/KEY"`
	PGP           []string `json:"pgp,omitempty" doc:"Fingerprints of PGP keys."`
}

// group are the keys of the recipients, in SOPS' order of kinds.
func (r *Recipients) group() (sops.KeyGroup, []Problem) {
	var group sops.KeyGroup
	var p problems
	each := func(field string, list []string, key func(string) (keys.MasterKey, error)) {
		for i, text := range list {
			k, err := key(strings.TrimSpace(text))
			if err != nil || strings.TrimSpace(text) == "" {
				p.add(fmt.Sprintf("%s[%d]", field, i), "", "%s", notRecipient[field])
				continue
			}
			group = append(group, k)
		}
	}
	each("age", r.Age, ageKey)
	each("pgp", r.PGP, pgpKey)
	each("kms", r.KMS, func(s string) (keys.MasterKey, error) {
		if !strings.HasPrefix(s, "arn:") {
			return nil, errors.New("no ARN")
		}
		return kms.NewMasterKeyFromArn(s, nil, ""), nil
	})
	each("gcpKms", r.GCPKMS, func(s string) (keys.MasterKey, error) {
		if !strings.HasPrefix(s, "projects/") {
			return nil, errors.New("no resource id")
		}
		return gcpkms.NewMasterKeyFromResourceID(s), nil
	})
	each("azureKeyVault", r.AzureKeyVault, azureKey)
	each("vault", r.Vault, vaultKey)
	return distinct(group), p
}

// notRecipient says what each kind of recipient looks like.
var notRecipient = map[string]string{
	"age":           "is no age recipient: want age1…, age1pq1…, ssh-ed25519 … or ssh-rsa …",
	"pgp":           "is no fingerprint",
	"kms":           "is no ARN of an AWS KMS key: want arn:aws:kms:…",
	"gcpKms":        "is no Google Cloud KMS key: want projects/…/locations/…/keyRings/…/cryptoKeys/…",
	"azureKeyVault": "is no Azure Key Vault key: want https://NAME.vault.azure.net/keys/KEY/VERSION",
	"vault":         "is no Vault transit key: want https://HOST/v1/transit/keys/KEY",
}

func ageKey(s string) (keys.MasterKey, error) { return age.MasterKeyFromRecipient(withoutComment(s)) }

// fingerprint is that of a PGP key, or its last 8 or 16 digits, as gpg takes it.
var fingerprint = regexp.MustCompile(`^[0-9A-Fa-f ]{8,}!?$`)

func pgpKey(s string) (keys.MasterKey, error) {
	if !fingerprint.MatchString(s) {
		return nil, errors.New("no fingerprint")
	}
	return pgp.NewMasterKeyFromFingerprint(s), nil
}

// azureURL is the URL of an Azure key, with or without a version (sops v3, azkv:
// NewMasterKeyFromURL, which asks the network for the version).
var azureURL = regexp.MustCompile(`^(https://[^/]+)/keys/([^/]+)/?([^/]*)$`)

func azureKey(s string) (keys.MasterKey, error) {
	m := azureURL.FindStringSubmatch(s)
	if m == nil {
		return nil, errors.New("no URL of a key")
	}
	return azkv.NewMasterKey(m[1], m[2], m[3]), nil
}

// vaultKey is the key of a URL, of which SOPS makes no key and no error if it is
// empty.
func vaultKey(s string) (keys.MasterKey, error) {
	if s == "" {
		return nil, errors.New("no URL of a key")
	}
	return hcvault.NewMasterKeyFromURI(s)
}

// distinct leaves out keys that stand twice.
func distinct(group sops.KeyGroup) sops.KeyGroup {
	var out sops.KeyGroup
	seen := map[Recipient]bool{}
	for _, key := range group {
		if r := recipientOf(key); !seen[r] {
			seen[r] = true
			out = append(out, key)
		}
	}
	return out
}

// recipients lists those of key groups.
func recipients(groups []sops.KeyGroup) []Recipient {
	var all []Recipient
	for _, g := range groups {
		for _, key := range g {
			all = append(all, recipientOf(key))
		}
	}
	return all
}

// difference lists the recipients of a that are not in b.
func difference(a, b []Recipient) []Recipient {
	var all []Recipient
	for _, r := range a {
		if !slices.ContainsFunc(b, r.is) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Recipient) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return all
}

// names joins recipients for a message.
func names(list []Recipient) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.short()
	}
	return strings.Join(texts, ", ")
}
