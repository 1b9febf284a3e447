package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheDocsCodeIsCodeThatIsCompiled: the root's tests compile what needs the SDK alone.
func TestTheDocsCodeIsCodeThatIsCompiled(t *testing.T) {
	page, err := os.ReadFile(docs)
	require.NoError(t, err)
	var source strings.Builder
	for _, pattern := range []string{"*.go", "../../otelcoreapi/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			source.WriteString(unindented(string(text)))
		}
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	held := 0
	for _, block := range blocks {
		if strings.Contains(block[1], "otelcoreapi.") || strings.Contains(block[1], "otelhttp.") {
			require.Contains(t, source.String(), unindented(block[1]))
			held++
		}
	}
	require.Equal(t, 2, held)
}

func unindented(text string) string {
	return regexp.MustCompile(`(?m)^\s+`).ReplaceAllString(text, "")
}
