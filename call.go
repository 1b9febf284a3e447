package coreapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// settings lays a call's options over the Client's. The Client's are shared and
// never written to.
func (c *core) settings(opts []CallOption) (settings, error) {
	s := c.call
	for i, opt := range opts {
		if isNil(opt) {
			return s, fmt.Errorf("call option %d is nil: leave it out", i+1)
		}
		if err := opt.applyToCall(&s); err != nil {
			return s, err
		}
	}
	if len(opts) > 0 {
		if err := s.check(c.profile.RequestIDHeader); err != nil {
			return s, err
		}
	}
	s.policy = s.policy.withDefaults()
	return s, nil
}

// send is the way of every call: check, then the interceptors, then the attempts.
func send[T any](ctx context.Context, c *Client, spec callSpec, opts []CallOption) (T, error) {
	k, err := newCall(ctx, c, spec, opts)
	if err != nil {
		var zero T
		return zero, err
	}
	return runCall[T](ctx, k)
}

func runCall[T any](ctx context.Context, k *call) (T, error) {
	result := new(T)
	k.out = result
	if err := k.run(ctx); err != nil {
		var zero T
		return zero, err
	}
	return *result, nil
}

// call is one call: its settings, and what its attempts have come to so far. It
// belongs to one goroutine.
//
// It is the http.RoundTripper that go-retryablehttp's loop sends each attempt
// through. That keeps an attempt in one function (authenticate, send, read,
// decode), and spares the pool: the loop calls CloseIdleConnections after every
// failed call, and a call has no such method.
type call struct {
	core *core
	spec callSpec
	set  settings
	out  any // a pointer to what the caller wants

	ctx        context.Context // the call's, which ends attempts and waits
	secrets    []string        // to mask: the call's, and each attempt's key
	tries      int             // attempts begun
	attempts   int             // attempts handed to the transport
	timeouts   int             // REQUEST_TIMEOUT answers
	idempotent bool
	delivery   Delivery // the least certain so far
	failure    *Error   // of the last attempt; nil: it succeeded
	answer     *Error   // the last failure that had a response
	retryAfter time.Duration
	wait       time.Duration
	over       http.Response // what the loop gets for every attempt
}

func newCall(ctx context.Context, c *Client, spec callSpec, opts []CallOption) (*call, error) {
	refused := func(cause error) (*call, error) { return nil, c.refuse(spec.op, cause) }
	switch {
	case c == nil || c.core == nil:
		return refused(errors.New("the Client is nil or was not made by New: make it with coreapi.New"))
	case isNil(ctx):
		return refused(errors.New("the context is nil: pass context.Background()"))
	}
	set, err := c.core.settings(opts)
	if err != nil {
		return refused(err)
	}
	if set.requestID == "" {
		set.requestID = rand.Text()
	}
	return &call{
		core:       c.core,
		spec:       spec,
		set:        set,
		secrets:    spec.secrets,
		idempotent: idempotentMethod(spec.op.Method),
		delivery:   DeliveryNotSent,
		over:       http.Response{StatusCode: http.StatusOK, Body: http.NoBody},
	}, nil
}

// run makes the call, and turns whatever comes of it into an *Error or nil.
func (k *call) run(ctx context.Context) (err error) {
	k.ctx = ctx
	defer func() {
		if p := recover(); p != nil {
			err = k.panicked(p)
		}
	}()
	if k.set.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.set.timeout)
		defer cancel()
	}
	if len(k.core.interceptors) == 0 {
		return k.result(k.loop(ctx))
	}
	err = k.intercepted(ctx, k.core.interceptors)
	var e *Error
	if err == nil || (errors.As(err, &e) && e != nil) {
		return err
	}
	return k.callersError(err)
}

// result keeps a nil *Error from becoming an error.
func (k *call) result(e *Error) error {
	if e == nil {
		return nil
	}
	return e
}

func (k *call) intercepted(ctx context.Context, rest []Interceptor) error {
	if len(rest) == 0 {
		if isNil(ctx) {
			return k.callersError(errors.New("an interceptor passed a nil context to next: pass the one that it got"))
		}
		return k.result(k.loop(ctx))
	}
	return rest[0](ctx, k.spec.op, func(ctx context.Context) error { return k.intercepted(ctx, rest[1:]) })
}

// callersError wraps an interceptor's own error.
func (k *call) callersError(cause error) *Error { return k.newError(classCaller, cause) }

// panicked makes an error of a panic in the caller's code: an interceptor, a
// transport, an Authenticator, a ShouldRetry.
func (k *call) panicked(p any) *Error {
	if k.attempts > 0 {
		k.count(DeliveryUnknown)
	}
	cause, ok := p.(error)
	if !ok {
		cause = fmt.Errorf("%v", p)
	}
	return k.callersError(fmt.Errorf("panic: %w", cause))
}

