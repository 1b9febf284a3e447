package coreapi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// required returns the modules of go.mod with their versions.
func required(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("go.mod") // go test looks again when it changes
	require.NoError(t, err)
	require.NotEmpty(t, text)
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	require.NoError(t, err)
	var mod struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal(out, &mod))
	versions := map[string]string{}
	for _, r := range mod.Require {
		versions[r.Path] = r.Version
	}
	require.NotEmpty(t, versions)
	return versions
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func TestTheNoticeListsTheModulesOfGoModInTheirVersions(t *testing.T) {
	listed := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^  (\S+/\S+) (v\S+)  `).FindAllStringSubmatch(readText(t, "NOTICE"), -1) {
		listed[line[1]] = line[2]
	}
	require.Equal(t, required(t), listed, "NOTICE and go.mod differ: bring NOTICE's modules, versions, licences and sources up to date")
}

func TestTheNoticeSaysWhereTheSourceOfEachMozillaModuleIs(t *testing.T) {
	notice := readText(t, "NOTICE")
	mozilla := 0
	for path, version := range required(t) {
		_, entry, found := strings.Cut(notice, "\n  "+path+" ")
		require.True(t, found, path)
		licence, _, _ := strings.Cut(entry, "\n")
		if !strings.HasSuffix(licence, "Mozilla Public License 2.0") {
			continue
		}
		mozilla++
		require.Contains(t, notice, "\n    Source: https://"+path+"/tree/"+version+"\n")
		require.Contains(t, notice, "\n  go mod download -json "+path+"@"+version+"\n")
	}
	require.Equal(t, 2, mozilla, "go-retryablehttp and go-cleanhttp")
	require.Equal(t, mozilla, strings.Count(notice, "\n    Source: "))
	require.Equal(t, mozilla, strings.Count(notice, "\n  go mod download "))
}

func TestTheReadmeNamesTheLicence(t *testing.T) {
	require.True(t, strings.HasPrefix(readText(t, "LICENSE"), "MIT License\n\nCopyright (c) 2026 the coreapi-go authors\n"))
	require.Contains(t, readText(t, "README.md"), "MIT licence: [LICENSE](LICENSE).")
}
