package coreapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// defaultTransport is that of a Client without WithHTTPClient. It is its own, so
// that closing its idle connections touches no one else's.
func defaultTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           200,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		OnProxyConnectResponse: refusedByProxy,
	}
}

// refusedByProxy types what net/http would report as bare text, so that a
// refused CONNECT is known for a connection that was never made.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("the proxy answered " + http.StatusText(resp.StatusCode))}
}

// classifyTransport tells whether a transport's failure came before a connection
// was made. What cannot be told counts as sent.
func classifyTransport(err error) class {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	if errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid) {
		return classCertificate
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) {
		switch op.Op {
		case "dial", "proxyconnect", "socks connect":
			return classNotConnected
		}
		return classLost
	}
	if errors.As(err, &dns) {
		return classNotConnected
	}
	return classLost
}

// safeCause makes a cause fit to be kept: without URLs, which hold queries and
// userinfo, without what net/http quotes from a response, without the call's
// secrets, and without a claim that the caller's context ended where it did not.
func (k *call) safeCause(err error) error {
	err = stripQuotes(err)
	hidden := opaque{err: err, text: err.Error()}
	hidden.text = mask(mask(hidden.text, k.key), k.secrets...)
	hidden.keepContext = k.ctx != nil && k.ctx.Err() != nil
	if hidden.text != err.Error() {
		return &hidden
	}
	if !hidden.keepContext && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		return &hidden
	}
	return err
}

// opaque shows another text than the error that it stands for, or denies that it
// is a context's. errors.Is and errors.As still find the rest.
type opaque struct {
	err         error
	text        string
	keepContext bool
}

func (o *opaque) Error() string { return o.text }

// Is goes on to the error that is stood for, but for the context's errors.
func (o *opaque) Is(target error) bool {
	if !o.keepContext && (target == context.DeadlineExceeded || target == context.Canceled) {
		return false
	}
	return errors.Is(o.err, target)
}

// As goes on to the error that is stood for.
func (o *opaque) As(target any) bool { return errors.As(o.err, target) }

// Format prints Error() under any verb.
func (o *opaque) Format(f fmt.State, verb rune) { formatAs(f, verb, o.text) }

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
	return strings.TrimRight(text, " :;=(")
}
