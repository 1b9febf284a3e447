package coreapitest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

var basePaths = map[string]string{ // and what the URL ends in
	"/core/v1":   "/core/v1",
	"/core/v1//": "/core/v1",
	"/":          "",
	"/a b/é":     "/a%20b/%C3%A9",
	"/a%2Fb":     "/a%2Fb",
	"/device":    "/device",
}

func TestTheAPIIsUnderItsBasePath(t *testing.T) {
	for path, want := range basePaths {
		t.Run(path, func(t *testing.T) {
			for name, way := range ways {
				t.Run(name, func(t *testing.T) {
					s := way(t, coreapitest.WithBasePath(path))
					require.True(t, strings.HasSuffix(s.URL, want), s.URL)
					s.AddUser(ana)
					callAll(t, s, once(s))
					require.Equal(t, want+"/client", s.Requests()[0].Path, "as on the wire")
				})
			}
		})
	}
}

func TestOutsideTheBasePathThereIsNothing(t *testing.T) {
	s := coreapitest.New(coreapitest.WithBasePath("/core/v1"))
	origin := *s
	origin.URL = strings.TrimSuffix(s.URL, "/core/v1")
	for _, path := range []string{"/client", "/core/client", "/core/v1client", "/core/v1", "/core/v1/", "/core/v2/client", "/hosted/login", "/x/core/v1/client", ""} {
		require.Equal(t, http.StatusNotFound, send(t, &origin, "GET", path, "").status, path)
	}
	for _, request := range s.Requests() {
		require.Empty(t, request.Operation)
	}
}

func TestABasePathIsTheSameInAnyEscaping(t *testing.T) {
	s := coreapitest.New(coreapitest.WithBasePath("/core/v1"))
	origin := *s
	origin.URL = strings.TrimSuffix(s.URL, "/core/v1")
	h := http.Header{"X-Client-Key": {s.ClientKey}, "X-Version": {"1.0.0"}, "X-Request-Id": {"req-1"}}
	got := send(t, &origin, "GET", "/c%6Fre/v1/client", "", "X-Request-Id", "req-1",
		"X-Signature", sign(t, s, signedText(h, "GET", "/client", "")))
	require.Equal(t, http.StatusOK, got.status, got.body)
}

func TestTheHostedPageIsUnderTheBasePath(t *testing.T) {
	for path, want := range basePaths {
		t.Run(path, func(t *testing.T) {
			for name, way := range ways {
				t.Run(name, func(t *testing.T) {
					s := way(t, coreapitest.WithBasePath(path))
					b, status := hosted(t, s)
					require.Equal(t, want+"/hosted/login", b.address.EscapedPath())
					b.logIn(email, "wrong password")
					require.Contains(t, b.page, "The account or the password is not right.", "the cookie came back")
					b.logIn(email, password)
					require.Contains(t, b.page, "You are logged in")
					require.Equal(t, want+"/hosted/login", b.address.EscapedPath())
					require.Equal(t, coreapi.LoginSucceeded, status().State)
				})
			}
		})
	}
}

func TestAFakeMountedUnderAPrefixHasItAsItsBasePath(t *testing.T) {
	s := coreapitest.New(coreapitest.WithBasePath("/core"))
	s.AddUser(ana)
	mux := http.NewServeMux()
	mux.Handle("/core/", s)
	mounted := httptest.NewServer(mux)
	defer mounted.Close()
	c, err := coreapi.New(mounted.URL+"/core", coreapi.SignedClientKey(s.ClientKey, s.PrivateKey), coreapi.WithHTTPClient(mounted.Client()))
	require.NoError(t, err)
	session, err := c.Users.StartLogin(t.Context())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(session.URL, mounted.URL+"/core/hosted/login?"))
}
