//go:build faultmatrix

package coreapi_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// faultServer is what one call of the fault matrix has to itself: a server on loopback
// that misbehaves, and the SDK's own transport, which counts its connections.
type faultServer struct {
	transport *http.Transport
	base      string

	seen      atomic.Int64 // requests that arrived whole
	elsewhere atomic.Int64 // connections to where a redirect leads
	dialled   atomic.Int64 // connections that the client opened
	open      atomic.Int64 // those of them that it has not closed
	repeated  atomic.Int64 // requests that arrived with an id that had arrived before, over HTTP/1
	handed    atomic.Int64 // the same, of those that the SDK handed to its transport

	mu                    sync.Mutex
	arrivedIDs, handedIDs map[string]bool
	conns                 map[net.Conn]bool
	closing               []func()
	running               sync.WaitGroup
}

func (s *faultServer) dialWith(d *net.Dialer) {
	s.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		s.dialled.Add(1)
		s.open.Add(1)
		return &countedConn{Conn: conn, open: &s.open}, nil
	}
}

// countRepeat counts a request whose id is among ids already.
func (s *faultServer) countRepeat(ids map[string]bool, r *http.Request, repeated *atomic.Int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.Header.Get("X-Request-Id")
	if ids[id] {
		repeated.Add(1)
	}
	ids[id] = true
}

// close closes every listener and connection, and waits for their goroutines.
func (s *faultServer) close() {
	s.mu.Lock()
	closing := s.closing
	for conn := range s.conns {
		closing = append(closing, func() { conn.Close() })
	}
	s.mu.Unlock()
	for _, f := range closing {
		f()
	}
	s.running.Wait()
}

// listen hands each connection to serve, in a goroutine, and closes it after.
func (s *faultServer) listen(t testing.TB, serve func(net.Conn)) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.closing = append(s.closing, func() { listener.Close() })
	s.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			s.running.Go(func() {
				serve(conn)
				conn.Close()
				s.mu.Lock()
				delete(s.conns, conn)
				s.mu.Unlock()
			})
		}
	})
	return listener.Addr()
}

// serveInTurn serves every request of every connection with the step of its turn, the
// last one for ever.
func (s *faultServer) serveInTurn(turns ...serverStep) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for s.readRequest(in) {
			n := min(int(s.seen.Load()), len(turns))
			turns[n-1](conn)
			if n == len(turns) {
				return
			}
		}
	}
}

// readRequest reads a whole request and counts it.
func (s *faultServer) readRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return false
	}
	s.seen.Add(1)
	s.countRepeat(s.arrivedIDs, r, &s.repeated)
	return true
}

func newFaultServer() *faultServer {
	s := &faultServer{transport: coreapi.DefaultTransport(30 * time.Second), conns: map[net.Conn]bool{}, arrivedIDs: map[string]bool{}, handedIDs: map[string]bool{}}
	s.transport.Proxy = nil
	s.transport.TLSClientConfig = &tls.Config{RootCAs: trustedAuthority().pool}
	s.dialWith(&net.Dialer{Timeout: 10 * time.Second})
	return s
}

// countingTransport counts request ids that the SDK hands to its transport again.
type countingTransport struct {
	*http.Transport
	server *faultServer
}

func (c countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.server.countRepeat(c.server.handedIDs, r, &c.server.handed)
	return c.Transport.RoundTrip(r)
}

type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed sync.Once
}

func (c *countedConn) Close() error {
	c.closed.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// serverStep is what a server does on a connection: see faultmatrix_steps_test.go.
type serverStep func(net.Conn)

// serverSetup is a way to set a server up. It sets s.base.
type serverSetup func(t testing.TB, s *faultServer)

// overHTTP answers each request with steps, over HTTP/1, and closes.
func overHTTP(steps ...serverStep) serverSetup { return answersInTurn(inOrder(steps...)) }

// answersInTurn answers the first request with the first step, and so on.
func answersInTurn(turns ...serverStep) serverSetup {
	return func(t testing.TB, s *faultServer) {
		s.base = "http://" + s.listen(t, s.serveInTurn(turns...)).String()
	}
}

// beforeAnyRequest begins before any request is read.
func beforeAnyRequest(steps ...serverStep) serverSetup {
	return func(t testing.TB, s *faultServer) {
		s.base = "https://" + s.listen(t, inOrder(steps...)).String()
	}
}

// overTLS serves over TLS what overHTTP serves.
func overTLS(config func() *tls.Config, steps ...serverStep) serverSetup {
	return func(t testing.TB, s *faultServer) {
		serve := s.serveInTurn(inOrder(steps...))
		s.base = "https://" + s.listen(t, func(conn net.Conn) { serve(tls.Server(conn, config())) }).String()
	}
}

// redirectTo redirects to what location makes of the server's own address and that
// of another one.
func redirectTo(location func(here, elsewhere string) string, status string) serverSetup {
	return func(t testing.TB, s *faultServer) {
		elsewhere := s.listen(t, func(net.Conn) { s.elsewhere.Add(1) }).String()
		s.base = "http://" + s.listen(t, func(conn net.Conn) {
			to := location(conn.LocalAddr().String(), elsewhere)
			s.serveInTurn(write("HTTP/1.1 " + status + "\r\nLocation: " + to + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))(conn)
		}).String()
	}
}

// refusedPort is an address that nothing listens on any more.
func refusedPort(t testing.TB, s *faultServer) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.base = "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
}

// dnsServer resolves by a DNS server on loopback that does to each query what answer
// says; nil: nothing.
func dnsServer(answer func(query []byte) []byte) serverSetup {
	return func(t testing.TB, s *faultServer) {
		server, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		s.closing = append(s.closing, func() { server.Close() })
		s.running.Go(func() {
			packet := make([]byte, 1500)
			for {
				n, from, err := server.ReadFrom(packet)
				if err != nil {
					return
				}
				if reply := answer(packet[:n]); reply != nil {
					_, _ = server.WriteTo(reply, from)
				}
			}
		})
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "udp", server.LocalAddr().String())
			if err == nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.conns[conn] = true // package net waits on it for 5 s, whatever the context says
			}
			return conn, err
		}}
		s.dialWith(&net.Dialer{Resolver: resolver})
		s.base = "http://nonexistent.invalid"
	}
}

// noSuchName sets the flags of a response and the code of NXDOMAIN (RFC 1035,
// section 4.1.1).
func noSuchName(query []byte) []byte {
	query[2], query[3] = query[2]|0x80, 0x83
	return query
}

func noReply([]byte) []byte { return nil }
