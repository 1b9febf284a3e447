package coreapitest_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

const (
	email    = "ana@example.com"
	whatsApp = "+6281200000001"
	password = "correct horse battery"
)

var (
	ana        = coreapitest.User{ID: "u-ana", Email: email, WhatsApp: whatsApp, Password: password}
	anasLogin  = coreapi.LoginRequest{Email: email, Password: password}
	deviceInfo = coreapi.DeviceInfo{DeviceID: "phone-1", Name: "Ana's phone", PushToken: "push-token-1"}
)

// ways are the two ways into a fake. Tests that take them hold for both.
var ways = map[string]func(testing.TB, ...coreapitest.Option) *coreapitest.Server{
	"real listener": coreapitest.NewServer,
	"in memory": func(_ testing.TB, opts ...coreapitest.Option) *coreapitest.Server {
		return coreapitest.New(opts...)
	},
}

func inBothWays(t *testing.T, test func(t *testing.T, s *coreapitest.Server)) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { test(t, way(t)) })
	}
}

// once makes a client that sends each request one time.
func once(s *coreapitest.Server, opts ...coreapi.Option) *coreapi.Client {
	return s.Client(append([]coreapi.Option{coreapi.WithRetryPolicy(coreapi.NoRetry())}, opts...)...)
}

// plain is an HTTP client for what the SDK would not send.
func plain(s *coreapitest.Server) *http.Client {
	if strings.HasPrefix(s.URL, "https") {
		return &http.Client{Transport: s.Transport()}
	}
	return &http.Client{}
}

// unsigned makes a client that sends the key alone, each request one time: a signature
// costs 0.8 ms, which counts where there are thousands. The Server needs WithUnsigned.
func unsigned(t testing.TB, s *coreapitest.Server) *coreapi.Client {
	t.Helper()
	c, err := coreapi.New(s.URL, coreapi.ClientKey(s.ClientKey),
		coreapi.WithHTTPClient(plain(s)), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	return c
}

type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request as the reference wants it, signed, and asks for English. header
// has names and values on top of that, a value "" taking the header away; what is
// signed are the headers that are sent.
func send(t testing.TB, s *coreapitest.Server, method, path, body string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("X-Client-Key", s.ClientKey)
	req.Header.Set("X-Version", "1.0.0")
	req.Header.Set("X-Request-Id", fmt.Sprint("sent-", sentRequests.Add(1)))
	req.Header.Set("X-Language", "en")
	req.Header.Set("X-Signature", "to be made")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	for name := range req.Header {
		if req.Header.Get(name) == "" {
			req.Header.Del(name)
		}
	}
	if req.Header.Get("X-Signature") == "to be made" {
		req.Header.Set("X-Signature", sign(t, s, signedText(req.Header, method, path, body)))
	}
	resp, err := plain(s).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp.StatusCode, resp.Header, string(data)}
}

var sentRequests atomic.Int64

// signedText is written without the SDK, after the reference's sample.
func signedText(h http.Header, method, endpoint, body string) string {
	token := ""
	if h.Get("X-Token") != "" {
		token = `"x-token":` + quoted(h.Get("X-Token")) + `,`
	}
	if body == "" {
		body = "{}"
	}
	return `{"endpoint":` + quoted(endpoint) + `,"method":` + quoted(method) +
		`,"headers":{"x-client-key":` + quoted(h.Get("X-Client-Key")) + `,` + token +
		`"x-request-id":` + quoted(h.Get("X-Request-Id")) + `,"x-version":` + quoted(h.Get("X-Version")) +
		`},"body":` + body + `}`
}

func quoted(s string) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSpace(out.String())
}

func sign(t testing.TB, s *coreapitest.Server, text string) string {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	signature, err := s.PrivateKey.Sign(rand.Reader, digest[:], crypto.SHA256)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(signature)
}

// recordingTB notes what a Server reports instead of failing the test.
type recordingTB struct {
	testing.TB
	failure string
}

func (tb *recordingTB) Helper() {}

func (tb *recordingTB) Fatalf(format string, args ...any) {
	tb.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// mistake runs what a test does wrong, and returns what a Server of NewServer
// and one of New said.
func mistake(t *testing.T, wrong func(s func(...coreapitest.Option) *coreapitest.Server)) (fatal string, panicked any) {
	t.Helper()
	tb := &recordingTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		wrong(func(opts ...coreapitest.Option) *coreapitest.Server { return coreapitest.NewServer(tb, opts...) })
	}()
	<-done
	func() {
		defer func() { panicked = recover() }()
		wrong(coreapitest.New)
	}()
	return tb.failure, panicked
}

func sha256Base64(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// asError fails the test where err holds no *Error.
func asError(t *testing.T, err error) *coreapi.Error {
	t.Helper()
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	return e
}
