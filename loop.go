package coreapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// loop is go-retryablehttp's, set up for one call at a time: it repeats, waits
// and rewinds the body. A retryablehttp.Client has no other place for a policy of
// a call's own, and must not be copied.
//
// It is the http.RoundTripper that each attempt goes through. That keeps an
// attempt in one function (call.try), and spares the pool of connections: the
// library calls CloseIdleConnections after every failed call, and a loop has no
// such method.
type loop struct {
	call     *call // that it runs now
	progress progress
	context  callContext
	retry    retryablehttp.Client
	client   http.Client
	request  retryablehttp.Request
	http     *http.Request // what attempts are copied from; no transport sees it
}

// callContext is the context of the call that a loop runs. A request's own cannot be
// set without a copy of the request.
type callContext struct{ context.Context }

// loops keeps loops for later calls. The zero value is ready, and safe for
// concurrent use.
type loops struct{ pool sync.Pool }

func newLoop() *loop {
	l := &loop{}
	l.client.Transport = l
	l.retry.HTTPClient = &l.client
	l.retry.CheckRetry = l.checkRetry
	l.retry.Backoff = plannedWait
	l.http, _ = http.NewRequestWithContext(&l.context, http.MethodGet, "", nil)
	return l
}

// run makes a call's attempts. Its error is that of a wait which the context cut
// short.
func (ls *loops) run(ctx context.Context, k *call) error {
	l, _ := ls.pool.Get().(*loop)
	if l == nil {
		l = newLoop()
	}
	err := l.run(ctx, k)
	ls.pool.Put(l) // not deferred: what panicked is not used again
	return err
}

// run forgets the call at its end.
func (l *loop) run(ctx context.Context, k *call) error {
	l.call, k.progress = k, &l.progress
	l.context.Context = ctx
	l.retry.RetryMax = k.set.resolved.MaxAttempts // never reached: mayGoOn counts
	l.request.Request = l.http
	if k.body != nil {
		_ = l.request.SetBody(k.body) // fails for a reader alone
	}
	_, err := l.retry.Do(&l.request)
	k.conclude()
	l.reset()
	return err
}

// reset forgets the call.
func (l *loop) reset() {
	l.call, l.context.Context = nil, nil
	l.progress.reset()
	if l.http.GetBody != nil {
		l.request = retryablehttp.Request{}
		l.http.Body, l.http.GetBody, l.http.ContentLength = nil, nil, 0
	}
}

// RoundTrip is one attempt. What comes of it stays in the call; the library always gets
// the same empty response, so that it has no body to drain, no Location to follow
// and no error to wrap.
func (l *loop) RoundTrip(req *http.Request) (*http.Response, error) {
	l.call.try(req)
	return &l.call.core.over, nil
}

// checkRetry is asked once after each attempt.
func (l *loop) checkRetry(context.Context, *http.Response, error) (bool, error) {
	again := l.call.mayGoOn()
	l.retry.RetryWaitMin = l.call.wait
	return again, nil
}

// plannedWait is the library's Backoff, which gets RetryWaitMin.
func plannedWait(wait, _ time.Duration, _ int, _ *http.Response) time.Duration { return wait }
