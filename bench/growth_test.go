package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/fypass/coreapi-go"
)

// How costs grow: with the size of an error's body, with the goroutines, with
// the calls in flight, with the Clients at rest. growth.sh prints the table.

// errorBodies are the two kinds that a client meets: the API's JSON with a long
// message, and a gateway's page.
var errorBodies = []struct {
	name string
	make func(size int) []byte
}{
	{"json", func(size int) []byte {
		const frame = `{"code":"UNITSYSTEM00002","message":""}`
		return []byte(frame[:len(frame)-2] + strings.Repeat("a", size-len(frame)) + `"}`)
	}},
	{"html", func(size int) []byte {
		const frame = "<html><body></body></html>"
		return []byte(frame[:12] + strings.Repeat("a", size-len(frame)) + frame[12:])
	}},
}

// streamed answers without a Content-Length, as a server does that compresses or
// streams: the client has to find the size by itself.
type streamed struct{ canned }

// RoundTrip is safe for concurrent use.
func (s *streamed) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.canned.RoundTrip(req)
	if err == nil {
		resp.ContentLength = -1
	}
	return resp, err
}

// BenchmarkErrorBody goes through a Client, since the decoder is not exported.
// The last size is over the default limit: its cost must be that of the limit.
func BenchmarkErrorBody(b *testing.B) {
	for _, kind := range errorBodies {
		for _, size := range []int{100, 1 << 10, 10 << 10, 100 << 10, 1 << 20, 4 << 20, 16 << 20} {
			b.Run(fmt.Sprintf("kind=%s/size=%d", kind.name, size), func(b *testing.B) {
				measureErrorBody(b, kind.make(size))
			})
		}
	}
}

func measureErrorBody(b *testing.B, body []byte) {
	api := newOurs(inMemoryBase, &streamed{canned{answers: []answer{{http.StatusForbidden, body}}}})
	ctx := context.Background()
	b.SetBytes(int64(min(len(body), maxBody)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := api.get(ctx)
		if errors.Is(err, coreapi.ErrResponseTooLarge) != (len(body) > maxBody) {
			b.Fatal("wrong result:", err)
		}
	}
}

// BenchmarkGoroutines: throughput over connections, beside the baseline's. Over HTTP/2 all
// goroutines share one. Run it with -benchtime 1x.
func BenchmarkGoroutines(b *testing.B) {
	for _, p := range []protocol{http1, http2} {
		for n := 1; n <= 256; n *= 2 {
			for _, c := range contenders[:2] {
				b.Run(fmt.Sprintf("proto=%s/n=%d/client=%s", p, n, c.name), func(b *testing.B) {
					w := connectionWork{"GET", modeOK, getWork, 1, n}
					r := overConnection(b, p, c.make, w, 4*sampleTime())
					r.report(b)
					b.ReportMetric(float64(r.calls)/r.wall.Seconds(), "calls/s")
				})
			}
		}
	}
}

// slow is a server that answers no one until it is released.
type slow struct {
	canned
	arrived sync.WaitGroup
	release chan struct{}
}

// RoundTrip is safe for concurrent use.
func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	s.arrived.Done()
	select {
	case <-s.release:
		return s.canned.RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// BenchmarkInFlight measures what a call holds while it waits: heap and stack for
// each of 10,000 calls. The transport is in memory, so a real one's buffers and
// goroutines for a connection come on top. Run it with -benchtime 1x.
func BenchmarkInFlight(b *testing.B) {
	const calls = 10_000
	for _, c := range contenders {
		b.Run("client="+c.name, func(b *testing.B) {
			for range b.N {
				heap, stack := inFlight(b, c, calls)
				b.ReportMetric(heap/calls, "heap-B/call")
				b.ReportMetric(stack/calls, "stack-B/call")
			}
		})
	}
}

func inFlight(b *testing.B, c contender, calls int) (heap, stack float64) {
	server := &slow{canned: canned{answers: []answer{thingAnswer}}, release: make(chan struct{})}
	api := c.make(inMemoryBase, server)
	server.arrived.Add(calls)
	before := memory()
	var done sync.WaitGroup
	for range calls {
		done.Go(func() {
			if !getWork(context.Background(), api) {
				b.Error("wrong result")
			}
		})
	}
	server.arrived.Wait()
	during := memory()
	close(server.release)
	done.Wait()
	return float64(during.HeapAlloc) - float64(before.HeapAlloc), float64(during.StackInuse) - float64(before.StackInuse)
}

// memory settles the heap first: two collections, because sync.Pool keeps its
// victims for one.
func memory() runtime.MemStats {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}

// BenchmarkAtRest measures Clients that nobody calls. Run it with -benchtime 1x.
func BenchmarkAtRest(b *testing.B) {
	const clients = 1000
	for range b.N {
		kept := make([]*coreapi.Client, 0, clients)
		before, goroutines := memory(), runtime.NumGoroutine()
		for range clients {
			kept = append(kept, must(coreapi.New(inMemoryBase, coreapi.ClientKey(clientKey))))
		}
		after := memory()
		b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/clients, "heap-B/client")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines), "goroutines")
		runtime.KeepAlive(kept)
	}
}
