package coreapi

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the table of error codes in docs/errors.md")

const (
	errorsPage = "docs/errors.md"

	tableBegin = "<!-- The table is generated from the catalogue: go test -run TestTheDocsTable -update . -->\n"
	tableEnd   = "<!-- End of the generated table. -->\n"
)

// codesTable is the catalogue in Markdown.
func codesTable() string {
	var b strings.Builder
	b.WriteString("| code | `errors.Is` | what happened | what to do | who acts | retried |\n|---|---|---|---|---|---|\n")
	for _, row := range catalogue {
		sentinels := "`" + sentinelNames[row.Sentinel] + "`"
		if row.group != nil {
			sentinels += ", `" + sentinelNames[row.group] + "`"
		}
		if row.Action == ActionContactAdmin {
			sentinels += ", `ErrContactAdmin`"
		}
		retried := "no"
		if row.Retryable {
			retried = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", row.Code, sentinels, row.Meaning, row.Advice, row.Action, retried)
	}
	return b.String()
}

// sentinelNames are the names in the source, which Go does not keep.
var sentinelNames = map[error]string{
	ErrClientClosedRequest: "ErrClientClosedRequest", ErrClientInactive: "ErrClientInactive", ErrClientSuspended: "ErrClientSuspended",
	ErrClientDeleted: "ErrClientDeleted", ErrClientKeyNotFound: "ErrClientKeyNotFound", ErrEndpointForbidden: "ErrEndpointForbidden",
	ErrUserNotFound: "ErrUserNotFound", ErrInvalidPassword: "ErrInvalidPassword", ErrUserNotActive: "ErrUserNotActive",
	ErrUserSuspended: "ErrUserSuspended", ErrUserDeleted: "ErrUserDeleted", ErrFailedUpdateUserToken: "ErrFailedUpdateUserToken",
	ErrRequestTimeout: "ErrRequestTimeout", ErrDuplicateKey: "ErrDuplicateKey", ErrInvalidObjectID: "ErrInvalidObjectID",
	ErrClientAccount: "ErrClientAccount", ErrUserAccount: "ErrUserAccount", ErrCredentials: "ErrCredentials",
}

func TestTheDocsTableOfCodesIsTheCatalogue(t *testing.T) {
	text, err := os.ReadFile(errorsPage)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), tableBegin)
	require.True(t, ok, "docs/errors.md has lost the mark where the table begins")
	table, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "docs/errors.md has lost the mark where the table ends")
	if *update {
		require.NoError(t, os.WriteFile(errorsPage, []byte(before+tableBegin+codesTable()+tableEnd+after), 0o644))
		return
	}
	require.Equal(t, codesTable(), table, "run: go test -run TestTheDocsTable -update .")
}
