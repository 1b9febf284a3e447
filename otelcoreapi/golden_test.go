package otelcoreapi_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

// wires are ways to a fake in fake time: net/http's own HTTP/1.1 and HTTP/2, over pipes in
// the place of sockets, and the fake's transport.
var wires = map[string]struct {
	protocol string
	start    func(t *testing.T, fake *coreapitest.Server) (base string, transport http.RoundTripper)
}{
	"the fake's transport": {"1.1", func(t *testing.T, fake *coreapitest.Server) (string, http.RoundTripper) {
		return fake.URL, fake.Transport()
	}},
	"HTTP1.1": {"1.1", func(t *testing.T, fake *coreapitest.Server) (string, http.RoundTripper) {
		pipes, _ := serve(t, fake, false)
		return "http://127.0.0.1:8080", &http.Transport{DialContext: pipes.dial}
	}},
	"HTTP2": {"2", func(t *testing.T, fake *coreapitest.Server) (string, http.RoundTripper) {
		pipes, trusted := serve(t, fake, true)
		return "https://example.com", &http.Transport{DialContext: pipes.dial, TLSClientConfig: trusted, ForceAttemptHTTP2: true}
	}},
}

// serve starts a server of net/http on pipes.
func serve(t *testing.T, handler http.Handler, withTLS bool) (*pipes, *tls.Config) {
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = p
	server.EnableHTTP2 = withTLS
	t.Cleanup(server.Close)
	if !withTLS {
		server.Start()
		return p, nil
	}
	server.StartTLS()
	return p, server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
}

// pipes is a net.Listener in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inFakeTime runs f in a bubble where waits take no time.
func inFakeTime(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// exactWaits keeps jitter out of a test: what is left is Retry-After.
var exactWaits = coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 1, MaxBackoff: 1})

func TestGoldenACallThatIsRepeatedTwiceIsTheSameTreeOnEveryWire(t *testing.T) {
	for name, wire := range wires {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				fake := coreapitest.New()
				base, transport := wire.start(t, fake)
				o := newObserved()
				client, err := coreapi.New(base, coreapi.SignedClientKey(fake.ClientKey, fake.PrivateKey), exactWaits,
					coreapi.WithHTTPClient(&http.Client{Transport: transport}), coreapi.WithAttemptTimeout(time.Minute),
					o.option(otelcoreapi.WithPeerName("core-api")))
				require.NoError(t, err)
				session, err := fake.Client().Users.StartLogin(t.Context())
				require.NoError(t, err)
				fake.Inject(
					coreapitest.Fault{Operation: "Users.LoginStatus", Code: coreapi.CodeRequestTimeout, RetryAfter: "2", Delay: time.Second},
					coreapitest.Fault{Operation: "Users.LoginStatus", Status: 503, RetryAfter: "3", Skip: 1})
				_, err = client.Users.LoginStatus(t.Context(), session.ReqToken, coreapi.WithRequestID("golden"))
				require.NoError(t, err)
				client.CloseIdleConnections()
				host, port := hostAndPort(base)
				requireGolden(t, "repeated.golden", strings.NewReplacer(
					"url.full: "+base, "url.full: {base}",
					"server.address: "+host, "server.address: {host}", "server.port: "+port, "server.port: {port}",
					"server.address="+host, "server.address={host}", "server.port="+port, "server.port={port}",
					"network.protocol.version: "+wire.protocol+"\n", "network.protocol.version: {protocol}\n",
					"network.protocol.version="+wire.protocol+",", "network.protocol.version={protocol},",
				).Replace(o.tree(t)))
			})
		})
	}
}

func hostAndPort(base string) (host, port string) {
	scheme, rest, _ := strings.Cut(base, "://")
	if host, port, ok := strings.Cut(rest, ":"); ok {
		return host, port
	}
	return rest, map[string]string{"http": "80", "https": "443"}[scheme]
}

func TestGoldenCallsThatFail(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		fake := coreapitest.New()
		o := newObserved()
		client := fake.Client(exactWaits, o.option())
		fake.Inject(
			coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter},
			coreapitest.Fault{Operation: "Clients.Info", Status: 503, Times: 2},
			coreapitest.Fault{Operation: "Users.StartLogin", Code: coreapi.CodeClientAccountSuspended})
		_, err := client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"}, coreapi.WithRequestID("lost"))
		require.Error(t, err)
		time.Sleep(time.Second)
		_, err = client.Clients.Info(t.Context(), coreapi.WithRequestID("given-up"), coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2}))
		require.Error(t, err)
		time.Sleep(time.Second)
		_, err = client.Users.StartLogin(t.Context(), coreapi.WithRequestID("for-the-admin"))
		require.ErrorIs(t, err, coreapi.ErrContactAdmin)
		time.Sleep(time.Second)
		_, err = client.Devices.Get(t.Context(), "") // refused: nothing is sent
		require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
		requireGolden(t, "failed.golden", o.tree(t))
	})
}

func TestGoldenALoginThatIsWaitedForIsACallAroundItsPolls(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		fake := coreapitest.New()
		o := newObserved()
		client := fake.Client(exactWaits, o.option())
		fake.AddUser(coreapitest.User{Email: "a@example.com", Password: "secret"})
		session, err := fake.Client().Users.StartLogin(t.Context())
		require.NoError(t, err)
		fake.Inject(coreapitest.Fault{Operation: "Users.LoginStatus", Status: 503})
		time.AfterFunc(1200*time.Millisecond, func() { fake.CompleteLogin(session.ReqToken, "a@example.com") })
		_, err = client.Users.WaitForLogin(t.Context(), session.ReqToken, coreapi.WithRequestID("wait"))
		require.NoError(t, err)
		requireGolden(t, "waited.golden", o.tree(t))
	})
}
