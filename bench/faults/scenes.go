package faults

import (
	"context"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// scene is a fault that lasts, or happens, within a minute of calls.
type scene struct {
	name  string
	http2 bool
	// handle answers a request in its own way, and says that it did so; nil: none.
	handle func(w http.ResponseWriter, r *http.Request) bool
	// happen is run beside the calls; nil: nothing happens.
	happen func(n *network)
	// success is what share of ours' calls has to succeed. Less than all where more fail in
	// one moment than the retry budget pays for.
	success float64
	within  time.Duration // what 99.9 % of ours' calls have to end in
}

const (
	lasts       = 60 * time.Second
	perSecond   = 200                   // calls, on schedule whether earlier ones have ended or not
	serviceTime = 20 * time.Millisecond // of an answer
	deadline    = 90 * time.Second      // of a call: who has no timeout of its own needs one
	stall       = 45 * time.Second      // longer than ours' timeout for an attempt
)

var scenes = []scene{
	{name: "no fault", success: 1, within: 21 * time.Millisecond},
	// Over HTTP/2, where the stream is reset. Over HTTP/1.1 net/http itself sends a GET again
	// whose connection was closed before the first byte of an answer.
	{name: "1 % of the answers are lost", success: 1, within: 600 * time.Millisecond, http2: true, handle: func(http.ResponseWriter, *http.Request) bool {
		if rand.N(100) > 0 {
			return false
		}
		time.Sleep(serviceTime)
		panic(http.ErrAbortHandler)
	}},
	{name: "1 % of the answers are cut short", success: 1, within: 600 * time.Millisecond, handle: func(w http.ResponseWriter, _ *http.Request) bool {
		if rand.N(100) > 0 {
			return false
		}
		time.Sleep(serviceTime)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(clientBody)))
		_, _ = w.Write([]byte(clientBody[:10]))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
	{name: "1 % stall for 45 s", success: 1, within: 31 * time.Second, handle: func(_ http.ResponseWriter, r *http.Request) bool {
		if rand.N(100) > 0 {
			return false
		}
		select {
		case <-time.After(stall):
		case <-r.Context().Done():
		}
		return false
	}},
	{name: "a gateway restarts, for 2 s", success: 0.95, within: 4 * time.Second, happen: func(n *network) {
		time.Sleep(lasts / 3)
		n.restart(2 * time.Second)
	}},
	{name: "the HTTP/2 connection dies", success: 0.8, within: 16 * time.Second, http2: true, happen: func(n *network) {
		time.Sleep(lasts / 3)
		n.die()
	}},
}

const clientBody = `{"id":"cli_1","name":"Shop","status":"active"}`

// outcome is what a scene came to for one client.
type outcome struct {
	calls, ok, requests int
	took                []time.Duration // of all calls, in order; failed ones too
}

// play runs a scene for one client, in fake time.
func play(t *testing.T, s scene, c client, perSecond int) (o outcome) {
	synctest.Test(t, func(*testing.T) {
		n := newNetwork()
		var requests atomic.Int64
		stop := n.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			s.answer(w, r)
		}))
		var transport *http.Transport
		call := c.make(func(own *http.Transport) http.RoundTripper {
			transport = own
			transport.DialContext = n.DialContext
			if s.http2 {
				transport.Protocols = new(http.Protocols)
				transport.Protocols.SetUnencryptedHTTP2(true)
			}
			return transport
		})
		if s.happen != nil {
			go s.happen(n)
		}
		o = callOnSchedule(call, perSecond)
		o.requests = int(requests.Load())
		n.die() // what a dead connection's server still waits for
		transport.CloseIdleConnections()
		stop()
	})
	return o
}

func (s scene) answer(w http.ResponseWriter, r *http.Request) {
	if s.handle != nil && s.handle(w, r) {
		return
	}
	time.Sleep(serviceTime)
	if path.Base(r.URL.Path) != "client" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(clientBody))
}

// callOnSchedule makes calls for the scene's time, and waits for the last to end.
func callOnSchedule(call caller, perSecond int) outcome {
	var mu sync.Mutex
	var o outcome
	var running sync.WaitGroup
	for begun := time.Now(); time.Since(begun) < lasts; time.Sleep(time.Second / time.Duration(perSecond)) {
		o.calls++
		running.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			err := call(ctx)
			mu.Lock()
			defer mu.Unlock()
			o.took = append(o.took, time.Since(began))
			if err == nil {
				o.ok++
			}
		})
	}
	running.Wait()
	slices.Sort(o.took)
	return o
}
