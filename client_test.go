package coreapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

func TestNewRefusesABaseURLThatCannotBeRight(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                  "empty",
		"api.example.com":                   "scheme",
		"//api.example.com":                 "scheme",
		"ftp://api.example.com":             "scheme",
		"https://":                          "no host",
		"https://:443":                      "no host",
		"https:api.example.com":             "no host",
		"https://user:secretpw@example.com": "user name",
		"https://example.com?token=t":       "query",
		"https://example.com?":              "query",
		"https://example.com#f":             "fragment",
		"https://example.com#":              "fragment",
		"https://example.com:0":             "port",
		"https://example.com:65536":         "port",
		"https://example.com:port":          "does not parse",
		"https://exa mple.com":              "does not parse",
		" https://example.com":              "does not parse",
		"https://example.com/a/../b":        `".."`,
		"https://example.com/%2e%2e/b":      `".."`,
		"http://example.com":                "WithPlaintext",
		"http://127.0.0.1.example.com":      "WithPlaintext",
		"http://localhost.example.com":      "WithPlaintext",
		"https://user:secretpw@exa mple":    "does not parse",
	} {
		c, err := New(raw, ClientKey(testKey))
		require.Nil(t, c, raw)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		require.Contains(t, err.Error(), want, raw)
		require.NotContains(t, err.Error(), "secretpw", "the URL is not quoted")
		e := asError(t, err)
		require.Equal(t, DeliveryNotSent, e.Delivery)
		require.Zero(t, e.Attempts)
	}
}

func TestNewTakesUsableBaseURLs(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example.com":       "https://api.example.com/things",
		"https://api.example.com/":      "https://api.example.com/things",
		"HTTPS://API.example.com/v1/":   "https://API.example.com/v1/things",
		"https://api.example.com/a%2Fb": "https://api.example.com/a%2Fb/things",
		"https://api.example.com:8443":  "https://api.example.com:8443/things",
		"https://[2001:db8::1]/v1":      "https://[2001:db8::1]/v1/things",
		"http://localhost:8080":         "http://localhost:8080/things",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080/things",
		"http://[::1]:8080":             "http://[::1]:8080/things",
	} {
		s := scripted(answer{body: "{}"})
		c, err := New(raw, ClientKey(testKey), WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err, raw)
		require.NoError(t, get(c))
		require.Equal(t, want, s.sent[0].url)
	}
	_, err := New("http://api.example.com", ClientKey(testKey), WithPlaintext())
	require.NoError(t, err)
}

func TestARefusedBaseURLIsToldOneToPass(t *testing.T) {
	for _, raw := range []string{"", "api.example.com", "https://", "://", "https://api.example.com?key=value", "ftp://api.example.com"} {
		_, err := New(raw, ClientKey(testKey))
		requireMatchesExactly(t, err, ErrInvalidArgument)
		for _, text := range []string{err.Error(), asError(t, err).Report()} {
			require.Contains(t, text, "https://api.example.com", raw)
			require.NotContains(t, text, "key=value")
		}
	}
}

func TestNewFromEnvNamesTheVariableThatIsMissing(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", "")
	t.Setenv("COREAPI_CLIENT_KEY", "")
	_, err := NewFromEnv()
	requireMatchesExactly(t, err, ErrInvalidArgument)
	require.Contains(t, err.Error(), "COREAPI_BASE_URL")
	t.Setenv("COREAPI_BASE_URL", testBase)
	_, err = NewFromEnv()
	require.Contains(t, err.Error(), "COREAPI_CLIENT_KEY")
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", "")
	_, err = NewFromEnv()
	require.ErrorContains(t, err, "neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set")
}

func TestNewFromEnvSignsWithTheKeyInTheVariableOrInTheFile(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", testBase)
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte(testkey.PKCS8Base64), 0o600))
	for _, key := range []struct{ text, file string }{{testkey.PKCS8Base64, ""}, {"", file}} {
		t.Setenv("COREAPI_PRIVATE_KEY", key.text)
		t.Setenv("COREAPI_PRIVATE_KEY_FILE", key.file)
		s := scripted(answer{body: "{}"})
		c, err := NewFromEnv(WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		require.NoError(t, get(c))
		require.Equal(t, testKey, s.sent[0].header.Get("X-Client-Key"))
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
	}
}

