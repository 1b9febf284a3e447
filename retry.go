package coreapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// RetryPolicy limits how a call is retried. A zero field means its default, so
// setting one never disables another. A call's policy is laid over the Client's:
// its non-zero fields win.
//
// What is retried: REQUEST_TIMEOUT at any method (the reference says so), and,
// as this SDK's own rule, what cannot have been acted on (429, a connection that
// was never made). GET, HEAD, PUT, DELETE and requests with an Idempotency-Key
// header are also retried after 408, 500, 502, 503 and 504 without a documented
// code, after a lost connection and after an attempt's timeout.
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
	// RetryAfter set. Default 60 s.
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

// backoff draws the wait before retry n, from 0: exponential with full jitter.
func (p RetryPolicy) backoff(n int) time.Duration {
	bound := p.MaxBackoff
	if n < 62 && p.BaseBackoff <= p.MaxBackoff>>n {
		bound = p.BaseBackoff << n
	}
	if bound <= 0 {
		return 0
	}
	return rand.N(bound)
}

// IsRetryable reports what the SDK's retry rule says of the first [*Error] in
// err's tree, as if attempts were left: whether the same request may be sent
// again. It is false for nil, for any other error and once the context ended. It
// is meant for a caller's own queue, and safe for concurrent use. A REQUEST_TIMEOUT
// that came twice is for the admin as well (ErrContactAdmin): try it again later,
// not at once.
func IsRetryable(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e != nil && e.mayRetry()
	}
	row := documented(CodeOf(err))
	return row != nil && row.Retryable
}

// mayRetry is the retry table.
func (e *Error) mayRetry() bool {
	if e.ended {
		return false
	}
	if row := documented(e.Code); row != nil {
		return row.Retryable
	}
	idempotent := e.idempotent || idempotentMethod(e.Method)
	switch e.class {
	case classNotConnected:
		return true
	case classLost, classAttemptTimeout, classCutShort:
		return idempotent
	case classAnswer:
		return retryableStatus(e.StatusCode, idempotent)
	}
	return false
}

func retryableStatus(status int, idempotent bool) bool {
	switch status {
	case http.StatusTooManyRequests: // refused, so not acted on
		return true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return idempotent
	}
	return false
}

// idempotentMethod: those of RFC 9110, section 9.2.2, that an API uses.
func idempotentMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// retryBudget is the token bucket of a Client: it bounds the load that retries
// add in an outage. A retry takes its cost and a retry that succeeds gives it
// back; a first attempt that succeeds gives a little. Full, it pays for 50
// retries, so a Client's first calls get all their attempts, and 1,000 calls
// against a dead API add at most 50 requests.
type retryBudget struct{ spent atomic.Int64 }

const (
	budgetCapacity     = 500
	budgetRetryCost    = 10
	budgetFirstSuccess = 1
)

// take pays for a retry; it is false when too little is left.
func (b *retryBudget) take() bool {
	for {
		spent := b.spent.Load()
		if spent+budgetRetryCost > budgetCapacity {
			return false
		}
		if b.spent.CompareAndSwap(spent, spent+budgetRetryCost) {
			return true
		}
	}
}

// refund gives back what a retry cost that was never begun.
func (b *retryBudget) refund() { b.giveBack(budgetRetryCost) }

// succeeded gives tokens back after a call that succeeded.
func (b *retryBudget) succeeded(retried bool) {
	if retried {
		b.giveBack(budgetRetryCost)
		return
	}
	b.giveBack(budgetFirstSuccess)
}

func (b *retryBudget) giveBack(give int64) {
	for {
		spent := b.spent.Load()
		if spent == 0 || b.spent.CompareAndSwap(spent, max(0, spent-give)) {
			return
		}
	}
}

const maxDuration = time.Duration(1<<63 - 1)

// retryAfter is the wait that a response asks for, 0 where it asks for none.
func retryAfter(h http.Header) time.Duration {
	value := first(h, "Retry-After")
	if value == "" {
		return 0
	}
	return parseRetryAfter(value, time.Now())
}

// parseRetryAfter reads a Retry-After header: seconds, or a date in any of
// HTTP's forms (RFC 9110, section 10.2.3). A date that has passed, and what
// cannot be read, is 0; more than a Duration can hold is the longest one.
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	seconds, err := strconv.ParseUint(value, 10, 64)
	switch {
	case err == nil && seconds <= uint64(maxDuration/time.Second):
		return time.Duration(seconds) * time.Second
	case err == nil, errors.Is(err, strconv.ErrRange):
		return maxDuration
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}
