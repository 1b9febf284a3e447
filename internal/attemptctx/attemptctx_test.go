package attemptctx_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/attemptctx"
)

func start(parent context.Context, timeout time.Duration) *attemptctx.Context {
	c := new(attemptctx.Context)
	c.Start(parent, timeout)
	return c
}

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

// twin is an attempt's context beside the standard library's, which the same befalls.
type twin struct {
	own          *attemptctx.Context
	std          context.Context
	endStd       context.CancelFunc
	cancelParent context.CancelCauseFunc
}

func newTwin(parentTimeout, attemptTimeout time.Duration) *twin {
	parent, cancel := context.WithCancelCause(context.Background())
	t := &twin{cancelParent: cancel}
	if parentTimeout > 0 {
		var stop context.CancelFunc
		parent, stop = context.WithTimeout(parent, parentTimeout)
		t.cancelParent = func(cause error) { cancel(cause); stop() }
	}
	t.own = start(parent, attemptTimeout)
	t.std, t.endStd = context.WithTimeout(parent, attemptTimeout)
	return t
}

func (t *twin) end() {
	t.own.End()
	t.endStd()
}

// It makes no difference when the context is first asked, and for what: a timer that starts
// late ends at the same time.
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
		"nothing":                        func(*twin) { time.Sleep(time.Second) },
		"its deadline":                   func(*twin) { time.Sleep(30 * time.Second) },
		"more than its deadline":         func(*twin) { time.Sleep(time.Hour) },
		"its end":                        (*twin).end,
		"a cancelled parent":             func(w *twin) { w.cancelParent(gone) },
		"a cancelled parent, then more":  func(w *twin) { w.cancelParent(gone); time.Sleep(time.Hour); w.end() },
		"the parent's deadline":          func(*twin) { time.Sleep(10 * time.Second) },
		"the parent's deadline, and end": func(w *twin) { time.Sleep(10 * time.Second); w.end() },
	}
	for _, parentTimeout := range []time.Duration{0, 10 * time.Second, 30 * time.Second, time.Hour} {
		for first, ask := range asked {
			for name, befall := range befalls {
				t.Run(parentTimeout.String()+"/asked "+first+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newTwin(parentTimeout, 30*time.Second)
						defer w.cancelParent(nil)
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
		"parent":   {func(w *twin) { time.Sleep(time.Second); w.cancelParent(nil) }, 21 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTwin(0, 30*time.Second)
				defer w.cancelParent(nil)
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
			w.cancelParent(nil)
		}
	})
}

func TestAnAttemptsContextHasItsParentsValues(t *testing.T) {
	type key struct{}
	c := start(context.WithValue(context.Background(), key{}, "kept"), time.Second)
	require.Equal(t, "kept", c.Value(key{}))
	c.Done()
	require.Equal(t, "kept", c.Value(key{}))
	c.End()
	require.Equal(t, "kept", c.Value(key{}))
}

func TestAnAttemptsContextServesManyGoroutines(t *testing.T) {
	for range 500 {
		c := start(context.Background(), time.Hour)
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
			c.End()
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
	c := start(context.Background(), time.Hour)
	defer c.End()
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithCancel(c)
		defer cancel()
	}
	require.Less(t, runtime.NumGoroutine(), before+50)
}

func TestAnAttemptThatNobodyWaitsForCostsOneAllocation(t *testing.T) {
	parent := context.Background()
	require.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
		c := start(parent, time.Hour)
		_, _ = c.Deadline()
		_, _ = c.Err(), c.Value(t)
		c.End()
	}), 1.0)
}

// panicsOnce is a parent of the caller's own type.
type panicsOnce struct {
	context.Context
	asked bool
}

func (p *panicsOnce) Done() <-chan struct{} {
	if !p.asked {
		p.asked = true
		panic("not now")
	}
	return p.Context.Done()
}

func TestAParentThatPanicsOnceLeavesAContextThatWorks(t *testing.T) {
	c := start(&panicsOnce{Context: context.Background()}, time.Hour)
	require.Panics(t, func() { c.Done() })
	done := c.Done()
	c.End()
	<-done
	require.ErrorIs(t, c.Err(), context.Canceled)
}

func TestOfTwoDeadlinesAtOneInstantTheParentsPasses(t *testing.T) {
	why := errors.New("the caller's time is up")
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			parent, cancel := context.WithTimeoutCause(context.Background(), time.Second, why)
			defer cancel()
			c := start(parent, time.Second)
			defer c.End()
			<-c.Done()
			require.ErrorIs(t, context.Cause(c), why)
		})
	}
}

func TestDoneOfAParentThatHasEndedIsClosed(t *testing.T) {
	parent, cancel := context.WithCancel(context.Background())
	cancel()
	c := start(parent, time.Hour)
	defer c.End()
	<-c.Done()
	require.ErrorIs(t, c.Err(), context.Canceled)
}

func TestAnAttemptsContextMayBePrintedWhileSomebodyWaits(t *testing.T) {
	for range 100 {
		c := start(context.Background(), time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() { assert.NotEmpty(t, fmt.Sprintf("%v %+v %#v %s %d", c, c, c, c, c)) })
		wg.Go(func() { c.Done() })
		c.End()
		wg.Wait()
	}
}
