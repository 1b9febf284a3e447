package coreapitest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
)

// memoryURL is the name of a fake that listens nowhere. The domain is reserved
// for tests (RFC 2606), and https is what the SDK takes without more.
const memoryURL = "https://coreapi.test"

// errDropped is what a caller of the in-memory transport sees of a drop.
var errDropped = fmt.Errorf("coreapitest: the connection was dropped: %w", io.ErrUnexpectedEOF)

// transport answers in memory. It is safe for concurrent use.
type transport struct{ fake *fake }

// RoundTrip keeps http.RoundTripper's contract: it leaves the request as it is,
// closes its body whatever happens, and ends with its context.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in, err := receive(r)
	if err != nil {
		return nil, err
	}
	a := t.fake.answer(serverSide(r), in)
	switch {
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case a.dropped:
		return nil, errDropped
	}
	return a.response(r), nil
}

// receive reads and closes the body. It reads in a goroutine of its own, because
// a body may block for longer than the context lasts.
func receive(r *http.Request) (body, error) {
	if r.Body == nil {
		return body{}, checkRequest(r)
	}
	defer r.Body.Close()
	if err := checkRequest(r); err != nil || r.Body == http.NoBody {
		return body{}, err
	}
	read := make(chan body, 1)
	go func() { read <- readBody(guarded{r.Body}) }()
	select {
	case in := <-read:
		return in, readError(r.Context(), in)
	case <-r.Context().Done():
		return body{}, r.Context().Err()
	}
}

func readError(ctx context.Context, in body) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case in.err != nil:
		return fmt.Errorf("coreapitest: the request's body could not be read: %w", in.err)
	}
	return nil
}

// guarded makes an error of a caller's panic, which nobody could recover from in
// a goroutine of ours.
type guarded struct{ r io.Reader }

func (g guarded) Read(p []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			n, err = 0, fmt.Errorf("panic: %v", v)
		}
	}()
	return g.r.Read(p)
}

// checkRequest refuses what net/http's transport refuses too.
func checkRequest(r *http.Request) error {
	switch {
	case r.URL == nil || r.URL.Host == "":
		return errors.New("coreapitest: the request's URL has no host")
	case r.URL.Scheme != "http" && r.URL.Scheme != "https":
		return errors.New("coreapitest: the request's URL has no http or https scheme")
	}
	for _, values := range r.Header {
		for _, value := range values {
			if hasControl(value) {
				return errors.New("coreapitest: a header's value holds a control character")
			}
		}
	}
	return r.Context().Err()
}

// serverSide is the request as a server would see it. It shares nothing that may
// be written to.
func serverSide(r *http.Request) *http.Request {
	in := &http.Request{
		Method: r.Method,
		URL: &url.URL{
			Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery,
		},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{},
		Host:   r.Host,
		Body:   http.NoBody,
	}
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	if in.URL.Path == "" {
		in.URL.Path = "/"
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	for name, values := range r.Header {
		for _, value := range values {
			in.Header.Add(name, textproto.TrimString(value)) // as net/http sends and reads it
		}
	}
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	return in.WithContext(r.Context())
}

// response is the answer as a client would see it.
func (a answer) response(r *http.Request) *http.Response {
	length, data := a.sent(r.Method)
	resp := &http.Response{
		StatusCode: a.status,
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        a.header.Clone(),
		ContentLength: int64(length),
		Body:          http.NoBody,
		Request:       r,
	}
	if !a.hasBody() {
		resp.ContentLength = 0
		return resp
	}
	resp.Header.Set("Content-Length", strconv.Itoa(length))
	if r.Method == http.MethodHead {
		return resp
	}
	end := io.EOF
	if a.cut {
		end = io.ErrUnexpectedEOF
	}
	resp.Body = &responseBody{ctx: r.Context(), rest: bytes.NewReader(data), end: end}
	return resp
}

// responseBody ends as a connection would: with its context, or cut.
type responseBody struct {
	ctx    context.Context
	rest   *bytes.Reader
	end    error
	closed bool
}

// errClosedBody is what net/http's transport says too.
var errClosedBody = errors.New("http: read on closed response body")

func (b *responseBody) Read(p []byte) (int, error) {
	switch {
	case b.closed:
		return 0, errClosedBody
	case b.ctx.Err() != nil:
		return 0, b.ctx.Err()
	case len(p) == 0:
		return 0, nil
	}
	n, err := b.rest.Read(p)
	if err != nil {
		return n, b.end
	}
	return n, nil
}

func (b *responseBody) Close() error {
	b.closed = true
	return nil
}
