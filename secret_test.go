package coreapi_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestNothingThatHoldsASecretPrintsIt(t *testing.T) {
	s := coreapi.Secret(plantedSecret)
	session := coreapi.LoginSession{ReqToken: s, URL: "https://u:" + plantedSecret + "@pages.example.com/login/" + plantedSecret + "?reqToken=" + plantedSecret + "#" + plantedSecret, Raw: coreapi.RawJSON(plantedSecret)}
	status := coreapi.LoginStatus{State: coreapi.LoginSucceeded, ReqToken: s, UserToken: s, Raw: coreapi.RawJSON(plantedSecret)}
	login := coreapi.LoginRequest{Email: "a@example.com", Password: s, ReqToken: s}
	info := coreapi.DeviceInfo{DeviceID: "d", PushToken: s, Extra: map[string]any{"key": plantedSecret}}
	device := coreapi.Device{ID: "i", Info: info, Raw: coreapi.RawJSON(plantedSecret)}
	client, err := coreapi.New(testBase, coreapi.ClientKey(plantedSecret), coreapi.WithHeader("Authorization", plantedSecret))
	require.NoError(t, err)
	failure := asError(t, get(newClient(t, scripted(answer{status: 400, body: `{"token":"` + plantedSecret + `"}`}))))
	raw := coreapi.RawJSON(plantedSecret)
	for name, v := range map[string]any{
		"Secret": s, "*Secret": &s, "RawJSON": raw, "*RawJSON": &raw,
		"LoginSession": session, "*LoginSession": &session, "LoginStatus": status, "*LoginStatus": &status,
		"LoginRequest": login, "*LoginRequest": &login, "DeviceInfo": info, "*DeviceInfo": &info, "Device": device, "*Device": &device,
		"Client": *client, "*Client": client, "services": client.Users, "option": coreapi.WithHeader("X-A", plantedSecret), "call option": coreapi.WithRequestID(plantedSecret),
		"ClientKey": coreapi.ClientKey(plantedSecret), "ClientKeyHeader": coreapi.ClientKeyHeader("X-A", plantedSecret),
		"ClientKeyFunc": coreapi.ClientKeyFunc("", func(context.Context) (string, error) { return plantedSecret, nil }),
		"Error":         *failure, "*Error": failure, "Guidance": failure.Guidance(),
	} {
		t.Run(name, func(t *testing.T) {
			shown := everyVerb(v)
			for _, form := range plantedSecretForms {
				require.NotContains(t, shown, form)
			}
		})
	}
}

func TestPrintedModelsShowWhatIsNoSecret(t *testing.T) {
	session := coreapi.LoginSession{ReqToken: "t0ken", URL: "https://pages.example.com/login?reqToken=t0ken"}
	require.Equal(t, "LoginSession{reqToken: [redacted], url: https://pages.example.com/login}", fmt.Sprint(session))
	require.JSONEq(t, `{"reqToken":"[redacted]","url":"https://pages.example.com/login"}`, marshal(t, session))
	device := coreapi.Device{ID: "i", Info: coreapi.DeviceInfo{DeviceID: "d\n", PushToken: "p", Extra: map[string]any{"b": 1, "a": 2}}}
	require.Equal(t, `Device{deviceId: d\n, extra [redacted]: [a b], id: i, pushToken: [redacted]}`, fmt.Sprintf("%+v", device))
	require.JSONEq(t, `{"id":"i","deviceId":"d\n","pushToken":"[redacted]","extra [redacted]":["a","b"]}`, marshal(t, device))
	require.Equal(t, "[3 bytes]", fmt.Sprint(coreapi.RawJSON("abc")))
	require.Equal(t, `"[3 bytes]"`, marshal(t, coreapi.RawJSON("abc")))
	require.Equal(t, `"[0 bytes]"`, marshal(t, coreapi.RawJSON(nil)))
	require.Equal(t, `"[redacted]"`, marshal(t, coreapi.Secret("x")))
	require.Equal(t, `"[redacted]"`, fmt.Sprintf("%q", coreapi.Secret("x")))
	require.Equal(t, "[redacted]", fmt.Sprintf("%d", coreapi.Secret("x")))
	require.Equal(t, "coreapi.Client(https://api.example.com)", fmt.Sprint(newClient(t, scripted(answer{}))))
	require.Equal(t, "coreapi.Client()", fmt.Sprint(coreapi.Client{}))
}

func TestAZeroValueOfEveryTypePrints(t *testing.T) {
	for _, v := range []any{
		coreapi.Client{}, &coreapi.Client{}, coreapi.ClientInfo{}, coreapi.LoginRequest{}, coreapi.LoginSession{}, coreapi.LoginStatus{}, coreapi.DeviceInfo{}, coreapi.Device{}, coreapi.Secret(""), coreapi.RawJSON(nil),
		coreapi.Guidance{}, coreapi.AdminContact{}, coreapi.Action(0), coreapi.Action(99), coreapi.Delivery(0), coreapi.Operation{}, coreapi.Attempt{}, coreapi.AttemptStart{}, coreapi.AttemptDone{}, coreapi.CallDone{}, coreapi.RetryPolicy{}, coreapi.Request{}, coreapi.Profile{}, coreapi.CodeInfo{},
	} {
		require.NotContains(t, everyVerb(v), "PANIC")
	}
}
