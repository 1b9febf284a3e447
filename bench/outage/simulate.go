// Package outage simulates, in fake time, what a fleet of clients does to an API
// that goes down and comes back, for three ways to retry.
package outage

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The scene. Times are from the beginning of the simulation.
const (
	wholeFleet     = 500 // clients
	callsPerSecond = 20  // a client's
	capacityEach   = 24  // what the server can do in a second, by client: 12,000 for the whole fleet
	outageBegins   = 15 * time.Second
	outageLasts    = 60 * time.Second
	outageEnds     = outageBegins + outageLasts
	lastCall       = outageEnds + 30*time.Second

	serviceTime = 5 * time.Millisecond   // of a call that succeeds
	failureTime = 100 * time.Millisecond // of one that is answered REQUEST_TIMEOUT
)

// step is the resolution of what is counted; bins leaves room for the calls that
// end late.
const (
	step    = 100 * time.Millisecond
	bins    = int((lastCall + 2*time.Minute) / step)
	perSec  = int(time.Second / step)
	downBin = int(outageBegins / step)
	upBin   = int(outageEnds / step)
	lastBin = int(lastCall / step)
)

// record is what one fleet came to, by step.
type record struct {
	fleet   string
	clients int
	mu      sync.Mutex
	begun   time.Time
	offers  [bins]int // requests that reached the server
	ok      [bins]int // calls that ended well, by their end
	lost    [bins]int // calls that ended in an error, by their end
}

func (r *record) bin() int { return min(int(time.Since(r.begun)/step), bins-1) }

func (r *record) ended(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.ok[r.bin()]++
		return
	}
	r.lost[r.bin()]++
}

// server is the API as a transport: one queue with a fixed rate. A request that
// would wait in it for as long as the API lets a request take is answered
// REQUEST_TIMEOUT after that time, and takes no capacity. So is every request in
// the outage.
type server struct {
	record *record
	mu     sync.Mutex
	free   time.Time // when the queue is empty
}

var (
	infoBody = []byte(`{"id":"cli_1","name":"Shop","status":"active"}`)
	busyBody = []byte(`{"code":"REQUEST_TIMEOUT","message":"The request took too long to process."}`)
)

// RoundTrip is safe for concurrent use.
func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	wait, served := s.accept()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if served {
		return respond(req, http.StatusOK, infoBody), nil
	}
	return respond(req, http.StatusServiceUnavailable, busyBody), nil
}

// accept counts a request and gives it its place in the queue.
func (s *server) accept() (wait time.Duration, served bool) {
	s.record.mu.Lock()
	s.record.offers[s.record.bin()]++
	s.record.mu.Unlock()
	now := time.Now()
	if since := now.Sub(s.record.begun); since >= outageBegins && since < outageEnds {
		return failureTime, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free.Before(now) {
		s.free = now
	}
	queue := s.free.Sub(now)
	if queue+serviceTime >= failureTime {
		return failureTime, false
	}
	s.free = s.free.Add(time.Second / time.Duration(capacityEach*s.record.clients))
	return queue + serviceTime, true
}

func respond(req *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}

// simulate runs one fleet from its first call to the end of its last. Calls begin
// on schedule, whether earlier ones have ended or not, as end users' do.
func simulate(t *testing.T, f fleet, clients int) *record {
	r := &record{fleet: f.name, clients: clients}
	synctest.Test(t, func(*testing.T) {
		r.begun = time.Now()
		s := &server{record: r}
		var running sync.WaitGroup
		for range clients {
			call := f.newCaller(s)
			running.Go(func() { schedule(r, call, &running) })
		}
		running.Wait()
	})
	return r
}

// schedule begins one client's calls, evenly spaced from a moment of its own.
func schedule(r *record, call caller, running *sync.WaitGroup) {
	const every = time.Second / callsPerSecond
	time.Sleep(rand.N(every))
	for time.Since(r.begun) < lastCall {
		running.Go(func() { r.ended(call(context.Background())) })
		time.Sleep(every)
	}
}
