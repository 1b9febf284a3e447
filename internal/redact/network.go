package redact

import (
	"errors"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
)

// urlMarker stands where a URL was.
const urlMarker = "[url]"

// withoutURLErrors is err's text, where each *url.Error gives way to what it wraps.
func withoutURLErrors(err error) string {
	text := err.Error()
	for inner := err; ; {
		u, ok := errors.AsType[*url.Error](inner)
		if !ok || u.Err == nil {
			return text
		}
		text = strings.ReplaceAll(text, u.Error(), u.Err.Error())
		if u.URL != "" {
			text = strings.ReplaceAll(text, u.URL, urlMarker)
		}
		inner = u.Err
	}
}

// withoutURLs blanks each word that looks like a URL. Quotes end a word, too.
func withoutURLs(text string) string {
	const scheme = "://"
	if !strings.Contains(text, scheme) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		end := strings.IndexAny(text, " \"\t\r\n")
		if end < 0 {
			end = len(text)
		}
		if word := text[:end]; strings.Contains(word, scheme) {
			b.WriteString(urlMarker)
		} else {
			b.WriteString(word)
		}
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// holdsURL reports whether err's tree has a *url.Error.
func holdsURL(err error) bool {
	_, ok := errors.AsType[*url.Error](err)
	return ok
}

// withoutQuotes returns err, or what is left of it when each URL and each quote from a
// response is taken away, together with the errors around it, whose text holds it too.
func withoutQuotes(err error) error {
	if !quotes(err) {
		return err
	}
	if u, ok := err.(*url.Error); ok && u.Err != nil {
		return withoutQuotes(u.Err)
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		if inner := wrapper.Unwrap(); inner != nil && quotes(inner) {
			return withoutQuotes(inner)
		}
	case interface{ Unwrap() []error }:
		var kept []error
		for _, inner := range wrapper.Unwrap() {
			if inner != nil {
				kept = append(kept, withoutQuotes(inner))
			}
		}
		if len(kept) > 0 {
			return errors.Join(kept...)
		}
	}
	return errors.New(beforeQuote(err))
}

// quotes reports whether err's tree has an error whose text holds a URL or a part of a
// response.
func quotes(err error) bool {
	if quotesItself(err) {
		return true
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		inner := wrapper.Unwrap()
		return inner != nil && quotes(inner)
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			if inner != nil && quotes(inner) {
				return true
			}
		}
	}
	return false
}

// quotingPrefixes begin the texts of net/http that go on with a quote.
var quotingPrefixes = []string{"net/http: ", "http: ", "http2: ", "malformed ", "bad ", "invalid ", "unsupported ", "unexpected ", "failed to parse "}

// quotesItself goes by the error's type where net/http has one, and by its text where it
// has none.
func quotesItself(err error) bool {
	switch err.(type) {
	case *url.Error, textproto.ProtocolError, *textproto.Error:
		return true
	}
	text := err.Error()
	if !strings.Contains(text, `"`) {
		return false
	}
	switch origin := packageOf(err); {
	case strings.HasPrefix(origin, "net/http"), strings.HasSuffix(origin, "/http2"):
		return true
	case origin != "errors" && origin != "fmt":
		return false
	}
	for _, prefix := range quotingPrefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// packageOf is the path of the package that declares err's type.
func packageOf(err error) string {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// beforeQuote is the part of a text that is net/http's own.
func beforeQuote(err error) string {
	switch err.(type) {
	case textproto.ProtocolError, *textproto.Error:
		return "malformed HTTP response header"
	case *url.Error:
		return "the request failed"
	}
	text, _, _ := strings.Cut(err.Error(), `"`)
	return strings.TrimRight(text, " :;=([")
}
