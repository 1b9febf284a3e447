package coreapi

import (
	"context"
	"sync/atomic"
	"time"
)

// attemptContext is the context of one attempt: the call's, with the attempt's own
// deadline. While the attempt runs it says to whoever asks what one of
// context.WithDeadline says, at the same time; but it becomes such a one only when
// somebody wants to wait for its end, since that takes a timer. net/http's transport
// always does. When the attempt has ended it is cancelled.
type attemptContext struct {
	context.Context           // the call's
	deadline        time.Time // the attempt's, from its start; zero where the call's comes first
	armed           atomic.Pointer[armedContext]
	ended           atomic.Bool
	call            *call // for an Authenticator that signs
}

type armedContext struct {
	context.Context
	cancel context.CancelFunc
}

// start leaves it to the call's deadline where both end at once: the error is the
// caller's deadline then.
func (c *attemptContext) start(call context.Context, timeout time.Duration) {
	c.Context, c.deadline = call, time.Now().Add(timeout)
	if first, ok := call.Deadline(); ok && !first.After(c.deadline) {
		c.deadline = time.Time{}
	}
}

// end is what a CancelFunc does.
func (c *attemptContext) end() {
	c.ended.Store(true)
	if armed := c.armed.Load(); armed != nil {
		armed.cancel()
	}
}

// String keeps fmt from reading the fields while they change.
func (c *attemptContext) String() string { return "coreapi.attemptContext" }

// Deadline is the earlier one's.
func (c *attemptContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.Context.Deadline()
	}
	return c.deadline, true
}

// Done starts a timer for what is left.
func (c *attemptContext) Done() <-chan struct{} { return c.arm().Done() }

// Err needs no timer: the clock says whether the deadline has passed.
func (c *attemptContext) Err() error {
	if c.armed.Load() == nil && !c.over() {
		return nil
	}
	return c.arm().Err()
}

func (c *attemptContext) over() bool {
	return c.ended.Load() || c.Context.Err() != nil || (!c.deadline.IsZero() && !time.Now().Before(c.deadline))
}

// Value finds, for package context, what it is armed with.
func (c *attemptContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	if armed := c.armed.Load(); armed != nil {
		return armed.Value(key)
	}
	return c.Context.Value(key)
}

// arm is safe for concurrent use: the first one's counts, and end cancels it or
// was before.
func (c *attemptContext) arm() *armedContext {
	if armed := c.armed.Load(); armed != nil {
		return armed
	}
	armed := new(armedContext)
	if c.ended.Load() || c.deadline.IsZero() {
		armed.Context, armed.cancel = context.WithCancel(c.Context)
	} else {
		armed.Context, armed.cancel = context.WithDeadline(c.Context, c.deadline)
	}
	if !c.armed.CompareAndSwap(nil, armed) {
		armed.cancel()
		return c.armed.Load()
	}
	if c.ended.Load() {
		armed.cancel()
	}
	return armed
}
