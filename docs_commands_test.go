package coreapi_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// docsCommand is a command line in a code span, or a line of a shell fence.
	docsCommand = regexp.MustCompile("(?m)(?:`|^|&& )((?:go (?:test|run|build|vet|install)|bash) [^`\n#]+)")
	runFlag     = regexp.MustCompile(`-(?:run|bench) ['"]?([^'"\s]+)['"]?`)
	localPath   = regexp.MustCompile(`(?:^|\s)(\./[\w./-]+|\.ci/\w+)`)
	testFunc    = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Example|Fuzz)\w*)\(`)
)

// commandsOf are the commands that a page tells its readers to run. What runs the pages of
// cmd/coreapi is beside that.
func commandsOf(t *testing.T, page string) (all []string) {
	t.Helper()
	text := strings.ReplaceAll(readText(t, page), `\|`, "|") // as a table writes it
	for _, found := range docsCommand.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.TrimSpace(found[1]))
	}
	return all
}

// testNames are those of all modules.
func testNames(t *testing.T) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, "_test.go") {
			for _, found := range testFunc.FindAllStringSubmatch(readText(t, path), -1) {
				all = append(all, found[1])
			}
		}
		return err
	}))
	return all
}

func anyMatches(t *testing.T, pattern string, names []string) bool {
	t.Helper()
	for _, name := range names {
		if matched, err := regexp.MatchString(pattern, name); err != nil || matched {
			require.NoError(t, err)
			return true
		}
	}
	return false
}

func TestWhatTheCommandsOfTheDocsNameIsThere(t *testing.T) {
	tests, checked := testNames(t), 0
	for _, page := range append(markdownPages(t), "bench/README.md") {
		for _, command := range commandsOf(t, page) {
			checked++
			if run := runFlag.FindStringSubmatch(command); run != nil && run[1] != "^$" {
				require.True(t, anyMatches(t, run[1], tests), "%s: no test is named like that: %s", page, command)
			}
			for _, path := range localPath.FindAllStringSubmatch(command, -1) {
				name := strings.TrimSuffix(path[1], "/...")
				require.True(t, isThere(name), "%s: there is no %s: %s", page, name, command)
			}
		}
	}
	require.Greater(t, checked, 30)
}

// isThere looks in the root, and in the folders that the pages name before such a command.
func isThere(name string) bool {
	for _, folder := range []string{".", "bench", "examples/durable", "otelcoreapi"} {
		if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name))); err == nil {
			return true
		}
	}
	return false
}
