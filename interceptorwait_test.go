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

// impatient returns after a while, whether next has returned or not, as a timeout wrapper
// does that was written in a hurry.
func impatient(after time.Duration, err error) coreapi.Option {
	return coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		done := make(chan error, 1)
		go func() { done <- next(ctx) }()
		select {
		case err := <-done:
			return err
		case <-time.After(after):
			return err
		}
	})
}

// slowTransport answers after a while, whatever the request's context says.
func slowTransport(after time.Duration, a answer) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		time.Sleep(after)
		return a.response(r)
	}
}

func TestAnInterceptorThatReturnsWhileNextRunsIsWaitedFor(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		tooSlow := errors.New("too slow")
		start := time.Now()
		err := post(newClient(t, slowTransport(5*time.Second, answer{body: "{}"}), impatient(time.Second, tooSlow)))
		require.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, err, tooSlow)
		e := asError(t, err)
		require.Equal(t, 1, e.Attempts)
		require.Equal(t, coreapi.DeliveryUnknown, e.Delivery, "the POST arrived")
		require.Len(t, e.RequestIDs(), 1)
	})
}

func TestAnInnerInterceptorThatIsStillRunningSendsNothingAfterTheCall(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		late := make(chan error, 1)
		lateInner := coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			time.Sleep(10 * time.Second)
			err := next(ctx)
			late <- err
			return err
		})
		s := scripted(answer{body: "{}"})
		err := post(newClient(t, s, impatient(time.Second, errors.New("gone")), lateInner))
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
		require.ErrorContains(t, <-late, "the call has ended")
		require.Zero(t, s.count())
	})
}

func TestNextCannotBeCalledAfterTheCall(t *testing.T) {
	var kept func(context.Context) error
	s := scripted(answer{body: "{}"})
	c := newClient(t, s, coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		kept = next
		return next(ctx)
	}))
	require.NoError(t, get(c))
	require.ErrorContains(t, kept(context.Background()), "the call has ended")
	require.Equal(t, 1, s.count())
}