// loop makes the attempts. go-retryablehttp repeats, waits and rewinds the body;
// RoundTrip is one attempt; mayGoOn decides.
func (k *call) loop(ctx context.Context) *Error {
	k.begin(ctx)
	if ctx.Err() != nil {
		return k.contextError()
	}
	req, err := k.request(ctx)
	if err != nil {
		return k.newError(classInvalidArgument, err)
	}
	// A literal per call: retryablehttp.Client has no other place for a policy of
	// a call's own, and must not be copied.
	loop := retryablehttp.Client{
		HTTPClient: &http.Client{Transport: k},
		RetryMax:   k.set.policy.MaxAttempts, // never reached: mayGoOn counts
		CheckRetry: k.mayGoOn,
		Backoff:    k.backoff,
	}
	if _, err := loop.Do(req); err != nil || (k.failure != nil && k.failure.ended) {
		return k.contextError() // a wait was cut short, or an attempt was
	}
	if k.failure == nil {
		k.core.budget.succeeded(k.tries > 1)
	}
	return k.failure
}

// begin forgets the last outcome: an interceptor may call next again.
func (k *call) begin(ctx context.Context) {
	k.ctx = ctx
	k.tries = 0
	k.failure, k.answer = nil, nil
	if k.attempts > 0 {
		clearValue(k.out)
	}
}

// request is the loop's. Each attempt sends a copy with headers of its own.
func (k *call) request(ctx context.Context) (*retryablehttp.Request, error) {
	target := k.core.base
	target.RawPath += k.spec.path
	plain, err := url.PathUnescape(k.spec.path)
	if err != nil {
		return nil, err
	}
	target.Path += plain
	if len(k.spec.query) > 0 {
		target.RawQuery = k.spec.query.Encode()
	}
	httpReq := (&http.Request{
		Method: k.spec.op.Method,
		URL:    &target,
		Host:   target.Host,
		Header: http.Header{},
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	req := &retryablehttp.Request{Request: httpReq}
	if k.spec.body == nil {
		return req, nil
	}
	return req, req.SetBody(k.spec.body)
}

// mayGoOn is the loop's CheckRetry: it is asked once after each attempt.
func (k *call) mayGoOn(context.Context, *http.Response, error) (bool, error) {
	again := k.failure != nil && !k.failure.ended && k.planRetry()
	if k.core.logger != nil {
		k.log(again)
	}
	return again, nil
}

// planRetry decides whether the failed attempt is followed by another, and sets
// the wait. The limits come after the decision, so that ShouldRetry replaces the
// decision alone; attempts come first, so that it is not asked in vain.
func (k *call) planRetry() bool {
	policy, e := &k.set.policy, k.failure
	if k.tries >= policy.MaxAttempts {
		return false
	}
	again := e.mayRetry()
	if policy.ShouldRetry != nil {
		shown := *e
		again = policy.ShouldRetry(k.ctx, Attempt{Operation: k.spec.op, Number: k.tries, Err: &shown, Default: again})
	}
	if !again {
		return false
	}
	if e.RetryAfter > policy.MaxRetryAfter {
		e.stopped = "not retried: asked to wait " + e.RetryAfter.String() + ", more than MaxRetryAfter"
		return false
	}
	k.wait = max(policy.backoff(k.tries-1), e.RetryAfter)
	if deadline, ok := k.ctx.Deadline(); ok && k.wait >= time.Until(deadline) {
		e.stopped = "not retried: the deadline would pass first"
		return false
	}
	if !k.core.budget.take() {
		e.stopped = "not retried: the client's retry budget is spent"
		return false
	}
	return true
}

func (k *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return k.wait }

// contextError is the error of a call whose context ended: the last answer of the
// API, if there was one, with what the context says.
func (k *call) contextError() *Error {
	last := k.answer
	if last == nil {
		last = k.failure
	}
	if last == nil {
		last = k.newError(classAnswer, nil)
	}
	e := last
	if !last.ended {
		e = last.withContext(k.ctx, k.clean)
	}
	e.Attempts, e.Delivery, e.timeouts = k.attempts, k.delivery, k.timeouts
	e.at = time.Now()
	return e
}

// newError makes an error of this call. A nil cause is none.
func (k *call) newError(c class, cause error) *Error {
	e := &Error{
		RequestID:  k.clean(k.set.requestID),
		Operation:  k.clean(k.spec.op.Name),
		Method:     k.clean(k.spec.op.Method),
		Path:       k.clean(k.spec.op.Path),
		Attempts:   k.attempts,
		Delivery:   k.delivery,
		class:      c,
		timeouts:   k.timeouts,
		idempotent: k.idempotent,
		contact:    k.core.contact,
		at:         time.Now(),
	}
	if cause != nil {
		e.causes = []error{k.safeCause(cause)}
		e.causeText = k.clean(e.causes[0].Error())
	}
	return e
}

// clean masks the call's secrets and makes the string valid UTF-8.
func (k *call) clean(s string) string {
	return validText(mask(s, k.secrets))
}

func (k *call) log(again bool) {
	if !k.core.logger.Enabled(k.ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", oneLine(k.clean(k.spec.op.Name), maxText)),
		slog.String("method", k.spec.op.Method),
		slog.String("path", oneLine(k.clean(k.spec.op.Path), maxText)),
		slog.String("request_id", oneLine(k.clean(k.set.requestID), maxIdentifier)),
		slog.Int("attempt", k.tries),
	}
	if k.failure == nil {
		attrs = append(attrs, slog.String("outcome", "success"))
	} else {
		attrs = append(attrs, slog.String("outcome", "failure"), slog.Any("failure", k.failure))
	}
	if again {
		attrs = append(attrs, slog.Duration("retry_in", k.wait))
	}
	k.core.logger.LogAttrs(k.ctx, slog.LevelDebug, "coreapi: attempt", attrs...)
}
