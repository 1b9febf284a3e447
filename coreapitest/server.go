package coreapitest

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
)

// Server is a fake of the Core APIs: one registered client, users, devices and
// logins. Make one with [New] or [NewServer]. It is safe for concurrent use.
type Server struct {
	URL       string // the API's base URL
	ClientKey string // the registered client's key

	// A pointer, so that a Server can be printed by value.
	fake *fake
}

// fake is what a Server is made of.
type fake struct {
	report  reporter
	options options
	routes  []route
	url     string
	key     string
	memory  bool // no listener

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
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	set, err := newOptions(opts)
	if err != nil {
		tb.Fatalf("coreapitest: NewServer: %v", err)
	}
	f := newFake(tb, set)
	s := &Server{ClientKey: f.key, fake: f}
	listener, err := listen()
	if err != nil {
		tb.Fatalf("coreapitest: NewServer: no loopback address to listen on: %v", err)
		return s
	}
	f.url = "http://" + listener.Addr().String()
	s.URL = f.url
	tb.Cleanup(f.serve(listener))
	return s
}

// New makes a fake without a listener. Its URL is a name that [Server.Transport]
// answers to.
func New(opts ...Option) *Server {
	set, err := newOptions(opts)
	if err != nil {
		panics{}.Fatalf("coreapitest: New: %v", err)
	}
	f := newFake(panics{}, set)
	f.url, f.memory = memoryURL, true
	return &Server{URL: f.url, ClientKey: f.key, fake: f}
}

func newFake(report reporter, set options) *fake {
	return &fake{
		report:  report,
		options: set,
		routes:  routesOf(set.profile),
		key:     newToken(),
		state:   newState(newID()),
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
// on; the hosted page's URL then follows the request's Host. Drops and cut bodies
// panic with http.ErrAbortHandler, which net/http's server takes for a connection
// to close.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.fake.serveHTTP(w, r) }

func (f *fake) serveHTTP(w http.ResponseWriter, r *http.Request) {
	f.answer(r, readBody(r.Body)).write(w, r)
}

// Transport answers in memory. It needs no socket and works inside
// testing/synctest. It answers to any host, so that code with a base URL of its
// own can be tested.
func (s *Server) Transport() http.RoundTripper { return transport{s.fake} }

// Client makes an SDK client for the Server: its URL, key, profile and key
// header, and the in-memory transport on a Server of [New]. opts come last.
func (s *Server) Client(opts ...coreapi.Option) *coreapi.Client {
	f := s.fake
	f.report.Helper()
	own := []coreapi.Option{coreapi.WithProfile(f.options.profile)}
	if f.memory {
		own = append(own, coreapi.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	}
	client, err := coreapi.New(s.URL, coreapi.ClientKeyHeader(f.options.keyHeader, s.ClientKey), append(own, opts...)...)
	if err != nil {
		f.report.Fatalf("coreapitest: Client: %v", err)
	}
	return client
}

// answer is the way of every request: record it, let the faults have it, then
// the state.
func (f *fake) answer(r *http.Request, in body) answer {
	m := find(f.routes, r.Method, r.URL)
	if m.operation == opLogin {
		m.operation = loginOperation(in)
	}
	p := f.arrived(r, m, in)
	var a answer
	if m.operation == "" {
		a = f.elsewhere(r, m, in)
	} else {
		a = f.carryOut(r.Context(), p, func() answer { return f.handle(r, m, in) })
	}
	return f.echoRequestID(a, r)
}

// arrived records and counts under one lock, so that both have one order.
func (f *fake) arrived(r *http.Request, m match, in body) plan {
	rec := f.record(r, m, in)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.requests.add(rec)
	if m.operation == "" {
		return plan{}
	}
	return f.state.planFaults(m.operation)
}

// elsewhere answers what is no operation of the API.
func (f *fake) elsewhere(r *http.Request, m match, in body) answer {
	switch {
	case len(m.allow) == 0:
		return notFound()
	case r.Method == http.MethodOptions:
		return optionsAnswer(m.allow)
	case m.page && slices.Contains(m.allow, r.Method):
		return f.page(r, in)
	}
	return wrongMethod(m.allow)
}

// handle is the state's answer.
func (f *fake) handle(r *http.Request, m match, in body) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	result, p := f.perform(r, m, in)
	return asJSON(result, p, f.options.profile.DataField)
}

func (f *fake) perform(r *http.Request, m match, in body) (any, *problem) {
	if r.Context().Err() != nil {
		return nil, failed(coreapi.CodeClientClosedRequest)
	}
	if p := f.state.admit(m.operation, r.Header.Values(f.options.keyHeader), f.key); p != nil {
		return nil, p
	}
	if p := in.check(); p != nil {
		return nil, p
	}
	return f.state.perform(m.operation, request{
		body:     in,
		id:       m.id,
		reqToken: r.URL.Query().Get("reqToken"),
		pageURL:  func(reqToken string) string { return f.pageURL(r, reqToken) },
	})
}

// pageURL leads back to where the request came in.
func (f *fake) pageURL(r *http.Request, reqToken string) string {
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	if r.Host == "" {
		base = f.url
	}
	return base + pagePath + "?" + url.Values{"reqToken": {reqToken}}.Encode()
}

func (f *fake) echoRequestID(a answer, r *http.Request) answer {
	id := r.Header.Get(f.options.profile.RequestIDHeader)
	if a.dropped || id == "" || hasControl(id) {
		return a
	}
	a.header.Set(f.options.profile.RequestIDHeader, id)
	return a
}

// setup changes the state for a test. change must not report: the mutex is held.
func (f *fake) setup(change func(*state) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return change(f.state)
}

// SetClientStatus sets the registered client's status. Any but [Active] costs it
// all access.
func (s *Server) SetClientStatus(st Status) {
	s.fake.report.Helper()
	if err := st.check(); err != nil {
		s.fake.report.Fatalf("coreapitest: SetClientStatus: %v", err)
		return
	}
	_ = s.fake.setup(func(state *state) error { state.clientStatus = st; return nil })
}

// AddUser adds a user who can log in. An account or an id that exists, or no
// account at all, is a mistake.
func (s *Server) AddUser(u User) {
	s.fake.report.Helper()
	if err := s.fake.setup(func(state *state) error { return state.users.add(u) }); err != nil {
		s.fake.report.Fatalf("coreapitest: AddUser: %v", err)
	}
}

// AddDevice stores a device, and returns it as Devices.Save would. One that
// Devices.Save would refuse is a mistake.
func (s *Server) AddDevice(info coreapi.DeviceInfo) coreapi.Device {
	s.fake.report.Helper()
	device, err := s.fake.addDevice(info)
	if err != nil {
		s.fake.report.Fatalf("coreapitest: AddDevice: %v", err)
		return coreapi.Device{}
	}
	return *device
}

// SetUserStatus sets the status of the user with that account.
func (s *Server) SetUserStatus(emailOrWhatsApp string, st Status) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error {
		u, err := state.users.mustFind(emailOrWhatsApp)
		if err != nil {
			return err
		}
		if err := st.check(); err != nil {
			return err
		}
		u.Status = st
		return nil
	})
	if err != nil {
		s.fake.report.Fatalf("coreapitest: SetUserStatus: %v", err)
	}
}

