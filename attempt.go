package coreapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fypass/coreapi-go/internal/attemptctx"
)

// attempt makes one attempt: a request of its own, with a new request id, headers and
// signature, and what came of it. nil: it succeeded.
func (k *call) attempt() *Error {
	k.tries++
	k.retryAfter, k.before = 0, k.delivery
	k.answered, k.stopped = answered{}, ""
	k.ids.current = k.ids.next()
	k.tellAttempt()
	// The timeout runs from here, so that it covers the Authenticator too.
	ctx := attemptctx.New(k.attemptCtx, k.opts.attemptTimeout)
	defer ctx.End()
	var conn connection
	r := k.newRequest(conn.trace(ctx))
	err := k.authenticate(r)
	k.idempotent = k.idempotent || r.Header.Get("Idempotency-Key") != ""
	if err != nil {
		return k.authError(ctx, err)
	}
	k.attempts++
	k.ids.sent = append(k.ids.sent, k.ids.current)
	k.paid, k.inFlight = false, true
	resp, err := k.shared.roundTripper().RoundTrip(r)
	if err != nil || resp == nil {
		return k.transportError(ctx, &conn, resp, err)
	}
	return k.judgeResponse(ctx, resp)
}

// newRequest is the attempt's own, but for its body, which never changes. A transport of
// the caller's may edit the URL.
func (k *call) newRequest(ctx context.Context) *http.Request {
	target := k.target
	r := (&http.Request{
		Method: k.op.Method,
		URL:    &target,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 8+len(k.opts.headers)),
	}).WithContext(ctx)
	k.setHeaders(r.Header)
	k.addTraced(r.Header)
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
func (k *call) setHeaders(h http.Header) {
	values := make([]string, 0, 7) // one allocation for all; nobody can append into another's
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("Accept", "application/json")
	set("User-Agent", k.shared.userAgent)
	if k.body != nil {
		set("Content-Type", "application/json")
	}
	for _, own := range k.opts.headers {
		if own.name != "Content-Type" || k.body != nil {
			h[own.name] = []string{own.value}
		}
	}
	set(headerVersion, k.shared.profile.Version)
	set(headerRequestID, k.ids.current)
	if k.opts.userToken != "" {
		set(headerToken, k.opts.userToken)
	}
	if k.opts.language != "" {
		set(headerLanguage, string(k.opts.language))
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
func (k *call) transportError(ctx context.Context, conn *connection, resp *http.Response, err error) *Error {
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err == nil {
		err = errors.New("the transport returned neither a response nor an error")
	}
	c := classifyTransport(err, conn)
	k.count(c, "", 0)
	if k.ctx.Err() != nil {
		return k.endedError()
	}
	if ctx.Err() != nil {
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
