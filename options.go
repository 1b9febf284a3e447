package coreapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Option sets something of a [Client]. Pass it to [New] or [NewFromEnv].
type Option interface{ applyToClient(*config) error }

// CallOption sets something of one call. Pass it to a service's method or to
// [Do].
type CallOption interface{ applyToCall(*settings) error }

// SharedOption sets something of a [Client], or of one call.
type SharedOption interface {
	Option
	CallOption
}

// config is what New collects.
type config struct {
	httpClient   *http.Client
	contact      *AdminContact
	log          func(k *call, again bool) // after each attempt; nil: silent
	userAgent    string
	profile      Profile
	maxBytes     int64
	interceptors []Interceptor
	plaintext    bool
	text         func(SignatureInput) ([]byte, error) // what is signed; nil: the documented structure
	call         settings
}

// settings are those of one call. A call starts from a copy of its Client's.
type settings struct {
	policy         RetryPolicy // as given
	resolved       RetryPolicy // with its defaults
	headers        []header
	attemptTimeout time.Duration
	requestID      string
	timeout        time.Duration
	language       Language
	userToken      string
}

type header struct{ name, value string }

// The options are closures, so that fmt cannot print what they hold.
type (
	clientOption func(*config) error
	callOption   func(*settings) error
	sharedOption func(*settings) error
)

func (f clientOption) applyToClient(c *config) error { return f(c) }
func (f callOption) applyToCall(s *settings) error   { return f(s) }
func (f sharedOption) applyToClient(c *config) error { return f(&c.call) }
func (f sharedOption) applyToCall(s *settings) error { return f(s) }

const (
	defaultMaxResponseBytes = 4 << 20
	defaultAttemptTimeout   = 30 * time.Second
)

// WithHTTPClient sends through the transport of c, and takes c.Timeout as the
// attempt's timeout unless [WithAttemptTimeout] says otherwise. c is never
// changed; its CheckRedirect and Jar are not used. nil: the default.
func WithHTTPClient(c *http.Client) Option {
	return clientOption(func(cfg *config) error {
		if c != nil && c.Timeout < 0 {
			return errors.New("WithHTTPClient: the Timeout is negative: pass 0 for none, or more")
		}
		if c != nil && c.Transport != nil && isNil(c.Transport) {
			return errors.New("WithHTTPClient: the Transport is a nil pointer: leave it nil for http.DefaultTransport")
		}
		cfg.httpClient = c
		return nil
	})
}

// WithAdminContact says how to reach the API's admin. It is in the guidance and
// the report of every error of the Client.
func WithAdminContact(contact AdminContact) Option {
	return clientOption(func(cfg *config) error {
		if contact == (AdminContact{}) {
			return errors.New("WithAdminContact: the contact is empty: give a name, an email, a WhatsApp number or a URL")
		}
		cfg.contact = &contact
		return nil
	})
}

// WithLogger writes a line for each attempt, at debug level. It holds no secret.
// nil, the default: silent.
func WithLogger(to *slog.Logger) Option {
	return clientOption(func(cfg *config) error {
		cfg.log = nil
		if to != nil {
			cfg.log = logger(to)
		}
		return nil
	})
}

// WithUserAgent puts product before the SDK's own User-Agent, for example
// "shop/2.1".
func WithUserAgent(product string) Option {
	return clientOption(func(cfg *config) error {
		if product == "" {
			return errors.New(`WithUserAgent: the product is empty: pass one such as "shop/2.1"`)
		}
		if err := checkHeaderValue(product); err != nil {
			return fmt.Errorf("WithUserAgent: the product %w", err)
		}
		cfg.userAgent = product
		return nil
	})
}

// WithProfile replaces what the reference does not document: the version that is
// sent, the signature's form, the success envelope, routes. Zero fields mean the
// default.
func WithProfile(profile Profile) Option {
	return clientOption(func(cfg *config) error {
		full := profile.withDefaults() // the option may be used by several Clients at once
		if err := full.check(); err != nil {
			return err
		}
		cfg.profile = full
		return nil
	})
}

// WithMaxResponseBytes limits a response's body, after decompression. Default
// 4 MiB. A larger one is [ErrResponseTooLarge].
func WithMaxResponseBytes(n int64) Option {
	return clientOption(func(cfg *config) error {
		if n <= 0 {
			return fmt.Errorf("WithMaxResponseBytes: %d is not a limit: pass a number of bytes above 0", n)
		}
		cfg.maxBytes = n
		return nil
	})
}

