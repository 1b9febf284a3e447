package otelcoreapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

// roundTripper is a transport that is one function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// spansOf are the spans by name.
func (o *observed) spansOf(name string) []tracetest.SpanStub {
	var found []tracetest.SpanStub
	for _, span := range o.spans.GetSpans() {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// one is the only span of that name.
func (o *observed) one(t testing.TB, name string) tracetest.SpanStub {
	t.Helper()
	found := o.spansOf(name)
	require.Len(t, found, 1, "%s in %v", name, o.spans.GetSpans())
	return found[0]
}

func TestACallThatItsCallerCancelsHasNoErrorStatusButCounts(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	ctx, cancel := context.WithCancel(t.Context())
	client := fake.Client(o.option(), coreapi.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})}))
	_, err := client.Clients.Info(ctx)
	require.ErrorIs(t, err, context.Canceled)
	for _, name := range []string{"Clients.Info", "GET /client"} {
		span := o.one(t, name)
		require.Equal(t, codes.Unset, span.Status.Code)
		require.Equal(t, "canceled", attr(span.Attributes, "error.type"))
	}
	for _, name := range []string{"coreapi.client.call.duration", "http.client.request.duration"} {
		for set := range sets(t, o.metrics(t)[name]) {
			require.Equal(t, "canceled", attr(set.ToSlice(), "error.type"))
		}
	}
	require.Equal(t, "context", attr(o.one(t, "GET /client").Attributes, "coreapi.stop.reason"))
}

func TestADeadlineAndTheAPIsOwnClientClosedRequestAreErrors(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		fake, o := coreapitest.New(), newObserved()
		client := fake.Client(o.option())
		fake.Inject(coreapitest.Fault{Code: coreapi.CodeClientClosedRequest})
		_, err := client.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
		fake.Inject(coreapitest.Fault{Status: 503, RetryAfter: "50"})
		_, err = client.Devices.Get(t.Context(), "1", coreapi.WithTimeout(1e9))
		require.Error(t, err)
		for _, name := range []string{"Clients.Info", "GET /client", "Devices.Get", "GET /device"} {
			span := o.one(t, name)
			require.Equal(t, codes.Error, span.Status.Code, name)
			require.Empty(t, span.Status.Description, name)
		}
		require.Equal(t, "CLIENT_CLOSED_REQUEST", attr(o.one(t, "GET /client").Attributes, "error.type"))
		require.Equal(t, "deadline", attr(o.one(t, "GET /device").Attributes, "coreapi.stop.reason"))
	})
}

func TestARequestWithoutARouteIsNamedDoAndShowsNoPath(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	_, err := coreapi.Do[coreapi.RawJSON](t.Context(), fake.Client(o.option()), coreapi.Request{Method: "BREW", Path: "/order/4711"})
	require.Error(t, err)
	require.Equal(t, "Do", attr(o.one(t, "Do").Attributes, "coreapi.operation"))
	attempt := o.one(t, "HTTP")
	require.Equal(t, "_OTHER", attr(attempt.Attributes, "http.request.method"))
	require.Equal(t, "BREW", attr(attempt.Attributes, "http.request.method_original"))
	require.Equal(t, "https://coreapi.test/REDACTED", attr(attempt.Attributes, "url.full"))
	require.Empty(t, attr(attempt.Attributes, "url.template"))
}

func TestARequestsRouteIsItsTemplate(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	_, err := coreapi.Do[coreapi.RawJSON](t.Context(), fake.Client(o.option()), coreapi.Request{Path: "/order/4711", Route: "/order/{id}"})
	require.Error(t, err)
	require.Len(t, o.spansOf("GET /order/{id}"), 2, "the call, which is named by method and route, and its attempt")
	for _, span := range o.spansOf("GET /order/{id}") {
		if span.SpanKind == trace.SpanKindClient {
			require.Equal(t, "/order/{id}", attr(span.Attributes, "url.template"))
			require.Equal(t, "https://coreapi.test/order/%7Bid%7D", attr(span.Attributes, "url.full"))
		}
	}
}

func TestNothingOfTheTraceIsSentUnlessAsked(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // the program's own is not ours to use
	t.Cleanup(func() { otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator()) })
	fake, o := coreapitest.New(), newObserved()
	_, err := fake.Client(o.option()).Clients.Info(t.Context())
	require.NoError(t, err)
	require.NotContains(t, fake.Requests()[0].Header, "Traceparent")
}

