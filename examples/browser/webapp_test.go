package browser

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// webapp is the example, running as its users run it.
type webapp struct {
	url, account, password string
}

// startWebapp builds the command from the repository and runs it on a free port.
// The test's end stops it with SIGTERM.
func startWebapp(t *testing.T) webapp {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "webapp")
	out, err := exec.Command("go", "build", "-C", filepath.Join("..", ".."), "-o", binary, "./examples/webapp").CombinedOutput()
	require.NoError(t, err, "%s", out)
	command := exec.Command(binary, "-addr", "127.0.0.1:0")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	command.Stderr = t.Output()
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		assert.NoError(t, command.Process.Signal(syscall.SIGTERM))
		assert.NoError(t, command.Wait(), "it stops cleanly")
	})

	said := ""
	pattern := regexp.MustCompile(`Open (\S+)\n\n  (\S+)  (\S+)  logs in\n`)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		said += lines.Text() + "\n"
		if match := pattern.FindStringSubmatch(said); match != nil {
			return webapp{match[1], match[2], match[3]}
		}
	}
	require.Fail(t, "webapp did not say where it is", said)
	return webapp{}
}
