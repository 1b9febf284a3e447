package coreapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/redact"
)

// Option sets something of a [Client]. Pass it to [New] or [NewFromEnv].
type Option interface{ applyToClient(*clientOptions) error }

// CallOption sets something of one call. Pass it to a service's method or to
// [Do].
type CallOption interface{ applyToCall(*callOptions) error }

// SharedOption sets something of a [Client], or of one call.
type SharedOption interface {
	Option
	CallOption
}

// clientOptions are what a Client's options set. They are kept once, in the Client's
// sharedState.
type clientOptions struct {
	httpClient   *http.Client
	contact      *AdminContact // nil: none was given
	log          *Trace        // nil: silent
	traces       []Trace
	product      string // before the SDK's own User-Agent
	profile      Profile
	wire         wireFormat // nil: the profile has no templates
	maxBytes     int64
	interceptors []Interceptor
	plaintext    bool
	text         func(SignatureInput) ([]byte, error) // what is signed; nil: the documented structure
	call         callOptions                          // what each call starts from
}

// callOptions are those of one call, which starts from a copy of its Client's.
type callOptions struct {
	policy          RetryPolicy // as given
	effectivePolicy RetryPolicy // with its defaults
	headers         []header
	attemptTimeout  time.Duration
	requestID       string
	timeout         time.Duration
	language        Language
	userToken       string
	secrets         []string // further values to mask in errors and logs
}

type header struct{ name, value string }

// The options are closures, so that fmt cannot print what they hold.
type (
	clientOption func(*clientOptions) error
	callOption   func(*callOptions) error
	sharedOption func(*callOptions) error
)

func (f clientOption) applyToClient(c *clientOptions) error { return f(c) }
func (f callOption) applyToCall(c *callOptions) error       { return f(c) }
func (f sharedOption) applyToClient(c *clientOptions) error { return f(&c.call) }
func (f sharedOption) applyToCall(c *callOptions) error     { return f(c) }

const (
	defaultMaxResponseBytes = 4 << 20
	defaultAttemptTimeout   = 30 * time.Second
)

// WithHTTPClient sends through the transport of c, and takes c.Timeout, if it is not 0, as the
// attempt's timeout unless [WithAttemptTimeout] says otherwise. c is never
// changed; its CheckRedirect and Jar are not used. nil: the default.
func WithHTTPClient(c *http.Client) Option {
	return clientOption(func(o *clientOptions) error {
		if c != nil && c.Timeout < 0 {
			return errors.New("WithHTTPClient: the Timeout is negative: pass 0 for 30 s an attempt, or more")
		}
		if c != nil && c.Transport != nil && check.Nil(c.Transport) {
			return errors.New("WithHTTPClient: the Transport is a nil pointer: leave it nil for http.DefaultTransport")
		}
		o.httpClient = c
		return nil
	})
}

// WithAdminContact says how to reach the API's admin. It is in the guidance and
// the report of every error of the Client.
func WithAdminContact(contact AdminContact) Option {
	return clientOption(func(o *clientOptions) error {
		if contact == (AdminContact{}) {
			return errors.New("WithAdminContact: the contact is empty: give a name, an email, a WhatsApp number or a URL")
		}
		o.contact = &contact
		return nil
	})
}

// WithLogger writes what calls do: an attempt and a call that succeeds at debug level, a
// retry at info, a call that fails at warn, or at error where the admin has to act, and at
// debug where its caller cancelled it. docs/observability.md has the attributes. No line
// holds a secret. nil, the default: silent.
func WithLogger(to *slog.Logger) Option {
	return clientOption(func(o *clientOptions) error {
		o.log = nil
		if to != nil {
			o.log = logTrace(to)
		}
		return nil
	})
}

// WithUserAgent puts product before the SDK's own User-Agent, for example
// "shop/2.1".
func WithUserAgent(product string) Option {
	return clientOption(func(o *clientOptions) error {
		if product == "" {
			return errors.New(`WithUserAgent: the product is empty: pass one such as "shop/2.1"`)
		}
		if err := check.HeaderValue(product); err != nil {
			return fmt.Errorf("WithUserAgent: the product %w", err)
		}
		o.product = product
		return nil
	})
}

// WithProfile replaces what the reference does not document: the version that is
// sent, the signature's form, the success envelope, routes. Zero fields mean the
// default.
func WithProfile(profile Profile) Option {
	return clientOption(func(o *clientOptions) error {
		full := profile.withDefaults() // the option may be used by several Clients at once
		format, err := full.compile()
		if err != nil {
			return err
		}
		o.profile, o.wire = full, format
		return nil
	})
}

// WithMaxResponseBytes limits a response's body, after decompression. Default
// 4 MiB. A larger one is [ErrResponseTooLarge].
func WithMaxResponseBytes(n int64) Option {
	return clientOption(func(o *clientOptions) error {
		if n <= 0 {
			return fmt.Errorf("WithMaxResponseBytes: %d is not a limit: pass a number of bytes above 0", n)
		}
		o.maxBytes = n
		return nil
	})
}

// WithInterceptor runs i around a whole call, all its attempts and waits. The
// first given is the outermost.
func WithInterceptor(i Interceptor) Option {
	return clientOption(func(o *clientOptions) error {
		if i == nil {
			return errors.New("WithInterceptor: the interceptor is nil: leave the option out")
		}
		o.interceptors = append(o.interceptors, i)
		return nil
	})
}

