package coreapi

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/rsakey"
	"github.com/fypass/coreapi-go/internal/signature"
)

// SignedClientKey is the documented way to authenticate: it sends key in X-Client-Key,
// and in X-Signature a signature over the request (RSA 2048 with SHA-256), by the private
// key that the admin gave for it. [ParsePrivateKey] reads that key; any other
// crypto.Signer with an RSA key of at least 2,048 bits does too, one of a KMS or HSM for
// example. Each attempt is signed anew, once, after every other header is set. The
// signature's form is the profile's: see [Signature].
//
// A signer that has the method
//
//	SignContext(context.Context, io.Reader, []byte, crypto.SignerOpts) ([]byte, error)
//
// is called by it, with the attempt's context. One that has not cannot be interrupted, and
// holds its attempt up. A signer's error stops the call. What a signer other than an
// *rsa.PrivateKey returns is verified before it is sent.
//
// New refuses a key that is empty or that a header cannot carry, and a signer without a
// usable public key. signer must be safe for concurrent use; then so is the Authenticator.
// An Authenticator of yours may wrap it, and calls it last; outside a Client's call it is
// [ErrInvalidArgument].
func SignedClientKey(key string, signer crypto.Signer) Authenticator {
	known := Credentials{ClientKey: Secret(key), Signer: signer}
	return signedAuth{known: func() Credentials { return known }}
}

// SignedClientKeyFunc is [SignedClientKey] with credentials that may change: f is asked on
// each attempt, with the attempt's context, so that a rotated key is picked up together
// with its signer. Its error stops the call and is found in the call's error by errors.Is
// and errors.As. f must be safe for concurrent use.
func SignedClientKeyFunc(f func(context.Context) (Credentials, error)) Authenticator {
	return signedAuth{ask: f}
}

// Credentials are a client key and what signs for it. They print as neither.
type Credentials struct {
	ClientKey Secret
	Signer    crypto.Signer
}

// String returns a fixed text.
func (Credentials) String() string { return "coreapi.Credentials" }

// Format prints String() under any verb.
func (c Credentials) Format(f fmt.State, verb rune) { printable.Format(f, verb, c.String()) }

// LogValue is String, for slog; nil for a nil pointer.
func (c *Credentials) LogValue() slog.Value {
	if c == nil {
		return slog.Value{}
	}
	return slog.StringValue(c.String())
}

// MarshalText is String, for JSON. It never fails.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func (c Credentials) check() error {
	if err := checkKey(string(c.ClientKey)); err != nil {
		return err
	}
	if check.Nil(c.Signer) {
		return errors.New("the signer is nil: pass the private key, from coreapi.ParsePrivateKey")
	}
	public, err := publicKey(c.Signer)
	if err == nil {
		_, err = signature.CheckPublicKey(public)
	}
	if err != nil {
		return fmt.Errorf("the signer: %w", err)
	}
	return nil
}

// publicKey makes an error of a panic, as of a type that embeds a nil key.
func publicKey(signer crypto.Signer) (public crypto.PublicKey, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("its Public method panics: pass a signer that has its key")
		}
	}()
	return signer.Public(), nil
}

// ParsePrivateKey reads an RSA private key as files, secret stores and environments carry
// it: PEM or DER, PKCS#8 or PKCS#1, also with its line breaks spelled out or lost, in
// quotes, or as bare base64. What is no such key, or is under 2,048 bits, is
// [ErrInvalidArgument], with what to do in the text; the text holds nothing of the key.
// It is safe for concurrent use.
//
// The signer is an *rsa.PrivateKey, and fmt prints one with its secret numbers. Print
// [Credentials] instead.
func ParsePrivateKey(data []byte) (crypto.Signer, error) {
	key, err := rsakey.Parse(data)
	if err != nil {
		return nil, invalidArgument("ParsePrivateKey", err)
	}
	return key, nil
}

// signedAuth holds the credentials in a closure, which fmt cannot look into.
type signedAuth struct {
	known func() Credentials // nil: they are asked for on each attempt
	ask   func(context.Context) (Credentials, error)
}

func (a signedAuth) check() error {
	switch {
	case a.known != nil:
		return a.known().check()
	case a.ask == nil:
		return errors.New("SignedClientKeyFunc has no function: pass one that returns the client key and its signer")
	}
	return nil
}

