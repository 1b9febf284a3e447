package coreapi

import (
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// try is one attempt, of which it keeps the outcome.
func (k *call) try() {
	k.tries++
	k.retryAfter, k.before = 0, k.delivery
	f := k.attempt()
	k.inFlight = false
	k.progress.last = f
	switch {
	case f == nil:
		k.count(DeliveryUnknown) // acted on, should an interceptor make an error of it
		k.progress.answer, k.answer = nil, nil
		k.core.budget.succeeded(k.tries > 1)
	case f.err.StatusCode == 0:
	case (k.progress.answer == nil && k.answer == nil) || f.err.class != classCutShort:
		k.progress.answer = f
	}
}

func (k *call) attempt() *failure {
	// The timeout runs from here, so that it covers the Authenticator too.
	out := k.outgoing()
	ctx := &out.context
	ctx.start(k.ctx, k.set.attemptTimeout)
	ctx.call = k
	defer ctx.end()
	r := k.request(out)
	err := k.dress(r, &out.values)
	k.idempotent = k.idempotent || first(r.Header, "Idempotency-Key") != ""
	if err != nil {
		k.refund()
		return k.authFailure(ctx, err)
	}
	k.attempts++
	k.ids = append(k.ids, k.requestID)
	k.paid, k.inFlight = false, true
	resp, err := k.core.roundTripper().RoundTrip(r)
	if err != nil || resp == nil {
		return k.noResponse(ctx, resp, err)
	}
	return k.read(ctx, resp)
}

// outgoing is what a transport gets of an attempt. It may hold on to it, as one
// that timed out may still be writing it, so each attempt has its own.
type outgoing struct {
	request http.Request
	context attemptContext
	values  headerValues
}

type headerValues [8]string

// outgoing has room for the first attempt's in the call.
func (k *call) outgoing() *outgoing {
	if k.sentFirst {
		return new(outgoing)
	}
	k.sentFirst = true
	return &k.first
}

// request is an attempt's own, without its headers.
func (k *call) request(out *outgoing) *http.Request {
	r := &out.request
	*r = *k.core.blank.WithContext(&out.context)
	r.Method, r.URL = k.op.Method, &k.target
	if k.body != nil {
		r.Body, _ = k.newBody()
		r.GetBody, r.ContentLength = k.newBody, int64(len(k.body))
	}
	return r
}

// newBody is GetBody, too, by which net/http sends a request again where it knows that
// none was read. The type is one that it knows to be in memory, and so to be sent in
// one piece with the headers.
func (k *call) newBody() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(k.body)), nil
}

// dress gives an attempt its request id and its headers, the Authenticator's last.
func (k *call) dress(r *http.Request, values *headerValues) error {
	k.requestID = k.nextRequestID()
	switch own := k.core.auth.(type) {
	case keyAuth:
		key, err := own.currentKey(r.Context())
		if own.known == nil { // else it is among the Client's
			k.keepSecrets(key)
		}
		r.Header = k.headers(values, own.header, key)
		if err == nil && own.known == nil {
			return r.Context().Err()
		}
		return err
	case signedAuth:
		c, err := own.credentials(r.Context())
		if own.known == nil {
			k.keepSecrets(string(c.ClientKey))
		}
		r.Header = k.headers(values, headerClientKey, string(c.ClientKey))
		if err != nil {
			return err
		}
		return k.signRequest(r, c)
	}
	r.Header = k.headers(values, "", "")
	secrets, err := k.applyForeignAuth(r)
	k.keepSecrets(secrets...)
	return cmp.Or(err, r.Context().Err()) // it may have slept through the attempt
}

// headers takes the name and the value of the key's, which wins over the others.
func (k *call) headers(values *headerValues, keyName, key string) http.Header {
	*values = headerValues{"application/json", k.core.userAgent, "application/json", k.requestID, key,
		k.core.profile.Version, k.set.userToken, string(k.set.language)}
	h := make(http.Header, len(values)+len(k.set.headers))
	h["Accept"], h["User-Agent"] = values[0:1:1], values[1:2:2]
	if k.body != nil {
		h["Content-Type"] = values[2:3:3]
	}
	for _, own := range k.set.headers {
		if own.name != "Content-Type" || k.body != nil {
			h[own.name] = []string{own.value}
		}
	}
	h[headerRequestID] = values[3:4:4]
	if keyName != "" {
		h[keyName] = values[4:5:5]
	}
	h[headerVersion] = values[5:6:6]
	if k.set.userToken != "" {
		h[headerToken] = values[6:7:7]
	}
	if k.set.language != "" {
		h[headerLanguage] = values[7:8:8]
	}
	return h
}

