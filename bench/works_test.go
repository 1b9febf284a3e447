package bench

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

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

// inspector keeps what a client sent.
type inspector struct {
	canned
	header http.Header
	body   []byte
}

// RoundTrip is for one goroutine.
func (i *inspector) RoundTrip(req *http.Request) (*http.Response, error) {
	i.header = req.Header.Clone()
	if req.Body != nil {
		i.body, _ = io.ReadAll(req.Body)
	}
	return i.canned.RoundTrip(req)
}

// TestSameWork proves once what the benchmarks take for granted: each client
// sends the key and the same JSON.
func TestSameWork(t *testing.T) {
	for _, c := range contenders {
		t.Run(c.name, func(t *testing.T) {
			sent := &inspector{canned: canned{answers: []answer{sessionAnswer}}}
			if !postWork(context.Background(), c.make(inMemoryBase, sent)) {
				t.Fatal("wrong result")
			}
			var got pair
			if err := json.Unmarshal(sent.body, &got); err != nil || got != credentials {
				t.Errorf("sent %s", sent.body)
			}
			if !sendsKey(sent.header) {
				t.Errorf("no key in %v", sent.header)
			}
		})
	}
}

func sendsKey(h http.Header) bool {
	for _, values := range h {
		if strings.Contains(strings.Join(values, " "), clientKey) {
			return true
		}
	}
	return false
}

// TestTheBaselineSendsTheHeadersThatOursSends: a call that sends less would be no
// measure. Only the SDK's User-Agent is its own.
func TestTheBaselineSendsTheHeadersThatOursSends(t *testing.T) {
	for name, build := range map[string]func(contender) func(string, http.RoundTripper) client{"unsigned": plain, "signed": signed} {
		t.Run(name, func(t *testing.T) {
			var sent []http.Header
			for _, c := range contenders[:2] {
				wire := &inspector{canned: canned{answers: []answer{sessionAnswer}}}
				if !postWork(context.Background(), build(c)(inMemoryBase, wire)) {
					t.Fatal("wrong result")
				}
				wire.header.Del("User-Agent")
				sent = append(sent, wire.header)
			}
			if byHand, ours := slices.Sorted(maps.Keys(sent[0])), slices.Sorted(maps.Keys(sent[1])); !slices.Equal(byHand, ours) {
				t.Errorf("%s sends %v, ours %v", baseline, byHand, ours)
			}
		})
	}
}

// TestEachAttemptHasARequestIDOfItsOwn holds for those that send one at all.
func TestEachAttemptHasARequestIDOfItsOwn(t *testing.T) {
	for _, c := range contenders[:3] {
		t.Run(c.name, func(t *testing.T) {
			wire := &collector{canned: canned{answers: []answer{busyAnswer, thingAnswer}}}
			if !getWork(context.Background(), c.makeRetrying(inMemoryBase, wire)) {
				t.Fatal("wrong result")
			}
			if len(wire.ids) != 2 || wire.ids[0] == "" || wire.ids[1] == "" || wire.ids[0] == wire.ids[1] {
				t.Errorf("sent the ids %q", wire.ids)
			}
		})
	}
}

// collector keeps the request ids that a client sent.
type collector struct {
	canned
	ids []string
}

// RoundTrip is for one goroutine.
func (c *collector) RoundTrip(req *http.Request) (*http.Response, error) {
	c.ids = append(c.ids, req.Header.Get("X-Request-Id"))
	return c.canned.RoundTrip(req)
}

// TestSignedRequestsVerify proves once that both sign the documented text, each by its
// own code.
func TestSignedRequestsVerify(t *testing.T) {
	key := must(coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))).Public().(*rsa.PublicKey)
	for _, c := range contenders[:2] {
		for name, work := range map[string]struct {
			run    func(context.Context, client) bool
			answer answer
			method string
			path   string
		}{
			"get":  {getWork, thingAnswer, http.MethodGet, thingPath},
			"post": {postWork, sessionAnswer, http.MethodPost, sessionPath},
		} {
			t.Run(c.name+" "+name, func(t *testing.T) {
				sent := &inspector{canned: canned{answers: []answer{work.answer}}}
				if !work.run(context.Background(), c.makeSigned(inMemoryBase, sent)) {
					t.Fatal("wrong result")
				}
				text := must(coreapi.SignatureText(coreapi.Signature{}, coreapi.SignatureInput{
					Endpoint: "/" + work.path, Method: work.method, ClientKey: clientKey,
					RequestID: sent.header.Get("X-Request-Id"), Version: version, Body: sent.body,
				}))
				digest := sha256.Sum256(text)
				signature, err := base64.StdEncoding.DecodeString(sent.header.Get("X-Signature"))
				if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
					t.Errorf("the signature does not verify: %v", sent.header)
				}
			})
		}
	}
}

// TestAllocations prints what the table shows, quickly, and holds ours to its goal for a
// signature.
func TestAllocations(t *testing.T) {
	counts := map[string]float64{}
	for _, work := range []struct {
		name    string
		build   func(contender) func(string, http.RoundTripper) client
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
func plain(c contender) func(string, http.RoundTripper) client    { return c.make }
func retrying(c contender) func(string, http.RoundTripper) client { return c.makeRetrying }
func signed(c contender) func(string, http.RoundTripper) client   { return c.makeSigned }
