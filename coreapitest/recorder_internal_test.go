package coreapitest

import (
	"fmt"
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
)

func TestTheRecorderKeepsTheOrder(t *testing.T) {
	for _, arrive := range []int{0, 1, maxRecorded - 1, maxRecorded, maxRecorded + 1, 2 * maxRecorded, 2*maxRecorded + 10} {
		t.Run(fmt.Sprint(arrive), func(t *testing.T) {
			var r recorder
			for i := range arrive {
				r.add(Recorded{Path: fmt.Sprint(i)})
			}
			got := r.copies()
			require.Len(t, got, min(arrive, maxRecorded))
			for i := range got {
				if want := fmt.Sprint(arrive - len(got) + i); got[i].Path != want {
					t.Fatalf("request %d is %q, want %q", i, got[i].Path, want)
				}
			}
		})
	}
}

func TestTheRecorderKeepsTheLastRequestWhateverItsSize(t *testing.T) {
	var r recorder
	r.add(Recorded{Path: "first"})
	r.add(Recorded{Body: make([]byte, maxRecordedBytes+1)})
	require.Len(t, r.copies(), 1)
	require.Len(t, r.copies()[0].Body, maxRecordedBytes+1)
	r.add(Recorded{Path: "last"})
	require.Len(t, r.copies(), 1)
	require.Equal(t, "last", r.copies()[0].Path)
}

func TestTheRecorderHoldsNoMoreThanItReturns(t *testing.T) {
	const bodySize = 64 // each body is an allocation of its own
	var r recorder
	var bodies []weak.Pointer[byte]
	for range 2*maxRecorded - 1 {
		body := make([]byte, bodySize)
		bodies = append(bodies, weak.Make(&body[0]))
		r.add(Recorded{Body: body})
	}
	runtime.GC()
	held := 0
	for i := range bodies {
		if bodies[i].Value() != nil {
			held++
		}
	}
	require.Equal(t, maxRecorded, held)
	require.Len(t, r.copies(), maxRecorded)
}
