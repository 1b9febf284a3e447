package bench

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fypass/coreapi-go"
)

// These tests prove once what the benchmarks take for granted.

// TestBodies holds the bodies to the sizes that the works name.
func TestBodies(t *testing.T) {
	for name, body := range map[string]struct {
		text string
		want int
	}{
		"thing": {thingBody, 300}, "session": {sessionBody, 200}, "denied": {deniedBody, 120},
	} {
		if !json.Valid([]byte(body.text)) || len(body.text) != body.want {
			t.Errorf("%s: %d bytes, want %d of valid JSON", name, len(body.text), body.want)
		}
	}
}

// recorded is a request as the server got it.
type recorded struct {
	proto, method, path string
	header              http.Header
	body                []byte
}

// recorder keeps what reaches a server.
type recorder struct {
	mu       sync.Mutex
	requests []recorded
}

func (r *recorder) record(req *http.Request, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, recorded{req.Proto, req.Method, req.URL.Path, req.Header.Clone(), body})
}

func (r *recorder) take() []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.requests
	r.requests = nil
	return taken
}

// sentBy does a work once by each client that can, over a real connection, and hands on what
// reached the server.
func sentBy(t *testing.T, p protocol, signed bool, w connectionWork, check func(t *testing.T, name string, sent []recorded)) {
	t.Helper()
	var wire recorder
	at, stop := listen(wire.record)
	t.Cleanup(stop)
	for _, c := range contenders {
		build := w.builder(c, signed)
		if build == nil {
			continue
		}
		transport := at.newTransport()
		t.Cleanup(transport.CloseIdleConnections)
		if !w.run(context.Background(), build(at.base(p)+"/"+w.mode, transport)) {
			t.Errorf("%s: wrong result", c.name)
		}
		check(t, c.name, wire.take())
	}
}

// everyWork runs a test for each protocol, unsigned and signed, and each work.
func everyWork(t *testing.T, run func(t *testing.T, p protocol, signed bool, w connectionWork)) {
	for _, p := range []protocol{http1, http2} {
		for _, signed := range []bool{false, true} {
			for _, w := range connectionWorks[:4] { // the fifth is the first, from goroutines
				t.Run(fmt.Sprintf("%s signed=%v %s", p, signed, w.name), func(t *testing.T) { run(t, p, signed, w) })
			}
		}
	}
}

// TestAllClientsSendTheSameHeaders: one that sends less, or a shorter id, would be no
// measure. A User-Agent is each one's own; net/http adds one where a client has none.
func TestAllClientsSendTheSameHeaders(t *testing.T) {
	everyWork(t, func(t *testing.T, p protocol, signed bool, w connectionWork) {
		want := []string{"Accept", "Accept-Encoding", "User-Agent", "X-Client-Key", "X-Request-Id", "X-Version"}
		if w.name == "POST" {
			want = append(want, "Content-Length", "Content-Type")
		}
		if signed {
			want = append(want, "X-Signature")
		}
		slices.Sort(want)
		sentBy(t, p, signed, w, func(t *testing.T, name string, sent []recorded) {
			for _, r := range sent {
				if got := slices.Sorted(maps.Keys(r.header)); !slices.Equal(got, want) {
					t.Errorf("%s sends %v, want %v", name, got, want)
				}
				if r.header.Get("X-Client-Key") != clientKey || r.header.Get("X-Version") != version || len(r.header.Get("X-Request-Id")) < 16 {
					t.Errorf("%s sends %v", name, r.header)
				}
				if r.proto != map[protocol]string{http1: "HTTP/1.1", http2: "HTTP/2.0"}[p] {
					t.Errorf("%s talks %s", name, r.proto)
				}
			}
		})
	})
}

// TestAllClientsSendTheSameBody: some write a line break behind it.
func TestAllClientsSendTheSameBody(t *testing.T) {
	want := must(json.Marshal(credentials))
	everyWork(t, func(t *testing.T, p protocol, signed bool, w connectionWork) {
		sentBy(t, p, signed, w, func(t *testing.T, name string, sent []recorded) {
			for _, r := range sent {
				body := bytes.TrimSuffix(r.body, []byte("\n"))
				if w.name == "POST" && !bytes.Equal(body, want) || w.name != "POST" && len(body) > 0 {
					t.Errorf("%s sends %q", name, body)
				}
			}
		})
	})
}

