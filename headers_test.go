package coreapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestHeadersOfARequest(t *testing.T) {
	s := scripted(answer{body: "{}"})
	c := newClient(t, s, coreapi.WithUserAgent("shop/2.1"), coreapi.WithHeader("x-tenant", "one"), coreapi.WithHeader("Content-Type", "application/vnd.x+json"))
	require.NoError(t, get(c))
	require.NoError(t, post(c, coreapi.WithHeader("X-Tenant", "two"), coreapi.WithHeader("Accept", "text/x")))
	first, second := s.sent[0].header, s.sent[1].header
	require.Equal(t, "application/json", first.Get("Accept"))
	require.Equal(t, "shop/2.1 coreapi-go/"+coreapi.Version, first.Get("User-Agent"))
	require.Equal(t, "one", first.Get("X-Tenant"))
	require.Equal(t, testKey, first.Get("X-Client-Key"))
	require.NotContains(t, first, "Content-Type", "only with a body")
	require.Equal(t, "two", second.Get("X-Tenant"))
	require.Equal(t, "text/x", second.Get("Accept"))
	require.Equal(t, "application/vnd.x+json", second.Get("Content-Type"))
	require.Equal(t, []string{testKey}, second["X-Client-Key"], "the Authenticator's header wins")
	require.NoError(t, get(c))
	require.Equal(t, "one", s.sent[2].header.Get("X-Tenant"), "a call's header never reaches another")
}

func TestEveryAttemptHasHeadersOfItsOwn(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var seen []http.Header
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			require.Empty(t, r.Header.Get("X-Added"))
			r.Header.Set("X-Added", "by a transport")
			seen = append(seen, r.Header)
			return answer{status: 503}.response(r)
		}), coreapi.WithHeader("X-Tenant", "t"))
		require.Error(t, get(c))
		require.Len(t, seen, 4)
		for _, h := range seen {
			require.Equal(t, "t", h.Get("X-Tenant"))
		}
	})
}

func FuzzHeader(f *testing.F) {
	for _, seed := range [][2]string{{"X-A", "v"}, {"host", "h"}, {"a b", ""}, {"X-A", "a\r\nb"}, {"X-A", " v"}, {"X-A", "é"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		s := scripted(answer{body: "{}"})
		c, err := coreapi.New(testBase, coreapi.ClientKeyHeader(name, value), coreapi.WithHTTPClient(&http.Client{Transport: s}))
		if err != nil {
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			return
		}
		require.NoError(t, get(c))
		require.Equal(t, value, s.sent[0].header.Get(name))
		require.False(t, strings.ContainsAny(value, "\r\n\x00"))
	})
}
