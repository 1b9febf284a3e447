package coreapi_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestClientOptionsThatSayNothingOrNonsenseAreRefused(t *testing.T) {
	for name, opt := range map[string]coreapi.Option{
		"nil option":                  nil,
		"typed nil option":            (*nilOption)(nil),
		"negative client timeout":     coreapi.WithHTTPClient(&http.Client{Timeout: -1}),
		"empty contact":               coreapi.WithAdminContact(coreapi.AdminContact{}),
		"empty user agent":            coreapi.WithUserAgent(""),
		"user agent, line break":      coreapi.WithUserAgent("a\nb"),
		"no response bytes":           coreapi.WithMaxResponseBytes(0),
		"negative response bytes":     coreapi.WithMaxResponseBytes(-1),
		"nil interceptor":             coreapi.WithInterceptor(nil),
		"typed nil transport":         coreapi.WithHTTPClient(&http.Client{Transport: (*http.Transport)(nil)}),
		"Accept-Encoding":             coreapi.WithHeader("Accept-Encoding", "gzip"),
		"no attempt timeout":          coreapi.WithAttemptTimeout(0),
		"negative attempt timeout":    coreapi.WithAttemptTimeout(-1),
		"empty header name":           coreapi.WithHeader("", "v"),
		"bad header name":             coreapi.WithHeader("a b", "v"),
		"empty header value":          coreapi.WithHeader("X-A", ""),
		"header value, line break":    coreapi.WithHeader("X-A", "a\r\nX-B: c"),
		"Host":                        coreapi.WithHeader("host", "x"),
		"Content-Length":              coreapi.WithHeader("Content-Length", "1"),
		"Transfer-Encoding":           coreapi.WithHeader("transfer-encoding", "chunked"),
		"Connection":                  coreapi.WithHeader("Connection", "close"),
		"request id's header":         coreapi.WithHeader("x-request-id", "1"),
		"profile's method":            coreapi.WithProfile(coreapi.Profile{Login: coreapi.Route{Method: "post"}}),
		"profile's path":              coreapi.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "login"}}),
		"client key's header":         coreapi.WithHeader("x-client-key", "1"),
		"version's header":            coreapi.WithHeader("X-Version", "1"),
		"signature's header":          coreapi.WithHeader("X-SIGNATURE", "1"),
		"user token's header":         coreapi.WithHeader("x-token", "1"),
		"language's header":           coreapi.WithHeader("x-language", "en"),
		"no language":                 coreapi.WithLanguage(""),
		"no language's name":          coreapi.WithLanguage("en\r\nX-A: b"),
		"signature text, no func":     coreapi.WithSignatureText(nil),
		"profile's query":             coreapi.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/a?b#c"}}),
		"profile's query, no text":    coreapi.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/a?b=%zz"}}),
		"profile's path, no id":       coreapi.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Path: "/devices"}}),
		"profile's path, two ids":     coreapi.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Path: "/d/{id}?id={id}"}}),
		"profile's status, no token":  coreapi.WithProfile(coreapi.Profile{LoginStatus: coreapi.Route{Path: "/user/login?id={id}"}}),
		"profile's path, braces":      coreapi.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "/{id}"}}),
		"profile's version":           coreapi.WithProfile(coreapi.Profile{Version: "1\n"}),
		"profile's version, no ASCII": coreapi.WithProfile(coreapi.Profile{Version: "1.0é"}),
		"profile's envelope":          coreapi.WithProfile(coreapi.Profile{Envelope: `{"data":"{resutl}"}`}),
		"profile's envelope, twice":   coreapi.WithProfile(coreapi.Profile{Envelope: `{"a":"{result}","data":"{result}"}`}),
		"profile's envelope, broken":  coreapi.WithProfile(coreapi.Profile{Envelope: `{"data":`}),
		"profile's padding":           coreapi.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Padding: "oaep"}}),
		"profile's encoding":          coreapi.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Encoding: "Base64"}}),
		"profile's endpoint":          coreapi.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Endpoint: "url"}}),
		"profile's no body":           coreapi.WithProfile(coreapi.Profile{Signature: coreapi.Signature{NoBody: "none"}}),
		"profile's style":             coreapi.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Style: "php"}}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := coreapi.New(testBase, coreapi.ClientKey(testKey), opt)
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.Greater(t, len(asError(t, err).Unwrap()[0].Error()), 20, "the text says what to pass")
		})
	}
}

// nilOption is an Option by what it embeds; a nil pointer to it has none.
type nilOption struct{ coreapi.Option }

func TestCallOptionsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	s := scripted(answer{body: "{}"})
	c := newClient(t, s)
	for name, opt := range map[string]coreapi.CallOption{
		"nil":               nil,
		"empty request id":  coreapi.WithRequestID(""),
		"blank request id":  coreapi.WithRequestID("  "),
		"broken request id": coreapi.WithRequestID("a\nb"),
		"no timeout":        coreapi.WithTimeout(0),
		"negative timeout":  coreapi.WithTimeout(-1),
		"header":            coreapi.WithHeader("Host", "x"),
		"request id header": coreapi.WithHeader("X-Request-Id", "x"),
		"attempt timeout":   coreapi.WithAttemptTimeout(-1),
	} {
		requireMatchesExactly(t, get(c, opt), coreapi.ErrInvalidArgument)
		require.Equal(t, "Test.Get", asError(t, get(c, opt)).Operation, name)
	}
	require.Zero(t, s.count())
}

func TestWithUserTokenRefusesWhatIsNoToken(t *testing.T) {
	for _, token := range []coreapi.Secret{"", "[redacted]", "tok\n", "tök"} {
		s := scripted(answer{})
		requireMatchesExactly(t, get(newClient(t, s), coreapi.WithUserToken(token)), coreapi.ErrInvalidArgument)
		require.Zero(t, s.count())
	}
	for _, id := range []string{"", " ", "a\nb", "ä"} {
		requireMatchesExactly(t, get(newClient(t, scripted(answer{})), coreapi.WithRequestID(id)), coreapi.ErrInvalidArgument)
	}
}

func TestAnOptionMayServeSeveralClientsAtOnce(t *testing.T) {
	profile, header := coreapi.WithProfile(coreapi.Profile{Envelope: `{"data":"{result}"}`}), coreapi.WithHeader("X-A", "1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := coreapi.New(testBase, coreapi.ClientKey(testKey), profile, header); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
