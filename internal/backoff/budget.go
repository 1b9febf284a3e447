package backoff

import "sync/atomic"

// Budget is a token bucket that bounds the load which retries add in an outage. A retry
// takes its cost; one that succeeds gives it back, and a first attempt that succeeds gives
// a little. Full, it pays for 50 retries: the first calls get all their attempts, and
// 1,000 calls against an API that is down add at most 50 requests. The zero value is full,
// and safe for concurrent use.
type Budget struct {
	spent atomic.Int64 // tokens, from 0 to capacity
}

// In tokens.
const (
	capacity     = 500
	retryCost    = 10
	firstSuccess = 1
)

// Take pays for a retry. It is false, and takes nothing, where too little is left.
func (b *Budget) Take() bool {
	for {
		spent := b.spent.Load()
		if spent+retryCost > capacity {
			return false
		}
		if b.spent.CompareAndSwap(spent, spent+retryCost) {
			return true
		}
	}
}

// Refund gives back what Take took for a retry that was never begun.
func (b *Budget) Refund() { b.giveBack(retryCost) }

// Succeeded gives tokens back after a call that succeeded: a retry's cost, where its last
// attempt was one.
func (b *Budget) Succeeded(retried bool) {
	if retried {
		b.giveBack(retryCost)
		return
	}
	b.giveBack(firstSuccess)
}

func (b *Budget) giveBack(tokens int64) {
	for {
		spent := b.spent.Load()
		if spent == 0 || b.spent.CompareAndSwap(spent, max(0, spent-tokens)) {
			return
		}
	}
}
