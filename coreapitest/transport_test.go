package coreapitest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

// watchedBody notes how it is used.
type watchedBody struct {
	io.Reader
	closed int
}

func (b *watchedBody) Close() error { b.closed++; return nil }

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("read") }

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestTheTransportClosesTheBodyWhateverHappens(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	errRead := errors.New("read")
	for name, tt := range map[string]struct {
		body   io.Reader
		change func(*http.Request) *http.Request
		fault  coreapitest.Fault
		err    error // nil: any, where fails
		fails  bool
	}{
		"an answer":        {body: strings.NewReader("{}")},
		"an unread answer": {body: strings.NewReader(strings.Repeat("x", 10<<20))},
		"a drop":           {body: strings.NewReader("{}"), fault: coreapitest.Fault{Drop: coreapitest.DropAfter}, fails: true, err: io.ErrUnexpectedEOF},
		"a context that ended": {body: strings.NewReader("{}"), fails: true, err: context.Canceled,
			change: func(r *http.Request) *http.Request { return r.WithContext(ended) }},
		"no URL":         {body: strings.NewReader("{}"), fails: true, change: func(r *http.Request) *http.Request { r.URL = nil; return r }},
		"another scheme": {body: strings.NewReader("{}"), fails: true, change: func(r *http.Request) *http.Request { r.URL.Scheme = "ftp"; return r }},
		"a header with a line break": {body: strings.NewReader("{}"), fails: true,
			change: func(r *http.Request) *http.Request { r.Header.Set("X-A", "a\nb"); return r }},
		"a body that fails":  {body: failingReader{errRead}, fails: true, err: errRead},
		"a body that panics": {body: panickingReader{}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New()
			if tt.fault != (coreapitest.Fault{}) {
				s.Inject(tt.fault)
			}
			sent := &watchedBody{Reader: tt.body}
			req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/user/login", sent)
			require.NoError(t, err)
			if tt.change != nil {
				req = tt.change(req)
			}
			resp, err := s.Transport().RoundTrip(req)
			require.Equal(t, 1, sent.closed)
			if !tt.fails {
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				return
			}
			require.Error(t, err)
			require.Nil(t, resp)
			if tt.err != nil {
				require.ErrorIs(t, err, tt.err)
			}
		})
	}
}

func TestTheTransportLeavesTheRequestAsItIs(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned())
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/client?a=b", nil)
	require.NoError(t, err)
	req.Header = http.Header{"x-client-key": {s.ClientKey}, "X-Request-Id": {"req-1"}}
	before := req.Clone(t.Context())
	resp, err := s.Transport().RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "header names are as on the wire, in any letter case")
	require.Equal(t, before.Header, req.Header)
	require.Equal(t, before.URL, req.URL)
	require.Same(t, req, resp.Request)

	resp.Header.Set("X-Request-Id", "changed")
	resp.Header["Content-Type"][0] = "changed"
	require.Equal(t, "req-1", req.Header.Get("X-Request-Id"))
	again, err := s.Transport().RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, "application/json", again.Header.Get("Content-Type"))
}

func TestTheTransportEndsWithTheContextWhileABodyBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		blocked, _ := io.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/device", blocked)
		require.NoError(t, err)
		_, err = s.Transport().RoundTrip(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, s.Requests(), "it did not arrive as a whole")
	})
}

func TestAResponsesBodyEndsWithTheContext(t *testing.T) {
	s := coreapitest.New()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/client", nil)
	require.NoError(t, err)
	resp, err := s.Transport().RoundTrip(req)
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, resp.Body.Close())
	_, err = resp.Body.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, context.Canceled, "closed comes first")
}

func TestBothWaysAnswerTheSame(t *testing.T) {
	for _, tt := range []struct{ method, path, body string }{
		{"GET", "/client", ""},
		{"HEAD", "/client", ""},
		{"OPTIONS", "/client", ""},
		{"POST", "/user/login", "{"},
		{"POST", "/device", `{"deviceId":"d","n":1.0}`},
		{"GET", "/device?id=a%2Fb", ""},
		{"PUT", "/device", ""},
		{"GET", "/nowhere", ""},
		{"GET", "/hosted/login?reqToken=x", ""},
		{"HEAD", "/hosted/login?reqToken=x", ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			listening, memory := coreapitest.NewServer(t), coreapitest.New()
			a := send(t, listening, tt.method, tt.path, tt.body)
			b := send(t, memory, tt.method, tt.path, tt.body)
			a.header.Del("Date")
			for _, h := range []http.Header{a.header, b.header} {
				require.NotEmpty(t, h.Get("X-Request-Id"))
				h.Del("X-Request-Id")
			}
			require.Equal(t, a.status, b.status)
			require.Equal(t, len(a.body), len(b.body), "%s\n%s", a.body, b.body)
			require.Equal(t, a.header, b.header)
		})
	}
}

func TestTheTransportTakesARequestWithoutMethodPathAndHeader(t *testing.T) {
	s := coreapitest.New()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://any.example", bytes.NewReader(nil))
	require.NoError(t, err)
	req.Method, req.Header = "", nil
	resp, err := s.Transport().RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Equal(t, "/", s.Requests()[0].Path)
}
