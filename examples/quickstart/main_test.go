package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// environment sets the variables of NewFromEnv; those that are not named are unset.
func environment(t *testing.T, values map[string]string) {
	t.Helper()
	for _, name := range []string{"COREAPI_BASE_URL", "COREAPI_CLIENT_KEY", "COREAPI_PRIVATE_KEY", "COREAPI_PRIVATE_KEY_FILE"} {
		t.Setenv(name, values[name])
	}
}

// newKey is a private key as PEM.
func newKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestTourShowsEachStepWithItsCode(t *testing.T) {
	environment(t, nil)
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out))
	for _, want := range []string{
		"embedded fake", `{"endpoint":"/client","method":"GET","headers":{"x-client-key":`, "the fake has checked the signature", "is active", "INVALID_PASSWORD", "USER_NOT_FOUND", "attempt 1: REQUEST_TIMEOUT, retried", "attempt 2: REQUEST_TIMEOUT, retried",
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
		if r.Header.Get("X-Client-Key") != "the-key" || r.Header.Get("X-Signature") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"code":"UNITSYSTEM00001","message":"unknown key"}`))
			return
		}
		_, _ = w.Write([]byte(`{"name":"Shop","status":"active"}`))
	}))
	defer server.Close()
	var out bytes.Buffer
	env := map[string]string{"COREAPI_BASE_URL": server.URL, "COREAPI_CLIENT_KEY": "the-key", "COREAPI_PRIVATE_KEY": newKey(t)}
	environment(t, env)
	require.NoError(t, run(context.Background(), &out))
	require.Contains(t, out.String(), `Client "Shop" is active`)
	require.Equal(t, []string{"GET /client"}, asked)

	env["COREAPI_CLIENT_KEY"] = "another"
	environment(t, env)
	require.ErrorContains(t, run(context.Background(), &out), "UNITSYSTEM00001")
}

func TestHalfAnEnvironmentIsAMistake(t *testing.T) {
	for _, test := range []struct {
		set     map[string]string
		missing string
	}{
		{map[string]string{"COREAPI_BASE_URL": "https://api.example.com"}, "COREAPI_CLIENT_KEY"},
		{map[string]string{"COREAPI_CLIENT_KEY": "the-key"}, "COREAPI_BASE_URL"},
		{map[string]string{"COREAPI_BASE_URL": "https://api.example.com", "COREAPI_CLIENT_KEY": "the-key"}, "COREAPI_PRIVATE_KEY_FILE"},
	} {
		environment(t, test.set)
		err := run(context.Background(), &bytes.Buffer{})
		require.ErrorContains(t, err, test.missing)
		require.False(t, strings.Contains(err.Error(), "\n"))
	}
}
