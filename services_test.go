package coreapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachOperationSendsItsDocumentedMethodOnItsDefaultRoute(t *testing.T) {
	ctx := context.Background()
	// It has what each operation is for.
	const whole = `{"id":"x","state":"succeeded","userToken":"t","reqToken":"r","url":"https://login.example.com/"}`
	for name, test := range map[string]struct {
		call              func(*Client) error
		method, url, body string
	}{
		"Clients.Info": {func(c *Client) error { _, err := c.Clients.Info(ctx); return err }, "GET", "/client", ""},
		"Users.Login": {func(c *Client) error {
			_, err := c.Users.Login(ctx, LoginRequest{Email: "a@b", Password: "p", ReqToken: "r"})
			return err
		}, "POST", "/user/login", `{"email":"a@b","password":"p","reqToken":"r"}`},
		"Users.Login again": {func(c *Client) error {
			_, err := c.Users.Login(ctx, LoginRequest{WhatsApp: "+62", Password: "p"})
			return err
		}, "POST", "/user/login", `{"whatsapp":"+62","password":"p"}`},
		"Users.StartLogin":  {func(c *Client) error { _, err := c.Users.StartLogin(ctx); return err }, "POST", "/user/login", `{}`},
		"Users.LoginStatus": {func(c *Client) error { _, err := c.Users.LoginStatus(ctx, "r&t"); return err }, "GET", "/user/login?id=r%26t", ""},
		"Devices.Save": {func(c *Client) error {
			_, err := c.Devices.Save(ctx, DeviceInfo{DeviceID: "d", OSVersion: "1"})
			return err
		}, "POST", "/device", `{"deviceId":"d","osVersion":"1"}`},
		"Devices.Get": {func(c *Client) error { _, err := c.Devices.Get(ctx, "i"); return err }, "GET", "/device?id=i", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{body: whole})
			require.NoError(t, test.call(newClient(t, s)))
			require.Equal(t, test.method, s.sent[0].method)
			require.Equal(t, testBase+test.url, s.sent[0].url)
			require.Equal(t, test.body, s.sent[0].body)
			failing := newClient(t, scripted(answer{status: 418}))
			require.Equal(t, strings.TrimSuffix(name, " again"), asError(t, test.call(failing)).Operation)
		})
	}
}

func TestProfileMovesEveryRoute(t *testing.T) {
	s := scripted(answer{body: `{"id":"i","reqToken":"r","url":"https://login.example.com/","state":"pending"}`})
	c := newClient(t, s, WithProfile(Profile{
		Version:     "2.1.0",
		ClientInfo:  Route{Method: "POST", Path: "/me?full=1"},
		LoginStatus: Route{Path: "/logins/{reqToken}?wait=0"},
		GetDevice:   Route{Path: "/d/{id}.json"},
	}))
	_, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	_, err = c.Devices.Get(context.Background(), "a/b")
	require.NoError(t, err)
	_, err = c.Users.StartLogin(context.Background())
	require.NoError(t, err)
	_, err = c.Users.LoginStatus(context.Background(), "r&t/")
	require.NoError(t, err)
	require.Equal(t, "POST "+testBase+"/me?full=1", s.sent[0].method+" "+s.sent[0].url)
	require.Equal(t, "2.1.0", s.sent[0].header.Get("X-Version"))
	require.Equal(t, testBase+"/logins/r&t%2F?wait=0", s.sent[3].url)
	require.Equal(t, testBase+"/d/a%2Fb.json", s.sent[1].url)
	require.Equal(t, testBase+"/user/login", s.sent[2].url, "zero fields mean the default")
}

func TestLoginNeedsOneAccountAndAPassword(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for name, req := range map[string]LoginRequest{
		"nothing":          {},
		"no account":       {Password: "p"},
		"two accounts":     {Email: "a@b", WhatsApp: "+62", Password: "p"},
		"no password":      {Email: "a@b"},
		"token alone":      {ReqToken: "r"},
		"broken password":  {Email: "a@b", Password: "p\xff"},
		"printed password": {Email: "a@b", Password: "[redacted]"},
	} {
		_, err := c.Users.Login(context.Background(), req)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		require.Equal(t, "Users.Login", asError(t, err).Operation, name)
	}
	_, err := c.Users.LoginStatus(context.Background(), "")
	requireMatchesExactly(t, err, ErrInvalidArgument)
	require.Zero(t, s.count())
}

func TestLoginThatTheResponseSaysHasFailedIsAnError(t *testing.T) {
	s := scripted(answer{body: `{"state":"failed","failureCode":"USER_SUSPENDED","failureMessage":"words p4ssword"}`})
	status, err := newClient(t, s).Users.Login(context.Background(), LoginRequest{Email: "a@b", Password: "p4ssword"})
	require.Nil(t, status)
	requireMatchesExactly(t, err, ErrUserSuspended, ErrUserAccount, ErrContactAdmin)
	require.Equal(t, "words [redacted]", asError(t, err).Message)
}