func TestAPropagatorSendsTheAttemptsOwnSpan(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	fake.Inject(coreapitest.Fault{Status: 503})
	_, err := fake.Client(exactWaits, o.option(otelcoreapi.WithPropagator(propagation.TraceContext{}))).Clients.Info(t.Context())
	require.NoError(t, err)
	attempts := o.spansOf("GET /client")
	require.Len(t, attempts, 2)
	for i, request := range fake.Requests() {
		sent := attempts[i].SpanContext
		require.Equal(t, "00-"+sent.TraceID().String()+"-"+sent.SpanID().String()+"-01", request.Header.Get("Traceparent"))
	}
}

// greedy is a propagator that wants to send what the SDK does not let it.
type greedy struct{ propagation.TraceContext }

func (greedy) Inject(_ context.Context, carrier propagation.TextMapCarrier) {
	for _, header := range []string{"X-Client-Key", "X-Request-Id", "X-Signature", "Authorization", "Host", "Accept"} {
		carrier.Set(header, "greedy")
	}
	carrier.Set("X-Fine", "fine")
}

func TestAPropagatorReplacesNothingThatTheSDKSends(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	_, err := fake.Client(o.option(otelcoreapi.WithPropagator(greedy{}))).Clients.Info(t.Context(), coreapi.WithRequestID("mine"))
	require.NoError(t, err, "the key and the signature were the SDK's")
	sent := fake.Requests()[0].Header
	require.Equal(t, "mine", sent.Get("X-Request-Id"))
	require.Equal(t, "application/json", sent.Get("Accept"))
	require.Equal(t, "fine", sent.Get("X-Fine"))
}

func TestTheActiveSpanIsTheCallsAndThenTheAttempts(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	var seen []trace.SpanID
	see := func(ctx context.Context) { seen = append(seen, trace.SpanContextFromContext(ctx).SpanID()) }
	ctx, outer := o.tracer.Tracer("program").Start(t.Context(), "outer")
	client := fake.Client(o.option(),
		coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			see(ctx)
			return next(ctx)
		}),
		coreapi.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			see(r.Context())
			return fake.Transport().RoundTrip(r)
		})}))
	_, err := client.Clients.Info(ctx)
	require.NoError(t, err)
	outer.End()
	call, attempt := o.one(t, "Clients.Info"), o.one(t, "GET /client")
	require.Equal(t, []trace.SpanID{call.SpanContext.SpanID(), attempt.SpanContext.SpanID()}, seen)
	require.Equal(t, outer.SpanContext().SpanID(), call.Parent.SpanID())
	require.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
}

func TestASecondTraceDoesNotGetTheFirstOnesAttributes(t *testing.T) {
	fake, first, second := coreapitest.New(), newObserved(), newObserved()
	program := sdktrace.NewTracerProvider(sdktrace.WithSyncer(first.spans)).Tracer("program")
	var own trace.Span
	client := fake.Client(exactWaits, first.option(), coreapi.WithTrace(coreapi.Trace{
		Attempt: func(ctx context.Context, _ coreapi.AttemptStart) context.Context {
			ctx, own = program.Start(ctx, "the program's own")
			return ctx
		},
		AttemptDone: func(context.Context, coreapi.AttemptDone) { own.End() },
	}), second.option())
	fake.Inject(coreapitest.Fault{Status: 503})
	_, err := client.Clients.Info(t.Context())
	require.NoError(t, err)
	for _, o := range []*observed{first, second} {
		require.Len(t, o.one(t, "Clients.Info").Events, 1)
		require.Len(t, o.spansOf("GET /client"), 2)
		for _, attempt := range o.spansOf("GET /client") {
			require.NotEmpty(t, attr(attempt.Attributes, "http.response.status_code"))
		}
	}
	for _, span := range first.spansOf("the program's own") {
		require.Empty(t, span.Attributes)
	}
}

// unended counts spans that have begun and not ended.
type unended struct{ atomic.Int64 }

func (u *unended) OnStart(context.Context, sdktrace.ReadWriteSpan) { u.Add(1) }
func (u *unended) OnEnd(sdktrace.ReadOnlySpan)                     { u.Add(-1) }
func (u *unended) Shutdown(context.Context) error                  { return nil }
func (u *unended) ForceFlush(context.Context) error                { return nil }

