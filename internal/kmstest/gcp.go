package kmstest

import (
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
)

// GCP is the REST interface of Google Cloud KMS (SOPS_GCP_KMS_ENDPOINT, with
// SOPS_GCP_KMS_CLIENT_TYPE=rest).
type GCP struct {
	// Token, if set, is the access token that is let in.
	Token string

	base
}

func (g *GCP) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	fail := func(status int, code, text string) {
		reply(w, status, "application/json", map[string]any{"error": map[string]any{"code": status, "message": text, "status": code}})
	}
	name, op, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/v1/"), ":")
	var in struct{ Plaintext, Ciphertext []byte }
	// Anything else may be asked of the metadata server of a machine, which is
	// not there.
	if err := json.NewDecoder(req.Body).Decode(&in); err != nil || !strings.HasPrefix(name, "projects/") || op != Encrypt && op != Decrypt {
		fail(http.StatusNotFound, "NOT_FOUND", "kmstest knows encrypt and decrypt")
		return
	}
	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	g.answer(w, req, Request{Op: op, Key: name, Credential: token, Plaintext: in.Plaintext}, in.Ciphertext, dialect{
		credential: g.Token,
		denied: func() {
			fail(http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
		},
		refuse: func(status int, text string) {
			fail(status, map[int]string{400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 503: "UNAVAILABLE"}[status], text)
		},
		result: func(out []byte) {
			if op == Encrypt {
				reply(w, http.StatusOK, "application/json", map[string]any{
					"name": name + "/cryptoKeyVersions/1", "ciphertext": out, "ciphertextCrc32c": checksum(out),
					"verifiedPlaintextCrc32c": false, "protectionLevel": "SOFTWARE",
				})
				return
			}
			reply(w, http.StatusOK, "application/json", map[string]any{"plaintext": out, "plaintextCrc32c": checksum(out), "usedPrimary": true})
		},
	})
}

// checksum is a CRC32C as protobuf puts an int64 into JSON.
func checksum(b []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))), 10)
}