func TestNewFromEnvSaysWhatIsWrongWithTheKeyAndQuotesNothingOfIt(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", testBase)
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	dir := t.TempDir()
	large, missing := filepath.Join(dir, "large"), filepath.Join(dir, "missing")
	require.NoError(t, os.WriteFile(large, make([]byte, 1<<20+1), 0o600))
	for name, test := range map[string]struct{ text, file, want string }{
		"both":                 {testkey.PKCS8Base64, large, "both set"},
		"no such file":         {"", missing, "no such file"},
		"a folder":             {"", dir, "COREAPI_PRIVATE_KEY_FILE"},
		"a large file":         {"", large, "over 1 MiB"},
		"the key as file":      {"", testkey.PKCS8Base64, "COREAPI_PRIVATE_KEY_FILE"},
		"a file's name as key": {missing, "", "COREAPI_PRIVATE_KEY: "},
		"half a key":           {testkey.PKCS8Base64[:800], "", "COREAPI_PRIVATE_KEY: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("COREAPI_PRIVATE_KEY", test.text)
			t.Setenv("COREAPI_PRIVATE_KEY_FILE", test.file)
			_, err := NewFromEnv()
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), testkey.PKCS8Base64[40:48])
			require.NotContains(t, err.Error(), dir)
		})
	}
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", missing)
	_, err := NewFromEnv()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestClientOptionsThatSayNothingOrNonsenseAreRefused(t *testing.T) {
	for name, opt := range map[string]Option{
		"nil option":                  nil,
		"typed nil option":            (*nilOption)(nil),
		"negative client timeout":     WithHTTPClient(&http.Client{Timeout: -1}),
		"empty contact":               WithAdminContact(AdminContact{}),
		"empty user agent":            WithUserAgent(""),
		"user agent, line break":      WithUserAgent("a\nb"),
		"no response bytes":           WithMaxResponseBytes(0),
		"negative response bytes":     WithMaxResponseBytes(-1),
		"nil interceptor":             WithInterceptor(nil),
		"typed nil transport":         WithHTTPClient(&http.Client{Transport: (*http.Transport)(nil)}),
		"Accept-Encoding":             WithHeader("Accept-Encoding", "gzip"),
		"no attempt timeout":          WithAttemptTimeout(0),
		"negative attempt timeout":    WithAttemptTimeout(-1),
		"empty header name":           WithHeader("", "v"),
		"bad header name":             WithHeader("a b", "v"),
		"empty header value":          WithHeader("X-A", ""),
		"header value, line break":    WithHeader("X-A", "a\r\nX-B: c"),
		"Host":                        WithHeader("host", "x"),
		"Content-Length":              WithHeader("Content-Length", "1"),
		"Transfer-Encoding":           WithHeader("transfer-encoding", "chunked"),
		"Connection":                  WithHeader("Connection", "close"),
		"request id's header":         WithHeader("x-request-id", "1"),
		"profile's method":            WithProfile(Profile{Login: Route{Method: "post"}}),
		"profile's path":              WithProfile(Profile{Login: Route{Path: "login"}}),
		"client key's header":         WithHeader("x-client-key", "1"),
		"version's header":            WithHeader("X-Version", "1"),
		"signature's header":          WithHeader("X-SIGNATURE", "1"),
		"user token's header":         WithHeader("x-token", "1"),
		"language's header":           WithHeader("x-language", "en"),
		"no language":                 WithLanguage(""),
		"no language's name":          WithLanguage("en\r\nX-A: b"),
		"signature text, no func":     WithSignatureText(nil),
		"profile's query":             WithProfile(Profile{ClientInfo: Route{Path: "/a?b#c"}}),
		"profile's query, no text":    WithProfile(Profile{ClientInfo: Route{Path: "/a?b=%zz"}}),
		"profile's path, no id":       WithProfile(Profile{GetDevice: Route{Path: "/devices"}}),
		"profile's path, two ids":     WithProfile(Profile{GetDevice: Route{Path: "/d/{id}?id={id}"}}),
		"profile's status, no token":  WithProfile(Profile{LoginStatus: Route{Path: "/user/login?id={id}"}}),
		"profile's path, braces":      WithProfile(Profile{Login: Route{Path: "/{id}"}}),
		"profile's version":           WithProfile(Profile{Version: "1\n"}),
		"profile's version, no ASCII": WithProfile(Profile{Version: "1.0é"}),
		"profile's envelope":          WithProfile(Profile{Envelope: `{"data":"result"}`}),
		"profile's envelope, nested":  WithProfile(Profile{Envelope: `{"a":{"data":"{result}"}}`}),
		"profile's envelope, broken":  WithProfile(Profile{Envelope: `{"data":`}),
		"profile's padding":           WithProfile(Profile{Signature: Signature{Padding: "oaep"}}),
		"profile's encoding":          WithProfile(Profile{Signature: Signature{Encoding: "Base64"}}),
		"profile's endpoint":          WithProfile(Profile{Signature: Signature{Endpoint: "url"}}),
		"profile's no body":           WithProfile(Profile{Signature: Signature{NoBody: "none"}}),
		"profile's style":             WithProfile(Profile{Signature: Signature{Style: "php"}}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(testBase, ClientKey(testKey), opt)
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.Greater(t, len(asError(t, err).causeText), 20, "the text says what to pass")
		})
	}
}

