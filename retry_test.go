package coreapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	never     = iota // at no method
	onlyGET          // where sending twice does no harm
	bothTimes        // at every method
)

// retryRows is the table of what is retried, and what it says of the delivery.
func retryRows() map[string]struct {
	answer   answer
	retry    int
	delivery Delivery
} {
	type row = struct {
		answer   answer
		retry    int
		delivery Delivery
	}
	rows := map[string]row{
		"dial refused":       {answer{err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}, bothTimes, DeliveryNotSent},
		"dial timed out":     {answer{err: &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}}, bothTimes, DeliveryNotSent},
		"DNS":                {answer{err: &net.DNSError{Err: "no such host", Name: "x"}}, bothTimes, DeliveryNotSent},
		"proxy connect":      {answer{err: &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}}, bothTimes, DeliveryNotSent},
		"SOCKS connect":      {answer{err: &net.OpError{Op: "socks connect", Err: syscall.ECONNREFUSED}}, bothTimes, DeliveryNotSent},
		"reset":              {answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, onlyGET, DeliveryUnknown},
		"EOF":                {answer{err: io.EOF}, onlyGET, DeliveryUnknown},
		"GOAWAY":             {answer{err: errors.New("http2: server sent GOAWAY and closed the connection")}, onlyGET, DeliveryUnknown},
		"TLS":                {answer{err: errors.New("remote error: tls: internal error")}, onlyGET, DeliveryUnknown},
		"certificate":        {answer{err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, never, DeliveryNotSent},
		"no system roots":    {answer{err: x509.SystemRootsError{}}, never, DeliveryNotSent},
		"name constraint":    {answer{err: fmt.Errorf("handshake: %w", x509.ConstraintViolationError{})}, never, DeliveryNotSent},
		"critical extension": {answer{err: x509.UnhandledCriticalExtension{}}, never, DeliveryNotSent},
		"weak signature":     {answer{err: x509.InsecureAlgorithmError(x509.MD5WithRSA)}, never, DeliveryNotSent},
		"success cut short":  {answer{body: "{", cut: io.ErrUnexpectedEOF}, onlyGET, DeliveryUnknown},
		"undecoded success":  {answer{body: "[]"}, never, DeliveryUnknown},
		"redirect":           {answer{status: 307}, never, DeliveryUnknown},
		"too large":          {answer{body: string(make([]byte, 100))}, never, DeliveryUnknown},
	}
	for status, retry := range map[int]int{
		400: never, 401: never, 403: never, 404: never, 408: onlyGET, 409: never, 425: never, 429: bothTimes,
		499: never, 500: onlyGET, 501: never, 502: onlyGET, 503: onlyGET, 504: onlyGET, 505: never, 304: never,
	} {
		delivery := DeliveryUnknown
		if status >= 400 && status < 500 && status != 408 && status != 499 {
			delivery = DeliveryRejected
		}
		rows["status "+strconv.Itoa(status)] = row{answer{status: status, body: "<html>"}, retry, delivery}
		rows["unknown code at "+strconv.Itoa(status)] = row{answer{status: status, body: `{"code":"X"}`}, retry, delivery}
	}
	for _, info := range Catalogue() {
		for _, status := range []int{200, 302, 400, 408, 429, 499, 503} {
			r := row{answer{status: status, body: codeBody(info.Code)}, never, DeliveryRejected}
			switch info.Code {
			case CodeRequestTimeout:
				r.retry, r.delivery = bothTimes, DeliveryUnknown
			case CodeClientClosedRequest:
				r.delivery = DeliveryUnknown
			}
			rows[string(info.Code)+" at "+strconv.Itoa(status)] = r
		}
	}
	return rows
}

func TestRetryTable(t *testing.T) {
	for name, row := range retryRows() {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				for _, call := range []struct {
					name    string
					do      func(*Client, ...CallOption) error
					retried bool
				}{
					{"GET", get, row.retry >= onlyGET},
					{"POST", post, row.retry == bothTimes},
					{"POST with Idempotency-Key", func(c *Client, opts ...CallOption) error {
						return post(c, append(opts, WithHeader("Idempotency-Key", "k"))...)
					}, row.retry >= onlyGET},
				} {
					s := scripted(row.answer)
					err := call.do(newClient(t, s, WithMaxResponseBytes(90)))
					want := 1
					if call.retried {
						want = defaultMaxAttempts
					}
					require.Equal(t, want, s.count(), call.name)
					e := asError(t, err)
					require.Equal(t, want, e.Attempts, call.name)
					require.Equal(t, row.delivery, e.Delivery, call.name)
					require.Equal(t, call.retried, IsRetryable(err), call.name)
				}
			})
		})
	}
}

