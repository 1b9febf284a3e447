package coreapi

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// failure is a failed attempt. It is made in memory that is used again, so that an
// attempt which is then repeated costs little; what a caller gets to see is made of
// it by finish.
type failure struct {
	err  Error     // what decides on a retry
	said errorBody // by the response
	body []byte    // the response's first 4 KiB
}

// progress is what the attempts of one run of the loop have come to.
type progress struct {
	failures [2]failure // one may be the answer, while the other is made
	last     *failure   // of the last attempt; nil: it succeeded
	answer   *failure   // the API's last answer, if that was an error
}

// free is the failure that the next attempt may write to.
func (p *progress) free() *failure {
	if p.answer == &p.failures[0] {
		return &p.failures[1]
	}
	return &p.failures[0]
}

// reset forgets the run.
func (p *progress) reset() {
	p.last, p.answer = nil, nil
	for i := range p.failures {
		p.failures[i].reset()
	}
}

// reset forgets everything but small memory.
func (f *failure) reset() {
	f.err = Error{}
	f.body = f.body[:0]
	if cap(f.said.Code)+cap(f.said.Message)+cap(f.said.Error) > keptBody {
		f.said = errorBody{}
	}
	f.said.reset()
}

// fail makes an attempt's failure. A nil cause is none.
func (k *call) fail(c class, cause error) *failure {
	f := k.progress.free()
	k.judge(&f.err, c, cause)
	return f
}

func (f *failure) withContext(k *call) *failure {
	f.err = *f.err.withContext(k.ctx, k.secrets)
	return f
}

// finish makes a caller's error of an attempt's failure.
func (k *call) finish(f *failure) *Error {
	e := new(Error)
	*e = f.err
	if documented(e.Code) == nil {
		e.Code = Code(k.clean(string(e.Code)))
	}
	e.Message = k.clean(f.said.message())
	if len(f.body) > 0 {
		e.Body = bytes.Clone(f.body)
	}
	k.sign(e)
	return e
}

// newError makes an error of this call, but not of an attempt. A nil cause is none.
func (k *call) newError(c class, cause error) *Error {
	e := new(Error)
	k.judge(e, c, cause)
	k.sign(e)
	return e
}

// judge sets what the SDK decides by.
func (k *call) judge(e *Error, c class, cause error) {
	k.keepSecrets(k.signatures...)
	k.signatures = nil
	*e = Error{
		Attempts:   k.attempts,
		Delivery:   k.delivery,
		class:      c,
		timeouts:   k.timeouts,
		idempotent: k.idempotent,
	}
	if cause != nil {
		e.causes = []error{safeCause(cause, c.origin(), k.secrets, k.ctx != nil && k.ctx.Err() != nil)}
		e.causeText = k.clean(e.causes[0].Error())
	}
}

// sign says which call it was.
func (k *call) sign(e *Error) {
	e.RequestID = k.clean(cmp.Or(e.RequestID, k.requestID))
	e.requestIDs = slices.Clip(k.ids)
	e.Operation = k.clean(k.op.Name)
	e.Method = k.clean(k.op.Method)
	e.Path = k.clean(k.op.Path)
	e.contact = k.core.contact
	e.at = time.Now()
}

// clean masks the call's secrets and makes the string valid UTF-8.
func (k *call) clean(s string) string { return clean(s, k.secrets) }
