package coreapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestACallThatGotNoConnectionFromAFullPoolSentNothing(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server, seen := countingServer(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = w.Write([]byte("{}"))
	})
	transport := &http.Transport{MaxConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	c, err := coreapi.New(server.URL, coreapi.ClientKey(testKey), coreapi.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	first := make(chan error, 1)
	go func() { first <- post(c) }()
	<-arrived
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
	require.True(t, coreapi.IsRetryable(err))
	err = post(c, coreapi.WithAttemptTimeout(20*time.Millisecond), coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 3, BaseBackoff: 1, MaxBackoff: 1}))
	require.Equal(t, 3, asError(t, err).Attempts, "by whichever timeout, it is tried again")
	require.Equal(t, "not_connected", asError(t, err).Class())
	require.True(t, asError(t, err).Timeout())
	close(release)
	require.NoError(t, <-first)
	require.EqualValues(t, 1, seen.Load())
}