func TestMethodsThatMayBeSentTwice(t *testing.T) {
	for method, want := range map[string]int{"GET": 4, "HEAD": 4, "PUT": 4, "DELETE": 4, "POST": 1, "PATCH": 1, "OPTIONS": 1, "LOCK": 1} {
		inFakeTime(t, func(t *testing.T) {
			s := scripted(answer{status: 503})
			_, err := Do[struct{}](context.Background(), newClient(t, s), Request{Method: method, Path: "/x"})
			require.Error(t, err)
			require.Equal(t, want, s.count(), method)
		})
	}
}

func TestRequestTimeoutTwiceThenSuccessIsOneCallOfThreeRequestsEqualButForTheirIDs(t *testing.T) {
	timeout := answer{status: 504, body: codeBody(CodeRequestTimeout)}
	for name, call := range map[string]func(*Client, ...CallOption) error{"GET": get, "POST": post} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := scripted(timeout, timeout, answer{body: `{"ok":true}`})
				require.NoError(t, call(newClient(t, s)))
				require.Len(t, s.sent, 3)
				id := s.sent[0].header.Get("X-Request-Id")
				require.NotEmpty(t, id)
				for i, want := range []string{id, id + "-2", id + "-3"} {
					require.Equal(t, want, s.sent[i].header.Get("X-Request-Id"))
					s.sent[i].header.Del("X-Request-Id")
				}
				for _, got := range s.sent {
					require.Equal(t, s.sent[0], got)
					if name == "POST" {
						require.Equal(t, `{"a":"whole"}`, got.body)
					}
				}
			})
		})
	}
}

func TestBackoffIsFullJitterUnderADoublingBound(t *testing.T) {
	p := RetryPolicy{BaseBackoff: 100 * time.Millisecond, MaxBackoff: time.Second}.withDefaults()
	for n, bound := range []time.Duration{100e6, 200e6, 400e6, 800e6, 1e9, 1e9, 1e9} {
		var low, high bool
		for range 2000 {
			wait := p.backoff(n)
			require.GreaterOrEqual(t, wait, time.Duration(0))
			require.LessOrEqual(t, wait, bound)
			low, high = low || wait < bound/10, high || wait > bound*9/10
		}
		require.True(t, low && high, "the whole range is used")
	}
	for _, n := range []int{61, 62, 63, 64, 1000, math.MaxInt} {
		require.LessOrEqual(t, p.backoff(n), time.Second)
	}
	widest := RetryPolicy{BaseBackoff: 1, MaxBackoff: math.MaxInt64}.withDefaults()
	require.GreaterOrEqual(t, widest.backoff(100), time.Duration(0))
}

func TestPolicyDefaultsNeverDisableOneAnother(t *testing.T) {
	d := DefaultRetryPolicy()
	require.Equal(t, RetryPolicy{MaxAttempts: 4, BaseBackoff: 500 * time.Millisecond, MaxBackoff: 20 * time.Second, MaxRetryAfter: time.Minute}, d)
	require.Equal(t, 1, NoRetry().MaxAttempts)
	for name, test := range map[string]struct{ set, want RetryPolicy }{
		"attempts":        {RetryPolicy{MaxAttempts: 9}, RetryPolicy{9, d.BaseBackoff, d.MaxBackoff, d.MaxRetryAfter, nil}},
		"long base":       {RetryPolicy{BaseBackoff: time.Hour}, RetryPolicy{4, time.Hour, time.Hour, d.MaxRetryAfter, nil}},
		"short base":      {RetryPolicy{BaseBackoff: 1}, RetryPolicy{4, 1, d.MaxBackoff, d.MaxRetryAfter, nil}},
		"short max":       {RetryPolicy{MaxBackoff: 1}, RetryPolicy{4, 1, 1, d.MaxRetryAfter, nil}},
		"long max":        {RetryPolicy{MaxBackoff: time.Hour}, RetryPolicy{4, d.BaseBackoff, time.Hour, d.MaxRetryAfter, nil}},
		"max retry after": {RetryPolicy{MaxRetryAfter: 1}, RetryPolicy{4, d.BaseBackoff, d.MaxBackoff, 1, nil}},
	} {
		require.Equal(t, test.want, test.set.withDefaults(), name)
	}
}

