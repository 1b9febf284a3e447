package coreapitest

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/signature"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// testKey is every Server's private key. It is parsed once, when the first Server is
// made.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	der, err := base64.StdEncoding.DecodeString(testkey.PKCS8Base64)
	if err != nil {
		panic("coreapitest: the test key is no base64: " + err.Error())
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		panic("coreapitest: the test key does not parse: " + err.Error())
	}
	return key.(*rsa.PrivateKey)
})

// checkSignature verifies the signature over the request as it arrived. A server may
// rebuild the text from the body's bytes, or from the body parsed and written again, so
// both have to verify. A body that is no JSON is taken as it came; it is refused later.
func (f *fake) checkSignature(r *http.Request, in body) *problem {
	header := headerValue(r.Header, headerSignature)
	switch {
	case header == "" && f.options.unsigned:
		return nil
	case header == "":
		return refused(http.StatusUnauthorized, noSignature)
	}
	options, signed := f.options.signature, f.signedInput(r, in)
	if options.Verify(f.options.verifier, options.AppendText(nil, signed), header) != nil {
		return refused(http.StatusUnauthorized, f.diagnose(signed, header))
	}
	form, err := options.Form().Rewrite(signed.Body)
	switch {
	case signed.Body == nil || err != nil || !utf8.Valid(signed.Body):
		return nil
	case form.Lossy != nil:
		return refused(http.StatusUnauthorized, lossyBody)
	case !bytes.Equal(form.Text, signed.Body): // and then its signature is another one
		return refused(http.StatusUnauthorized, rewrittenBody(options.Style, options.SortKeys))
	}
	return nil
}

// signedInput is what the signature is to be over.
func (f *fake) signedInput(r *http.Request, in body) signature.Input {
	base, endpoint, ok := splitBasePath(requestURI(r), f.options.basePath)
	if !ok {
		base, endpoint = "", requestURI(r)
	}
	signed := signature.Input{
		BasePath:  base,
		Endpoint:  endpoint,
		Method:    r.Method,
		ClientKey: headerValue(r.Header, f.options.keyHeader),
		UserToken: headerValue(r.Header, headerToken),
		RequestID: headerValue(r.Header, headerRequestID),
		Version:   headerValue(r.Header, headerVersion),
	}
	if len(in.data) > 0 {
		signed.Body = in.data
	}
	return signed
}

// requestURI is path and query as on the request line. The line may hold a whole URL,
// and a request in memory has none.
func requestURI(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// diagnose says what a signature that does not verify was made with. It names variants,
// and never a value.
func (f *fake) diagnose(signed signature.Input, header string) text {
	if d := f.options.signature.Explain(f.options.verifier, signed, header); d.Finding == signature.OtherVariant {
		return otherSignature(d.Parts)
	}
	return unknownSignature
}
