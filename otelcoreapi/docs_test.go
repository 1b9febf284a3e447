package otelcoreapi_test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

const docs = "../docs/observability.md"

// tableOf are the cells of a table of the docs, without its head, by row.
func tableOf(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(docs)
	require.NoError(t, err)
	_, table, begun := strings.Cut(string(text), "<!-- "+name+" -->\n\n")
	table, _, ended := strings.Cut(table, "\n<!-- /"+name+" -->")
	require.True(t, begun && ended, "the docs have lost the marks around the table %q", name)
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	return rows
}

// column are the names in a table's first column that have a yes in another.
func column(rows [][]string, i int) []string {
	var names []string
	for _, row := range rows {
		if row[i] == "yes" {
			names = append(names, row[0])
		}
	}
	slices.Sort(names)
	return names
}

// everyAttribute is told of calls that together have every attribute there is.
func everyAttribute(t *testing.T) *observed {
	fake, o := coreapitest.New(), newObserved()
	client := fake.Client(exactWaits, o.option(otelcoreapi.WithPeerName("core-api")))
	fake.Inject(
		coreapitest.Fault{Operation: "Clients.Info", Status: http.StatusServiceUnavailable},
		coreapitest.Fault{Operation: "Devices.Get", Status: http.StatusServiceUnavailable})
	_, err := client.Clients.Info(t.Context())
	require.NoError(t, err)
	_, err = client.Devices.Get(t.Context(), "1", coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.Error(t, err)
	_, err = coreapi.Do[coreapi.RawJSON](t.Context(), client, coreapi.Request{Method: "BREW", Path: "/pot"})
	require.Error(t, err)
	return o
}

func namesOf(names map[string]bool, attrs []attribute.KeyValue) {
	for _, a := range attrs {
		names[string(a.Key)] = true
	}
}

func TestTheDocsTableOfSpansIsWhatSpansHave(t *testing.T) {
	calls, attempts, events := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, span := range everyAttribute(t).spans.GetSpans() {
		if span.SpanKind == trace.SpanKindClient {
			namesOf(attempts, span.Attributes)
		} else {
			namesOf(calls, span.Attributes)
		}
		for _, event := range span.Events {
			namesOf(events, event.Attributes)
		}
	}
	rows := tableOf(t, "spans")
	require.Equal(t, sortedKeys(calls), column(rows, 1))
	require.Equal(t, sortedKeys(attempts), column(rows, 2))
	require.Equal(t, sortedKeys(events), column(rows, 3))
}

func TestTheDocsTablesOfMetricsAreWhatIsMeasured(t *testing.T) {
	metrics := everyAttribute(t).metrics(t)
	names := map[string]map[string]bool{}
	for name, m := range metrics {
		names[name] = map[string]bool{}
		for set := range sets(t, m) {
			namesOf(names[name], set.ToSlice())
		}
	}
	rows := tableOf(t, "metric attributes")
	for name, i := range map[string]int{
		"http.client.request.duration": 1, "coreapi.client.call.duration": 2, "coreapi.client.attempts": 2, "coreapi.client.retries.stopped": 3,
	} {
		require.Equal(t, sortedKeys(names[name]), column(rows, i), name)
	}
	var written [][]string
	for _, name := range sortedKeys(metrics) {
		m := metrics[name]
		kind, buckets := "counter", ""
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			kind, buckets = "histogram", numbers(data.DataPoints[0].Bounds)
		case metricdata.Histogram[int64]:
			kind, buckets = "histogram", numbers(data.DataPoints[0].Bounds)
		}
		written = append(written, []string{name, kind, m.Unit, buckets})
	}
	require.ElementsMatch(t, written, tableOf(t, "metrics"))
}

func numbers(bounds []float64) string {
	var all []string
	for _, b := range bounds {
		all = append(all, strconv.FormatFloat(b, 'g', -1, 64))
	}
	return strings.Join(all, ", ")
}
