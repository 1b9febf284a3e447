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

	headerContentType     = "Content-Type"
	headerContentEncoding = "Content-Encoding"
)

// headerValue joins the values of a header that was sent more than once, as Node's
// servers do: no credential is made up of two. "": it was not sent.
func headerValue(h http.Header, canonical string) string {
	return strings.Join(h[canonical], ", ")
}

// isASCII says whether a header's value is read in one way by every server.
func isASCII(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// isJSONType takes parameters, such as a charset.
func isJSONType(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}