// ForbidOperation makes an operation, such as "Devices.Get", answer
// UNITSYSTEM00002.
func (s *Server) ForbidOperation(operation string) {
	s.fake.report.Helper()
	if err := checkOperation(operation); err != nil {
		s.fake.report.Fatalf("coreapitest: ForbidOperation: %v", err)
		return
	}
	_ = s.fake.setup(func(state *state) error { state.forbidden[operation] = true; return nil })
}

// CompleteLogin ends a pending login as if the user had used the hosted page with
// the right password. A user who is not active makes it fail, with the code.
func (s *Server) CompleteLogin(reqToken coreapi.Secret, emailOrWhatsApp string) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error { return state.completeLogin(string(reqToken), emailOrWhatsApp) })
	if err != nil {
		s.fake.report.Fatalf("coreapitest: CompleteLogin: %v", err)
	}
}

// Inject adds faults behind those that are there. [Server.Reset] takes all away.
func (s *Server) Inject(faults ...Fault) {
	s.fake.report.Helper()
	for i, fault := range faults {
		if err := fault.check(); err != nil {
			s.fake.report.Fatalf("coreapitest: Inject: fault %d: %v", i+1, err)
			return
		}
	}
	_ = s.fake.setup(func(state *state) error {
		for _, fault := range faults {
			state.faults = append(state.faults, &activeFault{Fault: fault})
		}
		return nil
	})
}

// Reset goes back to the state after [New]: no user, device, login, fault or
// request, nothing forbidden, and the client active with the same key.
func (s *Server) Reset() {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	s.fake.state = newState(s.fake.state.clientID)
}

// Requests returns what arrived, the faulted and dropped ones too, in the order
// in which it arrived: the last 10,000. Keys, passwords and tokens are masked; a
// body that does not parse as JSON is kept as its length only. The result is a
// copy.
func (s *Server) Requests() []Recorded {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	return s.fake.state.requests.copies()
}

var (
	_ http.Handler      = (*Server)(nil)
	_ http.RoundTripper = transport{}
)
