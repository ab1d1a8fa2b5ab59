package secret

import (
	"encoding/base64"
	"regexp"
)

// token is a value that SOPS has encrypted (sops v3, aes/cipher.go). SOPS' own
// expression is open at the end and takes any text for data, IV and tag.
var token = regexp.MustCompile(`^ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]{43}=),tag:([A-Za-z0-9+/]{22}==),type:([a-z]+)\]$`)

// tokenSize returns the length in bytes of what a token stands for, which SOPS
// does not hide. It is of no token of text that SOPS would make if ok is false:
// other types are turned into something else when they are opened, and one of
// them makes SOPS panic.
func tokenSize(s string) (size int, ok bool) {
	m := token.FindStringSubmatch(s)
	if m == nil || m[4] != "str" {
		return 0, false
	}
	for _, part := range m[2:4] {
		if _, err := base64.StdEncoding.Strict().DecodeString(part); err != nil {
			return 0, false
		}
	}
	data, err := base64.StdEncoding.Strict().DecodeString(m[1])
	return len(data), err == nil
}

// looksSealed reports whether a text is or was meant to be a token.
var looksSealed = regexp.MustCompile(`^\s*ENC\[`)
