package coreapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// roundTripper is an in-memory transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is one scripted outcome of an attempt.
type answer struct {
	status int
	body   string
	header http.Header
	cut    error // ends the body instead of io.EOF
	err    error // the transport's, instead of a response
}

func (a answer) response(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	header := a.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	var body io.Reader = bytes.NewReader([]byte(a.body))
	if a.cut != nil {
		body = io.MultiReader(body, failingReader{a.cut})
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}, nil
}

// sent is what a request looked like when it arrived.
type sent struct {
	method, url, body string
	header            http.Header
}

// script answers requests in order, the last answer for ever, and keeps what
// arrived.
type script struct {
	mu      sync.Mutex
	answers []answer
	sent    []sent
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := sent{method: r.Method, url: r.URL.String(), header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		got.body = string(body)
	}
	a := s.answers[min(len(s.sent), len(s.answers)-1)]
	s.sent = append(s.sent, got)
	return a.response(r)
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

func scripted(answers ...answer) *script { return &script{answers: answers} }

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// refusedDial is a connection that was never made.
var refusedDial = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

// endlessBody is a body that lasts as long as its request.
type endlessBody struct{ ctx context.Context }

func (b endlessBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (endlessBody) Close() error { return nil }
