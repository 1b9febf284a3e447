package otelcoreapi

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/fypass/coreapi-go"
)

// The attributes of OpenTelemetry's conventions. Source: semantic conventions 1.43.0, HTTP
// client spans and metrics; url.template and service.peer.name are in development there, the
// others are stable.
const (
	keyMethod          = attribute.Key("http.request.method")
	keyMethodOriginal  = attribute.Key("http.request.method_original")
	keyResendCount     = attribute.Key("http.request.resend_count")
	keyStatusCode      = attribute.Key("http.response.status_code")
	keyServerAddress   = attribute.Key("server.address")
	keyServerPort      = attribute.Key("server.port")
	keyURLFull         = attribute.Key("url.full")
	keyURLTemplate     = attribute.Key("url.template")
	keyProtocolVersion = attribute.Key("network.protocol.version")
	keyErrorType       = attribute.Key("error.type")
	keyPeerName        = attribute.Key("service.peer.name")
)

// The SDK's own attributes, named as in its log.
const (
	keyOperation  = attribute.Key("coreapi.operation")
	keyRequestID  = attribute.Key("coreapi.request_id")
	keyAttempt    = attribute.Key("coreapi.attempt")
	keyAttempts   = attribute.Key("coreapi.attempts")
	keyRetryIn    = attribute.Key("coreapi.retry_in") // seconds
	keyStopReason = attribute.Key("coreapi.stop.reason")
	keyDelivery   = attribute.Key("coreapi.delivery")
	keyAction     = attribute.Key("coreapi.action")
)

// other is the conventions' word for a value that is none of those they list.
const other = "_OTHER"

// errorType is a word out of few, whatever the server says: a class of failures, or a
// documented code.
func errorType(err *coreapi.Error) string {
	return cmp.Or(err.Class(), string(coreapi.CodeOf(err)), other)
}

// knownMethod is the method, or _OTHER for one that is in no list of the conventions, which
// name RFC 9110 and RFC 5789. The bool is false then.
func knownMethod(method string) (string, bool) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return method, true
	}
	return other, false
}

// protocolVersion is the conventions' network.protocol.version of a net/http Proto; "" for
// one that there is not.
func protocolVersion(proto string) string {
	switch proto {
	case "HTTP/1.0":
		return "1.0"
	case "HTTP/1.1":
		return "1.1"
	case "HTTP/2.0", "HTTP/2":
		return "2"
	case "HTTP/3.0", "HTTP/3":
		return "3"
	}
	return ""
}

// port is a URL's, or its scheme's.
func port(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// kept is attrs without those that the caller's filter turns down. It writes to attrs.
func (t *tracing) kept(attrs []attribute.KeyValue) []attribute.KeyValue {
	if t.keep == nil {
		return attrs
	}
	kept := attrs[:0]
	for _, attr := range attrs {
		if t.keep(attr) {
			kept = append(kept, attr)
		}
	}
	return kept
}
