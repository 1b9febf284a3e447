package coreapi

import (
	"fmt"
	"net/http"
)

// The headers that the reference documents, in canonical form.
const (
	headerClientKey = "X-Client-Key"
	headerVersion   = "X-Version"
	headerRequestID = "X-Request-Id"
	headerSignature = "X-Signature"
	headerToken     = "X-Token"
	headerLanguage  = "X-Language"
)

// documentedHeaders says how a caller sets each of them.
var documentedHeaders = [...]struct{ name, instead string }{
	{headerClientKey, "it carries the client key: give the key to New's Authenticator"},
	{headerVersion, "it carries the API's version: set Profile.Version"},
	{headerRequestID, "it carries the request id, which is each attempt's own: use WithRequestID on the call"},
	{headerSignature, "it carries the signature: use SignedClientKey"},
	{headerToken, "it carries the user's token: use WithUserToken on the call"},
	{headerLanguage, "it carries the language: use WithLanguage"},
}

// checkNotDocumented refuses a header that has a way of its own to be set.
func checkNotDocumented(name string) error {
	canonical := http.CanonicalHeaderKey(name)
	for _, h := range documentedHeaders {
		if h.name == canonical {
			return fmt.Errorf("the header %s is the SDK's: %s", canonical, h.instead)
		}
	}
	return nil
}
