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

// requireAgreement fails where guidance and the retry rule say different things of an error.
func requireAgreement(t *testing.T, err error) {
	t.Helper()
	g, ok := coreapi.GuidanceFor(err)
	require.True(t, ok)
	e := asError(t, err)
	retry := coreapi.IsRetryable(err)
	if e.Code == coreapi.CodeRequestTimeout && errors.Is(err, coreapi.ErrContactAdmin) {
		require.Equal(t, coreapi.ActionContactAdmin, g.Action)
		return
	}
	require.Equal(t, retry, g.Action == coreapi.ActionRetry, "%v: %v", err, g.Action)
	if g.Action == coreapi.ActionLook {
		require.Equal(t, coreapi.DeliveryUnknown, e.Delivery)
	}
}

func TestGuidanceAndIsRetryableAgreeOnEveryOutcome(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		answers := []answer{
			{err: io.ErrUnexpectedEOF}, {err: refusedDial}, {err: &net.DNSError{Err: "x"}}, {body: "{", cut: io.ErrUnexpectedEOF}, {body: "[]"}, {status: 302}, {body: string(make([]byte, 2000))},
		}
		for _, status := range []int{101, 304, 400, 401, 403, 404, 405, 408, 409, 410, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 505, 507, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599, 600, 999} {
			answers = append(answers, answer{status: status}, answer{status: status, body: codeBody("UNLISTED")})
		}
		for _, info := range coreapi.Catalogue() {
			answers = append(answers, answer{status: 400, body: codeBody(info.Code)}, answer{body: codeBody(info.Code)})
		}
		for _, a := range answers {
			for _, policy := range []coreapi.RetryPolicy{coreapi.NoRetry(), {MaxAttempts: 2}} {
				c := newClient(t, scripted(a), coreapi.WithRetryPolicy(policy), coreapi.WithMaxResponseBytes(1000))
				for _, err := range []error{get(c), post(c), post(c, coreapi.WithHeader("Idempotency-Key", "k1"))} {
					requireAgreement(t, err)
				}
			}
		}
	})
}

func TestADeadlineThatPassedDoesNotCountForWhatMayBeSentAgain(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hangs := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		soon := coreapi.WithTimeout(time.Second)
		read := get(hangs, soon)
		require.True(t, coreapi.IsRetryable(read))
		sent := post(hangs, soon)
		require.False(t, coreapi.IsRetryable(sent))
		g, _ := coreapi.GuidanceFor(sent)
		require.Equal(t, coreapi.ActionLook, g.Action)
		keyed := post(hangs, soon, coreapi.WithHeader("Idempotency-Key", "k1"))
		require.True(t, coreapi.IsRetryable(keyed))
		over, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		defer cancel()
		time.Sleep(time.Second)
		_, unsent := hangs.Devices.Save(over, coreapi.DeviceInfo{DeviceID: "d"})
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, unsent).Delivery)
		require.True(t, coreapi.IsRetryable(unsent), "nothing was sent")
		for _, err := range []error{read, sent, keyed, unsent} {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			requireAgreement(t, err)
		}
	})
}

func TestADuplicateAfterAnUncertainAttemptIsToBeLookedAt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, answer{status: 409, body: codeBody(coreapi.CodeDuplicateKey)})
		_, err := newClient(t, s).Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "d"})
		g, _ := coreapi.GuidanceFor(err)
		require.Equal(t, coreapi.ActionLook, g.Action)
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
	})
}

func TestClassIsOneOfAFewWordsForMetrics(t *testing.T) {
	hangs := roundTripper(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })
	inFakeTime(t, func(t *testing.T) {
		once := coreapi.WithRetryPolicy(coreapi.NoRetry())
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		_, canceled := newClient(t, hangs).Clients.Info(cancelled)
		from := func(a answer) error {
			return get(newClient(t, scripted(a), coreapi.WithMaxResponseBytes(1000)), once)
		}
		for want, err := range map[string]error{
			"":                    from(answer{status: 403, body: codeBody(coreapi.CodeUserDeleted)}),
			"unknown_code":        from(answer{status: 503}),
			"invalid_argument":    get(newClient(t, hangs), coreapi.WithTimeout(-1)),
			"auth":                get(authClient(t, coreapi.ClientKeyFunc("", func(context.Context) (string, error) { return "", io.EOF }), hangs), once),
			"not_connected":       from(answer{err: refusedDial}),
			"lost":                from(answer{err: io.EOF}),
			"attempt_timeout":     get(newClient(t, hangs), once, coreapi.WithAttemptTimeout(time.Second)),
			"cut_short":           from(answer{body: "{", cut: io.ErrUnexpectedEOF}),
			"unexpected_response": from(answer{body: "[]"}),
			"too_large":           from(answer{body: string(make([]byte, 2000))}),
			"redirect":            from(answer{status: 307}),
			"canceled":            canceled,
			"deadline":            get(newClient(t, hangs), coreapi.WithTimeout(time.Second)),
			"caller":              get(newClient(t, hangs, coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { return io.EOF }))),
		} {
			require.Equal(t, want, asError(t, err).Class(), "%v", err)
		}
	})
	require.Empty(t, (*coreapi.Error)(nil).Class())
	require.Empty(t, (&coreapi.Error{}).Class())
}
