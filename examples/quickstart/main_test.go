package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestTourShowsEachStepWithItsCode(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, environment(nil)))
	for _, want := range []string{
		"embedded fake", "is active", "INVALID_PASSWORD", "USER_NOT_FOUND", "attempt 1: REQUEST_TIMEOUT, retried", "attempt 2: REQUEST_TIMEOUT, retried",
		`attempt 3: device "Ana's phone" is saved`, "CLIENT_ACCOUNT_SUSPENDED", "Core APIs admin: admin@example.com", "Core APIs error report", "who acts: contact the admin",
	} {
		require.Contains(t, out.String(), want)
	}
	require.NotContains(t, out.String(), password)
}

func TestWithAnEnvironmentItOnlyAsksForTheClientsInfo(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		if r.Header.Get("X-Client-Key") != "the-key" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"code":"UNITSYSTEM00001","message":"unknown key"}`))
			return
		}
		_, _ = w.Write([]byte(`{"name":"Shop","status":"active"}`))
	}))
	defer server.Close()
	var out bytes.Buffer
	env := map[string]string{"COREAPI_BASE_URL": server.URL, "COREAPI_CLIENT_KEY": "the-key"}
	require.NoError(t, run(context.Background(), &out, environment(env)))
	require.Contains(t, out.String(), `Client "Shop" is active`)
	require.Equal(t, []string{"GET /clients/info"}, asked)

	env["COREAPI_CLIENT_KEY"] = "another"
	require.ErrorContains(t, run(context.Background(), &out, environment(env)), "UNITSYSTEM00001")
}

func TestHalfAnEnvironmentIsAMistake(t *testing.T) {
	err := run(context.Background(), &bytes.Buffer{}, environment(map[string]string{"COREAPI_BASE_URL": "https://api.example.com"}))
	require.ErrorContains(t, err, "COREAPI_CLIENT_KEY")
	require.False(t, strings.Contains(err.Error(), "\n"))
}
