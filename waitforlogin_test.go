package coreapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func pending() answer { return answer{body: `{"state":"pending"}`} }

func succeeded() answer { return answer{body: `{"state":"succeeded","userId":"u","userToken":"t"}`} }

// timedTransport notes when each request came.
func timedTransport(s *script) (http.RoundTripper, *[]time.Duration) {
	var times []time.Duration
	start := time.Now()
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		times = append(times, time.Since(start))
		return s.RoundTrip(r)
	}), &times
}

func TestWaitForLoginPollsWithGrowingWaitsUntilTheLoginHasSucceeded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		answers := make([]answer, 0, 12)
		for range 11 {
			answers = append(answers, pending())
		}
		s := scripted(append(answers, succeeded())...)
		transport, times := timedTransport(s)
		status, err := newClient(t, transport).Users.WaitForLogin(context.Background(), "reqtoken")
		require.NoError(t, err)
		require.Equal(t, "u", status.UserID)
		require.Len(t, *times, 12)
		last := time.Duration(0)
		for i := 1; i < len(*times); i++ {
			wait := (*times)[i] - (*times)[i-1]
			require.GreaterOrEqual(t, wait, max(500*time.Millisecond, last))
			require.LessOrEqual(t, wait, 5*time.Second)
			last = wait
		}
		require.Equal(t, 5*time.Second, last)
		ids := map[string]bool{}
		for _, got := range s.sent {
			ids[got.header.Get("X-Request-Id")] = true
		}
		require.Len(t, ids, 12, "each poll has an id of its own")
	})
}

func TestWaitForLoginGoesOnAfterRetryableErrorsWithANewIDForEachRequest(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 503}, answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, pending(), pending(), succeeded())
		_, err := newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithRequestID("mine"))
		require.NoError(t, err)
		require.Equal(t, 5, s.count())
		for i, want := range []string{"mine", "mine-2", "mine-3", "mine-4", "mine-5"} {
			require.Equal(t, want, s.sent[i].header.Get("X-Request-Id"))
		}
	})
}

func TestWaitForLoginEndsOnAnyOtherError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(pending(), answer{status: 400, body: codeBody(coreapi.CodeFailedUpdateUserToken)})
		_, err := newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken")
		requireMatchesExactly(t, err, coreapi.ErrFailedUpdateUserToken)
		require.Equal(t, 2, s.count())
	})
}

func TestWaitForLoginReturnsAFailedLoginAsItsCode(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(pending(), answer{body: `{"state":"failed","failureCode":"USER_DELETED","failureMessage":"gone reqtoken"}`})
		status, err := newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken")
		require.Nil(t, status)
		requireMatchesExactly(t, err, coreapi.ErrUserDeleted, coreapi.ErrUserAccount, coreapi.ErrContactAdmin)
		e := asError(t, err)
		require.Equal(t, "Users.LoginStatus", e.Operation)
		require.Zero(t, e.StatusCode)
		require.Equal(t, "gone [redacted]", e.Message)
		require.Equal(t, coreapi.DeliveryRejected, e.Delivery)
		none := scripted(answer{body: `{"state":"failed"}`})
		_, err = newClient(t, none).Users.WaitForLogin(context.Background(), "reqtoken")
		requireMatchesExactly(t, err, coreapi.ErrUnknownCode)
	})
}

func TestWaitForLoginIsBoundedAsAWhole(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		start := time.Now()
		_, err := newClient(t, scripted(pending())).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(12*time.Second))
		require.Equal(t, 12*time.Second, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, coreapi.ErrClientClosedRequest)
		require.Equal(t, "Users.LoginStatus", asError(t, err).Operation)
		require.Greater(t, asError(t, err).Attempts, 4)

		why := errors.New("page closed")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(3*time.Second, func() { cancel(why) })
		start = time.Now()
		_, err = newClient(t, scripted(pending())).Users.WaitForLogin(ctx, "reqtoken")
		require.Equal(t, 3*time.Second, time.Since(start))
		require.ErrorIs(t, err, why)
		require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
	})
}

