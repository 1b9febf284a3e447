package coreapitest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/wire"
)

// pagePath is the hosted login page's, under the base path.
const pagePath = "/hosted/login"

// match is what a request's method and URL lead to. The zero match is a path
// that nothing is at.
type match struct {
	route  *wire.CompiledRoute // of the operation; nil for none
	values wire.Values         // what the URL has at the route's names
	page   bool                // the hosted page
	allow  []string            // the path is known; these are its methods
}

// operation is "" where the request is none of the API's.
func (m match) operation() string {
	if m.route == nil {
		return ""
	}
	return operations[m.route.Operation].name
}

// find prefers a path without a name over the page, and that over a path with one, so
// that no device id hides another route. path is escaped, and relative to the base path.
func find(routes []*wire.CompiledRoute, method, path string, query url.Values) match {
	var found match
	for _, hasNames := range []bool{false, true} {
		for _, r := range routes {
			if r.PathHasNames() != hasNames {
				continue
			}
			values, ok := r.Match(path, query.Encode())
			if !ok {
				continue
			}
			if r.Method == method || (r.Method == http.MethodGet && method == http.MethodHead) {
				return match{route: r, values: values}
			}
			found.allow = append(found.allow, r.Method)
		}
		if !hasNames && samePath(path, pagePath) {
			return match{page: true, allow: allowed([]string{http.MethodGet, http.MethodPost})}
		}
	}
	if len(found.allow) > 0 {
		found.allow = allowed(found.allow)
	}
	return found
}

// allowed adds what every path answers.
func allowed(methods []string) []string {
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return slices.Compact(methods)
}

// hasPath looks at the path alone.
func hasPath(r *wire.CompiledRoute, path string) bool {
	var filled wire.Values
	for n := range filled {
		filled[n] = "value"
	}
	_, query, err := r.URL(&filled) // with the constants that Match wants
	if err != nil {
		return false
	}
	_, ok := r.Match(path, query)
	return ok
}

// samePath takes a path in any escaping.
func samePath(path, want string) bool {
	if path == want {
		return true
	}
	plain, err := url.PathUnescape(path)
	wantPlain, wantErr := url.PathUnescape(want)
	return err == nil && wantErr == nil && plain == wantPlain
}

// splitBasePath splits an escaped path, with or without a query behind it, into the
// base path, in whatever escaping it came, and the rest. False: it is not under the base
// path.
func splitBasePath(uri, basePath string) (base, rest string, ok bool) {
	end := 0
	for range strings.Count(basePath, "/") { // each begins a segment
		if end == len(uri) || uri[end] != '/' {
			return "", "", false
		}
		if next := strings.IndexAny(uri[end+1:], "/?"); next >= 0 {
			end += 1 + next
		} else {
			end = len(uri)
		}
	}
	return uri[:end], uri[end:], samePath(uri[:end], basePath)
}
