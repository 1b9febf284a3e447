package coreapi

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
)

// origin is where a cause comes from, which tells what its text may quote.
type origin uint8

const (
	fromNet     origin = iota // a transport: URLs, and parts of a response
	fromDecoder               // a JSON decoder: parts of a response
	fromCaller                // the caller's own code: URLs
)

// safeCause makes a cause fit to be kept: its text without URLs, which hold
// queries and userinfo, without what is quoted from a response, and without the
// call's secrets; and no claim that the caller's context ended where it did not.
// errors.Is and errors.As still find what it is.
func safeCause(err error, from origin, secrets []string, contextEnded bool) error {
	if own, ok := err.(ownWords); ok {
		return own
	}
	text := mask(withoutURLs(plainText(err, from)), secrets...)
	claimsContext := !contextEnded && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled))
	if text == err.Error() && !claimsContext && !holdsURL(err) {
		return err
	}
	return &opaque{err: err, text: text, denyContext: claimsContext}
}

// ownWords is a refusal in the SDK's own words, with nothing in it to hide. It may
// show a URL as an example.
type ownWords string

func (w ownWords) Error() string { return string(w) }

// opaque shows another text than the error that it stands for, and may deny that
// it is a context's. It has no Unwrap, so that nobody prints the original.
type opaque struct {
	err         error
	text        string
	denyContext bool
}

func (o *opaque) Error() string { return o.text }

// Is asks the error that is stood for.
func (o *opaque) Is(target error) bool {
	if o.denyContext && (target == context.DeadlineExceeded || target == context.Canceled) {
		return false
	}
	return errors.Is(o.err, target)
}

// As asks the error that is stood for, for a type of its own. An interface could
// be met by any error around a secret, so it is met by opaque or not at all.
func (o *opaque) As(target any) bool {
	kind := reflect.TypeOf(target).Elem().Kind()
	if _, ok := target.(**url.Error); ok || kind == reflect.Interface {
		return false
	}
	return errors.As(o.err, target)
}

// Timeout makes opaque a net.Error, as what it stands for may be.
func (o *opaque) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(o.err, &t) && t.Timeout()
}

// Temporary is for net.Error alone.
func (o *opaque) Temporary() bool { return o.Timeout() }

// Format prints Error() under any verb.
func (o *opaque) Format(f fmt.State, verb rune) { formatAs(f, verb, o.text) }

func plainText(err error, from origin) string {
	switch from {
	case fromDecoder:
		return decoderText(err)
	case fromCaller:
		return withoutURLErrors(err)
	}
	return stripQuotes(err).Error()
}

// withoutURLErrors is err's text, where each *url.Error gives way to what it
// wraps.
func withoutURLErrors(err error) string {
	text := err.Error()
	for inner := err; ; {
		var u *url.Error
		if !errors.As(inner, &u) || u.Err == nil {
			return text
		}
		text = strings.ReplaceAll(text, u.Error(), u.Err.Error())
		text = strings.ReplaceAll(text, u.URL, "[url]")
		inner = u.Err
	}
}

// decoderText keeps what encoding/json says of places and kinds. The text of a
// type's own UnmarshalJSON may quote the body, a token in it too, so only its
// type is named.
func decoderText(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		where, _, _ := strings.Cut(kind.Value, " ") // "number 123": without the number
		return "json: " + where + " does not fit the type " + kind.Type.String() + fieldText(kind.Field)
	case errors.As(err, &syntax):
		return err.Error()
	}
	var lacking incompleteError
	if errors.As(err, &lacking) {
		return lacking.Error()
	}
	var corrupt flate.CorruptInputError
	for _, fixed := range []error{errEmptyBody, errNoBody, errDecoderPanicked, gzip.ErrHeader, gzip.ErrChecksum} {
		if errors.Is(err, fixed) {
			return err.Error()
		}
	}
	if errors.As(err, &corrupt) {
		return err.Error()
	}
	return fmt.Sprintf("the body does not decode: %T", err)
}

func fieldText(field string) string {
	if field == "" || pathsHaveKeys() {
		return ""
	}
	return " of the field " + field
}

// pathsHaveKeys is true where encoding/json's paths name a map's keys too, which are the
// response's: under GOEXPERIMENT=jsonv2, and who knows from which version on.
func pathsHaveKeys() bool {
	var kind *json.UnmarshalTypeError
	err := json.Unmarshal([]byte(`{"key":""}`), new(map[string]int))
	return errors.As(err, &kind) && kind.Field != ""
}

// withoutURLs blanks what looks like a URL.
func withoutURLs(text string) string {
	const mark = "://"
	if !strings.Contains(text, mark) {
		return text
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \"\t\r\n", r) })
	for _, word := range words {
		if strings.Contains(word, mark) {
			text = strings.ReplaceAll(text, word, "[url]")
		}
	}
	return text
}

// holdsURL reports whether err's tree has a *url.Error.
func holdsURL(err error) bool {
	var u *url.Error
	return errors.As(err, &u)
}

// stripQuotes returns err, or what is left of it when each URL and each quote
// from a response is taken away with the errors around it, whose text holds it.
func stripQuotes(err error) error {
	if !quotes(err) {
		return err
	}
	if u, ok := err.(*url.Error); ok && u.Err != nil {
		return stripQuotes(u.Err)
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		if inner := wrapper.Unwrap(); inner != nil && quotes(inner) {
			return stripQuotes(inner)
		}
	case interface{ Unwrap() []error }:
		var kept []error
		for _, inner := range wrapper.Unwrap() {
			if inner != nil {
				kept = append(kept, stripQuotes(inner))
			}
		}
		return errors.Join(kept...)
	}
	return errors.New(beforeQuote(err))
}

// quotes reports whether err's tree has an error whose text holds a URL or a
// part of a response.
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

// quotingPrefixes begin those texts of net/http that go on with a quote.
var quotingPrefixes = []string{"net/http: ", "http: ", "http2: ", "malformed ", "bad ", "invalid ", "unsupported ", "unexpected ", "failed to parse "}

func quotesItself(err error) bool {
	switch err.(type) {
	case *url.Error, textproto.ProtocolError, *textproto.Error:
		return true
	}
	text := err.Error()
	if !strings.ContainsRune(text, '"') {
		return false
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if strings.HasPrefix(t.PkgPath(), "net/http") || strings.HasSuffix(t.PkgPath(), "/http2") {
		return true
	}
	if t.PkgPath() != "errors" && t.PkgPath() != "fmt" {
		return false
	}
	for _, prefix := range quotingPrefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
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
	return trimText(text)
}

func trimText(text string) string { return strings.TrimRight(text, " :;=([") }
