package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/readbuf"
)

// numberedAnswer is an answer whose every part has a number in it.
func numberedAnswer(status, n int) answer {
	return answer{
		status: status,
		body:   fmt.Sprintf(`{"code":"CODE_%d","message":["message %d"],"filler":"%s"}`, n, n, strings.Repeat("x", n)),
		header: http.Header{"X-Request-Id": {fmt.Sprint("id-", n)}},
	}
}

func assertNumbered(t testing.TB, e *coreapi.Error, n int) {
	t.Helper()
	assert.Equal(t, coreapi.Code(fmt.Sprint("CODE_", n)), e.Code)
	assert.Equal(t, fmt.Sprint("message ", n), e.Message)
	assert.Equal(t, fmt.Sprint("id-", n), e.RequestID)
	assert.Equal(t, numberedAnswer(0, n).body, string(e.Body))
}

// A caller may keep what ShouldRetry and the log were given of an attempt.
func TestWhatACallerGotOfAnAttemptDoesNotChangeWithLaterOnes(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(numberedAnswer(503, 1), numberedAnswer(502, 22), numberedAnswer(503, 3), numberedAnswer(504, 44))
		var attempts []*coreapi.Error
		var logged failureLog
		c := newClient(t, s, coreapi.WithLogger(slog.New(&logged)), coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool { attempts = append(attempts, a.Err); return a.Default },
		}))
		_, err := coreapi.Do[struct{}](context.Background(), c, coreapi.Request{Path: "/things"})
		for range 20 {
			_, _ = coreapi.Do[struct{}](context.Background(), c, coreapi.Request{Path: "/things"})
		}
		assertNumbered(t, asError(t, err), 44)
		require.GreaterOrEqual(t, len(attempts), 3)
		for i, n := range []int{1, 22, 3} {
			assertNumbered(t, attempts[i], n)
			require.Equal(t, i+1, attempts[i].Attempts)
			assertNumbered(t, logged.errors[i], n)
		}
	})
}

// failureLog is a slog.Handler that keeps the failure of each line.
type failureLog struct {
	slog.Handler
	errors []*coreapi.Error
}

func (f *failureLog) Enabled(context.Context, slog.Level) bool { return true }

func (f *failureLog) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if e, ok := a.Value.Any().(*coreapi.Error); ok {
			f.errors = append(f.errors, e)
		}
		return true
	})
	return nil
}

func TestNothingOfAFailureIsInTheNextCallsError(t *testing.T) {
	full := answer{status: 503, body: `{"code":"OTHER","message":"words","error":{"code":"A","message":"b"}}`, header: http.Header{"X-Request-Id": {"id-1"}, "Retry-After": {"9"}}}
	for name, next := range map[string]answer{
		"no body":         {status: 403},
		"HTML":            {status: 403, body: "<html>"},
		"no fields":       {status: 403, body: "{}"},
		"code alone":      {status: 403, body: `{"code":"B"}`},
		"message alone":   {status: 403, body: `{"message":"b"}`},
		"nested":          {status: 403, body: `{"error":{"code":"B"}}`},
		"null fields":     {status: 403, body: `{"code":null,"message":null}`},
		"null":            {status: 403, body: "null"},
		"broken":          {status: 403, body: `{"code":"B"`},
		"no connection":   {err: errors.New("lost")},
		"does not decode": {status: 200, body: `[`},
		"too large":       {status: 403, body: strings.Repeat("x", 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []coreapi.Option{coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithMaxResponseBytes(1000)}
			alone := get(newClient(t, scripted(next), opts...), coreapi.WithRequestID("id-2"))
			c := newClient(t, scripted(full, full, next), opts...)
			require.Error(t, get(c))
			require.Error(t, get(c))
			after := get(c, coreapi.WithRequestID("id-2"))
			require.Equal(t, coreapi.WithoutTime(asError(t, alone)), coreapi.WithoutTime(asError(t, after)))
		})
	}
}

