package coreapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/fypass/coreapi-go/internal/check"
)

// Operation names a call for interceptors, logs and errors.
type Operation struct {
	Name   string // such as "Users.Login"
	Method string
	Path   string // the route ("/device") or the request's path, without query
}

// Interceptor runs around a whole call: all its attempts and waits. It calls next
// to go on, with ctx or one derived from it. It may inspect or replace the error,
// and it may return without calling next: nil then gives the call's zero value.
// An error of its own reaches the caller wrapped in an [*Error]. It may call next
// again when next has returned, not before, and must not return while next runs. It
// must be safe for concurrent use.
type Interceptor func(ctx context.Context, op Operation, next func(context.Context) error) error

// errNextIsRunning is what an interceptor gets that calls next while it runs.
var errNextIsRunning = errors.New("next is running: wait for it before calling it again")

// intercept runs the interceptors, the first of them outermost, around the attempts.
func (k *call) intercept(ctx context.Context, rest []Interceptor) error {
	if len(rest) > 0 {
		return rest[0](ctx, k.op, func(ctx context.Context) error { return k.intercept(ctx, rest[1:]) })
	}
	if check.Nil(ctx) {
		return k.callersError(errors.New("an interceptor passed a nil context to next: pass the one that it got"))
	}
	if !k.running.CompareAndSwap(false, true) {
		return errNextIsRunning
	}
	defer k.running.Store(false)
	return k.attemptAll(ctx)
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
		named.contact = k.shared.contact
		return &named
	}
	return err
}

// callersError wraps an interceptor's own error. Where the context ended, it is that of
// the API's last answer, as contextError is.
func (k *call) callersError(cause error) *Error {
	e := k.newError(failure{class: classCaller, cause: cause})
	if k.outer.Err() == nil {
		return e
	}
	if k.answer != nil {
		last := k.upToDate(k.answer.withoutContext())
		last.causes, last.causeText = e.causes, e.causeText
		e = last
	}
	return e.withContext(k.outer, k.masks)
}

// panicked makes an error of a panic in the caller's code: an interceptor, a transport, an
// Authenticator, a signer, a ShouldRetry.
func (k *call) panicked(p any) *Error {
	cause, ok := p.(error)
	if !ok {
		cause = fmt.Errorf("%v", p)
	}
	return k.callersError(fmt.Errorf("panic: %w", cause))
}
