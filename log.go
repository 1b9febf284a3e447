package coreapi

import (
	"log/slog"

	"github.com/fypass/coreapi-go/internal/printable"
)

// logger writes a line after each attempt. Only WithLogger refers to it, so that a
// program which logs nothing is linked without slog's handlers.
func logger(to *slog.Logger) func(k *call, retry bool) {
	return func(k *call, retry bool) {
		if to.Enabled(k.ctx, slog.LevelDebug) {
			to.LogAttrs(k.ctx, slog.LevelDebug, "coreapi: attempt", k.attrs(retry)...)
		}
	}
}

func (k *call) attrs(retry bool) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", printable.Line(k.clean(k.op.Name), printable.MaxText)),
		slog.String("method", k.op.Method),
		slog.String("path", printable.Line(k.clean(k.op.Path), printable.MaxText)),
		slog.String("request_id", printable.Line(k.clean(k.ids.current), printable.MaxIdentifier)),
		slog.Int("attempt", k.tries),
	}
	if k.last == nil {
		attrs = append(attrs, slog.String("outcome", "success"))
	} else {
		attrs = append(attrs, slog.String("outcome", "failure"), slog.Any("failure", k.last))
	}
	if retry {
		attrs = append(attrs, slog.Duration("retry_in", k.wait))
	}
	return attrs
}
