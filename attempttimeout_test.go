package coreapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAttemptTimeoutIsRetriedForGETOnly(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var n int
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			n++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		err := post(newClient(t, hang))
		require.Equal(t, defaultAttemptTimeout, time.Since(start))
		require.Equal(t, 1, n)
		require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
		require.Contains(t, err.Error(), "30s")
		n = 0
		require.Error(t, get(newClient(t, hang), coreapi.WithAttemptTimeout(time.Second)))
		require.Equal(t, 4, n)
	})
}

func TestAnAttemptsContextIsOverWhenTheCallReturns(t *testing.T) {
	var attempt context.Context
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		attempt = r.Context()
		return answer{body: "{}"}.response(r)
	}))
	require.NoError(t, get(c))
	require.ErrorIs(t, attempt.Err(), context.Canceled)
}

func TestAttemptTimeoutCoversTheBody(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		// An error response that was cut short is judged by its status.
		for status, want := range map[int]int{200: 1, 400: 1, 429: 4, 500: 1} {
			n := 0
			stall := roundTripper(func(r *http.Request) (*http.Response, error) {
				n++
				resp, err := answer{status: status, body: "{"}.response(r)
				resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
					<-r.Context().Done()
					return 0, r.Context().Err()
				})))
				return resp, err
			})
			err := post(newClient(t, stall))
			require.Equal(t, want, n)
			require.True(t, asError(t, err).Timeout())
			require.Contains(t, err.Error(), "attempt's timeout of 30s")
			require.Equal(t, status, asError(t, err).StatusCode)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, status == 200, errors.Is(err, coreapi.ErrUnexpectedResponse))
		}
	})
}

// endsWithItsContext answers part of a body, and ends it without a failure as soon
// as the attempt has ended, as a TLS server's last chunk may.
func endsWithItsContext(part string, n *int) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		*n++
		resp, err := answer{body: part}.response(r)
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
			<-r.Context().Done()
			return 0, io.EOF
		})))
		return resp, err
	})
}

func TestABodyThatEndsWithItsAttemptIsNotTakenForWhole(t *testing.T) {
	ctx, limit := context.Background(), coreapi.WithAttemptTimeout(time.Second)
	calls := map[string]func(*coreapi.Client, string, ...coreapi.CallOption) error{
		"typed": func(c *coreapi.Client, method string, opts ...coreapi.CallOption) error {
			_, err := coreapi.Do[map[string]string](ctx, c, coreapi.Request{Method: method, Path: "/x"}, opts...)
			return err
		},
		"raw": func(c *coreapi.Client, method string, opts ...coreapi.CallOption) error {
			raw, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Method: method, Path: "/x"}, opts...)
			require.Empty(t, raw)
			return err
		},
		"nothing wanted": func(c *coreapi.Client, method string, opts ...coreapi.CallOption) error {
			_, err := coreapi.Do[struct{}](ctx, c, coreapi.Request{Method: method, Path: "/x"}, opts...)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				n := 0
				c := newClient(t, endsWithItsContext(`{"id":`, &n))
				err := call(c, "GET", limit)
				requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
				require.True(t, asError(t, err).Timeout())
				require.Equal(t, 4, n)
				n = 0
				require.ErrorIs(t, call(c, "POST", limit), coreapi.ErrUnexpectedResponse)
				require.Equal(t, 1, n)
				require.ErrorIs(t, call(c, "GET", coreapi.WithTimeout(time.Second)), context.DeadlineExceeded)
			})
		})
	}
}

func TestAWholeBodyIsASuccessThoughItsAttemptHasEnded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		n := 0
		c := newClient(t, endsWithItsContext(`{"id":"i"}`+"\n", &n), coreapi.WithAttemptTimeout(time.Second))
		info, err := c.Clients.Info(context.Background())
		require.NoError(t, err)
		require.Equal(t, "i", info.ID)
		raw, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
		require.Equal(t, `{"id":"i"}`+"\n", string(raw))
	})
}

func TestHTTPClientTimeoutIsTheAttemptsUnlessAnOptionSaysOtherwise(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		caller := coreapi.WithHTTPClient(&http.Client{Transport: hang, Timeout: 3 * time.Second})
		for _, test := range []struct {
			client []coreapi.Option
			call   []coreapi.CallOption
			want   time.Duration
		}{
			{[]coreapi.Option{caller}, nil, 3 * time.Second},
			{[]coreapi.Option{coreapi.WithAttemptTimeout(5 * time.Second), caller}, nil, 5 * time.Second},
			{[]coreapi.Option{caller}, []coreapi.CallOption{coreapi.WithAttemptTimeout(time.Second)}, time.Second},
		} {
			start := time.Now()
			require.Error(t, post(newClient(t, hang, test.client...), test.call...))
			require.Equal(t, test.want, time.Since(start))
		}
	})
}

func TestADialThatTheAttemptsTimeoutCutShortSentNothing(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: r.Context().Err()}
		}), coreapi.WithAttemptTimeout(time.Second))
		err := post(c)
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
		require.True(t, asError(t, err).Timeout())
		require.Equal(t, 4, asError(t, err).Attempts, "nothing was sent, so it is tried again")
	})
}
