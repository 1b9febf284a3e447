// Package coreapi is a client for the Core APIs: a partner's login and device
// API. Its errors tell by code what happened, and by [Guidance] who has to act.
//
// # Calls
//
// [New] makes a [Client]. Its services have a typed method for each of the five
// documented operations, and [Do] reaches any other endpoint with the same
// authentication, errors, retries and limits.
//
// # Errors
//
// Every error that a call returns is an [*Error], or wraps one, so that
// [errors.As] always finds it. [errors.Is] matches it to one sentinel for each
// documented code ([ErrInvalidPassword], [ErrClientSuspended], …), to groups of
// codes ([ErrCredentials], [ErrClientAccount], [ErrUserAccount],
// [ErrContactAdmin]) and to the SDK's own conditions ([ErrInvalidArgument],
// [ErrUnexpectedResponse], [ErrResponseTooLarge], [ErrRedirect],
// [ErrUnknownCode]). The code in the body decides, never the HTTP status,
// because the reference ties no code to a status.
//
// A sentinel stands for its code alone: only an *Error matches a group.
//
// Show end users one message for both codes of [ErrCredentials]. If "unknown
// account" and "wrong password" read differently, anyone can try addresses and
// learn which of them have an account (account enumeration). The two codes are
// for your logs and your support staff.
//
// # Retries
//
// A request is sent again only where the reference asks for it
// (REQUEST_TIMEOUT), where nothing can have been acted on, or where its method
// (GET, HEAD, PUT, DELETE) or an Idempotency-Key says that it may be repeated.
// [RetryPolicy] has the limits, [Error.Delivery] says what may have happened at
// the API.
//
// Without a deadline in its context, and without [WithTimeout], a call may take minutes:
// four attempts of up to 30 s each, and the waits between them.
//
// # Signed requests
//
// The reference asks for five headers on every request, and for a user's token where an
// operation is specific to a user. [SignedClientKey] sends the client key and signs each
// attempt anew, with a request id of its own; [WithUserToken], [WithLanguage] and
// [WithRequestID] set what a call may set. [SignatureText] shows the text that is signed.
//
// # Tests, logs and traces
//
// Package coreapitest is a fake of the API with state and faults, for tests without a
// network. [WithLogger] writes to a [log/slog.Logger], [WithTrace] tells of calls and
// attempts, and the module github.com/fypass/coreapi-go/otelcoreapi makes spans and metrics
// of that. docs/ in the repository has the rest: errors, retries, observability, security.
//
// # What is documented and what is assumed
//
// The public reference documents 15 error codes, the headers of every request, the JSON
// structure that is signed, and the names and methods of five operations. Paths, how the
// structure becomes text, and all other field names are assumptions of this SDK. Each has
// one default and can be overridden: see [Profile], [Signature] and [Do].
package coreapi
