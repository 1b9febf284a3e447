package otelcoreapi

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Option sets something of [Trace].
type Option interface{ apply(*options) }

type options struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator // nil: nothing is sent
	keep       attribute.Filter              // nil: all are kept
	peer       string                        // "": not told
}

type option func(*options)

func (f option) apply(o *options) { f(o) }

// WithTracerProvider sets where spans go. Default, and for nil: OpenTelemetry's global
// provider, also one that is set later.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return option(func(o *options) {
		if provider != nil {
			o.tracers = provider
		}
	})
}

// WithMeterProvider sets where metrics go. Default, and for nil: OpenTelemetry's global
// provider, also one that is set later.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return option(func(o *options) {
		if provider != nil {
			o.meters = provider
		}
	})
}

// WithPropagator sends with each attempt what p makes of its span, such as the header
// traceparent of [propagation.TraceContext]. [propagation.Baggage] sends all of the program's
// baggage to the API. Default, and for nil: nothing is sent, unlike otelhttp's default. Of
// p's headers the SDK leaves out those that are its own or the transport's.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return option(func(o *options) { o.propagator = p })
}

// WithAttributeFilter leaves out the attributes of spans, events and metrics for which keep
// returns false. Default, and for nil: all are kept. It must be safe for concurrent use, and
// say the same of an attribute whenever it is asked: what it said may be used again.
func WithAttributeFilter(keep attribute.Filter) Option {
	return option(func(o *options) { o.keep = keep })
}

// WithPeerName is the name of the API as your traces and dashboards know it, "core-api" for
// one. It is the attribute service.peer.name of the spans of attempts and of all metrics, so
// that two Clients can be told apart. Default, and for "": the attribute is not there.
// Source: OpenTelemetry's conventions, where it has taken the place of peer.service.
func WithPeerName(name string) Option {
	return option(func(o *options) { o.peer = name })
}
