package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// TestOtelhttpAroundTheTransport holds what docs/observability.md says of it.
func TestOtelhttpAroundTheTransport(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // as most programs do
	t.Cleanup(func() { otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator()) })
	notTheAPI := otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Hostname() != "coreapi.test" })
	none := otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator())
	for name, test := range map[string]struct {
		options  []otelhttp.Option
		tells    bool // a span
		measures bool
		leaks    bool // the reqToken
		sends    bool // the trace's id to the API
	}{
		"as it comes":                               {nil, true, true, true, true},
		"with a name formatter":                     {[]otelhttp.Option{otelhttp.WithSpanNameFormatter(func(string, *http.Request) string { return "api" })}, true, true, true, true},
		"with a filter that leaves the API out":     {[]otelhttp.Option{notTheAPI}, false, false, false, false},
		"for its metrics only":                      {[]otelhttp.Option{otelhttp.WithTracerProvider(noop.NewTracerProvider()), none}, false, true, false, false},
		"for its metrics, with the propagator left": {[]otelhttp.Option{otelhttp.WithTracerProvider(noop.NewTracerProvider())}, false, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := coreapitest.New()
			session, err := fake.Client().Users.StartLogin(t.Context())
			require.NoError(t, err)
			spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
			tracer := trace.NewTracerProvider(trace.WithSyncer(spans))
			options := append([]otelhttp.Option{otelhttp.WithTracerProvider(tracer),
				otelhttp.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))}, test.options...)
			client := fake.Client(coreapi.WithHTTPClient(&http.Client{Transport: otelhttp.NewTransport(fake.Transport(), options...)}))
			ctx, span := tracer.Tracer("program").Start(t.Context(), "program")
			_, err = client.Users.LoginStatus(ctx, session.ReqToken)
			require.NoError(t, err)
			requests := fake.Requests()
			_, sent := requests[len(requests)-1].Header["Traceparent"]
			require.Equal(t, test.sends, sent)
			require.Equal(t, test.tells, len(spans.GetSpans()) > 0)
			span.End()
			var measured metricdata.ResourceMetrics
			require.NoError(t, reader.Collect(t.Context(), &measured))
			require.Equal(t, test.measures, len(measured.ScopeMetrics) > 0)
			told := fmt.Sprintf("%+v %+v", spans.GetSpans(), measured)
			require.Equal(t, test.leaks, strings.Contains(told, string(session.ReqToken)))
		})
	}
}
