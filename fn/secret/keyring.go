package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/logging"
	"github.com/getsops/sops/v3/pgp"
	"github.com/getsops/sops/v3/shamir"
	"github.com/sirupsen/logrus"
)

// Keyring wraps and unwraps data keys with the keys that SOPS finds: age
// identities by the SOPS_AGE_* environment and in their standard place, cloud
// credentials by the SDKs, PGP keys by gpg.
type Keyring struct {
	// Timeout is how long a key service may take; 0 is [DefaultTimeout]. SOPS
	// itself waits for ever.
	Timeout time.Duration
}

// DefaultTimeout is how long a key service may take.
const DefaultTimeout = 30 * time.Second

// dataKeySize is the length in bytes of the key that values are sealed with.
const dataKeySize = 32

// NoKeyError says that nobody here can open a file, and why, by recipient.
type NoKeyError struct {
	Recipients []Recipient
	// Reasons are in the order of Recipients, and hold nothing secret.
	Reasons []string
}

func (e *NoKeyError) Error() string {
	var parts, names []string
	for i, r := range e.Recipients {
		names = append(names, r.short())
		if i+1 == len(e.Recipients) || e.Reasons[i+1] != e.Reasons[i] {
			parts = append(parts, strings.Join(names, ", ")+": "+e.Reasons[i])
			names = nil
		}
	}
	return "no key here opens it: " + strings.Join(parts, "; ")
}

func (e *NoKeyError) add(r Recipient, reason string) {
	e.Recipients, e.Reasons = append(e.Recipients, r), append(e.Reasons, reason)
}

// unwrap returns the data key of a file. SOPS has a function for it, which takes
// no context and puts what every key service said into its error.
func (k Keyring) unwrap(ctx context.Context, meta *sops.Metadata) ([]byte, error) {
	quiet()
	failed := &NoKeyError{}
	size, want := dataKeySize, 1
	if len(meta.KeyGroups) > 1 {
		size++ // a part says which it is
		want = max(want, meta.ShamirThreshold)
	}
	var parts [][]byte
	for _, group := range meta.KeyGroups {
		if len(parts) == want {
			break
		}
		part, err := k.unwrapGroup(ctx, group, size, failed)
		if err != nil {
			return nil, err
		}
		if part != nil {
			parts = append(parts, part)
		}
	}
	if len(parts) < want {
		return nil, failed
	}
	key := parts[0]
	if len(meta.KeyGroups) > 1 {
		var err error
		if key, err = shamir.Combine(parts); err != nil {
			return nil, errors.New("the parts of its data key do not fit together")
		}
	}
	return key, nil
}

