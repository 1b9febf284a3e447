package coreapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeysAndHeadersThatCannotBeRightAreRefused(t *testing.T) {
	var none *foreignAuth
	f := func(context.Context) (string, error) { return testKey, nil }
	for name, auth := range map[string]Authenticator{
		"nil":                 nil,
		"typed nil":           none,
		"empty key":           ClientKey(""),
		"blank key":           ClientKey("  "),
		"key with line break": ClientKey("secret-key\n"),
		"key with control":    ClientKey("secret\x00key"),
		"key, not ASCII":      ClientKey("secret-schlüssel"),
		"key, not UTF-8":      ClientKey("secret\xffkey"),
		"empty header":        ClientKeyHeader("", testKey),
		"bad header":          ClientKeyHeader("X Key", testKey),
		"owned header":        ClientKeyHeader("Host", testKey),
		"request id's header": ClientKeyHeader("x-request-id", testKey),
		"no function":         ClientKeyFunc("", nil),
		"function's header":   ClientKeyFunc("X\nKey", f),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(testBase, auth)
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

type foreignAuth struct{ f func(*http.Request) error }

func (a *foreignAuth) Authenticate(r *http.Request) error { return a.f(r) }

// authClient is a Client with an Authenticator of its own.
func authClient(t *testing.T, auth Authenticator, s http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	c, err := New(testBase, auth, append([]Option{WithHTTPClient(&http.Client{Transport: s})}, opts...)...)
	require.NoError(t, err)
	return c
}

func TestTheKeyGoesInItsHeader(t *testing.T) {
	f := func(context.Context) (string, error) { return testKey, nil }
	for header, auth := range map[string]Authenticator{
		"X-Client-Key": ClientKey(testKey),
		"X-Api-Key":    ClientKeyHeader("x-api-key", testKey),
		"X-Other":      ClientKeyFunc("x-other", f),
		"x-client-key": ClientKeyFunc("", f),
	} {
		s := scripted(answer{body: "{}"})
		require.NoError(t, get(authClient(t, auth, s)))
		require.Equal(t, testKey, s.sent[0].header.Get(header))
	}
}

func TestARotatedKeyIsPickedUpByTheNextAttemptAndBothAreMasked(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		auth := ClientKeyFunc("", func(context.Context) (string, error) {
			n++
			return fmt.Sprintf("rotated-key-%d", n), nil
		})
		s := scripted(answer{status: 503}, answer{status: 400, body: `{"message":"rotated-key-1 and rotated-key-2"}`})
		err := get(authClient(t, auth, s))
		require.Equal(t, "rotated-key-1", s.sent[0].header.Get("X-Client-Key"))
		require.Equal(t, "rotated-key-2", s.sent[1].header.Get("X-Client-Key"))
		require.Equal(t, "[redacted] and [redacted]", asError(t, err).Message)
	})
}

func TestAKeyFunctionsErrorStopsTheCallTyped(t *testing.T) {
	vault := errors.New("vault sealed")
	s := scripted(answer{status: 503})
	fail := func(key string, err error) error {
		return get(authClient(t, ClientKeyFunc("", func(context.Context) (string, error) { return key, err }), s))
	}
	err := fail("", vault)
	require.ErrorIs(t, err, vault)
	e := asError(t, err)
	require.Zero(t, e.Attempts)
	require.Equal(t, DeliveryNotSent, e.Delivery)
	require.False(t, IsRetryable(err))
	require.Contains(t, err.Error(), "authentication failed: vault sealed")
	for _, key := range []string{"", "bad\nkey"} {
		require.Equal(t, DeliveryNotSent, asError(t, fail(key, nil)).Delivery)
	}
	require.Zero(t, s.count())
}

func TestAuthenticationThatFailsLaterKeepsWhatTheFirstAttemptDid(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		vault := errors.New("vault sealed")
		auth := ClientKeyFunc("", func(context.Context) (string, error) {
			if n++; n > 1 {
				return "", vault
			}
			return testKey, nil
		})
		err := post(authClient(t, auth, scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)})))
		require.ErrorIs(t, err, vault)
		require.NotErrorIs(t, err, ErrRequestTimeout, "the error is that of the last attempt")
		require.Equal(t, 1, asError(t, err).Attempts)
		require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
	})
}

