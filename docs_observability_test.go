package coreapi_test

import (
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

const observabilityPage = "docs/observability.md"

// tableOf are the cells of a table of the page, without its head, by row.
func tableOf(t *testing.T, page, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	_, table, begun := strings.Cut(string(text), "<!-- "+name+" -->\n\n")
	table, _, ended := strings.Cut(table, "\n<!-- /"+name+" -->")
	require.True(t, begun && ended, "%s has lost the marks around the table %q", page, name)
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	return rows
}

func TestTheDocsTableOfTheLogIsWhatIsLogged(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var log lineRecorder
		c := newClient(t, scripted(
			answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, answer{body: `{}`}, // repeated, and a success
			answer{status: 503}, answer{status: 503}), // given up
			coreapi.WithLogger(slog.New(&log)), coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, BaseBackoff: time.Nanosecond}))
		require.NoError(t, get(c))
		require.Error(t, get(c))
		logged := map[string][]string{}
		for _, line := range log.lines {
			logged[line.message] = append(logged[line.message], line.names()...)
		}
		lines := []string{"coreapi: attempt", "coreapi: retry", "coreapi: call", "coreapi: call failed"}
		written := map[string][]string{}
		for _, row := range tableOf(t, observabilityPage, "log") {
			for i, line := range lines {
				if row[1+i] == "yes" {
					written[line] = append(written[line], row[0])
				}
			}
		}
		require.Len(t, logged, len(lines))
		for _, line := range lines {
			slices.Sort(logged[line])
			require.ElementsMatch(t, slices.Compact(logged[line]), written[line], line)
		}
	})
}

func TestTheDocsNameEachActionAndClassThatALogMayHave(t *testing.T) {
	text, err := os.ReadFile(observabilityPage)
	require.NoError(t, err)
	for action := coreapi.ActionNone; action.String() != "unknown action"; action++ {
		require.Contains(t, string(text), "`"+action.String()+"`")
	}
	for _, class := range coreapi.ClassNames() {
		require.Contains(t, string(text), "`"+class+"`")
	}
}

func TestTheDocsTableOfWhatStoppedAnAttemptHasEachWord(t *testing.T) {
	var written []string
	for _, row := range tableOf(t, observabilityPage, "stopped") {
		written = append(written, row[0])
	}
	require.ElementsMatch(t, coreapi.StoppedWords, written)
}
