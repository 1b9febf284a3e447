package coreapi_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestATraceIsToldOfACallThatIsRepeatedTwice(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var told traceRecorder
		c := newClient(t, scripted(
			answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout), header: http.Header{"Retry-After": {"2"}}},
			answer{err: refusedDial},
			answer{body: `{"id":"d-1","deviceId":"phone"}`, header: http.Header{"X-Request-Id": {"its-own"}}}),
			coreapi.WithTrace(told.trace()), coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Nanosecond}))
		_, err := c.Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "phone"}, coreapi.WithRequestID("call"))
		require.NoError(t, err)
		require.Equal(t, []string{
			"call Devices.Save POST /device",
			"attempt 1 call",
			`attempt 1 done: status 504, REQUEST_TIMEOUT, stopped "", again true`,
			"attempt 2 call-2",
			`attempt 2 done: status 0, not_connected, stopped "", again true`,
			"attempt 3 call-3",
			`attempt 3 done: status 200, ok, stopped "", again false`,
			`call Devices.Save done: attempts 3, status 200, id "its-own", ok`,
		}, told.told)
		require.Equal(t, 2*time.Second, told.dones[0].RetryIn.Truncate(time.Millisecond))
		require.Equal(t, time.Duration(-1), told.dones[2].RetryIn)
		require.Equal(t, []string{"HTTP/1.1", "", "HTTP/1.1"}, []string{told.dones[0].Protocol, told.dones[1].Protocol, told.dones[2].Protocol})
		require.Equal(t, told.starts[1].Operation, told.dones[1].Operation)
		require.Equal(t, "https://api.example.com/v1/device", told.starts[2].URL.String())
	})
}

func TestDurationsAreOfTheAttemptAndOfTheWholeCall(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var told traceRecorder
		slow := roundTripper(func(r *http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			return answer{status: 503, header: http.Header{"Retry-After": {"10"}}}.response(r)
		})
		c := newClient(t, slow, coreapi.WithTrace(told.trace()), coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			MaxAttempts: 2, BaseBackoff: time.Nanosecond,
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { time.Sleep(time.Minute); return true },
		}))
		require.Error(t, get(c))
		require.Equal(t, 3*time.Second, told.dones[0].Duration, "without the decision about a retry")
		require.Equal(t, 76*time.Second, told.ends[0].Duration.Truncate(time.Millisecond))
	})
}

// noContext is refused.
var noContext context.Context

