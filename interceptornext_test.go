package coreapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// callNextTwice calls next under a deadline of its own, then, where that failed, under the call's
// context.
func callNextTwice(limit time.Duration) coreapi.Interceptor {
	return func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		short, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if next(short) == nil {
			return nil
		}
		return next(ctx)
	}
}

// afterIdle lets everything else happen first.
func afterIdle(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
	err := next(ctx)
	time.Sleep(time.Millisecond)
	return err
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
					return &http.Response{StatusCode: 503, Header: http.Header{}, ContentLength: -1, Body: endlessBody{r.Context()}}, nil
				})
				c := newClient(t, transport, coreapi.WithInterceptor(callNextTwice(time.Second)), coreapi.WithInterceptor(afterIdle))
				_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, 503, asError(t, err).StatusCode)
				require.Equal(t, attempts, asError(t, err).Attempts)
			})
		})
	}
}

func TestASecondNextKeepsTheLastAnswerOfTheFirst(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}.response(r)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := newClient(t, transport, coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			if err := next(ctx); err == nil {
				return nil
			}
			return next(ctx)
		}))
		err := get(c, coreapi.WithTimeout(time.Second))
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}

func TestNextMayNotRunTwiceAtATime(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hedge := func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			first := make(chan error)
			go func() { first <- next(ctx) }()
			time.Sleep(time.Millisecond)
			second := next(ctx)
			return errors.Join(<-first, second)
		}
		s := scripted(answer{status: 403, body: codeBody(coreapi.CodeUserSuspended)})
		slow := roundTripper(func(r *http.Request) (*http.Response, error) { time.Sleep(time.Second); return s.RoundTrip(r) })
		err := get(newClient(t, slow, coreapi.WithInterceptor(hedge)))
		require.ErrorIs(t, err, coreapi.ErrUserSuspended)
		require.ErrorIs(t, err, coreapi.ErrNextIsRunning)
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
			return answer{status: 503, body: codeBody(coreapi.CodeRequestTimeout)}.response(r)
		})
		err := get(newClient(t, breaks, coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			func() {
				defer func() { require.NotNil(t, recover()) }()
				_ = next(ctx)
			}()
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return next(ctx)
		})))
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 503, asError(t, err).StatusCode)
	})
}

func TestANilContextGivenToNextWhileNextRunsTouchesNothing(t *testing.T) {
	running, asked := make(chan struct{}), make(chan error)
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		close(running)
		defer func() { require.ErrorContains(t, <-asked, "next is running") }()
		return answer{body: "{}"}.response(r)
	}), coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		go func() {
			<-running
			asked <- next(nil) //nolint:staticcheck // the mistake that is tested
		}()
		return next(ctx)
	}))
	require.NoError(t, get(c))
}
