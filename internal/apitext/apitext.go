// Package apitext records the exported declarations of a package in a file, a line each,
// as Go keeps its own in api/*.txt. Only tests use it.
package apitext

import (
	"context"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Check fails the test where the package in the folder dir exports something else than
// file has recorded. With update it writes the file instead.
func Check(tb testing.TB, dir, file string, update bool) {
	tb.Helper()
	now, err := Lines(tb.Context(), dir)
	if err != nil {
		tb.Fatalf("the exported declarations of %s cannot be listed: %v", dir, err)
	}
	if update {
		if err := os.WriteFile(file, []byte(strings.Join(now, "\n")+"\n"), 0o600); err != nil {
			tb.Fatal(err)
		}
		return
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("%v: record the API with: go test -run %s -update .", err, tb.Name())
	}
	if text := difference(strings.Split(strings.TrimSuffix(string(recorded), "\n"), "\n"), now); text != "" {
		tb.Fatalf(`the exported API is no longer the one that %s records:

%s
A line with - is gone or has changed, and callers' code that uses it does not build
any more. A line with + is new, and is kept from now on: see SUPPORT.md. If it is not
meant, undo it. If it is:

  1. record it:  go test -run %s -update .
  2. say it in CHANGELOG.md, under the version that comes next
`, filepath.ToSlash(file), text, tb.Name())
	}
}

// difference lists what is in one of two sorted lists only; "" if there is nothing.
func difference(recorded, now []string) string {
	var lines []string
	for _, line := range recorded {
		if _, found := slices.BinarySearch(now, line); !found {
			lines = append(lines, line+"\x00-")
		}
	}
	for _, line := range now {
		if !slices.Contains(recorded, line) {
			lines = append(lines, line+"\x00+")
		}
	}
	slices.Sort(lines)
	var text strings.Builder
	for _, line := range lines {
		line, sign, _ := strings.Cut(line, "\x00")
		text.WriteString("  " + sign + " " + line + "\n")
	}
	return text.String()
}

// Lines are the exported declarations of the package in the folder dir, sorted.
func Lines(ctx context.Context, dir string) ([]string, error) {
	pkg, err := load(ctx, dir)
	if err != nil {
		return nil, err
	}
	w := writer{pkg: pkg}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			w.object(object)
		}
	}
	slices.Sort(w.lines)
	return slices.Compact(w.lines), nil
}

// load takes the package as the compiler exports it, which has no comments.
func load(ctx context.Context, dir string) (*types.Package, error) {
	command := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", ".")
	command.Dir = dir
	out, err := command.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	var path string // the package's own is the last
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		var file string
		path, file, _ = strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		exports[path] = file
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	return importer.ForCompiler(token.NewFileSet(), "gc", open).Import(path)
}