func TestEveryCallEndsOnceHoweverItEnds(t *testing.T) {
	cause := errors.New("boom")
	boom := func() { panic(cause) }
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	type operation = func(*coreapi.Client) error
	info := func(c *coreapi.Client) error { _, err := c.Clients.Info(ctx); return err }
	for name, test := range map[string]struct {
		call     operation
		answer   answer
		options  []coreapi.Option
		attempts int
		class    string
	}{
		"success":             {info, answer{body: `{"id":"c"}`}, nil, 1, ""},
		"no account":          {func(c *coreapi.Client) error { _, err := c.Users.Login(ctx, coreapi.LoginRequest{}); return err }, answer{}, nil, 0, "invalid_argument"},
		"no reqToken":         {func(c *coreapi.Client) error { _, err := c.Users.LoginStatus(ctx, ""); return err }, answer{}, nil, 0, "invalid_argument"},
		"nothing to wait for": {func(c *coreapi.Client) error { _, err := c.Users.WaitForLogin(ctx, ""); return err }, answer{}, nil, 0, "invalid_argument"},
		"no device":           {func(c *coreapi.Client) error { _, err := c.Devices.Save(ctx, coreapi.DeviceInfo{}); return err }, answer{}, nil, 0, "invalid_argument"},
		"no id":               {func(c *coreapi.Client) error { _, err := c.Devices.Get(ctx, ""); return err }, answer{}, nil, 0, "invalid_argument"},
		"no path":             {func(c *coreapi.Client) error { _, err := coreapi.Do[string](ctx, c, coreapi.Request{}); return err }, answer{}, nil, 0, "invalid_argument"},
		"no body": {func(c *coreapi.Client) error {
			_, err := coreapi.Do[string](ctx, c, coreapi.Request{Path: "/a", Body: func() {}})
			return err
		}, answer{}, nil, 0, "invalid_argument"},
		"no call option":     {func(c *coreapi.Client) error { _, err := c.Clients.Info(ctx, nil); return err }, answer{}, nil, 0, "invalid_argument"},
		"no context":         {func(c *coreapi.Client) error { _, err := c.Clients.Info(noContext); return err }, answer{}, nil, 0, "invalid_argument"},
		"ended context":      {func(c *coreapi.Client) error { _, err := c.Clients.Info(cancelled); return err }, answer{}, nil, 0, "canceled"},
		"transport panics":   {info, answer{}, []coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { boom(); return nil, nil })})}, 1, "caller"},
		"interceptor panics": {info, answer{}, []coreapi.Option{coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { boom(); return nil })}, 0, "caller"},
		"interceptor panics after it": {info, answer{body: `{"id":"c"}`}, []coreapi.Option{coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			_ = next(ctx)
			panic(cause)
		})}, 1, "caller"},
		"interceptor asks twice": {info, answer{body: `{"id":"c"}`}, []coreapi.Option{coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			_ = next(ctx)
			return next(ctx)
		})}, 2, ""},
		"interceptor asks nobody": {info, answer{}, []coreapi.Option{coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { return nil })}, 0, ""},
		"ShouldRetry panics":      {info, answer{status: 503}, []coreapi.Option{coreapi.WithRetryPolicy(coreapi.RetryPolicy{ShouldRetry: func(context.Context, coreapi.Attempt) bool { boom(); return true }})}, 1, "caller"},
		"logger panics":           {info, answer{status: 400}, []coreapi.Option{coreapi.WithLogger(slog.New(hotHandler{}))}, 1, "caller"},
	} {
		t.Run(name, func(t *testing.T) {
			var told traceRecorder
			c := newClient(t, scripted(test.answer), append([]coreapi.Option{coreapi.WithTrace(told.trace())}, test.options...)...)
			err := test.call(c)
			require.Len(t, told.calls, 1, told.told)
			require.Len(t, told.ends, 1, told.told)
			require.Len(t, told.starts, test.attempts, told.told)
			require.Len(t, told.dones, test.attempts, told.told)
			require.True(t, strings.HasPrefix(told.told[0], "call"))
			require.Equal(t, told.calls[0], told.ends[0].Operation)
			if err == nil {
				require.Nil(t, told.ends[0].Err)
				return
			}
			require.Equal(t, test.class, told.ends[0].Err.Class())
			require.Equal(t, asError(t, err).Error(), told.ends[0].Err.Error(), "it is what the caller gets")
		})
	}
}

type hotHandler struct{ slog.Handler }

func (hotHandler) Enabled(context.Context, slog.Level) bool { panic("no log") }

func TestAnAttemptThatAPanicEndsIsToldWithIt(t *testing.T) {
	var told traceRecorder
	cause := errors.New("boom")
	c := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) { panic(cause) }), coreapi.WithTrace(told.trace()))
	require.ErrorIs(t, get(c), cause)
	require.ErrorIs(t, told.dones[0].Err, cause)
	require.Equal(t, coreapi.DeliveryUnknown, told.dones[0].Err.Delivery)
}

// pathKey marks the contexts that a trace derives.
type pathKey struct{}

// pathOf is which functions of a trace a context came from.
func pathOf(ctx context.Context) string { path, _ := ctx.Value(pathKey{}).(string); return path }

