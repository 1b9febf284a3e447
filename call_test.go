package coreapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var refusedDial = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

// untilDone is a body that lasts as long as its request.
type untilDone struct{ ctx context.Context }

func (b untilDone) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (untilDone) Close() error { return nil }

// twice calls next under a deadline of its own, then, where that failed, under the call's
// context.
func twice(limit time.Duration) Interceptor {
	return func(ctx context.Context, _ Operation, next func(context.Context) error) error {
		short, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if next(short) == nil {
			return nil
		}
		return next(ctx)
	}
}

func TestASecondNextSaysNothingOfHowTheFirstOnesContextEnded(t *testing.T) {
	for name, second := range map[string]func(*http.Request, context.CancelFunc) (*http.Response, error){
		"cancelled while it runs": func(r *http.Request, cancel context.CancelFunc) (*http.Response, error) {
			time.AfterFunc(time.Second, cancel)
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"cancelled before": nil,
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				attempts := 0
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					if attempts++; attempts > 1 {
						return second(r, cancel)
					}
					if second == nil {
						context.AfterFunc(r.Context(), cancel)
					}
					return &http.Response{StatusCode: 503, Header: http.Header{}, ContentLength: -1, Body: untilDone{r.Context()}}, nil
				})
				c := newClient(t, transport, WithInterceptor(twice(time.Second)), WithInterceptor(afterIdle))
				_, err := Do[RawJSON](ctx, c, Request{Path: "/x"})
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, ErrClientClosedRequest)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, 503, asError(t, err).StatusCode)
				require.Equal(t, attempts, asError(t, err).Attempts)
			})
		})
	}
}

// afterIdle lets everything else happen first.
func afterIdle(ctx context.Context, _ Operation, next func(context.Context) error) error {
	err := next(ctx)
	time.Sleep(time.Millisecond)
	return err
}

func TestAnInterceptorsOwnErrorAfterTheContextEndedHasTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		waits := WithInterceptor(func(ctx context.Context, _ Operation, next func(context.Context) error) error {
			_ = next(ctx)
			<-ctx.Done()
			return ctx.Err()
		})
		c := newClient(t, scripted(answer{status: 503, body: codeBody(CodeRequestTimeout)}), waits, WithRetryPolicy(NoRetry()))
		_, err := Do[RawJSON](ctx, c, Request{Path: "/x"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, ErrRequestTimeout)
		require.Equal(t, 503, asError(t, err).StatusCode)
		require.Equal(t, 1, asError(t, err).Attempts)
	})
}

func TestAPanicAfterTheContextEndedHasTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		boom := errors.New("boom")
		attempts := 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts == 1 {
				return answer{body: codeBody(CodeRequestTimeout)}.response(r)
			}
			cancel()
			panic(boom)
		}))
		_, err := Do[RawJSON](ctx, c, Request{Path: "/x"})
		require.ErrorIs(t, err, ErrRequestTimeout)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, boom)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}

// panickingHandler is a slog.Handler that breaks while on is set.
type panickingHandler struct {
	slog.Handler
	on *bool
}

func (p panickingHandler) Handle(context.Context, slog.Record) error {
	if *p.on {
		panic("broken handler")
	}
	return nil
}

func debugHandler(w io.Writer) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
}

func TestARetryThatSendsNothingCostsNoBudget(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, broken *bool) *Client{
		"the logger panics": func(t *testing.T, broken *bool) *Client {
			return newClient(t, scripted(answer{status: 503}), WithLogger(slog.New(panickingHandler{debugHandler(io.Discard), broken})))
		},
		"the second attempt has no key": func(t *testing.T, broken *bool) *Client {
			asked := 0
			key := ClientKeyFunc("", func(context.Context) (string, error) {
				if asked++; *broken && asked%2 == 0 {
					return "", errors.New("no key")
				}
				return testKey, nil
			})
			c, err := New(testBase, key, WithHTTPClient(&http.Client{Transport: scripted(answer{status: 503})}))
			require.NoError(t, err)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				broken := true
				c := make(t, &broken)
				for range 60 {
					require.Equal(t, 1, asError(t, get(c)).Attempts)
				}
				broken = false
				require.Equal(t, 4, asError(t, get(c)).Attempts)
			})
		})
	}
}

func TestARetryThatSucceededGivesItsCostBackThoughTheLoggerPanics(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		broken, attempts := false, 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts%2 == 1 {
				broken = false
				return answer{status: 503}.response(r)
			}
			broken = true
			return answer{body: "{}"}.response(r)
		}), WithLogger(slog.New(panickingHandler{debugHandler(io.Discard), &broken})))
		for range 60 {
			require.Equal(t, 2, asError(t, get(c)).Attempts)
		}
	})
}

func TestAWaitThatEndsWithTheContextLogsNoAttempt(t *testing.T) {
	for range 100 {
		var log strings.Builder
		ctx, cancel := context.WithCancel(context.Background())
		c := newClient(t, scripted(answer{status: 503}), WithLogger(slog.New(debugHandler(&log))))
		_, err := Do[RawJSON](ctx, c, Request{Path: "/x"}, WithRetryPolicy(RetryPolicy{
			BaseBackoff: time.Nanosecond, // so that the wait may end first
			ShouldRetry: func(context.Context, Attempt) bool { cancel(); return true },
		}))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 503, asError(t, err).StatusCode)
		require.Equal(t, asError(t, err).Attempts, strings.Count(log.String(), "\n"))
	}
}

func TestAnAttemptThatTimedOutWhileItGotItsKeyIsRetriedWithAnIdempotencyKey(t *testing.T) {
	slowOnce := func(asked *int) func(context.Context) error {
		return func(ctx context.Context) error {
			if *asked++; *asked == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
	}
	var asked int
	for name, auth := range map[string]Authenticator{
		"ClientKeyFunc": ClientKeyFunc("", func(ctx context.Context) (string, error) { return testKey, slowOnce(&asked)(ctx) }),
		"an Authenticator of the caller's": &foreignAuth{f: func(r *http.Request) error {
			_ = slowOnce(&asked)(r.Context())
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				asked = 0
				s := scripted(answer{body: "{}"})
				c, err := New(testBase, auth, WithHTTPClient(&http.Client{Transport: s}), WithAttemptTimeout(time.Second))
				require.NoError(t, err)
				require.NoError(t, post(c, WithHeader("Idempotency-Key", "k1")))
				require.Equal(t, 1, s.count())
				asked = 0
				err = post(c)
				require.False(t, IsRetryable(err))
				require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
			})
		})
	}
}

func TestADialThatTheAttemptsTimeoutCutShortSentNothing(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: r.Context().Err()}
		}), WithAttemptTimeout(time.Second))
		err := post(c)
		require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
		require.True(t, asError(t, err).Timeout())
		require.Equal(t, 1, asError(t, err).Attempts)
	})
}

func TestALengthWithoutABodyIsAResponseCutShort(t *testing.T) {
	status := 200
	c := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: 10}, nil
	}), WithRetryPolicy(NoRetry()))
	_, err := Do[RawJSON](context.Background(), c, Request{Path: "/x"})
	require.ErrorIs(t, err, ErrUnexpectedResponse)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = Do[RawJSON](context.Background(), c, Request{Method: "HEAD", Path: "/x"})
	require.NoError(t, err)
	status = 204
	_, err = Do[RawJSON](context.Background(), c, Request{Path: "/x"})
	require.NoError(t, err)
	status = 304
	_, err = Do[RawJSON](context.Background(), c, Request{Path: "/x"})
	require.NotErrorIs(t, err, io.ErrUnexpectedEOF)
}
