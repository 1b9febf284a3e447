package coreapi_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// modules are the folders with a go.mod, with slashes and from "/" on.
func modules(t *testing.T) (folders []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if filepath.Base(name) == "go.mod" {
			folders = append(folders, path.Join("/", filepath.ToSlash(filepath.Dir(name))))
		}
		return err
	}))
	return folders
}

func TestDependabotLooksAtEachModule(t *testing.T) {
	var looked []string
	for _, line := range regexp.MustCompile(`(?m)^      - (/\S*)$`).FindAllStringSubmatch(readText(t, ".github/dependabot.yml"), -1) {
		looked = append(looked, line[1])
	}
	require.ElementsMatch(t, modules(t), looked, ".github/dependabot.yml lists the folders with a go.mod")
}

func TestTheHostedTestsRunOnEachSystemWithTheOldestGoAndTheNewest(t *testing.T) {
	oldest := regexp.MustCompile(`(?m)^go (\d+\.\d+)\.0$`).FindStringSubmatch(readText(t, "go.mod"))
	require.NotNil(t, oldest, "go.mod names the first patch of a release of Go")
	workflow := readText(t, ".github/workflows/ci.yml")
	require.Contains(t, workflow, `go: ["`+oldest[1]+`", stable]`)
	require.Contains(t, workflow, "os: [ubuntu-latest, macos-latest, windows-latest]")
	for _, command := range []string{"go vet ./...", "go test ./...", `sudo -E env "PATH=$PATH" bash .ci/run`} {
		require.Contains(t, workflow, "- run: "+command)
	}
}

func TestHostedJobsMayOnlyRead(t *testing.T) {
	workflow := readText(t, ".github/workflows/ci.yml")
	require.Contains(t, workflow, "\npermissions:\n  contents: read\n\n")
	require.NotContains(t, workflow, "write")
	require.NotContains(t, workflow, "secrets.")
	require.NotContains(t, workflow, "pull_request_target")
}
