package coreapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestRequestIDIsTheResponsesElseTheSentOne(t *testing.T) {
	s := scripted(answer{status: 400, header: http.Header{"X-Request-Id": {"theirs"}}}, answer{status: 400})
	c := newClient(t, s)
	require.Equal(t, "theirs", asError(t, get(c, coreapi.WithRequestID("mine"))).RequestID)
	require.Equal(t, "mine", asError(t, get(c, coreapi.WithRequestID("mine"))).RequestID)
	random := asError(t, get(c)).RequestID
	require.NotEmpty(t, random)
	require.NotEqual(t, random, asError(t, get(c)).RequestID)
}

func TestTheResponsesRequestIDCountsAndThoseThatWereSentAreKept(t *testing.T) {
	s := scripted(answer{status: 400, header: http.Header{"X-Request-Id": {"theirs"}}})
	e := asError(t, get(newClient(t, s), coreapi.WithRequestID("mine")))
	require.Equal(t, "theirs", e.RequestID)
	require.Equal(t, []string{"mine"}, e.RequestIDs())
	require.Contains(t, e.Report(), "Request id: theirs\nRequest ids sent: mine\n")
	require.Nil(t, (*coreapi.Error)(nil).RequestIDs())
}

func TestARequestIDIsNeverSentTwiceByOneCallWhateverAnInterceptorDoes(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		again := coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
			if err := next(ctx); err == nil {
				return err
			}
			return next(ctx)
		})
		err := get(newClient(t, scripted(answer{status: 503}), again), coreapi.WithRequestID("a"))
		require.Equal(t, []string{"a", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7", "a-8"}, asError(t, err).RequestIDs())
	})
}

func TestWhatWasNeverSentHasNoRequestIDs(t *testing.T) {
	vault := errors.New("vault sealed")
	auth := coreapi.SignedClientKeyFunc(func(context.Context) (coreapi.Credentials, error) { return coreapi.Credentials{}, vault })
	e := asError(t, get(authClient(t, auth, scripted(answer{}))))
	require.Empty(t, e.RequestIDs())
	require.NotEmpty(t, e.RequestID)
}
