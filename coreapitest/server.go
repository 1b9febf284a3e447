package coreapitest

import (
	"crypto"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// Server is a fake of the Core APIs: one registered client, users, devices and
// logins. Make one with [New] or [NewServer]. It is safe for concurrent use.
type Server struct {
	URL        string        // the API's base URL
	ClientKey  string        // the registered client's key
	PrivateKey crypto.Signer // what it signs with: one fixed test key of 2,048 bits, which is public

	// A pointer, so that a Server can be printed by value.
	fake *fake
}

// fake is what a Server is made of.
type fake struct {
	report  reporter
	options options
	routes  []*wire.CompiledRoute // in the order in which they are tried
	secrets []string              // the fields of bodies that are masked
	origin  string                // of URL
	memory  bool                  // no listener

	mu      sync.Mutex
	state   *state
	closed  bool
	waiters map[chan struct{}]struct{}
}

// reporter is told of mistakes in a test's setup.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// panics reports for a Server that belongs to no test.
type panics struct{}

func (panics) Helper() {}

func (panics) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// NewServer starts a fake on a loopback address. tb.Cleanup closes it.
//
// Delays, and a client's waits between the retries of a faulted request, take real
// time here: use [New] with testing/synctest, or coreapi.NoRetry.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	set, err := newOptions(opts)
	if err != nil {
		tb.Fatalf("coreapitest: NewServer: %v", err)
	}
	listener, err := listen()
	if err != nil {
		tb.Fatalf("coreapitest: NewServer: no loopback address to listen on: %v", err)
	}
	f := newFake(tb, set, "http://"+listener.Addr().String())
	tb.Cleanup(f.serve(listener))
	return f.server()
}

// New makes a fake without a listener. Its URL is a name that [Server.Transport]
// answers to.
func New(opts ...Option) *Server {
	set, err := newOptions(opts)
	if err != nil {
		panics{}.Fatalf("coreapitest: New: %v", err)
	}
	f := newFake(panics{}, set, memoryURL)
	f.memory = true
	return f.server()
}

func (f *fake) server() *Server {
	return &Server{URL: f.origin + f.options.basePath, ClientKey: f.options.clientKey, PrivateKey: testKey(), fake: f}
}

func newFake(report reporter, set options, origin string) *fake {
	return &fake{
		report:  report,
		options: set,
		routes:  set.wire.Routes(),
		secrets: secretFields(set.wire),
		origin:  origin,
		state:   newState(set.wire, newMakers(set.wire).client(), set.limits),
		waiters: map[chan struct{}]struct{}{},
	}
}

func listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return net.Listen("tcp", "[::1]:0")
	}
	return listener, nil
}

const readHeaderTimeout = 30 * time.Second

// serve returns what closes the listener again, delayed requests included.
func (f *fake) serve(listener net.Listener) (stop func()) {
	server := &http.Server{Handler: http.HandlerFunc(f.serveHTTP), ReadHeaderTimeout: readHeaderTimeout}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // always ends with the error of being closed
	}()
	return func() {
		f.endWaits()
		_ = server.Close()
		<-ended
	}
}

// ServeHTTP answers as the API does, on any listener that the Server is mounted
// on; the hosted page's URL then follows the request's Host. Mount it where it sees
// whole paths, and give the prefix with [WithBasePath]: signatures, that URL and the
// page's links know no other.
//
// Drops and cut bodies panic with http.ErrAbortHandler, which net/http's server
// takes for a connection to close. Before a drop goes an interim 100 Continue, on
// HTTP/1.1 and later: it keeps net/http's transport from sending a GET again by
// itself.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.fake.serveHTTP(w, r) }

func (f *fake) serveHTTP(w http.ResponseWriter, r *http.Request) {
	f.answer(r, readBody(r.Body)).write(w, r)
}

// Transport answers in memory. It needs no socket and works inside
// testing/synctest. It answers to any host, so that code with a base URL of its
// own can be tested.
func (s *Server) Transport() http.RoundTripper { return transport{s.fake} }

// Client makes an SDK client for the Server: its URL, ClientKey and profile, and the
// in-memory transport on a Server of [New]. It signs with PrivateKey, also where
// [WithPublicKey] or [WithUnsigned] is given; with another key header than X-Client-Key
// it sends the key alone. opts come last.
func (s *Server) Client(opts ...coreapi.Option) *coreapi.Client {
	f := s.fake
	f.report.Helper()
	own := []coreapi.Option{coreapi.WithProfile(f.options.profile)}
	if f.memory {
		own = append(own, coreapi.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	}
	auth := coreapi.SignedClientKey(s.ClientKey, s.PrivateKey)
	if f.options.keyHeader != headerClientKey {
		auth = coreapi.ClientKeyHeader(f.options.keyHeader, s.ClientKey)
	}
	client, err := coreapi.New(s.URL, auth, append(own, opts...)...)
	if err != nil {
		f.report.Fatalf("coreapitest: Client: %v", err)
	}
	return client
}

var (
	_ http.Handler      = (*Server)(nil)
	_ http.RoundTripper = transport{}
)
