package coreapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func debugHandler(w io.Writer) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// logLine is a line of a log, with the context that it was written with.
type logLine struct {
	ctx     context.Context
	level   slog.Level
	message string
	attrs   map[string]any
}

// lineRecorder is a slog.Handler that keeps every line.
type lineRecorder struct {
	slog.Handler
	lines []logLine
}

func (r *lineRecorder) Enabled(context.Context, slog.Level) bool { return true }

func (r *lineRecorder) Handle(ctx context.Context, record slog.Record) error {
	line := logLine{ctx: ctx, level: record.Level, message: record.Message, attrs: map[string]any{}}
	record.Attrs(func(a slog.Attr) bool { line.attrs[a.Key] = a.Value.Any(); return true })
	r.lines = append(r.lines, line)
	return nil
}

// said is level and message of each line.
func (r *lineRecorder) said() []string {
	var all []string
	for _, line := range r.lines {
		all = append(all, line.level.String()+" "+line.message)
	}
	return all
}

func (l logLine) names() []string {
	var names []string
	for name := range l.attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestALogTellsOfEveryAttemptRetryAndCall(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(
			answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout), header: http.Header{"Retry-After": {"2"}}},
			answer{body: `{"state":"pending"}`})
		var log lineRecorder
		c := newClient(t, s, coreapi.WithLogger(slog.New(&log)), coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Nanosecond}))
		_, err := c.Users.LoginStatus(context.Background(), "token-0123456789", coreapi.WithRequestID("call-1"))
		require.NoError(t, err)
		require.Equal(t, []string{"DEBUG coreapi: attempt", "INFO coreapi: retry", "DEBUG coreapi: attempt", "DEBUG coreapi: call"}, log.said())
		first, retry, second, call := log.lines[0].attrs, log.lines[1].attrs, log.lines[2].attrs, log.lines[3].attrs
		require.IsType(t, (*coreapi.Error)(nil), first["error"])
		require.InDelta(t, 2*time.Second, first["coreapi.retry_in"], float64(time.Nanosecond))
		require.InDelta(t, 2*time.Second, retry["coreapi.retry_in"], float64(time.Nanosecond))
		require.InDelta(t, 2*time.Second, call["coreapi.duration"], float64(time.Nanosecond))
		delete(first, "error")
		for _, line := range []map[string]any{first, retry, call} {
			delete(line, "coreapi.retry_in")
			delete(line, "coreapi.duration")
		}
		require.Equal(t, map[string]any{
			"coreapi.operation": "Users.LoginStatus", "http.request.method": "GET", "url.template": "/user/login",
			"coreapi.request_id": "call-1", "coreapi.attempt": int64(1), "http.response.status_code": int64(504), "network.protocol.version": "1.1",
			"error.type": "REQUEST_TIMEOUT", "coreapi.delivery": "unknown",
		}, first)
		require.Equal(t, map[string]any{
			"coreapi.operation": "Users.LoginStatus", "http.request.method": "GET", "url.template": "/user/login",
			"coreapi.request_id": "call-1", "coreapi.attempt": int64(1), "http.response.status_code": int64(504), "error.type": "REQUEST_TIMEOUT",
		}, retry)
		require.Equal(t, map[string]any{
			"coreapi.operation": "Users.LoginStatus", "http.request.method": "GET", "url.template": "/user/login",
			"coreapi.request_id": "call-1-2", "coreapi.attempt": int64(2), "coreapi.duration": time.Duration(0), "http.response.status_code": int64(200), "network.protocol.version": "1.1",
		}, second)
		require.Equal(t, map[string]any{
			"coreapi.operation": "Users.LoginStatus", "http.request.method": "GET", "url.template": "/user/login",
			"coreapi.request_id": "call-1-2", "coreapi.attempts": int64(2), "http.response.status_code": int64(200),
		}, call)
	})
}

