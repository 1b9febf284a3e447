package coreapi

import (
	"net/http"

	"github.com/fypass/coreapi-go/internal/redact"
)

// class is why a call failed. The zero class is an answer of the API, of which code and
// status decide: see classOfAnswer.
type class uint8

const (
	classAnswer          class = iota // an answer: its code and status tell which of the next eight
	classDocumentedCode               // the code is in the catalogue, which has the rest
	classTooManyRequests              // 429: refused, so not acted on
	classServerFailure                // 408, and 5xx but 501 and 505
	classNotFound                     // 404
	classUnauthorized                 // 401, 403
	classRejected                     // any other 4xx but 499
	classOtherAnswer                  // any other status
	classNothing                      // no code and no status: an Error that no call made
	classInvalidArgument              // refused before any I/O
	classAuthFailed                   // the Authenticator gave no usable key or signature
	classNotConnected                 // no connection: dial, DNS, full pool, TLS handshake, a proxy that cannot connect
	classCertificate                  // the server's certificate was not accepted
	classTLS                          // TLS that was refused for good: an alert, a version, a server that speaks http
	classProxy                        // a proxy that refused to connect
	classLost                         // the connection broke after the request may have left
	classAttemptTimeout               // the attempt's own timeout
	classCutShort                     // a 2xx that ended early
	classUnexpected                   // a 2xx that does not decode, or does not say what it is for
	classTooLarge                     // over the response limit
	classRedirect                     // a redirect without a documented code
	classPendingTooLong               // WaitForLogin was asked to wait over the limit
	classCaller                       // an interceptor's error, or a panic in the caller's code
	classCanceled                     // the caller cancelled the call
	classDeadline                     // the caller's deadline passed
	classCount
)

// repeat says which requests the retry rule sends again after a failure.
type repeat uint8

const (
	never            repeat = iota
	ifIdempotent            // GET, HEAD, PUT, DELETE, and what has an Idempotency-Key
	always                  // any method: nothing was acted on
	unlessMaybeActed        // idempotent ones, and others whose Delivery says that nothing was acted on
)

// classRow is all that the SDK knows of a class of failures. The retry rule, guidance,
// IsRetryable, delivery and the error's text read it.
type classRow struct {
	name     string        // Error.Class, for metrics
	label    string        // in the error's text; "": code or message say it
	origin   redact.Origin // where its cause comes from, which tells what the cause's text may quote
	delivery Delivery      // of an attempt that ends so
	repeat   repeat
	action   Action // who acts, where the request is not to be sent again
	summary  string // what happened, one sentence
	advice   string // what to do
	quote    bool   // the advice ends with what to quote to the admin
}

