package coreapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAHealthyNoIsNoOutageForTheBudget(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n%20 == 1 {
				return answer{status: http.StatusTooManyRequests}.response(r)
			}
			return answer{status: 401, body: codeBody(coreapi.CodeInvalidPassword)}.response(r)
		}), coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 1, MaxBackoff: 1}))
		for range 3000 {
			_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: "p4ssword"})
			require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
		}
	})
}

func TestAClientIsWholeAgainAfterAQuietTime(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{status: 503}), coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 1, MaxBackoff: 1}))
		for range 100 {
			require.Error(t, get(c))
		}
		require.Contains(t, get(c).Error(), "retry budget")
		time.Sleep(2 * time.Minute)
		require.Equal(t, fullBudget, retriesLeft(c))
	})
}

func TestAWaitForALoginInAnOutageTakesNothingFromTheBudget(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 503})
		c := newClient(t, s)
		_, err := c.Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(10*time.Minute))
		require.Error(t, err)
		require.Greater(t, s.count(), 20)
		require.Equal(t, fullBudget, retriesLeft(c))
	})
}