type nilOption struct{}

func (*nilOption) applyToClient(*config) error { return nil }

func TestCallOptionsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	s := scripted(answer{body: "{}"})
	c := newClient(t, s)
	for name, opt := range map[string]CallOption{
		"nil":               nil,
		"empty request id":  WithRequestID(""),
		"blank request id":  WithRequestID("  "),
		"broken request id": WithRequestID("a\nb"),
		"no timeout":        WithTimeout(0),
		"negative timeout":  WithTimeout(-1),
		"header":            WithHeader("Host", "x"),
		"request id header": WithHeader("X-Request-Id", "x"),
		"attempt timeout":   WithAttemptTimeout(-1),
	} {
		requireMatchesExactly(t, get(c, opt), ErrInvalidArgument)
		require.Equal(t, "Test.Get", asError(t, get(c, opt)).Operation, name)
	}
	require.Zero(t, s.count())
}

func TestNilContextsAndClientsAreRefused(t *testing.T) {
	var nilContext context.Context
	var typedNil *valueContext
	c := newClient(t, scripted(answer{}))
	for _, ctx := range []context.Context{nilContext, typedNil} {
		_, err := c.Clients.Info(ctx)
		requireMatchesExactly(t, err, ErrInvalidArgument)
	}
	ctx := context.Background()
	var zero Client
	for _, none := range []*Client{nil, &zero} {
		_, err := Do[RawJSON](ctx, none, Request{Path: "/x"})
		requireMatchesExactly(t, err, ErrInvalidArgument)
		none.CloseIdleConnections()
	}
	var (
		clients *ClientsService
		users   *UsersService
		devices *DevicesService
	)
	for _, call := range []func() error{
		func() error { _, err := clients.Info(ctx); return err },
		func() error { _, err := users.StartLogin(ctx); return err },
		func() error { _, err := users.WaitForLogin(ctx, "t"); return err },
		func() error {
			_, err := users.Login(ctx, LoginRequest{Email: "e", Password: "p"})
			return err
		},
		func() error { _, err := devices.Get(ctx, "i"); return err },
		func() error {
			_, err := (&DevicesService{}).Save(ctx, DeviceInfo{DeviceID: "d"})
			return err
		},
	} {
		requireMatchesExactly(t, call(), ErrInvalidArgument)
	}
}

type valueContext struct{ context.Context }

func TestCallersHTTPClientIsNeverChangedAndItsJarAndRedirectsNotUsed(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := scripted(answer{status: 302, header: http.Header{"Location": {"/elsewhere"}, "Set-Cookie": {"a=b"}}})
	caller := &http.Client{Transport: s, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { t.Error("not used"); return nil }}
	before := *caller
	c, err := New(testBase, ClientKey(testKey), WithHTTPClient(caller))
	require.NoError(t, err)
	require.ErrorIs(t, get(c), ErrRedirect)
	require.ErrorIs(t, get(c), ErrRedirect)
	require.Empty(t, s.sent[1].header.Get("Cookie"))
	require.Equal(t, fmt.Sprintf("%p %p %v", before.Transport, before.CheckRedirect, before.Timeout),
		fmt.Sprintf("%p %p %v", caller.Transport, caller.CheckRedirect, caller.Timeout))
	require.Same(t, jar, caller.Jar)
}

