package coreapitest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLastHundredThousandRequestIDsAreRemembered(t *testing.T) {
	ids := newRequestIDs()
	for i := range maxRequestIDs {
		if !ids.use(strconv.Itoa(i)) {
			t.Fatalf("the id %d was never used", i)
		}
	}
	require.False(t, ids.use("0"), "the oldest is remembered still")
	for i := range maxRequestIDs + 10 {
		if !ids.use("new-" + strconv.Itoa(i)) {
			t.Fatalf("the id new-%d was never used", i)
		}
		if len(ids.known) > maxRequestIDs || len(ids.order) > maxRequestIDs {
			t.Fatalf("%d ids are kept", len(ids.known))
		}
	}
	require.True(t, ids.use("0"), "it is forgotten")
	require.True(t, ids.use("new-9"))
	require.False(t, ids.use("new-"+strconv.Itoa(maxRequestIDs+9)))
}
