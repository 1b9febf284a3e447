package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// connectionWork is a work over a connection.
type connectionWork struct {
	name       string
	mode       string // of the server
	run        func(context.Context, client) bool
	requests   int64 // of a call
	goroutines int
}

var connectionWorks = []connectionWork{
	{"GET", modeOK, getWork, 1, 1},
	{"POST", modeOK, postWork, 1, 1},
	{"error", modeDenied, errorWork, 1, 1},
	{"retry", modeBusy, getWork, 2, 1},
	{"64", modeOK, getWork, 1, 64},
}

// builder is nil where c cannot do the work.
func (w connectionWork) builder(c contender, signed bool) builder {
	switch {
	case signed && w.mode == modeBusy:
		return c.signedRetrying
	case signed:
		return c.signed
	case w.mode == modeBusy:
		return c.retrying
	}
	return c.make
}

// pairedTurns is how often a round takes a sample of the baseline and of ours, side by side:
// their ratio is what the goals are about.
const pairedTurns = 3

// BenchmarkConnection measures this process, over a connection to the server's. Run it with
// -benchtime 1x: a sample's length is BENCH_SAMPLE.
func BenchmarkConnection(b *testing.B) {
	for _, p := range []protocol{http1, http2} {
		b.Run("proto="+string(p), func(b *testing.B) {
			for _, signed := range []bool{false, true} {
				b.Run("signed="+yesNo(signed), func(b *testing.B) {
					for _, w := range connectionWorks {
						b.Run("work="+w.name, func(b *testing.B) { connectionTurns(b, p, signed, w) })
					}
				})
			}
		})
	}
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// connectionTurns measures all clients once, and the baseline and ours some more, each turn
// in an order of its own.
func connectionTurns(b *testing.B, p protocol, signed bool, w connectionWork) {
	order := rand.New(rand.NewPCG(round(), 0))
	for turn := range pairedTurns {
		n := len(contenders)
		if turn > 0 {
			n = 2
		}
		for _, i := range order.Perm(n) {
			c := contenders[i]
			if build := w.builder(c, signed); build != nil {
				b.Run(fmt.Sprintf("turn=%d/client=%s", turn, c.name), func(b *testing.B) {
					overConnection(b, p, build, w, sampleLength(signed, w.goroutines)).report(b)
				})
			}
		}
	}
}

// sampleLength: where many goroutines have long calls, the first and the last moments of a
// sample would weigh too much.
func sampleLength(signed bool, goroutines int) time.Duration {
	d := sampleTime()
	if goroutines > 1 {
		d *= 2
	}
	if signed && goroutines > 1 {
		d *= 3
	}
	return d
}

// warmTime opens the connections, and fills HTTP/2's table of headers, as both are in a
// process that lives.
const warmTime = 15 * time.Millisecond

// overConnection takes a sample, and checks that the server got the requests that the work
// asks for and no others.
func overConnection(b *testing.B, p protocol, build builder, w connectionWork, d time.Duration) reading {
	at := serverProcess()
	transport := at.newTransport()
	defer transport.CloseIdleConnections()
	api := build(at.base(p)+"/"+w.mode, transport)
	if _, ok := callFor(api, w.goroutines, time.Now().Add(warmTime), w.run); !ok {
		b.Fatal("wrong result")
	}
	if _, err := at.ask(countsPath); err != nil { // those so far are not counted
		b.Fatal(err)
	}
	r, ok := takeReading(api, w.goroutines, d, w.run)
	if !ok {
		b.Fatal("wrong result")
	}
	if got, err := at.requests(p); err != nil || got != r.calls*w.requests {
		b.Fatalf("%d requests for %d calls, want %d each (%v)", got, r.calls, w.requests, err)
	}
	return r
}

// BenchmarkSignedCall is the CPU of ours' GET over HTTP/2, signed and not, for sign.sh. Run
// it with -benchtime 1x.
func BenchmarkSignedCall(b *testing.B) {
	for _, signed := range []bool{false, true} {
		b.Run("signed="+yesNo(signed), func(b *testing.B) {
			w := connectionWorks[0]
			overConnection(b, http2, w.builder(contenders[1], signed), w, 5*sampleTime()).report(b)
		})
	}
}
