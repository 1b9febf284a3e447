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

func TestPanicsInTheCallersCodeBecomeErrors(t *testing.T) {
	cause := errors.New("boom")
	boom := roundTripper(func(*http.Request) (*http.Response, error) { panic(cause) })
	interceptor := coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { panic(cause) })
	shouldRetry := coreapi.WithRetryPolicy(coreapi.RetryPolicy{ShouldRetry: func(context.Context, coreapi.Attempt) bool { panic(cause) }})
	for name, test := range map[string]struct {
		client *coreapi.Client
		want   coreapi.Delivery
	}{
		"transport":                        {newClient(t, boom), coreapi.DeliveryUnknown},
		"interceptor":                      {newClient(t, scripted(answer{}), interceptor), coreapi.DeliveryNotSent},
		"ShouldRetry after a 400":          {newClient(t, scripted(answer{status: 400}), shouldRetry), coreapi.DeliveryRejected},
		"ShouldRetry after a refused dial": {newClient(t, scripted(answer{err: refusedDial}), shouldRetry), coreapi.DeliveryNotSent},
		"ShouldRetry after a 503":          {newClient(t, scripted(answer{status: 503}), shouldRetry), coreapi.DeliveryUnknown},
	} {
		err := get(test.client)
		require.ErrorIs(t, err, cause, name)
		require.Equal(t, test.want, asError(t, err).Delivery, name)
		err = get(test.client, coreapi.WithTimeout(time.Minute))
		require.ErrorIs(t, err, cause, name)
		require.NotErrorIs(t, err, context.Canceled, name)
		require.NotErrorIs(t, err, coreapi.ErrClientClosedRequest, name)
	}
}

func TestAPanicAfterTheContextEndedHasTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		boom := errors.New("boom")
		attempts := 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts == 1 {
				return answer{body: codeBody(coreapi.CodeRequestTimeout)}.response(r)
			}
			cancel()
			panic(boom)
		}))
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, boom)
		require.Equal(t, 2, asError(t, err).Attempts)
	})
}
