package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The first part of a path says how the server answers. A client has it in its base URL.
const (
	modeOK      = "ok"
	modeDenied  = "denied"  // 403
	modeBusy    = "busy"    // busyAnswer first, then as ok, in turn
	modeWaiting = "waiting" // as ok, once releasePath was asked for
)

// What the harness asks the server for. None of it is counted.
const (
	countsPath  = "/counts"  // the requests since it was last asked for
	releasePath = "/release" // lets those go on that wait
)

// counts are requests, by the protocol that they came by.
type counts struct{ HTTP1, HTTP2, Waiting int64 }

// server answers every client's paths, as a process of its own or in a test.
type server struct {
	http1, http2, busy, waiting atomic.Int64

	seen func(r *http.Request, body []byte) // nil: nobody wants to know

	once    sync.Once
	release chan struct{}
}

// ServeHTTP is safe for concurrent use.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case countsPath:
		_ = json.NewEncoder(w).Encode(counts{s.http1.Swap(0), s.http2.Swap(0), s.waiting.Load()})
		return
	case releasePath:
		s.once.Do(func() { close(s.release) })
		return
	}
	if r.ProtoMajor == 2 {
		s.http2.Add(1)
	} else {
		s.http1.Add(1)
	}
	if s.seen != nil {
		body, _ := io.ReadAll(r.Body)
		s.seen(r, body)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	a := s.answer(r.URL.Path)
	w.Header()["Content-Type"] = jsonType
	w.Header()["X-Request-Id"] = requestID
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// answer goes by the path's first part and its last, since some SDKs put a prefix between.
func (s *server) answer(path string) answer {
	mode, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch mode {
	case modeDenied:
		return deniedAnswer
	case modeBusy:
		if s.busy.Add(1)%2 == 1 {
			return busyAnswer
		}
	case modeWaiting:
		s.waiting.Add(1)
		<-s.release
		s.waiting.Add(-1)
	}
	switch {
	case strings.HasSuffix(rest, thingPath):
		return thingAnswer
	case strings.HasSuffix(rest, sessionPath):
		return sessionAnswer
	}
	return answer{http.StatusNotFound, []byte(`{}`)}
}

// addresses is where a server listens, and what makes a client trust it.
type addresses struct {
	HTTP1, HTTP2 string // base URLs
	Certificate  []byte // PEM
}

// listen serves HTTP/1.1, and HTTP/2 over TLS, until stop is called.
func listen(seen func(*http.Request, []byte)) (at addresses, stop func()) {
	s := &server{release: make(chan struct{}), seen: seen}
	plain := httptest.NewServer(s)
	secure := httptest.NewUnstartedServer(s)
	secure.EnableHTTP2 = true
	// More than any benchmark's goroutines and calls in flight: all on one connection.
	secure.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 20_000}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that ends in a handshake
	secure.StartTLS()
	at = addresses{plain.URL, secure.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})}
	return at, func() {
		s.once.Do(func() { close(s.release) })
		plain.Close()
		secure.Close()
	}
}

// serveProcess is the server's process: it says where it listens, and ends with its input.
func serveProcess(in io.Reader, out io.Writer) error {
	at, stop := listen(nil)
	defer stop()
	if err := json.NewEncoder(out).Encode(at); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

// protocol is how a client talks to the server.
type protocol string

const (
	http1 protocol = "HTTP1"
	http2 protocol = "HTTP2"
)

func (a addresses) base(p protocol) string {
	if p == http2 {
		return a.HTTP2
	}
	return a.HTTP1
}

// newTransport is the transport of every client over a connection, with the same settings:
// enough idle connections for the most goroutines of any benchmark here.
func (a addresses) newTransport() *http.Transport {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.Certificate)
	return &http.Transport{
		MaxIdleConns: 512, MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute,
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots},
	}
}

// ask gets one of the harness's paths.
func (a addresses) ask(path string) (c counts, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, a.HTTP1+path, nil)
	if err != nil {
		return c, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return c, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c, errors.New(resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil && err != io.EOF {
		return c, err
	}
	return c, nil
}

// requests is how many came by p since it was last asked, none by the other.
func (a addresses) requests(p protocol) (int64, error) {
	c, err := a.ask(countsPath)
	want, other := c.HTTP1, c.HTTP2
	if p == http2 {
		want, other = other, want
	}
	if err == nil && other != 0 {
		err = fmt.Errorf("%d requests came by another protocol than %s", other, p)
	}
	return want, err
}
