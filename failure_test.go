package coreapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered is an answer whose every part has a number in it.
func numbered(status, n int) answer {
	return answer{
		status: status,
		body:   fmt.Sprintf(`{"code":"CODE_%d","message":["message %d"],"filler":"%s"}`, n, n, strings.Repeat("x", n)),
		header: http.Header{"X-Request-Id": {fmt.Sprint("id-", n)}},
	}
}

func assertNumbered(t testing.TB, e *Error, n int) {
	t.Helper()
	assert.Equal(t, Code(fmt.Sprint("CODE_", n)), e.Code)
	assert.Equal(t, fmt.Sprint("message ", n), e.Message)
	assert.Equal(t, fmt.Sprint("id-", n), e.RequestID)
	assert.Equal(t, numbered(0, n).body, string(e.Body))
}

// The memory of failed attempts is used again; what was made of it is not.
func TestWhatACallerGotOfAnAttemptDoesNotChangeWithLaterOnes(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(numbered(503, 1), numbered(502, 22), numbered(503, 3), numbered(504, 44))
		var attempts []*Error
		var logged failures
		c := newClient(t, s, WithLogger(slog.New(&logged)), WithRetryPolicy(RetryPolicy{
			ShouldRetry: func(_ context.Context, a Attempt) bool { attempts = append(attempts, a.Err); return a.Default },
		}))
		_, err := Do[struct{}](context.Background(), c, Request{Path: "/things"})
		for range 20 {
			_, _ = Do[struct{}](context.Background(), c, Request{Path: "/things"})
		}
		assertNumbered(t, asError(t, err), 44)
		require.GreaterOrEqual(t, len(attempts), 3)
		for i, n := range []int{1, 22, 3} {
			assertNumbered(t, attempts[i], n)
			require.Equal(t, i+1, attempts[i].Attempts)
			assertNumbered(t, logged.errors[i], n)
		}
	})
}

// failures is a slog.Handler that keeps the failure of each line.
type failures struct {
	slog.Handler
	errors []*Error
}

func (f *failures) Enabled(context.Context, slog.Level) bool { return true }

func (f *failures) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if e, ok := a.Value.Any().(*Error); ok {
			f.errors = append(f.errors, e)
		}
		return true
	})
	return nil
}

// The API's last answer outlives any number of attempts that get none.
func TestTheLastAnswerIsKeptWholeWhileLaterAttemptsFail(t *testing.T) {
	lost := answer{err: io.ErrUnexpectedEOF}
	cut := answer{status: 200, body: `{"id":"half`, cut: io.ErrUnexpectedEOF}
	for name, answers := range map[string][]answer{
		"none":                        {numbered(503, 7)},
		"one lost":                    {numbered(503, 7), lost},
		"three lost":                  {numbered(503, 7), lost, lost, lost},
		"cut short":                   {numbered(503, 7), cut, cut},
		"an answer between":           {numbered(503, 5), lost, numbered(502, 7), lost, cut},
		"two answers":                 {numbered(503, 5), numbered(502, 7), lost},
		"first lost, then the answer": {lost, numbered(503, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				gone := errors.New("the user went away")
				done := len(answers)
				c := newClient(t, scripted(answers...), WithRetryPolicy(RetryPolicy{
					MaxAttempts: 10, BaseBackoff: time.Hour, MaxBackoff: time.Hour,
					ShouldRetry: func(_ context.Context, a Attempt) bool {
						if a.Number == done {
							cancel(gone)
						}
						return true
					},
				}))
				_, err := Do[struct{ ID string }](ctx, c, Request{Path: "/things"})
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, gone)
				assertNumbered(t, asError(t, err), 7)
				require.Equal(t, done, asError(t, err).Attempts)
			})
		})
	}
}

func TestNothingOfAFailureIsInTheNextCallsError(t *testing.T) {
	full := answer{status: 503, body: `{"code":"OTHER","message":"words","error":{"code":"A","message":"b"}}`, header: http.Header{"X-Request-Id": {"id-1"}, "Retry-After": {"9"}}}
	for name, next := range map[string]answer{
		"no body":         {status: 403},
		"HTML":            {status: 403, body: "<html>"},
		"no fields":       {status: 403, body: "{}"},
		"no connection":   {err: errors.New("lost")},
		"does not decode": {status: 200, body: `[`},
		"too large":       {status: 403, body: strings.Repeat("x", 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []Option{WithRetryPolicy(NoRetry()), WithMaxResponseBytes(1000)}
			alone := get(newClient(t, scripted(next), opts...), WithRequestID("id-2"))
			c := newClient(t, scripted(full, full, next), opts...)
			require.Error(t, get(c))
			require.Error(t, get(c))
			after := get(c, WithRequestID("id-2"))
			want, got := *asError(t, alone), *asError(t, after)
			want.at, got.at = time.Time{}, time.Time{}
			require.Equal(t, want, got)
		})
	}
}

func TestWhatIsLargeInAFailureIsNotHeldOnTo(t *testing.T) {
	big := strings.Repeat("m", 1<<20)
	failing := answer{status: 500, body: `{"code":"REQUEST_TIMEOUT","message":"` + big + `"}`}
	for name, answers := range map[string][]answer{
		"a failed call":                {{status: 403, body: `{"code":"X","message":"` + big + `"}`}},
		"a nested error":               {{status: 403, body: `{"error":{"code":"X","message":"` + big + `"}}`}},
		"a success with its own code":  {{body: `{"code":"SUCCESS","message":"fine","error":"` + big + `"}`}},
		"failed twice, then succeeded": {failing, failing, {body: "{}"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				c, ctx := newClient(t, scripted(answers...)), context.Background()
				k, err := newCall(ctx, c, callSpec{op: Operation{Method: "GET"}, route: "/x"}, nil, (*RawJSON)(nil))
				require.NoError(t, err)
				k.restart(ctx)
				l := newLoop() // no pool's: under the race detector that forgets at random
				require.NoError(t, l.run(ctx, k))
				require.Equal(t, len(answers), k.attempts)
				for _, f := range l.progress.failures {
					require.Zero(t, f.err)
					require.LessOrEqual(t, cap(f.body)+cap(f.said.Code)+cap(f.said.Message)+cap(f.said.Error), 3*keptBody)
				}
			})
		})
	}
}

func TestALargeNestedErrorIsNotHeldOnToInAWait(t *testing.T) {
	var f failure
	decodeError(new(decoders), []byte(`{"error":{"message":"short","filler":"`+strings.Repeat("x", 1<<20)+`"}}`), false, &f.said)
	require.Equal(t, "short", f.said.message())
	require.LessOrEqual(t, cap(f.said.Error), keptBody)
}

func TestErrorsOfManyGoroutinesAreTheirOwn(t *testing.T) {
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		var n int
		_, err := fmt.Sscan(r.Header.Get("X-N"), &n)
		if err != nil {
			return nil, err
		}
		return numbered(403, n).response(r)
	}))
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 50 {
				n := g*50 + i
				assertNumbered(t, asError(t, get(c, WithHeader("X-N", fmt.Sprint(n)))), n)
			}
		})
	}
	wg.Wait()
}
