package coreapi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func debugHandler(w io.Writer) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
}

func TestLogHasALineForEachAttemptAndNoSecret(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, answer{body: `{"state":"pending"}`})
		c := newClient(t, s, coreapi.WithLogger(logger))
		_, err := c.Users.LoginStatus(context.Background(), "token-0123456789")
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], `"outcome":"failure"`)
		require.Contains(t, lines[0], `REQUEST_TIMEOUT`)
		require.Contains(t, lines[0], `"retry_in"`)
		require.Contains(t, lines[1], `"attempt":2`)
		require.NotContains(t, out.String(), "token-0123456789")
		require.NotContains(t, out.String(), testKey)
		out.Reset()
		quiet := slog.New(slog.NewJSONHandler(&out, nil))
		require.NoError(t, get(newClient(t, scripted(answer{body: "{}"}), coreapi.WithLogger(quiet))))
		require.Empty(t, out.String(), "debug level only")
	})
}

func TestAWaitThatEndsWithTheContextLogsNoAttempt(t *testing.T) {
	for range 100 {
		var log strings.Builder
		ctx, cancel := context.WithCancel(context.Background())
		c := newClient(t, scripted(answer{status: 503}), coreapi.WithLogger(slog.New(debugHandler(&log))))
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"}, coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			BaseBackoff: time.Nanosecond, // so that the wait may end first
			ShouldRetry: func(context.Context, coreapi.Attempt) bool { cancel(); return true },
		}))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 503, asError(t, err).StatusCode)
		require.Equal(t, asError(t, err).Attempts, strings.Count(log.String(), "\n"))
	}
}
