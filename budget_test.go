package coreapi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// fullBudget is how many retries a Client's full budget pays for.
const fullBudget = 50

// retriesLeft spends a Client's retry budget, to see how much is left of it.
func retriesLeft(c *coreapi.Client) int {
	n := 0
	for coreapi.TakeRetry(c) {
		n++
	}
	return n
}

func TestTheBudgetIsGivenBackOnceHoweverOftenNextIsCalled(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{status: 503, header: http.Header{"Retry-After": {"5"}}}), coreapi.WithInterceptor(
			func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
				err := next(ctx)
				for range 50 {
					_ = next(ctx)
				}
				return err
			}))
		for range 30 {
			require.True(t, coreapi.TakeRetry(c))
		}
		ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
		defer cancel()
		time.AfterFunc(time.Second, cancel)
		_, err := c.Clients.Info(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, fullBudget-30, retriesLeft(c))
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
		require.Equal(t, fullBudget, retriesLeft(c))
	})
}

func TestShouldRetryDoesNotPassTheBudget(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 400})
		c := newClient(t, s, coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			MaxAttempts: 1000, BaseBackoff: 1, MaxBackoff: 1, // in which no time gives anything back
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { return true },
		}))
		err := get(c)
		require.Equal(t, 1+fullBudget, s.count())
		require.Contains(t, err.Error(), "retry budget")
	})
}

func TestOutageAddsFewRequestsYetTheFirstCallsGetAllTheirAttempts(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)})
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

func TestARetryThatSendsNothingCostsNoBudget(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, broken *bool) *coreapi.Client{
		"the logger panics": func(t *testing.T, broken *bool) *coreapi.Client {
			return newClient(t, scripted(answer{status: 503}), coreapi.WithLogger(slog.New(panickingHandler{debugHandler(io.Discard), broken})))
		},
		"the second attempt has no key": func(t *testing.T, broken *bool) *coreapi.Client {
			asked := 0
			key := coreapi.ClientKeyFunc("", func(context.Context) (string, error) {
				if asked++; *broken && asked%2 == 0 {
					return "", errors.New("no key")
				}
				return testKey, nil
			})
			c, err := coreapi.New(testBase, key, coreapi.WithHTTPClient(&http.Client{Transport: scripted(answer{status: 503})}))
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
		}), coreapi.WithLogger(slog.New(panickingHandler{debugHandler(io.Discard), &broken})))
		for range 60 {
			require.Equal(t, 2, asError(t, get(c)).Attempts)
		}
	})
}
