//go:build faultmatrix

package coreapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// fault is a row of the matrix: a way to fail, and what a call makes of it.
type fault struct {
	name      string
	setup     serverSetup
	warm      bool // a call that succeeds goes before, on the same connection
	hangs     bool // only a time-out ends it
	get, post outcome
}

// outcome is what is asserted of a call.
type outcome struct {
	is       []error // of the package's sentinels exactly these
	cause    error   // found by errors.Is; nil: not looked for
	status   int
	delivery coreapi.Delivery
	attempts int
	seen     int // requests that arrived at the server
	success  bool
	refused  bool // the server said that it did not act, so a POST may come again
	replayed int  // requests that net/http itself sent again, with the same id, on a dead reused connection
}

// The policy of the matrix: so many attempts, no wait between them.
const matrixAttempts = 3

// Few rows hang. Those get a short limit; the others one that they never reach,
// so that a slow machine does not change what is measured.
const (
	shortLimit = 200 * time.Millisecond
	longLimit  = 20 * time.Second
	slack      = 5 * time.Second // until a call that has a limit counts as late
)

// expected is the row's outcome. A deadline that ends a hanging call ends its
// first attempt.
func (f fault) expected(method string, deadline bool) outcome {
	o := f.get
	if method == http.MethodPost {
		o = f.post
	}
	if f.hangs && deadline {
		o.attempts, o.seen, o.cause = 1, min(o.seen, 1), context.DeadlineExceeded
	}
	return o
}

// measured is what came of one call.
type measured struct {
	err                     error
	seen, elsewhere         int
	repeatedIDs, handedIDs  int // ids that came to the server, or to the transport, once more
	took                    time.Duration
	allocated               uint64
	hung, late              bool
	goroutines, connections int // left behind
	goroutineText           string
}

// row is a line of the table.
func (m measured) row() string {
	var e *coreapi.Error
	if !errors.As(m.err, &e) {
		return fmt.Sprintf("%v\t\t\t%d\t%d", m.err, m.seen, m.took.Milliseconds())
	}
	var names []string
	for _, target := range allSentinels() {
		if errors.Is(e, target) {
			names = append(names, strings.TrimPrefix(target.Error(), "coreapi: "))
		}
	}
	if label := coreapi.ClassLabel(e); label != "" && !errors.Is(e, coreapi.ErrUnexpectedResponse) {
		names = append(names, label)
	}
	for name, target := range map[string]error{"the deadline passed": context.DeadlineExceeded} {
		if errors.Is(e, target) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d", strings.Join(slices.Compact(names), ", "), e.Delivery, e.Attempts, m.seen, m.took.Milliseconds())
}

// measure makes one call to a server of its own.
func (f fault) measure(t *testing.T, method string, deadline bool) measured {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	s := newFaultServer()
	f.setup(t, s)
	attempt, limit := longLimit, longLimit
	switch {
	case f.hangs && deadline:
		limit = shortLimit
	case f.hangs:
		attempt, limit = shortLimit, matrixAttempts*shortLimit
	}
	c, err := coreapi.New(s.base, coreapi.ClientKey(testKey),
		coreapi.WithHTTPClient(&http.Client{Transport: countingTransport{s.transport, s}}), coreapi.WithPlaintext(), coreapi.WithMaxResponseBytes(1<<20), coreapi.WithAttemptTimeout(attempt),
		coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: matrixAttempts, BaseBackoff: 1, MaxBackoff: 1}))
	require.NoError(t, err)
	request := coreapi.Request{Operation: "Test." + method, Method: method, Path: "/things"}
	if method == http.MethodPost {
		request.Body = map[string]string{"a": "whole"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if f.warm {
		_, err := coreapi.Do[map[string]any](ctx, c, coreapi.Request{Path: "/things"})
		require.NoError(t, err)
		s.seen.Store(1)
	}
	if deadline {
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), limit)
	}
	before := s.seen.Load()
	got := callOnce(ctx, c, request, limit)
	cancel()
	got.seen, got.elsewhere = int(s.seen.Load()-before), int(s.elsewhere.Load())
	got.repeatedIDs, got.handedIDs = int(s.repeated.Load()), int(s.handed.Load())
	if got.hung {
		s.close()
		return got
	}
	got.connections = waitForZero(func() int {
		c.CloseIdleConnections() // an HTTP/2 stream that was cancelled is cleaned up by a goroutine
		return int(s.open.Load())
	})
	s.close()
	got.goroutines = waitForZero(func() int { return runtime.NumGoroutine() - goroutines })
	if got.goroutines > 0 {
		var stacks bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		got.goroutineText = stacks.String()
	}
	return got
}

// callOnce makes the call, and gives up on it where it hangs.
func callOnce(ctx context.Context, c *coreapi.Client, request coreapi.Request, limit time.Duration) measured {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	done := make(chan error, 1)
	go func() {
		_, err := coreapi.Do[map[string]any](ctx, c, request)
		done <- err
	}()
	timer := time.NewTimer(limit + 2*slack)
	defer timer.Stop()
	select {
	case err := <-done:
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		return measured{err: err, took: took, late: took > limit+slack, allocated: after.TotalAlloc - before.TotalAlloc}
	case <-timer.C:
		return measured{hung: true, err: errors.New("the call did not end"), took: time.Since(start)}
	}
}

