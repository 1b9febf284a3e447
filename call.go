package coreapi

import (
	"cmp"
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"
)

// apply lays a call's options over the Client's, of which s is a copy.
func (s *settings) apply(opts []CallOption) error {
	for i, opt := range opts {
		if isNil(opt) {
			return fmt.Errorf("call option %d is nil: leave it out", i+1)
		}
		if err := opt.applyToCall(s); err != nil {
			return err
		}
	}
	s.resolved = s.policy.withDefaults()
	return nil
}

// send is the way of every call: check, then the interceptors, then the attempts.
func send[T any](ctx context.Context, c *Client, spec callSpec, opts []CallOption) (*T, error) {
	k, err := newCall(ctx, c, spec, opts, (*T)(nil))
	if err == nil {
		err = k.run(ctx)
	}
	if err != nil {
		return nil, err
	}
	return result[T](k), nil
}

// result is what a call has decoded; the zero value where there was nothing to
// decode.
func result[T any](k *call) *T {
	if out, _ := k.out.(*T); out != nil {
		return out
	}
	return new(T)
}

// newCall makes a call that decodes into a value of out's type. out is a nil
// pointer: a call that fails needs no value.
func newCall(ctx context.Context, c *Client, spec callSpec, opts []CallOption, out any) (*call, error) {
	k := &call{out: out}
	if err := k.begin(ctx, c, spec, opts); err != nil {
		return nil, c.refuse(spec.op, err)
	}
	return k, nil
}

// call is one call: its settings, and what its attempts have come to so far. It
// belongs to one goroutine. It is never used again: an attempt that timed out may
// still be reading its URL and headers.
type call struct {
	core *core
	op   Operation
	body []byte    // in the form that is sent; nil: none
	set  *settings // the Client's own where the call has no options
	out  any       // a pointer to what the caller wants, nil until it is there

	bodyLossy error                // why no server could check a signature over the body; nil: it could
	lacks     func(out any) string // what a result lacks to be a success; nil: anything that decodes is one

	firstID    string   // the request id of the call's first attempt
	requestID  string   // of the attempt that is made, or was last
	ids        []string // of all attempts that were handed to the transport
	idsBefore  int      // how many of them were counted from 1 on for themselves
	signatures []string // to be masked where an error is made
	target     url.URL

	ctx     context.Context // the call's, which ends attempts and waits
	outer   context.Context // the caller's, with the call's timeout; interceptors may derive ctx from it
	secrets []string        // to mask: the call's, and the keys of its attempts

	tries      int           // attempts begun
	attempts   int           // attempts handed to the transport
	timeouts   int           // REQUEST_TIMEOUT answers
	delivery   Delivery      // the least certain so far
	before     Delivery      // the same, without the last attempt
	progress   *progress     // while the loop runs
	failure    *Error        // of the last attempt of the last run; nil: it succeeded
	answer     *Error        // the API's last answer up to there, if that was an error
	retryAfter time.Duration // that the last response asked for
	wait       time.Duration // before the next attempt
	running    atomic.Bool   // while next runs
	paid       bool          // the budget paid for a retry that was not sent
	inFlight   bool          // an attempt is with the transport
	idempotent bool

	sentFirst bool
	first     outgoing // the first attempt's
}

// begin checks a call's arguments. What it returns is wrong with them.
func (k *call) begin(ctx context.Context, c *Client, spec callSpec, opts []CallOption) error {
	switch {
	case c.core() == nil:
		return errors.New("the Client is nil or was not made by New: make it with coreapi.New")
	case isNil(ctx):
		return errors.New("the context is nil: pass context.Background()")
	}
	k.core, k.op, k.lacks = c.core(), spec.op, spec.lacks
	if err := k.settle(opts); err != nil {
		return err
	}
	if err := k.writeBody(spec.body); err != nil {
		return err
	}
	k.secrets = k.core.secrets
	k.keepSecrets(spec.secrets...)
	k.keepSecrets(k.set.userToken)
	k.idempotent = idempotentMethod(spec.op.Method)
	k.delivery = DeliveryNotSent
	return k.aim(spec)
}

// settle finds the call's settings. The Client's are shared and never written to.
func (k *call) settle(opts []CallOption) error {
	k.set = &k.core.call
	if len(opts) > 0 {
		own := k.core.call
		if err := own.apply(opts); err != nil {
			return err
		}
		k.set = &own
	}
	k.firstID = k.set.requestID
	if k.firstID == "" {
		k.firstID = newRequestID()
	}
	k.requestID = k.firstID
	return nil
}