// credentials are checked: here, or by New where they do not change. With an error the
// key is to be masked in that.
func (a signedAuth) credentials(ctx context.Context) (Credentials, error) {
	if a.known != nil {
		return a.known(), nil
	}
	c, err := a.ask(ctx)
	if err != nil {
		return c, err
	}
	return c, c.check()
}

// Authenticate is for those who wrap the Authenticator. What a signature is made of is the
// call's, so it takes the call from the attempt's context.
func (a signedAuth) Authenticate(r *http.Request) error {
	k := callOf(r.Context())
	if k == nil {
		return invalidArgument("SignedClientKey", errors.New("the request is none of a Client's: pass the Authenticator to New, or call it within one that New got"))
	}
	if k.bodyLossy != nil {
		return invalidArgument(k.op.Name, k.bodyLossy)
	}
	if err := k.authenticateSigned(r, a); err != nil {
		return err
	}
	k.signed = &signedRequest{
		key:        headerValue(r.Header, headerClientKey),
		requestURI: r.URL.RequestURI(),
		signature:  headerValue(r.Header, headerSignature),
	}
	return nil
}

func (a signedAuth) String() string { return "coreapi.Authenticator" }

// GoString is String: the default would print the closures' addresses.
func (a signedAuth) GoString() string { return a.String() }

// Format prints String() under any verb.
func (a signedAuth) Format(f fmt.State, verb rune) { printable.Format(f, verb, a.String()) }

// MarshalText is String, in JSON too, which knows no closures.
func (a signedAuth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// authenticateSigned puts key and signature on a request that has all its other headers. It
// is the last thing that is done to it, once an attempt.
func (k *call) authenticateSigned(r *http.Request, a signedAuth) error {
	c, err := a.credentials(r.Context())
	k.mask(string(c.ClientKey))
	if err != nil {
		return err
	}
	r.Header[headerClientKey] = []string{string(c.ClientKey)}
	if err := r.Context().Err(); err != nil { // it may have ended while the credentials came
		return err
	}
	text, err := k.signedText(r, c)
	if err != nil {
		return err
	}
	header, err := k.shared.signing.Sign(r.Context(), c.Signer, text)
	if err != nil {
		return err
	}
	r.Header[headerSignature] = []string{header}
	k.signatures = append(k.signatures, header)
	return nil
}

// signedRequest is what an attempt's signature was made of, where an Authenticator of the
// caller's may have changed it since.
type signedRequest struct{ key, requestURI, signature string }

// maskSignatures masks the signatures of the attempts so far. They wait for it, since a
// signature has many forms, and most are never looked for.
func (k *call) maskSignatures() {
	k.mask(k.signatures[k.masked:]...)
	k.masked = len(k.signatures)
}

// maskSignaturesIn does so where one of the server's texts may hold a signature, which is
// longer than an identifier: an RSA key of 2,048 bits, the shortest, makes 342 characters.
func (k *call) maskSignaturesIn(texts ...string) {
	if slices.ContainsFunc(texts, func(text string) bool { return len(text) > maxIdentifier }) {
		k.maskSignatures()
	}
}

// signedTextSize is room for most texts without their body, in bytes.
const signedTextSize = 512

// signedText reads the request as it is sent.
func (k *call) signedText(r *http.Request, c Credentials) ([]byte, error) {
	in := signature.Input{
		BasePath:  k.shared.base.RawPath,
		Endpoint:  strings.TrimPrefix(r.URL.RequestURI(), k.shared.base.RawPath),
		Method:    r.Method,
		ClientKey: string(c.ClientKey),
		UserToken: k.opts.userToken,
		RequestID: k.ids.current,
		Version:   k.shared.profile.Version,
		Body:      k.body,
	}
	options := k.shared.signing
	if k.shared.text == nil {
		return options.AppendText(make([]byte, 0, signedTextSize+len(k.body)), in), nil
	}
	if options.Endpoint == signature.EndpointFull {
		in.Endpoint = in.BasePath + in.Endpoint
	}
	text, err := k.shared.text(SignatureInput{
		Endpoint:  in.Endpoint,
		Method:    in.Method,
		ClientKey: c.ClientKey,
		UserToken: Secret(in.UserToken),
		RequestID: in.RequestID,
		Version:   in.Version,
		Body:      bytes.Clone(in.Body),
	})
	if err == nil && len(text) == 0 {
		err = errors.New("WithSignatureText's function returned an empty text: return what is to be signed")
	}
	return text, err
}
