package coreapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestContextCancelledInBackoffReturnsAtOnceWithAllThatHappened(t *testing.T) {
	why := errors.New("user closed the page")
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		s := scripted(answer{status: 429, body: `{"code":"REQUEST_TIMEOUT","message":"words"}`, header: http.Header{"Retry-After": {"50"}}})
		time.AfterFunc(time.Second, func() { cancel(why) })
		start := time.Now()
		_, err := newClient(t, s).Clients.Info(ctx)
		require.Equal(t, time.Second, time.Since(start))
		for _, target := range []error{context.Canceled, why, coreapi.ErrClientClosedRequest, coreapi.ErrRequestTimeout} {
			require.ErrorIs(t, err, target)
		}
		e := asError(t, err)
		require.Equal(t, coreapi.CodeRequestTimeout, e.Code)
		require.Equal(t, 429, e.StatusCode)
		require.Contains(t, string(e.Body), "words")
		require.Equal(t, 1, e.Attempts)
		require.False(t, coreapi.IsRetryable(err))
		require.Contains(t, err.Error(), "context canceled: user closed the page")
	})
}

func TestLastAnswerSurvivesALaterLostConnectionWhenTheContextEnds(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}.response(r)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		err := get(newClient(t, transport), coreapi.WithTimeout(20*time.Second))
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 504, asError(t, err).StatusCode)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}

// The API's last answer outlives any number of attempts that get none.
func TestTheLastAnswerIsKeptWholeWhileLaterAttemptsFail(t *testing.T) {
	lost := answer{err: io.ErrUnexpectedEOF}
	cut := answer{status: 200, body: `{"id":"half`, cut: io.ErrUnexpectedEOF}
	for name, answers := range map[string][]answer{
		"none":                        {numberedAnswer(503, 7)},
		"one lost":                    {numberedAnswer(503, 7), lost},
		"three lost":                  {numberedAnswer(503, 7), lost, lost, lost},
		"cut short":                   {numberedAnswer(503, 7), cut, cut},
		"an answer between":           {numberedAnswer(503, 5), lost, numberedAnswer(502, 7), lost, cut},
		"two answers":                 {numberedAnswer(503, 5), numberedAnswer(502, 7), lost},
		"first lost, then the answer": {lost, numberedAnswer(503, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				gone := errors.New("the user went away")
				done := len(answers)
				c := newClient(t, scripted(answers...), coreapi.WithRetryPolicy(coreapi.RetryPolicy{
					MaxAttempts: 10, BaseBackoff: time.Hour, MaxBackoff: time.Hour,
					ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool {
						if a.Number == done {
							cancel(gone)
						}
						return true
					},
				}))
				_, err := coreapi.Do[struct{ ID string }](ctx, c, coreapi.Request{Path: "/things"})
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, gone)
				assertNumbered(t, asError(t, err), 7)
				require.Equal(t, done, asError(t, err).Attempts)
			})
		})
	}
}
