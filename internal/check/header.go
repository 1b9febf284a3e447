// Package check says whether what a caller gave can be sent: headers, methods, paths,
// queries and base URLs. Its errors say what to pass instead, and never quote a value that
// may be a secret.
package check

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/fypass/coreapi-go/internal/redact"
)

const errMarker redact.Text = `holds "` + redact.Marker + `", as a Secret prints: pass the Secret itself, or string(secret)`

// NotPrinted refuses a value that is what a secret prints as: a session that was stored as
// JSON and read back, for example. The error begins with a verb.
func NotPrinted(value string) error {
	if strings.Contains(value, redact.Marker) {
		return errMarker
	}
	return nil
}

// Header checks a header that a caller sets. Source: RFC 9110, section 5.
func Header(name, value string) error {
	if err := HeaderName(name); err != nil {
		return err
	}
	if value == "" {
		return errors.New("the value is empty: leave the header out instead")
	}
	if err := HeaderValue(value); err != nil {
		return fmt.Errorf("the value %w", err)
	}
	return nil
}

// HeaderName refuses what is no header's name, and the headers that the transport sets.
func HeaderName(name string) error {
	if name == "" {
		return errors.New("the header's name is empty: pass one such as \"X-Tenant\"")
	}
	if !Token(name) {
		// Not quoted: name and value may be swapped, and this the key.
		return errors.New("the header's name is not valid: use letters, digits and hyphens")
	}
	if canonical := http.CanonicalHeaderKey(name); isTransportHeader(canonical) {
		return fmt.Errorf("the header %s is set by the transport: leave it out", canonical)
	}
	return nil
}

// isTransportHeader is true for what the transport sets from the request itself. A
// caller's value would be ignored, or break the framing.
func isTransportHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection",
		"Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Upgrade",
		"Accept-Encoding": // with a caller's value the transport leaves the body compressed
		return true
	}
	return false
}

// HeaderValue refuses what a header cannot carry as it is. The error begins with a verb.
func HeaderValue(value string) error {
	if err := NotPrinted(value); err != nil {
		return err
	}
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

// ASCIIValue checks the value of a header that is signed. Servers read the bytes of a
// header in more than one way outside ASCII, and the signature would not verify. The error
// begins with a verb.
func ASCIIValue(value string) error {
	if value == "" {
		return errors.New("is empty")
	}
	if err := HeaderValue(value); err != nil {
		return err
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }) {
		return errors.New("holds a character outside ASCII, which a header carries in no one way: remove it")
	}
	return nil
}

// Token reports whether s is a token, as names of headers and methods are. Source: RFC
// 9110, section 5.6.2.
func Token(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) < 0
}