func TestNilHTTPClientAndLoggerMeanTheDefault(t *testing.T) {
	c, err := New(testBase, ClientKey(testKey), WithHTTPClient(nil), WithLogger(nil))
	require.NoError(t, err)
	transport, ok := c.core().transport.(*http.Transport)
	require.True(t, ok)
	require.NotSame(t, http.DefaultTransport, transport)
	require.GreaterOrEqual(t, transport.MaxIdleConnsPerHost, 100)
	require.NotZero(t, transport.TLSHandshakeTimeout)
	require.True(t, transport.ForceAttemptHTTP2)
	require.NotNil(t, transport.Proxy)
	require.NotNil(t, transport.DialContext)
	c.CloseIdleConnections()
}

func TestWorksWithHTTPMock(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", testBase+"/client", httpmock.NewStringResponder(200, `{"id":"c1","name":"Shop","status":"active","plan":9007199254740993}`))
	info, err := newClient(t, mock).Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "Shop", info.Name)
	require.Contains(t, string(info.Raw), "9007199254740993")
	require.Equal(t, 1, mock.GetTotalCallCount())
	_, err = newClient(t, mock).Devices.Get(context.Background(), "d", WithRetryPolicy(NoRetry()))
	require.ErrorIs(t, err, httpmock.NoResponderFound, "a transport's own error is found")
}

func TestHeadersOfARequest(t *testing.T) {
	s := scripted(answer{body: "{}"})
	c := newClient(t, s, WithUserAgent("shop/2.1"), WithHeader("x-tenant", "one"), WithHeader("Content-Type", "application/vnd.x+json"))
	require.NoError(t, get(c))
	require.NoError(t, post(c, WithHeader("X-Tenant", "two"), WithHeader("Accept", "text/x")))
	first, second := s.sent[0].header, s.sent[1].header
	require.Equal(t, "application/json", first.Get("Accept"))
	require.Equal(t, "shop/2.1 coreapi-go/"+version, first.Get("User-Agent"))
	require.Equal(t, "one", first.Get("X-Tenant"))
	require.Equal(t, testKey, first.Get("X-Client-Key"))
	require.NotContains(t, first, "Content-Type", "only with a body")
	require.Equal(t, "two", second.Get("X-Tenant"))
	require.Equal(t, "text/x", second.Get("Accept"))
	require.Equal(t, "application/vnd.x+json", second.Get("Content-Type"))
	require.Equal(t, []string{testKey}, second["X-Client-Key"], "the Authenticator's header wins")
	require.NoError(t, get(c))
	require.Equal(t, "one", s.sent[2].header.Get("X-Tenant"), "a call's header never reaches another")
}

func TestInterceptorsRunAroundTheWholeCallInOrder(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var trace []string
		tracer := func(name string) Option {
			return WithInterceptor(func(ctx context.Context, op Operation, next func(context.Context) error) error {
				trace = append(trace, name+" "+op.Name+" "+op.Path)
				err := next(ctx)
				trace = append(trace, name+" done")
				return err
			})
		}
		s := scripted(answer{status: 503}, answer{body: `{"id":"d"}`})
		_, err := newClient(t, s, tracer("outer"), tracer("inner")).Devices.Get(context.Background(), "secret-id")
		require.NoError(t, err)
		require.Equal(t, []string{"outer Devices.Get /device", "inner Devices.Get /device", "inner done", "outer done"}, trace)
		require.Equal(t, 2, s.count())
	})
}

