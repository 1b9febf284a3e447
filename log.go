package coreapi

import (
	"cmp"
	"context"
	"log/slog"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// logTrace writes what happens to a logger: docs/observability.md has the lines and their
// attributes. Only WithLogger refers to it, so that a program which logs nothing is linked
// without slog's handlers.
func logTrace(to *slog.Logger) *Trace {
	return &Trace{
		AttemptDone: func(ctx context.Context, a AttemptDone) {
			if to.Enabled(ctx, slog.LevelDebug) {
				to.LogAttrs(ctx, slog.LevelDebug, "coreapi: attempt", attemptAttrs(a)...)
			}
			if a.RetryIn >= 0 && to.Enabled(ctx, slog.LevelInfo) {
				to.LogAttrs(ctx, slog.LevelInfo, "coreapi: retry", retryAttrs(a)...)
			}
		},
		CallDone: func(ctx context.Context, c CallDone) {
			if level := levelOf(c); to.Enabled(ctx, level) {
				to.LogAttrs(ctx, level, callMessage(c), callAttrs(c)...)
			}
		},
	}
}

// levelOf is a call's level, by who has to act. A poll's outcome is told by the call that
// it is made for.
func levelOf(c CallDone) slog.Level {
	switch {
	case c.Err == nil || c.Err.cancelled:
		return slog.LevelDebug
	case c.poll && c.Err.retryable() && !c.Err.ended:
		return slog.LevelInfo // the wait goes on
	case c.poll:
		return slog.LevelDebug
	case c.Err.needsAdmin():
		return slog.LevelError
	}
	return slog.LevelWarn
}

func callMessage(c CallDone) string {
	if c.Err != nil {
		return "coreapi: call failed"
	}
	return "coreapi: call"
}

func attemptAttrs(a AttemptDone) []slog.Attr {
	attrs := append(operationAttrs(a.Operation),
		slog.String("coreapi.request_id", printable.Line(a.RequestID, printable.MaxIdentifier)),
		slog.Int("coreapi.attempt", a.Number),
		slog.Duration("coreapi.duration", a.Duration))
	attrs = appendStatus(attrs, a.StatusCode)
	if a.Protocol != "" {
		attrs = append(attrs, slog.String("network.protocol.version", protocolVersion(a.Protocol)))
	}
	attrs = appendError(attrs, a.Err)
	if a.RetryIn >= 0 {
		attrs = append(attrs, slog.Duration("coreapi.retry_in", a.RetryIn))
	}
	if a.Stopped != "" {
		attrs = append(attrs, slog.String("coreapi.stop.reason", a.Stopped))
	}
	return attrs
}

func retryAttrs(a AttemptDone) []slog.Attr {
	attrs := append(operationAttrs(a.Operation),
		slog.String("coreapi.request_id", printable.Line(a.RequestID, printable.MaxIdentifier)),
		slog.Int("coreapi.attempt", a.Number),
		slog.Duration("coreapi.retry_in", a.RetryIn),
		slog.String("error.type", a.Err.metricType()))
	return appendStatus(attrs, a.StatusCode)
}

func callAttrs(c CallDone) []slog.Attr {
	attrs := append(operationAttrs(c.Operation),
		slog.Int("coreapi.attempts", c.Attempts),
		slog.Duration("coreapi.duration", c.Duration))
	if c.RequestID != "" {
		attrs = append(attrs, slog.String("coreapi.request_id", printable.Line(c.RequestID, printable.MaxIdentifier)))
	}
	attrs = appendStatus(attrs, c.StatusCode)
	if c.Err != nil {
		attrs = append(attrs, slog.String("coreapi.action", c.Err.Guidance().Action.String()))
	}
	return appendError(attrs, c.Err)
}

func operationAttrs(op Operation) []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.String("coreapi.operation", printable.Line(op.Name, printable.MaxText)),
		slog.String("http.request.method", printable.Line(op.Method, printable.MaxIdentifier)))
	if op.Path != "" {
		attrs = append(attrs, slog.String("url.template", printable.Line(op.Path, printable.MaxText)))
	}
	return attrs
}

func appendStatus(attrs []slog.Attr, status int) []slog.Attr {
	if status == 0 {
		return attrs
	}
	return append(attrs, slog.Int("http.response.status_code", status))
}

func appendError(attrs []slog.Attr, err *Error) []slog.Attr {
	if err == nil {
		return attrs
	}
	return append(attrs,
		slog.String("error.type", err.metricType()),
		slog.String("coreapi.delivery", err.Delivery.String()),
		slog.Any("error", err))
}

// metricType is what OpenTelemetry calls error.type: a word out of few, whatever the server
// says.
func (e *Error) metricType() string { return cmp.Or(e.Class(), string(CodeOf(e)), "_OTHER") }

// protocolVersion is OpenTelemetry's network.protocol.version of a net/http Proto. Only
// HTTP/1 has a minor version.
func protocolVersion(proto string) string {
	version := strings.TrimPrefix(proto, "HTTP/")
	if version == "1.0" {
		return version
	}
	return strings.TrimSuffix(version, ".0")
}
