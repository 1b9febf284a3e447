package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

// telemetry is where a service's spans, metrics and log go.
type telemetry struct {
	tracer  *trace.TracerProvider
	meter   *metric.MeterProvider
	scraped http.Handler
	logger  *slog.Logger
	drawn   *treeProcessor
}

func newTelemetry(out io.Writer) (*telemetry, error) {
	drawn := newTreeProcessor(out)
	registry := prometheus.NewRegistry()
	// The strategy is that of docs/observability.md's alerts: dots as underscores, units and
	// _total behind the name. The exporter's default follows a global setting.
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry),
		otelprometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes))
	if err != nil {
		return nil, err
	}
	return &telemetry{
		tracer:  trace.NewTracerProvider(trace.WithSpanProcessor(drawn)),
		meter:   metric.NewMeterProvider(metric.WithReader(exporter)),
		scraped: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		logger:  slog.New(slog.NewTextHandler(out, nil)),
		drawn:   drawn,
	}, nil
}

// options let a Client tell all of it.
func (t *telemetry) options() []coreapi.Option {
	return []coreapi.Option{
		coreapi.WithTrace(otelcoreapi.Trace(
			otelcoreapi.WithTracerProvider(t.tracer),
			otelcoreapi.WithMeterProvider(t.meter),
			otelcoreapi.WithPeerName("core-api"))),
		coreapi.WithLogger(t.logger),
	}
}

// flush waits until the trace that is under way is drawn.
func (t *telemetry) flush(ctx context.Context) { t.drawn.wait(ctx) }

func (t *telemetry) shutdown() {
	ctx := context.Background()
	_ = t.tracer.Shutdown(ctx)
	_ = t.meter.Shutdown(ctx)
}
