package coreapitest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
)

// pagePath is the hosted login page's, under the base path.
const pagePath = "/hosted/login"

// route is a method, a path and a query, and the operation behind them.
type route struct {
	operation   string
	method      string
	path        string // escaped; it may hold the placeholder
	placeholder string // that the path or the query holds; "": the route has none

	// The query is split up: in what has to be there, and where the value stands.
	constants url.Values
	valueName string // "": the value stands in the path
	valueForm string // the placeholder, and the text around it
}

// routesOf lists each route once, the first operation of it being its name. Those with
// the most constants in the query come first, so that none hides another.
func routesOf(p coreapi.Profile) []route {
	var routes []route
	for i := range operations {
		if operations[i].name != opStartLogin {
			routes = append(routes, newRoute(operations[i], *operations[i].route(&p)))
		}
	}
	slices.SortStableFunc(routes, func(a, b route) int { return cmp.Compare(len(b.constants), len(a.constants)) })
	return routes
}

// newRoute takes a route that the SDK has checked.
func newRoute(op operation, given coreapi.Route) route {
	path, query, _ := strings.Cut(given.Path, "?")
	r := route{operation: op.name, method: given.Method, path: path, placeholder: op.placeholder}
	r.constants, _ = url.ParseQuery(query)
	if op.placeholder == "" {
		return r
	}
	for name, values := range r.constants {
		for _, value := range values {
			if strings.Contains(value, op.placeholder) {
				r.valueName, r.valueForm = name, value
				delete(r.constants, name)
			}
		}
	}
	return r
}

// inPath is true where the value stands in the path.
func (r route) inPath() bool { return r.placeholder != "" && strings.Contains(r.path, r.placeholder) }

// plainPath is the path unescaped. An escape that is none stays, and matches as
// it is written.
func (r route) plainPath() string {
	plain, err := url.PathUnescape(r.path)
	if err != nil {
		return r.path
	}
	return plain
}

// shape is the unescaped path without the placeholder's name, which no request has.
func (r route) shape() string {
	if r.placeholder == "" {
		return r.plainPath()
	}
	return strings.ReplaceAll(r.plainPath(), r.placeholder, "{}")
}

// checkRoutes compares unescaped paths, as matches does.
func checkRoutes(routes []route) error {
	for i, r := range routes {
		if r.placeholder != "" && !r.inPath() && r.valueName == "" {
			return fmt.Errorf("the route of %s has %s in a name of its query: write it as name=%s", r.operation, r.placeholder, r.placeholder)
		}
		if r.plainPath() == pagePath {
			return fmt.Errorf("the route of %s is that of the hosted page, %s: pass another path", r.operation, pagePath)
		}
		for _, other := range routes[:i] {
			if r.method == other.method && r.shape() == other.shape() && reflect.DeepEqual(r.constants, other.constants) {
				return fmt.Errorf("%s and %s have one route, %s %s: the fake cannot tell them apart", other.operation, r.operation, r.method, r.path)
			}
		}
	}
	return nil
}

// match is what a request's method and URL lead to. The zero match is a path
// that nothing is at.
type match struct {
	operation string   // of the API; "" for none
	value     string   // what stands at the route's placeholder; "" where nothing does
	page      bool     // the hosted page
	allow     []string // the path is known; these are its methods
}

// find prefers a path without placeholder over the page, and that over a path
// with one, so that no device id hides another route. path is escaped, and relative to
// the base path.
func find(routes []route, method, path string, query url.Values) match {
	var found match
	for _, byPattern := range []bool{false, true} {
		for _, r := range routes {
			if r.inPath() != byPattern {
				continue
			}
			value, ok := r.matches(path, query)
			if !ok {
				continue
			}
			if r.method == method || (r.method == http.MethodGet && method == http.MethodHead) {
				return match{operation: r.operation, value: value}
			}
			found.allow = append(found.allow, r.method)
		}
		if !byPattern && samePath(path, pagePath) {
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

// matches also returns the value that stands at the placeholder.
func (r route) matches(path string, query url.Values) (value string, ok bool) {
	for name, constants := range r.constants {
		for _, constant := range constants {
			if !slices.Contains(query[name], constant) {
				return "", false
			}
		}
	}
	if r.inPath() {
		return r.valueInPath(path)
	}
	if !samePath(path, r.path) {
		return "", false
	}
	return r.valueInQuery(query), true
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

// valueInPath compares a pattern escaped, so that an id may hold an escaped slash.
func (r route) valueInPath(path string) (value string, ok bool) {
	before, after, _ := strings.Cut(r.path, r.placeholder)
	if len(path) <= len(before)+len(after) || !strings.HasPrefix(path, before) || !strings.HasSuffix(path, after) {
		return "", false
	}
	segment := path[len(before) : len(path)-len(after)]
	if strings.Contains(segment, "/") {
		return "", false
	}
	value, err := url.PathUnescape(segment)
	return value, err == nil
}

// valueInQuery is "" where the query has no such value.
func (r route) valueInQuery(query url.Values) string {
	if r.valueName == "" {
		return ""
	}
	before, after, _ := strings.Cut(r.valueForm, r.placeholder)
	value, hasBefore := strings.CutPrefix(query.Get(r.valueName), before)
	value, hasAfter := strings.CutSuffix(value, after)
	if !hasBefore || !hasAfter {
		return ""
	}
	return value
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
