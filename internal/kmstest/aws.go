package kmstest

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
)

// AWS is AWS KMS (AWS_ENDPOINT_URL_KMS), and of STS what it takes to use a key by
// a role (AWS_ENDPOINT_URL_STS). It does not verify signatures.
type AWS struct {
	// AccessKey, if set, is whose requests are let in, and those of a role.
	AccessKey string

	base
}

// RoleAccessKey and RoleToken are the credentials of who has taken on a role.
const (
	RoleAccessKey = "ASIAKMSTESTROLE00000"
	RoleToken     = "kmstest-role-session-token"
)

// signer is the access key in the header of Signature Version 4.
var signer = regexp.MustCompile(`Credential=([^/]+)/`)

func (a *AWS) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	var r Request
	if m := signer.FindStringSubmatch(req.Header.Get("Authorization")); m != nil {
		r.Credential = m[1]
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") == "AssumeRole" {
		r.Op, r.Key = Assume, form.Get("RoleArn")
		a.sts(w, req, r)
		return
	}
	fail := func(status int, code, text string) {
		w.Header().Set("X-Amzn-Errortype", code)
		reply(w, status, "application/x-amz-json-1.1", map[string]any{"__type": code, "message": text})
	}
	op, known := map[string]string{"TrentService.Encrypt": Encrypt, "TrentService.Decrypt": Decrypt}[req.Header.Get("X-Amz-Target")]
	var in struct {
		KeyID             string `json:"KeyId"`
		Plaintext         []byte
		CiphertextBlob    []byte
		EncryptionContext map[string]string
	}
	if err := json.Unmarshal(body, &in); err != nil || !known {
		fail(http.StatusBadRequest, "UnknownOperationException", "kmstest knows Encrypt and Decrypt")
		return
	}
	r.Op, r.Key, r.Plaintext, r.Context = op, in.KeyID, in.Plaintext, in.EncryptionContext
	d := dialect{
		denied: func() {
			fail(http.StatusBadRequest, "UnrecognizedClientException", "The security token included in the request is invalid.")
		},
		refuse: func(status int, text string) {
			code := "AccessDeniedException"
			if status >= http.StatusInternalServerError {
				code = "KMSInternalException"
			}
			fail(status, code, text)
		},
		result: func(out []byte) {
			field := map[string]string{Encrypt: "CiphertextBlob", Decrypt: "Plaintext"}[r.Op]
			reply(w, http.StatusOK, "application/x-amz-json-1.1", map[string]any{"KeyId": r.Key, field: out, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
		},
	}
	if r.Credential != RoleAccessKey || req.Header.Get("X-Amz-Security-Token") != RoleToken {
		d.credential = a.AccessKey
	}
	a.answer(w, req, r, in.CiphertextBlob, d)
}

// sts gives who may have it the credentials of a role.
func (a *AWS) sts(w http.ResponseWriter, req *http.Request, r Request) {
	refuse := func(status int, text string) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>%s</Message></Error></ErrorResponse>`, html.EscapeString(text))
	}
	a.answer(w, req, r, nil, dialect{
		credential: a.AccessKey,
		denied:     func() { refuse(http.StatusForbidden, "The security token included in the request is invalid") },
		refuse:     refuse,
		result: func([]byte) {
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
				`<SessionToken>%s</SessionToken><Expiration>2038-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
				RoleAccessKey, RoleToken)
		},
	})
}
