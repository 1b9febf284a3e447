package coreapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestLoginNeedsOneAccountAndAPassword(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for name, req := range map[string]coreapi.LoginRequest{
		"nothing":          {},
		"no account":       {Password: "p"},
		"two accounts":     {Email: "a@b", WhatsApp: "+62", Password: "p"},
		"no password":      {Email: "a@b"},
		"token alone":      {ReqToken: "r"},
		"broken password":  {Email: "a@b", Password: "p\xff"},
		"printed password": {Email: "a@b", Password: "[redacted]"},
	} {
		_, err := c.Users.Login(context.Background(), req)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.Equal(t, "Users.Login", asError(t, err).Operation, name)
	}
	_, err := c.Users.LoginStatus(context.Background(), "")
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.Zero(t, s.count())
}

func TestLoginThatTheResponseSaysHasFailedIsAnError(t *testing.T) {
	s := scripted(answer{body: `{"state":"failed","failureCode":"USER_SUSPENDED","failureMessage":"words p4ssword"}`})
	status, err := newClient(t, s).Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: "p4ssword"})
	require.Nil(t, status)
	requireMatchesExactly(t, err, coreapi.ErrUserSuspended, coreapi.ErrUserAccount, coreapi.ErrContactAdmin)
	require.Equal(t, "words [redacted]", asError(t, err).Message)
}

func TestAFailedLoginAfterAnUncertainAttemptIsUncertain(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}, answer{body: `{"state":"failed","failureCode":" DUPLICATE_KEY "}`})
		_, err := newClient(t, s).Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: "p"})
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
		require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
	})
}

func TestLoginStatusKeepsWhatCame(t *testing.T) {
	body := `{"state":"pending","reqToken":"r","userToken":"u","userId":"i","more":[1]}`
	status, err := newClient(t, scripted(answer{body: body})).Users.LoginStatus(context.Background(), "r")
	require.NoError(t, err)
	require.Equal(t, coreapi.LoginPending, status.State)
	require.Equal(t, "u", string(status.UserToken))
	require.Equal(t, body, string(status.Raw))
}

func TestLoginStatusThatEchoesTheTokenPrintsNone(t *testing.T) {
	c := newClient(t, scripted(answer{body: `{"state":"failed","failureMessage":"token ` + plantedSecret + ` bad","userId":"` + plantedSecret + `"}`}))
	status, err := c.Users.LoginStatus(context.Background(), plantedSecret)
	require.NoError(t, err)
	require.NotContains(t, everyVerb(status)+everyVerb(*status), plantedSecret)
}

func TestStartLoginTakesHTTPForLoopbackAndWithPlaintextAlone(t *testing.T) {
	answerWith := func(url string) *script { return scripted(answer{body: `{"reqToken":"r","url":"` + url + `"}`}) }
	ctx := context.Background()
	for _, url := range []string{"http://127.0.0.1:8080/x", "http://localhost/x", "https://login.example.com/x"} {
		session, err := newClient(t, answerWith(url)).Users.StartLogin(ctx)
		require.NoError(t, err)
		require.Equal(t, url, session.URL)
	}
	_, err := newClient(t, answerWith("http://login.example.com/")).Users.StartLogin(ctx)
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
	_, err = newClient(t, answerWith("http://login.example.com/"), coreapi.WithPlaintext()).Users.StartLogin(ctx)
	require.NoError(t, err)
}
