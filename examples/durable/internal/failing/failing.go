// Package failing has clients whose calls fail, for the tests of all engines.
package failing

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// Deployments are clients of programs that were deployed badly, by what is wrong. Nothing that
// their calls ask for is to blame.
func Deployments(t *testing.T) map[string]*coreapi.Client {
	t.Helper()
	key := coreapi.ClientKey("key")
	keyless := coreapi.ClientKeyFunc("", func(context.Context) (string, error) { return "", errors.New("the KMS is down") })
	return map[string]*coreapi.Client{
		"auth: no key to be had":       newClient(t, keyless, answer(http.StatusOK, "{}")),
		"tls: an expired certificate":  newClient(t, key, noConnection(x509.CertificateInvalidError{Reason: x509.Expired})),
		"tls: an unknown authority":    newClient(t, key, noConnection(x509.UnknownAuthorityError{})),
		"tls: a server without it":     newClient(t, key, noConnection(errors.New("http: server gave HTTP response to HTTPS client"))),
		"proxy: a wrong password":      newClient(t, key, noConnection(errors.New(http.StatusText(http.StatusProxyAuthRequired)))),
		"redirect: from http to https": newClient(t, key, answer(http.StatusMovedPermanently, "")),
		"401: a wrong signature":       newClient(t, key, answer(http.StatusUnauthorized, "")),
		"401: with a code of its own":  newClient(t, key, answer(http.StatusUnauthorized, `{"code":"BAD_SIGNATURE"}`)),
		"403: a gateway's":             newClient(t, key, answer(http.StatusForbidden, "<html>")),
		"404: a wrong base URL":        newClient(t, key, answer(http.StatusNotFound, "404 page not found")),
	}
}

// Others are clients whose GETs fail for other reasons, and would again.
func Others(t *testing.T) map[string]*coreapi.Client {
	t.Helper()
	key := coreapi.ClientKey("key")
	own := coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error {
		return errors.New("a bug")
	})
	return map[string]*coreapi.Client{
		"a documented code on a 401": newClient(t, key, answer(http.StatusUnauthorized, `{"code":"INVALID_PASSWORD"}`)),
		"a documented code on a 404": newClient(t, key, answer(http.StatusNotFound, `{"code":"INVALID_OBJECT_ID"}`)),
		"a 400 without a code":       newClient(t, key, answer(http.StatusBadRequest, "")),
		"a 409 with another code":    newClient(t, key, answer(http.StatusConflict, `{"code":"CONFLICT"}`)),
		"an unexpected response":     newClient(t, key, answer(http.StatusOK, "<html>")),
		"a response too large":       newClient(t, key, answer(http.StatusOK, "{     }"), coreapi.WithMaxResponseBytes(2)),
		"the caller's own code":      newClient(t, key, answer(http.StatusOK, "{}"), own),
	}
}

func newClient(t *testing.T, key coreapi.Authenticator, transport http.RoundTripper, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	opts = append(opts, coreapi.WithHTTPClient(&http.Client{Transport: transport}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	client, err := coreapi.New("https://api.example.com", key, opts...)
	require.NoError(t, err)
	return client
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// noConnection fails as net/http does, which tells its trace that it asked for a connection.
func noConnection(err error) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).GetConn("api.example.com:443")
		return nil, err
	}
}