// keepSecrets copies on append: the slice may be the Client's.
func (k *call) keepSecrets(secrets ...string) {
	known := k.secrets
	for _, s := range secrets {
		if len(s) >= minMasked && !slices.Contains(known, s) {
			k.secrets = append(slices.Clip(k.secrets), maskForms(s)...)
		}
	}
}

// authFailure: nothing was sent, so it does not count for the delivery.
func (k *call) authFailure(ctx context.Context, err error) *failure {
	switch {
	case k.ctx.Err() != nil:
		return k.ended()
	case ctx.Err() != nil:
		return k.fail(classAttemptTimeout, attemptTimeout(k.set.attemptTimeout))
	}
	return k.fail(classAuthFailed, err)
}

// count adds an attempt's delivery to the call's.
func (k *call) count(d Delivery) { k.delivery = leastCertain(k.delivery, d) }

// ended is an attempt that the context ended. contextError replaces its error at the
// end of the call.
func (k *call) ended() *failure { return k.fail(classAnswer, nil).withContext(k) }

// noResponse judges a transport's failure.
func (k *call) noResponse(ctx context.Context, resp *http.Response, err error) *failure {
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err == nil {
		err = errors.New("the transport returned neither a response nor an error")
	}
	c := classifyTransport(err)
	k.count(deliveryOf(c, nil, 0)) // also where time ran out: a failed dial sent nothing
	switch {
	case k.ctx.Err() != nil:
		return k.ended()
	case ctx.Err() != nil:
		return k.fail(classAttemptTimeout, attemptTimeout(k.set.attemptTimeout))
	}
	return k.fail(c, err)
}

// attemptTimeout is the cause of an attempt that took too long. It is no
// context.DeadlineExceeded: the caller's deadline has not passed.
type attemptTimeout time.Duration

func (t attemptTimeout) Error() string {
	return "no full answer within the attempt's timeout of " + time.Duration(t).String()
}

// Timeout is what net.Error has.
func (attemptTimeout) Timeout() bool { return true }

// read reads, judges and decodes a response. It keeps nothing of it.
func (k *call) read(ctx context.Context, resp *http.Response) *failure {
	buf := k.core.buffers.get()
	body, tooLarge, err := k.readBody(resp, buf)
	failed := k.weigh(ctx, resp, body, tooLarge, err)
	if err == nil { // a body that broke off may still be written to, by a careless transport
		k.core.buffers.put(buf)
	}
	return failed
}

// weigh decodes a response's body, of which it keeps copies. err is what reading it
// ended with.
func (k *call) weigh(ctx context.Context, resp *http.Response, body []byte, tooLarge bool, err error) *failure {
	f := k.progress.free()
	f.said.reset()
	k.retryAfter = retryAfter(resp.Header)
	success := resp.StatusCode >= 200 && resp.StatusCode <= 299
	var c class
	var code Code
	var row *catalogueRow
	if success {
		c, row, err = k.weighSuccess(ctx, resp, body, tooLarge, err, &f.said)
		if row == nil && err == nil {
			return nil
		}
	} else if !tooLarge {
		decodeError(&k.core.decoders, body, false, &f.said)
		code, row = f.said.code()
	}
	if row != nil {
		code = row.Code
	}
	if row != nil || !success {
		c, err = k.errorResponse(ctx, resp, row, tooLarge, err)
	} else {
		f.said.reset() // a success may have a code and a message of its own
	}
	k.count(deliveryOf(c, row, resp.StatusCode))
	return k.answered(resp, body, code, c, err)
}

