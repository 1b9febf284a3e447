package coreapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/fypass/coreapi-go/internal/wire"
)

// The waits between polls. Assumption: the reference gives no figures.
const (
	firstPollWait = 500 * time.Millisecond
	lastPollWait  = 5 * time.Second
	slowDown      = 5 * time.Second // more, after a 429 without Retry-After. Source: RFC 8628, section 3.5
)

// WaitForLogin polls a login's status until it has succeeded or failed. The
// waits grow from 500 ms to 5 s, and are longer where a response asks so with
// Retry-After. A poll is one attempt, without retries and without a share in the retry
// budget: after an error that may be retried the wait goes on, twice as long, and after a
// 429 without Retry-After each wait is 5 s longer from then on (as RFC 8628, section 3.5,
// has it). It ends on any other error, and where it is asked to wait longer than
// RetryPolicy.MaxRetryAfter. A login that failed is an [*Error] with its FailureCode: one
// that the user cancelled has CodeClientClosedRequest, where a wait that you cancelled
// matches context.Canceled. A response with a state that the SDK does not know, or without
// one, ends the wait as ErrUnexpectedResponse.
//
// ctx and [WithTimeout] bound the wait as a whole; with neither it waits for
// ever. A wait that ran out of time matches context.DeadlineExceeded, and names the last
// state or error; where the last poll failed and no time is left for another, its error is
// returned at once. Each poll has a request id of its own; with [WithRequestID] the first
// has that, and the others have it with "-2", "-3" … behind it. It is safe for concurrent
// use.
func (s *UsersService) WaitForLogin(ctx context.Context, reqToken Secret, opts ...CallOption) (status *LoginStatus, err error) {
	first := s.poll(ctx, reqToken, opts)
	wait := first.waiting()
	err = wait.observe(ctx, func(ctx context.Context) error {
		status, err = s.pollToTheEnd(ctx, wait, first, reqToken, opts)
		return err
	})
	if err != nil {
		return nil, err
	}
	return status, nil
}

// waiting is the call that polls are made for. It sends nothing itself.
func (k *call) waiting() *call {
	if k.shared == nil {
		return k
	}
	wait := &call{shared: k.shared, op: k.op, opts: k.opts, masks: k.masks, delivery: DeliveryNotSent}
	wait.op.Name = "Users.WaitForLogin"
	wait.watch = wait.newWatch(callSpec{})
	return wait
}

func (s *UsersService) pollToTheEnd(ctx context.Context, wait, k *call, reqToken Secret, opts []CallOption) (*LoginStatus, error) {
	if k.refused != nil {
		return nil, k.refused
	}
	if k.opts.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.opts.timeout)
		defer cancel()
	}
	waits := pollWaits{next: firstPollWait}
	for {
		err := k.perform(ctx)
		wait.attempts, wait.answered, wait.ids.sent = k.attempts, k.answered, k.ids.sent
		wait.masks, wait.signatures, wait.masked = k.masks, k.signatures, k.masked
		status := result[LoginStatus](k)
		switch {
		case err != nil && !IsRetryable(err):
			return nil, err
		case err == nil && status.State == LoginSucceeded:
			status.ReqToken = cmp.Or(status.ReqToken, reqToken)
			return status, nil
		case err == nil && status.State == LoginFailed:
			return nil, k.loginFailure(status, DeliveryNotSent)
		case k.retryAfter > k.opts.effectivePolicy.MaxRetryAfter:
			return nil, k.pendingTooLong(err)
		}
		pause := max(waits.after(err), k.retryAfter)
		if deadline, ok := ctx.Deadline(); ok && err != nil && pause >= time.Until(deadline) {
			return nil, err
		}
		if e := k.pause(ctx, pause, status.State); e != nil {
			return nil, e
		}
		k = s.nextPoll(ctx, k, reqToken, opts)
	}
}

// pollWaits are the waits between polls.
type pollWaits struct {
	next  time.Duration
	extra time.Duration // since the API said that it is asked too often
}

// after is the wait after a poll. err: it failed.
func (w *pollWaits) after(err error) time.Duration {
	wait := w.next
	w.next = min(w.next*3/2, lastPollWait)
	var e *Error
	if !errors.As(err, &e) {
		return wait + w.extra
	}
	if e.StatusCode == http.StatusTooManyRequests && e.RetryAfter == 0 {
		w.extra += slowDown
	}
	return 2*wait + w.extra
}

// poll is a call of one attempt.
func (s *UsersService) poll(ctx context.Context, reqToken Secret, opts []CallOption) *call {
	k := s.statusCall(ctx, reqToken, opts)
	if k.refused == nil {
		own := *k.opts
		own.effectivePolicy.MaxAttempts = 1
		k.opts = &own
	}
	if k.watch != nil {
		k.watch.poll = true
	}
	return k
}

// pause waits, or says how the context ended, and how far the login was.
func (k *call) pause(ctx context.Context, wait time.Duration, state LoginState) *Error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return nil
	}
	k.ctx = ctx
	e := k.contextError()
	if state != "" {
		e.causeText += `: the login is still "` + string(state) + `"` + k.missingToken()
	}
	return e
}

// missingToken names the places where neither a user token nor a failure was found, where a
// status has no state: a login that is pending looks like one whose profile is wrong.
func (k *call) missingToken() string {
	w := k.shared.wire
	if w == nil || w.places(k.wireOp, wire.State) != "" {
		return ""
	}
	return ", since no response had a " + w.places(k.wireOp, wire.UserToken, wire.FailureCode)
}

// signaturesKept are of how many polls before it a poll masks the signatures. All would be
// more with each poll, without an end.
const signaturesKept = 3

// nextPoll is a call with a request id of its own. What was sent so far is counted
// on.
func (s *UsersService) nextPoll(ctx context.Context, last *call, reqToken Secret, opts []CallOption) *call {
	poll := s.poll(ctx, reqToken, opts)
	if poll.refused != nil {
		return poll
	}
	poll.attempts, poll.timeouts, poll.answer, poll.delivery = last.attempts, last.timeouts, last.answer, last.delivery
	poll.ids.sent = last.ids.sent
	poll.signatures = slices.Clone(last.signatures[max(0, len(last.signatures)-signaturesKept):])
	if poll.watch != nil {
		poll.watch.sent = last.attempts
	}
	if poll.opts.requestID == "" { // else the ids go on from the last poll's
		poll.ids.before = len(poll.ids.sent)
	}
	poll.ids.current = poll.ids.next()
	return poll
}

// pendingTooLong ends a wait whose last poll asked for a longer one than the limit. err is
// that poll's, nil where the login is pending.
func (k *call) pendingTooLong(err error) error {
	why := "the API asks to wait " + k.retryAfter.String() + ", more than MaxRetryAfter"
	if err == nil {
		return k.newError(failure{class: classPendingTooLong, cause: errors.New(why), requestID: k.answered.requestID, retryAfter: k.retryAfter})
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // one that an interceptor wrapped is its own
		stopped := *e // the poll's, which an interceptor may have kept
		stopped.stopped = "not polled again: " + why
		return &stopped
	}
	return err
}
