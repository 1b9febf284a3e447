package otelcoreapi_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// observed keeps all spans and metrics in memory.
type observed struct {
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
	tracer *trace.TracerProvider
	meter  *metric.MeterProvider
}

func newObserved() *observed {
	o := &observed{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	o.tracer = trace.NewTracerProvider(trace.WithSyncer(o.spans))
	o.meter = metric.NewMeterProvider(metric.WithReader(o.reader))
	return o
}

// option makes a Client tell o.
func (o *observed) option(opts ...otelcoreapi.Option) coreapi.Option {
	return coreapi.WithTrace(otelcoreapi.Trace(append([]otelcoreapi.Option{
		otelcoreapi.WithTracerProvider(o.tracer), otelcoreapi.WithMeterProvider(o.meter)}, opts...)...))
}

// metricsOnly is an option without spans.
func (o *observed) metricsOnly() coreapi.Option {
	return o.option(otelcoreapi.WithTracerProvider(noop.NewTracerProvider()))
}

// metrics are those of the scope, by name.
func (o *observed) metrics(t testing.TB) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, o.reader.Collect(context.Background(), &all))
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

// sets are the attribute sets of an instrument, and how often each was measured.
func sets(t testing.TB, m metricdata.Metrics) map[attribute.Set]uint64 {
	t.Helper()
	all := map[attribute.Set]uint64{}
	switch data := m.Data.(type) {
	case metricdata.Histogram[float64]:
		for _, point := range data.DataPoints {
			all[point.Attributes] = point.Count
		}
	case metricdata.Histogram[int64]:
		for _, point := range data.DataPoints {
			all[point.Attributes] = point.Count
		}
	case metricdata.Sum[int64]:
		for _, point := range data.DataPoints {
			all[point.Attributes] = uint64(point.Value)
		}
	default:
		t.Fatalf("%s has data of a %T", m.Name, m.Data)
	}
	return all
}

// tree prints all spans below their parents, in the order in which they began, then all
// metrics: as a person would draw them.
func (o *observed) tree(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	spans := o.spans.GetSpans()
	known := map[string]bool{}
	for _, span := range spans {
		known[span.SpanContext.SpanID().String()] = true
	}
	children := map[string]tracetest.SpanStubs{}
	for _, span := range spans {
		parent := span.Parent.SpanID().String()
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], span)
	}
	writeSpans(&b, children, "", "")
	metrics := o.metrics(t)
	for _, name := range sortedKeys(metrics) {
		writeMetric(t, &b, metrics[name])
	}
	return b.String()
}

func writeSpans(b *strings.Builder, children map[string]tracetest.SpanStubs, parent, indent string) {
	spans := children[parent]
	slices.SortStableFunc(spans, func(x, y tracetest.SpanStub) int { return x.StartTime.Compare(y.StartTime) })
	for _, span := range spans {
		fmt.Fprintf(b, "%s%s (%s), %s, status %s\n", indent, span.Name, span.SpanKind, rounded(span.EndTime.Sub(span.StartTime)), statusText(span.Status))
		writeAttributes(b, span.Attributes, indent+"    ")
		for _, event := range span.Events {
			fmt.Fprintf(b, "%s    event %s after %s\n", indent, event.Name, rounded(event.Time.Sub(span.StartTime)))
			writeAttributes(b, event.Attributes, indent+"        ")
		}
		writeSpans(b, children, span.SpanContext.SpanID().String(), indent+"  ")
	}
}

func statusText(status trace.Status) string {
	if status.Code == codes.Unset {
		return "unset"
	}
	return strings.TrimSpace(status.Code.String() + " " + status.Description)
}

func writeAttributes(b *strings.Builder, attrs []attribute.KeyValue, indent string) {
	attrs = slices.Clone(attrs)
	slices.SortFunc(attrs, func(x, y attribute.KeyValue) int { return cmp.Compare(x.Key, y.Key) })
	for _, attr := range attrs {
		value := attr.Value.String()
		if attr.Value.Type() == attribute.FLOAT64 {
			value = strconv.FormatFloat(attr.Value.AsFloat64(), 'f', 3, 64)
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, attr.Key, value)
	}
}

// rounded takes away the nanosecond of jitter that a wait may have.
func rounded(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func writeMetric(t testing.TB, b *strings.Builder, m metricdata.Metrics) {
	t.Helper()
	fmt.Fprintf(b, "\n%s (%s): %s\n", m.Name, m.Unit, m.Description)
	var lines []string
	switch data := m.Data.(type) {
	case metricdata.Histogram[float64]:
		for _, point := range data.DataPoints {
			lines = append(lines, histogramLine(point.Attributes, point.Bounds, point.BucketCounts, point.Sum))
		}
	case metricdata.Histogram[int64]:
		for _, point := range data.DataPoints {
			lines = append(lines, histogramLine(point.Attributes, point.Bounds, point.BucketCounts, float64(point.Sum)))
		}
	case metricdata.Sum[int64]:
		require.True(t, data.IsMonotonic)
		for _, point := range data.DataPoints {
			lines = append(lines, fmt.Sprintf("%s%d\n", setLines(point.Attributes), point.Value))
		}
	default:
		t.Fatalf("%s has data of a %T", m.Name, m.Data)
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
}

func setLines(set attribute.Set) string {
	var b strings.Builder
	b.WriteString("  {" + set.Encoded(attribute.DefaultEncoder()) + "} ")
	return b.String()
}

// histogramLine has the buckets that are not empty.
func histogramLine[N int64 | float64](set attribute.Set, bounds []N, counts []uint64, sum float64) string {
	var filled []string
	for i, count := range counts {
		if count == 0 {
			continue
		}
		limit := "above"
		if i < len(bounds) {
			limit = "≤" + strconv.FormatFloat(float64(bounds[i]), 'g', -1, 64)
		}
		filled = append(filled, fmt.Sprintf("%d %s", count, limit))
	}
	return fmt.Sprintf("%s%s, sum %s\n", setLines(set), strings.Join(filled, ", "), strconv.FormatFloat(sum, 'g', 6, 64))
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// requireGolden compares with a file of testdata.
func requireGolden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run: go test -run Golden -update . and look at the difference")
}

// attr is the value of an attribute, "" where there is none.
func attr(attrs []attribute.KeyValue, key string) string {
	for _, a := range attrs {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}
