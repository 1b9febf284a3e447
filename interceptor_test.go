package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestInterceptorsRunAroundTheWholeCallInOrder(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var trace []string
		tracer := func(name string) coreapi.Option {
			return coreapi.WithInterceptor(func(ctx context.Context, op coreapi.Operation, next func(context.Context) error) error {
				trace = append(trace, name+" "+op.Name+" "+op.Path)
				err := next(ctx)
				trace = append(trace, name+" done")
				return err
			})
		}
		s := scripted(answer{status: 503}, answer{body: `{"id":"d"}`})
		_, err := newClient(t, s, tracer("outer"), tracer("inner")).Devices.Get(context.Background(), "secret-id")
		require.NoError(t, err)
		require.Equal(t, []string{"outer Devices.Get /device", "inner Devices.Get /device", "inner done", "outer done"}, trace)
		require.Equal(t, 2, s.count())
	})
}

func TestInterceptorsMayStopReplaceOrRepeatACall(t *testing.T) {
	own := errors.New("not today")
	ctx := context.Background()
	with := func(s *script, f coreapi.Interceptor) *coreapi.Client {
		return newClient(t, s, coreapi.WithInterceptor(f))
	}

	s := scripted(answer{body: `{"id":"i"}`})
	info, err := with(s, func(context.Context, coreapi.Operation, func(context.Context) error) error { return nil }).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, &coreapi.ClientInfo{}, info, "nil without next gives the zero value")
	require.Zero(t, s.count())

	_, err = with(s, func(context.Context, coreapi.Operation, func(context.Context) error) error { return own }).Clients.Info(ctx)
	require.ErrorIs(t, err, own)
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
	require.Equal(t, "Clients.Info", asError(t, err).Operation)
	require.Zero(t, s.count())

	_, err = with(s, func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		require.NoError(t, next(ctx))
		return own
	}).Clients.Info(ctx)
	require.ErrorIs(t, err, own)
	require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
	require.Equal(t, 1, asError(t, err).Attempts)

	failing := scripted(answer{status: 404})
	_, err = with(failing, func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		return fmt.Errorf("around: %w", next(ctx))
	}).Clients.Info(ctx)
	require.ErrorIs(t, err, coreapi.ErrUnknownCode)
	require.ErrorContains(t, err, "around: coreapi: Clients.Info")

	twice := scripted(answer{status: 404}, answer{body: `{"id":"second"}`})
	info, err = with(twice, func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		require.Error(t, next(ctx))
		return next(ctx)
	}).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "second", info.ID)

	_, err = with(s, func(_ context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		var none context.Context
		return next(none)
	}).Clients.Info(ctx)
	require.ErrorContains(t, err, "nil context")

	ran := false
	_, err = with(s, func(context.Context, coreapi.Operation, func(context.Context) error) error { ran = true; return nil }).Devices.Get(ctx, "")
	require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
	require.False(t, ran, "it runs after the arguments are checked")
}

func TestAnInterceptorsContextErrorIsTheCallers(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		limiter := coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, _ func(context.Context) error) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c := newClient(t, scripted(answer{}), limiter)
		require.ErrorIs(t, get(c, coreapi.WithTimeout(time.Second)), context.DeadlineExceeded)
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(why)
		_, err := c.Clients.Info(ctx)
		for _, target := range []error{context.Canceled, why, coreapi.ErrClientClosedRequest} {
			require.ErrorIs(t, err, target)
		}
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
	})
}

func TestAnInterceptorsOwnErrorKeepsItsIdentityAndGetsTheContact(t *testing.T) {
	contact := coreapi.AdminContact{Email: "ops@example.com"}
	returns := func(err error) error {
		return get(newClient(t, scripted(answer{}), coreapi.WithAdminContact(contact),
			coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { return err })))
	}
	quoting := errors.New(`invalid tenant "acme"`)
	err := returns(quoting)
	require.ErrorIs(t, err, quoting)
	require.ErrorContains(t, err, `invalid tenant "acme"`)
	own := coreapi.NewError(coreapi.CodeUserDeleted, "made up")
	g, _ := coreapi.GuidanceFor(returns(own))
	require.Equal(t, contact, g.Contact)
	require.ErrorIs(t, returns(own), coreapi.ErrUserDeleted)
	require.Empty(t, own.Guidance().Contact, "the interceptor's own is not changed")
}

func TestAnInterceptorsOwnErrorAfterTheContextEndedHasTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		waits := coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			_ = next(ctx)
			<-ctx.Done()
			return ctx.Err()
		})
		c := newClient(t, scripted(answer{status: 503, body: codeBody(coreapi.CodeRequestTimeout)}), waits, coreapi.WithRetryPolicy(coreapi.NoRetry()))
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.Equal(t, 503, asError(t, err).StatusCode)
		require.Equal(t, 1, asError(t, err).Attempts)
	})
}
