package coreapitest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
)

const (
	// idPlaceholder stands in Profile.GetDevice for the device's id.
	idPlaceholder = "{id}"
	// pagePath is the hosted login page's.
	pagePath = "/hosted/login"
)

// route is a method and an escaped path, and the operation behind it.
type route struct {
	operation string
	method    string
	path      string
}

// routesOf lists each route once, the first operation of it being its name.
func routesOf(p coreapi.Profile) []route {
	var routes []route
	for i := range operations {
		if operations[i].name == opStartLogin {
			continue
		}
		r := operations[i].route(p)
		routes = append(routes, route{operations[i].name, r.Method, r.Path})
	}
	return routes
}

// plainPath is the path unescaped. An escape that is none stays, and matches as
// it is written.
func (r route) plainPath() string {
	plain, err := url.PathUnescape(r.path)
	if err != nil {
		return r.path
	}
	return plain
}

// checkRoutes compares unescaped paths, as matches does.
func checkRoutes(routes []route) error {
	for i, r := range routes {
		if r.plainPath() == pagePath {
			return fmt.Errorf("the route of %s is that of the hosted page, %s: pass another path", r.operation, pagePath)
		}
		for _, other := range routes[:i] {
			if r.method == other.method && r.plainPath() == other.plainPath() {
				return fmt.Errorf("%s and %s have one route, %s %s: the fake cannot tell them apart", other.operation, r.operation, r.method, r.path)
			}
		}
	}
	return nil
}

// match is what a request's method and path lead to. The zero match is a path
// that nothing is at.
type match struct {
	operation string   // of the API; "" for none
	id        string   // in the path
	page      bool     // the hosted page
	allow     []string // the path is known; these are its methods
}

// find prefers a path without placeholder over the page, and that over a path
// with one, so that no device id hides another route.
func find(routes []route, method string, u *url.URL) match {
	var found match
	for _, byPattern := range []bool{false, true} {
		for _, r := range routes {
			id, ok := r.matches(u)
			if !ok || strings.Contains(r.path, idPlaceholder) != byPattern {
				continue
			}
			if r.method == method || (r.method == http.MethodGet && method == http.MethodHead) {
				return match{operation: r.operation, id: id}
			}
			found.allow = append(found.allow, r.method)
		}
		if !byPattern && u.Path == pagePath {
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

// matches takes a path in any escaping, but a pattern's escaped, so that an id may
// hold an escaped slash.
func (r route) matches(u *url.URL) (id string, ok bool) {
	path := u.EscapedPath()
	before, after, pattern := strings.Cut(r.path, idPlaceholder)
	if !pattern {
		return "", path == r.path || u.Path == r.plainPath()
	}
	if len(path) <= len(before)+len(after) || !strings.HasPrefix(path, before) || !strings.HasSuffix(path, after) {
		return "", false
	}
	segment := path[len(before) : len(path)-len(after)]
	if strings.Contains(segment, "/") {
		return "", false
	}
	id, err := url.PathUnescape(segment)
	return id, err == nil
}