func TestCallPolicyIsLaidOverTheClients(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 503})
		c := newClient(t, s, WithRetryPolicy(RetryPolicy{MaxAttempts: 2, MaxBackoff: time.Millisecond}))
		require.Error(t, get(c))
		require.Equal(t, 2, s.count())
		start := time.Now()
		// The call's base is over the Client's bound: the lesser bound wins.
		require.Error(t, get(c, WithRetryPolicy(RetryPolicy{MaxAttempts: 5, BaseBackoff: time.Hour})))
		require.Equal(t, 2+5, s.count())
		require.LessOrEqual(t, time.Since(start), 4*time.Millisecond)
		require.Error(t, get(c))
		require.Equal(t, 2+5+2, s.count(), "a call's policy never reaches another")
	})
}

func TestPoliciesThatContradictThemselvesAreRefused(t *testing.T) {
	for _, p := range []RetryPolicy{
		{MaxAttempts: -1}, {BaseBackoff: -1}, {MaxBackoff: -1}, {MaxRetryAfter: -1}, {BaseBackoff: 2, MaxBackoff: 1},
	} {
		_, err := New(testBase, ClientKey(testKey), WithRetryPolicy(p))
		requireMatchesExactly(t, err, ErrInvalidArgument)
		s := scripted(answer{})
		requireMatchesExactly(t, get(newClient(t, s), WithRetryPolicy(p)), ErrInvalidArgument)
		require.Zero(t, s.count())
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	in30 := now.Add(30 * time.Second)
	for value, want := range map[string]time.Duration{
		"":                                       0,
		"0":                                      0,
		"7":                                      7 * time.Second,
		" 7 ":                                    7 * time.Second,
		"-7":                                     0,
		"+7":                                     0,
		"1.5":                                    0,
		"soon":                                   0,
		"9223372036":                             9223372036 * time.Second,
		"9223372037":                             maxDuration,
		"18446744073709551615":                   maxDuration,
		"99999999999999999999999999":             maxDuration,
		in30.Format(http.TimeFormat):             30 * time.Second,
		in30.Format(time.RFC850):                 30 * time.Second,
		in30.Format(time.ANSIC):                  30 * time.Second,
		now.Add(-time.Hour).Format(time.ANSIC):   0,
		"Fri, 31 Dec 9999 23:59:59 GMT":          maxDuration,
		"Fri, 99 Dec 9999 23:59:59 GMT":          0,
		in30.Format(time.RFC3339):                0,
		"Mon, 23 Nov 2026 10:00:30 GMT; comment": 0,
	} {
		require.Equal(t, want, parseRetryAfter(value, now), "%q", value)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1e9", "18446744073709551616", "Fri, 31 Dec 9999 23:59:59 GMT", "\x00", " 5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		require.GreaterOrEqual(t, parseRetryAfter(value, time.Now()), time.Duration(0))
	})
}

func TestRetryAfterIsTheLeastWaitOnEveryRetriedResponse(t *testing.T) {
	for _, a := range []answer{
		{status: 429}, {status: 503}, {status: 500}, {status: 504, body: codeBody(CodeRequestTimeout)}, {status: 200, body: codeBody(CodeRequestTimeout)},
	} {
		inFakeTime(t, func(t *testing.T) {
			a.header = http.Header{"Retry-After": {"45"}}
			c := newClient(t, scripted(a, answer{body: "{}"}))
			start := time.Now()
			require.NoError(t, get(c))
			require.Equal(t, 45*time.Second, time.Since(start))
		})
	}
}

func TestRetryAfterOverTheLimitStopsAtOnce(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		for _, value := range []string{"61", "99999999999999999999"} {
			s := scripted(answer{status: 429, header: http.Header{"Retry-After": {value}}})
			start := time.Now()
			err := get(newClient(t, s))
			require.Zero(t, time.Since(start))
			require.Equal(t, 1, s.count())
			require.Greater(t, asError(t, err).RetryAfter, time.Minute)
			require.True(t, IsRetryable(err))
			require.Contains(t, err.Error(), "MaxRetryAfter")
		}
		s := scripted(answer{status: 429, header: http.Header{"Retry-After": {"90"}}}, answer{body: "{}"})
		require.NoError(t, get(newClient(t, s), WithRetryPolicy(RetryPolicy{MaxRetryAfter: 2 * time.Minute})))
	})
}

