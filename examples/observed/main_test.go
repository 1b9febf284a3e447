package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheTreeOfACallThatIsRepeatedTwiceIsPrintedAndTheProgramEnds(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, "127.0.0.1:0", false))
	shown := out.String()
	_, tree, ok := strings.Cut(shown, "GET /phones/{id}")
	require.True(t, ok, shown)
	tree, _, ok = strings.Cut("GET /phones/{id}"+tree, "\n\n")
	require.True(t, ok, shown)
	require.Equal(t, `GET /phones/{id}  [status=200]  …
└─ Devices.Get  [attempts=3]  …
   ├─ GET /device  [status=504 error=REQUEST_TIMEOUT id=… FAILED]  …
   ├─ coreapi.retry after REQUEST_TIMEOUT: waits … s
   ├─ GET /device  [status=503 error=unknown_code id=… FAILED]  …
   ├─ coreapi.retry after unknown_code: waits … s
   └─ GET /device  [status=200 id=…]  …`, masked(tree))
	require.Contains(t, shown, "The service answered: Ana's phone")
	require.Regexp(t, `coreapi_client_attempts_sum\{coreapi_operation="Devices\.Get",.*\} 3\n`, shown)
	require.Equal(t, 2, strings.Count(shown, `msg="coreapi: retry"`))
}

// masked takes out what differs from run to run.
func masked(tree string) string {
	tree = regexp.MustCompile(`(?m)  [0-9.]+[mµn]?s$`).ReplaceAllString(tree, "  …")
	tree = regexp.MustCompile(`waits [0-9.]+ s`).ReplaceAllString(tree, "waits … s")
	return regexp.MustCompile(`id=[A-Z0-9-]+`).ReplaceAllString(tree, "id=…")
}

func TestAServiceThatIsAskedToServeGoesOnUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out := &stopping{stop: stop}
	require.NoError(t, run(ctx, out, "127.0.0.1:0", true))
	require.Contains(t, out.String(), "Ctrl-C stops.")
}

// stopping stops the service when that says how to.
type stopping struct {
	bytes.Buffer
	stop func()
}

func (s *stopping) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "Ctrl-C stops.") {
		s.stop()
	}
	return s.Buffer.Write(text)
}
