package bench

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
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

// TestAllocations prints what the table shows, quickly.
func TestAllocations(t *testing.T) {
	for _, work := range []struct {
		name     string
		retrying bool
		answers  []answer
		run      func(context.Context, client) bool
	}{
		{"get", false, []answer{thingAnswer}, getWork},
		{"post", false, []answer{sessionAnswer}, postWork},
		{"error", false, []answer{deniedAnswer}, errorWork},
		{"retry", true, []answer{busyAnswer, thingAnswer}, getWork},
	} {
		for _, c := range contenders {
			build := c.make
			if work.retrying {
				build = c.makeRetrying
			}
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
		}
	}
}
