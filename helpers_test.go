package coreapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

const (
	testBase = "https://api.example.com/v1"
	testKey  = "key-0123456789"

	redacted              = "[redacted]"     // what stands in the place of a secret
	defaultAttemptTimeout = 30 * time.Second // as WithAttemptTimeout documents it
	maxErrorBody          = 4 << 10          // as Error.Body documents it
)

// newClient is a Client over an in-memory transport.
func newClient(t testing.TB, transport http.RoundTripper, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	opts = append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: transport})}, opts...)
	c, err := coreapi.New(testBase, coreapi.ClientKey(testKey), opts...)
	require.NoError(t, err)
	return c
}

// authClient is a Client with an Authenticator of its own.
func authClient(t *testing.T, auth coreapi.Authenticator, s http.RoundTripper, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	c, err := coreapi.New(testBase, auth, append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: s})}, opts...)...)
	require.NoError(t, err)
	return c
}

// customAuth is an Authenticator as a caller may write one.
type customAuth struct{ f func(*http.Request) error }

func (a *customAuth) Authenticate(r *http.Request) error { return a.f(r) }

// inFakeTime runs f in a bubble where waits take no time.
func inFakeTime(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// get and post are the two kinds of call that the retry table tells apart.
func get(c *coreapi.Client, opts ...coreapi.CallOption) error {
	_, err := coreapi.Do[map[string]any](context.Background(), c, coreapi.Request{Operation: "Test.Get", Path: "/things"}, opts...)
	return err
}

func post(c *coreapi.Client, opts ...coreapi.CallOption) error {
	_, err := coreapi.Do[map[string]any](context.Background(), c,
		coreapi.Request{Operation: "Test.Post", Method: http.MethodPost, Path: "/things", Body: map[string]string{"a": "whole"}}, opts...)
	return err
}

// codeBody is an error body as the API sends it.
func codeBody(code coreapi.Code) string { return `{"code":"` + string(code) + `","message":"words"}` }

// asError fails the test where err holds no *Error.
func asError(t testing.TB, err error) *coreapi.Error {
	t.Helper()
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	require.NotNil(t, e)
	return e
}

// allSentinels are the targets of errors.Is that the package has.
func allSentinels() []error {
	all := []error{
		coreapi.ErrClientAccount, coreapi.ErrUserAccount, coreapi.ErrCredentials, coreapi.ErrContactAdmin, coreapi.ErrUnknownCode,
		coreapi.ErrInvalidArgument, coreapi.ErrUnexpectedResponse, coreapi.ErrResponseTooLarge, coreapi.ErrRedirect,
	}
	for _, info := range coreapi.Catalogue() {
		all = append(all, info.Sentinel)
	}
	return all
}

// requireMatchesExactly asserts which sentinels an error matches: those, and no other.
func requireMatchesExactly(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, target := range allSentinels() {
		require.Equal(t, slices.Contains(want, target), errors.Is(err, target), "%v against %v", err, target)
	}
}
