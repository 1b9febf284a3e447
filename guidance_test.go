package coreapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAdminContactIsInEveryErrorsGuidance(t *testing.T) {
	contact := AdminContact{Name: "Ops", Email: "ops@example.com", WhatsApp: "+62 1", URL: "https://help.example.com"}
	c := newClient(t, scripted(answer{status: 403, body: codeBody(CodeEndpointForbidden)}), WithAdminContact(contact))
	_, argument := c.Devices.Get(context.Background(), "")
	for _, err := range []error{get(c), argument, get(c, WithTimeout(-1))} {
		g, ok := GuidanceFor(err)
		require.True(t, ok)
		require.Equal(t, contact, g.Contact)
		require.Contains(t, g.String(), "Ops: ops@example.com, WhatsApp +62 1, https://help.example.com")
		require.Contains(t, asError(t, err).Report(), "ops@example.com")
		require.NotContains(t, g.String(), "\n")
	}
}

func TestRequestTimeoutIsForTheAdminOnlyWhenItCameTwice(t *testing.T) {
	timeout := answer{status: 504, body: codeBody(CodeRequestTimeout)}
	inFakeTime(t, func(t *testing.T) {
		four := get(newClient(t, scripted(timeout)))
		requireMatchesExactly(t, four, ErrRequestTimeout, ErrContactAdmin)
		require.Equal(t, 4, asError(t, four).Attempts)
		g, _ := GuidanceFor(four)
		require.Equal(t, ActionContactAdmin, g.Action)

		once := get(newClient(t, scripted(timeout)), WithRetryPolicy(NoRetry()))
		requireMatchesExactly(t, once, ErrRequestTimeout)
		g, _ = GuidanceFor(once)
		require.Equal(t, ActionRetry, g.Action)
		require.Contains(t, g.Advice, "admin")

		between := get(newClient(t, scripted(timeout, answer{status: 503}, answer{status: 400, body: codeBody(CodeUserNotFound)})))
		requireMatchesExactly(t, between, ErrUserNotFound, ErrCredentials)
	})
}

func TestContactAdminIsTheActionExactlyWhereTheSentinelMatches(t *testing.T) {
	errs := []error{
		get(newClient(t, scripted(answer{status: 404}))),
		get(newClient(t, scripted(answer{status: 400, body: codeBody("WEIRD")}))),
		get(newClient(t, scripted(answer{status: 301}))),
		post(newClient(t, scripted(answer{status: 502, body: "<html>"}))),
		post(newClient(t, scripted(answer{err: errors.New("reset")}))),
		refuse("x", errors.New("cause")),
	}
	for _, info := range Catalogue() {
		errs = append(errs, NewError(info.Code, ""))
	}
	for _, err := range errs {
		g, _ := GuidanceFor(err)
		require.Equal(t, errors.Is(err, ErrContactAdmin), g.Action == ActionContactAdmin, err)
		require.NotEmpty(t, g.Summary, err)
		require.NotEmpty(t, g.Advice, err)
		require.Contains(t, err.Error(), g.Advice, "the text ends with the advice")
	}
}

func TestUnknownCodeAdvisesToQuoteCodeAndRequestID(t *testing.T) {
	err := get(newClient(t, scripted(answer{status: 400, body: codeBody("WEIRD")})))
	g, _ := GuidanceFor(err)
	require.Contains(t, g.Advice, "Quote the code and the request id to the admin")
	require.NotErrorIs(t, err, ErrContactAdmin)
}

func TestPostThatMayHaveBeenActedOnAdvisesToLookFirst(t *testing.T) {
	for name, a := range map[string]answer{
		"gateway":   {status: 502, body: "<html>"},
		"lost":      {err: errors.New("connection reset")},
		"undecoded": {body: "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, post(newClient(t, scripted(a))).Error(), "look before you send it again")
			require.NotContains(t, get(newClient(t, scripted(a)), WithRetryPolicy(NoRetry())).Error(), "look before")
			withKey := post(newClient(t, scripted(a)), WithHeader("Idempotency-Key", "k"), WithRetryPolicy(NoRetry()))
			require.Contains(t, withKey.Error(), "look before you send it again", "the next call may have another key")
		})
	}
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	require.NotContains(t, post(newClient(t, scripted(answer{err: refused})), WithRetryPolicy(NoRetry())).Error(), "look before")
}

func TestDuplicateKeyAfterAnUncertainAttemptSaysReadFirst(t *testing.T) {
	duplicate := answer{status: 409, body: codeBody(CodeDuplicateKey)}
	inFakeTime(t, func(t *testing.T) {
		plain := asError(t, post(newClient(t, scripted(duplicate))))
		require.Equal(t, DeliveryRejected, plain.Delivery)
		after := asError(t, post(newClient(t, scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)}, duplicate))))
		require.ErrorIs(t, after, ErrDuplicateKey)
		require.Equal(t, DeliveryUnknown, after.Delivery)
		require.Equal(t, 2, after.Attempts)
		require.Contains(t, after.Guidance().Advice, "read it before you send again")
		require.NotEqual(t, plain.Guidance().Advice, after.Guidance().Advice)
	})
}

func TestCancelledCallsAdviseNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newClient(t, http.DefaultTransport).Clients.Info(ctx)
	g, ok := GuidanceFor(err)
	require.True(t, ok)
	require.Equal(t, ActionNone, g.Action)
}
