package coreapi_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// anchor is the name that GitHub gives a heading.
func anchor(heading string) string {
	heading = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(heading, "$1")
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case r == ' ', r == '-':
			b.WriteByte('-')
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestEveryLinkOfTheDocsLeadsSomewhere(t *testing.T) {
	pages := append(markdownPages(t), "bench/README.md")
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range linkPattern.FindAllStringSubmatch(string(text), -1) {
			target, fragment, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue // of others: what is there cannot be known here
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
				_, err := os.Stat(file)
				require.NoError(t, err, "%s links to %s", page, link[1])
			}
			if fragment == "" || !strings.HasSuffix(file, ".md") {
				continue
			}
			linked, err := os.ReadFile(file)
			require.NoError(t, err)
			var anchors []string
			for _, heading := range headingPattern.FindAllStringSubmatch(string(linked), -1) {
				anchors = append(anchors, anchor(strings.TrimRight(heading[1], "\r")))
			}
			require.Contains(t, anchors, fragment, "%s links to %s", page, link[1])
		}
	}
}
