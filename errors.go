package coreapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

// Error is the error of a call. Every error that a call returns is an *Error or
// wraps one. It holds no key, password, token, query or host's userinfo; the
// client key and the secrets of the call are masked in all its strings but Body,
// and its strings are valid UTF-8.
//
// An Error that a call returned is never changed by the SDK, so its methods are
// safe for concurrent use. They are safe on the zero value and on nil too.
type Error struct {
	Code       Code          // as the response had it; empty where it had none
	Message    string        // the server's words
	StatusCode int           // the HTTP status; 0: no response
	RequestID  string        // the response's, else the last one that was sent
	Operation  string        // the name, such as "Users.Login"
	Method     string        // the HTTP method
	Path       string        // the route or the request's path, without host, base path and query
	Attempts   int           // requests handed to the transport
	RetryAfter time.Duration // the server's wish, 0 if it had none
	Delivery   Delivery      // what may have happened at the API, over all attempts
	Body       RawJSON       // the first 4 KiB of the response body, whatever it is

	class      class
	requestIDs []string // of the attempts that were sent, in order; not to be written to
	answered   bool     // an answer of the API, though without a status
	idempotent bool     // safe to send again, by method or Idempotency-Key
	ended      bool     // the context ended
	cancelled  bool     // … because the caller cancelled it
	timeouts   int      // how often the call had REQUEST_TIMEOUT
	stopped    string   // why no further attempt was made, where a limit said so
	causes     []error
	causeText  string        // the causes' text, masked
	contact    *AdminContact // the Client's; nil: none
	at         time.Time
}

// NewError makes an error as the API would answer it with, for callers' tests.
// Its Delivery is set from the code.
func NewError(code Code, message string) *Error {
	e := &Error{
		Code:     Code(printable.Valid(string(code))),
		Message:  printable.Valid(message),
		Delivery: deliveryOf(classAnswer, code, 0),
		answered: true,
	}
	if code == CodeRequestTimeout {
		e.timeouts = 1
	}
	return e
}

// Error returns the error on one line: operation, code, message, cause, status,
// request id, attempts and the short advice. What is not printable is escaped.
// Message and cause are cut at 512 bytes each, code and request id at 128.
func (e *Error) Error() string {
	if e == nil {
		return "coreapi: no error"
	}
	var b strings.Builder
	b.WriteString("coreapi")
	for _, part := range []string{
		printable.Line(e.Operation, printable.MaxText),
		e.headline(),
		printable.Line(e.Message, printable.MaxText),
		printable.Line(e.causeText, printable.MaxText),
	} {
		if part != "" {
			b.WriteString(": ")
			b.WriteString(part)
		}
	}
	if facts := e.facts(); facts != "" {
		b.WriteString(" (" + facts + ")")
	}
	if advice := e.Guidance().Advice; advice != "" {
		b.WriteString(": ")
		b.WriteString(advice)
	}
	return b.String()
}

// headline is the code, or what stands for it.
func (e *Error) headline() string {
	switch {
	case e.Code != "":
		return printable.Line(string(e.Code), printable.MaxIdentifier)
	case classes[e.class].label != "":
		return classes[e.class].label
	case e.isUnknownCode():
		return "error response without a code"
	case e.Message == "" && e.causeText == "":
		return "unknown error"
	}
	return ""
}

func (e *Error) facts() string {
	var facts []string
	if e.StatusCode != 0 {
		facts = append(facts, "status "+strconv.Itoa(e.StatusCode))
	}
	if e.RequestID != "" {
		facts = append(facts, "request id "+printable.Line(e.RequestID, printable.MaxIdentifier))
	}
	if e.Attempts == 1 {
		facts = append(facts, "1 attempt")
	} else if e.Attempts > 1 {
		facts = append(facts, strconv.Itoa(e.Attempts)+" attempts")
	}
	if e.stopped != "" {
		facts = append(facts, e.stopped)
	}
	return strings.Join(facts, ", ")
}

// Is reports whether the error matches one of the package's sentinels.
// errors.Is calls it.
func (e *Error) Is(target error) bool {
	if _, ok := target.(*sentinel); e == nil || !ok {
		return false
	}
	if row := lookupCode(e.Code); row != nil && (row.Sentinel == target || row.group == target) {
		return true
	}
	switch target {
	case ErrInvalidArgument:
		return e.class == classInvalidArgument
	case ErrResponseTooLarge:
		return e.class == classTooLarge
	case ErrRedirect:
		return e.class == classRedirect
	case ErrUnexpectedResponse:
		return e.class == classUnexpected || e.class == classCutShort
	case ErrUnknownCode:
		return e.isUnknownCode()
	case ErrContactAdmin:
		return e.needsAdmin()
	case ErrClientClosedRequest:
		return e.cancelled
	}
	return false
}

// isUnknownCode: an error response, and no code that the reference lists.
func (e *Error) isUnknownCode() bool {
	return e.class == classAnswer && lookupCode(e.Code) == nil && (e.Code != "" || e.StatusCode != 0 || e.answered)
}

