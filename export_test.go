package coreapi

import (
	"net/http"
	"time"
)

// What the tests in package coreapi_test need of the inside.

var Version = ownVersion()

var (
	DefaultTransport = defaultTransport
	ErrNextIsRunning = errNextIsRunning
)

// TransportOf is what a Client sends its requests with.
func TransportOf(c *Client) http.RoundTripper { return c.state().transport }

// TakeRetry lets a Client's retry budget pay for one retry. It reports whether it could.
func TakeRetry(c *Client) bool { return c.state().budget.Take() }

// WithoutTime is a copy of an error that does not know when it was made.
func WithoutTime(e *Error) Error {
	timeless := *e
	timeless.at = time.Time{}
	return timeless
}

// ClassLabel is what the error's text says of its class; "": nothing.
func ClassLabel(e *Error) string { return classes[e.class].label }

// StoppedWords are all that AttemptDone.Stopped may be, but "".
var StoppedWords = []string{stoppedAttempts, stoppedRetryAfter, stoppedDeadline, stoppedBudget, stoppedContext, stoppedShouldRetry}

// ClassNames are all that Error.Class may be, but "".
func ClassNames() []string {
	var names []string
	for _, row := range classes {
		if row.name != "" {
			names = append(names, row.name)
		}
	}
	return names
}
