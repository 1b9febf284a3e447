package coreapi

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/signature"
)

// Signature is how a request becomes the text that is signed, and how the signature is
// written. The reference documents RSA 2048 with SHA-256 over a JSON structure, and the
// structure's members. Everything here is an assumption, and zero fields are its
// defaults. [SignatureText] shows the text.
type Signature struct {
	Padding  SignaturePadding  `json:"padding,omitempty"`  // default PKCS1v15
	Encoding SignatureEncoding `json:"encoding,omitempty"` // default Base64
	Endpoint SignatureEndpoint `json:"endpoint,omitempty"` // default EndpointRelative
	NoBody   SignatureNoBody   `json:"noBody,omitempty"`   // default NoBodyObject, as in the reference's sample
	Style    SignatureStyle    `json:"style,omitempty"`    // default StyleJavaScript; also the form in which a body is sent
	SortKeys bool              `json:"sortKeys,omitempty"` // a body's members sorted by name, as a Go server that keeps them in a map writes them
}

// SignaturePadding is RSA's padding.
type SignaturePadding string

// The paddings.
const (
	PKCS1v15 SignaturePadding = "pkcs1v15" // RSASSA-PKCS1-v1_5
	PSS      SignaturePadding = "pss"      // RSASSA-PSS, with a salt as long as the hash
)

// SignatureEncoding is how the signature's bytes are written in the header.
type SignatureEncoding string

// The encodings.
const (
	Base64    SignatureEncoding = "base64"    // standard, padded
	Base64URL SignatureEncoding = "base64url" // not padded
	Hex       SignatureEncoding = "hex"       // in lower case
)

// SignatureEndpoint says what of the URL is signed as the endpoint.
type SignatureEndpoint string

// The endpoints.
const (
	EndpointRelative SignatureEndpoint = "relative" // path and query, without the base URL's own path
	EndpointFull     SignatureEndpoint = "full"     // path and query as on the request line
)

// SignatureNoBody is what stands for the body of a request without one.
type SignatureNoBody string

// What may stand for no body.
const (
	NoBodyObject SignatureNoBody = "{}"   // an empty object
	NoBodyOmit   SignatureNoBody = "omit" // no member at all
	NoBodyNull   SignatureNoBody = "null"
	NoBodyEmpty  SignatureNoBody = `""` // an empty string
)

// SignatureStyle is the form in which a body is sent and signed: that in which the
// server writes it again to check the signature.
type SignatureStyle string

// The styles.
const (
	StyleJavaScript SignatureStyle = "javascript" // what JSON.stringify writes
	StyleGo         SignatureStyle = "go"         // what a Go server's json.Marshal writes: <, >, & and line separators escaped
)

func (s Signature) options() signature.Options {
	return signature.Options{
		Padding:  signature.Padding(s.Padding),
		Encoding: signature.Encoding(s.Encoding),
		Endpoint: signature.Endpoint(s.Endpoint),
		NoBody:   signature.NoBody(s.NoBody),
		Style:    signature.Style(s.Style),
		SortKeys: s.SortKeys,
	}
}

// SignatureInput is what a signature is made of. It prints without its secrets.
type SignatureInput struct {
	Endpoint  string // path and query, as the profile's Signature.Endpoint has them
	Method    string
	ClientKey Secret
	UserToken Secret // "": none is sent, and none is in the text
	RequestID string
	Version   string
	Body      []byte // nil: none
}

// String returns the input without key, token, endpoint and body. The endpoint is in the
// operation; with a query or a value in its path it may hold a token.
func (in SignatureInput) String() string {
	body := "none"
	if in.Body != nil {
		body = strconv.Itoa(len(in.Body)) + " bytes"
	}
	return printable.Fields("SignatureInput", printable.NonEmpty(map[string]string{
		"method":    in.Method,
		"clientKey": shownSecret(in.ClientKey),
		"userToken": shownSecret(in.UserToken),
		"requestId": in.RequestID,
		"version":   in.Version,
		"body":      body,
	}))
}

// Format prints String() under any verb.
func (in SignatureInput) Format(f fmt.State, verb rune) { printable.Format(f, verb, in.String()) }

// LogValue is String, for slog; nil for a nil pointer.
func (in *SignatureInput) LogValue() slog.Value {
	if in == nil {
		return slog.Value{}
	}
	return slog.StringValue(in.String())
}

// MarshalText is String, for JSON. It never fails.
func (in SignatureInput) MarshalText() ([]byte, error) { return []byte(in.String()), nil }

// SignatureText returns the text that the SDK signs for in, to compare with what the
// API's admin has: {"endpoint":…,"method":…,"headers":{…},"body":…}. The body is put
// into the form in which it would be sent. A missing value, and a body that a server
// cannot write again as it was, is [ErrInvalidArgument]. It is safe for concurrent use.
//
// The members and their order are documented; how the structure becomes text is an
// assumption.
func SignatureText(s Signature, in SignatureInput) ([]byte, error) {
	text, err := signatureText(s, in)
	if err != nil {
		return nil, invalidArgument("SignatureText", err)
	}
	return text, nil
}

func signatureText(s Signature, in SignatureInput) ([]byte, error) {
	options := s.options()
	if err := options.Check(); err != nil {
		return nil, err
	}
	for _, value := range []struct{ name, value string }{
		{"Endpoint", in.Endpoint}, {"Method", in.Method}, {"ClientKey", string(in.ClientKey)},
		{"RequestID", in.RequestID}, {"Version", in.Version},
	} {
		if err := check.ASCIIValue(value.value); err != nil {
			return nil, fmt.Errorf("the input's %s %w", value.name, err)
		}
	}
	if in.UserToken != "" {
		if err := check.ASCIIValue(string(in.UserToken)); err != nil {
			return nil, fmt.Errorf("the input's UserToken %w", err)
		}
	}
	if err := check.Method(in.Method); err != nil {
		return nil, fmt.Errorf("the input's Method: %w", err)
	}
	if in.Body != nil {
		form, err := options.Form().Rewrite(in.Body)
		if err == nil {
			err = form.Lossy
		}
		if err != nil {
			return nil, fmt.Errorf("the input's Body: %w", err)
		}
		in.Body = form.Text
	}
	return options.AppendText(nil, in.internal()), nil
}

func (in SignatureInput) internal() signature.Input {
	return signature.Input{
		Endpoint:  in.Endpoint,
		Method:    in.Method,
		ClientKey: string(in.ClientKey),
		UserToken: string(in.UserToken),
		RequestID: in.RequestID,
		Version:   in.Version,
		Body:      in.Body,
	}
}

// WithSignatureText replaces the text that is signed altogether. f is called once an
// attempt, last of all, and what it returns is signed as it is. Its error stops the call.
// It must be safe for concurrent use. The Client needs a [SignedClientKey].
func WithSignatureText(f func(SignatureInput) ([]byte, error)) Option {
	return clientOption(func(cfg *clientOptions) error {
		if f == nil {
			return errors.New("WithSignatureText: the function is nil: leave the option out for the documented structure")
		}
		cfg.text = f
		return nil
	})
}
