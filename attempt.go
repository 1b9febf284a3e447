package coreapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/fypass/coreapi-go/internal/attemptctx"
)

// attempt is what one attempt has of its own, and no other uses again: a transport may look
// at it for longer than the attempt lasts.
type attempt struct {
	ctx    attemptctx.Context // with the attempt's timeout
	conn   connection
	target url.URL // a transport of the caller's may edit it
	header http.Header
	values []string  // of header
	room   [7]string // for values, which fit into it but for those of few attempts
}

// set sets a header. Nobody can append to one's value and change another's.
func (a *attempt) set(name, value string) {
	a.values = append(a.values, value)
	n := len(a.values)
	a.header[name] = a.values[n-1 : n : n]
}

// attempt makes one attempt: a request of its own, with a new request id, headers and
// signature, and what came of it. nil: it succeeded.
func (k *call) attempt() *Error {
	k.tries++
	k.retryAfter, k.before = 0, k.delivery
	k.answered, k.stopped = answered{}, ""
	k.ids.current = k.ids.next()
	k.tellAttempt()
	// The timeout runs from here, so that it covers the Authenticator too.
	a := new(attempt)
	a.ctx.Start(k.attemptCtx, k.opts.attemptTimeout)
	defer a.ctx.End()
	r := k.newRequest(a)
	err := k.authenticate(a, r)
	k.idempotent = k.idempotent || headerValue(r.Header, "Idempotency-Key") != ""
	if err != nil {
		return k.authError(&a.ctx, err)
	}
	k.attempts++
	k.ids.sent = append(k.ids.sent, k.ids.current)
	k.paid, k.inFlight = false, true
	resp, err := k.shared.roundTripper().RoundTrip(r)
	if err != nil || resp == nil {
		return k.transportError(a, resp, err)
	}
	return k.judgeResponse(&a.ctx, resp)
}

// newRequest makes the attempt's request. The body, which never changes, is the call's.
func (k *call) newRequest(a *attempt) *http.Request {
	a.target = k.target
	a.header, a.values = make(http.Header, 8+len(k.opts.headers)), a.room[:0]
	r := (&http.Request{
		Method: k.op.Method,
		URL:    &a.target,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header,
	}).WithContext(a.conn.trace(&a.ctx))
	k.setHeaders(a)
	k.addTraced(a.header)
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

// setHeaders sets all headers but the Authenticator's. The caller's replace the SDK's own,
// but not those that the reference documents: see checkNotDocumented.
func (k *call) setHeaders(a *attempt) {
	a.set("Accept", "application/json")
	a.set("User-Agent", k.shared.userAgent)
	if k.body != nil {
		a.set("Content-Type", "application/json")
	}
	for _, own := range k.opts.headers {
		if own.name != "Content-Type" || k.body != nil {
			a.header[own.name] = []string{own.value}
		}
	}
	a.set(headerVersion, k.shared.profile.Version)
	a.set(headerRequestID, k.ids.current)
	if k.opts.userToken != "" {
		a.set(headerToken, k.opts.userToken)
	}
	if k.opts.language != "" {
		a.set(headerLanguage, string(k.opts.language))
	}
}

// authError: nothing was sent, so it does not count for the delivery.
func (k *call) authError(ctx context.Context, err error) *Error {
	k.refund()
	switch {
	case k.ctx.Err() != nil:
		return k.endedError()
	case ctx.Err() != nil:
		return k.newError(failure{class: classAttemptTimeout, cause: attemptTimeout(k.opts.attemptTimeout)})
	}
	return k.newError(failure{class: classAuthFailed, cause: err})
}

// endedError is an attempt that the context ended. contextError replaces it at the end of
// the call.
func (k *call) endedError() *Error { return k.withContext(k.ctx, k.newError(failure{})) }

// transportError judges a transport's failure. Where time ran out before there was a
// connection, that is what failed: nothing was sent.
func (k *call) transportError(a *attempt, resp *http.Response, err error) *Error {
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err == nil {
		err = errors.New("the transport returned neither a response nor an error")
	}
	c := classifyTransport(err, &a.conn)
	k.count(c, "", 0)
	if k.ctx.Err() != nil {
		return k.endedError()
	}
	if a.ctx.Err() != nil {
		if c != classNotConnected {
			c = classAttemptTimeout
		}
		err = attemptTimeout(k.opts.attemptTimeout)
	}
	return k.newError(failure{class: c, cause: err})
}

// count adds an attempt's delivery to the call's.
func (k *call) count(c class, code Code, status int) {
	k.delivery = combine(k.delivery, deliveryOf(c, code, status))
}

// attemptTimeout is the cause of an attempt that took too long. It is no
// context.DeadlineExceeded: the caller's deadline has not passed.
type attemptTimeout time.Duration

func (t attemptTimeout) Error() string {
	return "no full answer within the attempt's timeout of " + time.Duration(t).String()
}

// Timeout makes it a net.Error.
func (attemptTimeout) Timeout() bool { return true }

// Temporary is there because net.Error asks for it.
func (attemptTimeout) Temporary() bool { return true }
