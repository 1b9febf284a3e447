package coreapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

// Authenticator puts the client's credentials on a request. Authenticate is
// called once an attempt, after every other header is set, so its header wins.
// It may change the request's headers and query; what it sets is masked in
// errors. An error stops the call. It must be safe for concurrent use.
type Authenticator interface {
	Authenticate(*http.Request) error
}

// ClientKey sends key in the documented header X-Client-Key, and signs nothing. The API
// demands a signature, which [SignedClientKey] makes: ClientKey is for gateways that sign
// by themselves, and for tests. New refuses a key that is empty or that a header cannot
// carry. It is safe for concurrent use.
func ClientKey(key string) Authenticator { return ClientKeyHeader(headerClientKey, key) }

// ClientKeyHeader is [ClientKey] with a header of your choice, for gateways. New refuses a
// key or a header name that is not valid, and the other headers that the reference
// documents. It is safe for concurrent use.
func ClientKeyHeader(header, key string) Authenticator {
	return keyAuth{
		header: http.CanonicalHeaderKey(header),
		known:  func() string { return key },
		valid: func() error {
			if err := checkKeyHeader(header); err != nil {
				return err
			}
			return checkKey(key)
		},
	}
}

// ClientKeyFunc sends the key that f returns, in header, or in X-Client-Key
// where header is "". f is asked on each attempt, so that a rotated key is
// picked up; its context is the attempt's. Its error stops the call and is found
// in the call's error by errors.Is and errors.As. f must be safe for concurrent
// use.
func ClientKeyFunc(header string, f func(context.Context) (string, error)) Authenticator {
	if header == "" {
		header = headerClientKey
	}
	return keyAuth{
		header: http.CanonicalHeaderKey(header),
		key:    f,
		valid: func() error {
			if f == nil {
				return errors.New("ClientKeyFunc has no function: pass one that returns the client key")
			}
			return checkKeyHeader(header)
		},
	}
}

// checkKeyHeader takes any header but those that carry something else by the reference.
func checkKeyHeader(header string) error {
	err := check.HeaderName(header)
	if err == nil && http.CanonicalHeaderKey(header) != headerClientKey {
		err = checkNotDocumented(header)
	}
	return wrapNonNil("the client key's header", err)
}

