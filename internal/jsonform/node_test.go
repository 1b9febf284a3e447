//go:build node

package jsonform

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// nodeSeed is printed with a failure.
const nodeSeed = 20261127

// nodeScript reads texts, one a line in base64, and answers each with what
// JSON.stringify makes of it.
const nodeScript = `
const lines = require('fs').readFileSync(0, 'latin1').split('\n').slice(0, -1)
const answers = lines.map(line => {
	const text = Buffer.from(line, 'base64').toString('utf8')
	return Buffer.from(JSON.stringify(JSON.parse(text)), 'utf8').toString('base64')
})
process.stdout.write(answers.join('\n'))
`

// nodeWrites is what node writes of each text, by one process.
func nodeWrites(t *testing.T, texts [][]byte) []string {
	t.Helper()
	var lines, problems bytes.Buffer
	for _, text := range texts {
		lines.WriteString(base64.StdEncoding.EncodeToString(text) + "\n")
	}
	node := exec.Command("node", "-e", nodeScript)
	node.Stdin, node.Stderr = &lines, &problems
	output, err := node.Output()
	require.NoError(t, err, "node has to be installed: %s", &problems)
	answers := strings.Split(string(output), "\n")
	require.Len(t, answers, len(texts))
	for i, answer := range answers {
		text, err := base64.StdEncoding.DecodeString(answer)
		require.NoError(t, err)
		answers[i] = string(text)
	}
	return answers
}

func TestNodeWritesTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(nodeSeed, 0))
	var texts [][]byte
	var forms []string
	for len(texts) < 10_000 {
		text := RandomText(random)
		result, err := javaScript.Rewrite(text)
		require.NoError(t, err, "%q", text)
		if result.Lossy == nil {
			texts, forms = append(texts, text), append(forms, string(result.Text))
		}
	}
	for i, want := range nodeWrites(t, texts) {
		require.Equal(t, want, forms[i], "seed %d, text %d: %q", nodeSeed, i, texts[i])
	}
}

func TestNodeChangesTheValueOfExactlyTheNumbersThatAreLossy(t *testing.T) {
	random := rand.New(rand.NewPCG(nodeSeed, 1))
	var texts [][]byte
	for range 20_000 {
		texts = append(texts, []byte(RandomNumber(random)))
	}
	for i, written := range nodeWrites(t, texts) {
		result, err := javaScript.Rewrite(texts[i])
		require.NoError(t, err)
		if result.Lossy == nil {
			require.Equal(t, written, string(result.Text), "seed %d, number %s", nodeSeed, texts[i])
			continue
		}
		before := parseDecimal(texts[i])
		require.True(t, written == "null" || before != parseDecimal([]byte(written)), "seed %d, number %s: node writes %s", nodeSeed, texts[i], written)
	}
}
