package coreapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

const (
	testBase = "https://api.example.com/v1"
	testKey  = "key-0123456789"
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

func scripted(answers ...answer) *script { return &script{answers: answers} }

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

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// newClient is a Client over an in-memory transport.
func newClient(t testing.TB, transport http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	opts = append([]Option{WithHTTPClient(&http.Client{Transport: transport})}, opts...)
	c, err := New(testBase, ClientKey(testKey), opts...)
	require.NoError(t, err)
	return c
}

// inFakeTime runs f in a bubble where waits take no time.
func inFakeTime(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// get and post are the two kinds of call that the retry table tells apart.
func get(c *Client, opts ...CallOption) error {
	_, err := Do[map[string]any](context.Background(), c, Request{Operation: "Test.Get", Path: "/things"}, opts...)
	return err
}

func post(c *Client, opts ...CallOption) error {
	_, err := Do[map[string]any](context.Background(), c,
		Request{Operation: "Test.Post", Method: http.MethodPost, Path: "/things", Body: map[string]string{"a": "whole"}}, opts...)
	return err
}

// asError fails the test where err holds no *Error.
func asError(t testing.TB, err error) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.NotNil(t, e)
	return e
}

func codeBody(code Code) string { return `{"code":"` + string(code) + `","message":"words"}` }

// writeBomb writes 64 MB of zeroes, compressed.
func writeBomb(w io.Writer) {
	z := gzip.NewWriter(w)
	defer z.Close()
	zeroes := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(zeroes); err != nil {
			return
		}
	}
}