// TestEachCallIsRepeatedWhereTheWorkSaysSo, once and only once, and never behind one's back.
func TestEachCallIsRepeatedWhereTheWorkSaysSo(t *testing.T) {
	everyWork(t, func(t *testing.T, p protocol, signed bool, w connectionWork) {
		sentBy(t, p, signed, w, func(t *testing.T, name string, sent []recorded) {
			ids := map[string]bool{}
			for _, r := range sent {
				ids[r.header.Get("X-Request-Id")] = true
			}
			if int64(len(sent)) != w.requests || int64(len(ids)) != w.requests {
				t.Errorf("%s made %d requests with %d ids, want %d of each", name, len(sent), len(ids), w.requests)
			}
		})
	})
}

// TestAllSignTheSameText: the documented one, by one key, each by its own code. The text is
// in no request, so each signature is verified over it, of each attempt.
func TestAllSignTheSameText(t *testing.T) {
	public := &privateKey().PublicKey
	everyWork(t, func(t *testing.T, p protocol, signed bool, w connectionWork) {
		if !signed {
			return
		}
		signers := 0
		sentBy(t, p, signed, w, func(t *testing.T, name string, sent []recorded) {
			signers++
			for _, r := range sent {
				if err := verify(public, r, w.mode); err != nil {
					t.Errorf("%s: %v: %v", name, err, r.header)
				}
			}
		})
		if signers != 3 {
			t.Errorf("%d clients sign, want 3", signers)
		}
	})
}

// verify goes by the documented text, in which the path is without the base URL's own.
func verify(public *rsa.PublicKey, r recorded, mode string) error {
	signature, err := base64.StdEncoding.DecodeString(r.header.Get("X-Signature"))
	if err != nil {
		return err
	}
	text := must(coreapi.SignatureText(coreapi.Signature{}, coreapi.SignatureInput{
		Endpoint: strings.TrimPrefix(r.path, "/"+mode), Method: r.method, ClientKey: clientKey,
		RequestID: r.header.Get("X-Request-Id"), Version: version, Body: r.signedBody(),
	}))
	digest := sha256.Sum256(text)
	return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
}

func (r recorded) signedBody() []byte {
	if len(r.body) == 0 {
		return nil
	}
	return r.body
}

// TestAllocations prints what the table shows, quickly, and holds ours to its goal for a
// signature.
func TestAllocations(t *testing.T) {
	counts := map[string]float64{}
	for _, work := range []struct {
		name    string
		build   func(contender) builder
		answers []answer
		run     func(context.Context, client) bool
	}{
		{"get", plain, []answer{thingAnswer}, getWork},
		{"post", plain, []answer{sessionAnswer}, postWork},
		{"error", plain, []answer{deniedAnswer}, errorWork},
		{"retry", retrying, []answer{busyAnswer, thingAnswer}, getWork},
		{"signed", signed, []answer{thingAnswer}, getWork},
	} {
		for _, c := range contenders {
			build := work.build(c)
			if build == nil {
				continue
			}
			api := build(inMemoryBase, newCanned(work.answers...))
			allocs := testing.AllocsPerRun(200, func() {
				if !work.run(context.Background(), api) {
					t.Fatal("wrong result")
				}
			})
			t.Logf("%s %s: %.0f allocations", work.name, c.name, allocs)
			counts[work.name+" "+c.name] = allocs
		}
	}
	// crypto/rsa's own are in it.
	if more := counts["signed ours"] - counts["get ours"]; more > 10 {
		t.Errorf("a signature takes ours %.0f allocations, want at most 10", more)
	}
}

// How a contender is made.
func plain(c contender) builder    { return c.make }
func retrying(c contender) builder { return c.retrying }
func signed(c contender) builder   { return c.signed }

// TestTheServersProcessEndsWithItsInput: it must not outlive who started it.
func TestTheServersProcessEndsWithItsInput(t *testing.T) {
	in, end := io.Pipe()
	out, said := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveProcess(in, said) }()
	var at addresses
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatal(err)
	}
	if _, err := at.ask(countsPath); err != nil {
		t.Errorf("it does not answer: %v", err)
	}
	end.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := at.ask(countsPath); err == nil {
		t.Error("it still answers")
	}
}
