package coreapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is a row of the matrix: a way to fail, and what a call makes of it.
type fault struct {
	name      string
	setup     setup
	warm      bool // a call that succeeds goes before, on the same connection
	hangs     bool // only a time-out ends it
	get, post outcome
}

// outcome is what is asserted of a call.
type outcome struct {
	is       []error // of the package's sentinels exactly these
	cause    error   // found by errors.Is; nil: not looked for
	status   int
	delivery Delivery
	attempts int
	seen     int // requests that arrived at the server
	success  bool
	refused  bool // the server said that it did not act, so a POST may come again
	replayed int  // requests that net/http itself sent again, with the same id, on a dead reused connection
}

// The policy of the matrix: so many attempts, no wait between them.
const matrixAttempts = 3

// Few rows hang. Those get a short limit; the others one that they never reach,
// so that a slow machine does not change what is measured.
const (
	shortLimit = 200 * time.Millisecond
	longLimit  = 20 * time.Second
	slack      = 5 * time.Second // until a call that has a limit counts as late
)

// both is the same for GET and POST.
func (f fault) both(o outcome) fault { f.get, f.post = o, o; return f }

// safe is for what only a GET is sent again after.
func (f fault) safe(o outcome) fault {
	o.attempts, o.seen = 1, min(o.seen, 1)
	f.post = o
	o.attempts, o.seen = matrixAttempts, o.seen*matrixAttempts
	f.get = o
	return f
}

// lost is a connection that broke: nobody knows how far the call came.
func lost(name string, s setup) fault {
	return fault{name: name, setup: s}.safe(outcome{seen: 1})
}

// unseen is lost before a request arrived whole, as only the server can tell.
func unseen(name string, s setup) fault { return fault{name: name, setup: s}.safe(outcome{}) }

// cut is a success whose body does not come to its end.
func cut(name string, s setup) fault {
	return fault{name: name, setup: s}.safe(outcome{is: []error{ErrUnexpectedResponse}, status: 200, seen: 1})
}

// once is an answer that is final.
func once(name string, s setup, status int, d Delivery, is ...error) fault {
	return fault{name: name, setup: s}.both(outcome{is: is, status: status, delivery: d, attempts: 1, seen: 1})
}

// fine is odd, and still a success.
func fine(name string, s setup) fault {
	return fault{name: name, setup: s}.both(outcome{success: true, seen: 1})
}

// unmade is a connection that was not made; attempts are those of the policy.
func unmade(name string, s setup, cause error) fault {
	return fault{name: name, setup: s}.both(outcome{cause: cause, delivery: DeliveryNotSent, attempts: matrixAttempts})
}

// untrusted is a certificate that is not accepted.
func untrusted(name string, config func() *tls.Config) fault {
	return fault{name: name, setup: secure(config, say(okResponse))}.both(outcome{delivery: DeliveryNotSent, attempts: 1})
}

// hanging gives no more than is said, and does not end. status is 200 where the
// response's head comes through.
func hanging(name string, s setup, status int) fault {
	f := fault{name: name, setup: s, hangs: true}
	o := outcome{status: status, seen: 1}
	if status != 0 {
		o.is = []error{ErrUnexpectedResponse}
	}
	return f.safe(o)
}

