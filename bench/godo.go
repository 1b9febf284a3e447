package bench

import (
	"context"
	"errors"
	"net/http"

	"github.com/digitalocean/godo"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"
)

// doClient is DigitalOcean's SDK. Without retries and without a token it is at its
// cheapest: NewFromToken adds two transports to it.
type doClient struct{ client *godo.Client }

func newGodo(base string, rt http.RoundTripper) client {
	return &doClient{must(godo.New(&http.Client{Transport: documentedHeaders{RoundTripper: rt}}, godo.SetBaseURL(base+"/")))}
}

// newGodoRetrying uses the SDK's own retries. Those need an oauth2 transport, and
// replace the caller's innermost one, so that it is put back afterwards.
func newGodoRetrying(base string, rt http.RoundTripper) client {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: clientKey})
	noWait := 0.0
	c := must(godo.New(&http.Client{Transport: &oauth2.Transport{Source: source}},
		godo.SetBaseURL(base+"/"),
		godo.WithRetryAndBackoffs(godo.RetryConfig{RetryMax: maxAttempts - 1, RetryWaitMin: &noWait, RetryWaitMax: &noWait}),
	))
	outer := c.HTTPClient.Transport.(*oauth2.Transport)
	outer.Base.(*retryablehttp.RoundTripper).Client.HTTPClient.Transport = documentedHeaders{rt, "Authorization"}
	return &doClient{c}
}

func (c *doClient) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *doClient) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

// denied by status: the SDK has no sentinels.
func (c *doClient) denied(err error) bool {
	var e *godo.ErrorResponse
	return errors.As(err, &e) && e.Response.StatusCode == http.StatusForbidden
}

// call is what each method of the SDK does inside.
func (c *doClient) call(ctx context.Context, method, path string, in, out any) error {
	req, err := c.client.NewRequest(ctx, method, path, in)
	if err != nil {
		return err
	}
	_, err = c.client.Do(ctx, req, out)
	return err
}
