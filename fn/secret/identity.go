package secret

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"filippo.io/age"
)

// NewIdentity makes an age identity, post-quantum if pq is set, and returns it as
// age-keygen writes it, and its recipient.
func NewIdentity(pq bool, now time.Time) (file []byte, recipient string, err error) {
	var key string
	if pq {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, "", err
		}
		key, recipient = id.String(), id.Recipient().String()
	} else {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, "", err
		}
		key, recipient = id.String(), id.Recipient().String()
	}
	return fmt.Appendf(nil, "# created: %s\n# public key: %s\n%s\n", now.Format(time.RFC3339), recipient, key), recipient, nil
}

// RecipientsOf are the public keys of the identities in a file.
func RecipientsOf(file []byte) ([]string, error) {
	if len(bytes.TrimSpace(file)) == 0 {
		return nil, nil
	}
	ids, err := age.ParseIdentities(bytes.NewReader(file))
	if err != nil {
		return nil, errors.New("holds something that is no age identity")
	}
	var all []string
	for _, id := range ids {
		switch id := id.(type) {
		case *age.X25519Identity:
			all = append(all, id.Recipient().String())
		case *age.HybridIdentity:
			all = append(all, id.Recipient().String())
		}
	}
	return all, nil
}
