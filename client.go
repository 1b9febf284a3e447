package coreapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/fypass/coreapi-go/internal/backoff"
	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/readbuf"
	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/signature"
)

// Client calls the Core APIs. Make one with [New] and share it: it is safe for
// concurrent use, and its retry budget works best when it sees all the calls. It
// starts no goroutine and needs no closing.
type Client struct {
	Clients *ClientsService
	Users   *UsersService
	Devices *DevicesService

	// A closure, because fmt prints what a pointer points to where the verb does
	// not fit, and asks no method of an unexported field.
	shared func() *sharedState
}

// state is nil for a Client that New did not make.
func (c *Client) state() *sharedState {
	if c == nil || c.shared == nil {
		return nil
	}
	return c.shared()
}

// sharedState is what calls share. Nothing in it changes after New but the budget and the
// buffers, which are safe for concurrent use.
type sharedState struct {
	clientOptions
	base      url.URL
	auth      Authenticator
	masks     []string          // forms of the client key, where it is known before a call
	transport http.RoundTripper // nil: http.DefaultTransport, as it is at each attempt
	envelope  string            // the member of a success body that holds the result; "": the body is it
	signing   signature.Options
	userAgent string
	watchers  []watcher // the log first, then the traces
	loop      *retryablehttp.Client
	buffers   readbuf.Pool
	budget    backoff.Budget
}

// New makes a Client for the API at baseURL. The scheme is https, unless the
// host is loopback or [WithPlaintext] is given. Without options a call has 4
// attempts of 30 s each, and responses are limited to 4 MiB. Whatever is wrong
// with an argument or an option is refused with [ErrInvalidArgument].
func New(baseURL string, auth Authenticator, opts ...Option) (*Client, error) {
	shared, err := newSharedState(baseURL, auth, opts)
	if err != nil {
		return nil, invalidArgument("New", err)
	}
	client := &Client{shared: func() *sharedState { return shared }}
	client.Clients = &ClientsService{client}
	client.Users = &UsersService{client}
	client.Devices = &DevicesService{client}
	return client, nil
}

func newSharedState(baseURL string, auth Authenticator, opts []Option) (*sharedState, error) {
	s := &sharedState{
		clientOptions: clientOptions{profile: DefaultProfile(), maxBytes: defaultMaxResponseBytes},
		auth:          auth,
		loop:          newLoop(),
	}
	for i, opt := range opts {
		if check.Nil(opt) {
			return nil, fmt.Errorf("option %d is nil: leave it out", i+1)
		}
		if err := opt.applyToClient(&s.clientOptions); err != nil {
			return nil, err
		}
	}
	base, err := check.BaseURL(baseURL, s.plaintext)
	if err != nil {
		return nil, err
	}
	if err := checkAuthenticator(auth); err != nil {
		return nil, err
	}
	if _, unsigned := auth.(keyAuth); unsigned && s.text != nil {
		return nil, errors.New("WithSignatureText: the Authenticator does not sign: pass coreapi.SignedClientKey(key, signer)")
	}
	if s.wire == nil {
		s.envelope, _ = s.profile.Envelope.resultMember()
	}
	s.base = *base
	s.masks = redact.Forms(append(knownKeys(auth), s.call.secrets...)...)
	s.signing = s.profile.Signature.options()
	s.userAgent = strings.TrimSpace(s.product + " coreapi-go/" + ownVersion())
	s.watchers = s.clientOptions.watchers()
	s.useHTTPClient()
	s.call.effectivePolicy = s.call.policy.withDefaults()
	return s, nil
}

func (o *clientOptions) watchers() (all []watcher) {
	if o.log != nil {
		all = append(all, watcher{Trace: *o.log, paths: true})
	}
	for _, t := range o.traces {
		all = append(all, watcher{Trace: t})
	}
	return all
}

// useHTTPClient takes the transport and the timeout of the caller's client, and
// nothing else: neither it nor its Jar and CheckRedirect see a call.
func (s *sharedState) useHTTPClient() {
	if s.call.attemptTimeout == 0 {
		s.call.attemptTimeout = defaultAttemptTimeout
		if s.httpClient != nil && s.httpClient.Timeout > 0 {
			s.call.attemptTimeout = s.httpClient.Timeout
		}
	}
	if s.httpClient == nil {
		s.transport = defaultTransport(s.call.attemptTimeout)
	} else {
		s.transport = s.httpClient.Transport
	}
}

func (s *sharedState) roundTripper() http.RoundTripper {
	if s.transport == nil {
		return http.DefaultTransport
	}
	return s.transport
}

// invalidArgument makes the error of an argument that was refused before any I/O.
func invalidArgument(operation string, cause error) *Error {
	return (*Client)(nil).invalidArgument(Operation{Name: operation}, cause, nil)
}

// invalidArgument is safe on a Client that New did not make.
func (c *Client) invalidArgument(op Operation, cause error, masks []string) *Error {
	var contact *AdminContact
	if shared := c.state(); shared != nil {
		contact = shared.contact
	}
	clean := func(s string) string { return redact.Clean(s, masks) }
	cause = redact.Cause(cause, redact.FromCaller, masks, false)
	return &Error{
		Operation: clean(op.Name),
		Method:    clean(op.Method),
		Path:      clean(op.Path),
		Delivery:  DeliveryNotSent,
		class:     classInvalidArgument,
		causes:    []error{cause},
		causeText: printable.Valid(cause.Error()),
		contact:   contact,
		at:        time.Now(),
	}
}

// CloseIdleConnections closes the idle connections of the Client's transport,
// the caller's own too, if it was given with [WithHTTPClient]. It is safe for
// concurrent use.
func (c *Client) CloseIdleConnections() {
	shared := c.state()
	if shared == nil {
		return
	}
	if t, ok := shared.roundTripper().(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// String returns the client's origin, without key and options.
func (c Client) String() string {
	shared := c.state()
	if shared == nil {
		return "coreapi.Client()"
	}
	return "coreapi.Client(" + shared.base.Scheme + "://" + shared.base.Host + ")"
}

// Format prints String() under any verb.
func (c Client) Format(f fmt.State, verb rune) { printable.Format(f, verb, c.String()) }

// LogValue is String, for slog; nil for a nil pointer.
func (c *Client) LogValue() slog.Value {
	if c == nil {
		return slog.Value{}
	}
	return slog.StringValue(c.String())
}

// MarshalText is String, for JSON. It never fails.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
