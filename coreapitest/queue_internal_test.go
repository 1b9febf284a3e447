package coreapitest

import (
	"fmt"
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
)

func TestTheQueueKeepsTheLastInTheirOrder(t *testing.T) {
	const most = 100
	for _, arrive := range []int{0, 1, most - 1, most, most + 1, 2 * most, 2*most + 10, 10 * most} {
		t.Run(fmt.Sprint(arrive), func(t *testing.T) {
			q := queue[int]{max: most, maxBytes: 1}
			var went []int
			for i := range arrive {
				went = append(went, q.add(i, 0)...)
			}
			kept := q.items()
			require.Len(t, kept, min(arrive, most))
			for i, item := range append(went, kept...) {
				require.Equal(t, i, item, "first those that went, then those that are kept")
			}
		})
	}
}

func TestTheQueueKeepsTheLastItemWhateverItsSize(t *testing.T) {
	q := queue[string]{max: 10, maxBytes: 100}
	q.add("first", 1)
	require.Equal(t, []string{"first"}, q.add("large", 101))
	require.Equal(t, []string{"large"}, q.items())
	require.Equal(t, []string{"large"}, q.add("last", 1))
	require.Equal(t, []string{"last"}, q.items())
	require.Empty(t, q.add("another", 99))
	require.Equal(t, 100, q.bytes)
}

func TestTheQueueHoldsNoMoreThanItReturns(t *testing.T) {
	const most = 1000
	q := queue[*[64]byte]{max: most, maxBytes: 1}
	var added []weak.Pointer[[64]byte]
	for range 2*most - 1 {
		item := new([64]byte)
		added = append(added, weak.Make(item))
		q.add(item, 0)
	}
	runtime.GC()
	held := 0
	for _, item := range added {
		if item.Value() != nil {
			held++
		}
	}
	require.Equal(t, most, held)
	require.Len(t, q.items(), most)
}