func TestWaitForLoginHonoursRetryAfter(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		wait := pending()
		wait.header = http.Header{"Retry-After": {"20"}}
		transport, times := timedTransport(scripted(wait, answer{status: 503, header: http.Header{"Retry-After": {"30"}}}, succeeded()))
		_, err := newClient(t, transport).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithRetryPolicy(coreapi.NoRetry()))
		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, 20 * time.Second, 50 * time.Second}, *times)
		for _, status := range []int{200, 503} {
			long := answer{status: status, body: `{"state":"pending"}`, header: http.Header{"Retry-After": {"61"}}}
			s := scripted(long)
			start := time.Now()
			_, err = newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken")
			require.Zero(t, time.Since(start))
			require.Equal(t, 61*time.Second, asError(t, err).RetryAfter)
			require.Equal(t, 1, s.count())
			require.Contains(t, err.Error(), "MaxRetryAfter")
		}
	})
}

func TestWaitForLoginChecksItsArgumentsFirst(t *testing.T) {
	s := scripted(pending())
	for _, call := range []func() (*coreapi.LoginStatus, error){
		func() (*coreapi.LoginStatus, error) {
			return newClient(t, s).Users.WaitForLogin(context.Background(), "")
		},
		func() (*coreapi.LoginStatus, error) {
			return newClient(t, s).Users.WaitForLogin(context.Background(), "t", coreapi.WithTimeout(-1))
		},
	} {
		_, err := call()
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	}
	require.Zero(t, s.count())
}

func TestWaitForLoginEndsWithTheLastAnswer(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		hangs := roundTripper(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}.response(r)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		_, err := newClient(t, hangs).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithTimeout(10*time.Second))
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		_, err = newClient(t, scripted(answer{status: 503}, pending())).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(30*time.Second))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, coreapi.ErrUnknownCode, "the last answer was a good one")
	})
}

func TestWaitForLoginDoesNotSleepPastItsDeadlineOnAnError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		start := time.Now()
		s := scripted(answer{status: 503, header: http.Header{"Retry-After": {"30"}}})
		_, err := newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(10*time.Second))
		require.Zero(t, time.Since(start))
		requireMatchesExactly(t, err, coreapi.ErrUnknownCode)
	})
}

func TestWaitForLoginAsksNoMoreOftenWhereItIsAskedTooOften(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		polls := func(a answer) int {
			s := scripted(a)
			_, err := newClient(t, s).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(30*time.Second))
			require.Error(t, err)
			return s.count()
		}
		calm := polls(pending())
		require.Less(t, polls(answer{status: 429}), calm)
		require.Less(t, polls(answer{status: 503}), calm)
	})
}

func TestWaitForLoginWaitsFiveSecondsMoreAfterEach429(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		transport, times := timedTransport(scripted(answer{status: 429}, pending(), answer{status: 429}, pending(), succeeded()))
		_, err := newClient(t, transport).Users.WaitForLogin(context.Background(), "reqtoken")
		require.NoError(t, err)
		var waits []time.Duration
		for i := 1; i < len(*times); i++ {
			waits = append(waits, (*times)[i]-(*times)[i-1])
		}
		require.Equal(t, []time.Duration{
			2*500*time.Millisecond + 5*time.Second, // after the 429: twice as long, and five seconds more from now on
			750*time.Millisecond + 5*time.Second,
			2*1125*time.Millisecond + 10*time.Second,
			1687500*time.Microsecond + 10*time.Second,
		}, waits)
	})
}

func TestAWaitThatRunsOutNamesTheLastStateAndTheLastError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		wait := func(answers ...answer) error {
			_, err := newClient(t, scripted(answers...)).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithTimeout(9*time.Second))
			return err
		}
		require.ErrorContains(t, wait(pending()), `the login is still "pending"`)
		require.ErrorIs(t, wait(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}), coreapi.ErrRequestTimeout)
	})
}

func TestAPollIsOneAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		transport, times := timedTransport(scripted(answer{status: 503}, answer{status: 503}, succeeded()))
		_, err := newClient(t, transport).Users.WaitForLogin(context.Background(), "reqtoken", coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 9, BaseBackoff: 1, MaxBackoff: 1}))
		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, time.Second, 2500 * time.Millisecond}, *times)
	})
}
