package redact

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Origin is where a cause comes from, which tells what its text may quote.
type Origin uint8

// The origins.
const (
	FromNetwork Origin = iota // a transport: URLs, and parts of a response
	FromDecoder               // a decoder of bodies: parts of a response
	FromCaller                // the caller's own code: URLs
)

// Text is an error in the SDK's own words. Nothing is taken off it but secrets, so it may
// show a URL as an example, and names of a response's members. From a decoder it is found
// inside other errors too, and the words of a fmt.Errorf around it are kept with it.
type Text string

// Error returns the words.
func (t Text) Error() string { return string(t) }

// Cause makes an error fit to be kept as the cause of another: its text has no URL, since
// that holds a query and user info, nothing that is quoted from a response, and none of
// the secrets whose forms are given. contextEnded: whether the caller's context has ended;
// if not, the cause claims that of no context. errors.Is and errors.As still find what
// the cause is. nil gives nil.
func Cause(err error, from Origin, forms []string, contextEnded bool) error {
	if err == nil {
		return nil
	}
	text := Mask(plainText(err, from), forms)
	claimsContext := !contextEnded && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled))
	timeout := isTimeout(err)
	if text == err.Error() && !claimsContext && !holdsURL(err) && !claimsTimeout(err, timeout) {
		return err
	}
	redacted := &redactedError{err: err, text: text, denyContext: claimsContext}
	if timeout {
		return &redactedTimeout{redacted}
	}
	return redacted
}

// isTimeout reports whether an error of err's tree says that it is one.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// claimsTimeout: who looks for a net.Error finds err, though it is no timeout.
func claimsTimeout(err error, timeout bool) bool {
	var netError net.Error
	return !timeout && errors.As(err, &netError)
}

// plainText is the error's text without what its origin makes it quote.
func plainText(err error, from Origin) string {
	if words, ok := err.(Text); ok {
		return string(words)
	}
	switch from {
	case FromDecoder:
		return decoderText(err)
	case FromCaller:
		return withoutURLs(withoutURLErrors(err))
	}
	return withoutURLs(withoutQuotes(err).Error())
}

// redactedError shows another text than the error that it stands for, and may deny that
// it is a context's. It has no Unwrap, so that nobody prints the original.
type redactedError struct {
	err         error
	text        string
	denyContext bool
}

func (e *redactedError) Error() string { return e.text }

// Is asks the error that it stands for.
func (e *redactedError) Is(target error) bool {
	if e.denyContext && (target == context.DeadlineExceeded || target == context.Canceled) {
		return false
	}
	return errors.Is(e.err, target)
}

// As asks the error that it stands for, but only for a type that shows none of what was
// taken off the text. A *url.Error and a Text show it, and an interface could be met by
// any error of the tree.
func (e *redactedError) As(target any) bool {
	switch target.(type) {
	case **url.Error, *Text:
		return false
	}
	if reflect.TypeOf(target).Elem().Kind() == reflect.Interface {
		return false
	}
	return errors.As(e.err, target)
}

// Format prints Error() under any verb.
func (e *redactedError) Format(f fmt.State, verb rune) { printable.Format(f, verb, e.text) }

// redactedTimeout is a net.Error, as what it stands for is. A redactedError that is no
// timeout is none, so that a net.Error among a call's causes always means one.
type redactedTimeout struct{ *redactedError }

// Timeout is true.
func (*redactedTimeout) Timeout() bool { return true }

// Temporary is there because net.Error asks for it.
func (*redactedTimeout) Temporary() bool { return true }
