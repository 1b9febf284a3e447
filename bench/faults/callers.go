package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/digitalocean/godo"
	"github.com/fypass/coreapi-go"
	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/oauth2"
)

// caller makes one call.
type caller func(ctx context.Context) error

// client is a way to call the API, with its own defaults: those of its transport too, but
// for the network, and HTTP/2 without TLS where the scene is about that.
type client struct {
	name string
	make func(on func(*http.Transport) http.RoundTripper) caller
}

var clients = []client{
	{"ours", newOurs},
	{"go-retryablehttp by hand", newByHand},
	{"gitlab", newGitLab},
	{"godo", newGodo},
}

const base = "http://127.0.0.1"

// newOurs has the settings of the default transport that matter here, since the transport
// itself cannot be given a network.
func newOurs(on func(*http.Transport) http.RoundTripper) caller {
	const attemptTimeout = 30 * time.Second // the default
	transport := on(&http.Transport{
		MaxIdleConns: 200, MaxIdleConnsPerHost: 100, IdleConnTimeout: 90 * time.Second,
		HTTP2: &http.HTTP2Config{SendPingTimeout: attemptTimeout / 4, PingTimeout: attemptTimeout / 4},
	})
	c := must(coreapi.New(base, coreapi.ClientKey("key-0123456789abcdef"),
		coreapi.WithHTTPClient(&http.Client{Transport: transport})))
	return func(ctx context.Context) error {
		_, err := c.Clients.Info(ctx)
		return err
	}
}

// newByHand has go-retryablehttp's defaults: four retries, from 1 s to 30 s, no timeout for
// an attempt.
func newByHand(on func(*http.Transport) http.RoundTripper) caller {
	c := retryablehttp.NewClient()
	c.HTTPClient.Transport = on(cleanhttp.DefaultPooledTransport())
	c.Logger = nil
	return func(ctx context.Context) error {
		req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, base+"/client", nil)
		if err != nil {
			return err
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return json.Unmarshal(data, new(info))
	}
}

type info struct {
	ID string `json:"id"`
}

// newGitLab: five retries, from 100 ms to 400 ms.
func newGitLab(on func(*http.Transport) http.RoundTripper) caller {
	c := must(gitlab.NewAuthSourceClient(gitlab.Unauthenticated{},
		gitlab.WithBaseURL(base),
		gitlab.WithHTTPClient(&http.Client{Transport: on(cleanhttp.DefaultPooledTransport())}),
		gitlab.WithCustomLimiter(noLimit{}), // in its favour: else it asks for its limit first
	))
	return func(ctx context.Context) error {
		req, err := c.NewRequest(http.MethodGet, "client", nil, []gitlab.RequestOptionFunc{gitlab.WithContext(ctx)})
		if err != nil {
			return err
		}
		_, err = c.Do(req, new(info))
		return err
	}
}

type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }

// newGodo has the retries that NewFromToken sets up: four, from 1 s to 30 s.
func newGodo(on func(*http.Transport) http.RoundTripper) caller {
	c := must(godo.New(&http.Client{Transport: &oauth2.Transport{Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"})}},
		godo.SetBaseURL(base+"/"),
		godo.WithRetryAndBackoffs(godo.RetryConfig{RetryMax: 4, RetryWaitMin: godo.PtrTo(1.0), RetryWaitMax: godo.PtrTo(30.0)}),
	))
	inner := c.HTTPClient.Transport.(*oauth2.Transport).Base.(*retryablehttp.RoundTripper).Client
	inner.HTTPClient.Transport = on(cleanhttp.DefaultPooledTransport())
	inner.Logger = nil
	return func(ctx context.Context) error {
		req, err := c.NewRequest(ctx, http.MethodGet, "client", nil)
		if err != nil {
			return err
		}
		_, err = c.Do(ctx, req, new(info))
		return err
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
