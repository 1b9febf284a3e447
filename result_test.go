package coreapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestResultsOfSeveralTypes(t *testing.T) {
	ctx := context.Background()
	c := newClient(t, scripted(answer{body: `{"big":12345678901234567890,"raw":{"a":1}}`}))
	type typed struct {
		Big json.Number
		Raw coreapi.RawJSON
	}
	got, err := coreapi.Do[typed](ctx, c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, "12345678901234567890", got.Big.String())
	require.Equal(t, `{"a":1}`, string(got.Raw))
	pointer, err := coreapi.Do[*typed](ctx, c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, got, *pointer)
	message, err := coreapi.Do[json.RawMessage](ctx, c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.JSONEq(t, `{"big":12345678901234567890,"raw":{"a":1}}`, string(message))
	_, err = coreapi.Do[any](ctx, c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	info, err := coreapi.Do[coreapi.ClientInfo](ctx, newClient(t, scripted(answer{body: `{"id":"i","more":1}`})), coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, `{"id":"i","more":1}`, string(info.Raw))
}

func TestAFailedCallGivesTheZeroValue(t *testing.T) {
	got, err := coreapi.Do[struct{ A, B int }](context.Background(), newClient(t, scripted(answer{body: `{"a":1,"b":"text"}`})), coreapi.Request{Path: "/x"})
	require.Error(t, err)
	require.Zero(t, got)
}

func TestWhoWantsNoBodyGetsNone(t *testing.T) {
	ctx := context.Background()
	for _, body := range []string{"", "null", "<html>", `{"a":1}`} {
		c := newClient(t, scripted(answer{body: body}))
		_, err := coreapi.Do[struct{}](ctx, c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
		raw, err := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
		require.NoError(t, err)
		require.Equal(t, body, string(raw))
		_, err = coreapi.Do[map[string]any](ctx, c, coreapi.Request{Method: http.MethodHead, Path: "/x"})
		require.NoError(t, err)
	}
	c := newClient(t, scripted(answer{status: http.StatusNoContent}))
	got, err := coreapi.Do[*struct{ A int }](ctx, c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestEmptyOrUndecodableSuccessIsUnexpected(t *testing.T) {
	for _, body := range []string{"", "  ", "null", " null ", "[]", `{"id":"text"}`, "{"} {
		_, err := coreapi.Do[struct{ ID int }](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
	}
	_, err := coreapi.Do[struct{ ID int }](context.Background(), newClient(t, scripted(answer{body: `{"id":"text"}`})), coreapi.Request{Path: "/x"})
	var typeError *json.UnmarshalTypeError
	require.ErrorAs(t, err, &typeError)
}

func TestSuccessWithAnotherCodeIsASuccess(t *testing.T) {
	for _, body := range []string{`{"code":"SUCCESS"}`, `{"code":"00"}`, `{"code":200}`, `{"code":null}`, `{"note":"code"}`} {
		require.NoError(t, get(newClient(t, scripted(answer{body: body}))), body)
	}
}

func TestIDsAndTextsThatComeAsNumbersAreRead(t *testing.T) {
	ctx := context.Background()
	status, err := newClient(t, scripted(answer{body: `{"state":"succeeded","userToken":7,"userId":42,"reqToken":12345678901234567890}`})).Users.LoginStatus(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "42", status.UserID)
	require.Equal(t, "7", string(status.UserToken))
	require.Equal(t, "12345678901234567890", string(status.ReqToken))
	info, err := newClient(t, scripted(answer{body: `{"id":7,"name":1.50}`})).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "7", info.ID)
	require.Equal(t, "1.50", info.Name)
	device, err := newClient(t, scripted(answer{body: `{"id":9007199254740993,"deviceId":8,"osVersion":15}`})).Devices.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, "9007199254740993", device.ID)
	require.Equal(t, coreapi.DeviceInfo{DeviceID: "8", OSVersion: "15"}, device.Info)
	session, err := newClient(t, scripted(answer{body: `{"reqToken":5,"url":"https://a.example/"}`})).Users.StartLogin(ctx)
	require.NoError(t, err)
	require.Equal(t, "5", string(session.ReqToken))
	one, err := coreapi.Do[coreapi.LoginStatus](ctx, newClient(t, scripted(answer{body: `{"state":"pending","userId":42}`})), coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, "42", one.UserID, "with Do too")
}

func TestAFieldOfAnotherKindIsNamed(t *testing.T) {
	_, err := newClient(t, scripted(answer{body: `{"id":"d1","osVersion":["15"]}`})).Devices.Get(context.Background(), "d1")
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
	_, err = newClient(t, scripted(answer{body: `{"state":"succeeded","userToken":"t","userId":{"a":1}}`})).Users.LoginStatus(context.Background(), "r")
	require.ErrorContains(t, err, "userId")
}
