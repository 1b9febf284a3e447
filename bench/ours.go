package bench

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/fypass/coreapi-go"
)

// ours is this SDK with its defaults: the request is authenticated and has its
// id, the attempt has its timeout, the body its limit. It calls through Do, the
// path of every typed method, so that the types are those of the other clients.
// It names its operations, as the typed methods do.
type ours struct{ client *coreapi.Client }

func newOurs(base string, rt http.RoundTripper) client {
	return &ours{must(coreapi.New(base, coreapi.ClientKey(clientKey), withTransport(rt)))}
}

// noBackoff has a base of 1 ns, since 0 means the default.
var noBackoff = coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Nanosecond, MaxBackoff: time.Nanosecond})

func newOursNoBackoff(base string, rt http.RoundTripper) client {
	return &ours{must(coreapi.New(base, coreapi.ClientKey(clientKey), withTransport(rt), noBackoff))}
}

// newOursSigned authenticates in the documented way.
func newOursSigned(base string, rt http.RoundTripper) client {
	return &ours{must(coreapi.New(base, coreapi.SignedClientKey(clientKey, privateKey()), withTransport(rt)))}
}

func newOursSignedNoBackoff(base string, rt http.RoundTripper) client {
	return &ours{must(coreapi.New(base, coreapi.SignedClientKey(clientKey, privateKey()), withTransport(rt), noBackoff))}
}

func withTransport(rt http.RoundTripper) coreapi.Option {
	return coreapi.WithHTTPClient(&http.Client{Transport: rt})
}

func (c *ours) get(ctx context.Context) (thing, error) {
	return coreapi.Do[thing](ctx, c.client, coreapi.Request{Operation: "Things.Get", Path: "/" + thingPath})
}

func (c *ours) post(ctx context.Context, in *pair) (session, error) {
	return coreapi.Do[session](ctx, c.client, coreapi.Request{
		Operation: "Sessions.Create", Method: http.MethodPost, Path: "/" + sessionPath, Body: in,
	})
}

func (c *ours) denied(err error) bool { return errors.Is(err, coreapi.ErrEndpointForbidden) }
