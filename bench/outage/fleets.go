package outage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/hashicorp/go-retryablehttp"
)

// caller makes one call and says how it ended.
type caller func(ctx context.Context) error

// fleet is one way to retry. All make at most four attempts and wait from 500 ms
// on, so that only the manner of retrying differs.
type fleet struct {
	name      string
	newCaller func(rt http.RoundTripper) caller
}

const (
	maxAttempts = 4
	baseBackoff = 500 * time.Millisecond
	maxBackoff  = 20 * time.Second
	target      = "https://api.example.com/client"
)

var fleets = []fleet{
	{"ours", newOurs},
	{"full jitter, no token bucket", func(rt http.RoundTripper) caller { return byHand(rt, fullJitter) }},
	{"fixed backoff, no jitter", func(rt http.RoundTripper) caller { return byHand(rt, fixed) }},
}

// newOurs is a Client with its defaults. It does not sign: in fake time a signature takes
// none, but each of these hundreds of thousands of requests would cost 0.8 ms of real time.
func newOurs(rt http.RoundTripper) caller {
	c, err := coreapi.New("https://api.example.com", coreapi.ClientKey("key-0123456789abcdef"),
		coreapi.WithHTTPClient(&http.Client{Transport: rt}))
	if err != nil {
		panic(err)
	}
	return func(ctx context.Context) error {
		_, err := c.Clients.Info(ctx)
		return err
	}
}

func fullJitter(_, _ time.Duration, n int, _ *http.Response) time.Duration {
	return rand.N(min(maxBackoff, baseBackoff<<n))
}

func fixed(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return baseBackoff }

// byHand is go-retryablehttp as an integrator would set it up.
func byHand(rt http.RoundTripper, backoff retryablehttp.Backoff) caller {
	client := &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: rt},
		RetryMax:     maxAttempts - 1,
		CheckRetry:   retryablehttp.DefaultRetryPolicy,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return func(ctx context.Context) error {
		req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		var info struct{ ID string }
		return json.Unmarshal(data, &info)
	}
}
