package coreapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAdminContactIsInEveryErrorsGuidance(t *testing.T) {
	contact := coreapi.AdminContact{Name: "Ops", Email: "ops@example.com", WhatsApp: "+62 1", URL: "https://help.example.com"}
	c := newClient(t, scripted(answer{status: 403, body: codeBody(coreapi.CodeEndpointForbidden)}), coreapi.WithAdminContact(contact))
	_, argument := c.Devices.Get(context.Background(), "")
	for _, err := range []error{get(c), argument, get(c, coreapi.WithTimeout(-1))} {
		g, ok := coreapi.GuidanceFor(err)
		require.True(t, ok)
		require.Equal(t, contact, g.Contact)
		require.Contains(t, g.String(), "Ops: ops@example.com, WhatsApp +62 1, https://help.example.com")
		require.Contains(t, asError(t, err).Report(), "ops@example.com")
		require.NotContains(t, g.String(), "\n")
	}
}

func TestRequestTimeoutIsForTheAdminOnlyWhenItCameTwice(t *testing.T) {
	timeout := answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}
	inFakeTime(t, func(t *testing.T) {
		four := get(newClient(t, scripted(timeout)))
		requireMatchesExactly(t, four, coreapi.ErrRequestTimeout, coreapi.ErrContactAdmin)
		require.Equal(t, 4, asError(t, four).Attempts)
		g, _ := coreapi.GuidanceFor(four)
		require.Equal(t, coreapi.ActionContactAdmin, g.Action)

		once := get(newClient(t, scripted(timeout)), coreapi.WithRetryPolicy(coreapi.NoRetry()))
		requireMatchesExactly(t, once, coreapi.ErrRequestTimeout)
		g, _ = coreapi.GuidanceFor(once)
		require.Equal(t, coreapi.ActionRetry, g.Action)
		require.Contains(t, g.Advice, "admin")

		between := get(newClient(t, scripted(timeout, answer{status: 503}, answer{status: 400, body: codeBody(coreapi.CodeUserNotFound)})))
		requireMatchesExactly(t, between, coreapi.ErrUserNotFound, coreapi.ErrCredentials)
	})
}

func TestContactAdminIsTheActionExactlyWhereTheSentinelMatches(t *testing.T) {
	_, refused := coreapi.New("", coreapi.ClientKey(testKey))
	errs := []error{
		get(newClient(t, scripted(answer{status: 404}))),
		get(newClient(t, scripted(answer{status: 400, body: codeBody("WEIRD")}))),
		get(newClient(t, scripted(answer{status: 301}))),
		post(newClient(t, scripted(answer{status: 502, body: "<html>"}))),
		post(newClient(t, scripted(answer{err: errors.New("reset")}))),
		refused,
	}
	for _, info := range coreapi.Catalogue() {
		errs = append(errs, coreapi.NewError(info.Code, ""))
	}
	for _, err := range errs {
		g, _ := coreapi.GuidanceFor(err)
		require.Equal(t, errors.Is(err, coreapi.ErrContactAdmin), g.Action == coreapi.ActionContactAdmin, err)
		require.NotEmpty(t, g.Summary, err)
		require.NotEmpty(t, g.Advice, err)
		require.Contains(t, err.Error(), g.Advice, "the text ends with the advice")
	}
}

func TestUnknownCodeAdvisesToQuoteCodeAndRequestID(t *testing.T) {
	err := get(newClient(t, scripted(answer{status: 400, body: codeBody("WEIRD")})))
	g, _ := coreapi.GuidanceFor(err)
	require.Contains(t, g.Advice, "Quote the code and the request id to the admin")
	require.NotErrorIs(t, err, coreapi.ErrContactAdmin)
}

func TestPostThatMayHaveBeenActedOnAdvisesToLookFirst(t *testing.T) {
	for name, a := range map[string]answer{
		"gateway":   {status: 502, body: "<html>"},
		"lost":      {err: errors.New("connection reset")},
		"undecoded": {body: "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, post(newClient(t, scripted(a))).Error(), "look before you send it again")
			require.NotContains(t, get(newClient(t, scripted(a)), coreapi.WithRetryPolicy(coreapi.NoRetry())).Error(), "look before")
			withKey := post(newClient(t, scripted(a)), coreapi.WithHeader("Idempotency-Key", "k"), coreapi.WithRetryPolicy(coreapi.NoRetry()))
			require.NotContains(t, withKey.Error(), "look before", "the same key makes it safe to repeat")
		})
	}
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	require.NotContains(t, post(newClient(t, scripted(answer{err: refused})), coreapi.WithRetryPolicy(coreapi.NoRetry())).Error(), "look before")
}

func TestDuplicateKeyAfterAnUncertainAttemptSaysReadFirst(t *testing.T) {
	duplicate := answer{status: 409, body: codeBody(coreapi.CodeDuplicateKey)}
	inFakeTime(t, func(t *testing.T) {
		plain := asError(t, post(newClient(t, scripted(duplicate))))
		require.Equal(t, coreapi.DeliveryRejected, plain.Delivery)
		after := asError(t, post(newClient(t, scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, duplicate))))
		require.ErrorIs(t, after, coreapi.ErrDuplicateKey)
		require.Equal(t, coreapi.DeliveryUnknown, after.Delivery)
		require.Equal(t, 2, after.Attempts)
		require.Contains(t, after.Guidance().Advice, "read it before you send again")
		require.NotEqual(t, plain.Guidance().Advice, after.Guidance().Advice)
	})
}

func TestCancelledCallsAdviseNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newClient(t, http.DefaultTransport).Clients.Info(ctx)
	g, ok := coreapi.GuidanceFor(err)
	require.True(t, ok)
	require.Equal(t, coreapi.ActionNone, g.Action)
}
