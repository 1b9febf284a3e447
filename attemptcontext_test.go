package coreapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// contextState is what a context says at one moment.
type contextState struct {
	err, cause  error
	deadline    time.Time
	hasDeadline bool
	done        bool
}

func stateOf(ctx context.Context) contextState {
	s := contextState{err: ctx.Err(), cause: context.Cause(ctx)}
	s.deadline, s.hasDeadline = ctx.Deadline()
	select {
	case <-ctx.Done():
		s.done = true
	default:
	}
	return s
}

// twin is an attemptContext beside the standard library's, which the same befalls.
type twin struct {
	own        *attemptContext
	std        context.Context
	endStd     context.CancelFunc
	cancelCall context.CancelCauseFunc
}

func newTwin(callTimeout, attemptTimeout time.Duration) *twin {
	call, cancel := context.WithCancelCause(context.Background())
	t := &twin{own: new(attemptContext), cancelCall: cancel}
	if callTimeout > 0 {
		var stop context.CancelFunc
		call, stop = context.WithTimeout(call, callTimeout)
		t.cancelCall = func(cause error) { cancel(cause); stop() }
	}
	t.own.start(call, attemptTimeout)
	t.std, t.endStd = context.WithTimeout(call, attemptTimeout)
	return t
}

func (t *twin) end() {
	t.own.end()
	t.endStd()
}

// What an attempt's context says, it says whenever it is first asked, and in
// whatever way: a timer that starts late changes nothing.
func TestAnAttemptsContextSaysWhatOneWithADeadlineSays(t *testing.T) {
	gone := errors.New("the user went away")
	asked := map[string]func(*twin){
		"never before":    func(*twin) {},
		"for its end":     func(w *twin) { w.own.Done() },
		"for its error":   func(w *twin) { _ = w.own.Err() },
		"for a value":     func(w *twin) { w.own.Value(t) },
		"for all of that": func(w *twin) { _, _ = w.own.Value(t), w.own.Done(); _ = w.own.Err() },
	}
	befalls := map[string]func(*twin){
		"nothing":                      func(*twin) { time.Sleep(time.Second) },
		"its deadline":                 func(*twin) { time.Sleep(30 * time.Second) },
		"more than its deadline":       func(*twin) { time.Sleep(time.Hour) },
		"its end":                      (*twin).end,
		"a cancelled call":             func(w *twin) { w.cancelCall(gone) },
		"a cancelled call, then more":  func(w *twin) { w.cancelCall(gone); time.Sleep(time.Hour); w.end() },
		"the call's deadline":          func(*twin) { time.Sleep(10 * time.Second) },
		"the call's deadline, and end": func(w *twin) { time.Sleep(10 * time.Second); w.end() },
	}
	for _, callTimeout := range []time.Duration{0, 10 * time.Second, 30 * time.Second, time.Hour} {
		for first, ask := range asked {
			for name, befall := range befalls {
				t.Run(callTimeout.String()+"/asked "+first+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newTwin(callTimeout, 30*time.Second)
						defer w.cancelCall(nil)
						defer w.end()
						time.Sleep(time.Second / 2)
						ask(w)
						befall(w)
						synctest.Wait()
						require.Equal(t, stateOf(w.std), stateOf(w.own))
						require.Equal(t, stateOf(w.std), stateOf(w.own), "asked again")
					})
				})
			}
		}
	}
}

func TestWhoWaitsForAnAttemptsContextIsWokenInTime(t *testing.T) {
	for name, befall := range map[string]struct {
		do   func(*twin)
		want time.Duration
	}{
		"deadline": {func(*twin) {}, 30 * time.Second},
		"end":      {func(w *twin) { time.Sleep(time.Second); w.end() }, 21 * time.Second},
		"call":     {func(w *twin) { time.Sleep(time.Second); w.cancelCall(nil) }, 21 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTwin(0, 30*time.Second)
				defer w.cancelCall(nil)
				defer w.end()
				begun := time.Now()
				time.Sleep(20 * time.Second) // before anybody asks
				var woken []time.Duration
				var mu sync.Mutex
				note := func() { mu.Lock(); defer mu.Unlock(); woken = append(woken, time.Since(begun)) }
				child, cancel := context.WithCancel(w.own)
				defer cancel()
				context.AfterFunc(w.own, note)
				go func() { <-w.own.Done(); note() }()
				go func() { <-child.Done(); note() }()
				befall.do(w)
				<-w.own.Done()
				synctest.Wait()
				require.Equal(t, []time.Duration{befall.want, befall.want, befall.want}, woken)
			})
		})
	}
}

