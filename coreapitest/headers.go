package coreapitest

import (
	"net/http"
	"strings"
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

// headerValue joins the values of a header that was sent more than once, as Node's
// servers do: no credential is made up of two. "": it was not sent.
func headerValue(h http.Header, canonical string) string {
	return strings.Join(h[canonical], ", ")
}