// markingTrace derives a context at each place where a trace may. seen gets what each other
// place has.
func markingTrace(seen map[string][]string) coreapi.Trace {
	return coreapi.Trace{
		Call: func(ctx context.Context, _ coreapi.Operation) context.Context {
			return context.WithValue(ctx, pathKey{}, pathOf(ctx)+"call")
		},
		Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			return context.WithValue(ctx, pathKey{}, pathOf(ctx)+"/"+a.RequestID)
		},
		AttemptDone: func(ctx context.Context, _ coreapi.AttemptDone) {
			seen["AttemptDone"] = append(seen["AttemptDone"], pathOf(ctx))
		},
		CallDone: func(ctx context.Context, _ coreapi.CallDone) {
			seen["CallDone"] = append(seen["CallDone"], pathOf(ctx))
		},
	}
}

// contextSigner is a signer that is given the attempt's context.
type contextSigner struct {
	crypto.Signer
	seen map[string][]string
}

func (s contextSigner) SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.seen["signer"] = append(s.seen["signer"], pathOf(ctx))
	return s.Sign(random, digest, opts)
}

func TestTheContextsOfATraceReachWhatTheyShould(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		seen := map[string][]string{}
		var log lineRecorder
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			seen["transport"] = append(seen["transport"], pathOf(r.Context()))
			return answer{status: 503}.response(r)
		})
		c := authClient(t, coreapi.SignedClientKeyFunc(func(ctx context.Context) (coreapi.Credentials, error) {
			seen["Authenticator"] = append(seen["Authenticator"], pathOf(ctx))
			return coreapi.Credentials{ClientKey: testKey, Signer: contextSigner{signingKey(t), seen}}, nil
		}), transport,
			coreapi.WithTrace(markingTrace(seen)), coreapi.WithLogger(slog.New(&log)),
			coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
				seen["interceptor"] = append(seen["interceptor"], pathOf(ctx))
				return next(ctx)
			}),
			coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 3, ShouldRetry: func(ctx context.Context, a coreapi.Attempt) bool {
				seen["ShouldRetry"] = append(seen["ShouldRetry"], pathOf(ctx))
				return true
			}}))
		require.Error(t, get(c, coreapi.WithRequestID("r")))
		each := []string{"call/r", "call/r-2", "call/r-3"}
		require.Equal(t, map[string][]string{
			"interceptor": {"call"}, "CallDone": {"call"},
			"Authenticator": each, "signer": each, "transport": each, "AttemptDone": each,
			"ShouldRetry": each[:2], // it is not asked in vain
		}, seen)
		for _, line := range log.lines {
			want := "call"
			if id, ok := line.attrs["coreapi.request_id"].(string); ok && line.message != "coreapi: call failed" {
				want += "/" + id
			}
			require.Equal(t, want, pathOf(line.ctx), line.message)
		}
	})
}

func TestSeveralTracesAreToldInTheirOrder(t *testing.T) {
	seen := map[string][]string{}
	c := newClient(t, scripted(answer{body: "{}"}), coreapi.WithTrace(markingTrace(seen)), coreapi.WithTrace(coreapi.Trace{}), coreapi.WithTrace(markingTrace(seen)))
	require.NoError(t, get(c, coreapi.WithRequestID("r")))
	require.Equal(t, []string{"callcall/r/r", "callcall/r/r"}, seen["AttemptDone"])
	require.Equal(t, []string{"callcall", "callcall"}, seen["CallDone"])
}