func TestInterceptorsMayStopReplaceOrRepeatACall(t *testing.T) {
	own := errors.New("not today")
	ctx := context.Background()
	with := func(s *script, f Interceptor) *Client { return newClient(t, s, WithInterceptor(f)) }

	s := scripted(answer{body: `{"id":"i"}`})
	info, err := with(s, func(context.Context, Operation, func(context.Context) error) error { return nil }).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, &ClientInfo{}, info, "nil without next gives the zero value")
	require.Zero(t, s.count())

	_, err = with(s, func(context.Context, Operation, func(context.Context) error) error { return own }).Clients.Info(ctx)
	require.ErrorIs(t, err, own)
	require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
	require.Equal(t, "Clients.Info", asError(t, err).Operation)
	require.Zero(t, s.count())

	_, err = with(s, func(ctx context.Context, _ Operation, next func(context.Context) error) error {
		require.NoError(t, next(ctx))
		return own
	}).Clients.Info(ctx)
	require.ErrorIs(t, err, own)
	require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
	require.Equal(t, 1, asError(t, err).Attempts)

	failing := scripted(answer{status: 404})
	_, err = with(failing, func(ctx context.Context, _ Operation, next func(context.Context) error) error {
		return fmt.Errorf("around: %w", next(ctx))
	}).Clients.Info(ctx)
	require.ErrorIs(t, err, ErrUnknownCode)
	require.ErrorContains(t, err, "around: coreapi: Clients.Info")

	twice := scripted(answer{status: 404}, answer{body: `{"id":"second"}`})
	info, err = with(twice, func(ctx context.Context, _ Operation, next func(context.Context) error) error {
		require.Error(t, next(ctx))
		return next(ctx)
	}).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "second", info.ID)

	_, err = with(s, func(_ context.Context, _ Operation, next func(context.Context) error) error {
		var none context.Context
		return next(none)
	}).Clients.Info(ctx)
	require.ErrorContains(t, err, "nil context")

	ran := false
	_, err = with(s, func(context.Context, Operation, func(context.Context) error) error { ran = true; return nil }).Devices.Get(ctx, "")
	require.ErrorIs(t, err, ErrInvalidArgument)
	require.False(t, ran, "it runs after the arguments are checked")
}

func TestAnInterceptorsContextErrorIsTheCallers(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		limiter := WithInterceptor(func(ctx context.Context, _ Operation, _ func(context.Context) error) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c := newClient(t, scripted(answer{}), limiter)
		require.ErrorIs(t, get(c, WithTimeout(time.Second)), context.DeadlineExceeded)
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(why)
		_, err := c.Clients.Info(ctx)
		for _, target := range []error{context.Canceled, why, ErrClientClosedRequest} {
			require.ErrorIs(t, err, target)
		}
		require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
	})
}

func TestAnInterceptorsOwnErrorKeepsItsIdentityAndGetsTheContact(t *testing.T) {
	contact := AdminContact{Email: "ops@example.com"}
	returns := func(err error) error {
		return get(newClient(t, scripted(answer{}), WithAdminContact(contact),
			WithInterceptor(func(context.Context, Operation, func(context.Context) error) error { return err })))
	}
	quoting := errors.New(`invalid tenant "acme"`)
	err := returns(quoting)
	require.ErrorIs(t, err, quoting)
	require.ErrorContains(t, err, `invalid tenant "acme"`)
	own := NewError(CodeUserDeleted, "made up")
	g, _ := GuidanceFor(returns(own))
	require.Equal(t, contact, g.Contact)
	require.ErrorIs(t, returns(own), ErrUserDeleted)
	require.Empty(t, own.Guidance().Contact, "the interceptor's own is not changed")
}

func TestASecondNextKeepsTheLastAnswerOfTheFirst(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer{status: 504, body: codeBody(CodeRequestTimeout)}.response(r)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := newClient(t, transport, WithRetryPolicy(NoRetry()), WithInterceptor(func(ctx context.Context, _ Operation, next func(context.Context) error) error {
			if err := next(ctx); err == nil {
				return nil
			}
			return next(ctx)
		}))
		err := get(c, WithTimeout(time.Second))
		require.ErrorIs(t, err, ErrRequestTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}

func TestNextMayNotRunTwiceAtATime(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hedge := func(ctx context.Context, _ Operation, next func(context.Context) error) error {
			first := make(chan error)
			go func() { first <- next(ctx) }()
			time.Sleep(time.Millisecond)
			second := next(ctx)
			return errors.Join(<-first, second)
		}
		s := scripted(answer{status: 403, body: codeBody(CodeUserSuspended)})
		slow := roundTripper(func(r *http.Request) (*http.Response, error) { time.Sleep(time.Second); return s.RoundTrip(r) })
		err := get(newClient(t, slow, WithInterceptor(hedge)))
		require.ErrorIs(t, err, ErrUserSuspended)
		require.ErrorIs(t, err, errNextIsRunning)
		require.Equal(t, 1, s.count())
	})
}

