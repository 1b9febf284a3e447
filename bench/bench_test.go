package bench

import (
	"context"
	"math/rand/v2"
	"testing"
)

// These measure the SDK's own part: their transports answer in memory, and so are next to
// nothing. What a call costs is in connection_test.go.
//
// Each benchmark checks every result, and at its end that it sent the requests
// that the work asks for: a client that answers from a cache, or that retries
// behind one's back, fails.

// inTurn calls run for each contender, in an order of the round's own: run.sh
// numbers its rounds, so that none is always measured after the same neighbour.
func inTurn(b *testing.B, run func(b *testing.B, c contender)) {
	for _, i := range rand.New(rand.NewPCG(round(), 0)).Perm(len(contenders)) {
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
		if c.retrying == nil {
			b.Skip("this client cannot retry")
		}
		transport := newCanned(busyAnswer, thingAnswer)
		inMemory(b, c.retrying(inMemoryBase, transport), transport, 2, getWork)
	})
}

// BenchmarkSigned is Get with signed requests: nearly all of it is crypto/rsa.
func BenchmarkSigned(b *testing.B) {
	inTurn(b, func(b *testing.B, c contender) {
		if c.signed == nil {
			b.Skip("this client does not sign")
		}
		transport := newCanned(thingAnswer)
		inMemory(b, c.signed(inMemoryBase, transport), transport, 1, getWork)
	})
}
