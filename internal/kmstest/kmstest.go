// Package kmstest answers in the place of the key services that SOPS can use:
// AWS KMS, Google Cloud KMS and the transit engine of HashiCorp Vault. Each fake
// is an http.Handler, to be served by httptest; its zero value has every key that
// it is asked for and lets everybody in. It can be told to fail, as real services
// do and worse.
//
// Keys are made from their names, so that one fake opens what another has sealed.
package kmstest

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// The operations of a [Request].
const (
	Encrypt = "encrypt"
	Decrypt = "decrypt"
	Assume  = "assume" // take on a role: AWS only
)

// A Request is what a fake was asked.
type Request struct {
	Op, Key string
	// Credential is the access key or token that came with it.
	Credential string
	// Plaintext is what was to be sealed.
	Plaintext []byte
	// Context is the encryption context of AWS.
	Context map[string]string
}

// A Fault is what a fake does in place of its work.
type Fault struct {
	// Status refuses, with an error of the service that says Text.
	Status int
	Text   string
	// Echo refuses too, and says all that the request held, in clear: servers,
	// and what stands before them, have done it.
	Echo bool
	// Body is answered as it stands, with status 200.
	Body string
	// Plaintext is answered to who wants something opened.
	Plaintext []byte
	// Hang answers nothing until the client gives up.
	Hang bool
}

// base is what the fakes have in common.
type base struct {
	mu       sync.Mutex
	requests []Request
	fault    Fault
}

// Break makes the fake fail from now on; the zero Fault repairs it.
func (b *base) Break(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = f
}

// Requests returns what the fake was asked since the last call.
func (b *base) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := b.requests
	b.requests = nil
	return seen
}

// dialect is how a service answers.
type dialect struct {
	// credential is who is let in; empty is everybody.
	credential string
	denied     func()
	refuse     func(status int, text string)
	result     func(out []byte)
}

// answer keeps a request and does what it asks for, unless the fake is broken.
func (b *base) answer(w http.ResponseWriter, req *http.Request, r Request, ciphertext []byte, d dialect) {
	b.mu.Lock()
	b.requests = append(b.requests, r)
	f := b.fault
	b.mu.Unlock()
	switch {
	case f.Hang:
		<-req.Context().Done()
	case f.Echo:
		std, url := base64.StdEncoding.EncodeToString(r.Plaintext), base64.URLEncoding.EncodeToString(r.Plaintext)
		d.refuse(cmp.Or(f.Status, http.StatusBadRequest), fmt.Sprintf("%s (%s) sent %s, %s, %x, %X", f.Text, r.Credential, std, url, r.Plaintext, r.Plaintext))
	case f.Status != 0:
		d.refuse(f.Status, f.Text)
	case f.Body != "":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, f.Body)
	case d.credential != "" && r.Credential != d.credential:
		d.denied()
	case r.Op == Encrypt:
		d.result(seal(r))
	case r.Op == Decrypt && f.Plaintext != nil:
		d.result(f.Plaintext)
	case r.Op == Decrypt:
		out, err := open(r, ciphertext)
		if err != nil {
			d.refuse(http.StatusBadRequest, "the ciphertext was not sealed with this key and context")
			return
		}
		d.result(out)
	default:
		d.result(nil)
	}
}

func reply(w http.ResponseWriter, status int, contentType string, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // who has gone away has no use for it
}

// seal and open use a key made from its name, and bind what they seal to the
// encryption context, of which fmt prints the entries in order.
func seal(r Request) []byte {
	return aead(r.Key).Seal(nil, nil, r.Plaintext, fmt.Append(nil, r.Context))
}

func open(r Request, ciphertext []byte) ([]byte, error) {
	return aead(r.Key).Open(nil, nil, ciphertext, fmt.Append(nil, r.Context))
}

func aead(name string) cipher.AEAD {
	key := sha256.Sum256([]byte("kmstest " + name))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // of the size of the key, which is right
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // of the block, which is one of AES
	}
	return gcm
}
