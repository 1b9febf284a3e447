package coreapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestRetryAfterIsTheLeastWaitOnEveryRetriedResponse(t *testing.T) {
	for _, a := range []answer{
		{status: 429}, {status: 503}, {status: 500}, {status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, {status: 200, body: codeBody(coreapi.CodeRequestTimeout)},
	} {
		inFakeTime(t, func(t *testing.T) {
			a.header = http.Header{"Retry-After": {"45"}}
			c := newClient(t, scripted(a, answer{body: "{}"}))
			start := time.Now()
			require.NoError(t, get(c))
			require.GreaterOrEqual(t, time.Since(start), 45*time.Second)
			require.Less(t, time.Since(start), 45500*time.Millisecond, "and the drawn backoff on top")
		})
	}
}

func TestRetryAfterOverTheLimitStopsAtOnce(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		for _, value := range []string{"61", "99999999999999999999"} {
			s := scripted(answer{status: 429, header: http.Header{"Retry-After": {value}}})
			start := time.Now()
			err := get(newClient(t, s))
			require.Zero(t, time.Since(start))
			require.Equal(t, 1, s.count())
			require.Greater(t, asError(t, err).RetryAfter, time.Minute)
			require.True(t, coreapi.IsRetryable(err))
			require.Contains(t, err.Error(), "MaxRetryAfter")
		}
		s := scripted(answer{status: 429, header: http.Header{"Retry-After": {"90"}}}, answer{body: "{}"})
		require.NoError(t, get(newClient(t, s), coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxRetryAfter: 2 * time.Minute})))
	})
}
