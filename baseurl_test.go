package coreapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/check"
)

func TestNewRefusesABaseURLThatCannotBeRight(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                  "empty",
		"api.example.com":                   "scheme",
		"//api.example.com":                 "scheme",
		"ftp://api.example.com":             "scheme",
		"https://":                          "no host",
		"https://:443":                      "no host",
		"https:api.example.com":             "no host",
		"https://user:secretpw@example.com": "user name",
		"https://example.com?token=t":       "query",
		"https://example.com?":              "query",
		"https://example.com#f":             "fragment",
		"https://example.com#":              "fragment",
		"https://example.com:0":             "port",
		"https://example.com:65536":         "port",
		"https://example.com:port":          "does not parse",
		"https://exa mple.com":              "does not parse",
		" https://example.com":              "does not parse",
		"https://example.com/a/../b":        `".."`,
		"https://example.com/%2e%2e/b":      `".."`,
		"http://example.com":                "WithPlaintext",
		"http://127.0.0.1.example.com":      "WithPlaintext",
		"http://localhost.example.com":      "WithPlaintext",
		"https://user:secretpw@exa mple":    "does not parse",
	} {
		c, err := coreapi.New(raw, coreapi.ClientKey(testKey))
		require.Nil(t, c, raw)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.Contains(t, err.Error(), want, raw)
		require.NotContains(t, err.Error(), "secretpw", "the URL is not quoted")
		e := asError(t, err)
		require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
		require.Zero(t, e.Attempts)
	}
}

func TestNewTakesUsableBaseURLs(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example.com":       "https://api.example.com/things",
		"https://api.example.com/":      "https://api.example.com/things",
		"HTTPS://API.example.com/v1/":   "https://API.example.com/v1/things",
		"https://api.example.com/a%2Fb": "https://api.example.com/a%2Fb/things",
		"https://api.example.com:8443":  "https://api.example.com:8443/things",
		"https://[2001:db8::1]/v1":      "https://[2001:db8::1]/v1/things",
		"http://localhost:8080":         "http://localhost:8080/things",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080/things",
		"http://[::1]:8080":             "http://[::1]:8080/things",
	} {
		s := scripted(answer{body: "{}"})
		c, err := coreapi.New(raw, coreapi.ClientKey(testKey), coreapi.WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err, raw)
		require.NoError(t, get(c))
		require.Equal(t, want, s.sent[0].url)
	}
	_, err := coreapi.New("http://api.example.com", coreapi.ClientKey(testKey), coreapi.WithPlaintext())
	require.NoError(t, err)
}

func TestARefusedBaseURLIsToldOneToPass(t *testing.T) {
	for _, raw := range []string{"", "api.example.com", "https://", "://", "https://api.example.com?key=value", "ftp://api.example.com"} {
		_, err := coreapi.New(raw, coreapi.ClientKey(testKey))
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		for _, text := range []string{err.Error(), asError(t, err).Report()} {
			require.Contains(t, text, "https://api.example.com", raw)
			require.NotContains(t, text, "key=value")
		}
	}
}

func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{"https://a", "http://localhost", "https://u:p@h", "https://h?q", "https://[::1]:80/x/", "h", "https://h:99999", "\x00", "https://h/%2e%2e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s := scripted(answer{body: "{}"})
		c, err := coreapi.New(raw, coreapi.ClientKey(testKey), coreapi.WithHTTPClient(&http.Client{Transport: s}))
		if err != nil {
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			return
		}
		require.NoError(t, get(c))
		u, err := url.Parse(s.sent[0].url)
		require.NoError(t, err)
		require.True(t, u.Scheme == "https" || check.Loopback(u.Hostname()))
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery)
		require.NotEmpty(t, fmt.Sprint(c))
	})
}