const (
	okResponse = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"
	okHead     = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	chunkHead  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// withBody is a whole response, the connection's last.
func withBody(status, headers, body string) step {
	return say(fmt.Sprintf("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), headers, body))
}

func zipped(plain string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, plain)
	_ = z.Close()
	return b.String()
}

// bomb is 1 GB of zeroes behind an opening brace, as 1,024 gzip members.
var bomb = sync.OnceValue(func() string {
	return zipped(`{"a":"`) + strings.Repeat(zipped(strings.Repeat("0", 1<<20)), 1<<10)
})

const gzipHead = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"

func faults() []fault {
	return slices.Concat(connectingFaults(), brokenFaults(), slowFaults(), framingFaults(), http2Faults(), contentFaults(), redirectFaults())
}

func connectingFaults() []fault {
	return []fault{
		unmade("refused", refusedPort, syscall.ECONNREFUSED),
		unmade("DNS: no such host", names(noSuchName), nil),
		untrusted("TLS: expired", expiredCertificate),
		untrusted("TLS: wrong host", othersCertificate),
		untrusted("TLS: unknown authority", unknownCertificate),
		unseen("TLS: a client's certificate is wanted", secure(wantsClientCertificate, say(okResponse))),
		unseen("TLS: the server speaks none", atOnce(say("HTTP/1.1 400 Bad Request\r\n\r\n"))),
		unseen("TLS: closed in the handshake", atOnce(hangUp)),
		fault{name: "TLS: the handshake stalls", setup: atOnce(stall), hangs: true}.safe(outcome{}),
		fault{name: "DNS: no reply", setup: names(noReply), hangs: true}.safe(outcome{}),
	}
}

func brokenFaults() []fault {
	dead := fault{
		name: "a reused connection that is dead", warm: true, setup: turns(say(okResponse), hangUp, say(okResponse)),
		get:  outcome{success: true, seen: 2, replayed: 1}, // net/http sends it again, on a new connection
		post: outcome{attempts: 1, seen: 1},
	}
	return []fault{
		lost("reset before the headers", plain(reset)),
		lost("closed before the headers", plain(hangUp)),
		lost("reset in the headers", plain(say("HTTP/1.1 200 OK\r\nContent-"), reset)),
		lost("closed in the headers", plain(say("HTTP/1.1 200 OK\r\nContent-"))),
		cut("reset after the headers", plain(say(okHead), reset)),
		cut("closed after the headers", plain(say(okHead))),
		cut("reset in the body", plain(say(okHead+`{"a":`), reset)),
		cut("closed in the body", plain(say(okHead+`{"a":`))),
		fault{name: "502 reset in the body", setup: plain(say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>"), reset)}.
			safe(outcome{is: []error{ErrUnknownCode}, status: 502, seen: 1}),
		once("400 closed in the body", plain(say("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{")), 400, DeliveryRejected, ErrUnknownCode),
		once("400 with a whole code, closed in the body", plain(say("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n"+codeBody(CodeDuplicateKey))), 400, DeliveryRejected, ErrDuplicateKey),
		dead,
	}
}

func slowFaults() []fault {
	return []fault{
		hanging("no answer at all", plain(stall), 0),
		hanging("slow headers, a byte at a time", plain(drip("HTTP/1.1 200 OK\r\nX-Slow: "+strings.Repeat("a", 1000))), 0),
		hanging("slow body, a byte at a time", plain(say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), drip(" ")), 200),
		hanging("slow chunks, a byte at a time", plain(say(chunkHead), drip("1\r\n \r\n")), 200),
		hanging("stalled body", plain(say(okHead+`{"a":`), stall), 200),
		hanging("stalled between chunks", plain(say(chunkHead+"1\r\n{\r\n"), stall), 200),
		hanging("stalled before the end of close-delimited body", plain(say("HTTP/1.1 200 OK\r\n\r\n{}"), stall), 200),
		fine("a byte a segment, and all in time", plain(bytewise(okResponse))),
	}
}

func framingFaults() []fault {
	line := func(n int) string { return strings.Repeat("x", n) }
	return []fault{
		cut("Content-Length too long", plain(say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}"))),
		fine("Content-Length too short", plain(say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}{}"))),
		lost("Content-Length no number", plain(say("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n{}"))),
		lost("Content-Length negative", plain(say("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"))),
		lost("Content-Length twice", plain(say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))),
		once("Content-Length of 1 EB", plain(say("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n{}")), 200, DeliveryUnknown, ErrResponseTooLarge),
		cut("chunked, cut in a chunk", plain(say(chunkHead+"ff\r\n{}"))),
		cut("chunked, cut between chunks", plain(say(chunkHead+"2\r\n{}\r\n"))),
		cut("chunked, no length of a chunk", plain(say(chunkHead+"zz\r\n{}\r\n0\r\n\r\n"))),
		cut("chunked, a chunk of 16 EB", plain(say(chunkHead+"ffffffffffffffff\r\n{}\r\n"))),
		once("a body without an end", plain(say(chunkHead), sayForEver(strings.Repeat("4\r\naaaa\r\n", 1000))), 200, DeliveryUnknown, ErrResponseTooLarge),
		fine("HTTP/1.0, ended by closing", plain(say("HTTP/1.0 200 OK\r\n\r\n{}"))),
		once("HTTP/1.0, cut by closing", plain(say("HTTP/1.0 200 OK\r\n\r\n{\"a\":")), 200, DeliveryUnknown, ErrUnexpectedResponse),
		lost("malformed status line", plain(say("HTTP/1.1 okay\r\n\r\n"))),
		lost("not HTTP", plain(say("SSH-2.0-OpenSSH_9.2\r\n"))),
		once("HTTP/7.3, empty", plain(say("HTTP/7.3 200 OK\r\n\r\n")), 200, DeliveryUnknown, ErrUnexpectedResponse),
		lost("a header without a colon", plain(say("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"))),
		lost("zero bytes", plain(say(strings.Repeat("\x00", 100)))),
		fine("100 headers", plain(say("HTTP/1.1 200 OK\r\n"), times(100, "X-Many: one of many\r\n"), say("Content-Length: 2\r\n\r\n{}"))),
		fine("a header of 1 MB", plain(say("HTTP/1.1 200 OK\r\nX-Long: "), times(1<<10, line(1<<10)), say("\r\nContent-Length: 2\r\n\r\n{}"))),
		lost("a header without an end", plain(say("HTTP/1.1 200 OK\r\nX-Long: "), sayForEver(line(1<<16)))),
		fine("1,000 times 103, then 200", plain(times(1000, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), say(okResponse))),
		lost("1xx without an end", plain(sayForEver(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: "+line(4000)+"\r\n\r\n", 16)))),
		once("101 that nobody asked for", plain(say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n")), 101, DeliveryUnknown, ErrUnknownCode),
	}
}

func http2Faults() []fault {
	rst := func(code uint32) setup {
		return http2(func(stream uint32, _ int64) []byte { return rstStream(stream, code) })
	}
	firstThenOK := func(first func(stream uint32) []byte) setup {
		return http2(func(stream uint32, conn int64) []byte {
			if conn == 1 && stream == 1 {
				return first(stream)
			}
			return http2Answer(stream, "{}")
		})
	}
	return []fault{
		fine("HTTP/2, as a control", http2(func(stream uint32, _ int64) []byte { return http2Answer(stream, "{}") })),
		lost("HTTP/2 RST_STREAM, internal error", rst(internalError)),
		lost("HTTP/2 RST_STREAM, enhance your calm", rst(enhanceYourCalm)),
		cut("HTTP/2 RST_STREAM in the body", http2(func(stream uint32, _ int64) []byte {
			head := frame(frameHeaders, flagEndHeaders, stream, []byte(statusOKIndexed))
			return slices.Concat(head, frame(frameData, 0, stream, []byte(`{"a":`)), rstStream(stream, internalError))
		})),
		// The server says that it took nothing: net/http sends it again, a POST too.
		fault{name: "HTTP/2 RST_STREAM, refused, then answered", setup: firstThenOK(func(stream uint32) []byte { return rstStream(stream, refusedStream) })}.
			both(outcome{success: true, seen: 2, refused: true}),
		fault{name: "HTTP/2 GOAWAY before the stream, then answered", setup: firstThenOK(func(uint32) []byte { return goAway(0, noError) })}.
			both(outcome{success: true, seen: 2, refused: true}),
		lost("HTTP/2 GOAWAY with an error, after the stream", http2(func(stream uint32, _ int64) []byte {
			return slices.Concat(goAway(stream, internalError), frame(frameData, 0, 0, nil)) // DATA on stream 0 ends the connection
		})),
		fine("HTTP/2 GOAWAY after the stream, and its answer", http2(func(stream uint32, _ int64) []byte {
			return append(goAway(stream, noError), http2Answer(stream, "{}")...)
		})),
		hanging("HTTP/2 without an answer", http2(func(uint32, int64) []byte { return nil }), 0),
	}
}

func contentFaults() []fault {
	ok := func(headers, body string) setup { return plain(withBody("200 OK", headers, body)) }
	const zippedHeader = "Content-Encoding: gzip\r\n"
	withBodyCut := zipped(`{"a":"some text, so that there is something to cut"}`)
	damaged := []byte(withBodyCut)
	damaged[len(damaged)-6] ^= 0xff // in the checksum
	return []fault{
		fine("gzip, as a control", ok(zippedHeader, zipped(`{"a":"b"}`))),
		once("gzip that is none", ok(zippedHeader, `{"a":"b"} is no gzip at all`), 200, DeliveryUnknown, ErrUnexpectedResponse),
		once("gzip with a wrong checksum", ok(zippedHeader, string(damaged)), 200, DeliveryUnknown, ErrUnexpectedResponse),
		cut("gzip cut short in a whole response", ok(zippedHeader, withBodyCut[:len(withBodyCut)-12])),
		once("a gzip bomb of 1 GB", plain(say(gzipHead), func(c net.Conn) { say(bomb())(c) }), 200, DeliveryUnknown, ErrResponseTooLarge),
		once("a gzip bomb of 1 GB as an error", plain(say(strings.Replace(gzipHead, "200 OK", "500 No", 1)), func(c net.Conn) { say(bomb())(c) }), 500, DeliveryUnknown, ErrResponseTooLarge),
		once("an encoding that nobody asked for", ok("Content-Encoding: br\r\n", "\x8b\x03\x80{}\x03"), 200, DeliveryUnknown, ErrUnexpectedResponse),
		fine("204 with a body", plain(say("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"))),
		once("304", plain(say("HTTP/1.1 304 Not Modified\r\n\r\n")), 304, DeliveryUnknown, ErrUnknownCode),
		once("status 999", plain(withBody("999 What", "", "{}")), 999, DeliveryUnknown, ErrUnknownCode),
		once("an HTML page as a success", ok("Content-Type: text/html\r\n", "<html>sign in to the Wi-Fi</html>"), 200, DeliveryUnknown, ErrUnexpectedResponse),
		once("an empty success", ok("", ""), 200, DeliveryUnknown, ErrUnexpectedResponse),
		fault{name: "502 with HTML", setup: plain(withBody("502 Bad Gateway", "", "<html>"))}.safe(outcome{is: []error{ErrUnknownCode}, status: 502, seen: 1}),
		fault{name: "429 with HTML", setup: plain(withBody("429 Slow", "", "<html>"))}.both(outcome{
			is: []error{ErrUnknownCode}, status: 429, delivery: DeliveryRejected, attempts: matrixAttempts, seen: matrixAttempts, refused: true,
		}),
		fault{name: "REQUEST_TIMEOUT", setup: plain(withBody("504 Late", "", codeBody(CodeRequestTimeout)))}.both(outcome{
			is: []error{ErrRequestTimeout, ErrContactAdmin}, status: 504, attempts: matrixAttempts, seen: matrixAttempts, refused: true,
		}),
	}
}

func redirectFaults() []fault {
	places := []struct {
		name string
		to   func(here, elsewhere string) string
	}{
		{"the same host", func(here, _ string) string { return "http://" + here + "/moved" }},
		{"a loop", func(string, string) string { return "/things" }},
		{"another host", func(_, elsewhere string) string { return "http://" + elsewhere + "/" }},
		{"another scheme", func(_, elsewhere string) string { return "https://" + elsewhere + "/" }},
		{"a malformed Location", func(string, string) string { return "http://[::1/%zz" }},
		{"no Location", func(string, string) string { return "" }},
	}
	var rows []fault
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, place := range places {
			line := fmt.Sprintf("%d %s", status, http.StatusText(status))
			rows = append(rows, once(fmt.Sprintf("%d to %s", status, place.name), leadsTo(place.to, line), status, DeliveryUnknown, ErrRedirect))
		}
	}
	return rows
}

// measured is what came of a cell.
type measured struct {
	err                     error
	seen, elsewhere         int
	repeatedIDs, handedIDs  int // ids that came to the server, or to the transport, once more
	took                    time.Duration
	allocated               uint64
	hung, late              bool
	goroutines, connections int // left behind
	goroutineText           string
}

// totals are what the matrix comes to. Each but the first two has to stay zero.
type totals struct{ faults, calls, hangs, late, untyped, doubleSends, leaks, followed, repeatedIDs int }

func TestFaultMatrixEveryFaultIsATypedErrorInTimeWithoutADoubleSendOrALeak(t *testing.T) {
	// net/http itself writes a line for a body after a 204.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	bomb()
	var sum totals
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "fault\tcall\tdeadline\terror\tdelivery\tattempts\tseen\tms")
	for _, f := range faults() {
		sum.faults++
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, deadline := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/deadline=%v", f.name, method, deadline), func(t *testing.T) {
					want := f.expected(method, deadline)
					got := f.measure(t, method, deadline)
					sum.add(method, want, got)
					fmt.Fprintf(out, "%s\t%s\t%v\t%s\n", f.name, method, deadline, got.row())
					want.check(t, got)
				})
			}
		}
	}
	require.NoError(t, out.Flush())
	fmt.Fprintf(t.Output(), "%s\nfaults %d, calls %d, hangs %d, late %d, untyped errors %d, double sends %d, leaks %d, redirects followed %d, request ids sent twice %d\n",
		table.String(), sum.faults, sum.calls, sum.hangs, sum.late, sum.untyped, sum.doubleSends, sum.leaks, sum.followed, sum.repeatedIDs)
	require.Equal(t, totals{faults: sum.faults, calls: 4 * sum.faults}, sum)
}

// expected is the row's outcome. A deadline that ends a hanging call ends its
// first attempt.
func (f fault) expected(method string, deadline bool) outcome {
	o := f.get
	if method == http.MethodPost {
		o = f.post
	}
	if f.hangs && deadline {
		o.attempts, o.seen, o.cause = 1, min(o.seen, 1), context.DeadlineExceeded
	}
	return o
}

// measure makes one call in a world of its own.
func (f fault) measure(t *testing.T, method string, deadline bool) measured {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	w := newWorld()
	f.setup(t, w)
	attempt, limit := longLimit, longLimit
	switch {
	case f.hangs && deadline:
		limit = shortLimit
	case f.hangs:
		attempt, limit = shortLimit, matrixAttempts*shortLimit
	}
	c, err := New(w.base, ClientKey(testKey),
		WithHTTPClient(&http.Client{Transport: counting{w.transport, w}}), WithPlaintext(), WithMaxResponseBytes(1<<20), WithAttemptTimeout(attempt),
		WithRetryPolicy(RetryPolicy{MaxAttempts: matrixAttempts, BaseBackoff: 1, MaxBackoff: 1}))
	require.NoError(t, err)
	request := Request{Operation: "Test." + method, Method: method, Path: "/things"}
	if method == http.MethodPost {
		request.Body = map[string]string{"a": "whole"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if f.warm {
		_, err := Do[map[string]any](ctx, c, Request{Path: "/things"})
		require.NoError(t, err)
		w.seen.Store(1)
	}
	if deadline {
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), limit)
	}
	before := w.seen.Load()
	got := call1(ctx, c, request, limit)
	cancel()
	got.seen, got.elsewhere = int(w.seen.Load()-before), int(w.elsewhere.Load())
	got.repeatedIDs, got.handedIDs = int(w.repeated.Load()), int(w.handed.Load())
	if got.hung {
		w.end()
		return got
	}
	got.connections = settle(func() int {
		c.CloseIdleConnections() // an HTTP/2 stream that was cancelled is cleaned up by a goroutine
		return int(w.open.Load())
	})
	w.end()
	got.goroutines = settle(func() int { return runtime.NumGoroutine() - goroutines })
	if got.goroutines > 0 {
		var stacks bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		got.goroutineText = stacks.String()
	}
	return got
}

// call1 makes the call, and gives up on it where it hangs.
func call1(ctx context.Context, c *Client, request Request, limit time.Duration) measured {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	done := make(chan error, 1)
	go func() {
		_, err := Do[map[string]any](ctx, c, request)
		done <- err
	}()
	timer := time.NewTimer(limit + 2*slack)
	defer timer.Stop()
	select {
	case err := <-done:
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		return measured{err: err, took: took, late: took > limit+slack, allocated: after.TotalAlloc - before.TotalAlloc}
	case <-timer.C:
		return measured{hung: true, err: errors.New("the call did not end"), took: time.Since(start)}
	}
}

// settle waits for a count to come to zero, for a bounded time, and returns what
// is left.
func settle(count func() int) int {
	for end := time.Now().Add(slack); time.Now().Before(end); {
		if count() <= 0 {
			return 0
		}
		time.Sleep(100 * time.Microsecond)
	}
	return count()
}

func (s *totals) add(method string, want outcome, got measured) {
	s.calls++
	var e *Error
	for _, is := range []struct {
		bad   bool
		count *int
	}{
		{got.hung, &s.hangs},
		{got.late, &s.late},
		{got.err != nil && !errors.As(got.err, &e), &s.untyped},
		{method == http.MethodPost && got.seen > 1 && !want.refused, &s.doubleSends},
		{got.goroutines > 0 || got.connections > 0, &s.leaks},
		{got.elsewhere > 0, &s.followed},
		{got.handedIDs > 0 || got.repeatedIDs > want.replayed, &s.repeatedIDs},
	} {
		if is.bad {
			*is.count++
		}
	}
}

// row is a line of the table.
func (m measured) row() string {
	var e *Error
	if !errors.As(m.err, &e) {
		return fmt.Sprintf("%v\t\t\t%d\t%d", m.err, m.seen, m.took.Milliseconds())
	}
	var names []string
	for _, target := range allSentinels() {
		if errors.Is(e, target) {
			names = append(names, strings.TrimPrefix(target.Error(), "coreapi: "))
		}
	}
	if e.class.what() != "" && e.class != classCutShort {
		names = append(names, e.class.what())
	}
	for name, target := range map[string]error{"the deadline passed": context.DeadlineExceeded} {
		if errors.Is(e, target) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d", strings.Join(slices.Compact(names), ", "), e.Delivery, e.Attempts, m.seen, m.took.Milliseconds())
}

// allocationLimit is far under the bomb's 1 GB, and over net/http's 10 MB of
// headers in each of three attempts.
const allocationLimit = 256 << 20

func (o outcome) check(t *testing.T, got measured) {
	t.Helper()
	require.False(t, got.hung, "the call ends")
	require.False(t, got.late, "the call ends within its limit, not after %v", got.took)
	require.Zero(t, got.connections, "no connection is left")
	require.Zero(t, got.goroutines, "no goroutine is left: %s", got.goroutineText)
	require.Zero(t, got.elsewhere, "no redirect is followed")
	require.Zero(t, got.handedIDs, "no request id is handed to the transport twice")
	require.Equal(t, o.replayed, got.repeatedIDs, "no request id arrives twice, but where net/http sends a request again")
	require.Less(t, got.allocated, uint64(allocationLimit), "memory is bounded")
	require.Equal(t, o.seen, got.seen, "requests that the server saw (%v)", got.err)
	if o.success {
		require.NoError(t, got.err)
		return
	}
	e := asError(t, got.err)
	requireMatchesExactly(t, got.err, o.is...)
	require.Equal(t, o.status, e.StatusCode, "%v", e)
	require.Equal(t, o.delivery, e.Delivery, "%v", e)
	require.Equal(t, o.attempts, e.Attempts, "%v", e)
	require.Equal(t, errors.Is(o.cause, context.DeadlineExceeded), errors.Is(e, context.DeadlineExceeded), "%v", e)
	if o.cause != nil {
		require.ErrorIs(t, e, o.cause)
	}
	require.NotContains(t, everyVerb(e)+e.Report(), testKey)
	require.NotContains(t, e.Error(), "\n")
}