func TestAFailedCallIsLoggedByWhoHasToAct(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		answer answer
		line   string
		kind   string
		action string
	}{
		"the user":   {context.Background(), answer{status: 401, body: codeBody(coreapi.CodeInvalidPassword)}, "WARN coreapi: call failed", "INVALID_PASSWORD", "fix the credentials"},
		"the admin":  {context.Background(), answer{status: 403, body: codeBody(coreapi.CodeClientAccountSuspended)}, "ERROR coreapi: call failed", "CLIENT_ACCOUNT_SUSPENDED", "contact the admin"},
		"nobody yet": {context.Background(), answer{status: 500}, "WARN coreapi: call failed", "unknown_code", "look before sending again"},
		"the caller": {cancelled, answer{}, "DEBUG coreapi: call failed", "canceled", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			var log lineRecorder
			require.Error(t, newClientDoes(test.ctx, t, scripted(test.answer), coreapi.WithLogger(slog.New(&log))))
			last := log.lines[len(log.lines)-1]
			require.Equal(t, test.line, last.level.String()+" "+last.message)
			require.Equal(t, test.kind, last.attrs["error.type"])
			require.Equal(t, test.action, last.attrs["coreapi.action"])
		})
	}
}

// newClientDoes makes one POST.
func newClientDoes(ctx context.Context, t *testing.T, s http.RoundTripper, opts ...coreapi.Option) error {
	_, err := coreapi.Do[coreapi.RawJSON](ctx, newClient(t, s, opts...), coreapi.Request{Method: "POST", Path: "/things", Body: struct{}{}})
	return err
}

func TestARefusedArgumentIsLoggedOnce(t *testing.T) {
	var log lineRecorder
	c := newClient(t, scripted(), coreapi.WithLogger(slog.New(&log)))
	_, err := c.Devices.Get(context.Background(), "")
	require.Error(t, err)
	require.Equal(t, []string{"WARN coreapi: call failed"}, log.said())
	require.Equal(t, "invalid_argument", log.lines[0].attrs["error.type"])
	require.NotContains(t, log.lines[0].names(), "http.response.status_code")
	require.NotContains(t, log.lines[0].names(), "coreapi.request_id", "nothing was sent")
}

func TestALoginThatIsWaitedForIsLoggedAboveDebugOnlyForItsTroubles(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		fake := coreapitest.New()
		var log lineRecorder
		c := fake.Client(coreapi.WithLogger(slog.New(&log)))
		session, err := c.Users.StartLogin(context.Background())
		require.NoError(t, err)
		log.lines = nil
		fake.Inject(coreapitest.Fault{Operation: "Users.LoginStatus", Status: 503})
		time.AfterFunc(3*time.Second, func() { fake.FailLogin(session.ReqToken, coreapi.CodeUserSuspended) })
		_, err = c.Users.WaitForLogin(context.Background(), session.ReqToken)
		require.ErrorIs(t, err, coreapi.ErrUserSuspended)
		said := slices.DeleteFunc(log.said(), func(line string) bool { return strings.HasPrefix(line, "DEBUG") })
		require.Equal(t, []string{"INFO coreapi: call failed", "ERROR coreapi: call failed"}, said)
		require.Equal(t, "Users.WaitForLogin", log.lines[len(log.lines)-1].attrs["coreapi.operation"])
	})
}

func TestAPollThatEndsTheWaitIsLoggedAboveDebugOnce(t *testing.T) {
	var log lineRecorder
	c := newClient(t, scripted(answer{status: 403, body: codeBody(coreapi.CodeClientAccountSuspended)}), coreapi.WithLogger(slog.New(&log)))
	_, err := c.Users.WaitForLogin(context.Background(), "token-0123456789")
	require.ErrorIs(t, err, coreapi.ErrClientSuspended)
	require.Equal(t, []string{"DEBUG coreapi: attempt", "DEBUG coreapi: call failed", "ERROR coreapi: call failed"}, log.said())
}

