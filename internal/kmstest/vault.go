package kmstest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// Vault is the transit engine of HashiCorp Vault and OpenBao, mounted anywhere.
type Vault struct {
	// Token, if set, is the token that is let in.
	Token string

	base
}

// vaultPrefix is what a ciphertext of the first version of a key begins with.
const vaultPrefix = "vault:v1:"

func (v *Vault) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	refuse := func(status int, text string) {
		reply(w, status, "application/json", map[string]any{"errors": []string{text}})
	}
	path := strings.Split(strings.TrimPrefix(req.URL.Path, "/v1/"), "/")
	var in struct {
		Plaintext  []byte
		Ciphertext string
	}
	n := len(path)
	write := req.Method == http.MethodPut || req.Method == http.MethodPost
	if err := json.NewDecoder(req.Body).Decode(&in); err != nil || !write || n < 3 || path[n-2] != Encrypt && path[n-2] != Decrypt {
		refuse(http.StatusNotFound, "no handler for route")
		return
	}
	op, key := path[n-2], strings.Join(path[:n-2], "/")+"/keys/"+path[n-1]
	ciphertext, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, vaultPrefix))
	if err != nil {
		refuse(http.StatusBadRequest, "invalid ciphertext: could not decode base64")
		return
	}
	v.answer(w, req, Request{Op: op, Key: key, Credential: req.Header.Get("X-Vault-Token"), Plaintext: in.Plaintext}, ciphertext, dialect{
		credential: v.Token,
		denied: func() {
			refuse(http.StatusForbidden, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
		},
		refuse: refuse,
		result: func(out []byte) {
			data := map[string]string{"plaintext": base64.StdEncoding.EncodeToString(out)}
			if op == Encrypt {
				data = map[string]string{"ciphertext": vaultPrefix + base64.StdEncoding.EncodeToString(out)}
			}
			reply(w, http.StatusOK, "application/json", map[string]any{"data": data})
		},
	})
}
