package coreapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestProfileMovesEveryRoute(t *testing.T) {
	s := scripted(answer{body: `{"id":"i","reqToken":"r","url":"https://login.example.com/","state":"pending"}`})
	c := newClient(t, s, coreapi.WithProfile(coreapi.Profile{
		Version:     "2.1.0",
		ClientInfo:  coreapi.Route{Method: "POST", Path: "/me?full=1"},
		LoginStatus: coreapi.Route{Path: "/logins/{reqToken}?wait=0"},
		GetDevice:   coreapi.Route{Path: "/d/{id}.json"},
	}))
	_, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	_, err = c.Devices.Get(context.Background(), "a b")
	require.NoError(t, err)
	_, err = c.Users.StartLogin(context.Background())
	require.NoError(t, err)
	_, err = c.Users.LoginStatus(context.Background(), "r&t+")
	require.NoError(t, err)
	require.Equal(t, "POST "+testBase+"/me?full=1", s.sent[0].method+" "+s.sent[0].url)
	require.Equal(t, "2.1.0", s.sent[0].header.Get("X-Version"))
	require.Equal(t, testBase+"/logins/r&t+?wait=0", s.sent[3].url)
	require.Equal(t, testBase+"/d/a%20b.json", s.sent[1].url)
	require.Equal(t, testBase+"/user/login", s.sent[2].url, "zero fields mean the default")
}

func TestIDsAreEscapedInPaths(t *testing.T) {
	inPath := coreapi.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Path: "/devices/{id}"}})
	for id, want := range map[string]string{
		"abc":                    "/devices/abc",
		"a b?c#d%":               "/devices/a%20b%3Fc%23d%25",
		"é":                      "/devices/%C3%A9",
		"...":                    "/devices/...",
		"{id}":                   "/devices/%7Bid%7D",
		"x\ny":                   "/devices/x%0Ay",
		"%2e%2e":                 "/devices/%252e%252e",
		"a\x00b\xff":             "/devices/a%00b%FF",
		strings.Repeat("a", 300): "/devices/" + strings.Repeat("a", 300),
	} {
		s := scripted(answer{body: `{"id":"x"}`})
		_, err := newClient(t, s, inPath).Devices.Get(context.Background(), id)
		require.NoError(t, err)
		require.Equal(t, testBase+want, s.sent[0].url)
	}
}

// A gateway that unescapes a path takes "..%2Fclient" to another endpoint, key included.
func TestIDsThatLeadToAnotherPathAreRefused(t *testing.T) {
	inPath := coreapi.WithProfile(coreapi.Profile{
		GetDevice:   coreapi.Route{Path: "/devices/{id}"},
		LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status"},
	})
	for _, id := range []string{"", ".", "..", "a/b", "../clients/info", "/", `..\x`, `a\b`, "https://x/y", "..;/x", "[redacted]"} {
		s := scripted(answer{body: `{"id":"x","state":"pending"}`})
		c := newClient(t, s, inPath)
		_, err := c.Devices.Get(context.Background(), id)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		_, err = c.Users.LoginStatus(context.Background(), coreapi.Secret(id))
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.Zero(t, s.count(), id)
	}
}

func TestIDsAreEscapedInQueries(t *testing.T) {
	for id, want := range map[string]string{
		"abc": "abc", "a/b": "a%2Fb", "a b?c#d%": "a+b%3Fc%23d%25", "a&b=c+d": "a%26b%3Dc%2Bd", "{id}": "%7Bid%7D", "..": "..", "../clients/info": "..%2Fclients%2Finfo",
	} {
		s := scripted(answer{body: `{"id":"x"}`})
		_, err := newClient(t, s).Devices.Get(context.Background(), id)
		require.NoError(t, err)
		require.Equal(t, testBase+"/device?id="+want, s.sent[0].url)
	}
}