func TestEverySpanEndsWhateverTheCallersCodeDoes(t *testing.T) {
	fake := coreapitest.New()
	for name, opt := range map[string]coreapi.Option{
		"a transport that panics": coreapi.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { panic("lost") })}),
		"an interceptor that panics": coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			_ = next(ctx)
			panic("lost")
		}),
		"an interceptor that goes on without its context": coreapi.WithInterceptor(func(_ context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			return next(context.Background())
		}),
		"an interceptor that goes on twice": coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			return errors.Join(next(ctx), next(ctx))
		}),
		"a trace that panics when an attempt begins": coreapi.WithTrace(coreapi.Trace{
			Attempt: func(context.Context, coreapi.AttemptStart) context.Context { panic("lost") }}),
		"a trace that panics when an attempt has ended": coreapi.WithTrace(coreapi.Trace{
			AttemptDone: func(context.Context, coreapi.AttemptDone) { panic("lost") }}),
		"a trace that returns no context": coreapi.WithTrace(coreapi.Trace{
			Call: func(context.Context, coreapi.Operation) context.Context { return nil }}),
		"a ShouldRetry that panics": coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { panic("lost") }}),
	} {
		t.Run(name, func(t *testing.T) {
			var open unended
			o := newObserved()
			o.tracer.RegisterSpanProcessor(&open)
			client := fake.Client(exactWaits, o.option(), opt)
			fake.Inject(coreapitest.Fault{Operation: "Clients.Info", Status: 503})
			_, _ = client.Clients.Info(t.Context())
			require.Zero(t, open.Load())
			require.NotEmpty(t, o.spansOf("GET /client"))
			o.one(t, "Clients.Info")
			fake.Reset()
		})
	}
}

func TestAFilterTakesAttributesFromSpansEventsAndMetrics(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	fake.Inject(coreapitest.Fault{Status: 503})
	noError := otelcoreapi.WithAttributeFilter(func(a attribute.KeyValue) bool { return a.Key != "error.type" && a.Key != "coreapi.operation" })
	_, err := fake.Client(exactWaits, o.option(noError)).Clients.Info(t.Context())
	require.NoError(t, err)
	tree := o.tree(t)
	require.NotContains(t, tree, "error.type")
	require.NotContains(t, tree, "coreapi.operation")
	require.Contains(t, tree, "coreapi.retry_in")
}

func TestTheGlobalProvidersAreTheDefaultAlsoWhereTheyAreSetLater(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	client := fake.Client(coreapi.WithTrace(otelcoreapi.Trace(nil,
		otelcoreapi.WithTracerProvider(nil), otelcoreapi.WithMeterProvider(nil), otelcoreapi.WithPropagator(nil), otelcoreapi.WithAttributeFilter(nil))))
	otel.SetTracerProvider(o.tracer)
	otel.SetMeterProvider(o.meter)
	t.Cleanup(func() { // what has been delegated stays so; later tests give their own providers
		otel.SetTracerProvider(noop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
	})
	_, err := client.Clients.Info(t.Context())
	require.NoError(t, err)
	o.one(t, "Clients.Info")
	require.Contains(t, o.metrics(t), "coreapi.client.call.duration")
}

// unrecorded makes spans that are not recorded, and counts what is said to them.
type unrecorded struct {
	noop.TracerProvider
	said atomic.Int64
}

func (u *unrecorded) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return unrecordedTracer{said: &u.said}
}

type unrecordedTracer struct {
	noop.Tracer
	said *atomic.Int64
}

func (u unrecordedTracer) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, unrecordedSpan{said: u.said}
}

type unrecordedSpan struct {
	noop.Span
	said *atomic.Int64
}

func (u unrecordedSpan) SetAttributes(...attribute.KeyValue)   { u.said.Add(1) }
func (u unrecordedSpan) AddEvent(string, ...trace.EventOption) { u.said.Add(1) }
func (u unrecordedSpan) SetStatus(codes.Code, string)          { u.said.Add(1) }

func TestASpanThatIsNotRecordedIsToldNothingButItsMetricsCount(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	var tracer unrecorded
	fake.Inject(coreapitest.Fault{Status: 503})
	_, err := fake.Client(exactWaits, o.option(otelcoreapi.WithTracerProvider(&tracer))).Clients.Info(t.Context())
	require.NoError(t, err)
	require.Zero(t, tracer.said.Load())
	require.Len(t, sets(t, o.metrics(t)["http.client.request.duration"]), 2)
}