// WithPlaintext allows an http base URL to a host that is not loopback. The
// client key and passwords then cross the network in the clear.
func WithPlaintext() Option {
	return clientOption(func(o *clientOptions) error {
		o.plaintext = true
		return nil
	})
}

// WithRetryPolicy lays p over the policy in force: its non-zero fields win.
func WithRetryPolicy(p RetryPolicy) SharedOption {
	return sharedOption(func(o *callOptions) error {
		if err := p.check(); err != nil {
			return fmt.Errorf("WithRetryPolicy: %w", err)
		}
		o.policy = p.over(o.policy)
		return nil
	})
}

// WithHeader sends a header with every request. It replaces the SDK's own of
// that name, but not the Authenticator's. A call's replaces the Client's.
// Content-Type is sent only with a body. The headers that the reference documents
// are refused, since they have an option of their own: X-Client-Key and X-Signature
// are the Authenticator's, X-Version the profile's, X-Request-Id, X-Token and
// X-Language those of [WithRequestID], [WithUserToken] and [WithLanguage].
//
// The value is masked in errors and logs where the header carries a credential:
// Authorization, Proxy-Authorization, Cookie, and any whose name has key, token, secret,
// auth, session, password or signature in it. [WithSecrets] is for other values.
func WithHeader(key, value string) SharedOption {
	return sharedOption(func(o *callOptions) error {
		if err := check.Header(key, value); err != nil {
			return fmt.Errorf("WithHeader: %w", err)
		}
		if err := checkNotDocumented(key); err != nil {
			return fmt.Errorf("WithHeader: %w", err)
		}
		// Copies: the slices may be the Client's.
		o.headers = append(slices.Clip(o.headers), header{http.CanonicalHeaderKey(key), value})
		if carriesCredential(key) {
			o.secrets = append(slices.Clip(o.secrets), redact.HeaderParts(value)...)
		}
		return nil
	})
}

// credentialWords are in the names of headers that carry a credential.
var credentialWords = [...]string{"authorization", "cookie", "key", "token", "secret", "auth", "session", "password", "signature"}

func carriesCredential(header string) bool {
	name := strings.ToLower(header)
	return slices.ContainsFunc(credentialWords[:], func(word string) bool { return strings.Contains(name, word) })
}

// WithAttemptTimeout limits one attempt, its body included. Default 30 s, or the
// Timeout of the caller's http.Client.
func WithAttemptTimeout(d time.Duration) SharedOption {
	return sharedOption(func(o *callOptions) error {
		if d <= 0 {
			return fmt.Errorf("WithAttemptTimeout: %v is no timeout: pass more than 0", d)
		}
		o.attemptTimeout = d
		return nil
	})
}

// WithRequestID sends id as the request id of the first attempt, instead of a random
// one. The reference wants each request's id to be unique, so the nth attempt has "-n"
// behind it: "id", "id-2", "id-3". The id is signed, so it has to be ASCII.
func WithRequestID(id string) CallOption {
	return callOption(func(o *callOptions) error {
		if strings.TrimSpace(id) == "" {
			return errors.New("WithRequestID: the id is empty: leave the option out for a random one")
		}
		if err := check.ASCIIValue(id); err != nil {
			return fmt.Errorf("WithRequestID: the id %w", err)
		}
		o.requestID = id
		return nil
	})
}

// WithUserToken sends a user's token in the header X-Token, which the reference asks
// for on endpoints that are specific to a user. It is LoginStatus.UserToken of a login
// that succeeded. It is signed with the request, and masked in errors and logs.
func WithUserToken(token Secret) CallOption {
	return callOption(func(o *callOptions) error {
		if token == "" {
			return errors.New("WithUserToken: the token is empty: pass the one of the login, or leave the option out")
		}
		if err := check.ASCIIValue(string(token)); err != nil {
			return fmt.Errorf("WithUserToken: the token %w", err)
		}
		o.userToken = string(token)
		return nil
	})
}

// WithSecrets names further values to mask in the call's errors and logs, such as a token in
// the query or the body of [Do]. A value of fewer than four bytes is not masked, since it
// would blank out ordinary words.
func WithSecrets(secrets ...Secret) CallOption {
	return callOption(func(o *callOptions) error {
		if len(secrets) == 0 || slices.Contains(secrets, "") {
			return errors.New("WithSecrets: a secret is empty: pass what to mask, or leave the option out")
		}
		for _, secret := range secrets {
			o.secrets = append(slices.Clip(o.secrets), string(secret))
		}
		return nil
	})
}

// Language is a language of the API's messages.
type Language string

// The languages that the reference documents.
const (
	Indonesian Language = "id" // the API's default
	English    Language = "en"
)

// WithLanguage asks for messages in a language, by the header X-Language. Default: the
// header is not sent, and the API answers in Indonesian.
func WithLanguage(l Language) SharedOption {
	return sharedOption(func(o *callOptions) error {
		if l == "" {
			return errors.New("WithLanguage: the language is empty: pass Indonesian or English, or leave the option out")
		}
		if !check.Token(string(l)) {
			return errors.New("WithLanguage: the language is no name of one: pass Indonesian or English")
		}
		o.language = l
		return nil
	})
}

// WithTimeout limits the whole call: all attempts and waits. A call that runs out
// of it matches context.DeadlineExceeded. Default: no limit but the context's.
func WithTimeout(d time.Duration) CallOption {
	return callOption(func(o *callOptions) error {
		if d <= 0 {
			return fmt.Errorf("WithTimeout: %v is no timeout: pass more than 0", d)
		}
		o.timeout = d
		return nil
	})
}
