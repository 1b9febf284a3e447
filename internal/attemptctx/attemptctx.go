// Package attemptctx is the context of one attempt: its parent's, with a timeout of the
// attempt's own, that costs no timer unless somebody waits.
//
// The contract: a Context says to whoever asks what one of context.WithTimeout says, at
// the same time. It starts a timer only when Done is first called, which net/http's
// transport always does. Of two ends that come before anybody asks, not the first one counts
// but the parent's, then End's. After End it is cancelled, so End is called once the attempt is
// over, its body read.
package attemptctx

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Context is a context.Context with a deadline of its own, from Start on. It is safe for
// concurrent use.
type Context struct {
	parent   context.Context
	deadline time.Time // zero where the parent's comes first
	arming   sync.Mutex
	armed    atomic.Bool     // timed and cancel are there
	timed    context.Context // the standard library's, with a timer: it answers from now on
	cancel   context.CancelFunc
	ended    atomic.Bool
}

// Start makes c the context of an attempt that starts now. Where the parent's deadline and
// the attempt's are at one instant, it is the parent's that passes.
func (c *Context) Start(parent context.Context, timeout time.Duration) {
	c.parent, c.deadline = parent, time.Now().Add(timeout)
	if first, ok := parent.Deadline(); ok && !first.After(c.deadline) {
		c.deadline = time.Time{}
	}
}

// End cancels the context, as a context.CancelFunc does.
func (c *Context) End() {
	c.ended.Store(true)
	if c.armed.Load() {
		c.cancel()
	}
}

// Deadline is the earlier one of the parent's and the attempt's.
func (c *Context) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.parent.Deadline()
	}
	return c.deadline, true
}

// Done starts a timer for what is left of the timeout.
func (c *Context) Done() <-chan struct{} { return c.arm().Done() }

// Err needs no timer: the clock says whether the deadline has passed.
func (c *Context) Err() error {
	if !c.armed.Load() && !c.isOver() {
		return nil
	}
	return c.arm().Err()
}

func (c *Context) isOver() bool {
	return c.ended.Load() || c.parent.Err() != nil || (!c.deadline.IsZero() && !time.Now().Before(c.deadline))
}

// Value is the parent's. Package context also asks by a key of its own, to find the
// context that has the timer: without that it would start a goroutine for each context
// derived from this one.
func (c *Context) Value(key any) any {
	if c.armed.Load() {
		return c.timed.Value(key)
	}
	return c.parent.Value(key)
}

// arm returns the context with the timer, and makes it where there is none. One that is
// made while End runs is cancelled by End, or here.
func (c *Context) arm() context.Context {
	if c.armed.Load() {
		return c.timed
	}
	c.arming.Lock() // no sync.Once: a parent that panics would leave nothing to the next who asks
	defer c.arming.Unlock()
	if c.armed.Load() {
		return c.timed
	}
	if c.ended.Load() || c.deadline.IsZero() {
		c.timed, c.cancel = context.WithCancel(c.parent)
	} else {
		c.timed, c.cancel = context.WithDeadline(c.parent, c.deadline)
	}
	c.armed.Store(true)
	if c.ended.Load() {
		c.cancel()
	}
	return c.timed
}

const name = "attemptctx.Context"

// String returns a name, for contexts that are derived from this one.
func (c *Context) String() string { return name }

// Format prints the name under any verb. fmt would read the fields while they change.
func (c *Context) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, name) }
