package coreapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/fypass/coreapi-go/internal/rsakey"
	"github.com/fypass/coreapi-go/internal/signature"
)

// The environment variables of NewFromEnv.
const (
	envBaseURL        = "COREAPI_BASE_URL"
	envClientKey      = "COREAPI_CLIENT_KEY"
	envPrivateKey     = "COREAPI_PRIVATE_KEY"
	envPrivateKeyFile = "COREAPI_PRIVATE_KEY_FILE"
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
	shared func() *core
}

// core returns what calls share; nil for a Client that New did not make.
func (c *Client) core() *core {
	if c == nil || c.shared == nil {
		return nil
	}
	return c.shared()
}

// plainTypes is nil for a Client that New did not make.
func (c *Client) plainTypes() *plainTypes {
	if core := c.core(); core != nil {
		return &core.plainTypes
	}
	return nil
}

// core is what calls share. Nothing in it changes after New but the budget and what
// is kept for later calls, which are safe for concurrent use.
type core struct {
	base         url.URL
	auth         Authenticator
	secrets      []string                  // the client key, where it is known before a call
	transport    http.RoundTripper         // nil: http.DefaultTransport, as it is at each attempt
	contact      *AdminContact             // nil: none was given
	log          func(k *call, again bool) // nil: silent
	profile      Profile
	envelope     string // the member of a success body that holds the result; "": the body is it
	plaintext    bool
	signing      signature.Options
	text         func(SignatureInput) ([]byte, error) // what is signed; nil: the documented structure
	maxBytes     int64
	interceptors []Interceptor
	call         settings
	userAgent    string
	blank        *http.Request // what attempts' requests are copies of, never written to
	over         http.Response // empty, never written to
	buffers      buffers
	decoders     decoders
	loops        loops
	plainTypes   plainTypes
	budget       retryBudget
}

// New makes a Client for the API at baseURL. The scheme is https, unless the
// host is loopback or [WithPlaintext] is given. Without options a call has 4
// attempts of 30 s each, and responses are limited to 4 MiB. Whatever is wrong
// with an argument or an option is refused with [ErrInvalidArgument].
func New(baseURL string, auth Authenticator, opts ...Option) (*Client, error) {
	c, err := newCore(baseURL, auth, opts)
	if err != nil {
		return nil, refuse("New", err)
	}
	client := &Client{shared: func() *core { return c }}
	client.Clients = &ClientsService{client}
	client.Users = &UsersService{client}
	client.Devices = &DevicesService{client}
	return client, nil
}

// NewFromEnv makes a Client as [New] does, with the base URL in COREAPI_BASE_URL, the
// client key in COREAPI_CLIENT_KEY, and the private key, which [ParsePrivateKey] reads,
// either as text in COREAPI_PRIVATE_KEY or in the file that COREAPI_PRIVATE_KEY_FILE
// names. Neither of them, and both, is [ErrInvalidArgument].
func NewFromEnv(opts ...Option) (*Client, error) {
	var values [2]string
	for i, name := range []string{envBaseURL, envClientKey} {
		values[i] = os.Getenv(name)
		if values[i] == "" {
			return nil, refuse("NewFromEnv", fmt.Errorf("the environment variable %s is not set: set it, or use New", name))
		}
	}
	data, source, err := privateKeyFromEnv()
	if err != nil {
		return nil, refuse("NewFromEnv", err)
	}
	signer, err := rsakey.Parse(data)
	if err != nil {
		return nil, refuse("NewFromEnv", fmt.Errorf("%s: %w", source, err))
	}
	return New(values[0], SignedClientKey(values[1], signer), opts...)
}

// privateKeyFromEnv also returns the name of the variable that it came by.
func privateKeyFromEnv() (data []byte, source string, err error) {
	text, file := os.Getenv(envPrivateKey), os.Getenv(envPrivateKeyFile)
	switch {
	case text == "" && file == "":
		return nil, "", errors.New("neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set, and the API demands a signature: set one of them, or use New")
	case text != "" && file != "":
		return nil, "", errors.New("COREAPI_PRIVATE_KEY and COREAPI_PRIVATE_KEY_FILE are both set: unset one of them")
	case text != "":
		return []byte(text), envPrivateKey, nil
	}
	data, err = readKeyFile(file)
	return data, envPrivateKeyFile, err
}

// maxKeyFile is well over the size of any key's file, in bytes.
const maxKeyFile = 1 << 20

// readKeyFile does not quote the file's name: it may be the key itself, in the wrong
// variable.
func readKeyFile(name string) ([]byte, error) {
	data, err := readAtMost(name, maxKeyFile)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return nil, fmt.Errorf("the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: %w: check its name and rights, or put the key's text into COREAPI_PRIVATE_KEY", failed.Err)
	case err != nil:
		return nil, errors.New("the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: check its name and rights, or put the key's text into COREAPI_PRIVATE_KEY")
	case len(data) > maxKeyFile:
		return nil, errors.New("the file that COREAPI_PRIVATE_KEY_FILE names is over 1 MiB, so no key's: name the key's file")
	}
	return data, nil
}

