package bench

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-resty/resty/v2"
)

// restyClient is resty, which is no SDK but what some are built on. It does not wait
// before a retry, as nobody does here.
type restyClient struct{ client *resty.Client }

func newResty(base string, rt http.RoundTripper) client {
	return &restyClient{resty.NewWithClient(&http.Client{Transport: documentedHeaders{RoundTripper: rt}}).
		SetBaseURL(base + "/").
		SetRetryCount(maxAttempts - 1).
		SetRetryWaitTime(time.Nanosecond).
		SetRetryMaxWaitTime(time.Nanosecond).
		AddRetryCondition(func(resp *resty.Response, err error) bool {
			return err != nil || resp.StatusCode() == busyAnswer.status
		})}
}

// restyError is what resty decodes a body into that is none of a success.
type restyError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	status  int
}

func (e *restyError) Error() string { return e.Code + ": " + e.Message }

func (e *restyError) Is(target error) bool {
	return target == errForbidden && e.Code == "UNITSYSTEM00002"
}

func (c *restyClient) get(ctx context.Context) (thing, error) {
	var out thing
	err := c.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (c *restyClient) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := c.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

func (c *restyClient) denied(err error) bool { return errors.Is(err, errForbidden) }

func (c *restyClient) call(ctx context.Context, method, path string, in, out any) error {
	req := c.client.R().SetContext(ctx).SetHeader("Accept", "application/json").SetResult(out).SetError(&restyError{})
	if in != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(in)
	}
	resp, err := req.Execute(method, path)
	if err != nil {
		return err
	}
	if failed, ok := resp.Error().(*restyError); ok && resp.IsError() {
		failed.status = resp.StatusCode()
		return failed
	}
	return nil
}