func TestALogHasThePathWhereThereIsNoRoute(t *testing.T) {
	var log lineRecorder
	c := newClient(t, scripted(answer{body: "{}"}), coreapi.WithLogger(slog.New(&log)))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/order/17"})
	require.NoError(t, err)
	for _, line := range log.lines {
		require.Equal(t, "/order/17", line.attrs["url.template"], line.message)
		require.Equal(t, "GET /order/17", line.attrs["coreapi.operation"], line.message)
	}
}

func TestALogAboveDebugTellsNothingOfWhatWentWell(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, get(newClient(t, scripted(answer{body: "{}"}), coreapi.WithLogger(slog.New(slog.NewJSONHandler(&out, nil))))))
	require.Empty(t, out.String())
}

func TestLoggedValuesAreThoseThatHandlersKnow(t *testing.T) {
	var out bytes.Buffer
	h := slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})
	c := newClient(t, scripted(answer{status: 403, body: codeBody(coreapi.CodeClientAccountSuspended)}, answer{body: "{}"}),
		coreapi.WithLogger(slog.New(h).With("service", "shop")))
	require.Error(t, get(c))
	require.NoError(t, get(c))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	for _, line := range lines {
		var attrs map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &attrs))
		require.Equal(t, "shop", attrs["service"])
		require.NotContains(t, line, "!ERROR", "a value that the handler could not write")
		require.NotContains(t, line, testKey)
	}
	require.Contains(t, lines[1], `"error":{"error":"coreapi: `)
	require.NoError(t, slogtest.TestHandler(h, func() []map[string]any { return handled(t, &out) }))
}

// handled are the lines of slogtest, which come after those of the test.
func handled(t *testing.T, out *bytes.Buffer) []map[string]any {
	var all []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[4:] {
		var attrs map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &attrs))
		all = append(all, attrs)
	}
	return all
}

func TestAWaitThatEndsWithTheContextLogsNoAttempt(t *testing.T) {
	for range 100 {
		var log strings.Builder
		ctx, cancel := context.WithCancel(context.Background())
		c := newClient(t, scripted(answer{status: 503}), coreapi.WithLogger(slog.New(debugHandler(&log))))
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"}, coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			BaseBackoff: time.Nanosecond, // so that the wait may end first
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { cancel(); return true },
		}))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 503, asError(t, err).StatusCode)
		require.Equal(t, asError(t, err).Attempts, strings.Count(log.String(), `"coreapi: attempt"`))
	}
}

func TestAPollThatTheDeadlineEndsIsLoggedAboveDebugOnce(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var log lineRecorder
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), coreapi.WithLogger(slog.New(&log)))
		_, err := c.Users.WaitForLogin(context.Background(), "token-0123456789", coreapi.WithTimeout(3*time.Second))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, []string{"DEBUG coreapi: attempt", "DEBUG coreapi: call failed", "WARN coreapi: call failed"}, log.said())
	})
}

func TestAProtocolIsLoggedByItsVersion(t *testing.T) {
	for proto, want := range map[string]string{"HTTP/1.0": "1.0", "HTTP/1.1": "1.1", "HTTP/2.0": "2", "HTTP/3.0": "3"} {
		var log lineRecorder
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := answer{body: "{}"}.response(r)
			resp.Proto = proto
			return resp, err
		}), coreapi.WithLogger(slog.New(&log)))
		require.NoError(t, get(c))
		require.Equal(t, want, log.lines[0].attrs["network.protocol.version"])
	}
}

func TestAnErrorOfAnInterceptorsOwnMakingIsLoggedByAWordThatThePageHas(t *testing.T) {
	var log lineRecorder
	c := newClient(t, scripted(answer{}), coreapi.WithLogger(slog.New(&log)),
		coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error {
			return &coreapi.Error{Message: "closed"}
		}))
	require.Error(t, get(c))
	require.Equal(t, "_OTHER", log.lines[0].attrs["error.type"])
	page, err := os.ReadFile("docs/observability.md")
	require.NoError(t, err)
	_, words, _ := strings.Cut(string(page), "### error.type")
	words, _, _ = strings.Cut(words, "\n## ")
	require.Contains(t, words, "`_OTHER`")
}