func (e *Error) needsAdmin() bool {
	if e.Code == CodeRequestTimeout {
		return e.timeouts >= 2
	}
	row := lookupCode(e.Code)
	return row != nil && row.Action == ActionContactAdmin
}

// Unwrap returns the causes: the context's error, the network's, the decoder's.
// URLs, and text that net/http quotes from a response, are taken off them. A net.Error is
// among them exactly where Timeout is true.
func (e *Error) Unwrap() []error {
	if e == nil {
		return nil
	}
	causes := slices.Clone(e.causes)
	if e.Code == CodeRequestTimeout && !slices.ContainsFunc(causes, isTimeout) {
		causes = append(causes, apiTimeout{})
	}
	return causes
}

// apiTimeout is the cause of a REQUEST_TIMEOUT, so that who looks for a net.Error that has
// timed out finds one.
type apiTimeout struct{}

func (apiTimeout) Error() string   { return "the API took too long" }
func (apiTimeout) Timeout() bool   { return true }
func (apiTimeout) Temporary() bool { return true }

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Class returns why the call failed, in a word for metrics: "" where a documented code
// says it, else "unknown_code", "invalid_argument", "auth", "not_connected", "tls",
// "proxy", "lost", "attempt_timeout", "cut_short", "unexpected_response", "too_large",
// "redirect", "canceled", "deadline" or "caller".
func (e *Error) Class() string {
	if e == nil {
		return ""
	}
	return classes[e.effectiveClass()].name
}

// RequestIDs returns the request ids of all attempts that were sent, in order, each of
// which the API may know. It is a copy.
func (e *Error) RequestIDs() []string {
	if e == nil {
		return nil
	}
	return slices.Clone(e.requestIDs)
}

// Timeout reports whether the call ran out of time: the API answered
// REQUEST_TIMEOUT, the context's deadline passed, or an attempt's timeout did.
func (e *Error) Timeout() bool {
	if e == nil {
		return false
	}
	if e.Code == CodeRequestTimeout || e.class == classAttemptTimeout {
		return true
	}
	return slices.ContainsFunc(e.causes, isTimeout)
}

// Format prints Error() under any verb, so that no field is printed raw.
func (e Error) Format(f fmt.State, verb rune) { printable.Format(f, verb, e.Error()) }

// LogValue returns the error's fields as a slog group, without the body.
func (e *Error) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	g := e.Guidance()
	attrs := []slog.Attr{slog.String("error", e.Error())}
	for _, a := range []struct{ key, value string }{
		{"operation", printable.Line(e.Operation, printable.MaxText)},
		{"method", printable.Line(e.Method, printable.MaxIdentifier)},
		{"path", printable.Line(e.Path, printable.MaxText)},
		{"code", printable.Line(string(e.Code), printable.MaxIdentifier)},
		{"message", printable.Line(e.Message, printable.MaxText)},
		{"request_id", printable.Line(e.RequestID, printable.MaxIdentifier)},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	if e.StatusCode != 0 {
		attrs = append(attrs, slog.Int("status", e.StatusCode))
	}
	if e.RetryAfter != 0 {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	return slog.GroupValue(append(attrs,
		slog.Int("attempts", e.Attempts),
		slog.String("delivery", e.Delivery.String()),
		slog.String("action", g.Action.String()))...)
}

// clone is a copy with a body of its own; nil for nil.
func (e *Error) clone() *Error {
	if e == nil {
		return nil
	}
	own := *e
	own.Body = slices.Clone(e.Body)
	return &own
}

// endedBy returns a copy that also says how the context ended. See call.withContext, which
// masks the signatures first.
func (e *Error) endedBy(ctx context.Context, masks []string) *Error {
	ended := *e
	ended.ended = true
	ended.cancelled = errors.Is(ctx.Err(), context.Canceled)
	ended.stopped = ""
	ended.causes = []error{ctx.Err()}
	ended.causeText = ctx.Err().Error()
	if cause := context.Cause(ctx); cause != ctx.Err() { //nolint:errorlint // the same error, not one like it
		cause = redact.Cause(cause, redact.FromCaller, masks, true)
		ended.causes = append(ended.causes, cause)
		ended.causeText += ": " + printable.Valid(cause.Error())
	}
	for _, cause := range e.causes {
		if errors.Is(ctx.Err(), cause) {
			continue // said already
		}
		ended.causes = append(ended.causes, cause)
		if !strings.HasSuffix(ended.causeText, e.causeText) {
			ended.causeText += ": " + e.causeText
		}
	}
	return &ended
}

// withoutContext takes back what endedBy said, and with it the causes.
func (e *Error) withoutContext() *Error {
	if !e.ended {
		return e
	}
	plain := *e
	plain.ended, plain.cancelled, plain.causes, plain.causeText = false, false, nil, ""
	return &plain
}
