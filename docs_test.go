package coreapi_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
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
	for _, row := range coreapi.Catalogue() {
		sentinels := "`" + sentinelNames[row.Sentinel] + "`"
		for _, group := range []error{coreapi.ErrClientAccount, coreapi.ErrUserAccount, coreapi.ErrCredentials} {
			if errors.Is(coreapi.NewError(row.Code, ""), group) {
				sentinels += ", `" + sentinelNames[group] + "`"
			}
		}
		if row.Action == coreapi.ActionContactAdmin {
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
	coreapi.ErrClientClosedRequest: "ErrClientClosedRequest", coreapi.ErrClientInactive: "ErrClientInactive", coreapi.ErrClientSuspended: "ErrClientSuspended",
	coreapi.ErrClientDeleted: "ErrClientDeleted", coreapi.ErrClientKeyNotFound: "ErrClientKeyNotFound", coreapi.ErrEndpointForbidden: "ErrEndpointForbidden",
	coreapi.ErrUserNotFound: "ErrUserNotFound", coreapi.ErrInvalidPassword: "ErrInvalidPassword", coreapi.ErrUserNotActive: "ErrUserNotActive",
	coreapi.ErrUserSuspended: "ErrUserSuspended", coreapi.ErrUserDeleted: "ErrUserDeleted", coreapi.ErrFailedUpdateUserToken: "ErrFailedUpdateUserToken",
	coreapi.ErrRequestTimeout: "ErrRequestTimeout", coreapi.ErrDuplicateKey: "ErrDuplicateKey", coreapi.ErrInvalidObjectID: "ErrInvalidObjectID",
	coreapi.ErrClientAccount: "ErrClientAccount", coreapi.ErrUserAccount: "ErrUserAccount", coreapi.ErrCredentials: "ErrCredentials",
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
