package coreapi

import (
	"cmp"
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
	Route     string     // the path's template, such as "/order/{id}", for errors, logs and traces; default: Path, and "" in traces
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
	out, err := send[T](ctx, c, req.spec(), opts)
	if err != nil {
		var zero T
		return zero, err
	}
	return *out, nil
}

// unnamed is the name of an operation that has none and whose path is not to be shown.
const unnamed = "Do"

func (r Request) spec() callSpec {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	spec := callSpec{
		op:       Operation{Name: r.Operation, Method: r.Method},
		query:    r.Query.Encode(),
		unnamed:  r.Operation == "",
		untraced: r.Route == "",
	}
	if spec.unnamed {
		spec.op.Name = unnamed
	}
	if spec.refused = r.check(); spec.refused != nil {
		return spec // without the path: what is none may hold a query or a password
	}
	spec.op.Path, spec.route = cmp.Or(r.Route, r.Path), r.Path
	if spec.unnamed {
		spec.op.Name = r.Method + " " + spec.op.Path
	}
	if spec.refused = check.QueryValues(r.Query); spec.refused == nil && r.Body != nil {
		spec.body, spec.refused = encodeBody(r.Body)
	}
	return spec
}

// check refuses a method, a path or a route that cannot be one.
func (r Request) check() error {
	if err := check.Method(r.Method); err != nil {
		return err
	}
	if err := check.Path(r.Path); err != nil {
		return err
	}
	return check.Route(r.Route)
}