// WithInterceptor runs i around a whole call, all its attempts and waits. The
// first given is the outermost.
func WithInterceptor(i Interceptor) Option {
	return clientOption(func(cfg *config) error {
		if i == nil {
			return errors.New("WithInterceptor: the interceptor is nil: leave the option out")
		}
		cfg.interceptors = append(cfg.interceptors, i)
		return nil
	})
}

// WithPlaintext allows an http base URL to a host that is not loopback. The
// client key and passwords then cross the network in the clear.
func WithPlaintext() Option {
	return clientOption(func(cfg *config) error {
		cfg.plaintext = true
		return nil
	})
}

// WithRetryPolicy lays p over the policy in force: its non-zero fields win.
func WithRetryPolicy(p RetryPolicy) SharedOption {
	return sharedOption(func(s *settings) error {
		if err := p.check(); err != nil {
			return fmt.Errorf("WithRetryPolicy: %w", err)
		}
		s.policy = p.over(s.policy)
		return nil
	})
}

// WithHeader sends a header with every request. It replaces the SDK's own of
// that name, but not the Authenticator's. A call's replaces the Client's.
// Content-Type is sent only with a body. The headers that the reference documents
// are refused, since they have an option of their own: X-Client-Key and X-Signature
// are the Authenticator's, X-Version the profile's, X-Request-Id, X-Token and
// X-Language those of [WithRequestID], [WithUserToken] and [WithLanguage].
func WithHeader(key, value string) SharedOption {
	return sharedOption(func(s *settings) error {
		if err := checkHeader(key, value); err != nil {
			return fmt.Errorf("WithHeader: %w", err)
		}
		if err := checkNotDocumented(key); err != nil {
			return fmt.Errorf("WithHeader: %w", err)
		}
		// A copy: the slice may be the Client's.
		s.headers = append(slices.Clip(s.headers), header{http.CanonicalHeaderKey(key), value})
		return nil
	})
}

// WithAttemptTimeout limits one attempt, its body included. Default 30 s, or the
// Timeout of the caller's http.Client.
func WithAttemptTimeout(d time.Duration) SharedOption {
	return sharedOption(func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("WithAttemptTimeout: %v is no timeout: pass more than 0", d)
		}
		s.attemptTimeout = d
		return nil
	})
}

// WithRequestID sends id as the request id of the first attempt, instead of a random
// one. The reference wants each request's id to be unique, so the nth attempt has "-n"
// behind it: "id", "id-2", "id-3". The id is signed, so it has to be ASCII.
func WithRequestID(id string) CallOption {
	return callOption(func(s *settings) error {
		if strings.TrimSpace(id) == "" {
			return errors.New("WithRequestID: the id is empty: leave the option out for a random one")
		}
		if err := checkSignedValue(id); err != nil {
			return fmt.Errorf("WithRequestID: the id %w", err)
		}
		s.requestID = id
		return nil
	})
}

// WithUserToken sends a user's token in the header X-Token, which the reference asks
// for on endpoints that are specific to a user. It is LoginStatus.UserToken of a login
// that succeeded. It is signed with the request, and masked in errors and logs.
func WithUserToken(token Secret) CallOption {
	return callOption(func(s *settings) error {
		switch {
		case token == "":
			return errors.New("WithUserToken: the token is empty: pass the one of the login, or leave the option out")
		case strings.Contains(string(token), redacted):
			return errors.New(`WithUserToken: the token is "` + redacted + `", as a Secret prints: pass the Secret itself`)
		}
		if err := checkSignedValue(string(token)); err != nil {
			return fmt.Errorf("WithUserToken: the token %w", err)
		}
		s.userToken = string(token)
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
	return sharedOption(func(s *settings) error {
		if l == "" {
			return errors.New("WithLanguage: the language is empty: pass Indonesian or English, or leave the option out")
		}
		for i := range len(l) {
			if !isTokenByte(l[i]) {
				return errors.New("WithLanguage: the language is no name of one: pass Indonesian or English")
			}
		}
		s.language = l
		return nil
	})
}

// WithTimeout limits the whole call: all attempts and waits. A call that runs out
// of it matches context.DeadlineExceeded. Default: no limit but the context's.
func WithTimeout(d time.Duration) CallOption {
	return callOption(func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("WithTimeout: %v is no timeout: pass more than 0", d)
		}
		s.timeout = d
		return nil
	})
}