// waitForZero waits for a count to come to zero, for a bounded time, and returns what
// is left.
func waitForZero(count func() int) int {
	for end := time.Now().Add(slack); time.Now().Before(end); {
		if count() <= 0 {
			return 0
		}
		time.Sleep(100 * time.Microsecond)
	}
	return count()
}

// totals are what the matrix comes to. Each but the first two has to stay zero.
type totals struct{ faults, calls, hangs, late, untyped, doubleSends, leaks, followed, repeatedIDs int }

func (s *totals) add(method string, want outcome, got measured) {
	s.calls++
	var e *coreapi.Error
	for _, is := range []struct {
		bad   bool
		count *int
	}{
		{got.hung, &s.hangs},
		{got.late, &s.late},
		{got.err != nil && !errors.As(got.err, &e), &s.untyped},
		{method == http.MethodPost && got.seen > 1 && !want.refused, &s.doubleSends},
		{got.goroutines > 0 || got.connections > 0, &s.leaks},
		{got.elsewhere > 0, &s.followed},
		{got.handedIDs > 0 || got.repeatedIDs > want.replayed, &s.repeatedIDs},
	} {
		if is.bad {
			*is.count++
		}
	}
}

func TestFaultMatrixEveryFaultIsATypedErrorInTimeWithoutADoubleSendOrALeak(t *testing.T) {
	// net/http itself writes a line for a body after a 204.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	bomb()
	var sum totals
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "fault\tcall\tdeadline\terror\tdelivery\tattempts\tseen\tms")
	for _, f := range faults() {
		sum.faults++
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, deadline := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/deadline=%v", f.name, method, deadline), func(t *testing.T) {
					want := f.expected(method, deadline)
					got := f.measure(t, method, deadline)
					for again := 0; again < 3 && f.hangs && deadline && want.wasNotTried(got); again++ {
						t.Logf("measured again: %v", got.err)
						got = f.measure(t, method, deadline)
					}
					sum.add(method, want, got)
					fmt.Fprintf(out, "%s\t%s\t%v\t%s\n", f.name, method, deadline, got.row())
					want.check(t, got)
				})
			}
		}
	}
	require.NoError(t, out.Flush())
	fmt.Fprintf(t.Output(), "%s\nfaults %d, calls %d, hangs %d, late %d, untyped errors %d, double sends %d, leaks %d, redirects followed %d, request ids sent twice %d\n",
		table.String(), sum.faults, sum.calls, sum.hangs, sum.late, sum.untyped, sum.doubleSends, sum.leaks, sum.followed, sum.repeatedIDs)
	require.Equal(t, totals{faults: sum.faults, calls: 4 * sum.faults}, sum)
}

// allocationLimit is far under the bomb's 1 GB, and over net/http's 10 MB of
// headers in each of three attempts.
const allocationLimit = 256 << 20

// wasNotTried: the machine was so busy that the deadline passed before the request could
// leave, and nothing else is wrong. Whatever else is wrong is never measured again.
func (o outcome) wasNotTried(got measured) bool {
	return got.seen < o.seen && errors.Is(got.err, context.DeadlineExceeded) && !got.hung && !got.late &&
		got.goroutines == 0 && got.connections == 0 && got.elsewhere == 0 && got.handedIDs == 0 && got.repeatedIDs == 0
}

func (o outcome) check(t *testing.T, got measured) {
	t.Helper()
	require.False(t, got.hung, "the call ends")
	require.False(t, got.late, "the call ends within its limit, not after %v", got.took)
	require.Zero(t, got.connections, "no connection is left")
	require.Zero(t, got.goroutines, "no goroutine is left: %s", got.goroutineText)
	require.Zero(t, got.elsewhere, "no redirect is followed")
	require.Zero(t, got.handedIDs, "no request id is handed to the transport twice")
	require.Equal(t, o.replayed, got.repeatedIDs, "no request id arrives twice, but where net/http sends a request again")
	require.Less(t, got.allocated, uint64(allocationLimit), "memory is bounded")
	require.Equal(t, o.seen, got.seen, "requests that the server saw (%v)", got.err)
	if o.success {
		require.NoError(t, got.err)
		return
	}
	e := asError(t, got.err)
	requireMatchesExactly(t, got.err, o.is...)
	require.Equal(t, o.status, e.StatusCode, "%v", e)
	require.Equal(t, o.delivery, e.Delivery, "%v", e)
	require.Equal(t, o.attempts, e.Attempts, "%v", e)
	require.Equal(t, errors.Is(o.cause, context.DeadlineExceeded), errors.Is(e, context.DeadlineExceeded), "%v", e)
	if o.cause != nil {
		require.ErrorIs(t, e, o.cause)
	}
	require.NotContains(t, everyVerb(e)+e.Report(), testKey)
	require.NotContains(t, e.Error(), "\n")
}
