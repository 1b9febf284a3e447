package coreapi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	shellFence = regexp.MustCompile("(?s)\n```sh\n(.*?)```\n")
	testByName = regexp.MustCompile(`^go test -run (\w+)( -update)? \.$`)
)

// agentsCommands are the commands of AGENTS.md without their comments.
func agentsCommands(t *testing.T) (commands []string) {
	t.Helper()
	for _, fence := range shellFence.FindAllStringSubmatch(readText(t, "AGENTS.md"), -1) {
		for line := range strings.Lines(fence[1]) {
			command, _, _ := strings.Cut(line, "  #")
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	require.NotEmpty(t, commands)
	return commands
}

func testSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		all.WriteString(readText(t, file))
	}
	return all.String()
}

func TestTheCommandsOfAgentsWork(t *testing.T) {
	tests := testSources(t)
	for _, command := range agentsCommands(t) {
		t.Run(command, func(t *testing.T) {
			words := strings.Fields(command)
			byName := testByName.FindStringSubmatch(command)
			switch {
			case slices.Contains([]string{"go build ./...", "gofmt -l .", "go run ./cmd/coreapi version"}, command):
				out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
				require.NoError(t, err, "%s", out)
				if words[0] == "gofmt" {
					require.Empty(t, string(out))
				}
			case byName != nil:
				require.Contains(t, tests, "\nfunc "+byName[1], "no test in the root has this name")
			case words[0] == "bash":
				_, err := os.Stat(words[1])
				require.NoError(t, err)
			default: // those that this test is a part of
				require.Contains(t, []string{"go test ./...", "go vet ./..."}, command, "say here how the command is checked")
			}
		})
	}
}

// namedPath is a file that is named in a code span.
var namedPath = regexp.MustCompile("`((?:\\.ci/|internal/|bench/|api/|docs/|examples/)[\\w./-]*|[\\w.]+\\.(?:go|md|mod))`")

func TestTheFilesThatThePagesForContributorsNameAreThere(t *testing.T) {
	for _, page := range []string{"AGENTS.md", "CONTRIBUTING.md", "RELEASE.md", "SECURITY.md", "SUPPORT.md"} {
		for _, found := range namedPath.FindAllStringSubmatch(readText(t, page), -1) {
			name := found[1]
			if strings.ContainsRune(name, '/') || page != "CONTRIBUTING.md" { // whose map names files by their folder
				_, err := os.Stat(filepath.FromSlash(name))
				require.NoError(t, err, "%s names it", page)
			}
		}
	}
}