func TestAForeignAuthenticatorRunsLastAndWhatItSetsIsMasked(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		auth := &foreignAuth{func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer foreign-token")
			r.Header.Set("Accept", "changed/too")
			q := r.URL.Query()
			q.Add("api_key", "query-key-1")
			r.URL.RawQuery = q.Encode()
			return nil
		}}
		s := scripted(answer{status: 503}, answer{status: 400, body: `{"message":"no foreign-token, no query-key-1"}`})
		err := get(authClient(t, auth, s, WithHeader("Authorization", "mine")))
		require.Equal(t, "no [redacted], no [redacted]", asError(t, err).Message)
		require.Equal(t, "Bearer foreign-token", s.sent[1].header.Get("Authorization"))
		require.Equal(t, "changed/too", s.sent[1].header.Get("Accept"))
		require.Equal(t, testBase+"/things?api_key=query-key-1", s.sent[1].url, "what it adds to the query does not pile up")
		require.NotContains(t, err.Error(), "query-key")
	})
}

func TestAForeignAuthenticatorsBadHeaderSendsNothing(t *testing.T) {
	s := scripted(answer{})
	err := get(authClient(t, &foreignAuth{func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer secret\n")
		return nil
	}}, s))
	require.Zero(t, s.count())
	require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
	require.NotContains(t, err.Error(), "secret")
}

func TestAnAuthenticatorMayBeWrapped(t *testing.T) {
	inner := ClientKey(testKey)
	s := scripted(answer{status: 400, body: `{"message":"` + testKey + `"}`})
	err := get(authClient(t, &foreignAuth{inner.Authenticate}, s))
	require.Equal(t, testKey, s.sent[0].header.Get("X-Client-Key"))
	require.Equal(t, redacted, asError(t, err).Message)
}

func TestAnAuthenticatorMayNotSendTheKeyElsewhere(t *testing.T) {
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.URL.Host = "elsewhere.example.com" },
		func(r *http.Request) { r.URL.Scheme = "http" },
		func(r *http.Request) { r.Host = "elsewhere.example.com" },
	} {
		s := scripted(answer{})
		err := get(authClient(t, &foreignAuth{func(r *http.Request) error { change(r); return nil }}, s))
		require.ErrorContains(t, err, "origin")
		require.Zero(t, s.count())
	}
}

func TestPartsOfACredentialAreMaskedAlone(t *testing.T) {
	for value, part := range map[string]string{
		"Bearer abcdefgh123":         "abcdefgh123",
		"session=abcdefgh123; a=b":   "abcdefgh123",
		"Basic dXNlcjpwYXNzdzByZDk=": "passw0rd9",
	} {
		auth := &foreignAuth{func(r *http.Request) error { r.Header.Set("Authorization", value); return nil }}
		err := get(authClient(t, auth, scripted(answer{status: 400, body: `{"message":"got ` + part + `"}`})))
		require.Equal(t, "got "+redacted, asError(t, err).Message)
	}
}

func TestAKeyFunctionThatOutlastsTheAttemptIsAnAttemptsTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{})
		slow := ClientKeyFunc("", func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		err := get(authClient(t, slow, s))
		require.True(t, asError(t, err).Timeout())
		require.True(t, IsRetryable(err))
		require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
		require.Zero(t, asError(t, err).Attempts)
	})
}

func TestAHeaderValueThatAnAuthenticatorChangesInPlaceIsThatAttemptsAlone(t *testing.T) {
	s := scripted(answer{body: "{}"})
	auth := &foreignAuth{f: func(r *http.Request) error {
		r.Header["User-Agent"][0] += " tenant"
		r.Header["Content-Type"][0] += "; charset=utf-8"
		r.Header["Accept"] = append(r.Header["Accept"], "text/plain")
		return nil
	}}
	c := authClient(t, auth, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := Do[struct{}](context.Background(), c, Request{Method: "POST", Path: "/x", Body: 1})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for _, r := range s.sent {
		require.Equal(t, 1, strings.Count(r.header.Get("User-Agent"), " tenant"), r.header)
		require.Equal(t, []string{"application/json; charset=utf-8"}, r.header["Content-Type"])
		require.Equal(t, []string{"application/json", "text/plain"}, r.header["Accept"])
	}
}
