package coreapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestDoSendsTheRequestAsItIsGiven(t *testing.T) {
	s := scripted(answer{body: "{}"})
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{
		Method: http.MethodPut,
		Path:   "/a%2Fb/c~d;e=f",
		Query:  url.Values{"q": {"1 2", "&"}},
		Body:   json.RawMessage(`{ "as": "it is" }`),
	})
	require.NoError(t, err)
	require.Equal(t, "PUT", s.sent[0].method)
	require.Equal(t, testBase+"/a%2Fb/c~d;e=f?q=1+2&q=%26", s.sent[0].url)
	require.Equal(t, `{"as":"it is"}`, s.sent[0].body, "in the form in which a server writes it again")
	require.Equal(t, "application/json", s.sent[0].header.Get("Content-Type"))
}

func TestErrorsOfDoAreNamedByMethodAndPathUnlessToldOtherwise(t *testing.T) {
	c := newClient(t, scripted(answer{status: 404}))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x/y", Query: url.Values{"q": {"secret"}}})
	e := asError(t, err)
	require.Equal(t, "GET /x/y", e.Operation)
	require.Equal(t, "/x/y", e.Path)
	require.NotContains(t, err.Error(), "secret")
}

func TestPathsAndMethodsThatCannotBeRightAreRefused(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for _, req := range []coreapi.Request{
		{Path: ""}, {Path: "x"}, {Path: "//host/x"}, {Path: "https://user:secret@host/x"}, {Path: "/x?token=secret"}, {Path: "/x#secret"},
		{Path: "/a/../b"}, {Path: "/./a"}, {Path: "/a/.."}, {Path: "/%2e%2E/a"}, {Path: "/.%2e"}, {Path: "/a/..%2fsecret"}, {Path: `/a\..\b`}, {Path: "/a%5c..%5cb"}, {Path: "/..;/x"},
		{Path: "/a b"}, {Path: "/é"}, {Path: "/a%zz"}, {Path: "/a%"}, {Path: "/a\nb"}, {Path: `/a"b`},
		{Path: "/x", Method: "get"}, {Path: "/x", Method: "GET X"}, {Path: "/x", Method: "CONNECT"}, {Path: "/x", Method: "\n"},
	} {
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, req)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		e := asError(t, err)
		require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
		require.NotContains(t, e.Error(), "secret")
		require.NotContains(t, e.Report(), "secret")
	}
	require.Zero(t, s.count())
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/a", "/a%2Fb", "/..", "//h", "/a?b", "/%", "https://h/", "/a\\b", "/%e2%80%ae", "/[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		s := scripted(answer{body: "{}"})
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{Path: path})
		if err != nil {
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.Zero(t, s.count())
			return
		}
		u, err := url.Parse(s.sent[0].url)
		require.NoError(t, err)
		require.Equal(t, "api.example.com", u.Host)
		require.Equal(t, "/v1"+path, u.EscapedPath(), "the path arrives as it was given")
		require.Empty(t, u.RawQuery)
	})
}

func TestARouteStandsForThePathInErrorsAndNames(t *testing.T) {
	c := newClient(t, scripted(answer{status: 404}))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/order/1234567", Route: "/order/{id}"})
	e := asError(t, err)
	require.Equal(t, "/order/{id}", e.Path)
	require.Equal(t, "GET /order/{id}", e.Operation)
	require.NotContains(t, e.Error()+e.Report(), "1234567")
}

func TestARouteThatIsNoPathIsRefused(t *testing.T) {
	s := scripted(answer{})
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{Path: "/order/1", Route: "order?{id}"})
	require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
	require.Zero(t, s.count())
}
