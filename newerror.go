package coreapi

import (
	"cmp"
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

// maxErrorBody is how much of a response's body an error keeps, in bytes.
const maxErrorBody = 4 << 10

// newError is the one constructor of a call's errors.
func (k *call) newError(f failure) *Error {
	k.maskSignatures()
	e := &Error{
		Code:       f.code,
		Message:    k.clean(f.message),
		StatusCode: f.status,
		RequestID:  k.clean(cmp.Or(f.requestID, k.ids.current)),
		Operation:  k.clean(k.op.Name),
		Method:     k.clean(k.op.Method),
		Path:       k.clean(k.op.Path),
		Attempts:   k.attempts,
		RetryAfter: f.retryAfter,
		Delivery:   k.delivery,
		class:      f.class,
		requestIDs: slices.Clip(k.ids.sent),
		answered:   f.answered,
		idempotent: k.idempotent,
		timeouts:   k.timeouts,
		contact:    k.shared.contact,
		at:         time.Now(),
	}
	if lookupCode(f.code) == nil {
		e.Code = Code(k.clean(string(f.code)))
	}
	if len(f.body) > 0 {
		e.Body = slices.Clone(f.body[:min(len(f.body), maxErrorBody)])
	}
	if f.cause != nil {
		e.causes = []error{redact.Cause(f.cause, classes[f.class].origin, k.masks, k.ctx != nil && k.ctx.Err() != nil)}
		e.causeText = k.clean(e.causes[0].Error())
	}
	return e
}

// clean masks the call's secrets and makes the string valid UTF-8.
func (k *call) clean(s string) string { return redact.Clean(s, k.masks) }
