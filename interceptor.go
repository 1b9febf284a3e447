package coreapi

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/redact"
)

// Operation names a call for interceptors, logs and errors.
type Operation struct {
	Name   string // such as "Users.Login"
	Method string
	Path   string // the route ("/device") or the request's path, without query
}

// Interceptor runs around a whole call: all its attempts and waits, after its arguments
// were checked. It calls next to go on, with ctx or one derived from it. It may inspect or
// replace the error, and it may return without calling next: nil then gives the call's zero
// value. An error of its own reaches the caller wrapped in an [*Error]. It may call next
// again when next has returned, not before; one that returns while next runs is waited for.
// It must be safe for concurrent use.
type Interceptor func(ctx context.Context, op Operation, next func(context.Context) error) error

const errGoexit redact.Text = "the goroutine ended: runtime.Goexit, or a test's FailNow"

// Causes of what an interceptor gets that calls next when it must not.
const (
	errNextIsRunning redact.Text = "next is running: wait for it before calling it again"
	errNextTooLate   redact.Text = "the call has ended: next cannot be called any more"
)

// gate is what next has to pass: one at a time, and none after the call.
type gate struct {
	mu      sync.Mutex
	running bool
	closed  bool
	calls   sync.WaitGroup // of next, at any depth of the interceptors
}

// enter lets one call of next in. leave ends it.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errNextTooLate
	}
	g.calls.Add(1)
	return nil
}

// close waits for every next that runs, and lets in no other.
func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.calls.Wait()
}

// run makes attempts, unless some are being made.
func (g *gate) run(attempts func() error) error {
	g.mu.Lock()
	if g.running {
		g.mu.Unlock()
		return errNextIsRunning
	}
	g.running = true
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		g.running = false
		g.mu.Unlock()
	}()
	return attempts()
}

// intercept runs the interceptors, the first of them outermost, around the attempts.
func (k *call) intercept(ctx context.Context) error {
	if len(k.shared.interceptors) == 0 {
		return k.attemptAll(ctx)
	}
	var g gate
	defer g.close()
	return k.next(ctx, &g, k.shared.interceptors)
}

// next runs the rest of the interceptors and then the attempts.
func (k *call) next(ctx context.Context, g *gate, rest []Interceptor) error {
	if len(rest) > 0 {
		return rest[0](ctx, k.op, func(ctx context.Context) error {
			if err := g.enter(); err != nil {
				return err
			}
			defer g.calls.Done()
			return k.next(ctx, g, rest[1:])
		})
	}
	return g.run(func() error {
		if check.Nil(ctx) { // an error reads what attempts write
			return k.callersError(errors.New("an interceptor passed a nil context to next: pass the one that it got"))
		}
		return k.attemptAll(ctx)
	})
}

// typed makes an *Error of what an interceptor returned, where it is none.
func (k *call) typed(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e == nil {
		return k.callersError(err)
	}
	if err == error(e) && e.contact == nil { //nolint:errorlint // bare, not wrapped
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
	return k.withContext(k.outer, e)
}

// recovered makes an error of a panic, in place of *err.
func (k *call) recovered(err *error) {
	if p := recover(); p != nil {
		*err = k.panicked(p)
	}
}

// panicked makes an error of a panic in the caller's code: an interceptor, a transport, an
// Authenticator, a signer, a ShouldRetry. What is neither an error nor a text is named by
// its type alone, since nobody knows what is in it.
// Where p is nil nothing panicked: the caller's code ended the goroutine.
func (k *call) panicked(p any) *Error {
	if p == nil {
		return k.callersError(errGoexit)
	}
	cause, ok := p.(error)
	if text, isText := p.(string); isText {
		cause = errors.New(text)
	} else if !ok {
		cause = fmt.Errorf("a %T", p)
	}
	return k.callersError(fmt.Errorf("panic: %w", cause))
}
