package otelcoreapi_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestTenThousandCallsWithMadeUpAnswersMakeFewAttributeSets(t *testing.T) {
	const calls, most = 10_000, 200
	inFakeTime(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		o := newObserved()
		hostile := roundTripper(func(r *http.Request) (*http.Response, error) {
			n, status := random.IntN(1<<30), 100+random.IntN(900)
			if n%4 == 0 {
				status = 503 // so that retries are stopped, too
			}
			return &http.Response{
				StatusCode: status, Proto: "HTTP/1.1",
				Header: http.Header{"X-Request-Id": {fmt.Sprint("id-", n)}, "Retry-After": {fmt.Sprint(n % 3)}},
				Body:   io.NopCloser(strings.NewReader(fmt.Sprintf(`{"code":"CODE_%d","message":"m-%d","id":"%d"}`, n, n, n))), Request: r,
			}, nil
		})
		client, err := coreapi.New("https://api.example.com", coreapi.ClientKey("key-0123456789"), o.metricsOnly(),
			coreapi.WithHTTPClient(&http.Client{Transport: hostile}))
		require.NoError(t, err)
		for i := range calls {
			method := []string{"GET", "POST"}[i%2]
			_, _ = coreapi.Do[coreapi.RawJSON](t.Context(), client, coreapi.Request{Method: method, Path: fmt.Sprintf("/order/%d", i)})
		}
		metrics := o.metrics(t)
		require.Equal(t, 4, len(metrics))
		for name, m := range metrics {
			found := sets(t, m)
			t.Logf("%s: %d attribute sets", name, len(found))
			require.LessOrEqual(t, len(found), most, name)
		}
		var counted uint64
		for _, count := range sets(t, metrics["coreapi.client.call.duration"]) {
			counted += count
		}
		require.EqualValues(t, calls, counted)
	})
}