// readAtMost reads one byte over the limit where there is more.
func readAtMost(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// refuse makes the error of an argument that was refused before any I/O.
func refuse(operation string, cause error) *Error {
	return (*Client)(nil).refuse(Operation{Name: operation}, cause)
}

// refuse is safe on a Client that New did not make.
func (c *Client) refuse(op Operation, cause error) *Error {
	var secrets []string
	var contact *AdminContact
	if core := c.core(); core != nil {
		secrets, contact = core.secrets, core.contact
	}
	clean := func(s string) string { return validText(mask(s, secrets...)) }
	cause = safeCause(cause, fromCaller, secrets, false)
	return &Error{
		Operation: clean(op.Name),
		Method:    clean(op.Method),
		Path:      clean(op.Path),
		Delivery:  DeliveryNotSent,
		class:     classInvalidArgument,
		causes:    []error{cause},
		causeText: validText(cause.Error()),
		contact:   contact,
		at:        time.Now(),
	}
}

func newCore(baseURL string, auth Authenticator, opts []Option) (*core, error) {
	cfg := config{
		profile:  DefaultProfile(),
		maxBytes: defaultMaxResponseBytes,
	}
	for i, opt := range opts {
		if isNil(opt) {
			return nil, fmt.Errorf("option %d is nil: leave it out", i+1)
		}
		if err := opt.applyToClient(&cfg); err != nil {
			return nil, err
		}
	}
	base, err := parseBaseURL(baseURL, cfg.plaintext)
	if err != nil {
		return nil, err
	}
	if err := checkAuthenticator(auth); err != nil {
		return nil, err
	}
	if _, unsigned := auth.(keyAuth); unsigned && cfg.text != nil {
		return nil, errors.New("WithSignatureText: the Authenticator does not sign: pass coreapi.SignedClientKey(key, signer)")
	}
	envelope, err := cfg.profile.Envelope.resultMember()
	if err != nil {
		return nil, err
	}
	blank, err := http.NewRequest(http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	c := &core{
		base:         *base,
		auth:         auth,
		secrets:      maskForms(knownKeys(auth)...),
		contact:      cfg.contact,
		log:          cfg.log,
		profile:      cfg.profile,
		envelope:     envelope,
		plaintext:    cfg.plaintext,
		signing:      cfg.profile.Signature.options(),
		text:         cfg.text,
		maxBytes:     cfg.maxBytes,
		interceptors: cfg.interceptors,
		call:         cfg.call,
		blank:        blank,
		over:         http.Response{StatusCode: http.StatusOK, Body: http.NoBody},
		userAgent:    strings.TrimSpace(cfg.userAgent + " coreapi-go/" + version),
	}
	c.useHTTPClient(cfg.httpClient)
	c.call.resolved = c.call.policy.withDefaults()
	return c, nil
}

// useHTTPClient takes the transport and the timeout of the caller's client, and
// nothing else: neither it nor its Jar and CheckRedirect see a call.
func (c *core) useHTTPClient(caller *http.Client) {
	timeout := defaultAttemptTimeout
	if caller == nil {
		c.transport = defaultTransport()
	} else {
		c.transport = caller.Transport
		if caller.Timeout > 0 {
			timeout = caller.Timeout
		}
	}
	if c.call.attemptTimeout == 0 {
		c.call.attemptTimeout = timeout
	}
}

func (c *core) roundTripper() http.RoundTripper {
	if c.transport == nil {
		return http.DefaultTransport
	}
	return c.transport
}

// parseBaseURL never quotes the URL: it may hold a password.
func parseBaseURL(raw string, plaintext bool) (*url.URL, error) {
	const want = `pass one such as "https://api.example.com"`
	if raw == "" {
		return nil, ownWords("the base URL is empty: " + want)
	}
	if strings.ContainsAny(raw, "?#") {
		return nil, ownWords("the base URL holds a query or a fragment: " + want)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, ownWords("the base URL does not parse: " + want)
	case u.User != nil:
		return nil, errors.New("the base URL holds a user name: take it out; the Authenticator has the key")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, ownWords("the base URL has no http or https scheme: " + want)
	case u.Opaque != "" || u.Hostname() == "":
		return nil, ownWords("the base URL has no host: " + want)
	case u.Scheme == "http" && !plaintext && !isLoopback(u.Hostname()):
		return nil, errors.New("the base URL is http to a host that is not loopback: use https, or WithPlaintext to send the key in the clear")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errors.New("the base URL's port is not one: pass 1 to 65535, or none")
		}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if path != "" {
		if err := checkPath(path); err != nil {
			return nil, fmt.Errorf("the base URL: %w", err)
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/"), RawPath: path}, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CloseIdleConnections closes the idle connections of the Client's transport,
// the caller's own too, if it was given with [WithHTTPClient]. It is safe for
// concurrent use.
func (c *Client) CloseIdleConnections() {
	core := c.core()
	if core == nil {
		return
	}
	if t, ok := core.roundTripper().(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// String returns the client's origin, without key and options.
func (c Client) String() string {
	core := c.core()
	if core == nil {
		return "coreapi.Client()"
	}
	return "coreapi.Client(" + core.base.Scheme + "://" + core.base.Host + ")"
}

// Format prints String() under any verb.
func (c Client) Format(f fmt.State, verb rune) { formatAs(f, verb, c.String()) }

// LogValue is String, for slog.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, for JSON. It never fails.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Operation names a call for interceptors, logs and errors.
type Operation struct {
	Name   string // such as "Users.Login"
	Method string
	Path   string // the route ("/device") or the request's path, without query
}

// Interceptor runs around a whole call: all its attempts and waits. It calls next
// to go on, with ctx or one derived from it. It may inspect or replace the error,
// and it may return without calling next: nil then gives the call's zero value.
// An error of its own reaches the caller wrapped in an [*Error]. It may call next
// again when next has returned, not before, and must not return while next runs. It
// must be safe for concurrent use.
type Interceptor func(ctx context.Context, op Operation, next func(context.Context) error) error