func TestWaitThatWouldPassTheDeadlineStopsWithTheAPIsError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(CodeRequestTimeout), header: http.Header{"Retry-After": {"10"}}})
		start := time.Now()
		err := get(newClient(t, s), WithTimeout(9*time.Second))
		require.Zero(t, time.Since(start), "nothing slept")
		requireMatchesExactly(t, err, ErrRequestTimeout)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, IsRetryable(err))
		require.Equal(t, 1, s.count())
	})
}

func TestContextCancelledInBackoffReturnsAtOnceWithAllThatHappened(t *testing.T) {
	why := errors.New("user closed the page")
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		s := scripted(answer{status: 429, body: `{"code":"REQUEST_TIMEOUT","message":"words"}`, header: http.Header{"Retry-After": {"50"}}})
		time.AfterFunc(time.Second, func() { cancel(why) })
		start := time.Now()
		_, err := newClient(t, s).Clients.Info(ctx)
		require.Equal(t, time.Second, time.Since(start))
		for _, target := range []error{context.Canceled, why, ErrClientClosedRequest, ErrRequestTimeout} {
			require.ErrorIs(t, err, target)
		}
		e := asError(t, err)
		require.Equal(t, CodeRequestTimeout, e.Code)
		require.Equal(t, 429, e.StatusCode)
		require.Contains(t, string(e.Body), "words")
		require.Equal(t, 1, e.Attempts)
		require.False(t, IsRetryable(err))
		require.Contains(t, err.Error(), "context canceled: user closed the page")
	})
}

func TestContextEndedInFlight(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	})
	inFakeTime(t, func(t *testing.T) {
		err := get(newClient(t, hang), WithTimeout(time.Second))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, ErrClientClosedRequest)
		require.Equal(t, 1, asError(t, err).Attempts)
		require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)

		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(why) })
		_, err = newClient(t, hang).Clients.Info(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, why)
		require.ErrorIs(t, err, ErrClientClosedRequest)
	})
}

func TestContextEndedBeforeSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := scripted(answer{})
	_, err := newClient(t, s).Clients.Info(ctx)
	requireMatchesExactly(t, err, ErrClientClosedRequest)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.count())
	require.Zero(t, asError(t, err).Attempts)
	require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
}

func TestLastAnswerSurvivesALaterLostConnectionWhenTheContextEnds(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer{status: 504, body: codeBody(CodeRequestTimeout)}.response(r)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		err := get(newClient(t, transport), WithTimeout(20*time.Second))
		require.ErrorIs(t, err, ErrRequestTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 504, asError(t, err).StatusCode)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}

func TestAttemptTimeoutIsRetriedForGETOnly(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var n int
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			n++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		err := post(newClient(t, hang))
		require.Equal(t, defaultAttemptTimeout, time.Since(start))
		require.Equal(t, 1, n)
		require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
		require.Contains(t, err.Error(), "30s")
		n = 0
		require.Error(t, get(newClient(t, hang), WithAttemptTimeout(time.Second)))
		require.Equal(t, 4, n)
	})
}

func TestAttemptTimeoutCoversTheBody(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		// An error response that was cut short is judged by its status.
		for status, want := range map[int]int{200: 1, 400: 1, 429: 4, 500: 1} {
			n := 0
			stall := roundTripper(func(r *http.Request) (*http.Response, error) {
				n++
				resp, err := answer{status: status, body: "{"}.response(r)
				resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
					<-r.Context().Done()
					return 0, r.Context().Err()
				})))
				return resp, err
			})
			err := post(newClient(t, stall))
			require.Equal(t, want, n)
			require.True(t, asError(t, err).Timeout())
			require.Contains(t, err.Error(), "attempt's timeout of 30s")
			require.Equal(t, status, asError(t, err).StatusCode)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, status == 200, errors.Is(err, ErrUnexpectedResponse))
		}
	})
}

// endsWithItsContext answers part of a body, and ends it without a failure as soon
// as the attempt has ended, as a TLS server's last chunk may.
func endsWithItsContext(part string, n *int) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		*n++
		resp, err := answer{body: part}.response(r)
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
			<-r.Context().Done()
			return 0, io.EOF
		})))
		return resp, err
	})
}

