package coreapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestACallWhoseGoroutineEndsIsNoSuccessAndIsToldToAll(t *testing.T) {
	transport := func(*http.Request) (*http.Response, error) { runtime.Goexit(); return nil, nil }
	for name, test := range map[string]struct {
		option   coreapi.Option
		attempts int
	}{
		"transport": {coreapi.WithHTTPClient(&http.Client{Transport: roundTripper(transport)}), 1},
		"interceptor": {coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error {
			runtime.Goexit()
			return nil
		}), 0},
		"Call":        {coreapi.WithTrace(coreapi.Trace{Call: func(context.Context, coreapi.Operation) context.Context { runtime.Goexit(); return nil }}), 0},
		"Attempt":     {coreapi.WithTrace(coreapi.Trace{Attempt: func(context.Context, coreapi.AttemptStart) context.Context { runtime.Goexit(); return nil }}), 1},
		"AttemptDone": {coreapi.WithTrace(coreapi.Trace{AttemptDone: func(context.Context, coreapi.AttemptDone) { runtime.Goexit() }}), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after traceRecorder
			c := newClient(t, scripted(answer{body: `{"id":"c"}`}), coreapi.WithTrace(before.trace()), test.option, coreapi.WithTrace(after.trace()))
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = c.Clients.Info(context.Background())
			}()
			<-ended
			for _, told := range []*traceRecorder{&before, &after} {
				require.Len(t, told.calls, 1)
				require.Len(t, told.starts, test.attempts)
				require.Len(t, told.dones, test.attempts)
				require.Len(t, told.ends, 1)
				require.Equal(t, "caller", told.ends[0].Err.Class(), "%#v", told.ends[0].Err)
				require.Contains(t, told.ends[0].Err.Error(), "the goroutine ended")
			}
		})
	}
}

// panickyBody is a response's body of a careless transport.
type panickyBody struct{}

func (panickyBody) Read([]byte) (int, error) { panic("read") }
func (panickyBody) Close() error             { return nil }

func TestAResponseWhoseBodyPanicsHasItsStatusAndAnUnknownDelivery(t *testing.T) {
	var told traceRecorder
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", Header: http.Header{}, Body: panickyBody{}, ContentLength: -1, Request: r}, nil
	}), coreapi.WithTrace(told.trace()))
	err := post(c)
	require.ErrorContains(t, err, "panic: read")
	require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery, "it was sent")
	require.Equal(t, coreapi.DeliveryUnknown, told.dones[0].Err.Delivery)
	require.Equal(t, 200, told.dones[0].StatusCode)
}

func TestAnAttemptThatTakesNoTimeIsToldWithoutTheDecisionAboutTheNext(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var told traceRecorder
		c := newClient(t, scripted(answer{status: 503}), coreapi.WithTrace(told.trace()), coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { time.Sleep(time.Minute); return false },
		}))
		require.Error(t, get(c))
		require.Zero(t, told.dones[0].Duration, "a coarse clock may not see it")
	})
}

func TestAnAttemptIsFollowedByNoneWhereTheContextEndedBeforeTheWait(t *testing.T) {
	var told traceRecorder
	var log lineRecorder
	ctx, cancel := context.WithCancel(context.Background())
	c := newClient(t, scripted(answer{status: 503}), coreapi.WithTrace(told.trace()), coreapi.WithLogger(slog.New(&log)), coreapi.WithRetryPolicy(coreapi.RetryPolicy{
		ShouldRetry: func(context.Context, coreapi.Attempt) bool { cancel(); return true },
	}))
	_, err := c.Clients.Info(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "context", told.dones[0].Stopped)
	require.Equal(t, time.Duration(-1), told.dones[0].RetryIn)
	require.Equal(t, []string{"DEBUG coreapi: attempt", "DEBUG coreapi: call failed"}, log.said())
}

func TestABodyThatATraceWritesToIsItsOwn(t *testing.T) {
	body := `{"code":"NEW","message":"words"}`
	wipe := coreapi.WithTrace(coreapi.Trace{
		AttemptDone: func(_ context.Context, a coreapi.AttemptDone) { clear(a.Err.Body) },
		CallDone:    func(_ context.Context, c coreapi.CallDone) { clear(c.Err.Body) },
	})
	var told traceRecorder
	err := get(newClient(t, scripted(answer{status: 400, body: body}), wipe, coreapi.WithTrace(told.trace())))
	require.Equal(t, body, string(asError(t, err).Body))
	require.Equal(t, body, string(told.dones[0].Err.Body))
	require.Equal(t, body, string(told.ends[0].Err.Body))
}

func TestACallThatFailsWithA200IsToldWithItsResponse(t *testing.T) {
	failed := answer{body: `{"state":"failed","failureCode":"USER_SUSPENDED"}`, header: http.Header{"X-Request-Id": {"theirs"}}}
	var told traceRecorder
	c := newClient(t, scripted(failed), coreapi.WithTrace(told.trace()))
	_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "ann@example.com", Password: "pw-0123"})
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	require.Equal(t, "theirs", asError(t, err).RequestID, "the response's")
	_, err = c.Users.WaitForLogin(context.Background(), "token-1234")
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	require.Equal(t, "theirs", asError(t, err).RequestID)
	for _, end := range told.ends {
		require.Equal(t, "theirs", end.RequestID, end.Operation.Name)
		require.Equal(t, 200, end.StatusCode, end.Operation.Name)
	}
}

func TestAnAttemptsContextHasToBeThatAttempts(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var kept context.Context
		hanging := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := newClient(t, hanging, coreapi.WithTrace(coreapi.Trace{
			Call:    func(ctx context.Context, _ coreapi.Operation) context.Context { kept = ctx; return ctx },
			Attempt: func(context.Context, coreapi.AttemptStart) context.Context { return kept }, // without the interceptor's deadline
		}), coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return next(ctx)
		}))
		start := time.Now()
		require.ErrorIs(t, get(c), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
	})
}
