package bench

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// Each benchmark checks every result, and at its end that it sent the requests
// that the work asks for: a client that answers from a cache, or that retries
// behind one's back, fails.

// inTurn calls run for each contender, in an order of the round's own: run.sh
// numbers its rounds, so that none is always measured after the same neighbour.
func inTurn(b *testing.B, run func(b *testing.B, c contender)) {
	round, _ := strconv.ParseUint(os.Getenv("BENCH_ROUND"), 10, 64)
	for _, i := range rand.New(rand.NewPCG(round, 0)).Perm(len(contenders)) {
		c := contenders[i]
		b.Run("client="+c.name, func(b *testing.B) { run(b, c) })
	}
}

// inMemory measures one work over a canned transport.
func inMemory(b *testing.B, c client, transport *canned, requestsEach int, work func(context.Context, client) bool) {
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if !work(ctx, c) {
			b.Fatal("wrong result")
		}
	}
	if got, want := transport.requests.Load(), int64(b.N*requestsEach); got != want {
		b.Fatalf("%d requests for %d calls, want %d", got, b.N, want)
	}
}

func getWork(ctx context.Context, c client) bool {
	got, err := c.get(ctx)
	return err == nil && got == wantThing
}

func postWork(ctx context.Context, c client) bool {
	got, err := c.post(ctx, &credentials)
	return err == nil && got == wantSession
}

func errorWork(ctx context.Context, c client) bool {
	_, err := c.get(ctx)
	return c.denied(err)
}

func BenchmarkGet(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		transport := newCanned(thingAnswer)
		inMemory(b, c.make(inMemoryBase, transport), transport, 1, getWork)
	})
}

func BenchmarkPost(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		transport := newCanned(sessionAnswer)
		inMemory(b, c.make(inMemoryBase, transport), transport, 1, postWork)
	})
}

func BenchmarkError(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		transport := newCanned(deniedAnswer)
		inMemory(b, c.make(inMemoryBase, transport), transport, 1, errorWork)
	})
}

func BenchmarkRetry(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		if c.makeRetrying == nil {
			b.Skip("this client cannot retry")
		}
		transport := newCanned(busyAnswer, thingAnswer)
		inMemory(b, c.makeRetrying(inMemoryBase, transport), transport, 2, getWork)
	})
}

// overLoopback runs measure on a client of a real server, and counts what reached
// it. The server is in the same process, so its time and its allocations are in
// the figures, the same for all.
func overLoopback(b *testing.B, build func(string, http.RoundTripper) client, goroutines int, measure func(context.Context, client)) {
	server := newLoopback()
	defer server.Close()
	transport := newTransport()
	defer transport.CloseIdleConnections()
	api := build(server.URL, transport)
	openConnections(b, api, goroutines)
	server.requests.Store(0)
	b.ReportAllocs()
	measure(context.Background(), api)
	if got := server.requests.Load(); got != int64(b.N) {
		b.Fatalf("%d requests for %d calls", got, b.N)
	}
}

// openConnections keeps dialling out of the figures.
func openConnections(b *testing.B, api client, n int) {
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			for range 4 {
				if !getWork(context.Background(), api) {
					b.Error("wrong result")
				}
			}
		})
	}
	calls.Wait()
}

func oneByOne(b *testing.B) func(context.Context, client) {
	return func(ctx context.Context, api client) {
		for b.Loop() {
			if !getWork(ctx, api) {
				b.Fatal("wrong result")
			}
		}
	}
}

// fromGoroutines shares out b.N calls. testing's RunParallel would only start a
// multiple of the processors.
func fromGoroutines(b *testing.B, n int) func(context.Context, client) {
	return func(ctx context.Context, api client) {
		var left atomic.Int64
		left.Store(int64(b.N))
		var calls sync.WaitGroup
		b.ResetTimer()
		for range n {
			calls.Go(func() {
				for left.Add(-1) >= 0 {
					if !getWork(ctx, api) {
						b.Error("wrong result")
						return
					}
				}
			})
		}
		calls.Wait()
		b.StopTimer()
	}
}

func BenchmarkLoopback(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) { overLoopback(b, c.make, 1, oneByOne(b)) })
}

// BenchmarkSigned is Loopback with signed requests. The server does not verify them;
// TestSignedRequestsVerify does.
func BenchmarkSigned(b *testing.B) {
	signersInTurn(b, func(b *testing.B, c contender) { overLoopback(b, c.makeSigned, 1, oneByOne(b)) })
}

// BenchmarkSignedInMemory is Get with signed requests: what a signature allocates, without
// what the server allocates for its header.
func BenchmarkSignedInMemory(b *testing.B) {
	signersInTurn(b, func(b *testing.B, c contender) {
		transport := newCanned(thingAnswer)
		inMemory(b, c.makeSigned(inMemoryBase, transport), transport, 1, getWork)
	})
}

func signersInTurn(b *testing.B, run func(b *testing.B, c contender)) {
	inTurn(b, func(b *testing.B, c contender) {
		if c.makeSigned == nil {
			b.Skip("this client does not sign")
		}
		run(b, c)
	})
}

func BenchmarkParallel(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) { overLoopback(b, c.make, 64, fromGoroutines(b, 64)) })
}
