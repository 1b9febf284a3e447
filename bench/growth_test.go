package bench

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

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

// newHeaders are forms of what each request has anew: the id, and a signature.
var newHeaders = []struct {
	name      string
	id        func() string
	signature func() string // nil: there is none
}{
	{"none new", func() string { return "AAAAAAAAAAAAAAAA" }, nil},
	{"8 letters and digits", func() string { return newRequestID()[:8] }, nil},
	{"12 letters and digits", func() string { return newRequestID()[:12] }, nil},
	{"16 letters and digits", newRequestID, nil},
	{"16 hex digits", func() string { return randomHex()[:16] }, nil},
	{"26 letters and digits", cryptorand.Text, nil},
	{"36, as a UUID has", func() string {
		h := randomHex()
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}, nil},
	{"16 letters and digits, and the signature's 344", newRequestID, randomSignature},
}

// randomSignature is as long as one by a key of 2,048 bits, and costs nearly nothing.
func randomSignature() string {
	var random [256]byte
	for i := 0; i < len(random); i += 8 {
		binary.NativeEndian.PutUint64(random[i:], rand.Uint64())
	}
	return base64.StdEncoding.EncodeToString(random[:])
}

// signatureHeader puts a signature on each request, in place.
type signatureHeader struct {
	http.RoundTripper
	make func() string
}

func (s signatureHeader) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("X-Signature", s.make())
	return s.RoundTripper.RoundTrip(req)
}

func randomHex() string {
	var random [16]byte
	binary.NativeEndian.PutUint64(random[:], rand.Uint64())
	binary.NativeEndian.PutUint64(random[8:], rand.Uint64())
	return hex.EncodeToString(random[:])
}

// BenchmarkNewHeaders measures what the form of what is new in each request costs, by the
// hand-written client. Run it with -benchtime 1x.
func BenchmarkNewHeaders(b *testing.B) {
	for _, p := range []protocol{http1, http2} {
		for _, i := range rand.New(rand.NewPCG(round(), 1)).Perm(len(newHeaders)) {
			h := newHeaders[i]
			b.Run(fmt.Sprintf("proto=%s/id=%d,_%s", p, i, strings.ReplaceAll(h.name, " ", "_")), func(b *testing.B) {
				build := func(base string, rt http.RoundTripper) client {
					if h.signature != nil {
						rt = signatureHeader{rt, h.signature}
					}
					c := newHandwritten(base, rt).(*handwritten)
					c.newID = h.id
					return c
				}
				overConnection(b, p, build, connectionWorks[0], sampleTime()).report(b)
			})
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

// BenchmarkInFlight measures what a call holds while it waits: heap and stack for each of
// 10,000 calls. In memory a real connection's part is left out; over HTTP/2, where all share
// one connection, it is in. Run it with -benchtime 1x, and each client in a process of its
// own: the runtime learns from earlier goroutines how large a stack to begin with.
func BenchmarkInFlight(b *testing.B) {
	for _, c := range contenders {
		b.Run("over=memory/client="+c.name, func(b *testing.B) {
			server := &slow{canned: canned{answers: []answer{thingAnswer}}, release: make(chan struct{})}
			server.arrived.Add(callsInFlight)
			reportInFlight(b, c.make(inMemoryBase, server), server.arrived.Wait, func() { close(server.release) })
		})
		b.Run("over=HTTP2/client="+c.name, func(b *testing.B) {
			at := serverProcess()
			transport := at.newTransport()
			defer transport.CloseIdleConnections()
			if !getWork(context.Background(), c.make(at.HTTP2+"/"+modeOK, transport)) {
				b.Fatal("wrong result")
			}
			arrived := func() {
				for must(at.ask(countsPath)).Waiting < callsInFlight {
					time.Sleep(10 * time.Millisecond)
				}
			}
			reportInFlight(b, c.make(at.HTTP2+"/"+modeWaiting, transport), arrived, func() { must(at.ask(releasePath)) })
		})
	}
}

const callsInFlight = 10_000

// reportInFlight begins the calls, waits until all have arrived and releases them.
func reportInFlight(b *testing.B, api client, arrived, release func()) {
	var done sync.WaitGroup
	before := memory()
	for range callsInFlight {
		done.Go(func() {
			if !getWork(context.Background(), api) {
				b.Error("wrong result")
			}
		})
	}
	arrived()
	during := memory()
	release()
	done.Wait()
	b.ReportMetric((float64(during.HeapAlloc)-float64(before.HeapAlloc))/callsInFlight, "heap-B/call")
	b.ReportMetric((float64(during.StackInuse)-float64(before.StackInuse))/callsInFlight, "stack-B/call")
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
