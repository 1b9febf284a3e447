package coreapi

import "log/slog"

// logger writes a line after each attempt. Only WithLogger refers to it, so that a
// program which logs nothing is linked without slog's handlers.
func logger(to *slog.Logger) func(k *call, again bool) {
	return func(k *call, again bool) {
		if to.Enabled(k.ctx, slog.LevelDebug) {
			to.LogAttrs(k.ctx, slog.LevelDebug, "coreapi: attempt", k.attrs(again)...)
		}
	}
}

func (k *call) attrs(again bool) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", oneLine(k.clean(k.op.Name), maxText)),
		slog.String("method", k.op.Method),
		slog.String("path", oneLine(k.clean(k.op.Path), maxText)),
		slog.String("request_id", oneLine(k.clean(k.requestID), maxIdentifier)),
		slog.Int("attempt", k.tries),
	}
	if failed := k.progress.last; failed == nil {
		attrs = append(attrs, slog.String("outcome", "success"))
	} else {
		attrs = append(attrs, slog.String("outcome", "failure"), slog.Any("failure", k.finish(failed)))
	}
	if again {
		attrs = append(attrs, slog.Duration("retry_in", k.wait))
	}
	return attrs
}
