package coreapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAKeyThatTheServerEchoesAsRequestIDIsMaskedInWhatIsToldOfAWait(t *testing.T) {
	var told traceRecorder
	var log bytes.Buffer
	key := func(context.Context) (string, error) { return testKey, nil }
	c := authClient(t, coreapi.ClientKeyFunc("", key), roundTripper(func(r *http.Request) (*http.Response, error) {
		return answer{body: `{"state":"succeeded","userToken":"user-token-1"}`, header: http.Header{"X-Request-Id": {r.Header.Get("X-Client-Key")}}}.response(r)
	}), coreapi.WithTrace(told.trace()), coreapi.WithLogger(slog.New(debugHandler(&log))))
	_, err := c.Users.WaitForLogin(context.Background(), "token-0123")
	require.NoError(t, err)
	require.Len(t, told.ends, 2)
	require.Equal(t, redacted, told.ends[1].RequestID)
	require.NotContains(t, fmt.Sprint(told.ends)+log.String(), testKey)
}

func TestASignatureThatTheServerEchoesAsRequestIDOfASuccessIsMasked(t *testing.T) {
	var told traceRecorder
	var log bytes.Buffer
	var signature string
	c := signedClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		signature = r.Header.Get("X-Signature")
		return answer{body: "{}", header: http.Header{"X-Request-Id": {"got " + signature}}}.response(r)
	}), coreapi.WithTrace(told.trace()), coreapi.WithLogger(slog.New(debugHandler(&log))))
	require.NoError(t, get(c))
	require.Equal(t, "got "+redacted, told.ends[0].RequestID)
	require.NotContains(t, log.String(), signature[:20])
}

func TestAKeyInTheBaseURLsPathIsMaskedInWhatATraceGets(t *testing.T) {
	var told traceRecorder
	c, err := coreapi.New("https://api.example.com/gateway/"+testKey, coreapi.ClientKey(testKey), coreapi.WithTrace(told.trace()),
		coreapi.WithHTTPClient(&http.Client{Transport: scripted(answer{body: `{"id":"c"}`})}))
	require.NoError(t, err)
	_, err = c.Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "/gateway/"+redacted+"/client", told.starts[0].URL.Path)
	require.NotContains(t, told.starts[0].URL.String(), testKey)
}

func TestTheSecretsOfACallThatIsRefusedAreMaskedToo(t *testing.T) {
	const secret = "my-secret-1"
	for name, test := range map[string]struct {
		body  any
		query url.Values
		opts  []coreapi.CallOption
	}{
		"a body":       {body: func() {}},
		"a query":      {query: url.Values{"a": {redacted}}},
		"an option":    {opts: []coreapi.CallOption{coreapi.WithTimeout(-1)}},
		"a nil option": {opts: []coreapi.CallOption{nil}},
	} {
		t.Run(name, func(t *testing.T) {
			var told traceRecorder
			var log bytes.Buffer
			c := newClient(t, scripted(answer{}), coreapi.WithTrace(told.trace()), coreapi.WithLogger(slog.New(debugHandler(&log))))
			_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{
				Operation: "Order " + secret, Path: "/order/" + secret, Body: test.body, Query: test.query,
			}, append(test.opts, coreapi.WithSecrets(secret))...)
			require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
			require.Equal(t, "Order "+redacted, told.calls[0].Name)
			require.NotContains(t, fmt.Sprint(told.ends, err)+asError(t, err).Path+log.String(), secret)
		})
	}
}
