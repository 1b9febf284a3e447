package coreapitest_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestARequestIDIsTakenOnce(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		c := once(s, coreapi.WithLanguage(coreapi.English))
		_, err := c.Clients.Info(t.Context(), coreapi.WithRequestID("req-1"))
		require.NoError(t, err)
		_, err = c.Devices.Save(t.Context(), deviceInfo, coreapi.WithRequestID("req-1"))
		var e *coreapi.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, http.StatusBadRequest, e.StatusCode)
		require.Empty(t, e.Code)
		require.Contains(t, e.Message, "X-Request-Id was used before")
		require.Empty(t, s.Devices())
		_, err = c.Clients.Info(t.Context(), coreapi.WithRequestID("REQ-1"))
		require.NoError(t, err, "another letter case is another id")

		s.Reset()
		_, err = c.Clients.Info(t.Context(), coreapi.WithRequestID("req-1"))
		require.NoError(t, err)
	})
}

func TestWhatUsesARequestIDUp(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  coreapitest.Fault
		key    string
		usedUp bool
	}{
		"a fault's code":          {fault: coreapitest.Fault{Code: coreapi.CodeRequestTimeout}, usedUp: true},
		"a raw answer":            {fault: coreapitest.Fault{Status: 502}, usedUp: true},
		"dropped after":           {fault: coreapitest.Fault{Drop: coreapitest.DropAfter}, usedUp: true},
		"cut":                     {fault: coreapitest.Fault{Truncate: true}, usedUp: true},
		"dropped before":          {fault: coreapitest.Fault{Drop: coreapitest.DropBefore}, usedUp: false},
		"dropped before, delayed": {fault: coreapitest.Fault{Drop: coreapitest.DropBefore, Delay: 1}, usedUp: false},
		"refused":                 {key: "wrong", usedUp: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				wrong := *s
				if tt.fault != (coreapitest.Fault{}) {
					s.Inject(tt.fault)
				}
				if tt.key != "" {
					wrong.ClientKey = tt.key
				}
				_, err := once(&wrong).Clients.Info(t.Context(), coreapi.WithRequestID("req-1"))
				require.Error(t, err)
				got := send(t, s, "GET", "/client", "", "X-Request-Id", "req-1")
				require.Equal(t, tt.usedUp, got.status == http.StatusBadRequest, got.body)
			})
		})
	}
}

func TestWhatIsNoOperationUsesNoRequestIDUp(t *testing.T) {
	s := coreapitest.New()
	for _, path := range []string{"/nowhere", "/hosted/login"} {
		send(t, s, "GET", path, "", "X-Request-Id", "req-1")
	}
	send(t, s, "DELETE", "/client", "", "X-Request-Id", "req-1")
	require.Equal(t, http.StatusOK, send(t, s, "GET", "/client", "", "X-Request-Id", "req-1").status)
}

// A client that gives up and sends the same id again is what unique ids are about.
func TestADelayedRequestHasUsedItsIDUpBeforeItIsHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := once(s, coreapi.WithAttemptTimeout(time.Hour)).Clients.Info(ctx, coreapi.WithRequestID("req-1"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, http.StatusBadRequest, send(t, s, "GET", "/client", "", "X-Request-Id", "req-1").status)
	})
}
