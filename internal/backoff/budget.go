package backoff

import (
	"sync"
	"time"
)

// Budget is a token bucket that bounds the load which retries add in an outage. A retry
// takes its cost and gives it back where it was worth its while; a first attempt that
// succeeds gives a little, and time does. Full, it pays for 50 retries: the first calls get
// all their attempts, and 1,000 calls against an API that is down add little more than 50
// requests. Empty, it is full again after 100 seconds without a retry. The zero value is
// full, and safe for concurrent use.
type Budget struct {
	mu    sync.Mutex
	spent int64     // tokens, from 0 to capacity
	since time.Time // up to when time has given tokens back
}

// In tokens, but for refillEvery: one retry's worth comes back in that time.
const (
	capacity     = 500
	retryCost    = 10
	firstSuccess = 1

	refillEvery = 2 * time.Second
)

// Take pays for a retry. It is false, and takes nothing, where too little is left.
func (b *Budget) Take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(time.Now())
	if b.spent+retryCost > capacity {
		return false
	}
	b.spent += retryCost
	return true
}

// refill gives back, in whole tokens, what time has brought.
func (b *Budget) refill(now time.Time) {
	const everyToken = refillEvery / retryCost
	if b.spent == 0 || b.since.IsZero() {
		b.since = now
		return
	}
	tokens := int64(now.Sub(b.since) / everyToken)
	b.since = b.since.Add(time.Duration(tokens) * everyToken)
	b.spent = max(0, b.spent-tokens)
}

// Refund gives a retry's cost back: it was never begun, or the API answered it with
// anything but another failure that is retried.
func (b *Budget) Refund() { b.giveBack(retryCost) }

// FirstSucceeded gives a little back, after a first attempt that succeeded.
func (b *Budget) FirstSucceeded() { b.giveBack(firstSuccess) }

func (b *Budget) giveBack(tokens int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-tokens)
}
