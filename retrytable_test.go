package coreapi_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

const (
	noMethod    = iota // at no method
	safeMethods        // where sending twice does no harm
	everyMethod        // at every method
)

// retryRows is the table of what is retried, and what it says of the delivery.
func retryRows() map[string]struct {
	answer   answer
	retry    int
	delivery coreapi.Delivery
} {
	type row = struct {
		answer   answer
		retry    int
		delivery coreapi.Delivery
	}
	rows := map[string]row{
		"dial refused":       {answer{err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}, everyMethod, coreapi.DeliveryNotSent},
		"dial timed out":     {answer{err: &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}}, everyMethod, coreapi.DeliveryNotSent},
		"DNS":                {answer{err: &net.DNSError{Err: "no such host", Name: "x"}}, everyMethod, coreapi.DeliveryNotSent},
		"proxy connect":      {answer{err: &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}}, everyMethod, coreapi.DeliveryNotSent},
		"SOCKS connect":      {answer{err: &net.OpError{Op: "socks connect", Err: syscall.ECONNREFUSED}}, everyMethod, coreapi.DeliveryNotSent},
		"reset":              {answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, safeMethods, coreapi.DeliveryUnknown},
		"EOF":                {answer{err: io.EOF}, safeMethods, coreapi.DeliveryUnknown},
		"GOAWAY":             {answer{err: errors.New("http2: server sent GOAWAY and closed the connection")}, safeMethods, coreapi.DeliveryUnknown},
		"TLS":                {answer{err: errors.New("remote error: tls: internal error")}, safeMethods, coreapi.DeliveryUnknown},
		"certificate":        {answer{err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, noMethod, coreapi.DeliveryNotSent},
		"no system roots":    {answer{err: x509.SystemRootsError{}}, noMethod, coreapi.DeliveryNotSent},
		"name constraint":    {answer{err: fmt.Errorf("handshake: %w", x509.ConstraintViolationError{})}, noMethod, coreapi.DeliveryNotSent},
		"critical extension": {answer{err: x509.UnhandledCriticalExtension{}}, noMethod, coreapi.DeliveryNotSent},
		"weak signature":     {answer{err: x509.InsecureAlgorithmError(x509.MD5WithRSA)}, noMethod, coreapi.DeliveryNotSent},
		"success cut short":  {answer{body: "{", cut: io.ErrUnexpectedEOF}, safeMethods, coreapi.DeliveryUnknown},
		"undecoded success":  {answer{body: "[]"}, noMethod, coreapi.DeliveryUnknown},
		"redirect":           {answer{status: 307}, noMethod, coreapi.DeliveryUnknown},
		"too large":          {answer{body: string(make([]byte, 100))}, noMethod, coreapi.DeliveryUnknown},
	}
	for status, retry := range map[int]int{
		400: noMethod, 401: noMethod, 403: noMethod, 404: noMethod, 408: safeMethods, 409: noMethod, 425: noMethod, 429: everyMethod,
		499: noMethod, 500: safeMethods, 501: noMethod, 502: safeMethods, 503: safeMethods, 504: safeMethods, 505: noMethod, 304: noMethod,
	} {
		delivery := coreapi.DeliveryUnknown
		if status >= 400 && status < 500 && status != 408 && status != 499 {
			delivery = coreapi.DeliveryRejected
		}
		rows["status "+strconv.Itoa(status)] = row{answer{status: status, body: "<html>"}, retry, delivery}
		rows["unknown code at "+strconv.Itoa(status)] = row{answer{status: status, body: `{"code":"X"}`}, retry, delivery}
	}
	for _, info := range coreapi.Catalogue() {
		for _, status := range []int{200, 302, 400, 408, 429, 499, 503} {
			r := row{answer{status: status, body: codeBody(info.Code)}, noMethod, coreapi.DeliveryRejected}
			switch info.Code {
			case coreapi.CodeRequestTimeout:
				r.retry, r.delivery = everyMethod, coreapi.DeliveryUnknown
			case coreapi.CodeClientClosedRequest:
				r.delivery = coreapi.DeliveryUnknown
			}
			rows[string(info.Code)+" at "+strconv.Itoa(status)] = r
		}
	}
	return rows
}

func TestRetryTable(t *testing.T) {
	for name, row := range retryRows() {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				for _, call := range []struct {
					name    string
					do      func(*coreapi.Client, ...coreapi.CallOption) error
					retried bool
				}{
					{"GET", get, row.retry >= safeMethods},
					{"POST", post, row.retry == everyMethod},
					{"POST with Idempotency-Key", func(c *coreapi.Client, opts ...coreapi.CallOption) error {
						return post(c, append(opts, coreapi.WithHeader("Idempotency-Key", "k"))...)
					}, row.retry >= safeMethods},
				} {
					s := scripted(row.answer)
					err := call.do(newClient(t, s, coreapi.WithMaxResponseBytes(90)))
					want := 1
					if call.retried {
						want = coreapi.DefaultRetryPolicy().MaxAttempts
					}
					require.Equal(t, want, s.count(), call.name)
					e := asError(t, err)
					require.Equal(t, want, e.Attempts, call.name)
					require.Equal(t, row.delivery, e.Delivery, call.name)
					require.Equal(t, call.retried, coreapi.IsRetryable(err), call.name)
				}
			})
		})
	}
}

func TestMethodsThatMayBeSentTwice(t *testing.T) {
	for method, want := range map[string]int{"GET": 4, "HEAD": 4, "PUT": 4, "DELETE": 4, "POST": 1, "PATCH": 1, "OPTIONS": 1, "LOCK": 1} {
		inFakeTime(t, func(t *testing.T) {
			s := scripted(answer{status: 503})
			_, err := coreapi.Do[struct{}](context.Background(), newClient(t, s), coreapi.Request{Method: method, Path: "/x"})
			require.Error(t, err)
			require.Equal(t, want, s.count(), method)
		})
	}
}