func TestErrorsOfManyGoroutinesAreTheirOwn(t *testing.T) {
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		var n int
		_, err := fmt.Sscan(r.Header.Get("X-N"), &n)
		if err != nil {
			return nil, err
		}
		return numberedAnswer(403, n).response(r)
	}))
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 50 {
				n := g*50 + i
				assertNumbered(t, asError(t, get(c, coreapi.WithHeader("X-N", fmt.Sprint(n)))), n)
			}
		})
	}
	wg.Wait()
}

func TestWhatACallReturnedDoesNotChangeWhenLaterCallsRun(t *testing.T) {
	echo := roundTripper(func(r *http.Request) (*http.Response, error) {
		id := r.Header.Get("X-Request-Id")
		if r.URL.Path == "/v1/fail" {
			return answer{status: 400, body: `{"code":"X` + id + `","message":"` + id + `"}`}.response(r)
		}
		return answer{body: `{"id":"` + id + `","pad":"` + strings.Repeat("x", len(id)*7%400) + `"}`}.response(r)
	})
	c := newClient(t, echo)
	ctx := context.Background()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				id := fmt.Sprintf("id-%d-%d", g, i)
				info, err := c.Clients.Info(ctx, coreapi.WithRequestID(id))
				if err != nil {
					t.Error(err)
					return
				}
				raw, _ := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"}, coreapi.WithRequestID(id))
				_, err = coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/fail"}, coreapi.WithRequestID(id))
				before := []string{string(info.Raw), info.ID, string(raw), string(asError(t, err).Body), err.Error()}
				for range 5 {
					_, _ = c.Clients.Info(ctx)
					_, _ = coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/fail"})
				}
				after := []string{string(info.Raw), info.ID, string(raw), string(asError(t, err).Body), err.Error()}
				if fmt.Sprint(before) != fmt.Sprint(after) || !strings.Contains(before[0], id) {
					t.Errorf("%q became %q", before, after)
				}
			}
		})
	}
	wg.Wait()
}

func TestDecodedValuesDoNotChangeWhenLaterCallsRun(t *testing.T) {
	type decoded struct {
		B string
		C json.RawMessage
	}
	c := newClient(t, scripted(answer{body: `{"B":"first","C":{"raw":"first"}}`}, answer{body: `{"B":"other","C":{"raw":"other"}}`}))
	first, err := coreapi.Do[decoded](context.Background(), c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	for range 100 {
		_, err := coreapi.Do[decoded](context.Background(), c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
	}
	require.Equal(t, "first", first.B)
	require.Equal(t, `{"raw":"first"}`, string(first.C))
}

func TestABodyThatACallerChangesReachesNoOne(t *testing.T) {
	c := newClient(t, scripted(answer{body: `{"id":"i"}`}))
	raw, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	for i := range raw {
		raw[i] = '!'
	}
	info, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "i", info.ID)
}

// lateWriter breaks io.Reader's contract, as hasty timeout wrappers do: it returns and
// writes to what it was given afterwards.
type lateWriter struct{ later *func() }

func (c lateWriter) Read(p []byte) (int, error) {
	*c.later = func() { copy(p, strings.Repeat("Z", len(p))) }
	return 0, io.ErrUnexpectedEOF
}

func (lateWriter) Close() error { return nil }

func TestABodyThatIsWrittenToTooLateReachesNoOtherCall(t *testing.T) {
	var later func()
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := answer{body: `{"id":"good"}`}.response(r)
		if r.URL.Path == "/v1/careless" {
			resp.Body = lateWriter{&later}
		} else {
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
				later()
				return 0, io.EOF
			})))
		}
		return resp, err
	}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/careless"})
	require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
	got, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/good"})
	require.NoError(t, err)
	require.Equal(t, `{"id":"good"}`, string(got))
}

func TestALargeBodyDoesNotChangeWhenLaterCallsRun(t *testing.T) {
	for _, length := range []int{readbuf.MaxPooled - 2, readbuf.MaxPooled, 3 * readbuf.MaxPooled} {
		first, second := strings.Repeat("a", length), strings.Repeat("b", length)
		c := newClient(t, scripted(answer{body: `"` + first + `"`}, answer{body: `"` + second + `"`}))
		before, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
		_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
		require.True(t, string(before) == `"`+first+`"`, "%d bytes", length)
	}
}
