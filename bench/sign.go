package bench

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// privateKey is that of all who sign.
func privateKey() *rsa.PrivateKey {
	return must(coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))).(*rsa.PrivateKey)
}

// signedText is what is signed, in the reference's order. None of these requests has a
// user's token.
type signedText struct {
	Endpoint string          `json:"endpoint"`
	Method   string          `json:"method"`
	Headers  signedHeaders   `json:"headers"`
	Body     json.RawMessage `json:"body"`
}

type signedHeaders struct {
	ClientKey string `json:"x-client-key"`
	RequestID string `json:"x-request-id"`
	Version   string `json:"x-version"`
}

// signer signs by hand. nil: requests are not signed.
type signer struct {
	key      *rsa.PrivateKey
	basePath string // of the base URL: it is not signed
}

func newSigner(base string) *signer {
	return &signer{privateKey(), must(url.Parse(base)).Path}
}

// sign signs a request that has all its other headers, as the reference documents it.
// json.Marshal's escapes would be wrong where a text has a <, > or &; no text here has.
func (s *signer) sign(req *http.Request, body []byte) error {
	if s == nil {
		return nil
	}
	if body == nil {
		body = []byte("{}")
	}
	text, err := json.Marshal(signedText{
		Endpoint: strings.TrimPrefix(req.URL.RequestURI(), s.basePath),
		Method:   req.Method,
		Headers:  signedHeaders{clientKey, req.Header.Get("X-Request-Id"), version},
		Body:     body,
	})
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		return err
	}
	req.Header.Set("X-Signature", base64.StdEncoding.EncodeToString(signature))
	return nil
}
