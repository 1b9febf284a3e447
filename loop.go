package coreapi

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// loop makes one call at a time. It makes the first attempt itself, since most calls
// need no other. Only a call that is to be repeated enters go-retryablehttp's loop,
// which waits, repeats and watches the context.
//
// A retryablehttp.Client has no place for a policy of one call's, and must not be
// copied, so each call that runs has a loop to itself.
//
// A loop is the http.RoundTripper of its library's http.Client. That keeps an attempt in
// one function (call.try), and spares the pool of connections: the library calls
// CloseIdleConnections after every failed call, and a loop has no such method.
type loop struct {
	call     *call // that it runs now
	progress progress
	context  callContext
	retry    retryablehttp.Client
	client   http.Client
	request  retryablehttp.Request
	http     *http.Request // the library's, which no transport sees
	url      *url.URL      // http's, which it has not while the library catches up
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
	l.http, _ = http.NewRequestWithContext(&l.context, "", "", nil)
	l.url, l.http.Method = l.http.URL, "" // which is GET, and spares the refusal a string
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

// repeat makes the attempts after the first. The library begins with an attempt and
// asks whether to go on, so it is let catch up: its first attempt is without a URL, which
// net/http refuses at once, and the answer is yes, with the wait that was planned.
// The error is always the context's.
func (l *loop) repeat(ctx context.Context) error {
	l.http.URL = nil
	l.context.Context = ctx
	l.retry.RetryMax = l.call.set.resolved.MaxAttempts // never reached: mayGoOn counts
	l.request.Request = l.http
	_, err := l.retry.Do(&l.request)
	return err
}

// RoundTrip is one attempt. What comes of it stays in the call; the library always gets
// the same empty response, so that it has no body to drain, no Location to follow and no
// error to wrap. A context that ended in the wait is not tried with.
func (l *loop) RoundTrip(*http.Request) (*http.Response, error) {
	if err := l.context.Err(); err != nil {
		return nil, err
	}
	l.progress.free().reset() // an earlier attempt may have left something
	l.call.try()
	return &l.call.core.over, nil
}

// checkRetry is asked once after each of the library's attempts.
func (l *loop) checkRetry(_ context.Context, _ *http.Response, err error) (bool, error) {
	again := true
	switch {
	case l.http.URL == nil: // the library has caught up
		l.http.URL = l.url
	case err != nil:
		return false, err
	default:
		again = l.call.mayGoOn()
	}
	l.retry.RetryWaitMin = l.call.wait
	return again, nil
}

// plannedWait is the library's Backoff, which gets RetryWaitMin.
func plannedWait(wait, _ time.Duration, _ int, _ *http.Response) time.Duration { return wait }
