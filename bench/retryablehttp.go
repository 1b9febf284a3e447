package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// retryable is go-retryablehttp by hand: its own loop and its own policy, the
// rest as in the baseline. The timeout is one for the whole call, which is
// cheaper here than http.Client.Timeout, the library's own way for an attempt:
// that costs a goroutine on a transport that is not net/http's.
type retryable struct {
	client *retryablehttp.Client
	base   string
	signer *signer // nil: requests are not signed
}

func newRetryable(base string, rt http.RoundTripper) client { return retryableSigning(base, rt, nil) }

func newRetryableSigned(base string, rt http.RoundTripper) client {
	return retryableSigning(base, rt, newSigner(base))
}

// bodyKey finds a call's body in its context: an attempt after the first signs it again.
type bodyKey struct{}

func retryableSigning(base string, rt http.RoundTripper, s *signer) client {
	return &retryable{base: base + "/", signer: s, client: &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: rt},
		RetryMax:     maxAttempts - 1,
		CheckRetry:   retryablehttp.DefaultRetryPolicy,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		PrepareRetry: func(req *http.Request) error {
			body, _ := req.Context().Value(bodyKey{}).([]byte)
			req.Header.Set("X-Request-Id", newRequestID())
			return s.sign(req, body)
		},
	}}
}

func (c *retryable) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *retryable) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

func (c *retryable) denied(err error) bool { return errors.Is(err, errForbidden) }

func (c *retryable) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return err
	case len(data) > maxBody:
		return errors.New("the response is too large")
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return decodeAPIError(req.Request, resp.StatusCode, data)
	}
	return json.Unmarshal(data, out)
}

func (c *retryable) request(ctx context.Context, method, path string, in any) (*retryablehttp.Request, error) {
	var body any // a nil []byte would be an empty body, not none
	var data []byte
	if in != nil {
		var err error
		if data, err = json.Marshal(in); err != nil {
			return nil, err
		}
		body = data
		if c.signer != nil {
			ctx = context.WithValue(ctx, bodyKey{}, data)
		}
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Client-Key", clientKey)
	req.Header.Set("X-Version", version)
	req.Header.Set("X-Request-Id", newRequestID())
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, c.signer.sign(req.Request, data)
}
