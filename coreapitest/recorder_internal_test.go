package coreapitest

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
)

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
