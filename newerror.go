package coreapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/fypass/coreapi-go/internal/redact"
)

// failure is what newError makes an error of. The zero failure is one of an API's answer
// that has not come.
type failure struct {
	class      class
	cause      error // nil: none
	answered   bool  // by the API
	code       Code
	message    string
	status     int    // 0: no response
	requestID  string // the response's
	retryAfter time.Duration
	body       []byte // copied
}

// How much of a response an error keeps, in bytes. It is cut before anything else is done
// with it, so that no answer costs more time than its reading.
const (
	maxErrorBody  = 4 << 10
	maxMessage    = 4 << 10
	maxIdentifier = 128 // a code, a request id
)

// newError is the one constructor of a call's errors.
func (k *call) newError(f failure) *Error {
	if f.cause != nil {
		k.maskSignatures()
	}
	k.maskSignaturesIn(f.message, f.requestID, string(f.code))
	e := &Error{
		Code:       f.code,
		Message:    redact.CleanCut(f.message, maxMessage, k.masks),
		StatusCode: f.status,
		RequestID:  redact.CleanCut(cmp.Or(f.requestID, k.ids.current), maxIdentifier, k.masks),
		Operation:  k.clean(k.op.Name),
		Method:     k.clean(k.op.Method),
		Path:       k.clean(k.op.Path),
		Attempts:   k.attempts,
		RetryAfter: f.retryAfter,
		Delivery:   k.delivery,
		class:      f.class,
		requestIDs: k.sentIDs(),
		answered:   f.answered,
		idempotent: k.idempotent,
		timeouts:   k.timeouts,
		contact:    k.shared.contact,
		at:         time.Now(),
	}
	if lookupCode(f.code) == nil {
		e.Code = Code(redact.CleanCut(string(f.code), maxIdentifier, k.masks))
	}
	if len(f.body) > 0 {
		e.Body = slices.Clone(f.body[:min(len(f.body), maxErrorBody)])
	}
	if f.cause != nil {
		masks := append(slices.Clip(k.masks), k.queryForms()...)
		e.causes = []error{redact.Cause(f.cause, classes[f.class].origin, masks, k.ctx != nil && k.ctx.Err() != nil)}
		e.causeText = redact.Clean(e.causes[0].Error(), masks)
	}
	return e
}

// withContext is e with how a context of the call's ended.
func (k *call) withContext(ctx context.Context, e *Error) *Error {
	k.maskSignatures() // the context's cause is the caller's, and may say anything
	return e.endedBy(ctx, k.masks)
}

// clean masks the call's secrets and makes the string valid UTF-8.
func (k *call) clean(s string) string { return redact.Clean(s, k.masks) }

// sentIDs are the request ids of all attempts that were sent, masked.
func (k *call) sentIDs() []string {
	ids := make([]string, len(k.ids.sent))
	for i, id := range k.ids.sent {
		ids[i] = k.clean(id)
	}
	return ids
}

// queryForms are what a cause must not show of the call's query. The server may: it is not
// known whether a value of Do's is a secret.
func (k *call) queryForms() []string {
	if k.target.RawQuery == "" {
		return nil
	}
	forms := redact.Forms(k.target.RawQuery)
	for _, values := range k.target.Query() {
		forms = append(forms, redact.Forms(values...)...)
	}
	return forms
}
