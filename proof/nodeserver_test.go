//go:build node

package proof

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fypass/coreapi-go"
	"github.com/stretchr/testify/require"
)

// startNode runs verifier.js, and fails the test where there is no node. .ci/node
// installs it, or says that it left these tests out.
func startNode(t *testing.T, basePath string) (base string) {
	t.Helper()
	node, err := exec.LookPath("node")
	require.NoError(t, err, "node is not installed, so nothing in this test was proved. Debian: apt-get install nodejs; to do without it: leave out the build tag node")
	der, err := x509.MarshalPKIXPublicKey(testKey().Public())
	require.NoError(t, err)
	key := filepath.Join(t.TempDir(), "public.pem")
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))

	process := exec.Command(node, "verifier.js", key, basePath)
	complaints := &strings.Builder{}
	process.Stderr = complaints
	stdin, err := process.StdinPipe()
	require.NoError(t, err)
	stdout, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	port, readErr := bufio.NewReader(stdout).ReadString('\n')
	t.Cleanup(func() {
		_ = stdin.Close() // it ends with that
		_ = process.Wait()
		if t.Failed() {
			t.Logf("node: %s", complaints)
		}
	})
	require.NoError(t, readErr, "node prints its port")
	return "http://127.0.0.1:" + strings.TrimSpace(port) + basePath
}

func TestANodeServerThatStringifiesAgainAcceptsEveryRequest(t *testing.T) {
	requireAccepted(t, startNode(t, ""), coreapi.Signature{})
}

func TestANodeServerBehindABasePathAcceptsEveryRequest(t *testing.T) {
	requireAccepted(t, startNode(t, "/core/v1"), coreapi.Signature{})
}

func TestANodeServerRefusesWhateverWasChangedOrSentTwice(t *testing.T) {
	requireWrongsRefused(t, startNode(t, ""), coreapi.Signature{})
}

func TestANodeServerRefusesTheFormOfAGoServer(t *testing.T) {
	base, tr := startNode(t, ""), transport(t)
	request := coreapi.Request{Method: "POST", Path: "/things", Body: json.RawMessage(`{"a":"1 < 2"}`)}
	_, err := coreapi.Do[echo](context.Background(), signedClient(t, base, testKey(), tr, goServer), request)
	requireRefusal(t, err, notVerified, "an escaped <")
	_, err = coreapi.Do[echo](context.Background(), signedClient(t, base, testKey(), tr, coreapi.Signature{}), request)
	require.NoError(t, err)
}