func TestABodyThatEndsWithItsAttemptIsNotTakenForWhole(t *testing.T) {
	ctx, limit := context.Background(), WithAttemptTimeout(time.Second)
	calls := map[string]func(*Client, string, ...CallOption) error{
		"typed": func(c *Client, method string, opts ...CallOption) error {
			_, err := Do[map[string]string](ctx, c, Request{Method: method, Path: "/x"}, opts...)
			return err
		},
		"raw": func(c *Client, method string, opts ...CallOption) error {
			raw, err := Do[RawJSON](ctx, c, Request{Method: method, Path: "/x"}, opts...)
			require.Empty(t, raw)
			return err
		},
		"nothing wanted": func(c *Client, method string, opts ...CallOption) error {
			_, err := Do[struct{}](ctx, c, Request{Method: method, Path: "/x"}, opts...)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				n := 0
				c := newClient(t, endsWithItsContext(`{"id":`, &n))
				err := call(c, "GET", limit)
				requireMatchesExactly(t, err, ErrUnexpectedResponse)
				require.True(t, asError(t, err).Timeout())
				require.Equal(t, 4, n)
				n = 0
				require.ErrorIs(t, call(c, "POST", limit), ErrUnexpectedResponse)
				require.Equal(t, 1, n)
				require.ErrorIs(t, call(c, "GET", WithTimeout(time.Second)), context.DeadlineExceeded)
			})
		})
	}
}

func TestAWholeBodyIsASuccessThoughItsAttemptHasEnded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		c := newClient(t, endsWithItsContext(`{"id":"i"}`+"\n", &n), WithAttemptTimeout(time.Second))
		info, err := c.Clients.Info(context.Background())
		require.NoError(t, err)
		require.Equal(t, "i", info.ID)
		raw, err := Do[RawJSON](context.Background(), c, Request{Path: "/x"})
		require.NoError(t, err)
		require.Equal(t, `{"id":"i"}`+"\n", string(raw))
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestHTTPClientTimeoutIsTheAttemptsUnlessAnOptionSaysOtherwise(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		caller := WithHTTPClient(&http.Client{Transport: hang, Timeout: 3 * time.Second})
		for _, test := range []struct {
			client []Option
			call   []CallOption
			want   time.Duration
		}{
			{[]Option{caller}, nil, 3 * time.Second},
			{[]Option{WithAttemptTimeout(5 * time.Second), caller}, nil, 5 * time.Second},
			{[]Option{caller}, []CallOption{WithAttemptTimeout(time.Second)}, time.Second},
		} {
			start := time.Now()
			require.Error(t, post(newClient(t, hang, test.client...), test.call...))
			require.Equal(t, test.want, time.Since(start))
		}
	})
}

func TestADeadlineAtTheSameInstantAsTheAttemptsTimeoutIsTheCallers(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	for range 50 {
		inFakeTime(t, func(t *testing.T) {
			require.ErrorIs(t, get(newClient(t, hang), WithTimeout(defaultAttemptTimeout)), context.DeadlineExceeded)
		})
	}
}

func TestTheBudgetIsGivenBackOnceHoweverOftenNextIsCalled(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{status: 503, header: http.Header{"Retry-After": {"5"}}}), WithInterceptor(
			func(ctx context.Context, _ Operation, next func(context.Context) error) error {
				err := next(ctx)
				for range 50 {
					_ = next(ctx)
				}
				return err
			}))
		c.core().budget.spent.Store(300)
		ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
		defer cancel()
		time.AfterFunc(time.Second, cancel)
		_, err := c.Clients.Info(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.EqualValues(t, 300, c.core().budget.spent.Load())
	})
}

func TestAWaitThatIsCutGivesItsCostBack(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{status: 503, header: http.Header{"Retry-After": {"50"}}}))
		for range 100 {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			_, err := c.Clients.Info(ctx)
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Zero(t, c.core().budget.spent.Load())
	})
}

func TestShouldRetryReplacesTheDecisionNotTheLimits(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var seen []Attempt
		always := RetryPolicy{ShouldRetry: func(_ context.Context, a Attempt) bool {
			seen = append(seen, a)
			a.Err.Code = "CHANGED"
			return true
		}}
		s := scripted(answer{status: 401, body: codeBody(CodeUserDeleted)})
		err := post(newClient(t, s), WithRetryPolicy(always))
		require.Equal(t, 4, s.count())
		require.ErrorIs(t, err, ErrUserDeleted, "what ShouldRetry gets is a copy")
		require.Len(t, seen, 3, "it is not asked where no attempt is left")
		for i, a := range seen {
			require.Equal(t, i+1, a.Number)
			require.False(t, a.Default)
			require.Equal(t, "Test.Post", a.Operation.Name)
		}
		late := scripted(answer{status: 401, header: http.Header{"Retry-After": {"999"}}})
		require.Error(t, post(newClient(t, late), WithRetryPolicy(always)))
		require.Equal(t, 1, late.count())

		none := RetryPolicy{ShouldRetry: func(_ context.Context, a Attempt) bool { return !a.Default }}
		s = scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)})
		require.Error(t, get(newClient(t, s), WithRetryPolicy(none)))
		require.Equal(t, 1, s.count())
	})
}

