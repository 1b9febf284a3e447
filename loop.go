package coreapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// loop makes one call at a time. The first attempt it makes at once: most calls need
// no other. For those that do it enters go-retryablehttp's loop, which repeats, waits
// and watches the context. A retryablehttp.Client has no other place for a policy of a
// call's own, and must not be copied.
//
// It is the http.RoundTripper that the library's attempts go through. That keeps an
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
	http     *http.Request // the library's, which no transport sees
	entered  bool          // the library has seen the first attempt
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
func (l *loop) run(ctx context.Context, k *call) (err error) {
	l.call, k.progress = k, &l.progress
	k.try()
	if k.mayGoOn() {
		err = l.repeat(ctx)
	}
	k.conclude()
	l.call, l.context.Context = nil, nil
	l.progress.reset()
	return err
}

// repeat makes the attempts after the first.
func (l *loop) repeat(ctx context.Context) error {
	l.entered = false
	l.context.Context = ctx
	l.retry.RetryMax = l.call.set.resolved.MaxAttempts // never reached: mayGoOn counts
	l.request.Request = l.http
	_, err := l.retry.Do(&l.request)
	return err
}

// RoundTrip is one attempt; the library's first was made before. What comes of it stays
// in the call; the library always gets the same empty response, so that it has no body
// to drain, no Location to follow and no error to wrap.
func (l *loop) RoundTrip(*http.Request) (*http.Response, error) {
	if l.entered {
		l.call.try()
	}
	return &l.call.core.over, nil
}

// checkRetry is asked once after each of the library's attempts.
func (l *loop) checkRetry(context.Context, *http.Response, error) (bool, error) {
	again := !l.entered || l.call.mayGoOn()
	l.entered = true
	l.retry.RetryWaitMin = l.call.wait
	return again, nil
}

// plannedWait is the library's Backoff, which gets RetryWaitMin.
func plannedWait(wait, _ time.Duration, _ int, _ *http.Response) time.Duration { return wait }
