package coreapi

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/fypass/coreapi-go/internal/backoff"
	"github.com/fypass/coreapi-go/internal/redact"
)

// judgeResponse reads, judges and decodes a response, and keeps nothing of it. nil: the
// call has succeeded.
func (k *call) judgeResponse(ctx context.Context, resp *http.Response) *Error {
	k.answered = answered{resp.StatusCode, protocolOf(resp), headerValue(resp.Header, headerRequestID)}
	buf := k.shared.buffers.Get()
	body, tooLarge, err := k.readBody(resp, buf.ReadAtMost)
	if err == nil { // a body that broke off may still be written to, by a careless transport
		defer k.shared.buffers.Put(buf)
	}
	k.retryAfter = retryAfter(resp.Header)
	f := failure{
		answered:   true,
		status:     resp.StatusCode,
		requestID:  k.answered.requestID,
		retryAfter: k.retryAfter,
		body:       body,
	}
	switch {
	case tooLarge:
		f.class, f.cause = classTooLarge, redact.Text("the body is over the limit of "+strconv.FormatInt(k.shared.maxBytes, 10)+" bytes")
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		if k.judgeSuccess(ctx, resp, body, err, &f) {
			return nil
		}
	default:
		f.setSaid(decodeError(body).withNested())
		k.judgeError(ctx, err, &f)
	}
	k.count(f.class, f.code, f.status)
	if f.code == CodeRequestTimeout {
		k.timeouts++
	}
	e := k.newError(f)
	if f.cause != nil && k.ctx.Err() != nil {
		return k.withContext(k.ctx, e) //nolint:contextcheck // the call's, to say how it ended
	}
	return e
}

func (f *failure) setSaid(said errorBody) { f.code, f.message = said.code(), said.anyMessage() }

// judgeError: the code in the body decides, then the status. readErr is what reading the
// body ended with.
func (k *call) judgeError(ctx context.Context, readErr error, f *failure) {
	f.cause = readErr
	if readErr != nil && k.ctx.Err() == nil && ctx.Err() != nil {
		f.cause = attemptTimeout(k.opts.attemptTimeout)
	}
	if isRedirect(f.status) && lookupCode(f.code) == nil {
		f.class = classRedirect
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// judgeSuccess decodes a 2xx. It is true where the call has succeeded; else it says in f
// what is wrong.
func (k *call) judgeSuccess(ctx context.Context, resp *http.Response, body []byte, readErr error, f *failure) bool {
	broken := readErr != nil || !k.isWhole(ctx, resp, body)
	err := readErr
	if !broken {
		err = k.decode(resp, body)
	}
	said := k.inBandError(body, !broken && err == nil && !k.saysNothing())
	switch {
	case said.code() != "":
		k.forgetResult()
		f.setSaid(said)
		k.judgeError(ctx, err, f)
	case broken:
		k.judgeBroken(ctx, err, f)
	case isUnmet(err):
		f.setSaid(decodeError(body).withNested())
		f.cause = redact.Text(err.Error()) // its code, if any, is none that says why: that would be said
	case err != nil:
		f.class, f.cause = classUnexpected, err
	default:
		return true
	}
	return false
}

// isWhole doubts a 2xx body without a length whose attempt has ended: a server that
// notices writes an end, which net/http may still read as that of the body.
func (k *call) isWhole(ctx context.Context, resp *http.Response, body []byte) bool {
	return resp.ContentLength >= 0 || ctx.Err() == nil || k.wantsNoBody(resp) || json.Valid(trimJSON(body))
}

func (k *call) wantsNoBody(resp *http.Response) bool {
	return resp.StatusCode == http.StatusNoContent || k.op.Method == http.MethodHead
}

// judgeBroken judges a 2xx body that could not be read to its end. A nil err: the body
// ended early.
func (k *call) judgeBroken(ctx context.Context, err error, f *failure) {
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	f.class, f.cause = classCutShort, err
	var corrupt flate.CorruptInputError
	switch {
	case ctx.Err() != nil && k.ctx.Err() == nil:
		f.cause = attemptTimeout(k.opts.attemptTimeout)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		f.class = classUnexpected
	}
}

// decode makes the call's result of a 2xx body, or says what is wrong with it.
func (k *call) decode(resp *http.Response, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil { // its text may quote the body
			err = errDecoderPanicked
		}
	}()
	if k.wantsNoBody(resp) {
		if k.isOperation() {
			return errNoContent
		}
		return nil
	}
	out := reflect.New(reflect.TypeOf(k.out).Elem()).Interface()
	result, err := k.decodeInto(out, body)
	if err != nil {
		return err
	}
	if k.isOperation() {
		if lacks := k.lacks(out); lacks != "" {
			return incomplete(lacks, result)
		}
	}
	k.out = out
	return nil
}

// decodeInto reads a 2xx body into out, in the form that the profile says. It returns what
// the body has as its result.
func (k *call) decodeInto(out any, body []byte) (result []byte, err error) {
	w := k.shared.wire
	if w == nil {
		return decodeResult(body, k.shared.envelope, out)
	}
	if result, err = k.openWire(body, out); err != nil {
		return nil, err
	}
	if !k.isOperation() {
		return decodeResult(result, "", out)
	}
	return result, w.decode(k.wireOp, result, asWireResult(out))
}

// readBody reads a body to its end, or to the limit. Past the limit it closes the body
// with the rest unread, which costs the connection and no memory.
func (k *call) readBody(resp *http.Response, readAtMost func(r io.Reader, size, limit int64) ([]byte, bool, error)) (body []byte, tooLarge bool, err error) {
	if resp.Body == nil { // which only a careless transport does
		return nil, false, k.missingBody(resp)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols || k.op.Method == http.MethodHead {
		return nil, false, nil
	}
	limit := k.shared.maxBytes
	if isGzip(resp) {
		return readAtMost(newGunzip(resp.Body), -1, limit)
	}
	if resp.ContentLength > limit {
		body, _, _ = readAtMost(resp.Body, maxErrorBody, min(maxErrorBody, limit))
		return body, true, nil
	}
	return readAtMost(resp.Body, resp.ContentLength, limit)
}

func (k *call) missingBody(resp *http.Response) error {
	if resp.ContentLength > 0 && !k.wantsNoBody(resp) && resp.StatusCode != http.StatusNotModified {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// headerValue is http.Header.Get for a name in canonical form, which spares looking
// whether it is.
func headerValue(h http.Header, canonical string) string {
	if values := h[canonical]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// retryAfter is the wait that a response asks for, 0 where it asks for none.
func retryAfter(h http.Header) time.Duration {
	value := headerValue(h, "Retry-After")
	if value == "" {
		return 0
	}
	now := time.Now()
	if date, err := http.ParseTime(headerValue(h, "Date")); err == nil {
		now = date // the server's clock may be wrong, but so is the date that it gives
	}
	return backoff.RetryAfter(value, now)
}
