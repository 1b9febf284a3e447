// Package signing measures what a signature costs, and what limits signed calls. It is a
// package of its own so that BoringCrypto's build, which compiles the standard library anew,
// has no other SDK to compile. ../sign.sh prints the tables.
package signing

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// input is what a GET's signature is made of.
var input = coreapi.SignatureInput{
	Endpoint: "/things/42", Method: "GET", ClientKey: "key-0123456789abcdef", RequestID: "AAAAAAAAAAAAAAAA", Version: "1.0.0",
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func signedText() []byte { return must(coreapi.SignatureText(coreapi.Signature{}, input)) }

func privateKey() *rsa.PrivateKey {
	return must(coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))).(*rsa.PrivateKey)
}

// part is a part of a signature.
type part struct {
	name string
	run  func() bool // false: the result is wrong
}

// parts are done one after the other; "verify" is done with the signature of a KMS.
func parts() []part {
	key, text := privateKey(), signedText()
	digest := sha256.Sum256(text)
	signature := must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]))
	return []part{
		{"text", func() bool { return string(signedText()) == string(text) }},
		{"digest", func() bool { return sha256.Sum256(text) == digest }},
		{"rsa", func() bool { return len(must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]))) == len(signature) }},
		{"base64", func() bool { return len(base64.StdEncoding.EncodeToString(signature)) == 344 }},
		{"verify", func() bool { return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) == nil }},
	}
}

func BenchmarkSignPart(b *testing.B) {
	for _, p := range parts() {
		b.Run("part="+p.name, func(b *testing.B) {
			for b.Loop() {
				if !p.run() {
					b.Fatal("wrong result")
				}
			}
		})
	}
}

// signed is what is signed repeatedly: crypto/rsa alone, or whole calls of a Client whose
// transport answers in memory.
type signed struct {
	by  string
	run func() bool
}

func everySigned() []signed {
	key := privateKey()
	digest := sha256.Sum256(signedText())
	client := must(coreapi.New("https://api.example.com", coreapi.SignedClientKey("key-0123456789abcdef", key),
		coreapi.WithHTTPClient(&http.Client{Transport: answering{}})))
	return []signed{
		{"rsa", func() bool { return len(must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]))) == key.Size() }},
		{"ours", func() bool {
			info, err := client.Clients.Info(context.Background())
			return err == nil && info.ID == "cli_1"
		}},
	}
}

// answering answers in memory what is signed.
type answering struct{}

// RoundTrip is safe for concurrent use.
func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(r.Header.Get("X-Signature")) != 344 {
		return nil, fmt.Errorf("the signature has %d characters", len(r.Header.Get("X-Signature")))
	}
	const body = `{"id":"cli_1"}`
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// BenchmarkSignRate: signatures a second from one goroutine and from one a core. Run it with
// -benchtime 1x: a sample's length is BENCH_SAMPLE.
func BenchmarkSignRate(b *testing.B) {
	for _, n := range []int{1, runtime.GOMAXPROCS(0)} {
		for _, s := range everySigned() {
			b.Run(fmt.Sprintf("by=%s/n=%d", s.by, n), func(b *testing.B) {
				length, err := time.ParseDuration(os.Getenv("BENCH_SAMPLE"))
				if err != nil {
					length = 10 * time.Millisecond
				}
				begun := time.Now()
				count := repeat(b, s.run, n, begun.Add(length))
				b.ReportMetric(float64(count)/time.Since(begun).Seconds(), "signatures/s")
			})
		}
	}
}

// repeat runs from n goroutines until a time, once at least each, and counts.
func repeat(tb testing.TB, run func() bool, n int, until time.Time) int64 {
	var count atomic.Int64
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			for more := true; more; more = time.Now().Before(until) {
				if !run() {
					tb.Error("wrong result")
					return
				}
				count.Add(1)
			}
		})
	}
	running.Wait()
	return count.Load()
}

// TestWhatIsMeasuredSigns holds the benchmarks to what they say they measure.
func TestWhatIsMeasuredSigns(t *testing.T) {
	for _, p := range parts() {
		if !p.run() {
			t.Errorf("%s: wrong result", p.name)
		}
	}
	for _, s := range everySigned() {
		if repeat(t, s.run, 2, time.Now()) != 2 {
			t.Errorf("%s: not signed once by each goroutine", s.by)
		}
	}
}
