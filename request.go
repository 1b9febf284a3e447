package coreapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Request is a call of any endpoint of the API, for [Do].
type Request struct {
	Operation string     // a name for logs, interceptors and errors; default: method and path
	Method    string     // default GET
	Path      string     // relative to the base URL, escaped as on the wire: "/client"
	Query     url.Values // optional
	Body      any        // marshalled as JSON, once; nil: no body; json.RawMessage goes as it is
}

// Do calls an endpoint that has no method of its own, with the Client's
// authentication, errors, retries and limits. It decodes the response into a T.
// Do[RawJSON] gives the body as it came; Do[struct{}] wants nothing; any other T
// makes an empty 2xx body [ErrUnexpectedResponse], but for HEAD and 204.
//
// A type's own UnmarshalJSON or UnmarshalText must copy what it keeps of its
// argument, as encoding/json asks: the memory is used again. It may be called for a
// body that turns out to hold more than one JSON value, and so fails.
//
// Its errors are [*Error]s. A bad argument is [ErrInvalidArgument], before any
// I/O. It is safe for concurrent use.
func Do[T any](ctx context.Context, c *Client, req Request, opts ...CallOption) (T, error) {
	spec, err := req.spec(c.plainTypes())
	if err != nil {
		var zero T
		return zero, c.refuse(spec.op, err)
	}
	out, err := send[T](ctx, c, spec, opts)
	if err != nil {
		var zero T
		return zero, err
	}
	return *out, nil
}

// callSpec is a checked request. Operations make their own.
type callSpec struct {
	op          Operation
	route       string // escaped path, relative to the base URL, and query
	placeholder string // in the route; "": none
	value       string // that goes in its place
	query       string // Do's, escaped
	body        []byte // nil: none
	secrets     []string
	lacks       func(out any) string // what a result lacks to be a success; nil: anything that decodes is one
}

func (r Request) spec(plain *plainTypes) (callSpec, error) {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	spec := callSpec{op: Operation{Name: r.Operation, Method: r.Method}, query: r.Query.Encode()}
	if spec.op.Name == "" {
		spec.op.Name = "Do"
	}
	if err := checkMethod(r.Method); err != nil {
		return spec, err
	}
	if err := checkPath(r.Path); err != nil {
		return spec, err // not kept: what is no path may hold a query or a password
	}
	if r.Operation == "" {
		spec.op.Name = r.Method + " " + r.Path
	}
	spec.op.Path, spec.route = r.Path, r.Path
	if r.Body == nil {
		return spec, nil
	}
	var err error
	spec.body, err = encodeBody(r.Body, plain)
	return spec, err
}

func checkMethod(method string) error {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead:
		return nil
	case "":
		return errors.New("the method is empty: pass one such as GET")
	case http.MethodConnect:
		return errors.New("the method CONNECT opens a tunnel: pass one such as GET")
	}
	for i := range len(method) {
		if !isTokenByte(method[i]) {
			return errors.New("the method is not an HTTP method: pass one such as GET")
		}
	}
	if upper := strings.ToUpper(method); upper != method {
		return fmt.Errorf("the method %q is in lower case: pass %q", oneLine(method, maxIdentifier), oneLine(upper, maxIdentifier))
	}
	return nil
}

// checkPath checks an escaped path relative to the base URL. Source: RFC 3986,
// section 3.3.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New(`the path is empty: pass one such as "/client"`)
	case path[0] != '/':
		return errors.New(`the path does not begin with "/": pass one relative to the base URL, such as "/client"`)
	case strings.HasPrefix(path, "//"):
		return errors.New(`the path begins with "//", which names a host: begin it with one "/"`)
	}
	if isPlainPath(path) {
		return nil
	}
	for i := range len(path) {
		if !isPathByte(path[i]) {
			return wrongInPath(path[i])
		}
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return errors.New(`the path has a "%" that begins no escape: use url.PathEscape on its parts`)
	}
	if hasDotSegment(plain) {
		return errors.New(`the path has a "." or ".." segment: pass the path that it leads to`)
	}
	return nil
}

func wrongInPath(c byte) error {
	switch c {
	case '?':
		return errors.New("the path holds a query: put it in Request.Query")
	case '#':
		return errors.New("the path holds a fragment: leave it out")
	}
	return errors.New("the path holds a character that has to be escaped: use url.PathEscape on its parts")
}

func hasDotSegment(plain string) bool {
	for segment := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '/' || r == '\\' }) {
		segment, _, _ = strings.Cut(segment, ";") // some servers drop what follows
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// isPlainPath is true for most paths: nothing in them is escaped or to be escaped, and
// no segment is of dots.
func isPlainPath(path string) bool {
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