func wrapNonNil(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// keyAuth holds the key in a closure, which fmt cannot look into.
type keyAuth struct {
	header string
	key    func(context.Context) (string, error) // nil where it is known
	known  func() string                         // nil: not before it is asked for
	valid  func() error
}

func (a keyAuth) check() error { return a.valid() }

// Authenticate is for those who wrap the Authenticator, whose key New has not
// seen; the SDK puts the key on with the other headers.
func (a keyAuth) Authenticate(r *http.Request) error {
	key, err := a.currentKey(r.Context())
	if err == nil {
		err = checkKey(key)
	}
	if err == nil {
		r.Header.Set(a.header, key)
	}
	return err
}

// currentKey is checked: here, or by New where it does not change. With an error
// it is to be masked in that.
func (a keyAuth) currentKey(ctx context.Context) (string, error) {
	if a.known != nil {
		return a.known(), nil
	}
	key, err := a.key(ctx)
	if err != nil {
		return key, err
	}
	return key, checkKey(key)
}

// knownKeys are the keys to mask in an error of a call that never asked for one.
func knownKeys(auth Authenticator) []string {
	switch own := auth.(type) {
	case keyAuth:
		if own.known != nil {
			return redact.HeaderParts(own.known())
		}
	case signedAuth:
		if own.known != nil {
			return []string{string(own.known().ClientKey)}
		}
	}
	return nil
}

func (a keyAuth) String() string { return "coreapi.Authenticator" }

// GoString is String: the default would print the closures' addresses.
func (a keyAuth) GoString() string { return a.String() }

// Format prints String() under any verb.
func (a keyAuth) Format(f fmt.State, verb rune) { printable.Format(f, verb, a.String()) }

// MarshalText is String, in JSON too, which knows no closures.
func (a keyAuth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// checkAuthenticator is New's check of what the caller gave.
func checkAuthenticator(auth Authenticator) error {
	if check.Nil(auth) {
		return errors.New("the Authenticator is nil: pass coreapi.SignedClientKey(key, signer)")
	}
	if own, ok := auth.(interface{ check() error }); ok {
		return own.check()
	}
	return nil
}

// authenticate puts the credentials on an attempt's request, after every other header. What
// it sets is masked in the call's errors.
func (k *call) authenticate(a *attempt, r *http.Request) error {
	switch own := k.shared.auth.(type) {
	case keyAuth:
		key, err := own.currentKey(r.Context())
		if own.known == nil { // else New has seen to it
			k.mask(redact.HeaderParts(key)...)
		}
		a.set(own.header, key)
		return cmp.Or(err, r.Context().Err()) // it may have slept through the attempt
	case signedAuth:
		return cmp.Or(k.authenticateSigned(r, own), r.Context().Err()) // so may a signer
	}
	secrets, err := k.applyCallersAuth(r)
	k.mask(secrets...)
	return cmp.Or(err, r.Context().Err())
}

// applyCallersAuth finds out what an Authenticator of the caller's set, since only that
// tells what to mask. The URL is the attempt's own, so that a query which it adds is not
// added again.
func (k *call) applyCallersAuth(r *http.Request) ([]string, error) {
	method, target, headers := r.Method, *r.URL, r.Header.Clone()
	k.signed = nil
	err := k.shared.auth.Authenticate(r)
	var secrets []string
	for name, values := range r.Header {
		if slices.Equal(values, headers[name]) {
			continue
		}
		for _, value := range values {
			secrets = append(secrets, redact.HeaderParts(value)...)
			if err == nil {
				err = wrapNonNil("a header that the Authenticator set", check.Header(name, value))
			}
		}
	}
	sent := target.Query()
	for name, values := range r.URL.Query() {
		if !slices.Equal(values, sent[name]) {
			secrets = append(secrets, values...)
		}
	}
	switch {
	case err != nil:
	case r.URL.Scheme != target.Scheme || r.URL.Host != target.Host || r.Host != "":
		err = errors.New("the Authenticator changed the request's host: the key goes to the base URL's origin only")
	case r.Method != method:
		err = errors.New("the Authenticator changed the request's method: leave it as it is")
	default:
		err = k.checkDocumented(headers, r)
	}
	return secrets, err
}

// checkDocumented refuses what a caller's Authenticator did to the headers that the SDK
// sends by the reference, under any spelling of their names. The client key is its to set,
// and the signature that of a SignedClientKey which it wraps and calls last.
func (k *call) checkDocumented(before http.Header, r *http.Request) error {
	for _, h := range documentedHeaders {
		was, is := valuesOf(before, h.name), valuesOf(r.Header, h.name)
		switch {
		case slices.Equal(was, is):
		case h.name == headerClientKey && len(is) == 1 && k.signed == nil:
		case h.name == headerClientKey && k.signed != nil && slices.Equal(is, []string{k.signed.key}):
		case h.name == headerSignature && k.signed != nil && slices.Equal(is, []string{k.signed.signature}):
		default:
			return fmt.Errorf("the Authenticator changed %s, a header that is the SDK's: %s", h.name, h.instead)
		}
	}
	if k.signed != nil && r.URL.RequestURI() != k.signed.requestURI {
		return errors.New("the Authenticator changed the request's URL after it was signed: call SignedClientKey's Authenticate last")
	}
	return nil
}

// valuesOf are a header's values under any spelling of its canonical name.
func valuesOf(h http.Header, canonical string) []string {
	var all []string
	for name, values := range h {
		if http.CanonicalHeaderKey(name) == canonical {
			all = append(all, values...)
		}
	}
	return all
}

func checkKey(key string) error {
	if key == "" {
		return errors.New("the client key is empty: pass the key that the admin issued")
	}
	if err := check.HeaderValue(key); err != nil {
		return fmt.Errorf("the client key %w", err)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII }) {
		return errors.New("the client key holds a character outside ASCII, which a header carries in no one way: check the key")
	}
	return nil
}
