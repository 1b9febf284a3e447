package coreapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/fypass/coreapi-go/internal/check"
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
	spec, err := req.spec()
	if err != nil {
		var zero T
		return zero, c.invalidArgument(spec.op, err)
	}
	out, err := send[T](ctx, c, spec, opts)
	if err != nil {
		var zero T
		return zero, err
	}
	return *out, nil
}

func (r Request) spec() (callSpec, error) {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	spec := callSpec{op: Operation{Name: r.Operation, Method: r.Method}, query: r.Query.Encode()}
	if spec.op.Name == "" {
		spec.op.Name = "Do"
	}
	if err := check.Method(r.Method); err != nil {
		return spec, err
	}
	if err := check.Path(r.Path); err != nil {
		return spec, err // not kept: what is no path may hold a query or a password
	}
	if r.Operation == "" {
		spec.op.Name = r.Method + " " + r.Path
	}
	spec.op.Path, spec.route = r.Path, r.Path
	if err := check.QueryValues(r.Query); err != nil {
		return spec, err
	}
	if r.Body == nil {
		return spec, nil
	}
	var err error
	spec.body, err = encodeBody(r.Body)
	return spec, err
}
