package coreapi_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// signingKey is the fixed test key, which the fake has too.
func signingKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	signer, err := coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))
	require.NoError(t, err)
	return signer.(*rsa.PrivateKey)
}

// signedClient is a Client that signs, over an in-memory transport.
func signedClient(t testing.TB, transport http.RoundTripper, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	c, err := coreapi.New(testBase, coreapi.SignedClientKey(testKey, signingKey(t)), append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	require.NoError(t, err)
	return c
}

// requireSigned fails where a request's signature is not that of its own content.
func requireSigned(t testing.TB, key *rsa.PublicKey, got sent) {
	t.Helper()
	require.Len(t, got.header["X-Signature"], 1)
	raw, err := base64.StdEncoding.DecodeString(got.header.Get("X-Signature"))
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(signedTextOf(got, testBase)))
	require.NoError(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw), signedTextOf(got, testBase))
}

// signedTextOf rebuilds the documented structure of a request as it arrived.
func signedTextOf(got sent, base string) string {
	body := got.body
	if body == "" {
		body = "{}"
	}
	token := ""
	if v := got.header.Get("X-Token"); v != "" {
		token = fmt.Sprintf("%q", "x-token") + ":" + fmt.Sprintf("%q", v) + ","
	}
	return fmt.Sprintf(`{"endpoint":"%s","method":"%s","headers":{"x-client-key":"%s",%s"x-request-id":"%s","x-version":"%s"},"body":%s}`,
		strings.TrimPrefix(got.url, base), got.method, got.header.Get("X-Client-Key"), token, got.header.Get("X-Request-Id"), got.header.Get("X-Version"), body)
}

// vector is a known answer, made by Node and checked by OpenSSL.
type vector struct {
	Name, Endpoint, Method, ClientKey, UserToken, RequestID, Version string
	Body                                                             *string
	SentBody                                                         *string
	SignedText, Signature, SignatureHex, SignatureBase64url          string
}

func (v vector) request(t *testing.T) coreapi.Request {
	t.Helper()
	req := coreapi.Request{Method: v.Method, Path: v.Endpoint}
	if path, query, ok := strings.Cut(v.Endpoint, "?"); ok {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		req.Path, req.Query = path, values
	}
	if v.Body != nil {
		req.Body = json.RawMessage(*v.Body)
	}
	return req
}

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("internal/signature/testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Vectors, 6)
	return file.Vectors
}
