package coreapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestNilContextsAndClientsAreRefused(t *testing.T) {
	var nilContext context.Context
	var typedNil *valueContext
	c := newClient(t, scripted(answer{}))
	for _, ctx := range []context.Context{nilContext, typedNil} {
		_, err := c.Clients.Info(ctx)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	}
	ctx := context.Background()
	var zero coreapi.Client
	for _, none := range []*coreapi.Client{nil, &zero} {
		_, err := coreapi.Do[coreapi.RawJSON](ctx, none, coreapi.Request{Path: "/x"})
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		none.CloseIdleConnections()
	}
	var (
		clients *coreapi.ClientsService
		users   *coreapi.UsersService
		devices *coreapi.DevicesService
	)
	for _, call := range []func() error{
		func() error { _, err := clients.Info(ctx); return err },
		func() error { _, err := users.StartLogin(ctx); return err },
		func() error { _, err := users.WaitForLogin(ctx, "t"); return err },
		func() error {
			_, err := users.Login(ctx, coreapi.LoginRequest{Email: "e", Password: "p"})
			return err
		},
		func() error { _, err := devices.Get(ctx, "i"); return err },
		func() error {
			_, err := (&coreapi.DevicesService{}).Save(ctx, coreapi.DeviceInfo{DeviceID: "d"})
			return err
		},
	} {
		requireMatchesExactly(t, call(), coreapi.ErrInvalidArgument)
	}
}

type valueContext struct{ context.Context }

func TestCallersHTTPClientIsNeverChangedAndItsJarAndRedirectsNotUsed(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := scripted(answer{status: 302, header: http.Header{"Location": {"/elsewhere"}, "Set-Cookie": {"a=b"}}})
	caller := &http.Client{Transport: s, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { t.Error("not used"); return nil }}
	before := *caller
	c, err := coreapi.New(testBase, coreapi.ClientKey(testKey), coreapi.WithHTTPClient(caller))
	require.NoError(t, err)
	require.ErrorIs(t, get(c), coreapi.ErrRedirect)
	require.ErrorIs(t, get(c), coreapi.ErrRedirect)
	require.Empty(t, s.sent[1].header.Get("Cookie"))
	require.Equal(t, fmt.Sprintf("%p %p %v", before.Transport, before.CheckRedirect, before.Timeout),
		fmt.Sprintf("%p %p %v", caller.Transport, caller.CheckRedirect, caller.Timeout))
	require.Same(t, jar, caller.Jar)
}

func TestNilHTTPClientAndLoggerMeanTheDefault(t *testing.T) {
	c, err := coreapi.New(testBase, coreapi.ClientKey(testKey), coreapi.WithHTTPClient(nil), coreapi.WithLogger(nil))
	require.NoError(t, err)
	transport, ok := coreapi.TransportOf(c).(*http.Transport)
	require.True(t, ok)
	require.NotSame(t, http.DefaultTransport, transport)
	require.GreaterOrEqual(t, transport.MaxIdleConnsPerHost, 100)
	require.NotZero(t, transport.TLSHandshakeTimeout)
	require.True(t, transport.ForceAttemptHTTP2)
	require.NotNil(t, transport.Proxy)
	require.NotNil(t, transport.DialContext)
	c.CloseIdleConnections()
}

func TestWorksWithHTTPMock(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", testBase+"/client", httpmock.NewStringResponder(200, `{"id":"c1","name":"Shop","status":"active","plan":9007199254740993}`))
	info, err := newClient(t, mock).Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "Shop", info.Name)
	require.Contains(t, string(info.Raw), "9007199254740993")
	require.Equal(t, 1, mock.GetTotalCallCount())
	_, err = newClient(t, mock).Devices.Get(context.Background(), "d", coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.ErrorIs(t, err, httpmock.NoResponderFound, "a transport's own error is found")
}
