package coreapi_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docsFence is a block of code in a page of the docs, and the block after it, if that is
// what the code prints.
type docsFence struct {
	page, language, text, output string
	line                         int
}

var fencePattern = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func fencesOf(t *testing.T, pages ...string) (all []docsFence) {
	t.Helper()
	for _, page := range pages {
		data, err := os.ReadFile(page)
		require.NoError(t, err)
		text := strings.ReplaceAll(string(data), "\r\n", "\n")
		for _, at := range fencePattern.FindAllStringSubmatchIndex(text, -1) {
			f := docsFence{page: page, language: text[at[2]:at[3]], text: text[at[4]:at[5]], line: 1 + strings.Count(text[:at[0]], "\n")}
			if f.language == "text" && len(all) > 0 && all[len(all)-1].page == page {
				all[len(all)-1].output = f.text
			}
			all = append(all, f)
		}
	}
	return all
}

// markdownPages are all but those of nested modules, which have tests of their own.
func markdownPages(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/profiles/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	require.Contains(t, pages, "README.md")
	return pages
}

// packagesInFences are where the names before a dot in the docs' code come from.
var packagesInFences = map[string]string{
	"coreapi": "github.com/fypass/coreapi-go", "coreapitest": "github.com/fypass/coreapi-go/coreapitest",
	"cmp": "cmp", "context": "context", "crypto": "crypto", "errors": "errors", "fmt": "fmt", "json": "encoding/json", "http": "net/http",
	"log": "log", "os": "os", "slog": "log/slog", "strings": "strings", "testing": "testing", "time": "time", "tls": "crypto/tls", "url": "net/url", "x509": "crypto/x509",
}

// readersNames are what a fragment takes for granted, as its page says in words.
const readersNames = `
var (
	ctx                  context.Context
	client               *coreapi.Client
	status               *coreapi.LoginStatus
	info                 coreapi.DeviceInfo
	err                  error
	e                    *coreapi.Error
	baseURL, clientKey   string
	email, password, id  string
	signer               crypto.Signer
	profile              coreapi.Profile
	later                func(time.Duration) error
	show                 func(string) error
	sendToAdmin          func(string) error
	askToLogInAgain      func() error
	maybeSaved           bool
	done                 func() error
	stopAll, bury        func(string) error
	deploymentFault      func(*coreapi.Error) bool
)
`

// fenceFile is a Go file of a block: the block itself, declarations, or statements.
func fenceFile(text string) string {
	if strings.HasPrefix(text, "package ") {
		return text
	}
	body := text
	if !regexp.MustCompile(`(?m)^(func|type) `).MatchString(text) {
		body = "func _() error {\n" + text + "\nreturn nil\n}\n"
	}
	body += readersNames
	var imports []string
	for name, path := range packagesInFences {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(body) {
			imports = append(imports, fmt.Sprintf("import %s %q\n", name, path))
		}
	}
	slices.Sort(imports)
	return "package fence\n\n" + strings.Join(imports, "") + body
}

// moduleBeside is a module that uses this one, as a reader's does.
func moduleBeside(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(".")
	require.NoError(t, err)
	own, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	_, requires, _ := strings.Cut(string(own), "\n")
	sums, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	dir := t.TempDir()
	mod := "module example.com/reader\n" + requires + "\nrequire github.com/fypass/coreapi-go v0.0.0\nreplace github.com/fypass/coreapi-go => " + filepath.ToSlash(root) + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600))
	return dir
}

func runGo(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// What a fragment leaves unused, its reader uses.
var unusedInFragment = regexp.MustCompile(`declared and not used|imported and not used`)

// ofNestedModule is code that examples/observed has, and holds the docs to.
var ofNestedModule = regexp.MustCompile(`\b(otelcoreapi|otelhttp)\.`)

func TestTheGoCodeOfTheDocsCompiles(t *testing.T) {
	dir, blocks := moduleBeside(t), map[string]docsFence{}
	for _, f := range fencesOf(t, markdownPages(t)...) {
		if f.language != "go" || ofNestedModule.MatchString(f.text) {
			continue
		}
		name := fmt.Sprintf("fence%02d", len(blocks))
		blocks[name] = f
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		file := "fence.go"
		if strings.Contains(f.text, "*testing.T)") {
			file = "fence_test.go"
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, file), []byte(fenceFile(f.text)), 0o600))
	}
	require.Greater(t, len(blocks), 5)
	out, _ := runGo(t, dir, "test", "-gcflags=-e", "-run", "^$", "-vet=off", "./...")
	for _, line := range strings.Split(out, "\n") {
		name, _, isError := strings.Cut(strings.TrimPrefix(filepath.ToSlash(line), "./"), "/")
		if f, known := blocks[name]; known && isError && strings.Contains(line, ".go:") && !unusedInFragment.MatchString(line) {
			t.Errorf("%s, the block at line %d: %s", f.page, f.line, line)
		}
	}
}

func TestTheProgramsOfTheReadmePrintWhatItSays(t *testing.T) {
	dir, programs := moduleBeside(t), 0
	for _, f := range fencesOf(t, "README.md") {
		if f.language != "go" || !strings.HasPrefix(f.text, "package main") {
			continue
		}
		programs++
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(f.text), 0o600))
		out, err := runGo(t, dir, "run", ".")
		require.NoError(t, err, out)
		require.Equal(t, f.output, out)
	}
	require.NotZero(t, programs)
}

func TestTheTestsOfTheReadmePass(t *testing.T) {
	dir, tests := moduleBeside(t), 0
	for _, f := range fencesOf(t, "README.md") {
		if f.language != "go" || !strings.Contains(f.text, "*testing.T)") {
			continue
		}
		tests++
		require.NoError(t, os.WriteFile(filepath.Join(dir, "readme_test.go"), []byte(fenceFile(f.text)), 0o600))
		out, err := runGo(t, dir, "test", ".")
		require.NoError(t, err, out)
	}
	require.NotZero(t, tests)
}