// writeBody puts the body, once a call, into the form in which it is sent and signed.
func (k *call) writeBody(body []byte) error {
	if body == nil {
		return nil
	}
	form, err := k.core.signing.Form().Rewrite(body)
	if err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	k.body, k.bodyLossy = form.Text, form.Lossy
	if _, signed := k.core.auth.(signedAuth); signed {
		return k.bodyLossy
	}
	return nil
}

// nextRequestID is the id of the attempt that is made next: the call's, and from the
// second attempt on with "-2", "-3" behind it. Source: the reference, by which a request's
// id is unique.
func (k *call) nextRequestID() string {
	n := len(k.ids) - k.idsBefore + 1
	if n == 1 {
		return k.firstID
	}
	return k.firstID + "-" + strconv.Itoa(n)
}

// newRequestID makes 80 random bits, in 16 letters and digits without 0 and 1, which
// are taken for letters. An id is no secret, so the generator that is not for
// cryptography does; it is the faster one.
func newRequestID() string {
	var random [10]byte
	binary.NativeEndian.PutUint64(random[:], rand.Uint64())
	binary.NativeEndian.PutUint16(random[8:], uint16(rand.Uint32()))
	var id [16]byte
	base32.StdEncoding.Encode(id[:], random[:])
	return string(id[:])
}

// run makes the call, and turns whatever comes of it into an *Error or nil.
func (k *call) run(ctx context.Context) error {
	if k.set.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.set.timeout)
		defer cancel()
	}
	return k.runWithin(ctx)
}

// runWithin recovers before run cancels the context, which would look as if the caller
// had.
func (k *call) runWithin(ctx context.Context) (err error) {
	k.ctx, k.outer = ctx, ctx
	defer func() {
		if p := recover(); p != nil {
			err = k.panicked(p)
		}
	}()
	if len(k.core.interceptors) == 0 {
		return asErr(k.attemptAll(ctx))
	}
	return k.typed(k.intercepted(ctx, k.core.interceptors))
}

// typed makes an *Error of what an interceptor returned, where it is none.
func (k *call) typed(err error) error {
	var e *Error
	if err == nil {
		return nil
	}
	if !errors.As(err, &e) || e == nil {
		return k.callersError(err)
	}
	if err == error(e) && e.contact == nil {
		named := *e // an interceptor's own, which may be shared
		named.contact = k.core.contact
		return &named
	}
	return err
}

// asErr keeps a nil *Error from becoming an error.
func asErr(e *Error) error {
	if e == nil {
		return nil
	}
	return e
}

// errNextIsRunning is what an interceptor gets that calls next while it runs.
var errNextIsRunning = errors.New("next is running: wait for it before calling it again")

func (k *call) intercepted(ctx context.Context, rest []Interceptor) error {
	if len(rest) == 0 {
		if isNil(ctx) {
			return k.callersError(errors.New("an interceptor passed a nil context to next: pass the one that it got"))
		}
		if !k.running.CompareAndSwap(false, true) {
			return errNextIsRunning
		}
		defer k.running.Store(false)
		return asErr(k.attemptAll(ctx))
	}
	return rest[0](ctx, k.op, func(ctx context.Context) error { return k.intercepted(ctx, rest[1:]) })
}

// callersError wraps an interceptor's own error. Where the context ended, it is that of
// the API's last answer, as contextError is.
func (k *call) callersError(cause error) *Error {
	e := k.newError(classCaller, cause)
	if k.outer.Err() == nil {
		return e
	}
	if k.answer != nil {
		last := k.upToDate(k.answer.withoutContext())
		last.causes, last.causeText = e.causes, e.causeText
		e = last
	}
	return e.withContext(k.outer, k.secrets)
}

// panicked makes an error of a panic in the caller's code: an interceptor, a
// transport, an Authenticator, a ShouldRetry.
func (k *call) panicked(p any) *Error {
	cause, ok := p.(error)
	if !ok {
		cause = fmt.Errorf("%v", p)
	}
	return k.callersError(fmt.Errorf("panic: %w", cause))
}

// attemptAll makes the attempts. The loop repeats and waits; try is one attempt;
// mayGoOn decides.
func (k *call) attemptAll(ctx context.Context) *Error {
	k.restart(ctx)
	if ctx.Err() != nil {
		return k.contextError()
	}
	defer k.panickedHalfway()
	if err := k.core.loops.run(ctx, k); err != nil || (k.failure != nil && k.failure.ended) {
		return k.contextError() // a wait was cut short, or an attempt was
	}
	return k.failure
}

