package coreapi

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is what one cell of the fault matrix runs in: a server on loopback that
// misbehaves, and the SDK's own transport, which counts its connections.
type world struct {
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

func newWorld() *world {
	w := &world{transport: defaultTransport(), conns: map[net.Conn]bool{}, arrivedIDs: map[string]bool{}, handedIDs: map[string]bool{}}
	w.transport.Proxy = nil
	w.transport.TLSClientConfig = &tls.Config{RootCAs: theAuthority().pool}
	w.dialWith(&net.Dialer{Timeout: 10 * time.Second})
	return w
}

func (w *world) dialWith(d *net.Dialer) {
	w.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w.dialled.Add(1)
		w.open.Add(1)
		return &countedConn{Conn: conn, open: &w.open}, nil
	}
}

// counting is the world's transport as the SDK has it.
type counting struct {
	*http.Transport
	world *world
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.world.note(c.world.handedIDs, r, &c.world.handed)
	return c.Transport.RoundTrip(r)
}

// note counts a request whose id is among ids already.
func (w *world) note(ids map[string]bool, r *http.Request, repeated *atomic.Int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := r.Header.Get("X-Request-Id")
	if ids[id] {
		repeated.Add(1)
	}
	ids[id] = true
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

// end closes every server and connection of the world, and waits for their
// goroutines.
func (w *world) end() {
	w.mu.Lock()
	closing := w.closing
	for conn := range w.conns {
		closing = append(closing, func() { conn.Close() })
	}
	w.mu.Unlock()
	for _, f := range closing {
		f()
	}
	w.running.Wait()
}

// listen hands each connection to serve, in a goroutine, and closes it after.
func (w *world) listen(t testing.TB, serve func(net.Conn)) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.closing = append(w.closing, func() { listener.Close() })
	w.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			w.conns[conn] = true
			w.mu.Unlock()
			w.running.Go(func() {
				serve(conn)
				conn.Close()
				w.mu.Lock()
				delete(w.conns, conn)
				w.mu.Unlock()
			})
		}
	})
	return listener.Addr()
}

// step is what a server does on a connection.
type step func(net.Conn)

// each serves every request of every connection with the step of its turn, the
// last one for ever.
func (w *world) each(turns ...step) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for w.arrived(in) {
			n := min(int(w.seen.Load()), len(turns))
			turns[n-1](conn)
			if n == len(turns) {
				return
			}
		}
	}
}

// arrived reads a whole request and counts it.
func (w *world) arrived(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return false
	}
	w.seen.Add(1)
	w.note(w.arrivedIDs, r, &w.repeated)
	return true
}

// The ways to set a world up. Each makes w.base.
type setup func(t testing.TB, w *world)

// plain answers each request with steps, over HTTP/1, and closes.
func plain(steps ...step) setup { return turns(inOrder(steps...)) }

// turns answers the first request with the first step, and so on.
func turns(turns ...step) setup {
	return func(t testing.TB, w *world) {
		w.base = "http://" + w.listen(t, w.each(turns...)).String()
	}
}

// atOnce begins before any request is read.
func atOnce(steps ...step) setup {
	return func(t testing.TB, w *world) {
		w.base = "https://" + w.listen(t, inOrder(steps...)).String()
	}
}

// secure serves over TLS what plain serves.
func secure(config func() *tls.Config, steps ...step) setup {
	return func(t testing.TB, w *world) {
		serve := w.each(inOrder(steps...))
		w.base = "https://" + w.listen(t, func(conn net.Conn) { serve(tls.Server(conn, config())) }).String()
	}
}

// leadsTo redirects to what location makes of the server's own address and that
// of another one.
func leadsTo(location func(here, elsewhere string) string, status string) setup {
	return func(t testing.TB, w *world) {
		elsewhere := w.listen(t, func(net.Conn) { w.elsewhere.Add(1) }).String()
		w.base = "http://" + w.listen(t, func(conn net.Conn) {
			to := location(conn.LocalAddr().String(), elsewhere)
			w.each(say("HTTP/1.1 " + status + "\r\nLocation: " + to + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))(conn)
		}).String()
	}
}

// The steps.

func inOrder(steps ...step) step {
	return func(conn net.Conn) {
		for _, s := range steps {
			s(conn)
		}
	}
}

func say(text string) step {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

// sayForEver repeats text until the connection is closed.
func sayForEver(text string) step {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// times repeats text.
func times(n int, text string) step {
	return func(conn net.Conn) {
		out := bufio.NewWriter(conn)
		for range n {
			if _, err := out.WriteString(text); err != nil {
				return
			}
		}
		_ = out.Flush()
	}
}

// bytewise writes one byte a segment, without a pause.
func bytewise(text string) step {
	return func(conn net.Conn) {
		for i := range len(text) {
			_, _ = io.WriteString(conn, text[i:i+1])
		}
	}
}

// drip writes one byte each 5 ms, for ever, until the connection is closed.
func drip(text string) step {
	return func(conn net.Conn) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			if _, err := io.WriteString(conn, text[i%len(text):i%len(text)+1]); err != nil {
				return
			}
			<-tick.C
		}
	}
}

