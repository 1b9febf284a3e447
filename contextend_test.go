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

func TestWaitThatWouldPassTheDeadlineStopsWithTheAPIsError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout), header: http.Header{"Retry-After": {"10"}}})
		start := time.Now()
		err := get(newClient(t, s), coreapi.WithTimeout(9*time.Second))
		require.Zero(t, time.Since(start), "nothing slept")
		requireMatchesExactly(t, err, coreapi.ErrRequestTimeout)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, coreapi.IsRetryable(err))
		require.Equal(t, 1, s.count())
	})
}

func TestContextEndedInFlight(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	})
	inFakeTime(t, func(t *testing.T) {
		err := get(newClient(t, hang), coreapi.WithTimeout(time.Second))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, coreapi.ErrClientClosedRequest)
		require.Equal(t, 1, asError(t, err).Attempts)
		require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)

		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(why) })
		_, err = newClient(t, hang).Clients.Info(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, why)
		require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
	})
}

func TestContextEndedBeforeSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := scripted(answer{})
	_, err := newClient(t, s).Clients.Info(ctx)
	requireMatchesExactly(t, err, coreapi.ErrClientClosedRequest)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.count())
	require.Zero(t, asError(t, err).Attempts)
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
}

func TestADeadlineAtTheSameInstantAsTheAttemptsTimeoutIsTheCallers(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	for range 50 {
		inFakeTime(t, func(t *testing.T) {
			require.ErrorIs(t, get(newClient(t, hang), coreapi.WithTimeout(defaultAttemptTimeout)), context.DeadlineExceeded)
		})
	}
}
