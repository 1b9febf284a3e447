package coreapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestDevicesKeepUnknownFieldsBothWays(t *testing.T) {
	body := `{"id":"i","deviceId":"d","DEVICENAME":"kept","Model":"m","big":12345678901234567890,"nested":{"n":1.50},"pushToken":"p"}`
	s := scripted(answer{body: body})
	c := newClient(t, s)
	device, err := c.Devices.Get(context.Background(), "i")
	require.NoError(t, err)
	require.Equal(t, "i", device.ID)
	require.Equal(t, body, string(device.Raw))
	require.Equal(t, coreapi.DeviceInfo{DeviceID: "d", Model: "m", PushToken: "p", Extra: map[string]any{
		"DEVICENAME": "kept", "big": json.Number("12345678901234567890"), "nested": map[string]any{"n": json.Number("1.50")},
	}}, device.Info)
	_, err = c.Devices.Save(context.Background(), device.Info)
	require.NoError(t, err)
	require.JSONEq(t, `{"deviceId":"d","DEVICENAME":"kept","model":"m","pushToken":"p","big":12345678901234567890,"nested":{"n":1.50}}`, s.sent[1].body)
	require.Contains(t, s.sent[1].body, "12345678901234567890")
}

func TestADeviceThatWasPrintedAsJSONIsNotSent(t *testing.T) {
	printed := marshal(t, coreapi.DeviceInfo{DeviceID: "d", Extra: map[string]any{"colour": "red"}})
	var back coreapi.DeviceInfo
	require.NoError(t, json.Unmarshal([]byte(printed), &back))
	s := scripted(answer{})
	_, err := newClient(t, s).Devices.Save(context.Background(), back)
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.Zero(t, s.count())
}

func TestListsOfDevicesDecodeThroughDo(t *testing.T) {
	c := newClient(t, scripted(answer{body: `[{"id":"1","deviceId":"a"},{"id":"2","deviceId":"b","x":1}]`}))
	devices, err := coreapi.Do[[]coreapi.Device](context.Background(), c, coreapi.Request{Path: "/devices"})
	require.NoError(t, err)
	require.Equal(t, "b", devices[1].Info.DeviceID)
	require.JSONEq(t, `{"id":"2","deviceId":"b","x":1}`, string(devices[1].Raw))
}

func TestDevicesThatCannotBeRightAreRefused(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for name, info := range map[string]coreapi.DeviceInfo{
		"no id":              {Name: "n"},
		"field in Extra":     {DeviceID: "d", Extra: map[string]any{"name": 1}},
		"field in any case":  {DeviceID: "d", Extra: map[string]any{"PUSHTOKEN": "x"}},
		"id in Extra":        {DeviceID: "d", Extra: map[string]any{"ID": "x"}},
		"Secret in Extra":    {DeviceID: "d", Extra: map[string]any{"x": coreapi.Secret("v")}},
		"func in Extra":      {DeviceID: "d", Extra: map[string]any{"x": func() {}}},
		"printed push token": {DeviceID: "d", PushToken: "[redacted]"},
		"broken name":        {DeviceID: "d", Name: "\xff"},
	} {
		_, err := c.Devices.Save(context.Background(), info)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.Equal(t, "Devices.Save", asError(t, err).Operation, name)
	}
	require.Zero(t, s.count())
}

func TestSaveIsNotRetriedWhereItMayHaveBeenActedOn(t *testing.T) {
	for _, a := range []answer{{status: 502, body: "<html>"}, {status: 503}, {body: "{", cut: http.ErrBodyReadAfterClose}} {
		s := scripted(a)
		_, err := newClient(t, s).Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "d"})
		require.Equal(t, 1, s.count())
		require.Equal(t, coreapi.DeliveryUnknown, asError(t, err).Delivery)
	}
}

func TestADeviceWhoseOwnCodeIsADocumentedOneIsSavedOnce(t *testing.T) {
	s := scripted(answer{body: `{"id":"d1","deviceId":"phone-1","code":"REQUEST_TIMEOUT"}`})
	device, err := newClient(t, s).Devices.Save(context.Background(),
		coreapi.DeviceInfo{DeviceID: "phone-1", Extra: map[string]any{"code": "REQUEST_TIMEOUT"}})
	require.NoError(t, err)
	require.Equal(t, "REQUEST_TIMEOUT", device.Info.Extra["code"])
	require.Equal(t, 1, s.count())
}
