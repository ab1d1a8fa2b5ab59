package secret_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

// both are the recipients of a cloud key, and an age key beside it.
func both(k cloudKey, age string) secret.Recipients {
	r := k.in
	r.Age = []string{age}
	return r
}

// dataKey is what a fake was given to seal since it was last asked.
func dataKey(t *testing.T, k cloudKey) []byte {
	t.Helper()
	requests := k.fake.Requests()
	if i := slices.IndexFunc(requests, func(r kmstest.Request) bool { return r.Op == kmstest.Encrypt }); i >= 0 {
		return requests[i].Plaintext
	}
	t.Fatalf("no data key was sealed by %s", k.recipient)
	return nil
}

func TestNothingIsSealedAnewWhileNothingChanges(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		rule := ruleOf(t, k.in)
		s, _ := sealCloud(t, plainSecret(), rule, nil, secret.Options{})
		asked(k)
		again, change := sealCloud(t, plainSecret(), rule, s, secret.Options{})
		if got := asked(k); again != nil || !change.None() || got != "decrypt" {
			t.Errorf("got a file %v, changes %+v and requests %q, want none, none and decrypt", again != nil, change, got)
		}
		// The data key is there already: who changes a value needs no right to seal.
		changed, change := sealCloud(t, plainSecret("smtp-password", "p4ssword"), rule, s, secret.Options{})
		if got := asked(k); got != "decrypt" || !slices.Equal(change.Added, []string{"smtp-password"}) || change.Rotated != "" {
			t.Errorf("a new value: got changes %+v and requests %q, want one key added and decrypt", change, got)
		}
		if s.Tokens()["license-key"] != changed.Tokens()["license-key"] {
			t.Error("a value that stays has another ciphertext")
		}
	})
}

func TestOnlyTheNewRecipientIsSealedFor(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		age, useAge := newAge(t)
		t.Run("age beside the cloud key", func(t *testing.T) {
			s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
			asked(k)
			more, change := sealCloud(t, plainSecret(), ruleOf(t, both(k, age)), s, secret.Options{})
			if got := asked(k); got != "decrypt" || change.Rotated != "" || len(change.In) != 1 || change.In[0].ID != age {
				t.Errorf("got requests %q and changes %+v, want decrypt and %s let in", got, change, age)
			}
			if s.Tokens()["license-key"] != more.Tokens()["license-key"] {
				t.Error("a value that stays has another ciphertext")
			}
			opens(t, more, "license-key", canaryValue)
			useAge(t)
			asked(k)
			opens(t, more, "license-key", canaryValue)
			if got := asked(k); got != "" {
				t.Errorf("age asked for %q", got)
			}
		})
		t.Run("the cloud key beside age", func(t *testing.T) {
			useAge(t)
			s, _ := sealCloud(t, plainSecret(), ruleOf(t, secret.Recipients{Age: []string{age}}), nil, secret.Options{})
			more, change := sealCloud(t, plainSecret(), ruleOf(t, both(k, age)), s, secret.Options{})
			if got := asked(k); got != "encrypt" || change.Rotated != "" || !slices.Equal(change.In, []secret.Recipient{k.recipient}) {
				t.Errorf("got requests %q and changes %+v, want encrypt and %s let in", got, change, k.recipient)
			}
			unset(t, "SOPS_AGE_KEY")
			opens(t, more, "license-key", canaryValue)
		})
	})
}

func TestWhoIsTakenOutCannotOpenWhatIsSealedLater(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		age, useAge := newAge(t)
		s, _ := sealCloud(t, plainSecret(), ruleOf(t, both(k, age)), nil, secret.Options{})
		before := dataKey(t, k)
		t.Run("age", func(t *testing.T) {
			left, change := sealCloud(t, plainSecret(), ruleOf(t, k.in), s, secret.Options{})
			if after := dataKey(t, k); bytes.Equal(before, after) || change.Rotated == "" {
				t.Errorf("rotated for %q, and the data key is another: %v", change.Rotated, !bytes.Equal(before, after))
			}
			opens(t, left, "license-key", canaryValue)
			useAge(t)
			k.fake.Break(kmstest.Fault{Status: 403, Text: "not you"})
			defer k.fake.Break(kmstest.Fault{})
			var noKey *secret.NoKeyError
			if _, err := (secret.Keyring{}).Open(t.Context(), left); !errors.As(err, &noKey) {
				t.Errorf("got error %v, want one that there is no key", err)
			}
		})
		t.Run("the cloud key", func(t *testing.T) {
			useAge(t)
			asked(k)
			left, change := sealCloud(t, plainSecret(), ruleOf(t, secret.Recipients{Age: []string{age}}), s, secret.Options{})
			if got := asked(k); got != "" || change.Rotated == "" || !slices.Equal(change.Out, []secret.Recipient{k.recipient}) {
				t.Errorf("got requests %q and changes %+v, want none and %s taken out", got, change, k.recipient)
			}
			if s.Tokens()["license-key"] == left.Tokens()["license-key"] {
				t.Error("the value has the ciphertext that it had")
			}
			opens(t, left, "license-key", canaryValue)
		})
	})
}

func TestRotationSealsANewDataKey(t *testing.T) {
	eachCloud(t, func(t *testing.T, _ *clouds, k cloudKey, _ string) {
		s, _ := sealCloud(t, plainSecret(), ruleOf(t, k.in), nil, secret.Options{})
		before := dataKey(t, k)
		rotated, change := sealCloud(t, plainSecret(), s.Own(), s, secret.Options{Rotate: true})
		if bytes.Equal(before, dataKey(t, k)) || change.Rotated == "" || s.Tokens()["license-key"] == rotated.Tokens()["license-key"] {
			t.Errorf("got the same data key or ciphertext, or no rotation: %+v", change)
		}
		opens(t, rotated, "license-key", canaryValue)
	})
}
