package check_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/check"
)

func TestMethodsThatAreOnesAreTaken(t *testing.T) {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "LOCK", "M-SEARCH", "X1"} {
		require.NoError(t, check.Method(method), method)
	}
}

func TestMethodsThatCannotBeRightAreRefused(t *testing.T) {
	for method, want := range map[string]string{
		"":        "the method is empty: pass one such as GET",
		"CONNECT": "the method CONNECT opens a tunnel: pass one such as GET",
		"GET X":   "the method is not an HTTP method: pass one such as GET",
		"\n":      "the method is not an HTTP method: pass one such as GET",
		"É":       "the method is not an HTTP method: pass one such as GET",
		"get":     `the method "get" is in lower case: pass "GET"`,
		"Post":    `the method "Post" is in lower case: pass "POST"`,
	} {
		require.EqualError(t, check.Method(method), want)
	}
	require.Less(t, len(check.Method(strings.Repeat("a", 10_000)).Error()), 400)
}

func TestPathsThatCanBeSentAreTaken(t *testing.T) {
	for _, path := range []string{
		"/", "/client", "/a%2Fb/c~d;e=f", "/v1/a-b_c/", "/...", "/a.b", "/.well-known/x", "/a//b", "/%C3%A9", "/x:y@z", "/a+b,c!d$e&f'(g)*",
	} {
		require.NoError(t, check.Path(path), path)
	}
}

func TestPathsThatCannotBeRightAreRefused(t *testing.T) {
	const (
		noSlash = `the path does not begin with "/": pass one relative to the base URL, such as "/client"`
		dots    = `the path has a "." or ".." segment: pass the path that it leads to`
		escape  = "the path holds a character that has to be escaped: use url.PathEscape on its parts"
		percent = `the path has a "%" that begins no escape: use url.PathEscape on its parts`
	)
	for path, want := range map[string]string{
		"":                           `the path is empty: pass one such as "/client"`,
		"x":                          noSlash,
		"https://user:secret@host/x": noSlash,
		"//host/x":                   `the path begins with "//", which names a host: begin it with one "/"`,
		"/x?token=secret":            "the path holds a query: put it in Request.Query",
		"/x#secret":                  "the path holds a fragment: leave it out",
		"/a/../b":                    dots,
		"/./a":                       dots,
		"/a/..":                      dots,
		"/%2e%2E/a":                  dots,
		"/.%2e":                      dots,
		"/a/..%2fsecret":             dots,
		"/a%5c..%5cb":                dots,
		"/..;/x":                     dots,
		`/a\..\b`:                    escape,
		"/a b":                       escape,
		"/a/<id>":                    `the path holds "<" or ">": put the value in place of what they hold, or in a profile a name in braces, such as {id}`,
		"/é":                         escape,
		"/a\nb":                      escape,
		`/a"b`:                       escape,
		"/a%zz":                      percent,
		"/a%":                        percent,
	} {
		require.EqualError(t, check.Path(path), want, path)
		require.NotContains(t, want, "secret")
	}
}

func TestAPlainPathHasNothingToEscape(t *testing.T) {
	for path, want := range map[string]bool{
		"/client": true, "/v1/a-b_C9/": true, "": true, "/a.b": false, "/..": false, "/a%2Fb": false, "/é": false, "/a~b": false,
	} {
		require.Equal(t, want, check.PlainPath(path), path)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	for _, query := range []string{"", "id=42", "a=1&b=%C3%A9&c", "q=a+b", "q=?/:@"} {
		require.NoError(t, check.Query(query), query)
	}
	for query, want := range map[string]string{
		"a=b c": "the query holds a character that has to be escaped: use url.QueryEscape on its values",
		"a=é":   "the query holds a character that has to be escaped: use url.QueryEscape on its values",
		"a=b#c": "the query holds a character that has to be escaped: use url.QueryEscape on its values",
		"a=%zz": "the query does not parse: write it as name=value, with & between",
		"a;b":   "the query does not parse: write it as name=value, with & between",
	} {
		require.EqualError(t, check.Query(query), want, query)
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/a", "/a%2Fb", "/..", "//h", "/a?b", "/%", "https://h/", "/a\\b", "/%e2%80%ae", "/[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if check.Path(path) != nil {
			return
		}
		u, err := url.Parse("https://api.example.com/v1" + path)
		require.NoError(t, err)
		require.Equal(t, "api.example.com", u.Host)
		require.Equal(t, "/v1"+path, u.EscapedPath(), "the path arrives as it was given")
		require.Empty(t, u.RawQuery)
		if check.PlainPath(path) {
			require.Equal(t, "/v1"+path, u.Path, "nothing in it is escaped")
		}
	})
}

func TestARouteIsAPathWithPlaceholders(t *testing.T) {
	for _, route := range []string{"", "/", "/order/{id}", "/a/{b}/c%20d", "/{x}{y}"} {
		require.NoError(t, check.Route(route), route)
	}
	for _, route := range []string{"order", "/a?b={c}", "/a#b", "/a b", "/a\n", "https://host/a", "/ä"} {
		require.ErrorContains(t, check.Route(route), `such as "/order/{id}"`, route)
	}
}