// stingy provides a meter that makes no instrument.
type stingy struct{ metricnoop.MeterProvider }

func (stingy) Meter(string, ...metric.MeterOption) metric.Meter { return stingyMeter{} }

type stingyMeter struct{ metricnoop.Meter }

func (stingyMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errors.New("no histograms here")
}

func (stingyMeter) Int64Histogram(string, ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	return nil, errors.New("no histograms here")
}

func (stingyMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errors.New("no counters here")
}

func TestAnInstrumentThatIsRefusedIsToldOfAndCallsGoOn(t *testing.T) {
	var told []string
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { told = append(told, err.Error()) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	fake, o := coreapitest.New(), newObserved()
	client := fake.Client(o.option(otelcoreapi.WithMeterProvider(stingy{})), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.Len(t, told, 4)
	fake.Inject(coreapitest.Fault{Status: 503})
	_, err := client.Clients.Info(t.Context())
	require.Error(t, err)
	require.Equal(t, codes.Error, o.one(t, "Clients.Info").Status.Code)
}

func TestTheScopesVersionIsTheSDKs(t *testing.T) {
	fake, o := coreapitest.New(), newObserved()
	_, err := fake.Client(o.option()).Clients.Info(t.Context())
	require.NoError(t, err)
	scope := o.one(t, "Clients.Info").InstrumentationScope
	require.Equal(t, "github.com/fypass/coreapi-go/otelcoreapi", scope.Name)
	_, sdk, ok := strings.Cut(fake.Requests()[0].Header.Get("User-Agent"), "coreapi-go/")
	require.True(t, ok)
	require.Equal(t, sdk, scope.Version)
}

func TestCallsOfManyGoroutinesKeepTheirSpansApart(t *testing.T) {
	const goroutines, each = 32, 10
	fake, o := coreapitest.New(coreapitest.WithUnsigned()), newObserved()
	fake.Inject(coreapitest.Fault{Status: 503, Times: 40})
	client := fake.Client(o.option(), exactWaits)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				_, _ = client.Clients.Info(t.Context())
			}
		})
	}
	wg.Wait()
	attempts := map[trace.SpanID]int{}
	for _, span := range o.spansOf("GET /client") {
		attempts[span.Parent.SpanID()]++
	}
	calls := o.spansOf("Clients.Info")
	require.Len(t, calls, goroutines*each)
	for _, call := range calls {
		made := attempts[call.SpanContext.SpanID()]
		require.Equal(t, attr(call.Attributes, "coreapi.attempts"), string(rune('0'+made)))
		retries := 0
		for _, event := range call.Events {
			require.Equal(t, "coreapi.retry", event.Name)
			retries++
		}
		require.Equal(t, made-1, retries)
	}
}

// panickyPropagator is a propagator with a mistake in it.
type panickyPropagator struct{ propagation.TraceContext }

func (panickyPropagator) Inject(context.Context, propagation.TextMapCarrier) { panic("lost") }

func TestEverySpanEndsWhereAnOptionOfTheCallersPanics(t *testing.T) {
	fake := coreapitest.New()
	panicsAt := func(key attribute.Key) otelcoreapi.Option {
		return otelcoreapi.WithAttributeFilter(func(a attribute.KeyValue) bool {
			if a.Key == key {
				panic("lost")
			}
			return true
		})
	}
	for name, opt := range map[string]otelcoreapi.Option{
		"a propagator":               otelcoreapi.WithPropagator(panickyPropagator{}),
		"a filter, after an attempt": panicsAt("http.response.status_code"),
		"a filter, after a retry":    panicsAt("coreapi.retry_in"),
		"a filter, after a call":     panicsAt("coreapi.attempts"),
	} {
		t.Run(name, func(t *testing.T) {
			var open unended
			o := newObserved()
			o.tracer.RegisterSpanProcessor(&open)
			fake.Inject(coreapitest.Fault{Operation: "Clients.Info", Status: 503})
			_, err := fake.Client(exactWaits, o.option(opt)).Clients.Info(t.Context())
			require.ErrorContains(t, err, "panic: lost")
			require.Zero(t, open.Load())
			require.NotEmpty(t, o.spansOf("GET /client"))
			o.one(t, "Clients.Info")
			fake.Reset()
		})
	}
}
