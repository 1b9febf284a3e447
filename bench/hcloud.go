package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// hCloud is Hetzner's SDK with its defaults, but that it does not wait before a retry, as
// nobody does here. A call is made as its generic helpers make it.
type hCloud struct{ client *hcloud.Client }

func newHCloud(base string, rt http.RoundTripper) client {
	return &hCloud{hcloud.NewClient(
		hcloud.WithEndpoint(base),
		hcloud.WithHTTPClient(&http.Client{Transport: documentedHeaders{RoundTripper: rt}}),
		hcloud.WithRetryOpts(hcloud.RetryOpts{
			BackoffFunc: func(int) time.Duration { return 0 },
			MaxRetries:  maxAttempts - 1,
		}),
	)}
}

func (c *hCloud) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *hCloud) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

// hCloudStatus is what the SDK's user makes of an error without a body of its API's form:
// the SDK gives the status with the response alone.
type hCloudStatus struct {
	status int
	err    error
}

func (e *hCloudStatus) Error() string { return e.err.Error() }
func (e *hCloudStatus) Unwrap() error { return e.err }

// denied by status: the SDK's sentinels are for its own API's codes.
func (c *hCloud) denied(err error) bool {
	var e *hCloudStatus
	return errors.As(err, &e) && errors.Is(err, hcloud.ErrStatusCode) && e.status == http.StatusForbidden
}

func (c *hCloud) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := c.client.NewRequest(ctx, method, "/"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req, out)
	if err != nil && resp != nil && resp.Response != nil {
		return &hCloudStatus{resp.StatusCode, err}
	}
	return err
}
