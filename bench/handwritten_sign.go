package bench

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// newHandwrittenSigned signs, too, as the reference documents it.
func newHandwrittenSigned(base string, rt http.RoundTripper) client {
	h := newHandwritten(base, rt).(*handwritten)
	h.signer = must(coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))).(*rsa.PrivateKey)
	return h
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

// sign signs a request that has all its other headers. json.Marshal's escapes would be
// wrong where a text has a <, > or &; no text here has.
func (h *handwritten) sign(req *http.Request, body []byte) error {
	if h.signer == nil {
		return nil
	}
	if body == nil {
		body = []byte("{}")
	}
	text, err := json.Marshal(signedText{
		Endpoint: req.URL.RequestURI(),
		Method:   req.Method,
		Headers:  signedHeaders{h.key, req.Header.Get("X-Request-Id"), version},
		Body:     body,
	})
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(nil, h.signer, crypto.SHA256, digest[:])
	if err != nil {
		return err
	}
	req.Header.Set("X-Signature", base64.StdEncoding.EncodeToString(signature))
	return nil
}
