package coreapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// statelessStatus is the profile of an API whose status has no word for a login's state.
const statelessStatus = `{"loginStatus":{"result":{"token":"{userToken}","why":"{failureCode}"}}}`

func TestAStatusWithoutAStateIsNotPendingWhereItHasADocumentedCode(t *testing.T) {
	ctx := context.Background()
	for _, body := range []string{
		`{"code":"CLIENT_ACCOUNT_SUSPENDED","message":"no"}`,
		`{"error":{"code":"CLIENT_ACCOUNT_SUSPENDED"}}`,
		`{"token":false,"code":"CLIENT_ACCOUNT_SUSPENDED"}`,
	} {
		c := newClient(t, scripted(answer{body: body}), parsed(t, statelessStatus))
		_, err := c.Users.LoginStatus(ctx, "r-1")
		require.ErrorIs(t, err, coreapi.ErrClientSuspended, body)
		_, err = c.Users.WaitForLogin(ctx, "r-1")
		require.ErrorIs(t, err, coreapi.ErrClientSuspended, body)
	}
	for _, body := range []string{`{}`, `{"code":"E17"}`, `{"code":0,"token":null}`} {
		c := newClient(t, scripted(answer{body: body}), parsed(t, statelessStatus))
		status, err := c.Users.LoginStatus(ctx, "r-1")
		require.NoError(t, err, body)
		require.Equal(t, coreapi.LoginPending, status.State)
	}
}

func TestAnIDOrTokenThatIsNoUTF8IsNotSentAsAnotherOneInABody(t *testing.T) {
	ctx := context.Background()
	s := scripted(answer{body: `{}`})
	c := newClient(t, s, parsed(t, `{
		"loginStatus":{"method":"POST","path":"/status","body":{"token":"{reqToken}"}},
		"getDevice":{"method":"POST","path":"/device/get","body":{"id":"{id}"}}}`))
	_, err := c.Users.LoginStatus(ctx, "s3cret\xff")
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.NotContains(t, err.Error(), "s3cret")
	_, err = c.Devices.Get(ctx, "7\xff")
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.ErrorContains(t, err, "{id} is not valid UTF-8")
	require.Empty(t, s.sent)
}