// classes has a row for each class but classAnswer, which stands for six of them, and
// classDocumentedCode, whose row is the catalogue's.
var classes = [classCount]classRow{
	classDocumentedCode: {},
	classTooManyRequests: {
		name: "unknown_code", delivery: DeliveryRejected, repeat: always,
		summary: "Too many requests: the server refused this one.",
		advice:  "Call again later, and less often.", quote: true,
	},
	classServerFailure: {
		name: "unknown_code", delivery: DeliveryUnknown, repeat: ifIdempotent,
		summary: "A server or a gateway failed without a code.",
		advice:  "Call again later.", quote: true,
	},
	classNotFound: {
		name: "unknown_code", delivery: DeliveryRejected, repeat: never,
		action:  ActionFixRequest,
		summary: "There is nothing at the path that was asked.",
		advice:  "Check the base URL and the profile's routes.", quote: true,
	},
	classUnauthorized: {
		name: "unknown_code", delivery: DeliveryRejected, repeat: never,
		summary: "The API refused the request without saying why by a code.",
		advice:  "If it refuses every request, check the client key, the private key and the signature's form (docs/signature.md).", quote: true,
	},
	classRejected: {
		name: "unknown_code", delivery: DeliveryRejected, repeat: never,
		summary: "The API answered with an error that has no code.", quote: true,
	},
	classOtherAnswer: {
		name: "unknown_code", delivery: DeliveryUnknown, repeat: never,
		summary: "The API answered with an error that has no code.", quote: true,
	},
	classNothing: {delivery: DeliveryUnknown, repeat: never},
	classInvalidArgument: {
		name: "invalid_argument", label: "invalid argument", origin: redact.FromCaller, delivery: DeliveryNotSent, repeat: never,
		action:  ActionFixRequest,
		summary: "The SDK refused an argument; nothing was sent.",
		advice:  "Change the argument as the text says.",
	},
	classAuthFailed: {
		name: "auth", label: "authentication failed", origin: redact.FromCaller, delivery: DeliveryNotSent, repeat: never,
		action:  ActionFixRequest,
		summary: "The request could not be authenticated.",
		advice:  "Check the source of the client key, and the private key that signs for it.",
	},
	classNotConnected: {
		name: "not_connected", label: "no connection", delivery: DeliveryNotSent, repeat: always,
		summary: "No connection to the API could be made.",
		advice:  "Check the base URL and the network, then call again.",
	},
	classCertificate: {
		name: "tls", label: "certificate not accepted", delivery: DeliveryNotSent, repeat: never,
		action:  ActionFixRequest,
		summary: "The server's certificate was not accepted.",
		advice:  "Check the base URL's host, the trusted authorities and the clock.",
	},
	classTLS: {
		name: "tls", label: "TLS refused", delivery: DeliveryNotSent, repeat: never,
		action:  ActionFixRequest,
		summary: "The server and the SDK cannot speak TLS with each other.",
		advice:  "Check the base URL's scheme and port, the TLS versions, and whether the server wants a client certificate.",
	},
	classProxy: {
		name: "proxy", label: "refused by the proxy", delivery: DeliveryNotSent, repeat: never,
		action:  ActionFixRequest,
		summary: "The proxy on the way to the API refused to connect.",
		advice:  "Check the proxy's settings and credentials (HTTPS_PROXY, or the transport's Proxy).",
	},
	classLost: {
		name: "lost", label: "connection lost", delivery: DeliveryUnknown, repeat: ifIdempotent,
		summary: "The connection broke before the answer came.",
		advice:  "Check the network, then call again.",
	},
	classAttemptTimeout: {
		name: "attempt_timeout", label: "attempt timed out", delivery: DeliveryUnknown, repeat: ifIdempotent,
		summary: "No full answer came within the attempt's timeout.",
		advice:  "Call again later, or allow more time with WithAttemptTimeout.",
	},
	classCutShort: {
		name: "cut_short", label: "unexpected response", delivery: DeliveryUnknown, repeat: ifIdempotent,
		summary: "The connection broke before the answer was whole.",
		advice:  "Check the network, then call again.",
	},
	classUnexpected: {
		name: "unexpected_response", label: "unexpected response", origin: redact.FromDecoder, delivery: DeliveryUnknown, repeat: never,
		summary: "The response is not what the SDK expected.",
		advice:  "Check the base URL and the profile, then the type that the call decodes into.",
	},
	classTooLarge: {
		name: "too_large", label: "response too large", delivery: DeliveryUnknown, repeat: never,
		action:  ActionFixRequest,
		summary: "The response is larger than the limit.",
		advice:  "Ask for less, or raise the limit with WithMaxResponseBytes.",
	},
	classRedirect: {
		name: "redirect", label: "redirect not followed", delivery: DeliveryUnknown, repeat: never,
		action:  ActionFixRequest,
		summary: "The server answered with a redirect, which is never followed.",
		advice:  "Check that the base URL is the API's own, scheme included.",
	},
	classPendingTooLong: {
		name: "unexpected_response", label: "login still pending", delivery: DeliveryUnknown, repeat: ifIdempotent,
		summary: "The login is still pending, and the API asks for a longer wait than the limit.",
		advice:  "Wait as long as RetryAfter says, then wait for the login again.",
	},
	classCaller: {
		name: "caller", origin: redact.FromCaller, delivery: DeliveryUnknown, repeat: never,
		summary: "The caller's own code stopped the call.",
		advice:  "See the cause.",
	},
	classCanceled: {
		name: "canceled", delivery: DeliveryUnknown, repeat: never,
		summary: "The caller cancelled the call.",
		advice:  "Nothing needs to be done.",
	},
	classDeadline: {
		name: "deadline", delivery: DeliveryUnknown, repeat: unlessMaybeActed,
		summary: "The caller's deadline passed before the call was done.",
		advice:  "Call again, or give the call more time.",
	},
}

// statusClientClosedRequest is what nginx logs for a client that went away. It
// is no registered status.
const statusClientClosedRequest = 499

// classOfAnswer tells the class of an API's answer.
func classOfAnswer(code Code, status int) class {
	switch {
	case lookupCode(code) != nil:
		return classDocumentedCode
	case status == 0 && code == "":
		return classNothing
	case status == http.StatusTooManyRequests:
		return classTooManyRequests
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported, status == statusClientClosedRequest:
		return classOtherAnswer
	case status == http.StatusNotFound:
		return classNotFound
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return classUnauthorized
	case status == http.StatusRequestTimeout, status >= 500 && status <= 599:
		return classServerFailure
	case status >= 400 && status <= 499:
		return classRejected
	}
	return classOtherAnswer
}

// deliveryOf is the delivery of one attempt.
func deliveryOf(c class, code Code, status int) Delivery {
	if c == classAnswer {
		c = classOfAnswer(code, status)
	}
	if c != classDocumentedCode {
		return classes[c].delivery
	}
	if code == CodeRequestTimeout || code == CodeClientClosedRequest {
		return DeliveryUnknown
	}
	return DeliveryRejected
}

// effectiveClass is the class that tells who acts and whether to retry. How the context ended goes
// before what went wrong, but after a documented code; only a REQUEST_TIMEOUT is of no
// interest to a caller who has cancelled, until the admin has to hear of it.
func (e *Error) effectiveClass() class {
	row := lookupCode(e.Code)
	switch {
	case row != nil && (!e.cancelled || !row.Retryable || e.needsAdmin()):
		return classDocumentedCode
	case e.cancelled:
		return classCanceled
	case e.ended:
		return classDeadline
	case e.class != classAnswer:
		return e.class
	}
	c := classOfAnswer(e.Code, e.StatusCode)
	if c == classNothing && e.answered {
		return classOtherAnswer
	}
	return c
}

// retryable is the retry rule, and IsRetryable.
func (e *Error) retryable() bool {
	c := e.effectiveClass()
	if c == classDocumentedCode {
		return lookupCode(e.Code).Retryable && !e.cancelled
	}
	switch classes[c].repeat {
	case always:
		return true
	case ifIdempotent:
		return e.mayRepeat()
	case unlessMaybeActed:
		return e.mayRepeat() || e.Delivery != DeliveryUnknown
	}
	return false
}

// mayRepeat: the request does no more when it is sent twice.
func (e *Error) mayRepeat() bool { return e.idempotent || idempotentMethod(e.Method) }
