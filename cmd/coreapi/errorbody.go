package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/fypass/coreapi-go"
)

// maxErrorBody is far over any error body, and keeps a wrong pipe from filling
// the memory.
const maxErrorBody = 1 << 20

// readErrorBody reads the body of an error response and decodes it as the SDK
// does.
func readErrorBody(ctx context.Context, r io.Reader) (*coreapi.Error, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxErrorBody+1))
	switch {
	case err != nil:
		return nil, usagef("explain: reading standard input: %v", err)
	case len(body) > maxErrorBody:
		return nil, usagef("explain: standard input is over 1 MiB: pass the body of one error response")
	case len(bytes.TrimSpace(body)) == 0:
		return nil, usagef("explain: nothing to explain: pass a CODE, or the JSON body of an error response on standard input")
	}
	return decodeErrorBody(ctx, body)
}

// decodeErrorBody has the SDK receive the body, so that exactly what a caller
// would get is explained.
func decodeErrorBody(ctx context.Context, body []byte) (*coreapi.Error, error) {
	client, err := coreapi.New("http://localhost", coreapi.ClientKey("-"),
		coreapi.WithHTTPClient(&http.Client{Transport: answering(body)}),
		coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	_, err = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Path: "/"})
	var apiError *coreapi.Error
	if !errors.As(err, &apiError) || apiError.StatusCode == 0 {
		return nil, fmt.Errorf("explain: the body was not decoded: %w", err)
	}
	return apiError, nil
}

// answering is a transport that answers with a body, and sends nothing.
type answering []byte

func (body answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusBadRequest, // any error would do: the code decides
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}
