package otelcoreapi

import (
	"context"
	"net/http"
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/fypass/coreapi-go"
)

// The instruments' names.
const (
	metricRequestDuration = "http.client.request.duration"
	metricCallDuration    = "coreapi.client.call.duration"
	metricAttempts        = "coreapi.client.attempts"
	metricRetriesStopped  = "coreapi.client.retries.stopped"
)

// requestBuckets are in seconds. Source: the conventions' http.client.request.duration.
var requestBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// callBuckets go on to 300 s: a call has waits in it, and a login waits for its user.
var callBuckets = slices.Concat(requestBuckets, []float64{30, 60, 120, 300})

// attemptsBuckets tell each number of attempts apart that the default policy makes: le="1"
// are the calls that nothing was repeated for. The larger ones are for logins' polls.
var attemptsBuckets = []float64{0, 1, 2, 3, 4, 5, 10, 20, 50, 100}

type instruments struct {
	requestDuration metric.Float64Histogram
	callDuration    metric.Float64Histogram
	// attempts is a histogram, since a counter cannot say how many attempts a call took, but
	// only the mean. Its sum is that counter, its count the calls.
	attempts       metric.Int64Histogram
	retriesStopped metric.Int64Counter
}

// newInstruments leaves out an instrument that the provider refuses, and tells
// OpenTelemetry's error handler why.
func newInstruments(m metric.Meter) instruments {
	requests, err := m.Float64Histogram(metricRequestDuration, metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP client requests."), metric.WithExplicitBucketBoundaries(requestBuckets...))
	if refused(err) {
		requests = noop.Float64Histogram{}
	}
	calls, err := m.Float64Histogram(metricCallDuration, metric.WithUnit("s"),
		metric.WithDescription("Duration of calls, with all attempts and waits."), metric.WithExplicitBucketBoundaries(callBuckets...))
	if refused(err) {
		calls = noop.Float64Histogram{}
	}
	attempts, err := m.Int64Histogram(metricAttempts, metric.WithUnit("{attempt}"),
		metric.WithDescription("Requests that a call sent."), metric.WithExplicitBucketBoundaries(attemptsBuckets...))
	if refused(err) {
		attempts = noop.Int64Histogram{}
	}
	stopped, err := m.Int64Counter(metricRetriesStopped, metric.WithUnit("{attempt}"),
		metric.WithDescription("Failed attempts that a limit kept from being followed by another."))
	if refused(err) {
		stopped = noop.Int64Counter{}
	}
	return instruments{requests, calls, attempts, stopped}
}

func refused(err error) bool {
	if err != nil {
		otel.Handle(err)
	}
	return err != nil
}

func (t *tracing) recordAttempt(ctx context.Context, a coreapi.AttemptDone) {
	if t.requestDuration.Enabled(ctx) {
		key := requestSet{operation: a.Operation.Name, method: a.Operation.Method, status: a.StatusCode, protocol: a.Protocol}
		if a.URL != nil {
			key.scheme, key.host = a.URL.Scheme, a.URL.Host
		}
		if a.Err != nil {
			key.errorType = errorType(a.Err)
		}
		set, known := t.requestSets.get(key)
		if !known {
			set = t.requestSets.add(key, t.set(requestAttributes(a)))
		}
		t.requestDuration.Record(ctx, a.Duration.Seconds(), set...)
	}
	if a.Stopped != "" && t.retriesStopped.Enabled(ctx) {
		t.retriesStopped.Add(ctx, 1, t.set(stoppedAttributes(a)))
	}
}

func (t *tracing) recordCall(ctx context.Context, c coreapi.CallDone) {
	duration, attempts := t.callDuration.Enabled(ctx), t.attempts.Enabled(ctx)
	if !duration && !attempts {
		return
	}
	key := callSet{operation: c.Operation.Name}
	if c.Err != nil {
		key.errorType, key.delivery, key.action = errorType(c.Err), c.Err.Delivery, c.Err.Guidance().Action
	}
	set, known := t.callSets.get(key)
	if !known {
		set = t.callSets.add(key, t.set(callAttributes(c)))
	}
	if duration {
		t.callDuration.Record(ctx, c.Duration.Seconds(), set...)
	}
	if attempts {
		t.attempts.Record(ctx, int64(c.Attempts), set...)
	}
}

// set is attrs as an option of a measurement.
func (t *tracing) set(attrs []attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(t.kept(append(attrs, t.peer...))...))
}

// requestAttributes have few values each, whatever the server answers: no status and no
// protocol but those that net/http knows by name.
func requestAttributes(a coreapi.AttemptDone) []attribute.KeyValue {
	method, _ := knownMethod(a.Operation.Method)
	attrs := make([]attribute.KeyValue, 0, 8)
	attrs = append(attrs,
		keyOperation.String(a.Operation.Name),
		keyMethod.String(method),
	)
	if a.URL != nil {
		attrs = append(attrs, keyServerAddress.String(a.URL.Hostname()), keyServerPort.Int(port(a.URL)))
	}
	if http.StatusText(a.StatusCode) != "" {
		attrs = append(attrs, keyStatusCode.Int(a.StatusCode))
	}
	if version := protocolVersion(a.Protocol); version != "" {
		attrs = append(attrs, keyProtocolVersion.String(version))
	}
	if a.Err != nil {
		attrs = append(attrs, keyErrorType.String(errorType(a.Err)))
	}
	return attrs
}

func callAttributes(c coreapi.CallDone) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 5)
	attrs = append(attrs, keyOperation.String(c.Operation.Name))
	if c.Err != nil {
		attrs = append(attrs, callFailure(c.Err)...)
	}
	return attrs
}

func stoppedAttributes(a coreapi.AttemptDone) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 4)
	attrs = append(attrs, keyOperation.String(a.Operation.Name), keyStopReason.String(a.Stopped))
	if a.Err != nil {
		attrs = append(attrs, keyErrorType.String(errorType(a.Err)))
	}
	return attrs
}
