package coreapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestANetErrorIsFoundExactlyWhereTheCallTimedOut(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hangs := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		once := coreapi.WithRetryPolicy(coreapi.NoRetry())
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		_, canceled := newClient(t, hangs).Clients.Info(cancelled)
		for name, test := range map[string]struct {
			err     error
			timeout bool
		}{
			"an attempt's timeout":       {get(newClient(t, hangs), once, coreapi.WithAttemptTimeout(time.Second)), true},
			"a deadline":                 {get(newClient(t, hangs), once, coreapi.WithTimeout(time.Second)), true},
			"REQUEST_TIMEOUT":            {get(newClient(t, scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)})), once), true},
			"REQUEST_TIMEOUT, made":      {coreapi.NewError(coreapi.CodeRequestTimeout, ""), true},
			"a dial that timed out":      {get(newClient(t, scripted(answer{err: &net.DNSError{Err: "slow", IsTimeout: true}})), once), true},
			"a refused dial":             {get(newClient(t, scripted(answer{err: refusedDial})), once), false},
			"a reset":                    {get(newClient(t, scripted(answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}})), once), false},
			"no such host":               {get(newClient(t, scripted(answer{err: &net.DNSError{Err: "no such host"}})), once), false},
			"a wrong password":           {get(newClient(t, scripted(answer{status: 401, body: codeBody(coreapi.CodeInvalidPassword)}))), false},
			"a gateway":                  {get(newClient(t, scripted(answer{status: 504})), once), false},
			"a cancelled call":           {canceled, false},
			"a refused argument":         {get(newClient(t, hangs), coreapi.WithTimeout(-1)), false},
			"a redirect with a cut body": {get(newClient(t, scripted(answer{status: 302, cut: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}))), false},
		} {
			var netError net.Error
			require.Equal(t, test.timeout, asError(t, test.err).Timeout(), name)
			require.Equal(t, test.timeout, errors.As(test.err, &netError), "%s: %v", name, test.err)
			if test.timeout {
				require.True(t, netError.Timeout())
			}
		}
		require.ErrorIs(t, get(newClient(t, scripted(answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}})), once), syscall.ECONNRESET)
	})
}
