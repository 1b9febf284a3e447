package coreapi_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAFailedOrCancelledCallCostsAtMostItsOwnConnection(t *testing.T) {
	for name, transport := range map[string]*http.Transport{"default transport": nil, "caller's shared client": {MaxIdleConnsPerHost: 10}} {
		for kind, path := range map[string]string{"failed": "/fail", "cancelled": "/hang", "unexpected": "/odd", "too large": "/large"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				var both sync.WaitGroup
				server, connections := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/both": // two at once, so two connections
						both.Done()
						both.Wait()
						_, _ = io.WriteString(w, "{}")
					case "/ok":
						_, _ = io.WriteString(w, "{}")
					case "/fail":
						w.WriteHeader(http.StatusBadRequest)
						_, _ = io.WriteString(w, codeBody(coreapi.CodeInvalidPassword))
					case "/odd":
						_, _ = io.WriteString(w, "[]")
					case "/large":
						_, _ = w.Write(make([]byte, 100<<10))
					case "/hang":
						<-r.Context().Done()
					}
				})
				opts := []coreapi.Option{coreapi.WithMaxResponseBytes(10 << 10)}
				if transport != nil {
					opts = append(opts, coreapi.WithHTTPClient(&http.Client{Transport: transport}))
					t.Cleanup(transport.CloseIdleConnections)
				}
				c := realClient(t, server, opts...)
				call := func(ctx context.Context, path string) error {
					_, err := coreapi.Do[map[string]any](ctx, c, coreapi.Request{Path: path})
					return err
				}
				for range 20 {
					both.Add(2)
					var wg sync.WaitGroup
					for range 2 {
						wg.Go(func() {
							if err := call(context.Background(), "/both"); err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
					ctx, cancel := context.WithCancel(context.Background())
					if kind == "cancelled" {
						ctx, cancel = context.WithTimeout(context.Background(), 2*time.Millisecond)
					}
					require.Error(t, call(ctx, path))
					cancel()
					before := connections.Load()
					require.NoError(t, call(context.Background(), "/ok"))
					require.Equal(t, before, connections.Load(), "the other idle connection is used")
				}
			})
		}
	}
}

func TestErrorResponsesKeepTheirConnection(t *testing.T) {
	server, connections := countingServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(make([]byte, 64<<10))
	})
	c := realClient(t, server)
	for range 10 {
		require.ErrorIs(t, get(c), coreapi.ErrUnknownCode)
	}
	require.EqualValues(t, 1, connections.Load())
}

func TestTheKeyNeverFollowsARedirect(t *testing.T) {
	var reached atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer other.Close()
	server, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", other.URL+"/?token=in-location")
		if r.URL.Query().Has("malformed") {
			w.Header().Set("Location", "http://[::1/%zz?token=in-location")
		}
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := realClient(t, server)
	for _, query := range []url.Values{nil, {"malformed": {"1"}}} {
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x", Query: query})
		requireMatchesExactly(t, err, coreapi.ErrRedirect)
		require.NotContains(t, everyVerb(err), "in-location")
	}
	require.False(t, reached.Load())
}

func TestARefusedCONNECTIsAConnectionThatWasNeverMadeAndIsNotRetried(t *testing.T) {
	var asked atomic.Int64
	proxy, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Error(w, "no", http.StatusProxyAuthRequired)
	})
	proxyURL, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	transport := coreapi.DefaultTransport(30 * time.Second)
	transport.Proxy = http.ProxyURL(proxyURL)
	defer transport.CloseIdleConnections()
	c := newClient(t, transport)
	err = post(c, coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, BaseBackoff: 1}))
	require.EqualValues(t, 1, asked.Load(), "what a proxy refuses is not retried")
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
	require.Contains(t, err.Error(), "refused by the proxy: the proxy answered 407 Proxy Authentication Required")
	require.Contains(t, err.Error(), "Check the proxy's settings")
}

func TestACertificateThatIsNotAcceptedSendsNothingAndIsNotRetried(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	err := get(realClient(t, server))
	e := asError(t, err)
	require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
	require.Equal(t, 1, e.Attempts)
	require.False(t, coreapi.IsRetryable(err))
	var verification *tls.CertificateVerificationError
	require.ErrorAs(t, err, &verification)
}

func TestHTTP2WorksWithTheDefaultTransport(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q}`, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c := realClient(t, server)
	transport := coreapi.TransportOf(c).(*http.Transport)
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	info, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0", info.ID)
}

func TestAPostOnAConnectionThatDiedIsNotSentTwice(t *testing.T) {
	var arrived atomic.Int64
	base := rawServer(t, func(net.Conn) { arrived.Add(1) }) // reads the request, then closes
	c, err := coreapi.New(base, coreapi.ClientKey(testKey))
	require.NoError(t, err)
	err = post(c)
	require.EqualValues(t, 1, arrived.Load())
	require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
	require.ErrorIs(t, err, io.EOF)
}
