package coreapi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeliveriesCombineToTheLessCertainInAnyOrder(t *testing.T) {
	all := []Delivery{DeliveryUnknown, DeliveryNotSent, DeliveryRejected}
	for _, a := range all {
		for _, b := range all {
			require.Equal(t, combine(a, b), combine(b, a))
		}
		require.Equal(t, a, combine(a, DeliveryNotSent))
		require.Equal(t, DeliveryUnknown, combine(a, DeliveryUnknown))
	}
}
