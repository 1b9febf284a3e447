package otelcoreapi

import (
	"context"
	"errors"
	"runtime/debug"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/fypass/coreapi-go"
)

// scope is the instrumentation scope of all spans and metrics.
const scope = "github.com/fypass/coreapi-go/otelcoreapi"

// Trace makes a coreapi.Trace that tells OpenTelemetry of calls and attempts. Give it to
// [coreapi.WithTrace], alone or beside others; one may serve several Clients. It is safe for
// concurrent use.
//
// A call's span is a child of the span in the context that the call was given. The span of a
// call is in the context that interceptors get, that of an attempt in the one that the
// Authenticator, the signer and the transport get.
func Trace(opts ...Option) coreapi.Trace {
	o := options{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&o)
		}
	}
	build, _ := debug.ReadBuildInfo()
	number := versionIn(build)
	t := &tracing{
		tracer:      o.tracers.Tracer(scope, trace.WithInstrumentationVersion(number)),
		instruments: newInstruments(o.meters.Meter(scope, metric.WithInstrumentationVersion(number))),
		propagator:  o.propagator,
		keep:        o.keep,
		callKey:     &contextKey{"call"},
		attemptKey:  &contextKey{"attempt"},
	}
	if o.peer != "" {
		t.peer = []attribute.KeyValue{keyPeerName.String(o.peer)}
	}
	return coreapi.Trace{Call: t.call, Attempt: t.attempt, AttemptDone: t.attemptDone, CallDone: t.callDone}
}

// tracing is what one Trace works with.
type tracing struct {
	tracer trace.Tracer
	instruments
	requestSets sets[requestSet]
	callSets    sets[callSet]
	propagator  propagation.TextMapPropagator // nil: nothing is sent
	keep        attribute.Filter              // nil: all are kept
	peer        []attribute.KeyValue          // service.peer.name, where there is one

	// Keys of this Trace's own spans in a context. The span that is active there may be
	// another's by now: of a second Trace, of an interceptor.
	callKey, attemptKey *contextKey
}

type contextKey struct{ name string }

// spanIn is the Trace's own span of ctx, or one that records nothing: an interceptor may have
// gone on with a context that is not derived from its own.
func spanIn(ctx context.Context, key *contextKey) trace.Span {
	if span, ok := ctx.Value(key).(trace.Span); ok {
		return span
	}
	return noSpan
}

// noSpan records nothing.
var noSpan = trace.SpanFromContext(context.Background())

var (
	internalSpan = trace.WithSpanKind(trace.SpanKindInternal)
	clientSpan   = trace.WithSpanKind(trace.SpanKindClient)
)

func (t *tracing) call(ctx context.Context, op coreapi.Operation) context.Context {
	ctx, span := t.tracer.Start(ctx, op.Name, internalSpan)
	return context.WithValue(ctx, t.callKey, span)
}

func (t *tracing) attempt(ctx context.Context, a coreapi.AttemptStart) context.Context {
	ctx, span := t.tracer.Start(ctx, attemptName(a.Operation), clientSpan,
		trace.WithAttributes(t.kept(append(attemptStart(a), t.peer...))...))
	if t.propagator != nil {
		injected := false
		defer func() {
			if !injected { // it panicked, and nobody else has the span
				span.SetStatus(codes.Error, "")
				span.End()
			}
		}()
		t.propagator.Inject(ctx, propagation.HeaderCarrier(a.Header))
		injected = true
	}
	return context.WithValue(ctx, t.attemptKey, span)
}

func (t *tracing) attemptDone(ctx context.Context, a coreapi.AttemptDone) {
	span := spanIn(ctx, t.attemptKey)
	defer span.End() // also where a filter panics
	t.recordAttempt(ctx, a)
	if call := spanIn(ctx, t.callKey); a.RetryIn >= 0 && call.IsRecording() {
		call.AddEvent(eventRetry, trace.WithAttributes(t.kept(retryAttributes(a))...))
	}
	if span.IsRecording() {
		setStatus(span, a.Err)
		span.SetAttributes(t.kept(attemptEnd(a))...)
	}
}

func (t *tracing) callDone(ctx context.Context, c coreapi.CallDone) {
	span := spanIn(ctx, t.callKey)
	defer span.End() // also where a filter panics
	t.recordCall(ctx, c)
	if span.IsRecording() {
		setStatus(span, c.Err)
		span.SetAttributes(t.kept(callEnd(c))...)
	}
}

// cancelled: the caller did. A CLIENT_CLOSED_REQUEST of the API's is a failure.
func cancelled(err *coreapi.Error) bool {
	return errors.Is(err, coreapi.ErrClientClosedRequest) && errors.Is(err, context.Canceled)
}