func TestLoginStatusKeepsWhatCame(t *testing.T) {
	body := `{"state":"pending","reqToken":"r","userToken":"u","userId":"i","more":[1]}`
	status, err := newClient(t, scripted(answer{body: body})).Users.LoginStatus(context.Background(), "r")
	require.NoError(t, err)
	require.Equal(t, LoginPending, status.State)
	require.Equal(t, "u", string(status.UserToken))
	require.Equal(t, body, string(status.Raw))
}

func TestDevicesKeepUnknownFieldsBothWays(t *testing.T) {
	body := `{"id":"i","deviceId":"d","DEVICENAME":"kept","Model":"m","big":12345678901234567890,"nested":{"n":1.50},"pushToken":"p"}`
	s := scripted(answer{body: body})
	c := newClient(t, s)
	device, err := c.Devices.Get(context.Background(), "i")
	require.NoError(t, err)
	require.Equal(t, "i", device.ID)
	require.Equal(t, body, string(device.Raw))
	require.Equal(t, DeviceInfo{DeviceID: "d", Model: "m", PushToken: "p", Extra: map[string]any{
		"DEVICENAME": "kept", "big": json.Number("12345678901234567890"), "nested": map[string]any{"n": json.Number("1.50")},
	}}, device.Info)
	_, err = c.Devices.Save(context.Background(), device.Info)
	require.NoError(t, err)
	require.JSONEq(t, `{"deviceId":"d","DEVICENAME":"kept","model":"m","pushToken":"p","big":12345678901234567890,"nested":{"n":1.50}}`, s.sent[1].body)
	require.Contains(t, s.sent[1].body, "12345678901234567890")
}

func TestADeviceThatWasPrintedAsJSONIsNotSent(t *testing.T) {
	printed := marshal(t, DeviceInfo{DeviceID: "d", Extra: map[string]any{"colour": "red"}})
	var back DeviceInfo
	require.NoError(t, json.Unmarshal([]byte(printed), &back))
	s := scripted(answer{})
	_, err := newClient(t, s).Devices.Save(context.Background(), back)
	requireMatchesExactly(t, err, ErrInvalidArgument)
	require.Zero(t, s.count())
}

func TestListsOfDevicesDecodeThroughDo(t *testing.T) {
	c := newClient(t, scripted(answer{body: `[{"id":"1","deviceId":"a"},{"id":"2","deviceId":"b","x":1}]`}))
	devices, err := Do[[]Device](context.Background(), c, Request{Path: "/devices"})
	require.NoError(t, err)
	require.Equal(t, "b", devices[1].Info.DeviceID)
	require.JSONEq(t, `{"id":"2","deviceId":"b","x":1}`, string(devices[1].Raw))
}

func TestDevicesThatCannotBeRightAreRefused(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for name, info := range map[string]DeviceInfo{
		"no id":              {Name: "n"},
		"field in Extra":     {DeviceID: "d", Extra: map[string]any{"name": 1}},
		"field in any case":  {DeviceID: "d", Extra: map[string]any{"PUSHTOKEN": "x"}},
		"id in Extra":        {DeviceID: "d", Extra: map[string]any{"ID": "x"}},
		"Secret in Extra":    {DeviceID: "d", Extra: map[string]any{"x": Secret("v")}},
		"func in Extra":      {DeviceID: "d", Extra: map[string]any{"x": func() {}}},
		"printed push token": {DeviceID: "d", PushToken: "[redacted]"},
		"broken name":        {DeviceID: "d", Name: "\xff"},
	} {
		_, err := c.Devices.Save(context.Background(), info)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		require.Equal(t, "Devices.Save", asError(t, err).Operation, name)
	}
	require.Zero(t, s.count())
}

func TestSaveIsNotRetriedWhereItMayHaveBeenActedOn(t *testing.T) {
	for _, a := range []answer{{status: 502, body: "<html>"}, {status: 503}, {body: "{", cut: http.ErrBodyReadAfterClose}} {
		s := scripted(a)
		_, err := newClient(t, s).Devices.Save(context.Background(), DeviceInfo{DeviceID: "d"})
		require.Equal(t, 1, s.count())
		require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
	}
}

func TestAFailedLoginAfterAnUncertainAttemptIsUncertain(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{status: 504, body: codeBody(CodeRequestTimeout)}, answer{body: `{"state":"failed","failureCode":" DUPLICATE_KEY "}`})
		_, err := newClient(t, s).Users.Login(context.Background(), LoginRequest{Email: "a@b", Password: "p"})
		require.ErrorIs(t, err, ErrDuplicateKey)
		require.Equal(t, DeliveryUnknown, asError(t, err).Delivery)
	})
}

func TestLoginStatusThatEchoesTheTokenPrintsNone(t *testing.T) {
	c := newClient(t, scripted(answer{body: `{"state":"failed","failureMessage":"token ` + canary + ` bad","userId":"` + canary + `"}`}))
	status, err := c.Users.LoginStatus(context.Background(), canary)
	require.NoError(t, err)
	require.NotContains(t, everyVerb(status)+everyVerb(*status), canary)
}
