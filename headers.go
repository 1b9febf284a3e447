package coreapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// isTransportHeader: set by the transport from the request itself; a caller's value
// would be ignored, or break the framing.
func isTransportHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection",
		"Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Upgrade",
		"Accept-Encoding": // with a value of the caller's the transport leaves the body compressed
		return true
	}
	return false
}

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

// checkHeader checks a header that a caller sets. Source: RFC 9110, section 5.
func checkHeader(name, value string) error {
	if err := checkHeaderName(name); err != nil {
		return err
	}
	if value == "" {
		return errors.New("the value is empty: leave the header out instead")
	}
	if err := checkHeaderValue(value); err != nil {
		return fmt.Errorf("the value %w", err)
	}
	return nil
}

func checkHeaderName(name string) error {
	if name == "" {
		return errors.New("the header's name is empty: pass one such as \"X-Tenant\"")
	}
	for i := range len(name) {
		if !isTokenByte(name[i]) {
			// Not quoted: the arguments may be swapped, and this the key.
			return errors.New("the header's name is not valid: use letters, digits and hyphens")
		}
	}
	if isTransportHeader(http.CanonicalHeaderKey(name)) {
		return fmt.Errorf("the header %s is set by the transport: leave it out", http.CanonicalHeaderKey(name))
	}
	return nil
}

// checkHeaderValue never quotes the value: it may be a key.
func checkHeaderValue(value string) error {
	if strings.TrimSpace(value) != value {
		return errors.New("begins or ends with white space: trim it (a file's last line break, perhaps)")
	}
	for i := range len(value) {
		if c := value[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return errors.New("holds a control character, which a header cannot carry: remove it")
		}
	}
	return nil
}

// checkSignedValue checks the value of a header that is signed. Servers read the bytes
// of a header in more than one way outside ASCII, and the signature would not verify.
func checkSignedValue(value string) error {
	if value == "" {
		return errors.New("is empty")
	}
	if err := checkHeaderValue(value); err != nil {
		return err
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }) {
		return errors.New("holds a character outside ASCII, which a header carries in no one way: remove it")
	}
	return nil
}

// isTokenByte: RFC 9110, section 5.6.2.
func isTokenByte(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c))
}

// first is http.Header.Get for a name in canonical form, which spares looking
// whether it is.
func first(h http.Header, canonical string) string {
	if values := h[canonical]; len(values) > 0 {
		return values[0]
	}
	return ""
}