func TestAContextThatIsNoChildCountsAsNotReturned(t *testing.T) {
	var nobody *emptyContext
	for name, wrong := range map[string]context.Context{
		"nil": nil, "a nil pointer": nobody, "one that cannot be cancelled": context.Background(),
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				hanging := roundTripper(func(r *http.Request) (*http.Response, error) {
					<-r.Context().Done()
					return nil, r.Context().Err()
				})
				c := newClient(t, hanging, coreapi.WithTrace(coreapi.Trace{
					Call:    func(context.Context, coreapi.Operation) context.Context { return wrong },
					Attempt: func(context.Context, coreapi.AttemptStart) context.Context { return wrong },
				}))
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				_, err := c.Clients.Info(ctx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

type emptyContext struct{ context.Context }

func TestATraceThatPanicsFailsTheCallAndLeavesTheOthersTold(t *testing.T) {
	boom := errors.New("boom")
	for name, trace := range map[string]coreapi.Trace{
		"Call":        {Call: func(context.Context, coreapi.Operation) context.Context { panic(boom) }},
		"Attempt":     {Attempt: func(context.Context, coreapi.AttemptStart) context.Context { panic(boom) }},
		"AttemptDone": {AttemptDone: func(context.Context, coreapi.AttemptDone) { panic(boom) }},
		"CallDone":    {CallDone: func(context.Context, coreapi.CallDone) { panic(boom) }},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after traceRecorder
			c := newClient(t, scripted(answer{body: `{"id":"c"}`}), coreapi.WithTrace(before.trace()), coreapi.WithTrace(trace), coreapi.WithTrace(after.trace()))
			info, err := c.Clients.Info(context.Background())
			require.Nil(t, info)
			require.ErrorIs(t, err, boom)
			require.Equal(t, "caller", asError(t, err).Class())
			for _, told := range []*traceRecorder{&before, &after} {
				require.Len(t, told.calls, 1)
				require.Len(t, told.ends, 1)
				require.Len(t, told.dones, len(told.starts))
			}
			require.Equal(t, before.told, after.told)
			_, err = c.Clients.Info(noContext)
			require.Error(t, err)
		})
	}
}

func TestAnAttemptDoneHasItsAttemptsContextWhereAnotherTracePanicked(t *testing.T) {
	type numberKey struct{}
	var done []any
	c := newClient(t, scripted(answer{status: 503}, answer{body: "{}"}), coreapi.WithTrace(coreapi.Trace{
		Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			return context.WithValue(ctx, numberKey{}, a.Number)
		},
		AttemptDone: func(ctx context.Context, _ coreapi.AttemptDone) { done = append(done, ctx.Value(numberKey{})) },
	}), coreapi.WithTrace(coreapi.Trace{
		Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			if a.Number == 2 {
				panic("lost")
			}
			return ctx
		},
	}), coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 1}))
	require.Error(t, get(c))
	require.Equal(t, []any{1, 2}, done)
}

func TestAProtocolThatIsNoneIsNotTold(t *testing.T) {
	for proto, want := range map[string]string{"HTTP/1.1": "HTTP/1.1", "HTTP/3.0": "HTTP/3.0", "": "", "key " + testKey: ""} {
		s := scripted(answer{body: "{}"})
		var told traceRecorder
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := s.RoundTrip(r)
			resp.Proto = proto
			return resp, err
		}), coreapi.WithTrace(told.trace()))
		require.NoError(t, get(c))
		require.Equal(t, want, told.dones[0].Protocol)
	}
}

func TestATraceThatBlocksHoldsTheCallUpAndTakesNothingOffItsAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		minute := func(ctx context.Context) context.Context { time.Sleep(time.Minute); return ctx }
		c := newClient(t, scripted(answer{body: "{}"}), coreapi.WithTrace(coreapi.Trace{
			Call:        func(ctx context.Context, _ coreapi.Operation) context.Context { return minute(ctx) },
			Attempt:     func(ctx context.Context, _ coreapi.AttemptStart) context.Context { return minute(ctx) },
			AttemptDone: func(ctx context.Context, _ coreapi.AttemptDone) { minute(ctx) },
			CallDone:    func(ctx context.Context, _ coreapi.CallDone) { minute(ctx) },
		}))
		start := time.Now()
		require.NoError(t, get(c), "the attempt's timeout is 30 s")
		require.Equal(t, 4*time.Minute, time.Since(start))
	})
}

