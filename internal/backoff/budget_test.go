package backoff_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		require.Equal(t, whole, takeAll(&b))
		require.False(t, b.Take())
	})
}

func TestARetrysWorthComesBackEveryTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		takeAll(&b)
		time.Sleep(1999 * time.Millisecond)
		require.Zero(t, takeAll(&b))
		time.Sleep(time.Millisecond)
		require.Equal(t, 1, takeAll(&b))
		for range 10 { // asked in between, nothing is lost
			time.Sleep(500 * time.Millisecond)
			b.Refund()
			require.True(t, b.Take())
		}
		require.Equal(t, 2, takeAll(&b))
		time.Sleep(2 * time.Minute)
		require.Equal(t, whole, takeAll(&b), "a quiet one is whole again in two minutes")
	})
}

func TestTimeGivesNothingToAFullBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		require.True(t, b.Take())
		b.Refund()
		time.Sleep(time.Hour)
		require.Equal(t, whole, takeAll(&b))
	})
}

func TestTheBudgetComesBackWithSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		takeAll(&b)
		for range 9 {
			b.FirstSucceeded()
		}
		require.Zero(t, takeAll(&b))
		b.FirstSucceeded()
		require.Equal(t, 1, takeAll(&b), "ten first attempts that succeed pay for a retry")
	})
}

func TestARefundPaysForOneRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		takeAll(&b)
		b.Refund()
		require.Equal(t, 1, takeAll(&b))
	})
}

func TestTheBudgetNeverHoldsMoreThanItsCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff.Budget
		require.True(t, b.Take())
		for range 10_000 {
			b.FirstSucceeded() // first, so that what is left to give back is no whole cost
			b.Refund()
		}
		require.Equal(t, whole, takeAll(&b))
	})
}

func TestTheBudgetHoldsUnderConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
	})
}