// stall says nothing more until the client closes.
func stall(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset closes with an RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func hangUp(conn net.Conn) { _ = conn.Close() }

// refusedPort is an address that nothing listens on any more.
func refusedPort(t testing.TB, w *world) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.base = "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
}

// names resolves by a DNS server on loopback that does to each query what answer
// says; nil: nothing.
func names(answer func(query []byte) []byte) setup {
	return func(t testing.TB, w *world) {
		server, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		w.closing = append(w.closing, func() { server.Close() })
		w.running.Go(func() {
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
				w.mu.Lock()
				defer w.mu.Unlock()
				w.conns[conn] = true // package net waits on it for 5 s, whatever the context says
			}
			return conn, err
		}}
		w.dialWith(&net.Dialer{Resolver: resolver})
		w.base = "http://nonexistent.invalid"
	}
}

// noSuchName sets the flags of a response and the code of NXDOMAIN (RFC 1035,
// section 4.1.1).
func noSuchName(query []byte) []byte {
	query[2], query[3] = query[2]|0x80, 0x83
	return query
}

func noReply([]byte) []byte { return nil }

// http2 serves HTTP/2 by hand: it reads a request's frames to their end, and then
// writes what frames returns for the stream and the connection, from 1. It is
// enough of RFC 9113 for a server that misbehaves.
func http2(frames func(stream uint32, conn int64) []byte) setup {
	return func(t testing.TB, w *world) {
		var conns atomic.Int64
		w.base = "https://" + w.listen(t, func(raw net.Conn) {
			conn := tls.Server(raw, goodTLS("h2"))
			number := conns.Add(1)
			preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
			if _, err := io.ReadFull(conn, preface); err != nil {
				return
			}
			if _, err := conn.Write(frame(frameSettings, 0, 0, nil)); err != nil {
				return
			}
			for {
				kind, flags, stream, err := readFrame(conn)
				if err != nil {
					return
				}
				var out []byte
				switch {
				case kind == frameSettings && flags&flagAck == 0:
					out = frame(frameSettings, flagAck, 0, nil)
				case (kind == frameHeaders || kind == frameData) && flags&flagEndStream != 0:
					w.seen.Add(1)
					out = frames(stream, number)
				}
				if _, err := conn.Write(out); err != nil {
					return
				}
			}
		}).String()
	}
}

const (
	frameData      = 0x0
	frameHeaders   = 0x1
	frameRST       = 0x3
	frameSettings  = 0x4
	frameGoAway    = 0x7
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4

	noError          = 0x0
	internalError    = 0x2
	refusedStream    = 0x7
	enhanceYourCalm  = 0xb
	statusOKIndexed  = "\x88" // RFC 7541, appendix A: ":status: 200"
	frameHeaderBytes = 9
)

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	header := make([]byte, frameHeaderBytes)
	header[0], header[1], header[2] = byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload))
	header[3], header[4] = kind, flags
	binary.BigEndian.PutUint32(header[5:], stream)
	return append(header, payload...)
}

func readFrame(r io.Reader) (kind, flags byte, stream uint32, err error) {
	header := make([]byte, frameHeaderBytes)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, 0, 0, err
	}
	length := int64(header[0])<<16 | int64(header[1])<<8 | int64(header[2])
	_, err = io.CopyN(io.Discard, r, length)
	return header[3], header[4], binary.BigEndian.Uint32(header[5:]), err
}

func goAway(last, code uint32) []byte {
	return frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

func rstStream(stream, code uint32) []byte {
	return frame(frameRST, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func http2Answer(stream uint32, body string) []byte {
	return append(frame(frameHeaders, flagEndHeaders, stream, []byte(statusOKIndexed)), frame(frameData, flagEndStream, stream, []byte(body))...)
}

// authority is a certificate authority that the worlds' clients trust.
type authority struct {
	pool *x509.CertPool
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var theAuthority = sync.OnceValue(newAuthority)

func newAuthority() *authority {
	key := newECKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	a := &authority{pool: x509.NewCertPool(), cert: cert, key: key}
	a.pool.AddCert(cert)
	return a
}

func newECKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// issue makes a certificate for 127.0.0.1 that has ended where age is more than a
// day; host replaces the address where it is not "".
func (a *authority) issue(age time.Duration, host string) *tls.Config {
	key := newECKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a test's server"},
		NotBefore: time.Now().Add(-age - time.Hour), NotAfter: time.Now().Add(24*time.Hour - age),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if host == "" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func goodTLS(protocols ...string) *tls.Config {
	config := goodCertificate().Clone()
	config.NextProtos = protocols
	return config
}

var (
	goodCertificate    = sync.OnceValue(func() *tls.Config { return theAuthority().issue(0, "") })
	expiredCertificate = sync.OnceValue(func() *tls.Config { return theAuthority().issue(36*time.Hour, "") })
	othersCertificate  = sync.OnceValue(func() *tls.Config { return theAuthority().issue(0, "other.example.com") })
	unknownCertificate = sync.OnceValue(func() *tls.Config { return newAuthority().issue(0, "") })
)

// wantsClientCertificate is a server that asks for one which the SDK has not.
func wantsClientCertificate() *tls.Config {
	config := goodTLS()
	config.ClientAuth = tls.RequireAnyClientCert
	return config
}
