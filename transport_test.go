package coreapi

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// realClient is a Client of a real server.
func realClient(t testing.TB, server *httptest.Server, opts ...Option) *Client {
	t.Helper()
	c, err := New(server.URL, ClientKey(testKey), opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// countingServer counts the connections that it accepts.
func countingServer(t testing.TB, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &connections
}

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
						_, _ = io.WriteString(w, codeBody(CodeInvalidPassword))
					case "/odd":
						_, _ = io.WriteString(w, "[]")
					case "/large":
						_, _ = w.Write(make([]byte, 100<<10))
					case "/hang":
						<-r.Context().Done()
					}
				})
				opts := []Option{WithMaxResponseBytes(10 << 10)}
				if transport != nil {
					opts = append(opts, WithHTTPClient(&http.Client{Transport: transport}))
					t.Cleanup(transport.CloseIdleConnections)
				}
				c := realClient(t, server, opts...)
				call := func(ctx context.Context, path string) error {
					_, err := Do[map[string]any](ctx, c, Request{Path: path})
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
		require.ErrorIs(t, get(c), ErrUnknownCode)
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
		_, err := Do[RawJSON](context.Background(), c, Request{Path: "/x", Query: query})
		requireMatchesExactly(t, err, ErrRedirect)
		require.NotContains(t, everyVerb(err), "in-location")
	}
	require.False(t, reached.Load())
}

// rawServer answers each connection with bytes of its own.
func rawServer(t testing.TB, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					answer(conn)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestTextThatNetHTTPQuotesFromAResponseIsTakenOff(t *testing.T) {
	for name, response := range map[string]string{
		"status line":          "HTTP/1.1 " + canary + "\r\n\r\n",
		"not HTTP":             canary + "\r\n\r\n",
		"version":              "HTTP/" + canary + " 200 OK\r\n\r\n",
		"header line":          "HTTP/1.1 302 Found\r\nLocation https://x/?token=" + canary + "\r\n\r\n",
		"header name":          "HTTP/1.1 302 Found\r\n" + canary + " x: y\r\n\r\n",
		"content length":       "HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n",
		"content lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2" + canary + "\r\n\r\n",
		"transfer encoding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"chunk length":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
		"chunked trailer line": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + canary + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, response) }), ClientKey(testKey))
			require.NoError(t, err)
			err = get(c, WithRetryPolicy(NoRetry()))
			shown := everyVerb(err) + asError(t, err).Report()
			for _, cause := range flatten(err) {
				shown += everyVerb(cause)
			}
			require.NotContains(t, shown, canary)
		})
	}
}

// flatten lists an error's whole tree.
func flatten(err error) []error {
	all := []error{err}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		if inner := wrapper.Unwrap(); inner != nil {
			all = append(all, flatten(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			all = append(all, flatten(inner)...)
		}
	}
	return all
}

func TestURLsAreTakenOffCauses(t *testing.T) {
	inner := errors.New("broken pipe")
	withURL := &url.Error{Op: "Get", URL: "https://u:pw@host/x?token=" + canary, Err: inner}
	for _, cause := range []error{withURL, fmt.Errorf("proxying: %w", withURL), errors.Join(errors.New("first"), withURL), &url.Error{URL: canary, Err: withURL}, &url.Error{URL: canary}} {
		err := get(newClient(t, scripted(answer{err: cause})), WithRetryPolicy(NoRetry()))
		for _, e := range flatten(err) {
			require.NotContains(t, everyVerb(e), canary)
		}
		if !errors.Is(cause, inner) {
			continue
		}
		require.ErrorIs(t, err, inner)
	}
	own := errors.New(`no route for "x"`)
	require.ErrorIs(t, get(newClient(t, scripted(answer{err: own})), WithRetryPolicy(NoRetry())), own, "a caller's own error is left as it is")
	protocol := textproto.ProtocolError("malformed MIME header line: " + canary)
	require.NotContains(t, get(newClient(t, scripted(answer{err: protocol})), WithRetryPolicy(NoRetry())).Error(), canary)
}

func TestATransportsTimeoutIsNotTheCallersDeadline(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: &timeoutLikeNets{}}
	err := get(newClient(t, scripted(answer{err: dial})), WithRetryPolicy(NoRetry()))
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, asError(t, err).Timeout())
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	err = get(newClient(t, scripted(answer{err: context.Canceled})), WithRetryPolicy(NoRetry()))
	require.NotErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrClientClosedRequest)
}

// timeoutLikeNets claims to be a deadline, as package net's timeout does.
type timeoutLikeNets struct{}

func (*timeoutLikeNets) Error() string        { return "i/o timeout" }
func (*timeoutLikeNets) Timeout() bool        { return true }
func (*timeoutLikeNets) Is(target error) bool { return target == context.DeadlineExceeded }

func TestARefusedCONNECTIsAConnectionThatWasNeverMade(t *testing.T) {
	var asked atomic.Int64
	proxy, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Error(w, "no", http.StatusProxyAuthRequired)
	})
	proxyURL, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	transport := defaultTransport()
	transport.Proxy = http.ProxyURL(proxyURL)
	defer transport.CloseIdleConnections()
	c := newClient(t, transport)
	err = post(c, WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseBackoff: 1}))
	require.EqualValues(t, 2, asked.Load())
	require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
	require.Contains(t, err.Error(), "no connection")
}

func TestACertificateThatIsNotAcceptedSendsNothingAndIsNotRetried(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	err := get(realClient(t, server))
	e := asError(t, err)
	require.Equal(t, DeliveryNotSent, e.Delivery)
	require.Equal(t, 1, e.Attempts)
	require.False(t, IsRetryable(err))
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
	transport := c.core().transport.(*http.Transport)
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	info, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0", info.ID)
}

func TestAPostOnAConnectionThatDiedIsNotSentTwice(t *testing.T) {
	var arrived atomic.Int64
	base := rawServer(t, func(net.Conn) { arrived.Add(1) }) // reads the request, then closes
	c, err := New(base, ClientKey(testKey))
	require.NoError(t, err)
	err = post(c)
	require.EqualValues(t, 1, arrived.Load())
	require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
	require.ErrorIs(t, err, io.EOF)
}

func TestGzipIsBoundedByTheLimitAfterDecompression(t *testing.T) {
	server, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/lies" {
			_, _ = io.WriteString(w, "this is not gzip at all, whatever its header says")
			return
		}
		writeBomb(w)
	})
	c := realClient(t, server, WithMaxResponseBytes(1<<20))
	_, err := Do[map[string]any](context.Background(), c, Request{Path: "/bomb"})
	requireMatchesExactly(t, err, ErrResponseTooLarge)
	_, err = Do[map[string]any](context.Background(), c, Request{Path: "/lies"})
	requireMatchesExactly(t, err, ErrUnexpectedResponse)
	require.Equal(t, 1, asError(t, err).Attempts)
}
