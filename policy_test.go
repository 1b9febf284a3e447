package coreapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestCallPolicyIsLaidOverTheClients(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 503})
		c := newClient(t, s, coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, MaxBackoff: time.Millisecond}))
		require.Error(t, get(c))
		require.Equal(t, 2, s.count())
		start := time.Now()
		// The call's base is over the Client's bound: the lesser bound wins.
		require.Error(t, get(c, coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 5, BaseBackoff: time.Hour})))
		require.Equal(t, 2+5, s.count())
		require.LessOrEqual(t, time.Since(start), 4*time.Millisecond)
		require.Error(t, get(c))
		require.Equal(t, 2+5+2, s.count(), "a call's policy never reaches another")
	})
}

func TestPoliciesThatContradictThemselvesAreRefused(t *testing.T) {
	for _, p := range []coreapi.RetryPolicy{
		{MaxAttempts: -1}, {BaseBackoff: -1}, {MaxBackoff: -1}, {MaxRetryAfter: -1}, {BaseBackoff: 2, MaxBackoff: 1},
	} {
		_, err := coreapi.New(testBase, coreapi.ClientKey(testKey), coreapi.WithRetryPolicy(p))
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		s := scripted(answer{})
		requireMatchesExactly(t, get(newClient(t, s), coreapi.WithRetryPolicy(p)), coreapi.ErrInvalidArgument)
		require.Zero(t, s.count())
	}
}

func TestShouldRetryReplacesTheDecisionNotTheLimits(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var seen []coreapi.Attempt
		always := coreapi.RetryPolicy{ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool {
			seen = append(seen, a)
			a.Err.Code = "CHANGED"
			return true
		}}
		s := scripted(answer{status: 401, body: codeBody(coreapi.CodeUserDeleted)})
		err := post(newClient(t, s), coreapi.WithRetryPolicy(always))
		require.Equal(t, 4, s.count())
		require.ErrorIs(t, err, coreapi.ErrUserDeleted, "what ShouldRetry gets is a copy")
		require.Len(t, seen, 3, "it is not asked where no attempt is left")
		for i, a := range seen {
			require.Equal(t, i+1, a.Number)
			require.False(t, a.Default)
			require.Equal(t, "Test.Post", a.Operation.Name)
		}
		late := scripted(answer{status: 401, header: http.Header{"Retry-After": {"999"}}})
		require.Error(t, post(newClient(t, late), coreapi.WithRetryPolicy(always)))
		require.Equal(t, 1, late.count())

		none := coreapi.RetryPolicy{ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool { return !a.Default }}
		s = scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)})
		require.Error(t, get(newClient(t, s), coreapi.WithRetryPolicy(none)))
		require.Equal(t, 1, s.count())
	})
}

func TestWhatShouldRetryGetsOfAnAttemptIsACopy(t *testing.T) {
	changes := coreapi.RetryPolicy{ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool {
		a.Err.Code = "CHANGED"
		return false
	}}
	err := post(newClient(t, scripted(answer{status: 401, body: codeBody(coreapi.CodeUserDeleted)})), coreapi.WithRetryPolicy(changes))
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
	require.Equal(t, coreapi.CodeUserDeleted, coreapi.CodeOf(err))
}