func TestWhatATraceAddsToTheHeaderIsSentButForTheSDKsOwn(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 503}, answer{body: "{}"})
		c := newClient(t, s, coreapi.WithHeader("X-Shop", "theirs"), coreapi.WithTrace(coreapi.Trace{
			Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
				require.Empty(t, a.Header, "each attempt has a header of its own")
				a.Header.Set("Traceparent", a.RequestID)
				a.Header["tracestate"] = []string{"lower=case", "br\noken"}
				for _, own := range []string{"X-Client-Key", "X-Version", "X-Request-Id", "X-Signature", "X-Token", "X-Language", "Accept", "User-Agent", "Content-Type"} {
					a.Header.Set(own, "forged")
				}
				a.Header.Set("Host", "forged")
				a.Header.Set("Content-Length", "7")
				a.Header["bad name"] = []string{"forged"}
				return ctx
			},
		}), coreapi.WithTrace(coreapi.Trace{Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			require.NotEmpty(t, a.Header.Get("Traceparent"), "traces share it")
			return ctx
		}}))
		require.NoError(t, get(c, coreapi.WithRequestID("r")))
		for i, id := range []string{"r", "r-2"} {
			h := s.sent[i].header
			require.Equal(t, id, h.Get("Traceparent"))
			require.Equal(t, []string{"lower=case"}, h["Tracestate"])
			require.Equal(t, "theirs", h.Get("X-Shop"))
			for name, values := range h {
				require.NotContains(t, values, "forged", name)
			}
			require.NotContains(t, h, "Content-Length")
		}
	})
}

func TestATraceSeesTheRouteInPlaceOfWhatIsInThePathAndTheQuery(t *testing.T) {
	ctx := context.Background()
	do := func(r coreapi.Request) func(*coreapi.Client) error {
		return func(c *coreapi.Client) error { _, err := coreapi.Do[coreapi.RawJSON](ctx, c, r); return err }
	}
	inPath := coreapi.Profile{GetDevice: coreapi.Route{Path: "/devices/{id}"}, LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status?wait=0"}}
	for name, test := range map[string]struct {
		call      func(*coreapi.Client) error
		profile   coreapi.Profile
		op        coreapi.Operation
		url, path string
	}{
		"a query": {func(c *coreapi.Client) error { _, err := c.Users.LoginStatus(ctx, "token-1234"); return err }, coreapi.Profile{},
			coreapi.Operation{Name: "Users.LoginStatus", Method: "GET", Path: "/user/login"}, "https://api.example.com/v1/user/login?id=REDACTED", "/v1/user/login"},
		"a path": {func(c *coreapi.Client) error { _, err := c.Users.LoginStatus(ctx, "token-1234"); return err }, inPath,
			coreapi.Operation{Name: "Users.LoginStatus", Method: "GET", Path: "/login/{reqToken}/status"}, "https://api.example.com/v1/login/%7BreqToken%7D/status?wait=REDACTED", "/v1/login/{reqToken}/status"},
		"an id": {func(c *coreapi.Client) error { _, err := c.Devices.Get(ctx, "d 1"); return err }, inPath,
			coreapi.Operation{Name: "Devices.Get", Method: "GET", Path: "/devices/{id}"}, "https://api.example.com/v1/devices/%7Bid%7D", "/v1/devices/{id}"},
		"Do with a Route": {do(coreapi.Request{Path: "/order/1234", Route: "/order/{id}", Query: url.Values{"b": {"x", "y"}, "a": {"z"}}}), coreapi.Profile{},
			coreapi.Operation{Name: "GET /order/{id}", Method: "GET", Path: "/order/{id}"}, "https://api.example.com/v1/order/%7Bid%7D?a=REDACTED&b=REDACTED&b=REDACTED", "/v1/order/{id}"},
		"Do with a name": {do(coreapi.Request{Path: "/order/1234", Operation: "Orders.Get"}), coreapi.Profile{},
			coreapi.Operation{Name: "Orders.Get", Method: "GET"}, "https://api.example.com/v1/REDACTED", "/v1/REDACTED"},
		"Do alone": {do(coreapi.Request{Path: "/order/1234"}), coreapi.Profile{},
			coreapi.Operation{Name: "Do", Method: "GET"}, "https://api.example.com/v1/REDACTED", "/v1/REDACTED"},
	} {
		t.Run(name, func(t *testing.T) {
			var told traceRecorder
			c := newClient(t, scripted(answer{status: 404}), coreapi.WithTrace(told.trace()), coreapi.WithProfile(test.profile))
			require.Error(t, test.call(c))
			require.Equal(t, test.op, told.calls[0])
			require.Equal(t, test.op, told.starts[0].Operation)
			require.Equal(t, test.op, told.dones[0].Operation)
			require.Equal(t, test.op, told.ends[0].Operation)
			require.Equal(t, test.url, told.starts[0].URL.String())
			require.Equal(t, test.path, told.starts[0].URL.Path)
		})
	}
}

func TestWhatATraceGetsIsItsOwnToChange(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, answer{status: 403, body: codeBody(coreapi.CodeClientAccountSuspended)})
		vandal := coreapi.WithTrace(coreapi.Trace{
			Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
				a.URL.Host, a.URL.Path = "elsewhere.example.com", "/"
				return ctx
			},
			AttemptDone: func(_ context.Context, a coreapi.AttemptDone) { *a.Err = coreapi.Error{}; a.URL.Host = "" },
			CallDone:    func(_ context.Context, c coreapi.CallDone) { *c.Err = coreapi.Error{} },
		})
		var told traceRecorder
		_, err := newClient(t, s, vandal, coreapi.WithTrace(told.trace())).Clients.Info(context.Background())
		require.ErrorIs(t, err, coreapi.ErrClientSuspended)
		require.ErrorIs(t, told.dones[1].Err, coreapi.ErrClientSuspended)
		require.ErrorIs(t, told.ends[0].Err, coreapi.ErrClientSuspended)
		require.Equal(t, "https://api.example.com/v1/client", told.starts[1].URL.String())
		require.Equal(t, testBase+"/client", s.sent[1].url)
	})
}

