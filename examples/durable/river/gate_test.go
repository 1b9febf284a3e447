//go:build linux

package riverdevices

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

// What a Save came to, as who sent it saw it. Others are a code, or a status.
const (
	stored   = "stored"
	dropped  = "dropped"  // the fake closed the connection
	held     = "held"     // handled, and its sender was killed before the answer
	outage   = "outage"   // a gateway answered 503 for an API that is down
	arriving = "arriving" // it is being handled
)

// send is a Save that arrived.
type send struct {
	device, worker, requestID string
	outcome                   string
}

// gate stands before the fake: it records every Save with what came of it, holds answers
// back, and is the outage. A fault of the fake's cannot hold an answer back: its Delay
// comes before the request is handled.
type gate struct {
	fake    *coreapitest.Server
	address string

	serving sync.RWMutex // an outage waits for the answers under way, so that each is whole or none
	server  *http.Server
	ended   *atomic.Bool // the server's: what it took in and did not begin with is lost

	mu      sync.Mutex
	down    bool
	holdOf  string        // the worker whose next stored Save is held; "": nobody's
	holding chan struct{} // closed once it is
	sends   []*send
	reports []string
}

// newGate listens until the test ends.
func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{fake: coreapitest.New()}
	g.listen(t, "127.0.0.1:0")
	t.Cleanup(g.close)
	return g
}

func (g *gate) listen(t *testing.T, address string) {
	t.Helper()
	var listener net.Listener
	require.Eventually(t, func() bool {
		var err error
		listener, err = net.Listen("tcp", address)
		return err == nil
	}, 10*time.Second, 50*time.Millisecond)
	g.address = listener.Addr().String()
	ended := &atomic.Bool{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, ended) })
	g.ended, g.server = ended, &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func(s *http.Server) { _ = s.Serve(listener) }(g.server)
}

// close ends the listener and every connection.
func (g *gate) close() {
	g.serving.Lock()
	defer g.serving.Unlock()
	g.ended.Store(true)
	_ = g.server.Close()
}

func (g *gate) setDown(down bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = down
}

// hold holds the answer to a worker's next Save that is stored. It returns what is closed
// once that is so.
func (g *gate) hold(worker string) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.holdOf, g.holding = worker, make(chan struct{})
	return g.holding
}

// takeHold is true once, for the Save that is to be held.
func (g *gate) takeHold(s *send) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.holdOf == "" || s.worker != g.holdOf || s.outcome != stored {
		return false
	}
	g.holdOf, s.outcome = "", held
	close(g.holding)
	return true
}

func (g *gate) serve(w http.ResponseWriter, r *http.Request, ended *atomic.Bool) {
	switch {
	case r.URL.Path == "/report":
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.reports = append(g.reports, string(body))
	case r.Method == http.MethodPost && r.URL.Path == "/device":
		if g.save(w, r, ended) {
			<-r.Context().Done() // until its sender is gone
		}
	case g.isDown():
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		g.fake.ServeHTTP(w, r)
	}
}

func (g *gate) isDown() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.down
}

// save reports whether the answer is to be held.
func (g *gate) save(w http.ResponseWriter, r *http.Request, ended *atomic.Bool) (hold bool) {
	g.serving.RLock()
	defer g.serving.RUnlock()
	s := g.record(r)
	if ended.Load() {
		g.settle(s, dropped)
		panic(http.ErrAbortHandler)
	}
	if g.isDown() {
		g.settle(s, outage)
		w.WriteHeader(http.StatusServiceUnavailable)
	} else {
		answer := httptest.NewRecorder()
		defer func() {
			if p := recover(); p != nil {
				g.settle(s, dropped)
				panic(p) // net/http closes the connection
			}
		}()
		g.fake.ServeHTTP(answer, r)
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // its sender has gone: killed, or out of patience
		}
		g.settle(s, outcomeOf(answer))
		if g.takeHold(s) {
			return true
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}
	_ = http.NewResponseController(w).Flush() // whole, before an outage can begin
	return false
}

func (g *gate) record(r *http.Request) *send {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var device struct{ DeviceID string }
	_ = json.Unmarshal(body, &device)
	worker, _, _ := strings.Cut(r.UserAgent(), " ")
	s := &send{device: device.DeviceID, worker: worker, requestID: r.Header.Get("X-Request-Id"), outcome: arriving}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sends = append(g.sends, s)
	return s
}

func (g *gate) settle(s *send, outcome string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.outcome = outcome
}

func outcomeOf(answer *httptest.ResponseRecorder) string {
	if answer.Code == http.StatusOK {
		return stored
	}
	var body struct{ Code string }
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err == nil && body.Code != "" {
		return body.Code
	}
	return http.StatusText(answer.Code)
}

// sent is a copy of what arrived so far.
func (g *gate) sent() []send {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]send, len(g.sends))
	for i, s := range g.sends {
		all[i] = *s
	}
	return all
}

// reportsOf are those that were handed over, of a code.
func (g *gate) reportsOf(code string) (reports []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, report := range g.reports {
		if strings.Contains(report, "Code: "+code+"\n") {
			reports = append(reports, report)
		}
	}
	return reports
}
