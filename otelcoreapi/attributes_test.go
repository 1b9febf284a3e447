package otelcoreapi

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/fypass/coreapi-go"
)

func TestAttributesAreNamedAsTheConventionsNameThem(t *testing.T) {
	for want, got := range map[attribute.Key]attribute.Key{
		semconv.HTTPRequestMethodKey:         keyMethod,
		semconv.HTTPRequestMethodOriginalKey: keyMethodOriginal,
		semconv.HTTPRequestResendCountKey:    keyResendCount,
		semconv.HTTPResponseStatusCodeKey:    keyStatusCode,
		semconv.ServerAddressKey:             keyServerAddress,
		semconv.ServerPortKey:                keyServerPort,
		semconv.URLFullKey:                   keyURLFull,
		semconv.URLTemplateKey:               keyURLTemplate,
		semconv.NetworkProtocolVersionKey:    keyProtocolVersion,
		semconv.ErrorTypeKey:                 keyErrorType,
		semconv.ServicePeerNameKey:           keyPeerName,
	} {
		require.Equal(t, want, got)
	}
	require.Equal(t, semconv.ErrorTypeOther.Value.AsString(), other)
	require.Equal(t, semconv.HTTPRequestMethodOther.Value.AsString(), other)
}

// histogram is an instrument's description and buckets, as a reader gets them.
func histogram(t *testing.T, name string, record func(*metric.MeterProvider)) metricdata.Metrics {
	reader := metric.NewManualReader()
	record(metric.NewMeterProvider(metric.WithReader(reader)))
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.Background(), &all))
	for _, m := range all.ScopeMetrics[0].Metrics {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no %s", name)
	return metricdata.Metrics{}
}

func bounds(m metricdata.Metrics) []float64 {
	return m.Data.(metricdata.Histogram[float64]).DataPoints[0].Bounds
}

func TestTheRequestsDurationIsTheConventions(t *testing.T) {
	name := httpconv.ClientRequestDuration{}.Name()
	want := histogram(t, name, func(p *metric.MeterProvider) {
		conventions, err := httpconv.NewClientRequestDuration(p.Meter(scope))
		require.NoError(t, err)
		conventions.Record(context.Background(), 1, httpconv.RequestMethodGet, "host", 443)
	})
	got := histogram(t, name, func(p *metric.MeterProvider) {
		newInstruments(p.Meter(scope)).requestDuration.Record(context.Background(), 1)
	})
	require.Equal(t, want.Unit, got.Unit)
	require.Equal(t, want.Description, got.Description)
	require.Equal(t, bounds(want), bounds(got))
}

func TestACallsDurationHasBucketsForLongWaits(t *testing.T) {
	got := histogram(t, metricCallDuration, func(p *metric.MeterProvider) {
		newInstruments(p.Meter(scope)).callDuration.Record(context.Background(), 1)
	})
	require.Equal(t, "s", got.Unit)
	require.Equal(t, append(append([]float64{}, requestBuckets...), 30, 60, 120, 300), bounds(got))
}

func TestAMethodOfNoListIsOther(t *testing.T) {
	for _, listed := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"} {
		method, known := knownMethod(listed)
		require.Equal(t, listed, method)
		require.True(t, known)
	}
	method, known := knownMethod("BREW")
	require.Equal(t, "_OTHER", method)
	require.False(t, known)
	require.Equal(t, "HTTP /pot", attemptName(coreapi.Operation{Method: "BREW", Path: "/pot"}))
	require.Equal(t, "GET", attemptName(coreapi.Operation{Method: http.MethodGet}))
}

func TestAProtocolThatThereIsNotIsLeftOut(t *testing.T) {
	for proto, want := range map[string]string{
		"HTTP/1.0": "1.0", "HTTP/1.1": "1.1", "HTTP/2.0": "2", "HTTP/3.0": "3", "HTTP/7.3": "", "": "", "secret": "",
	} {
		require.Equal(t, want, protocolVersion(proto), proto)
	}
}

func TestAPortIsTheURLsOrItsSchemes(t *testing.T) {
	for text, want := range map[string]int{
		"https://a.example": 443, "http://127.0.0.1": 80, "https://a.example:8443": 8443, "http://[::1]:8080": 8080,
	} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, port(u), text)
	}
}

func TestAnErrorsTypeIsAWordOutOfFew(t *testing.T) {
	require.Equal(t, "REQUEST_TIMEOUT", errorType(coreapi.NewError(coreapi.CodeRequestTimeout, "")))
	require.Equal(t, "unknown_code", errorType(coreapi.NewError("MADE_UP", "")))
	require.Equal(t, "_OTHER", errorType(&coreapi.Error{}))
	require.Equal(t, "_OTHER", errorType(nil))
}
