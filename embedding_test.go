package coreapi_test

import (
	"context"
	"testing"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/stretchr/testify/require"
)

// These are the caller's types, so the test is outside the package.
type (
	Partner struct {
		coreapi.ClientInfo
		Own string `json:"other"`
	}
	twice struct {
		*Partner
		Other string `json:"other"`
	}
)

func TestATypeThatEmbedsOneOfTheSDKsIsNotTakenForIt(t *testing.T) {
	server := coreapitest.NewServer(t)
	server.Inject(coreapitest.Fault{Body: `{"id":"i","other":"o"}`}, coreapitest.Fault{Skip: 1, Body: `{"other":"o"}`})
	client, req := server.Client(), coreapi.Request{Path: "/client"}

	got, err := coreapi.Do[Partner](context.Background(), client, req)
	require.NoError(t, err)
	require.Equal(t, "i o", got.ID+" "+got.Own, "it keeps its own fields")
	require.Empty(t, got.Raw)

	deep, err := coreapi.Do[twice](context.Background(), client, req)
	require.NoError(t, err)
	require.Equal(t, "o", deep.Other)
	require.Nil(t, deep.Partner, "nothing is promoted from what is not there")
}