// unwrapGroup tries the keys of a group in SOPS' order, until one gives something
// of the right size.
func (k Keyring) unwrapGroup(ctx context.Context, group sops.KeyGroup, size int, failed *NoKeyError) ([]byte, error) {
	first := order()
	rank := func(key keys.MasterKey) int {
		if i := slices.Index(first, key.TypeToIdentifier()); i >= 0 {
			return i
		}
		return len(first)
	}
	sorted := slices.SortedStableFunc(slices.Values(group), func(a, b keys.MasterKey) int { return rank(a) - rank(b) })
	for _, mk := range sorted {
		mk = copyKey(mk)
		part, err := limited(ctx, k.limit(mk), func(ctx context.Context) ([]byte, error) {
			if c, ok := mk.(contextual); ok {
				return c.DecryptContext(ctx)
			}
			return mk.Decrypt()
		})
		if err == nil && len(part) == size {
			return part, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed.add(recipientOf(mk), reason(mk, err, nil))
	}
	return nil, nil
}

// order is in which order kinds of keys are tried, as SOPS reads it.
func order() []string {
	if s := os.Getenv("SOPS_DECRYPTION_ORDER"); s != "" {
		return strings.Split(s, ",")
	}
	return sops.DefaultDecryptionOrder
}

// wrap seals a data key for everybody in the key groups that has none yet.
func (k Keyring) wrap(ctx context.Context, groups []sops.KeyGroup, threshold int, key []byte) error {
	quiet()
	parts := [][]byte{key}
	if len(groups) > 1 {
		var err error
		if parts, err = shamir.Split(key, len(groups), threshold); err != nil {
			return errors.New("cannot split the data key between the key groups")
		}
	}
	var errs []error
	for i, group := range groups {
		for j, mk := range group {
			if len(mk.EncryptedDataKey()) > 0 {
				continue
			}
			sealed, err := limited(ctx, k.limit(mk), func(ctx context.Context) (keys.MasterKey, error) { return wrapFor(ctx, mk, parts[i]) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("cannot seal for %s: %s", recipientOf(mk).short(), reason(mk, err, parts[i])))
				continue
			}
			groups[i][j] = sealed
		}
	}
	return errors.Join(errs...)
}

// wrapFor seals a data key for one recipient.
func wrapFor(ctx context.Context, mk keys.MasterKey, key []byte) (keys.MasterKey, error) {
	if az, ok := mk.(*azkv.MasterKey); ok && az.Version == "" {
		// The version that is sealed with has to be in the file.
		latest, err := azkv.NewMasterKeyWithOptionalVersion(az.VaultURL, az.Name, "")
		if err != nil {
			return nil, err
		}
		mk = latest
	}
	err := error(nil)
	if c, ok := mk.(contextual); ok {
		err = c.EncryptContext(ctx, key)
	} else {
		err = mk.Encrypt(key)
	}
	if err == nil && len(mk.EncryptedDataKey()) == 0 {
		err = errors.New("nothing came back")
	}
	return mk, err
}

// contextual are the keys of SOPS that take a context: all but those of age.
type contextual interface {
	EncryptContext(context.Context, []byte) error
	DecryptContext(context.Context) ([]byte, error)
}

// limit is how long a key may take. An age identity may have a passphrase that a
// person has to type.
func (k Keyring) limit(mk keys.MasterKey) time.Duration {
	switch {
	case mk.TypeToIdentifier() == age.KeyTypeIdentifier || mk.TypeToIdentifier() == pgp.KeyTypeIdentifier:
		return time.Hour
	case k.Timeout > 0:
		return k.Timeout
	}
	return DefaultTimeout
}

var errTimeout = errors.New("no answer in time")

// limited waits for f, but no longer than it may take. What overlooks its context
// goes on behind our back until the process ends.
func limited[T any](ctx context.Context, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	type result struct {
		out T
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if recover() != nil {
				r.err = errors.New("its library panicked")
			}
			done <- r
		}()
		r.out, r.err = f(ctx)
	}()
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() != nil {
			r.err = errTimeout
		}
		return r.out, r.err
	case <-ctx.Done():
		var none T
		return none, errTimeout
	}
}

// copyKey copies a key, which holds its sealed data key, so that a rule can serve
// several files.
func copyKey(mk keys.MasterKey) keys.MasterKey {
	switch k := mk.(type) {
	case *age.MasterKey:
		c := *k
		return &c
	case *pgp.MasterKey:
		c := *k
		return &c
	case *kms.MasterKey:
		c := *k
		return &c
	case *gcpkms.MasterKey:
		c := *k
		return &c
	case *azkv.MasterKey:
		c := *k
		return &c
	case *hcvault.MasterKey:
		c := *k
		return &c
	case *hckms.MasterKey:
		c := *k
		return &c
	}
	return mk
}

func copyGroups(groups []sops.KeyGroup) []sops.KeyGroup {
	out := make([]sops.KeyGroup, len(groups))
	for i, g := range groups {
		for _, mk := range g {
			out[i] = append(out[i], copyKey(mk))
		}
	}
	return out
}

// quiet keeps SOPS' libraries from logging: comments in clear, at the least.
var quiet = sync.OnceFunc(func() {
	logging.SetLevel(logrus.PanicLevel)
	for _, l := range logging.Loggers {
		l.SetOutput(io.Discard)
	}
})
