package main

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestOnlyTheSandboxKeyIsTaken(t *testing.T) {
	baseURL, _ := startSandbox(t)
	for _, key := range []string{"sandbox-client-key2", "Sandbox-Client-Key"} {
		client, err := coreapi.New(baseURL, coreapi.ClientKey(key))
		require.NoError(t, err)
		_, err = client.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrClientKeyNotFound)
	}
}

func TestMadeUpKeyStaysThroughAReset(t *testing.T) {
	box, err := newSandbox(seed{}, rules{})
	require.NoError(t, err)
	_, err = box.reset()
	require.NoError(t, err)
	client, err := coreapi.New("http://localhost", coreapi.ClientKey(box.key), coreapi.WithHTTPClient(&http.Client{Transport: handlerTransport{box}}))
	require.NoError(t, err)
	_, err = client.Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestResetUnderLoad(t *testing.T) {
	baseURL, client := startSandbox(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				_, err := client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "ada@example.com", Password: "correct-horse"})
				assert.NoError(t, err, "half a seed is never seen")
			}
		})
	}
	for range 20 {
		send(t, http.MethodPost, baseURL+"/_sandbox/reset", jsonType, "")
	}
	wg.Wait()
}

func TestMistakesAreErrorsAndOtherPanicsAreNot(t *testing.T) {
	require.EqualError(t, mistakeOf(func() { panic("coreapitest: Inject: no") }), "Inject: no")
	require.NoError(t, mistakeOf(func() {}))
	require.Panics(t, func() { _ = mistakeOf(func() { panic(http.ErrAbortHandler) }) })
}
