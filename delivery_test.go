package coreapi_test

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestDeliveryIsTheLeastCertainOfAllAttempts(t *testing.T) {
	refused := answer{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	limited := answer{status: 429}
	slow := answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}
	wrong := answer{status: 401, body: codeBody(coreapi.CodeInvalidPassword)}
	for name, test := range map[string]struct {
		answers []answer
		want    coreapi.Delivery
	}{
		"refused":                 {[]answer{refused}, coreapi.DeliveryNotSent},
		"refused, then rejected":  {[]answer{refused, wrong}, coreapi.DeliveryRejected},
		"rejected, then refused":  {[]answer{limited, refused}, coreapi.DeliveryRejected},
		"uncertain, then wrong":   {[]answer{slow, wrong}, coreapi.DeliveryUnknown},
		"uncertain, then refused": {[]answer{slow, refused}, coreapi.DeliveryUnknown},
	} {
		inFakeTime(t, func(t *testing.T) {
			require.Equal(t, test.want, asError(t, post(newClient(t, scripted(test.answers...)))).Delivery, name)
		})
	}
	require.Equal(t, []string{"unknown", "not sent", "rejected", "unknown"},
		[]string{coreapi.DeliveryUnknown.String(), coreapi.DeliveryNotSent.String(), coreapi.DeliveryRejected.String(), coreapi.Delivery(9).String()})
}
