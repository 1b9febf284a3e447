package coreapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/fypass/coreapi-go/internal/backoff"
)

// RetryPolicy limits how a call is retried. A zero field means its default, so
// setting one never disables another. A call's policy is laid over the Client's:
// its non-zero fields win.
//
// What is retried: REQUEST_TIMEOUT at any method (the reference says so), and,
// as this SDK's own rule, what cannot have been acted on (429, a connection that
// was never made). GET, HEAD, PUT, DELETE and requests with an Idempotency-Key
// header are also retried after 408 and any 5xx but 501 and 505 without a documented
// code, after a lost connection and after an attempt's timeout.
//
// A budget that all calls of a Client share bounds the retries in an outage. Full, it pays
// for 50. A retry gives its cost back where the API answered it with anything but another
// failure that is retried; a first attempt that succeeds gives a tenth of it, and every two
// seconds one retry's worth comes back by itself.
type RetryPolicy struct {
	// MaxAttempts is the most attempts of one call, the first included.
	// Default 4; 1 means no retry.
	MaxAttempts int
	// BaseBackoff bounds the first wait: full jitter draws it between 0 and
	// BaseBackoff, and the bound doubles each time. Default 500 ms, or
	// MaxBackoff where that is less.
	BaseBackoff time.Duration
	// MaxBackoff bounds every drawn wait. Default 20 s, or BaseBackoff where
	// that is more.
	MaxBackoff time.Duration
	// MaxRetryAfter is the longest wait that a response may ask for with
	// Retry-After. Asked for more, the call stops at once with the error's
	// RetryAfter set; else the drawn wait comes on top of what was asked for.
	// Default 60 s.
	MaxRetryAfter time.Duration
	// ShouldRetry replaces the decision whether a failed attempt is retried, not
	// the limits: attempts, Retry-After, the deadline and the Client's retry
	// budget still hold. nil: the SDK decides. It must be safe for concurrent
	// use.
	ShouldRetry func(ctx context.Context, a Attempt) bool
}

// Attempt is what ShouldRetry decides on: an attempt that failed.
type Attempt struct {
	Operation Operation
	Number    int    // from 1
	Err       *Error // why it failed; a copy
	Default   bool   // what the SDK would do
}

// The defaults of RetryPolicy. Assumption: the reference gives no figures.
const (
	defaultMaxAttempts   = 4
	defaultBaseBackoff   = 500 * time.Millisecond
	defaultMaxBackoff    = 20 * time.Second
	defaultMaxRetryAfter = 60 * time.Second
)

// DefaultRetryPolicy returns the policy of a Client that was given none: 4
// attempts, backoff from 500 ms up to 20 s, Retry-After up to 60 s.
func DefaultRetryPolicy() RetryPolicy { return RetryPolicy{}.withDefaults() }

// NoRetry returns a policy of a single attempt.
func NoRetry() RetryPolicy { return RetryPolicy{MaxAttempts: 1} }

// over lays p over base: p's non-zero fields win.
func (p RetryPolicy) over(base RetryPolicy) RetryPolicy {
	// Across scopes the lesser MaxBackoff wins over a BaseBackoff above it;
	// withDefaults sees to that.
	if p.MaxAttempts != 0 {
		base.MaxAttempts = p.MaxAttempts
	}
	if p.BaseBackoff != 0 {
		base.BaseBackoff = p.BaseBackoff
	}
	if p.MaxBackoff != 0 {
		base.MaxBackoff = p.MaxBackoff
	}
	if p.MaxRetryAfter != 0 {
		base.MaxRetryAfter = p.MaxRetryAfter
	}
	if p.ShouldRetry != nil {
		base.ShouldRetry = p.ShouldRetry
	}
	return base
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.MaxAttempts == 0 {
		p.MaxAttempts = defaultMaxAttempts
	}
	if p.MaxRetryAfter == 0 {
		p.MaxRetryAfter = defaultMaxRetryAfter
	}
	if p.MaxBackoff == 0 {
		p.MaxBackoff = max(defaultMaxBackoff, p.BaseBackoff)
	}
	if p.BaseBackoff == 0 {
		p.BaseBackoff = defaultBaseBackoff
	}
	p.BaseBackoff = min(p.BaseBackoff, p.MaxBackoff)
	return p
}

func (p RetryPolicy) check() error {
	for _, field := range []struct {
		name  string
		value int64
	}{
		{"MaxAttempts", int64(p.MaxAttempts)},
		{"BaseBackoff", int64(p.BaseBackoff)},
		{"MaxBackoff", int64(p.MaxBackoff)},
		{"MaxRetryAfter", int64(p.MaxRetryAfter)},
	} {
		if field.value < 0 {
			return fmt.Errorf("RetryPolicy.%s is negative: pass 0 for the default, or more", field.name)
		}
	}
	if p.BaseBackoff > 0 && p.MaxBackoff > 0 && p.MaxBackoff < p.BaseBackoff {
		return fmt.Errorf("RetryPolicy.MaxBackoff (%v) is less than BaseBackoff (%v): raise it, or leave one at 0", p.MaxBackoff, p.BaseBackoff)
	}
	return nil
}

// newLoop makes the one go-retryablehttp client of a Client: it repeats, waits and watches
// the context. Its fields are the answers to its questions. What a call has come to stays in
// the call, which travels in the request's context.
func newLoop() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: attempts{}}, // one attempt
		CheckRetry: again,                               // is there another?
		Backoff:    wait,                                // how long until then?
		RetryMax:   math.MaxInt,                         // the policy counts
	}
}

