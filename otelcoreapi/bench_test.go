package otelcoreapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

// dropping is an exporter of spans and of metrics that throws all away.
type dropping struct{}

func (dropping) ExportSpans(context.Context, []trace.ReadOnlySpan) error { return nil }
func (dropping) Export(context.Context, *metricdata.ResourceMetrics) error {
	return nil
}
func (dropping) Temporality(metric.InstrumentKind) metricdata.Temporality {
	return metricdata.CumulativeTemporality
}
func (dropping) Aggregation(metric.InstrumentKind) metric.Aggregation {
	return metric.AggregationDefault{}
}
func (dropping) ForceFlush(context.Context) error { return nil }
func (dropping) Shutdown(context.Context) error   { return nil }

// BenchmarkLoopback is one GET over loopback with this package, in the ways in which programs
// have it: every span recorded and exported in batches, no span sampled, no provider set at
// all. Beside it, in turn with it, goes one without: added-ns/op is the difference of the
// medians, which a busy machine moves less than a mean.
func BenchmarkLoopback(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"id":"c","name":"shop","status":"active"}`))
	}))
	defer server.Close()
	spans := trace.NewTracerProvider(trace.WithBatcher(dropping{}))
	unsampled := trace.NewTracerProvider(trace.WithBatcher(dropping{}), trace.WithSampler(trace.NeverSample()))
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(dropping{})))
	for _, bench := range []struct {
		name    string
		options []otelcoreapi.Option
	}{
		{"recorded", []otelcoreapi.Option{otelcoreapi.WithTracerProvider(spans), otelcoreapi.WithMeterProvider(metrics)}},
		{"unsampled", []otelcoreapi.Option{otelcoreapi.WithTracerProvider(unsampled), otelcoreapi.WithMeterProvider(metrics)}},
		{"no-provider", nil},
	} {
		b.Run(bench.name, func(b *testing.B) {
			without := newBenchClient(b, server.URL)
			with := newBenchClient(b, server.URL, coreapi.WithTrace(otelcoreapi.Trace(bench.options...)))
			var plain, told []time.Duration
			for b.Loop() {
				plain = append(plain, timeOne(b, without))
				told = append(told, timeOne(b, with))
			}
			b.ReportMetric(0, "ns/op") // of the pair: nobody wants it
			b.ReportMetric(median(plain), "without-ns/op")
			b.ReportMetric(median(told)-median(plain), "added-ns/op")
		})
	}
}

func newBenchClient(b *testing.B, base string, opts ...coreapi.Option) *coreapi.Client {
	client, err := coreapi.New(base, coreapi.ClientKey("key-0123456789"), opts...)
	require.NoError(b, err)
	b.Cleanup(client.CloseIdleConnections)
	return client
}

func timeOne(b *testing.B, client *coreapi.Client) time.Duration {
	begin := time.Now()
	if _, err := client.Clients.Info(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2])
}
