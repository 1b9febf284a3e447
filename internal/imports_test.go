// Package internal_test holds the directions of the internal packages.
package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/fypass/coreapi-go"

// allowed says which internal packages each of them may import. All may import the
// standard library, and nothing else. A new package has to be put here, and in
// CONTRIBUTING's map.
var allowed = map[string][]string{
	"apitext":     {},
	"attemptctx":  {},
	"backoff":     {},
	"check":       {"printable", "redact"},
	"jsonform":    {},
	"jsonmembers": {},
	"printable":   {},
	"readbuf":     {},
	"redact":      {"printable"},
	"rsakey":      {},
	"signature":   {"jsonform"},
	"testkey":     {},
	"wire":        {"check", "jsonform", "jsonmembers", "printable", "redact"},
}

// listed is a package as go list has it.
type listed struct {
	name    string   // below internal
	imports []string // its own, not those of its tests
}

// listPackages returns the packages below internal.
func listPackages(t *testing.T) []listed {
	t.Helper()
	noteFiles(t)
	var packages []listed
	for line := range strings.Lines(goList(t, `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")) {
		fields := strings.Fields(line)
		if name, ok := strings.CutPrefix(fields[0], module+"/internal/"); ok {
			packages = append(packages, listed{name, fields[1:]})
		}
	}
	return packages
}

// noteFiles looks at each file, since go test takes a result from its cache unless what
// the test itself has looked at is another. What go list reads does not count.
func noteFiles(t *testing.T) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(name string, _ os.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(name)
		}
		return err
	}))
}

func goList(t *testing.T, format string, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-f", format}, args...)...).Output()
	require.NoError(t, err)
	return string(out)
}

func TestEveryInternalPackageIsInTheTable(t *testing.T) {
	var names []string
	for _, p := range listPackages(t) {
		require.Contains(t, allowed, p.name, "a new package has to be put into the table")
		names = append(names, p.name)
	}
	for name := range allowed {
		require.Contains(t, names, name, "the table names a package that is gone")
	}
}

func TestInternalPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	standard := strings.Fields(goList(t, "{{.ImportPath}}", "std"))
	for _, p := range listPackages(t) {
		for _, path := range p.imports {
			name, below := strings.CutPrefix(path, module+"/internal/")
			require.True(t, slices.Contains(standard, path) || below && slices.Contains(allowed[p.name], name), "%s imports %s", p.name, path)
		}
	}
}

func TestNothingInternalNeedsTheRoot(t *testing.T) {
	for path := range strings.FieldsSeq(goList(t, "{{.ImportPath}}", "-deps", "./...")) {
		inModule := path == module || strings.HasPrefix(path, module+"/")
		require.False(t, inModule && !strings.HasPrefix(path, module+"/internal"), "an internal package needs %s", path)
	}
}
