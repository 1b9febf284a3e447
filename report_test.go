package coreapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestReportCannotBeForged(t *testing.T) {
	body, err := json.Marshal(map[string]string{"code": "X\nCode: INVALID", "message": "m\nDelivery: rejected\u2028x\r"})
	require.NoError(t, err)
	header := http.Header{"X-Request-Id": {"id\u0085Attempts: 9"}}
	e := asError(t, get(newClient(t, scripted(answer{status: 400, header: header, body: string(body)}),
		coreapi.WithAdminContact(coreapi.AdminContact{Name: "Ops\nCode: FORGED", Email: "ops@example.com"}))))
	for _, name := range []string{"Code", "Delivery", "Attempts"} {
		require.Equal(t, 1, strings.Count("\n"+e.Report(), "\n"+name+":"), e.Report())
	}
	require.NotContains(t, e.Report(), "\r")
	require.NotContains(t, e.Report(), "\u2028")
	require.NotContains(t, e.Report(), "\u0085")
	require.Contains(t, e.Report(), "ops@example.com")
}

func TestReportHasWhatAnAdminNeedsAndNoBody(t *testing.T) {
	c := newClient(t, scripted(answer{status: 403, body: `{"code":"UNITSYSTEM00002","message":"words","extra":"bodytext"}`}))
	e := asError(t, post(c, coreapi.WithRequestID("my-id")))
	for _, want := range []string{"UNITSYSTEM00002", "words", "Test.Post", "POST /things", "403", "my-id", "Attempts: 1", "rejected", "contact the admin"} {
		require.Contains(t, e.Report(), want)
	}
	require.NotContains(t, e.Report(), "bodytext")
	require.NotContains(t, e.Error(), "bodytext")
}