// attempts is an http.RoundTripper for which a round trip is an attempt of the call in the
// request's context. The library always gets an empty 200, so that it has no body to drain
// and no error to wrap. It closes its client's idle connections after each failed call:
// attempts has none to close, and the Client's own stay open.
type attempts struct{}

func (attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil { // the library may not have noticed it in a wait
		return nil, err
	}
	k := callOf(r.Context())
	k.record(k.attempt()) //nolint:contextcheck // the call has it
	k.made = http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}
	return &k.made, nil
}

// again is asked once after each attempt. An error is that of a context which ended.
func again(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	return callOf(ctx).again(), nil
}

// wait is what again has drawn.
func wait(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
	return callOf(resp.Request.Context()).wait
}

// callKey finds a call in the context of its attempts.
type callKey struct{}

func callOf(ctx context.Context) *call {
	k, _ := ctx.Value(callKey{}).(*call)
	return k
}

// loop makes the attempts of one run. Its error is that of a context which ended before the
// first attempt or in a wait; what the attempts came to is in the call.
func (k *call) loop(ctx context.Context) error {
	ctx = context.WithValue(ctx, callKey{}, k)
	r := (&http.Request{Method: k.op.Method, URL: &k.target, Header: http.Header{}}).WithContext(ctx)
	k.ctx = ctx
	_, err := k.shared.loop.Do(&retryablehttp.Request{Request: r}) //nolint:bodyclose // it is http.NoBody
	return err
}

// record keeps what an attempt came to, and which answer was the API's last.
func (k *call) record(e *Error) {
	k.last, k.inFlight = e, false
	if k.watch != nil {
		k.watch.took = time.Since(k.watch.attemptBegan)
	}
	switch {
	case e == nil:
		k.answer = nil
		k.delivery = DeliveryUnknown // acted on, should an interceptor make an error of it
	case e.StatusCode != 0 && (k.answer == nil || e.class != classCutShort):
		k.answer = e
	}
}

// again decides whether the last attempt is followed by another, and draws the wait.
func (k *call) again() bool {
	failed := k.last
	wanted := failed != nil && !failed.ended && k.wantsRetry(failed)
	k.settleBudget(failed, wanted)
	retry := wanted && k.allowsRetry(failed)
	ended := retry && k.ctx.Err() != nil // the wait will say so
	if ended || (failed != nil && failed.ended) {
		k.stopped = stoppedContext
	}
	k.tellAttemptDone(retry && !ended)
	return retry
}

// wantsRetry asks the retry rule, or ShouldRetry in its place, which is not asked in vain.
func (k *call) wantsRetry(failed *Error) bool {
	retry := failed.retryable()
	policy := &k.opts.effectivePolicy
	if policy.ShouldRetry == nil || k.tries >= policy.MaxAttempts {
		return retry
	}
	wanted := policy.ShouldRetry(k.attemptCtx, Attempt{Operation: k.op, Number: k.tries, Err: failed.clone(), Default: retry})
	if retry && !wanted {
		k.stopped = stoppedShouldRetry
	}
	return wanted
}

// settleBudget gives a retry's cost back where the API answered it with anything but
// another failure that is retried, and a little for a first attempt that succeeded.
func (k *call) settleBudget(failed *Error, retried bool) {
	switch {
	case k.tries > 1 && (failed == nil || (failed.answered && !retried)):
		k.shared.budget.Refund()
	case failed == nil:
		k.shared.budget.FirstSucceeded()
	}
}

// allowsRetry asks the limits, which hold whoever wants the retry, and draws the wait.
func (k *call) allowsRetry(failed *Error) bool {
	policy := &k.opts.effectivePolicy
	if k.tries >= policy.MaxAttempts {
		k.stopped = stoppedAttempts
		return false
	}
	if failed.RetryAfter > policy.MaxRetryAfter {
		k.stopped = stoppedRetryAfter
		failed.stopped = "not retried: asked to wait " + failed.RetryAfter.String() + ", more than MaxRetryAfter"
		return false
	}
	// On top of what the API asked for, so that its clients do not all come back at once.
	wait := addWaits(failed.RetryAfter, backoff.FullJitter(policy.BaseBackoff, policy.MaxBackoff, k.tries-1))
	if deadline, ok := k.ctx.Deadline(); ok && wait >= time.Until(deadline) {
		k.stopped = stoppedDeadline
		failed.stopped = "not retried: the deadline would pass first"
		return false
	}
	if !k.shared.budget.Take() {
		k.stopped = stoppedBudget
		failed.stopped = "not retried: the client's retry budget is spent"
		return false
	}
	k.wait, k.paid = wait, true
	return true
}

// addWaits is the sum of two waits, or the longest one that there is.
func addWaits(a, b time.Duration) time.Duration {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxInt64
}

// refund gives back what was paid for a retry that sent nothing.
func (k *call) refund() {
	if k.paid {
		k.paid = false
		k.shared.budget.Refund()
	}
}

// IsRetryable reports what the SDK's retry rule says of the first [*Error] in
// err's tree, as if attempts were left: whether the same request may be sent
// again. A deadline that passed does not count: a GET that ran out of it may be sent
// again, a POST that may have been acted on may not. It is false for nil, for any other
// error, and where the caller cancelled the call. It is meant for a caller's own queue, and
// safe for concurrent use. A REQUEST_TIMEOUT that came twice is for the admin as well
// (ErrContactAdmin): try it again later, not at once.
func IsRetryable(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e != nil && e.retryable()
	}
	row := lookupCode(CodeOf(err))
	return row != nil && row.Retryable
}

// idempotentMethod: those of RFC 9110, section 9.2.2, that an API uses.
func idempotentMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}
