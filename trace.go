package coreapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Trace is told what a Client's calls do, as it happens: see [WithTrace]. Any of its
// functions may be nil. They must be safe for concurrent use, and keep nothing of what they
// get.
//
// A call has exactly one Call and one CallDone, with an argument that was refused and with a
// panic too, and each attempt exactly one Attempt and one AttemptDone in between. A nil
// Client, and one that New did not make, tells nothing. [UsersService.WaitForLogin] is a call
// of its own, "Users.WaitForLogin", and the polls that it makes are calls within it.
//
// What is told holds no secret of the call: no query, no header that was sent, no body.
// The server's message and body are in an error's fields Message and Body alone.
//
// A function that blocks holds the call up. One that panics makes the call fail, as a panic
// in any code of the caller's does.
type Trace struct {
	// Call begins a call. The context that it returns reaches everything in the call:
	// interceptors, attempts, CallDone. One that is nil, or not derived from ctx, counts as
	// not returned. With one of context.WithoutCancel the call cannot be cancelled.
	Call func(ctx context.Context, op Operation) context.Context
	// Attempt begins an attempt, before it is authenticated. The context that it returns
	// reaches the Authenticator, the signer, the transport, ShouldRetry, the attempt's log
	// line and AttemptDone. One that is nil, or not derived from ctx, counts as not returned;
	// one that ends by itself ends the attempt as its timeout does.
	Attempt func(ctx context.Context, a AttemptStart) context.Context
	// AttemptDone ends an attempt, when it is decided whether another one follows, and before
	// the wait for that.
	AttemptDone func(ctx context.Context, a AttemptDone)
	// CallDone ends a call.
	CallDone func(ctx context.Context, c CallDone)
}

// WithTrace tells t what the Client's calls do. Several are told in the order in which they
// were given. Default: nobody is told, which costs nothing.
func WithTrace(t Trace) Option {
	return clientOption(func(o *clientOptions) error {
		o.traces = append(o.traces, t)
		return nil
	})
}

// AttemptStart is an attempt that begins.
type AttemptStart struct {
	// Operation has a path only where that is a route or a [Request]'s Route: other paths
	// have values in them. The name of a Request without one is "Do", or method and Route.
	Operation Operation
	Number    int    // from 1, over the whole call
	RequestID string // the attempt's own
	// Header is empty. What is added to it is sent with the attempt, for propagation, but for
	// the headers that are the SDK's or the transport's, and what is no valid header.
	Header http.Header
	// URL is a copy, with the route's placeholders in its path and REDACTED for each value of
	// its query, and for the path of a [Request] without a Route.
	URL *url.URL
}

// AttemptDone is an attempt that has ended.
type AttemptDone struct {
	AttemptStart
	StatusCode int           // 0: no response
	Protocol   string        // the response's, such as "HTTP/2.0"; "": no response
	Duration   time.Duration // from Attempt on: authentication and the body included
	Err        *Error        // a copy; nil: the attempt succeeded
	RetryIn    time.Duration // the wait before the next attempt; -1: there is none
	// Stopped is what kept a failed attempt from being followed by another: "attempts",
	// "retry_after", "deadline", "budget" (limits of the policy and the Client), "context" (it
	// ended), "should_retry" (it turned down what the SDK would retry); "" where the retry
	// rule itself did, after a success, for a poll that had its one attempt, and where another
	// attempt follows.
	Stopped string
}

// CallDone is a call that has ended.
type CallDone struct {
	Operation  Operation     // as in AttemptStart
	Attempts   int           // requests handed to the transport; for Users.WaitForLogin those of its polls
	StatusCode int           // of the last attempt's response, or of the API's last answer where the context ended; 0: none
	RequestID  string        // that response's, else the last one that was sent
	Duration   time.Duration // all attempts and waits, interceptors included
	Err        *Error        // a copy of what the caller gets; nil: the call succeeded

	poll bool // within Users.WaitForLogin, which tells the outcome
}

func (a AttemptStart) fields() map[string]any {
	shown := printable.NonEmpty(map[string]string{
		"operation": a.Operation.Name, "method": a.Operation.Method, "path": a.Operation.Path, "requestID": a.RequestID,
	})
	shown["number"] = a.Number
	if a.URL != nil {
		shown["url"] = a.URL.String()
	}
	return shown
}

func (a AttemptDone) fields() map[string]any {
	shown := a.AttemptStart.fields()
	shown["statusCode"], shown["duration"], shown["retryIn"] = a.StatusCode, a.Duration.String(), a.RetryIn.String()
	addOutcome(shown, a.Err)
	if a.Stopped != "" {
		shown["stopped"] = a.Stopped
	}
	return shown
}

func (c CallDone) fields() map[string]any {
	shown := printable.NonEmpty(map[string]string{
		"operation": c.Operation.Name, "method": c.Operation.Method, "path": c.Operation.Path, "requestID": c.RequestID,
	})
	shown["attempts"], shown["statusCode"], shown["duration"] = c.Attempts, c.StatusCode, c.Duration.String()
	addOutcome(shown, c.Err)
	return shown
}

func addOutcome(shown map[string]any, err *Error) {
	if err != nil {
		shown["err"] = err.Error()
	}
}

// String returns the attempt without its header.
func (a AttemptStart) String() string { return printable.Fields("AttemptStart", a.fields()) }

// Format prints String() under any verb.
func (a AttemptStart) Format(f fmt.State, verb rune) { printable.Format(f, verb, a.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (a *AttemptStart) LogValue() slog.Value {
	if a == nil {
		return slog.Value{}
	}
	return slog.AnyValue(a.fields())
}

// String returns the attempt without its header.
func (a AttemptDone) String() string { return printable.Fields("AttemptDone", a.fields()) }

// Format prints String() under any verb.
func (a AttemptDone) Format(f fmt.State, verb rune) { printable.Format(f, verb, a.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (a *AttemptDone) LogValue() slog.Value {
	if a == nil {
		return slog.Value{}
	}
	return slog.AnyValue(a.fields())
}

// String returns the call's outcome on one line.
func (c CallDone) String() string { return printable.Fields("CallDone", c.fields()) }

// Format prints String() under any verb.
func (c CallDone) Format(f fmt.State, verb rune) { printable.Format(f, verb, c.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (c *CallDone) LogValue() slog.Value {
	if c == nil {
		return slog.Value{}
	}
	return slog.AnyValue(c.fields())
}
