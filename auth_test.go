package coreapi_test

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

	"github.com/fypass/coreapi-go"
)

func TestKeysAndHeadersThatCannotBeRightAreRefused(t *testing.T) {
	var none *customAuth
	f := func(context.Context) (string, error) { return testKey, nil }
	for name, auth := range map[string]coreapi.Authenticator{
		"nil":                 nil,
		"typed nil":           none,
		"empty key":           coreapi.ClientKey(""),
		"blank key":           coreapi.ClientKey("  "),
		"key with line break": coreapi.ClientKey("secret-key\n"),
		"key with control":    coreapi.ClientKey("secret\x00key"),
		"key, not ASCII":      coreapi.ClientKey("secret-schlüssel"),
		"key, not UTF-8":      coreapi.ClientKey("secret\xffkey"),
		"empty header":        coreapi.ClientKeyHeader("", testKey),
		"bad header":          coreapi.ClientKeyHeader("X Key", testKey),
		"owned header":        coreapi.ClientKeyHeader("Host", testKey),
		"request id's header": coreapi.ClientKeyHeader("x-request-id", testKey),
		"no function":         coreapi.ClientKeyFunc("", nil),
		"function's header":   coreapi.ClientKeyFunc("X\nKey", f),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := coreapi.New(testBase, auth)
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestTheKeyGoesInItsHeader(t *testing.T) {
	f := func(context.Context) (string, error) { return testKey, nil }
	for header, auth := range map[string]coreapi.Authenticator{
		"X-Client-Key": coreapi.ClientKey(testKey),
		"X-Api-Key":    coreapi.ClientKeyHeader("x-api-key", testKey),
		"X-Other":      coreapi.ClientKeyFunc("x-other", f),
		"x-client-key": coreapi.ClientKeyFunc("", f),
	} {
		s := scripted(answer{body: "{}"})
		require.NoError(t, get(authClient(t, auth, s)))
		require.Equal(t, testKey, s.sent[0].header.Get(header))
	}
}

func TestARotatedKeyIsPickedUpByTheNextAttemptAndBothAreMasked(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		auth := coreapi.ClientKeyFunc("", func(context.Context) (string, error) {
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
		return get(authClient(t, coreapi.ClientKeyFunc("", func(context.Context) (string, error) { return key, err }), s))
	}
	err := fail("", vault)
	require.ErrorIs(t, err, vault)
	e := asError(t, err)
	require.Zero(t, e.Attempts)
	require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
	require.False(t, coreapi.IsRetryable(err))
	require.Contains(t, err.Error(), "authentication failed: vault sealed")
	for _, key := range []string{"", "bad\nkey"} {
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, fail(key, nil)).Delivery)
	}
	require.Zero(t, s.count())
}

func TestAuthenticationThatFailsLaterKeepsWhatTheFirstAttemptDid(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		vault := errors.New("vault sealed")
		auth := coreapi.ClientKeyFunc("", func(context.Context) (string, error) {
			if n++; n > 1 {
				return "", vault
			}
			return testKey, nil
		})
		err := post(authClient(t, auth, scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)})))
		require.ErrorIs(t, err, vault)
		require.NotErrorIs(t, err, coreapi.ErrRequestTimeout, "the error is that of the last attempt")
		require.Equal(t, 1, asError(t, err).Attempts)
		require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
	})
}

func TestAForeignAuthenticatorRunsLastAndWhatItSetsIsMasked(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		auth := &customAuth{func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer foreign-token")
			r.Header.Set("Accept", "changed/too")
			q := r.URL.Query()
			q.Add("api_key", "query-key-1")
			r.URL.RawQuery = q.Encode()
			return nil
		}}
		s := scripted(answer{status: 503}, answer{status: 400, body: `{"message":"no foreign-token, no query-key-1"}`})
		err := get(authClient(t, auth, s, coreapi.WithHeader("Authorization", "mine")))
		require.Equal(t, "no [redacted], no [redacted]", asError(t, err).Message)
		require.Equal(t, "Bearer foreign-token", s.sent[1].header.Get("Authorization"))
		require.Equal(t, "changed/too", s.sent[1].header.Get("Accept"))
		require.Equal(t, testBase+"/things?api_key=query-key-1", s.sent[1].url, "what it adds to the query does not pile up")
		require.NotContains(t, err.Error(), "query-key")
	})
}

func TestAForeignAuthenticatorsBadHeaderSendsNothing(t *testing.T) {
	s := scripted(answer{})
	err := get(authClient(t, &customAuth{func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer secret\n")
		return nil
	}}, s))
	require.Zero(t, s.count())
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
	require.NotContains(t, err.Error(), "secret")
}

func TestAnAuthenticatorMayBeWrapped(t *testing.T) {
	inner := coreapi.ClientKey(testKey)
	s := scripted(answer{status: 400, body: `{"message":"` + testKey + `"}`})
	err := get(authClient(t, &customAuth{inner.Authenticate}, s))
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
		err := get(authClient(t, &customAuth{func(r *http.Request) error { change(r); return nil }}, s))
		require.ErrorContains(t, err, "origin")
		require.Zero(t, s.count())
	}
}

func TestAHeaderValueThatAnAuthenticatorChangesInPlaceIsThatAttemptsAlone(t *testing.T) {
	s := scripted(answer{body: "{}"})
	auth := &customAuth{f: func(r *http.Request) error {
		r.Header["User-Agent"][0] += " tenant"
		r.Header["Content-Type"][0] += "; charset=utf-8"
		r.Header["Accept"] = append(r.Header["Accept"], "text/plain")
		return nil
	}}
	c := authClient(t, auth, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := coreapi.Do[struct{}](context.Background(), c, coreapi.Request{Method: "POST", Path: "/x", Body: 1})
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

func TestAnAuthenticatorOfTheCallersLeavesTheDocumentedHeadersAlone(t *testing.T) {
	for _, name := range []string{"X-Version", "X-Request-Id", "X-Signature", "X-Token", "X-Language"} {
		s := scripted(answer{body: "{}"})
		err := get(authClient(t, &customAuth{func(r *http.Request) error { r.Header.Set(name, "mine"); return nil }}, s), coreapi.WithUserToken("tok-1"))
		require.ErrorContains(t, err, name)
		require.Zero(t, s.count())
	}
	for _, header := range []string{"x-version", "x-request-id", "x-signature", "x-token", "x-language"} {
		_, err := coreapi.New(testBase, coreapi.ClientKeyHeader(header, testKey))
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	}
}
