package coreapi_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// The Authenticator's time counts, though only the transport waits.
func TestAnAttemptsTimeoutRunsFromItsStartWhoeverAsks(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		slowKey := &customAuth{f: func(*http.Request) error { time.Sleep(20 * time.Second); return nil }}
		begun := time.Now()
		err := get(authClient(t, slowKey, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), coreapi.WithRetryPolicy(coreapi.NoRetry())))
		require.True(t, asError(t, err).Timeout())
		require.Equal(t, 30*time.Second, time.Since(begun))
	})
}

func TestAnAuthenticatorThatSleepsThroughTheAttemptSendsNothing(t *testing.T) {
	sleep := func(context.Context) { time.Sleep(time.Minute) }
	for name, auth := range map[string]coreapi.Authenticator{
		"Authenticator": &customAuth{f: func(r *http.Request) error { sleep(r.Context()); return nil }},
		"key function":  coreapi.ClientKeyFunc("", func(ctx context.Context) (string, error) { sleep(ctx); return testKey, nil }),
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := scripted(answer{body: "{}"})
				e := asError(t, get(authClient(t, auth, s, coreapi.WithRetryPolicy(coreapi.NoRetry()))))
				require.True(t, e.Timeout())
				require.Zero(t, s.count())
				require.Zero(t, e.Attempts)
				require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
			})
		})
	}
}

func TestAKeyFunctionThatOutlastsTheAttemptIsAnAttemptsTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{})
		slow := coreapi.ClientKeyFunc("", func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		err := get(authClient(t, slow, s))
		require.True(t, asError(t, err).Timeout())
		require.True(t, coreapi.IsRetryable(err))
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
		require.Zero(t, asError(t, err).Attempts)
	})
}

func TestAnAttemptThatTimedOutWhileItGotItsKeyIsRetriedWithAnIdempotencyKey(t *testing.T) {
	slowOnce := func(asked *int) func(context.Context) error {
		return func(ctx context.Context) error {
			if *asked++; *asked == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
	}
	var asked int
	for name, auth := range map[string]coreapi.Authenticator{
		"ClientKeyFunc": coreapi.ClientKeyFunc("", func(ctx context.Context) (string, error) { return testKey, slowOnce(&asked)(ctx) }),
		"an Authenticator of the caller's": &customAuth{f: func(r *http.Request) error {
			_ = slowOnce(&asked)(r.Context())
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				asked = 0
				s := scripted(answer{body: "{}"})
				c, err := coreapi.New(testBase, auth, coreapi.WithHTTPClient(&http.Client{Transport: s}), coreapi.WithAttemptTimeout(time.Second))
				require.NoError(t, err)
				require.NoError(t, post(c, coreapi.WithHeader("Idempotency-Key", "k1")))
				require.Equal(t, 1, s.count())
				asked = 0
				err = post(c)
				require.False(t, coreapi.IsRetryable(err))
				require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
			})
		})
	}
}

func TestASignerWithAContextEndsWithTheAttemptsTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		start := time.Now()
		s := scripted(answer{body: "{}"})
		err := get(authClient(t, coreapi.SignedClientKey(testKey, slowSigner{signingKey(t)}), s), coreapi.WithAttemptTimeout(2*time.Second), coreapi.WithRetryPolicy(coreapi.NoRetry()))
		require.Equal(t, 2*time.Second, time.Since(start))
		require.True(t, asError(t, err).Timeout())
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
		require.Zero(t, s.count())
	})
}

// slowSigner is a KMS that answers late. It ends with the context that it gets.
type slowSigner struct{ *rsa.PrivateKey }

func (s slowSigner) SignContext(ctx context.Context, _ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
