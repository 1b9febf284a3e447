package coreapi_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

var update = flag.Bool("update", false, "rewrite what docs/errors.md has of the catalogue, or the API that api/ records")

const (
	errorsPage = "docs/errors.md"

	tableBegin = "<!-- The table is generated from the catalogue: go test -run TheDocsOfCodes -update . -->\n"
	tableEnd   = "<!-- End of the generated table. -->\n"

	sectionsBegin = "<!-- What follows is generated from the catalogue: go test -run TheDocsOfCodes -update . -->\n"
	sectionsEnd   = "<!-- End of what is generated. -->\n"
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

// typicalCauses are this SDK's guesses: the reference gives none.
var typicalCauses = map[coreapi.Code]string{
	coreapi.CodeClientClosedRequest:    "the caller, or a proxy before the API, gave up first; or the user cancelled on the hosted page",
	coreapi.CodeClientAccountInactive:  "a new client that nobody has activated yet",
	coreapi.CodeClientAccountSuspended: "a contract or a limit that the admin watches over",
	coreapi.CodeClientAccountDeleted:   "a client that was replaced by another one, whose key is still in a deployment",
	coreapi.CodeClientKeyNotFound:      "a key of another environment, or one with a character lost in a copy",
	coreapi.CodeEndpointForbidden:      "an operation that the client was never given, or another path than the API's",
	coreapi.CodeUserNotFound:           "a typing mistake in the email or the number, or a user who has yet to register",
	coreapi.CodeInvalidPassword:        "a typing mistake, or an old password",
	coreapi.CodeUserNotActive:          "a registration that was not confirmed",
	coreapi.CodeUserSuspended:          "a decision of the admin's",
	coreapi.CodeUserDeleted:            "an account that was closed, and is still in your own database",
	coreapi.CodeFailedUpdateUserToken:  "a reqToken that was used before, has ended, or was made up",
	coreapi.CodeRequestTimeout:         "the API is under load, or something behind it hangs",
	coreapi.CodeDuplicateKey:           "the device was saved before, perhaps by a call of yours whose answer was lost",
	coreapi.CodeInvalidObjectID:        "an id of another environment, or a token that has ended",
}

// sampleBodies are what a program does, by who acts.
var sampleBodies = map[coreapi.Action]string{
	coreapi.ActionNone:           "return nil // your own code gave up: nobody waits for an answer",
	coreapi.ActionContactAdmin:   "return sendToAdmin(e.Report()) // retrying cannot help",
	coreapi.ActionFixRequest:     "return fmt.Errorf(\"not sent again as it is: %w\", err)",
	coreapi.ActionFixCredentials: "return show(\"Email or password is wrong.\") // one message for both codes",
	coreapi.ActionRetry:          "return later(e.RetryAfter) // the SDK has sent it up to four times already",
}

// codeSections are the codes one by one, in Markdown. The heading is the anchor.
func codeSections(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, row := range coreapi.Catalogue() {
		sample := sampleResponse(t, row.Code)
		retried := "no"
		if row.Retryable {
			retried = "yes, with backoff"
		}
		fmt.Fprintf(&b, "### `%s`\n\n%s\n\n", row.Code, row.Meaning)
		fmt.Fprintf(&b, "- What to do (%s): %s\n- Sent again by the SDK: %s\n- Typical cause (a guess of this SDK's): %s\n", row.Action, row.Advice, retried, typicalCauses[row.Code])
		fmt.Fprintf(&b, "- A response, as the fake gives it with status %d (the reference names no status, and no words):\n\n", sample.StatusCode)
		fmt.Fprintf(&b, "```json\n%s\n```\n\n", strings.TrimSpace(string(sample.Body)))
		fmt.Fprintf(&b, "```go\nif errors.As(err, &e) && errors.Is(err, coreapi.%s) {\n\t%s\n}\n```\n\n", sentinelNames[row.Sentinel], sampleBodies[row.Action])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func sampleResponse(t *testing.T, code coreapi.Code) *coreapi.Error {
	t.Helper()
	fake := coreapitest.New()
	fake.Inject(coreapitest.Fault{Code: code})
	_, err := fake.Client(coreapi.WithLanguage(coreapi.English), coreapi.WithRetryPolicy(coreapi.NoRetry())).Clients.Info(context.Background())
	return asError(t, err)
}

// generated is a part of a page that is made of the catalogue.
type generated struct{ begin, end, text string }

func TestTheDocsOfCodesAreTheCatalogue(t *testing.T) {
	for _, part := range []generated{{tableBegin, tableEnd, codesTable()}, {sectionsBegin, sectionsEnd, codeSections(t)}} {
		page, err := os.ReadFile(errorsPage)
		require.NoError(t, err)
		text := strings.ReplaceAll(string(page), "\r\n", "\n")
		before, rest, ok := strings.Cut(text, part.begin)
		require.True(t, ok, "docs/errors.md has lost the mark %q", part.begin)
		table, after, ok := strings.Cut(rest, part.end)
		require.True(t, ok, "docs/errors.md has lost the mark %q", part.end)
		if *update {
			require.NoError(t, os.WriteFile(errorsPage, []byte(before+part.begin+part.text+part.end+after), 0o600))
			continue
		}
		require.Equal(t, part.text, table, "run: go test -run TheDocsOfCodes -update .")
	}
}

func TestEveryCodeHasATypicalCauseAndASample(t *testing.T) {
	require.Len(t, typicalCauses, len(coreapi.Catalogue()))
	for _, row := range coreapi.Catalogue() {
		require.NotEmpty(t, typicalCauses[row.Code], row.Code)
		require.NotEmpty(t, sampleBodies[row.Action], row.Code)
	}
}
