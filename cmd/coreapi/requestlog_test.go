package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// handlerTransport calls a handler.
type handlerTransport struct{ handler http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

type recordingHandler interface {
	http.Handler
	pathRecorder
}

// logOf serves one request and returns what was logged of it.
func logOf(t *testing.T, handler recordingHandler, r *http.Request) string {
	t.Helper()
	var logged bytes.Buffer
	func() {
		defer func() { _ = recover() }() // a dropped connection
		logRequests(slog.New(slog.NewTextHandler(&logged, nil)), handler, handler).ServeHTTP(httptest.NewRecorder(), r)
	}()
	require.Equal(t, 1, strings.Count(logged.String(), "\n"), "one line: %s", logged.String())
	return logged.String()
}

func TestRequestLogHasNoSecrets(t *testing.T) {
	box, err := newSandbox(seed{Client: seedClient{Key: "s3cret-key"}, Users: []seedUser{{Email: "a@b.c", Password: "s3cret-password"}}}, rules{})
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodPost, "/user/login?id=s3cret-token&next=s3cret", strings.NewReader(`{"email":"a@b.c","password":"s3cret-password"}`))
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Client-Key", "s3cret-key")
	r.Header.Set("X-Token", "s3cret-user-token")
	r.Header.Set("X-Signature", "s3cret-signature")
	r.Header.Set("Authorization", "Bearer s3cret")
	r.Header.Set("Cookie", "a=s3cret")
	r.Header.Set("X-Request-Id", "id-1")
	line := logOf(t, box, r)
	assert.NotContains(t, line, "s3cret")
	for _, want := range []string{"method=POST", "path=/user/login", "status=401", "request_id=id-1", "id=[redacted]", "next=[redacted]"} {
		assert.Contains(t, line, want)
	}
}

func TestRequestLogHasTheCode(t *testing.T) {
	line := logOf(t, coreapitest.New(), httptest.NewRequest(http.MethodGet, "/client", nil))
	assert.Contains(t, line, "status=401")
	assert.Contains(t, line, "code=UNITSYSTEM00001")
}

func TestRequestLogHasADocumentedCodeWhateverTheStatus(t *testing.T) {
	fake := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{Envelope: `{"code":"SUCCESS","data":"{result}"}`}), coreapitest.WithAlways200())
	line := logOf(t, fake, httptest.NewRequest(http.MethodGet, "/client", nil))
	assert.Contains(t, line, "status=200 code=UNITSYSTEM00001")
	fake.Inject(coreapitest.Fault{Body: `{"code":"s3cret"}`})
	assert.NotContains(t, logOf(t, fake, httptest.NewRequest(http.MethodGet, "/client", nil)), "code=")
}

func TestRequestLogHasNoTokenOfAPath(t *testing.T) {
	fake := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status"}}))
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		line := logOf(t, fake, httptest.NewRequest(method, "/l%6Fgin/s3cret/status", nil))
		assert.Contains(t, line, "path=/login/{reqToken}/status")
		assert.NotContains(t, line, "s3cret")
	}
}

func TestRequestLogIsNotForged(t *testing.T) {
	fake := coreapitest.New()
	fake.Inject(coreapitest.Fault{Code: "X\nlevel=INFO msg=forged"})
	r := httptest.NewRequest(http.MethodGet, "/client", nil)
	r.URL.RawQuery = "a%0Ab=1"
	r.Header.Set("X-Request-Id", "x\nmsg=forged \x1b[31m")
	line := logOf(t, fake, r)
	assert.NotContains(t, line, "\x1b")
	assert.Contains(t, line, `X\\nlevel`)
}

func TestRequestLogOfADroppedConnection(t *testing.T) {
	for _, fault := range []coreapitest.Fault{{Drop: coreapitest.DropBefore}, {Drop: coreapitest.DropAfter}} {
		fake := coreapitest.New()
		fake.Inject(fault)
		line := logOf(t, fake, httptest.NewRequest(http.MethodGet, "/client", nil))
		assert.Contains(t, line, "status=dropped")
	}
}

func TestRequestLogLetsACutBodyThrough(t *testing.T) {
	fake := coreapitest.New(coreapitest.WithUnsigned())
	fake.Inject(coreapitest.Fault{Truncate: true})
	server := httptest.NewServer(logRequests(slog.New(slog.DiscardHandler), fake, fake))
	defer server.Close()
	response, err := http.Get(server.URL + "/client")
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotEmpty(t, body)
}