func TestATraceIsToldWhyAFailedAttemptIsTheLast(t *testing.T) {
	withDeadline := func(c *coreapi.Client) error { return get(c, coreapi.WithTimeout(time.Millisecond)) }
	once := func(c *coreapi.Client) error { return get(c) }
	policy := func(p coreapi.RetryPolicy) coreapi.Option { return coreapi.WithRetryPolicy(p) }
	refuse := func(context.Context, coreapi.Attempt) bool { return false }
	for name, test := range map[string]struct {
		stopped string
		answer  answer
		policy  coreapi.RetryPolicy
		call    func(*coreapi.Client) error
	}{
		"the rule":                    {"", answer{status: 400}, coreapi.RetryPolicy{}, once},
		"the rule, and the last":      {"", answer{status: 400}, coreapi.NoRetry(), once},
		"MaxAttempts":                 {"attempts", answer{status: 503}, coreapi.NoRetry(), once},
		"Retry-After":                 {"retry_after", answer{status: 503, header: http.Header{"Retry-After": {"61"}}}, coreapi.RetryPolicy{}, once},
		"the deadline":                {"deadline", answer{status: 503, header: http.Header{"Retry-After": {"1"}}}, coreapi.RetryPolicy{}, withDeadline},
		"ShouldRetry":                 {"should_retry", answer{status: 503}, coreapi.RetryPolicy{ShouldRetry: refuse}, once},
		"ShouldRetry, as the rule":    {"", answer{status: 400}, coreapi.RetryPolicy{ShouldRetry: refuse}, once},
		"the context, in the attempt": {"context", answer{body: "{}", cut: context.DeadlineExceeded}, coreapi.RetryPolicy{}, withDeadline},
		"the budget": {"budget", answer{status: 503}, coreapi.RetryPolicy{}, func(c *coreapi.Client) error {
			for range 30 {
				_ = get(c)
			}
			return get(c)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				var told traceRecorder
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					if test.answer.cut != nil {
						time.Sleep(time.Second)
					}
					return test.answer.response(r)
				})
				require.Error(t, test.call(newClient(t, transport, policy(test.policy), coreapi.WithTrace(told.trace()))))
				last := told.dones[len(told.dones)-1]
				require.Equal(t, test.stopped, last.Stopped)
				require.Equal(t, time.Duration(-1), last.RetryIn)
			})
		})
	}
}

