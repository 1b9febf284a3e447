package coreapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// libraries are the packages that callers build into their programs.
var libraries = []string{".", "coreapitest", "internal/*"}

// testsOnly is the internal package that nothing but tests is built with.
const testsOnly = "internal/apitext"

// librarySources parses what is built of them.
func librarySources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, dir := range libraries {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || filepath.Dir(name) == filepath.FromSlash(testsOnly) {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			require.NoError(t, err)
			files[name] = file
		}
	}
	require.Greater(t, len(files), 20, "the sources are found")
	return files
}

func TestTheLibraryImportsNeitherUnsafeNorLog(t *testing.T) {
	forbidden := []string{"unsafe", "log", "C", "plugin", "os/exec", "syscall"}
	for name, file := range librarySources(t) {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			require.NotContains(t, forbidden, path, name)
		}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				require.False(t, strings.HasPrefix(comment.Text, "//go:linkname"), name)
			}
		}
	}
}

func TestTheLibraryHasNoInitAndNeverEndsTheProcess(t *testing.T) {
	ends := []string{"os.Exit", "runtime.Goexit", "syscall.Exit"}
	for name, file := range librarySources(t) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			require.False(t, ok && f.Recv == nil && f.Name.Name == "init", name)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok {
				require.NotContains(t, ends, pkg.Name+"."+selector.Sel.Name, name)
			}
			return true
		})
	}
}

func TestTheLibraryWritesToNoStandardStream(t *testing.T) {
	streams := []string{"os.Stdout", "os.Stderr", "fmt.Print", "fmt.Println", "fmt.Printf", "slog.Default", "slog.Debug", "slog.Info", "slog.Warn", "slog.Error"}
	for name, file := range librarySources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := selector.X.(*ast.Ident); ok {
					require.NotContains(t, streams, pkg.Name+"."+selector.Sel.Name, name)
				}
			}
			return true
		})
	}
}

func TestTheCoreDependsOnTheStandardLibraryAndTwoModules(t *testing.T) {
	module := "github.com/fypass/coreapi-go"
	allowed := []string{module, "github.com/hashicorp/go-retryablehttp", "github.com/hashicorp/go-cleanhttp"}
	for _, pkg := range []string{module, module + "/coreapitest"} {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg).Output()
		require.NoError(t, err)
		for _, dep := range strings.Fields(string(out)) {
			require.NotEqual(t, module+"/"+testsOnly, dep, "%s needs what only tests may", pkg)
			require.True(t, slices.Contains(allowed, dep) || dep == module+"/coreapitest" || strings.HasPrefix(dep, module+"/internal/"), "%s needs %s", pkg, dep)
		}
	}
}

func TestNoFileNamesTheMachineThatItWasWrittenOn(t *testing.T) {
	// In parts, so that this file is none.
	traces := []string{"/" + "work/", "../" + "shared", "/" + "root/", "/home" + "/", "file" + ":///"}
	checked := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == ".git" || entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".go", ".md", ".mod", ".sum", ".yml", ".yaml", ".json", ".sh", ".html", ""}, filepath.Ext(path)) {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		for _, trace := range traces {
			require.NotContains(t, string(data), trace, path)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, checked, 50)
}
