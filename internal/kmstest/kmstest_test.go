package kmstest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

// ask sends a request, with a header that is none of JSON's, and returns the
// answer.
func ask(t *testing.T, url, header, value, body string, wantStatus int) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(header, value)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != wantStatus {
		t.Errorf("%s: got status %d, want %d: %s", url, resp.StatusCode, wantStatus, data)
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatalf("%s: %v: %s", url, err, data)
	}
	return answer
}

func TestAWSBindsTheContext(t *testing.T) {
	srv := httptest.NewServer(&kmstest.AWS{})
	defer srv.Close()
	const target = "X-Amz-Target"
	sealed := ask(t, srv.URL, target, "TrentService.Encrypt", `{"KeyId": "k", "Plaintext": "aGVsbG8=", "EncryptionContext": {"a": "1", "b": "2"}}`, 200)
	blob := `"CiphertextBlob": "` + sealed["CiphertextBlob"].(string) + `"`
	opened := ask(t, srv.URL, target, "TrentService.Decrypt", `{"KeyId": "k", "EncryptionContext": {"b": "2", "a": "1"}, `+blob+`}`, 200)
	if opened["Plaintext"] != "aGVsbG8=" {
		t.Errorf("got %v, want what was sealed", opened)
	}
	ask(t, srv.URL, target, "TrentService.Decrypt", `{"KeyId": "k", "EncryptionContext": {"a": "1"}, `+blob+`}`, 400)
	ask(t, srv.URL, target, "TrentService.Decrypt", `{"KeyId": "other", "EncryptionContext": {"a": "1", "b": "2"}, `+blob+`}`, 400)
	ask(t, srv.URL, target, "TrentService.ListKeys", `{}`, 400)
}

func TestGCPSendsChecksums(t *testing.T) {
	fake := &kmstest.GCP{Token: "t"}
	srv := httptest.NewServer(fake)
	defer srv.Close()
	url := srv.URL + "/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k"
	sum := func(text any) string {
		b, err := base64.StdEncoding.DecodeString(text.(string))
		if err != nil {
			t.Fatal(err)
		}
		return strconv.Itoa(int(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))))
	}
	sealed := ask(t, url+":encrypt", "Authorization", "Bearer t", `{"plaintext": "aGVsbG8="}`, 200)
	if sealed["ciphertextCrc32c"] != sum(sealed["ciphertext"]) {
		t.Errorf("got the checksum %v", sealed["ciphertextCrc32c"])
	}
	opened := ask(t, url+":decrypt", "Authorization", "Bearer t", `{"ciphertext": "`+sealed["ciphertext"].(string)+`"}`, 200)
	if opened["plaintext"] != "aGVsbG8=" || opened["plaintextCrc32c"] != sum("aGVsbG8=") {
		t.Errorf("got %v, want what was sealed and its checksum", opened)
	}
	ask(t, url+":encrypt", "Authorization", "Bearer other", `{"plaintext": "aGVsbG8="}`, 401)
	ask(t, srv.URL+"/computeMetadata/v1/instance/service-accounts/default/token", "Metadata-Flavor", "Google", "", 404)
	if got := len(fake.Requests()); got != 3 {
		t.Errorf("saw %d requests, want 3", got)
	}
}

func TestVaultChecksTheToken(t *testing.T) {
	srv := httptest.NewServer(&kmstest.Vault{Token: "t"})
	defer srv.Close()
	url := srv.URL + "/v1/some/where/"
	sealed := ask(t, url+"encrypt/k", "X-Vault-Token", "t", `{"plaintext": "aGVsbG8="}`, 200)["data"].(map[string]any)
	if !strings.HasPrefix(sealed["ciphertext"].(string), "vault:v1:") {
		t.Errorf("got %v, want vault:v1:…", sealed)
	}
	body := `{"ciphertext": "` + sealed["ciphertext"].(string) + `"}`
	if opened := ask(t, url+"decrypt/k", "X-Vault-Token", "t", body, 200)["data"].(map[string]any); opened["plaintext"] != "aGVsbG8=" {
		t.Errorf("got %v, want what was sealed", opened)
	}
	ask(t, url+"decrypt/k", "X-Vault-Token", "other", body, 403)
	ask(t, url+"decrypt/other", "X-Vault-Token", "t", body, 400)
}

func TestFaults(t *testing.T) {
	fake := &kmstest.Vault{}
	srv := httptest.NewServer(fake)
	defer srv.Close()
	encrypt, decrypt := srv.URL+"/v1/transit/encrypt/k", srv.URL+"/v1/transit/decrypt/k"
	fake.Break(kmstest.Fault{Status: 503, Text: "sealed"})
	if got := ask(t, encrypt, "X-Vault-Token", "t", `{}`, 503)["errors"].([]any); got[0] != "sealed" {
		t.Errorf("got %v, want sealed", got)
	}
	fake.Break(kmstest.Fault{Echo: true})
	got := ask(t, encrypt, "X-Vault-Token", "canary", `{"plaintext": "aGVsbG8="}`, 400)["errors"].([]any)[0].(string)
	for _, want := range []string{"canary", "aGVsbG8=", "68656c6c6f"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want it to hold %s", got, want)
		}
	}
	fake.Break(kmstest.Fault{Plaintext: []byte("other")})
	if got := ask(t, decrypt, "X-Vault-Token", "t", `{"ciphertext": "vault:v1:AAAA"}`, 200)["data"].(map[string]any); got["plaintext"] != "b3RoZXI=" {
		t.Errorf("got %v, want other", got)
	}
	fake.Break(kmstest.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, encrypt, strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want no answer", err)
	}
	fake.Break(kmstest.Fault{})
	ask(t, encrypt, "X-Vault-Token", "t", `{}`, 200)
}