func TestAPanicThatAnInterceptorSurvivesKeepsTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		attempts := 0
		breaks := roundTripper(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts > 1 {
				panic("broken")
			}
			return answer{status: 503, body: codeBody(CodeRequestTimeout)}.response(r)
		})
		err := get(newClient(t, breaks, WithInterceptor(func(ctx context.Context, _ Operation, next func(context.Context) error) error {
			func() {
				defer func() { require.NotNil(t, recover()) }()
				_ = next(ctx)
			}()
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return next(ctx)
		})))
		require.ErrorIs(t, err, ErrRequestTimeout)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 503, asError(t, err).StatusCode)
	})
}

func TestAnOptionMayServeSeveralClientsAtOnce(t *testing.T) {
	profile, header := WithProfile(Profile{Envelope: `{"data":"{result}"}`}), WithHeader("X-A", "1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := New(testBase, ClientKey(testKey), profile, header); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestPanicsInTheCallersCodeBecomeErrors(t *testing.T) {
	cause := errors.New("boom")
	boom := roundTripper(func(*http.Request) (*http.Response, error) { panic(cause) })
	interceptor := WithInterceptor(func(context.Context, Operation, func(context.Context) error) error { panic(cause) })
	shouldRetry := WithRetryPolicy(RetryPolicy{ShouldRetry: func(context.Context, Attempt) bool { panic(cause) }})
	for name, test := range map[string]struct {
		client *Client
		want   Delivery
	}{
		"transport":                        {newClient(t, boom), DeliveryUnknown},
		"interceptor":                      {newClient(t, scripted(answer{}), interceptor), DeliveryNotSent},
		"ShouldRetry after a 400":          {newClient(t, scripted(answer{status: 400}), shouldRetry), DeliveryRejected},
		"ShouldRetry after a refused dial": {newClient(t, scripted(answer{err: refusedDial}), shouldRetry), DeliveryNotSent},
		"ShouldRetry after a 503":          {newClient(t, scripted(answer{status: 503}), shouldRetry), DeliveryUnknown},
	} {
		err := get(test.client)
		require.ErrorIs(t, err, cause, name)
		require.Equal(t, test.want, asError(t, err).Delivery, name)
		err = get(test.client, WithTimeout(time.Minute))
		require.ErrorIs(t, err, cause, name)
		require.NotErrorIs(t, err, context.Canceled, name)
		require.NotErrorIs(t, err, ErrClientClosedRequest, name)
	}
}

func TestLogHasALineForEachAttemptAndNoSecret(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s := scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)}, answer{body: `{"state":"pending"}`})
		c := newClient(t, s, WithLogger(logger))
		_, err := c.Users.LoginStatus(context.Background(), "token-0123456789")
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], `"outcome":"failure"`)
		require.Contains(t, lines[0], `REQUEST_TIMEOUT`)
		require.Contains(t, lines[0], `"retry_in"`)
		require.Contains(t, lines[1], `"attempt":2`)
		require.NotContains(t, out.String(), "token-0123456789")
		require.NotContains(t, out.String(), testKey)
		out.Reset()
		quiet := slog.New(slog.NewJSONHandler(&out, nil))
		require.NoError(t, get(newClient(t, scripted(answer{body: "{}"}), WithLogger(quiet))))
		require.Empty(t, out.String(), "debug level only")
	})
}

func TestOneClientServesManyGoroutinesWithoutMixingTheirCalls(t *testing.T) {
	echo := roundTripper(func(r *http.Request) (*http.Response, error) {
		return answer{body: `{"id":"` + r.Header.Get("X-Tenant") + " " + r.Header.Get("X-Request-Id") + `"}`}.response(r)
	})
	c := newClient(t, echo, WithHeader("X-A", "1"), WithHeader("X-B", "2"))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 20 {
				tenant, id := fmt.Sprint("tenant", i), fmt.Sprint("id", i)
				info, err := c.Clients.Info(context.Background(), WithHeader("X-Tenant", tenant), WithRequestID(id))
				if err != nil || info.ID != tenant+" "+id {
					t.Errorf("got %v, %v", info, err)
				}
			}
		})
	}
	wg.Wait()
}
