package check

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Method checks an HTTP method. Any token in upper case is one, but CONNECT.
func Method(method string) error {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead:
		return nil
	case "":
		return errors.New("the method is empty: pass one such as GET")
	case http.MethodConnect:
		return errors.New("the method CONNECT opens a tunnel: pass one such as GET")
	}
	if !Token(method) {
		return errors.New("the method is not an HTTP method: pass one such as GET")
	}
	if upper := strings.ToUpper(method); upper != method {
		return fmt.Errorf("the method %q is in lower case: pass %q",
			printable.Line(method, printable.MaxIdentifier), printable.Line(upper, printable.MaxIdentifier))
	}
	return nil
}

// Path checks an escaped path relative to the base URL. The error does not quote it: what
// is no path may be a URL with a password. Source: RFC 3986, section 3.3.
func Path(path string) error {
	switch {
	case path == "":
		return errors.New(`the path is empty: pass one such as "/client"`)
	case path[0] != '/':
		return errors.New(`the path does not begin with "/": pass one relative to the base URL, such as "/client"`)
	case strings.HasPrefix(path, "//"):
		return errors.New(`the path begins with "//", which names a host: begin it with one "/"`)
	}
	if PlainPath(path) {
		return nil
	}
	for i := range len(path) {
		if !isPathByte(path[i]) {
			return wrongPathByte(path[i])
		}
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return errors.New(`the path has a "%" that begins no escape: use url.PathEscape on its parts`)
	}
	if hasDotSegment(plain) {
		return errors.New(`the path has a "." or ".." segment: pass the path that it leads to`)
	}
	if err := NotPrinted(plain); err != nil {
		return fmt.Errorf("the path %w", err)
	}
	return nil
}

// Route checks a path's template, such as "/order/{id}". "" is none.
func Route(route string) error {
	if route == "" {
		return nil
	}
	if route[0] != '/' {
		return errors.New(`the route does not begin with "/": pass the path's template, such as "/order/{id}"`)
	}
	for i := range len(route) {
		if c := route[i]; !isPathByte(c) && c != '{' && c != '}' {
			return errors.New(`the route holds a character that no path has: pass the path's template, without a query, such as "/order/{id}"`)
		}
	}
	return nil
}

// PathValue checks a value that goes into a path as one segment. Servers and gateways
// unescape it, so that one with a slash in it may lead to another endpoint. The error begins
// with a verb.
func PathValue(value string) error {
	switch {
	case value == "" || value == "." || value == "..":
		return errors.New("names nothing: pass one that the API gave")
	case strings.ContainsAny(value, `/\`) || hasDotSegment(value):
		return errors.New("has a slash, a backslash or a dot segment in it, which would lead to another path: pass one without")
	}
	return NotPrinted(value)
}

func wrongPathByte(c byte) error {
	switch c {
	case '?':
		return errors.New("the path holds a query: put it in Request.Query")
	case '#':
		return errors.New("the path holds a fragment: leave it out")
	case '<', '>':
		return errors.New(`the path holds "<" or ">": put the value in place of what they hold, or in a profile a name in braces, such as {id}`)
	}
	return errors.New("the path holds a character that has to be escaped: use url.PathEscape on its parts")
}

// hasDotSegment looks at an unescaped path as servers may: some take a backslash for a
// slash, and some drop what follows a semicolon.
func hasDotSegment(plain string) bool {
	for segment := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '/' || r == '\\' }) {
		segment, _, _ = strings.Cut(segment, ";")
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// PlainPath reports whether a path has nothing but letters, digits, "/", "-" and "_", as
// most have. Nothing in such a path is escaped or has to be, and no segment is of dots.
func PlainPath(path string) bool {
	for i := range len(path) {
		if !isPlainPathByte(path[i]) {
			return false
		}
	}
	return true
}

func isPlainPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '_'
}

func isPathByte(c byte) bool {
	return isPlainPathByte(c) || strings.IndexByte(".~!$&'()*+,;=:@%", c) >= 0
}

// Query checks an escaped query. Source: RFC 3986, section 3.4.
func Query(query string) error {
	for i := range len(query) {
		if c := query[i]; !isPathByte(c) && c != '?' {
			return errors.New("the query holds a character that has to be escaped: use url.QueryEscape on its values")
		}
	}
	if _, err := url.ParseQuery(query); err != nil {
		return errors.New("the query does not parse: write it as name=value, with & between")
	}
	return nil
}

// QueryValues checks what Encode writes of a query.
func QueryValues(query url.Values) error {
	for name, values := range query {
		for _, text := range append(values[:len(values):len(values)], name) {
			if err := NotPrinted(text); err != nil {
				return fmt.Errorf("the query %w", err)
			}
		}
	}
	return nil
}
