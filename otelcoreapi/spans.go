package otelcoreapi

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/fypass/coreapi-go"
)

// eventRetry is the event of a wait before the next attempt.
const eventRetry = "coreapi.retry"

// attemptName is "{method} {url.template}", or what there is of it. Source: the conventions'
// span names for HTTP, where a method that is in no list is "HTTP".
func attemptName(op coreapi.Operation) string {
	method, known := knownMethod(op.Method)
	if !known {
		method = "HTTP"
	}
	if op.Path == "" {
		return method
	}
	return method + " " + op.Path
}

// callEnd is all that a call's span has: its name tells a sampler as much at the start.
func callEnd(c coreapi.CallDone) []attribute.KeyValue {
	attrs := []attribute.KeyValue{keyOperation.String(c.Operation.Name), keyAttempts.Int(c.Attempts)}
	if c.Err == nil {
		return attrs
	}
	return append(attrs, callFailure(c.Err)...)
}

// callFailure is what spans and metrics have of a call that failed.
func callFailure(err *coreapi.Error) []attribute.KeyValue {
	return []attribute.KeyValue{
		keyErrorType.String(errorType(err)),
		keyDelivery.String(err.Delivery.String()),
		keyAction.String(err.Guidance().Action.String()),
	}
}

// attemptStart is what is known before an attempt: samplers see it.
func attemptStart(a coreapi.AttemptStart) []attribute.KeyValue {
	method, known := knownMethod(a.Operation.Method)
	attrs := make([]attribute.KeyValue, 0, 10)
	attrs = append(attrs,
		keyOperation.String(a.Operation.Name),
		keyMethod.String(method),
		keyRequestID.String(a.RequestID),
	)
	if a.URL != nil {
		attrs = append(attrs,
			keyServerAddress.String(a.URL.Hostname()),
			keyServerPort.Int(port(a.URL)),
			keyURLFull.String(a.URL.String()))
	}
	if !known {
		attrs = append(attrs, keyMethodOriginal.String(a.Operation.Method))
	}
	if a.Operation.Path != "" {
		attrs = append(attrs, keyURLTemplate.String(a.Operation.Path))
	}
	if a.Number > 1 {
		attrs = append(attrs, keyResendCount.Int(a.Number-1))
	}
	return attrs
}

func attemptEnd(a coreapi.AttemptDone) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 5)
	if a.StatusCode != 0 {
		attrs = append(attrs, keyStatusCode.Int(a.StatusCode))
	}
	if version := protocolVersion(a.Protocol); version != "" {
		attrs = append(attrs, keyProtocolVersion.String(version))
	}
	if a.Err != nil {
		attrs = append(attrs,
			keyErrorType.String(errorType(a.Err)),
			keyDelivery.String(a.Err.Delivery.String()))
	}
	if a.Stopped != "" {
		attrs = append(attrs, keyStopReason.String(a.Stopped))
	}
	return attrs
}

func retryAttributes(a coreapi.AttemptDone) []attribute.KeyValue {
	return []attribute.KeyValue{
		keyAttempt.Int(a.Number),
		keyErrorType.String(errorType(a.Err)),
		keyRetryIn.Float64(a.RetryIn.Seconds()),
	}
}

// setStatus says nothing of a success, and of a call that its caller cancelled. There is no
// description: error.type says it, and nothing of the server's words gets into it.
func setStatus(span trace.Span, err *coreapi.Error) {
	if err != nil && !cancelled(err) {
		span.SetStatus(codes.Error, "")
	}
}