// conclude keeps what a run came to: the loop's memory goes to another call.
func (k *call) conclude() {
	p := k.progress
	k.progress = nil
	if p.last != nil {
		k.failure = k.finish(p.last)
	}
	switch {
	case p.answer == nil:
	case p.answer == p.last:
		k.answer = k.failure
	default:
		k.answer = k.finish(p.answer)
	}
}

// panickedHalfway keeps the API's last answer of a run that panicked, also for an
// interceptor that recovers and calls next again. The last attempt's own memory may be
// half written.
func (k *call) panickedHalfway() {
	p := k.progress
	if p == nil {
		return // it did not panic
	}
	k.progress = nil
	if k.inFlight {
		k.inFlight = false
		k.count(DeliveryUnknown)
	}
	k.refund()
	if p.answer != nil {
		k.answer = k.finish(p.answer)
	}
}

// refund gives back what was paid for a retry that sent nothing.
func (k *call) refund() {
	if k.paid {
		k.paid = false
		k.core.budget.refund()
	}
}

// aim sets the URL, once: an attempt that timed out may still be reading it.
func (k *call) aim(spec callSpec) error {
	k.target = k.core.base
	path, query, err := fillRoute(spec.route, spec.placeholder, spec.value)
	if err != nil {
		return err
	}
	path = k.core.base.RawPath + path
	k.target.Path, k.target.RawPath = path, ""
	if !isPlainPath(path) { // net/url, without a RawPath, might escape it in another way
		plain, err := url.PathUnescape(path)
		if err != nil {
			return err
		}
		k.target.Path, k.target.RawPath = plain, path
	}
	k.target.RawQuery = cmp.Or(query, spec.query)
	return nil
}

// restart forgets the last outcome, and how the context of that ended: an interceptor
// may call next again, with another.
func (k *call) restart(ctx context.Context) {
	k.ctx = ctx
	k.tries = 0
	k.failure = nil
	if k.answer != nil {
		k.answer = k.answer.withoutContext()
	}
	if k.attempts > 0 {
		k.forgetResult()
	}
}

// forgetResult makes out the nil pointer of its type again.
func (k *call) forgetResult() { k.out = reflect.Zero(reflect.TypeOf(k.out)).Interface() }

// mayGoOn is asked once after each attempt.
func (k *call) mayGoOn() bool {
	failed := k.progress.last
	again := failed != nil && !failed.err.ended && k.planRetry(failed)
	if k.core.log != nil {
		k.core.log(k, again)
	}
	return again
}

// planRetry decides whether the failed attempt is followed by another, and sets
// the wait. The limits come after the decision, so that ShouldRetry replaces the
// decision alone; attempts come first, so that it is not asked in vain.
func (k *call) planRetry(failed *failure) bool {
	policy, e := &k.set.resolved, &failed.err
	if k.tries >= policy.MaxAttempts {
		return false
	}
	again := e.mayRetry()
	if policy.ShouldRetry != nil {
		again = policy.ShouldRetry(k.ctx, Attempt{Operation: k.op, Number: k.tries, Err: k.finish(failed), Default: again})
	}
	if !again {
		return false
	}
	if e.RetryAfter > policy.MaxRetryAfter {
		e.stopped = "not retried: asked to wait " + e.RetryAfter.String() + ", more than MaxRetryAfter"
		return false
	}
	wait := max(policy.backoff(k.tries-1), e.RetryAfter)
	if deadline, ok := k.ctx.Deadline(); ok && wait >= time.Until(deadline) {
		e.stopped = "not retried: the deadline would pass first"
		return false
	}
	if !k.core.budget.take() {
		e.stopped = "not retried: the client's retry budget is spent"
		return false
	}
	k.wait, k.paid = wait, true
	return true
}

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
	k.refund()
	if !last.ended {
		last = last.withContext(k.ctx, k.secrets)
	}
	return k.upToDate(last)
}

// upToDate is a copy, since a caller may have seen e, of what the call has come to by
// now.
func (k *call) upToDate(e *Error) *Error {
	now := *e
	now.Attempts, now.Delivery, now.timeouts = k.attempts, k.delivery, k.timeouts
	now.at = time.Now()
	return &now
}
