package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

func TestParseFaults(t *testing.T) {
	got, err := parseFaults([]byte(`{
		"operation": "Users.Login", "skip": 1, "times": -1, "code": "REQUEST_TIMEOUT", "message": "slow", "status": 503,
		"retryAfter": "Wed, 21 Oct 2026 07:28:00 GMT", "body": "b", "contentType": "text/plain", "delay": "2s",
		"after": true, "drop": "after", "truncate": true
	}`))
	require.NoError(t, err)
	require.Equal(t, []coreapitest.Fault{{
		Operation: "Users.Login", Skip: 1, Times: -1, Code: "REQUEST_TIMEOUT", Message: "slow", Status: 503,
		RetryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", Body: "b", ContentType: "text/plain", Delay: 2 * time.Second,
		After: true, Drop: coreapitest.DropAfter, Truncate: true,
	}}, got, "every field is carried over")

	got, err = parseFaults([]byte(` [{"delay": 150, "retryAfter": 7}, {"drop": "before"}, {"drop": ""}, {"drop": null}, {"drop": "After"}]`))
	require.NoError(t, err)
	require.Equal(t, []coreapitest.Fault{{Delay: 150 * time.Millisecond, RetryAfter: "7"}, {Drop: coreapitest.DropBefore}, {}, {}, {Drop: coreapitest.DropAfter}}, got)
}

func TestParseFaultsRefuses(t *testing.T) {
	for body, want := range map[string]string{
		``:                     "it is empty",
		`[]`:                   "no fault",
		`{"operations": "x"}`:  `unknown field "operations"`,
		`{"delay": "2 s"}`:     "the delay",
		`{"delay": -1}`:        "the delay",
		`{"drop": "sometime"}`: "the drop",
		`{"drop": 1}`:          "the drop",
		`{"retryAfter": []}`:   "the retryAfter",
		`{"status": "503"}`:    "status cannot hold a JSON string",
		`{} {}`:                "more behind",
		`"x"`:                  "it cannot hold a JSON string",
		`[{},`:                 "ends early",
	} {
		_, err := parseFaults([]byte(body))
		assert.ErrorContains(t, err, want, body)
	}
}

func TestNullIsNoneInEveryFieldOfAFault(t *testing.T) {
	for _, field := range []string{"operation", "skip", "times", "code", "message", "status", "retryAfter", "body", "contentType", "delay", "after", "drop", "truncate"} {
		got, err := parseFaults([]byte(`{"` + field + `":null}`))
		require.NoError(t, err, field)
		require.Equal(t, []coreapitest.Fault{{}}, got, field)
	}
}
