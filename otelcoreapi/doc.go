// Package otelcoreapi tells OpenTelemetry what a [coreapi.Client] does: a span for each call
// and each attempt, and metrics.
//
//	client, err := coreapi.New(baseURL, auth, coreapi.WithTrace(otelcoreapi.Trace()))
//
// # Spans
//
// A call is an INTERNAL span, named by its operation, such as "Users.Login". Each attempt in
// it is a CLIENT span, named by method and route ("POST /user/login"), with the attributes of
// OpenTelemetry's conventions for HTTP clients. A wait before a retry is an event,
// "coreapi.retry", of the call's span. Users.WaitForLogin is a call around its polls, which
// are calls too.
//
// A span's status is Error where the call or the attempt failed, without a description. It is
// unset after a success, and where the caller cancelled the call.
//
// # Metrics
//
//   - http.client.request.duration: histogram, seconds, each attempt
//   - coreapi.client.call.duration: histogram, seconds, each call with its attempts and waits
//   - coreapi.client.attempts: histogram, requests that a call sent
//   - coreapi.client.retries.stopped: counter, failed attempts that a limit kept from being
//     followed by another
//
// Their attributes have few values, whatever the server answers. The names of operations are
// the caller's: [coreapi.Request.Operation] and [coreapi.Request.Route] must not have values
// in them.
//
// # What is not told
//
// No attribute has a message, a request id or a body of the server's, nor a secret of the
// call: url.full has the route's placeholders in its path and REDACTED for the values of its
// query. The trace's id goes to the API only where [WithPropagator] asks for it.
//
// docs/observability.md in the repository has all names, alerts worth having, and what to
// know about otelhttp beside this package.
package otelcoreapi