func TestShouldRetryDoesNotPassTheBudget(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 400})
		c := newClient(t, s, WithRetryPolicy(RetryPolicy{MaxAttempts: 1000, ShouldRetry: func(context.Context, Attempt) bool { return true }}))
		err := get(c)
		require.Equal(t, 1+budgetCapacity/budgetRetryCost, s.count())
		require.Contains(t, err.Error(), "retry budget")
	})
}

func TestOutageAddsFewRequestsYetTheFirstCallsGetAllTheirAttempts(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)})
		c := newClient(t, s)
		for range 10 {
			require.Equal(t, 4, asError(t, get(c)).Attempts)
		}
		for range 990 {
			require.Error(t, get(c))
		}
		require.LessOrEqual(t, s.count(), 1150)
	})
}

func TestBudgetComesBackWithSuccess(t *testing.T) {
	var b retryBudget
	for range budgetCapacity / budgetRetryCost {
		require.True(t, b.take())
	}
	require.False(t, b.take())
	b.succeeded(true)
	require.True(t, b.take(), "a retry that succeeds gives its cost back")
	require.False(t, b.take())
	for range budgetRetryCost / budgetFirstSuccess {
		b.succeeded(false)
	}
	require.True(t, b.take(), "first attempts that succeed give a little")
	for range 10_000 {
		b.succeeded(true)
	}
	require.Zero(t, b.spent.Load(), "it never holds more than its capacity")
}

func TestBudgetHoldsUnderConcurrency(t *testing.T) {
	var b retryBudget
	var wg sync.WaitGroup
	taken := make([]int, 64)
	for i := range taken {
		wg.Go(func() {
			for b.take() {
				taken[i]++
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range taken {
		total += n
	}
	require.Equal(t, budgetCapacity/budgetRetryCost, total)
}

func TestDeliveryIsTheLeastCertainOfAllAttempts(t *testing.T) {
	refused := answer{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	limited := answer{status: 429}
	slow := answer{status: 504, body: codeBody(CodeRequestTimeout)}
	wrong := answer{status: 401, body: codeBody(CodeInvalidPassword)}
	for name, test := range map[string]struct {
		answers []answer
		want    Delivery
	}{
		"refused":                 {[]answer{refused}, DeliveryNotSent},
		"refused, then rejected":  {[]answer{refused, wrong}, DeliveryRejected},
		"rejected, then refused":  {[]answer{limited, refused}, DeliveryRejected},
		"uncertain, then wrong":   {[]answer{slow, wrong}, DeliveryUnknown},
		"uncertain, then refused": {[]answer{slow, refused}, DeliveryUnknown},
	} {
		inFakeTime(t, func(t *testing.T) {
			require.Equal(t, test.want, asError(t, post(newClient(t, scripted(test.answers...)))).Delivery, name)
		})
	}
	all := []Delivery{DeliveryUnknown, DeliveryNotSent, DeliveryRejected}
	for _, a := range all {
		for _, b := range all {
			require.Equal(t, leastCertain(a, b), leastCertain(b, a))
		}
		require.Equal(t, a, leastCertain(a, DeliveryNotSent))
		require.Equal(t, DeliveryUnknown, leastCertain(a, DeliveryUnknown))
	}
	require.Equal(t, []string{"unknown", "not sent", "rejected", "unknown"},
		[]string{all[0].String(), all[1].String(), all[2].String(), Delivery(9).String()})
}

func TestErrorIsThatOfTheLastAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		err := get(newClient(t, scripted(answer{status: 503}, answer{status: 400, body: codeBody(CodeInvalidObjectID)})))
		requireMatchesExactly(t, err, ErrInvalidObjectID)
		e := asError(t, err)
		require.Equal(t, 2, e.Attempts)
		require.Equal(t, 400, e.StatusCode)
	})
}

func TestEveryAttemptHasHeadersOfItsOwn(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var seen []http.Header
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			require.Empty(t, r.Header.Get("X-Added"))
			r.Header.Set("X-Added", "by a transport")
			seen = append(seen, r.Header)
			return answer{status: 503}.response(r)
		}), WithHeader("X-Tenant", "t"))
		require.Error(t, get(c))
		require.Len(t, seen, 4)
		for _, h := range seen {
			require.Equal(t, "t", h.Get("X-Tenant"))
		}
	})
}
