// Package failsafedevices saves devices through failsafe-go: a retry policy and two circuit
// breakers, in the process. Nothing here outlives the process, so the work stays with its
// caller, who keeps what Save did not finish. Copy it; docs/durable.md has the decisions.
package failsafedevices

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/fypass/coreapi-go"
)

// The figures of the policies.
const (
	maxAttempts   = 4 // of one Save. The SDK makes one each time, so that 4 stay 4
	baseBackoff   = time.Second
	maxBackoff    = 20 * time.Second
	maxRetryAfter = time.Minute // asked for more: Save ends, and its caller keeps the work

	unreachableAfter = 5                // attempts in a row that got no connection
	unreachableFor   = 10 * time.Second // then nothing is tried for so long
	noAccessFor      = 5 * time.Minute  // after a client's code: then one Save is the probe
)

// Work is a device to save. It is used by one goroutine at a time.
type Work struct {
	Device coreapi.DeviceInfo

	// MaybeSaved: an earlier attempt may have saved it. Save sets it after an attempt. Where the
	// work is on disk, set it there before Save: a process may die with no error at all.
	MaybeSaved bool
}

// Saver saves the devices of one client, which is who its circuit breakers are for. It is safe
// for concurrent use.
type Saver struct {
	api      *coreapi.Client
	handOver func(*coreapi.Error)
	policies failsafe.Executor[any]
	account  circuitbreaker.CircuitBreaker[any] // open: the client has no access
	reported atomic.Bool                        // that the client has no access
}

// New returns a Saver. handOver sends an error's Report to the API's admin; it is called from
// Save, once each time that the client loses its access, and must not block for long.
func New(api *coreapi.Client, handOver func(*coreapi.Error)) *Saver {
	s := &Saver{api: api, handOver: handOver}
	retry := retrypolicy.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool { return repeatable(err) }).
		AbortIf(func(_ any, err error) bool { return retryAfter(err) > maxRetryAfter }).
		WithMaxAttempts(maxAttempts).
		WithDelayFunc(wait).
		ReturnLastFailure().
		Build()
	s.account = circuitbreaker.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool {
			// The probe counts only where the API answered it: no connection proves no access.
			return clientStopped(err) || s.account.IsHalfOpen() && err != nil && coreapi.CodeOf(err) == ""
		}).
		WithDelay(noAccessFor).
		OnClose(func(circuitbreaker.StateChangedEvent) { s.reported.Store(false) }).
		Build()
	network := circuitbreaker.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool { return notConnected(err) }).
		WithFailureThreshold(unreachableAfter).
		WithSuccessThreshold(1).
		WithDelay(unreachableFor).
		Build()
	s.policies = failsafe.With[any](retry, s.account, network) // the first is the outermost
	return s
}

// Save saves the device, in up to four attempts. nil: it is saved. Otherwise Keep tells whether
// the work is to be kept for later. The error is a *coreapi.Error, the context's, or
// circuitbreaker.ErrOpen where nothing was sent.
func (s *Saver) Save(ctx context.Context, w *Work) error {
	timeouts := 0
	return s.policies.WithContext(ctx).Run(func() error {
		err := s.attempt(ctx, w)
		var e *coreapi.Error
		if !errors.As(err, &e) {
			return err
		}
		if e.Code == coreapi.CodeRequestTimeout {
			timeouts++ // the SDK cannot count them over calls of one attempt
		}
		switch {
		case clientStopped(e):
			if s.reported.CompareAndSwap(false, true) {
				s.handOver(e)
			}
		case errors.Is(e, coreapi.ErrContactAdmin), e.Code == coreapi.CodeRequestTimeout && timeouts == 2:
			s.handOver(e)
		}
		return err
	})
}

// attempt is one request. A repeated one is the look: where deviceIds are unique, DUPLICATE_KEY
// after an attempt that may have been acted on means that the device is saved.
func (s *Saver) attempt(ctx context.Context, w *Work) error {
	_, err := s.api.Devices.Save(ctx, w.Device, coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if w.MaybeSaved && errors.Is(err, coreapi.ErrDuplicateKey) {
		return nil
	}
	var e *coreapi.Error
	if errors.As(err, &e) {
		w.MaybeSaved = w.MaybeSaved || e.Delivery == coreapi.DeliveryUnknown
	}
	return err
}

// Keep reports whether work for which Save returned err is to be saved later. false: never,
// for the reason that coreapi.GuidanceFor gives; or err is nil.
func Keep(err error) bool {
	var e *coreapi.Error
	return repeatable(err) || clientStopped(err) || errors.As(err, &e) && deploymentFault(e) ||
		errors.Is(err, circuitbreaker.ErrOpen) || // nothing was sent
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) // this process stops
}

// repeatable: at once, but for the backoff.
func repeatable(err error) bool {
	g, _ := coreapi.GuidanceFor(err)
	return coreapi.IsRetryable(err) || g.Action == coreapi.ActionLook
}

// clientStopped: the API refuses this client, whatever it asks.
func clientStopped(err error) bool {
	return errors.Is(err, coreapi.ErrContactAdmin) && !errors.Is(err, coreapi.ErrUserAccount) &&
		!errors.Is(err, coreapi.ErrRequestTimeout)
}

// deploymentFault: a key, a certificate, the proxy or the base URL here is wrong. That says nothing about the work.
func deploymentFault(e *coreapi.Error) bool {
	class, status := e.Class(), e.StatusCode
	return class == "auth" || class == "tls" || class == "proxy" || class == "redirect" ||
		class == "unknown_code" && (status == 401 || status == 403 || status == 404) // without a documented code
}

func notConnected(err error) bool {
	var e *coreapi.Error
	return errors.As(err, &e) && e.Class() == "not_connected"
}

func retryAfter(err error) time.Duration {
	var e *coreapi.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.RetryAfter
}

// wait is what the API asked for, and a backoff with full jitter on top.
func wait(exec failsafe.ExecutionAttempt[any]) time.Duration {
	most := min(maxBackoff, baseBackoff<<min(exec.Retries(), 10))
	return retryAfter(exec.LastError()) + rand.N(most)
}
