package coreapi

import (
	"context"
	"sync"
	"time"
)

// attemptContext is the context of one attempt: the call's, with the attempt's own
// deadline. It says what one of context.WithDeadline says to whoever asks, at the
// same time; but it is such a one only from when somebody wants to wait for its end,
// since a timer costs more than the rest of a quick attempt's context.
type attemptContext struct {
	context.Context           // the call's
	deadline        time.Time // the attempt's; zero where the call's comes first

	mu     sync.Mutex
	armed  context.Context // nil: nobody has waited
	cancel context.CancelFunc
	ended  bool
}

// start leaves it to the call's deadline where both end at once: the error is the
// caller's deadline then.
func (c *attemptContext) start(call context.Context, timeout time.Duration) {
	c.Context, c.deadline = call, time.Now().Add(timeout)
	if first, ok := call.Deadline(); ok && !first.After(c.deadline) {
		c.deadline = time.Time{}
	}
}

// Deadline is the earlier one's.
func (c *attemptContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.Context.Deadline()
	}
	return c.deadline, true
}

// Done starts the timer, which runs for what is left.
func (c *attemptContext) Done() <-chan struct{} { return c.arm().Done() }

// Err needs no timer: the clock says whether the deadline has passed.
func (c *attemptContext) Err() error {
	c.mu.Lock()
	armed, ended := c.armed, c.ended
	c.mu.Unlock()
	if armed == nil {
		if !ended && c.Context.Err() == nil && (c.deadline.IsZero() || time.Now().Before(c.deadline)) {
			return nil
		}
		armed = c.arm()
	}
	return armed.Err()
}

// Value finds, for package context, what it is armed with.
func (c *attemptContext) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed != nil {
		return c.armed.Value(key)
	}
	return c.Context.Value(key)
}

func (c *attemptContext) arm() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.armed != nil:
		return c.armed
	case c.ended, c.deadline.IsZero():
		c.armed, c.cancel = context.WithCancel(c.Context)
	default:
		c.armed, c.cancel = context.WithDeadline(c.Context, c.deadline)
	}
	if c.ended {
		c.cancel()
	}
	return c.armed
}

// end is what a CancelFunc does.
func (c *attemptContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}
