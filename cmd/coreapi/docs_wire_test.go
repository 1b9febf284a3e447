package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

// fenced is a block of a page of the docs, and the text before it.
type fenced struct{ before, language, text string }

var (
	fence     = regexp.MustCompile("(?s)```(\\w+)\n(.*?)\n```\n")
	namedFile = regexp.MustCompile("`(\\w+\\.json)`")
)

func fencesOfPage(t *testing.T, page string) (blocks []fenced) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", page))
	require.NoError(t, err)
	from := 0
	for _, at := range fence.FindAllSubmatchIndex(text, -1) {
		blocks = append(blocks, fenced{string(text[from:at[0]]), string(text[at[2]:at[3]]), string(text[at[4]:at[5]])})
		from = at[1]
	}
	return blocks
}

// requireInOrder has each line of the docs in the output, next to the one before it, but
// where the docs leave lines out.
func requireInOrder(t *testing.T, want, got string) {
	t.Helper()
	position := 0
	for i, part := range strings.Split("\n"+want+"\n", "\n…\n") {
		part = strings.TrimPrefix(part, "\n")
		at := strings.Index(got[position:], part)
		require.GreaterOrEqual(t, at, 0, "the docs have\n%s\nand the output is\n%s", part, got)
		if i == 0 {
			require.Zero(t, at, "the docs begin otherwise than the output:\n%s", got)
		}
		position += at + len(part)
	}
	require.Empty(t, strings.TrimSpace(got[position:]), "the docs end before the output")
}

// The whole page is followed, in one shell after the other, as a reader would.
func TestTheProfileIsFittedAsTheDocsPrintIt(t *testing.T) {
	needsShell(t)
	blocks := fencesOfPage(t, "wire.md")
	doctorEnvironment(t)
	for _, name := range []string{"COREAPI_CLIENT_KEY", "COREAPI_PRIVATE_KEY"} {
		t.Setenv(name, "")
	}
	program, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(bin, "coreapi")))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("private-key.pem", []byte(testkey.PKCS8Base64), 0o600))

	const sandboxURL = "http://127.0.0.1:8080"
	var url, environment, output string
	compared := 0
	for _, block := range blocks {
		switch {
		case block.language == "json":
			names := namedFile.FindAllStringSubmatch(block.before, -1)
			require.NotEmpty(t, names, "the text before the JSON names its file")
			require.NoError(t, os.WriteFile(names[len(names)-1][1], []byte(block.text), 0o600))
		case block.language == "text":
			requireInOrder(t, block.text, output)
			compared++
		case strings.HasPrefix(block.text, "coreapi sandbox"):
			url = runSandboxCommand(t, append(strings.Fields(block.text)[2:], "-addr", ":0")...).url
		case block.language == "sh" && !strings.HasPrefix(block.text, "go install"):
			commands := strings.ReplaceAll(block.text, sandboxURL, url)
			output, _ = shell(t, "", environment, commands+"\ntrue") // what fails, does so as the docs say
			if url != "" {
				output = strings.ReplaceAll(output, url, sandboxURL)
			}
			for line := range strings.Lines(commands + "\n") {
				if strings.HasPrefix(line, "export ") {
					environment += line
				}
			}
		}
	}
	assert.Equal(t, 8, compared)
}
