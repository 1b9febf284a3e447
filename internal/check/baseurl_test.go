package check_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/redact"
)

const example = `pass one such as "https://api.example.com"`

func TestABaseURLThatCannotBeRightIsRefused(t *testing.T) {
	const (
		query  = "the base URL holds a query or a fragment: " + example
		scheme = "the base URL has no http or https scheme: " + example
		host   = "the base URL has no host: " + example
		parse  = "the base URL does not parse: " + example
		port   = "the base URL's port is not one: pass 1 to 65535, or none"
		dots   = `the base URL: the path has a "." or ".." segment: pass the path that it leads to`
		plain  = "the base URL is http to a host that is not loopback: use https, or WithPlaintext to send the key in the clear"
	)
	for raw, want := range map[string]string{
		"":                                  "the base URL is empty: " + example,
		"api.example.com":                   scheme,
		"//api.example.com":                 scheme,
		"ftp://api.example.com":             scheme,
		"https://":                          host,
		"https://:443":                      host,
		"https:api.example.com":             host,
		"https://user:secretpw@example.com": "the base URL holds a user name: take it out; the Authenticator has the key",
		"https://example.com?token=t":       query,
		"https://example.com?":              query,
		"https://example.com#f":             query,
		"https://example.com#":              query,
		"https://example.com:0":             port,
		"https://example.com:65536":         port,
		"https://example.com:port":          parse,
		"https://exa mple.com":              parse,
		" https://example.com":              parse,
		"https://user:secretpw@exa mple":    parse,
		"https://example.com/a/../b":        dots,
		"https://example.com/%2e%2e/b":      dots,
		"http://example.com":                plain,
		"http://127.0.0.1.example.com":      plain,
		"http://localhost.example.com":      plain,
	} {
		u, err := check.BaseURL(raw, false)
		require.Nil(t, u, raw)
		require.EqualError(t, err, want, raw)
	}
}

func TestTheExampleInARefusalIsNotTakenForAURLToHide(t *testing.T) {
	for _, raw := range []string{"", "api.example.com", "https://", "://", "https://api.example.com?key=value", "ftp://api.example.com"} {
		_, err := check.BaseURL(raw, false)
		require.ErrorContains(t, redact.Cause(err, redact.FromCaller, nil, false), "https://api.example.com", raw)
	}
}

func TestUsableBaseURLsAreTaken(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example.com":       "https://api.example.com",
		"https://api.example.com/":      "https://api.example.com",
		"HTTPS://API.example.com/v1/":   "https://API.example.com/v1",
		"https://api.example.com/a%2Fb": "https://api.example.com/a%2Fb",
		"https://api.example.com:8443":  "https://api.example.com:8443",
		"https://[2001:db8::1]/v1":      "https://[2001:db8::1]/v1",
		"http://localhost:8080":         "http://localhost:8080",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://[::1]:8080":             "http://[::1]:8080",
	} {
		u, err := check.BaseURL(raw, false)
		require.NoError(t, err, raw)
		require.Equal(t, want, u.String())
	}
	_, err := check.BaseURL("http://api.example.com", true)
	require.NoError(t, err, "where plaintext is allowed")
}

func TestLoopbackIsThisMachineAlone(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"": false, "0.0.0.0": false, "10.0.0.1": false, "::": false, "localhost.example.com": false, "127.0.0.1.example.com": false,
	} {
		require.Equal(t, want, check.Loopback(host), host)
	}
}

func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{"https://a", "http://localhost", "https://u:p@h", "https://h?q", "https://[::1]:80/x/", "h", "https://h:99999", "\x00", "https://h/%2e%2e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := check.BaseURL(raw, false)
		if err != nil {
			return
		}
		u, err := url.Parse(base.String() + "/things")
		require.NoError(t, err)
		require.True(t, u.Scheme == "https" || check.Loopback(u.Hostname()))
		require.Equal(t, base.Host, u.Host)
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery)
		require.True(t, strings.HasSuffix(u.Path, "/things"))
	})
}
