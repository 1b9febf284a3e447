package coreapi

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// The waits between polls. Assumption: the reference gives no figures.
const (
	firstPollWait = 500 * time.Millisecond
	lastPollWait  = 5 * time.Second
)

// WaitForLogin polls a login's status until it has succeeded or failed. The
// waits grow from 500 ms to 5 s, and are longer where a response asks so with
// Retry-After. It goes on after a poll's retryable error and ends on any other, and
// where it is asked to wait longer than RetryPolicy.MaxRetryAfter. A login that
// failed is an [*Error] with its FailureCode: one that the user cancelled has
// CodeClientClosedRequest, where a wait that you cancelled matches
// context.Canceled. A response with a state that the SDK does not know, or without one,
// ends the wait as ErrUnexpectedResponse.
//
// ctx and [WithTimeout] bound the wait as a whole; with neither it waits for
// ever. A wait that ran out of time matches context.DeadlineExceeded; where the last
// poll failed and no time is left for another, its error is returned at once. Each
// poll has a request id of its own; with [WithRequestID] the first has that, and the
// others have it with "-2", "-3" … behind it. It is safe for concurrent use.
func (s *UsersService) WaitForLogin(ctx context.Context, reqToken Secret, opts ...CallOption) (*LoginStatus, error) {
	k, err := s.statusCall(ctx, reqToken, opts)
	if err != nil {
		return nil, err
	}
	if k.opts.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.opts.timeout)
		defer cancel()
	}
	for wait := firstPollWait; ; wait = min(wait*3/2, lastPollWait) {
		err := k.run(ctx)
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
		pause := max(wait, k.retryAfter)
		if deadline, ok := ctx.Deadline(); ok && err != nil && pause >= time.Until(deadline) {
			return nil, err
		}
		if e := k.pause(ctx, pause); e != nil {
			return nil, e
		}
		if k, err = s.nextPoll(ctx, k, reqToken, opts); err != nil {
			return nil, err
		}
	}
}

// pause waits, or says how the context ended.
func (k *call) pause(ctx context.Context, wait time.Duration) *Error {
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
	return k.contextError()
}

// nextPoll is a call with a request id of its own. What was sent so far is counted
// on.
func (s *UsersService) nextPoll(ctx context.Context, last *call, reqToken Secret, opts []CallOption) (*call, error) {
	poll, err := s.statusCall(ctx, reqToken, opts)
	if err != nil {
		return nil, err
	}
	poll.attempts, poll.timeouts, poll.answer, poll.delivery = last.attempts, last.timeouts, last.answer, last.delivery
	poll.ids.sent = last.ids.sent
	if poll.opts.requestID == "" { // else the ids go on from the last poll's
		poll.ids.before = len(poll.ids.sent)
	}
	poll.ids.current = poll.ids.next()
	return poll, nil
}

func (k *call) pendingTooLong(err error) error {
	if err != nil {
		return err
	}
	return k.newError(failure{
		class:      classPendingTooLong,
		cause:      errors.New("the API asks to wait " + k.retryAfter.String() + ", more than MaxRetryAfter"),
		retryAfter: k.retryAfter,
	})
}