func TestWaitForLoginIsACallAroundItsPolls(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		fake := coreapitest.New()
		fake.AddUser(coreapitest.User{Email: "ann@example.com", Password: "pw"})
		var told traceRecorder
		seen := map[string][]string{}
		c := fake.Client(coreapi.WithTrace(told.trace()), coreapi.WithTrace(markingTrace(seen)))
		session, err := c.Users.StartLogin(context.Background())
		require.NoError(t, err)
		told, seen["CallDone"] = traceRecorder{}, nil
		fake.Inject(coreapitest.Fault{Operation: "Users.LoginStatus", Skip: 1, Status: 503})
		time.AfterFunc(1900*time.Millisecond, func() { fake.CompleteLogin(session.ReqToken, "ann@example.com") })
		_, err = c.Users.WaitForLogin(context.Background(), session.ReqToken, coreapi.WithRequestID("w"))
		require.NoError(t, err)
		require.Equal(t, []string{
			"call Users.WaitForLogin GET /user/login",
			"call Users.LoginStatus GET /user/login", "attempt 1 w", `attempt 1 done: status 200, ok, stopped "", again false`, `call Users.LoginStatus done: attempts 1, status 200, id "w", ok`,
			"call Users.LoginStatus GET /user/login", "attempt 1 w-2", `attempt 1 done: status 503, unknown_code, stopped "", again false`, `call Users.LoginStatus done: attempts 1, status 503, id "w-2", unknown_code`,
			"call Users.LoginStatus GET /user/login", "attempt 1 w-3", `attempt 1 done: status 200, ok, stopped "", again false`, `call Users.LoginStatus done: attempts 1, status 200, id "w-3", ok`,
			`call Users.WaitForLogin done: attempts 3, status 200, id "w-3", ok`,
		}, told.told)
		require.Equal(t, []string{"callcall", "callcall", "callcall", "call"}, seen["CallDone"], "a poll's context comes from the wait's")
	})
}

func TestALoginThatFailsFailsTheCallThatIsTold(t *testing.T) {
	failed := answer{body: `{"state":"failed","failureCode":"USER_SUSPENDED"}`}
	var told traceRecorder
	c := newClient(t, scripted(failed), coreapi.WithTrace(told.trace()))
	_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "ann@example.com", Password: "pw-0123"})
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	require.ErrorIs(t, told.ends[0].Err, coreapi.ErrUserSuspended)
	_, err = c.Users.WaitForLogin(context.Background(), "token-1234")
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	require.Nil(t, told.ends[1].Err, "the poll")
	require.ErrorIs(t, told.ends[2].Err, coreapi.ErrUserSuspended)
}

func TestACallThatTheContextEndsIsToldWithItsLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var told traceRecorder
		ctx, cancel := context.WithCancel(context.Background())
		attempts := 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts == 1 {
				return answer{status: 503, header: http.Header{"X-Request-Id": {"theirs"}}}.response(r)
			}
			cancel()
			return nil, r.Context().Err()
		}), coreapi.WithTrace(told.trace()))
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, told.dones[1].StatusCode)
		require.Equal(t, "context", told.dones[1].Stopped)
		require.Equal(t, 503, told.ends[0].StatusCode)
		require.Equal(t, "theirs", told.ends[0].RequestID)
	})
}

func TestAnInterceptorsOwnErrorIsThatOfTheCall(t *testing.T) {
	own := errors.New("closed for today")
	var told traceRecorder
	c := newClient(t, scripted(answer{body: "{}"}), coreapi.WithTrace(told.trace()),
		coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error { return own }))
	require.ErrorIs(t, get(c), own)
	require.ErrorIs(t, told.ends[0].Err, own)
	require.Zero(t, told.ends[0].Attempts)
	require.Empty(t, told.starts)
}