func TestAnAttemptsContextIsOverWhenTheAttemptIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, later := range []time.Duration{0, time.Second, time.Hour} {
			w := newTwin(time.Minute, 30*time.Second)
			w.end()
			time.Sleep(later)
			require.Error(t, w.own.Err())
			<-w.own.Done()
			w.cancelCall(nil)
		}
	})
}

func TestAnAttemptsContextHasTheCallsValues(t *testing.T) {
	type key struct{}
	var c attemptContext
	c.start(context.WithValue(context.Background(), key{}, "kept"), time.Second)
	require.Equal(t, "kept", c.Value(key{}))
	c.Done()
	require.Equal(t, "kept", c.Value(key{}))
	c.end()
	require.Equal(t, "kept", c.Value(key{}))
}

func TestAnAttemptsContextServesManyGoroutines(t *testing.T) {
	for range 500 {
		var c attemptContext
		c.start(context.Background(), time.Hour)
		begin, ends := make(chan struct{}), make(chan (<-chan struct{}), 16)
		var wg sync.WaitGroup
		for range cap(ends) {
			wg.Go(func() {
				<-begin
				ends <- c.Done()
				_, _ = c.Err(), c.Value(t)
			})
		}
		wg.Go(func() {
			<-begin
			c.end()
		})
		close(begin)
		wg.Wait()
		for range cap(ends) {
			require.Equal(t, c.Done(), <-ends, "all wait for the same end")
		}
		<-c.Done() // for ever, if it was armed while it ended and nobody noticed
	}
}

// package context starts a goroutine for each context that is derived from one
// that it does not know.
func TestAnAttemptsContextIsKnownToPackageContext(t *testing.T) {
	var c attemptContext
	c.start(context.Background(), time.Hour)
	defer c.end()
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithCancel(&c)
		defer cancel()
	}
	require.Less(t, runtime.NumGoroutine(), before+50)
}

func TestAnAttemptThatNobodyWaitsForStartsNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen *attemptContext
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = r.Context().(*attemptContext)
			return answer{body: "{}"}.response(r)
		}))
		_, err := Do[struct{}](t.Context(), c, Request{Path: "/things"})
		require.NoError(t, err)
		require.Nil(t, seen.armed.Load())
		require.ErrorIs(t, seen.Err(), context.Canceled, "the attempt is over")
	})
}

func TestAnAttemptsContextMayBePrintedWhileSomebodyWaits(t *testing.T) {
	for range 100 {
		var c attemptContext
		c.start(context.Background(), time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() { require.NotEmpty(t, fmt.Sprintf("%v %+v %s", &c, &c, &c)) })
		wg.Go(func() { c.Done() })
		c.end()
		wg.Wait()
	}
}

// The Authenticator's time counts, though only the transport waits.
func TestAnAttemptsTimeoutRunsFromItsStartWhoeverAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowKey := &foreignAuth{f: func(*http.Request) error { time.Sleep(20 * time.Second); return nil }}
		c, err := New("https://api.example.com", slowKey, WithRetryPolicy(NoRetry()), WithHTTPClient(&http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		}))
		require.NoError(t, err)
		begun := time.Now()
		_, err = Do[struct{}](t.Context(), c, Request{Path: "/things"})
		var e *Error
		require.ErrorAs(t, err, &e)
		require.True(t, e.Timeout())
		require.Equal(t, 30*time.Second, time.Since(begun))
	})
}

func TestAnAuthenticatorThatSleepsThroughTheAttemptSendsNothing(t *testing.T) {
	sleep := func(context.Context) { time.Sleep(time.Minute) }
	for name, auth := range map[string]Authenticator{
		"Authenticator": &foreignAuth{f: func(r *http.Request) error { sleep(r.Context()); return nil }},
		"key function":  ClientKeyFunc("", func(ctx context.Context) (string, error) { sleep(ctx); return testKey, nil }),
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := scripted(answer{body: "{}"})
				e := asError(t, get(authClient(t, auth, s, WithRetryPolicy(NoRetry()))))
				require.True(t, e.Timeout())
				require.Zero(t, s.count())
				require.Zero(t, e.Attempts)
				require.Equal(t, DeliveryNotSent, e.Delivery)
			})
		})
	}
}
