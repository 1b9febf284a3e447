package coreapi_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/fypass/coreapi-go"
)

// traceRecorder keeps what a trace is told.
type traceRecorder struct {
	mu     sync.Mutex
	told   []string // a line each, in order
	calls  []coreapi.Operation
	starts []coreapi.AttemptStart
	dones  []coreapi.AttemptDone
	ends   []coreapi.CallDone
}

func (r *traceRecorder) trace() coreapi.Trace {
	return coreapi.Trace{
		Call: func(ctx context.Context, op coreapi.Operation) context.Context {
			r.calls = append(r.calls, op)
			return r.tell(ctx, "call %s %s %s", op.Name, op.Method, op.Path)
		},
		Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			r.starts = append(r.starts, a)
			return r.tell(ctx, "attempt %d %s", a.Number, a.RequestID)
		},
		AttemptDone: func(ctx context.Context, a coreapi.AttemptDone) {
			r.dones = append(r.dones, a)
			r.tell(ctx, "attempt %d done: status %d, %s, stopped %q, again %t", a.Number, a.StatusCode, outcomeOf(a.Err), a.Stopped, a.RetryIn >= 0)
		},
		CallDone: func(ctx context.Context, c coreapi.CallDone) {
			r.ends = append(r.ends, c)
			r.tell(ctx, "call %s done: attempts %d, status %d, id %q, %s", c.Operation.Name, c.Attempts, c.StatusCode, c.RequestID, outcomeOf(c.Err))
		},
	}
}

func (r *traceRecorder) tell(ctx context.Context, format string, args ...any) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, fmt.Sprintf(format, args...))
	return ctx
}

// outcomeOf is an error's code or class, "ok" without one.
func outcomeOf(e *coreapi.Error) string {
	if e == nil {
		return "ok"
	}
	return strings.TrimSpace(e.Class() + " " + string(e.Code))
}