// weighSuccess decodes a 2xx. A row is that of the documented code by which the body says
// no; with neither a row nor an error the call has succeeded.
func (k *call) weighSuccess(ctx context.Context, resp *http.Response, body []byte, tooLarge bool, err error, said *errorBody) (class, *catalogueRow, error) {
	if tooLarge {
		return classTooLarge, nil, k.tooLarge()
	}
	broken := err != nil || !k.isWhole(ctx, resp, body)
	if !broken {
		err = k.decode(resp, body)
	}
	if row := k.inBandCode(body, !broken && err == nil, said); row != nil {
		k.forgetResult()
		return classAnswer, row, err
	}
	if !broken {
		return classUnexpected, nil, err
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	c, err := k.brokenBody(ctx, err)
	return c, nil, err
}

// isWhole doubts a 2xx body without a length whose attempt has ended: a server that
// notices writes an end, which net/http may still read as that of the body.
func (k *call) isWhole(ctx context.Context, resp *http.Response, body []byte) bool {
	return resp.ContentLength >= 0 || ctx.Err() == nil || k.wantsNoBody(resp) || json.Valid(bytes.TrimPrefix(body, utf8BOM))
}

func (k *call) wantsNoBody(resp *http.Response) bool {
	return resp.StatusCode == http.StatusNoContent || k.op.Method == http.MethodHead
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
			return errNoBody
		}
		return nil
	}
	out := reflect.New(reflect.TypeOf(k.out).Elem()).Interface()
	result, err := decodeSuccess(&k.core.decoders, body, k.envelope(), out)
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

func (k *call) tooLarge() error {
	return errors.New("the body is over the limit of " + strconv.FormatInt(k.core.maxBytes, 10) + " bytes")
}

// errorResponse: the code in the body decides, then the status.
func (k *call) errorResponse(ctx context.Context, resp *http.Response, row *catalogueRow, tooLarge bool, err error) (class, error) {
	if err != nil && k.ctx.Err() == nil && ctx.Err() != nil {
		err = attemptTimeout(k.set.attemptTimeout)
	}
	switch {
	case tooLarge:
		return classTooLarge, k.tooLarge()
	case row == nil && isRedirect(resp.StatusCode):
		return classRedirect, err
	}
	return classAnswer, err
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// brokenBody: a 2xx body that could not be read to its end.
func (k *call) brokenBody(ctx context.Context, err error) (class, error) {
	var corrupt flate.CorruptInputError
	switch {
	case ctx.Err() != nil && k.ctx.Err() == nil:
		return classCutShort, attemptTimeout(k.set.attemptTimeout)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return classUnexpected, err
	}
	return classCutShort, err
}

// answered is an attempt that got a response. Where the context ended meanwhile, the
// error says so too.
func (k *call) answered(resp *http.Response, body []byte, code Code, c class, cause error) *failure {
	if code == CodeRequestTimeout {
		k.timeouts++
	}
	f := k.fail(c, cause)
	f.body = append(f.body, head(body)...)
	f.err.answered = true
	f.err.Code = code
	f.err.StatusCode = resp.StatusCode
	f.err.RetryAfter = k.retryAfter
	f.err.RequestID = first(resp.Header, headerRequestID)
	if cause != nil && k.ctx.Err() != nil {
		return f.withContext(k)
	}
	return f
}

// readBody reads a body to its end, or to the limit. Past the limit it closes
// the body with the rest unread, which costs the connection and no memory.
func (k *call) readBody(resp *http.Response, buf *buffer) (body []byte, tooLarge bool, err error) {
	if resp.Body == nil { // which only a careless transport does
		return nil, false, k.missingBody(resp)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols || k.op.Method == http.MethodHead {
		return nil, false, nil
	}
	limit := k.core.maxBytes
	if resp.ContentLength > limit {
		body, _, _ = buf.readAtMost(resp.Body, keptBody, min(keptBody, limit))
		return body, true, nil
	}
	return buf.readAtMost(resp.Body, resp.ContentLength, limit)
}

func (k *call) missingBody(resp *http.Response) error {
	if resp.ContentLength > 0 && !k.wantsNoBody(resp) && resp.StatusCode != http.StatusNotModified {
		return io.ErrUnexpectedEOF
	}
	return nil
}
