package backoff_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/backoff"
)

// whole is how many retries a full budget pays for.
const whole = 50

// takeAll takes what is left, and returns how many retries that was.
func takeAll(b *backoff.Budget) int {
	n := 0
	for b.Take() {
		n++
	}
	return n
}

func TestAFullBudgetPaysForFiftyRetries(t *testing.T) {
	var b backoff.Budget
	require.Equal(t, whole, takeAll(&b))
	require.False(t, b.Take())
}

func TestTheBudgetComesBackWithSuccess(t *testing.T) {
	var b backoff.Budget
	takeAll(&b)
	b.Succeeded(true)
	require.Equal(t, 1, takeAll(&b), "a retry that succeeds gives its cost back")
	for range 9 {
		b.Succeeded(false)
	}
	require.Zero(t, takeAll(&b))
	b.Succeeded(false)
	require.Equal(t, 1, takeAll(&b), "ten first attempts that succeed pay for a retry")
}

func TestARefundPaysForOneRetry(t *testing.T) {
	var b backoff.Budget
	takeAll(&b)
	b.Refund()
	require.Equal(t, 1, takeAll(&b))
}

func TestTheBudgetNeverHoldsMoreThanItsCapacity(t *testing.T) {
	var b backoff.Budget
	require.True(t, b.Take())
	for range 10_000 {
		b.Succeeded(false) // first, so that what is left to give back is no whole cost
		b.Succeeded(true)
		b.Refund()
	}
	require.Equal(t, whole, takeAll(&b))
}

func TestTheBudgetHoldsUnderConcurrency(t *testing.T) {
	var b backoff.Budget
	var wg sync.WaitGroup
	taken := make([]int, 64)
	for i := range taken {
		wg.Go(func() { taken[i] = takeAll(&b) })
	}
	wg.Wait()
	total := 0
	for _, n := range taken {
		total += n
	}
	require.Equal(t, whole, total)
	for range whole {
		wg.Go(b.Refund)
	}
	wg.Wait()
	require.Equal(t, whole, takeAll(&b))
}
