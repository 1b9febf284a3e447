//go:build !race

package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// The race detector allocates on its own, so this file is not built with it.

// smallObject is 300 bytes with 8 fields, as in the benchmarks.
var smallObject = `{"id":"0123456789abcdef","name":"A partner","status":"active","email":"partner@example.com","region":"eu","plan":"gold","created":"2026-01-02T03:04:05Z","note":"` + strings.Repeat("n", 137) + `"}`

type eightFields struct{ ID, Name, Status, Email, Region, Plan, Created, Note string }

// constant answers with one body; it costs four allocations a request.
func constant(status int, body string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	})
}

// inTurn is for one goroutine.
func inTurn(transports ...http.RoundTripper) http.RoundTripper {
	next := 0
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		rt := transports[next%len(transports)]
		next++
		return rt.RoundTrip(r)
	})
}

// The limits are two allocations above what it takes with Go 1.26: 34, 34, 27 and 60, of
// which the transport's are four a request; signed, 43.
func TestACallStaysWithinItsAllocations(t *testing.T) {
	require.Len(t, smallObject, 300)
	ctx := context.Background()
	ok := newClient(t, constant(200, smallObject))
	failing := newClient(t, constant(403, `{"code":"CLIENT_ACCOUNT_SUSPENDED","message":"the client is suspended, ask the admin to lift it, and then again"}`))
	retried := newClient(t, inTurn(constant(503, `{"code":"REQUEST_TIMEOUT","message":"it took too long, please try it again in a moment, or ask"}`), constant(200, smallObject)),
		coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Nanosecond, MaxBackoff: time.Nanosecond}))
	signed := signedClient(t, constant(200, smallObject))
	type body struct{ A, B string }
	for name, test := range map[string]struct {
		most float64
		call func()
	}{
		"GET": {36, func() {
			_, err := coreapi.Do[eightFields](ctx, ok, coreapi.Request{Operation: "Test.Get", Path: "/things"})
			require.NoError(t, err)
		}},
		"POST": {36, func() {
			_, err := coreapi.Do[struct{ ID, Name string }](ctx, ok, coreapi.Request{Operation: "Test.Post", Method: "POST", Path: "/things", Body: body{"a", "b"}})
			require.NoError(t, err)
		}},
		"signed": {45, func() {
			_, err := coreapi.Do[eightFields](ctx, signed, coreapi.Request{Operation: "Test.Get", Path: "/things"})
			require.NoError(t, err)
		}},
		"error": {29, func() {
			_, err := coreapi.Do[eightFields](ctx, failing, coreapi.Request{Operation: "Test.Get", Path: "/things"})
			require.True(t, errors.Is(err, coreapi.ErrClientSuspended))
		}},
		"retry": {62, func() {
			_, err := coreapi.Do[eightFields](ctx, retried, coreapi.Request{Operation: "Test.Get", Path: "/things"})
			require.NoError(t, err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			runs := 1000
			if name == "signed" {
				runs = 20 // a signature takes most of a millisecond
			}
			took := testing.AllocsPerRun(runs, test.call)
			t.Logf("%v allocations", took)
			require.LessOrEqual(t, took, test.most)
		})
	}
}

func TestADeviceWithManyMembersCostsATemplateNoDecoderForEach(t *testing.T) {
	body := `{"_id":"7","serial":"d"` + strings.Repeat(`,"k":1`, 20_000) + `}`
	c := newClient(t, scripted(answer{body: body}), parsed(t, `{"getDevice":{"result":{"_id":"{id}","serial":"{deviceId}"}}}`))
	used := testing.AllocsPerRun(1, func() {
		device, err := c.Devices.Get(context.Background(), "7")
		require.NoError(t, err)
		require.Equal(t, map[string]any{"k": json.Number("1")}, device.Info.Extra)
	})
	require.Less(t, used, 5*20_000.0)
}
