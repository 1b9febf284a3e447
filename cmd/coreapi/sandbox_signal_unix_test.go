//go:build unix

package main

import (
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// On Windows a program cannot send itself what Ctrl-C makes.
func TestSignalsStopTheSandbox(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		box := runSandboxCommand(t, "-addr", ":0")
		process, err := os.FindProcess(os.Getpid())
		require.NoError(t, err)
		require.NoError(t, process.Signal(signal))
		assert.Equal(t, exitOK, <-box.code, signal)
		assert.Contains(t, box.logged.String(), "stopping")
		_, err = http.Get(box.url)
		assert.Error(t, err, "nobody listens any more")
	}
}
