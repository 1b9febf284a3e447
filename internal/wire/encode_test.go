package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func TestATemplateIsTheAPIsSampleWithNamesWhereTheValuesGo(t *testing.T) {
	source := login(`{"v": 2, "user": {"mail": "{email}", "phone": "{whatsapp}"}, "secret": "{password}", "flags": ["a", {"b": null}]}`)
	require.Equal(t, `{"v":2,"user":{"mail":"a@b"},"secret":"p\"<é","flags":["a",{"b":null}]}`,
		encoded(t, source, wire.Login, wire.Values{wire.Email: "a@b", wire.Password: `p"<é`}))
}

func TestTheAccountIsWhicheverWasGiven(t *testing.T) {
	source := login(`{"u":"{account}","p":"{password}"}`)
	for _, name := range []wire.Name{wire.Email, wire.WhatsApp, wire.Account} {
		values := wire.Values{wire.Password: "p"}
		values[name] = "x"
		require.Equal(t, "x", values.AnyAccount())
		require.Equal(t, `{"u":"x","p":"p"}`, encoded(t, source, wire.Login, values))
	}
}

func TestANumberIsWrittenWithoutQuotes(t *testing.T) {
	source := save(`{"id":"{deviceId:number}"}`)
	require.Equal(t, `{"id":-1.5e3}`, encoded(t, source, wire.SaveDevice, wire.Values{wire.DeviceID: "-1.5e3"}))
	for _, value := range []string{"x-secret", "007", "1 ", " 1", "+1", "1.", "0x1", "NaN", "true", "\"1\"", "1,2", "{}", "-", "1\n"} {
		values := wire.Values{wire.DeviceID: value}
		body, err := compile(t, source).Route(wire.SaveDevice).Encode([]byte("kept"), &values, nil)
		require.EqualError(t, err, `the value of {deviceId} is no number, which the profile's SaveDevice.body.id wants: pass one, or write "{deviceId}" there`)
		require.Equal(t, "kept", string(body), value)
	}
}

func TestAMemberWithoutAValueIsLeftOutAndWhatLostAllItsMembersByIt(t *testing.T) {
	body := `{"a":{"b":[{"name":"{name}"}]},"empty":{},"none":[],"kept":{"model":"{model}","c":1},"id":"{deviceId}"}`
	require.Equal(t, `{"empty":{},"none":[],"kept":{"c":1},"id":"d"}`, encoded(t, save(body), wire.SaveDevice, wire.Values{wire.DeviceID: "d"}))
}

func TestABodyThatLostAllItsMembersIsAnEmptyObject(t *testing.T) {
	source := wire.Source{SaveDevice: wire.Route{Method: "PUT", Path: "/device/{deviceId}", Body: `{"a":[{"name":"{name}"}]}`}}
	require.Equal(t, `{}`, encoded(t, source, wire.SaveDevice, wire.Values{wire.DeviceID: "d"}))
}

func TestTextAroundANameIsWritten(t *testing.T) {
	source := save(`{"id":"urn:{deviceId}/x"}`)
	require.Equal(t, `{"id":"urn:d/x"}`, encoded(t, source, wire.SaveDevice, wire.Values{wire.DeviceID: "d"}))
}

func TestAValueThatTheRouteHasNoPlaceForIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		source wire.Source
		op     wire.Operation
		values wire.Values
		want   string
	}{
		"a device's name":    {save(`{"id":"{deviceId}"}`), wire.SaveDevice, wire.Values{wire.DeviceID: "d", wire.DisplayName: "n"}, "the profile's SaveDevice has no place for {name}: leave that value out, or put {name} into the route's body, path or query"},
		"a login's reqToken": {login(`{"e":"{account}","p":"{password}"}`), wire.Login, wire.Values{wire.Email: "e", wire.Password: "p", wire.ReqToken: "r"}, "the profile's Login has no place for {reqToken}: leave that value out, or put {reqToken} into the route's body, path or query"},
		"a GET's":            {wire.Source{}, wire.GetDevice, wire.Values{wire.ID: "i", wire.Model: "m"}, "the profile's GetDevice has no place for {model}: leave that value out, or put {model} into the route's body, path or query"},
	} {
		_, err := compile(t, test.source).Route(test.op).Encode(nil, &test.values, nil)
		require.EqualError(t, err, test.want, name)
	}
}

func TestExtraGoesBesideTheDeviceID(t *testing.T) {
	source := save(`{"app":"x","device":{"serial":"{deviceId}","kind":"phone"}}`)
	require.Equal(t, `{"app":"x","device":{"serial":"d","kind":"phone","b":[1],"a\"":"2"}}`,
		encoded(t, source, wire.SaveDevice, wire.Values{wire.DeviceID: "d"}, member("b", "[1]"), member(`a"`, `"2"`)))
}

func TestAKeyOfExtraThatTheTemplateHasIsRefused(t *testing.T) {
	route := compile(t, save(`{"app":"x","device":{"serial":"{deviceId}","kind":"phone"}}`)).Route(wire.SaveDevice)
	for _, key := range []string{"serial", "kind"} {
		_, err := route.Encode(nil, &wire.Values{wire.DeviceID: "d"}, []wire.Member{member(key, "1")})
		require.EqualError(t, err, `the key "`+key+`" of Extra stands in the profile's SaveDevice.body already: leave it out`)
	}
	for _, key := range []string{"app", "Serial"} { // in another object, in another letter case
		_, err := route.Encode(nil, &wire.Values{wire.DeviceID: "d"}, []wire.Member{member(key, "1")})
		require.NoError(t, err, key)
	}
}

func TestExtraWithoutAPlaceIsRefused(t *testing.T) {
	for _, route := range []wire.Route{
		{Body: `{"ids":["{deviceId}"]}`},
		{Method: "PUT", Path: "/device/{deviceId}", Body: `{"name":"{name}"}`},
	} {
		_, err := compile(t, wire.Source{SaveDevice: route}).Route(wire.SaveDevice).Encode(nil, &wire.Values{wire.DeviceID: "d"}, []wire.Member{member("a", "1")})
		require.EqualError(t, err, "the profile's SaveDevice has no place for Extra, which goes beside {deviceId} in the body: leave it out")
	}
}

func TestARequestsBodyIsReadBack(t *testing.T) {
	route := compile(t, save(`{"app":"x","device":{"serial":"urn:{deviceId}","kind":"phone","n":["{name:number}"]}}`)).Route(wire.SaveDevice)
	values, extra, err := route.DecodeRequest([]byte(` {"app":"y","device":{"serial":"urn:d","kind":"phone","more":{"a":1},"n":[7,8]}}`), wire.Values{})
	require.NoError(t, err)
	require.Equal(t, wire.Values{wire.DeviceID: "d", wire.DisplayName: "7"}, values)
	require.Equal(t, []wire.Member{member("more", `{"a":1}`)}, extra, "a constant of the template is none")
}

func TestARequestsBodyThatIsNotOfTheFormIsAnError(t *testing.T) {
	route := compile(t, wire.Source{SaveDevice: wire.Route{Path: "/device/{deviceId}"}}).Route(wire.SaveDevice)
	for body, want := range map[string]string{
		``:                     "the body is no JSON object",
		`[]`:                   "the body is no JSON object",
		`{"deviceId":"d"`:      "the body is no JSON object",
		`{"deviceId":"other"}`: "the URL has another {deviceId} than the body",
		`{"name":{}}`:          "name is an object where {name} is expected",
		`{"name":7}`:           `name is not of the form "{name}"`,
		`{"model":true}`:       `model is not of the form "{model}"`,
	} {
		_, _, err := route.DecodeRequest([]byte(body), wire.Values{wire.DeviceID: "d"})
		require.EqualError(t, err, want, body)
	}
	values, _, err := route.DecodeRequest([]byte(`{"name":null}`), wire.Values{wire.DeviceID: "d"})
	require.NoError(t, err, "what is missing is the API's matter")
	require.Equal(t, wire.Values{wire.DeviceID: "d"}, values)
}

func TestARequestsNumberIsNoString(t *testing.T) {
	route := compile(t, save(`{"id":"{deviceId:number}","name":"{name}"}`)).Route(wire.SaveDevice)
	values, _, err := route.DecodeRequest([]byte(`{"id":7}`), wire.Values{})
	require.NoError(t, err)
	require.Equal(t, wire.Values{wire.DeviceID: "7"}, values)
	for _, body := range []string{`{"id":"7"}`, `{"id":false}`, `{"id":""}`} {
		_, _, err = route.DecodeRequest([]byte(body), wire.Values{})
		require.EqualError(t, err, `id is not of the form "{deviceId}"`, body)
	}
	require.True(t, route.NumberInRequest(wire.DeviceID))
	require.False(t, route.NumberInRequest(wire.DisplayName))
	require.False(t, compile(t, wire.Source{}).Route(wire.GetDevice).NumberInRequest(wire.ID), "it has no body")
}

func TestTheMemberThatHoldsANameIsFound(t *testing.T) {
	route := compile(t, save(`{"a":{"serial":"{deviceId}"},"push":[["x-{pushToken}"]]}`)).Route(wire.SaveDevice)
	require.Equal(t, "serial", route.RequestMember(wire.DeviceID))
	require.Equal(t, "push", route.RequestMember(wire.PushToken))
	require.Empty(t, route.RequestMember(wire.DisplayName))
	require.Empty(t, compile(t, wire.Source{}).Route(wire.GetDevice).RequestMember(wire.ID))
}

func TestExtraHasRoomInAResultWhereNoNameStands(t *testing.T) {
	route := compile(t, get(`{"_id":"{id}","device":{"serial":"{deviceId}","made":"2020","os":{"v":"{osVersion}"}}}`)).Route(wire.GetDevice)
	for member, want := range map[string]bool{"colour": true, "made": true, "_id": true, "serial": false, "SERIAL": false, "os": false} {
		require.Equal(t, want, route.TakesExtra(member), member)
	}
	require.False(t, compile(t, get(`{"id":"{id}"}`)).Route(wire.GetDevice).TakesExtra("colour"), "it has no {deviceId}")
}

func TestAResultIsWrittenWithTheAPIsWordForTheState(t *testing.T) {
	source := status(`{"s":"{state:number}","t":"{userToken}","kind":"sample"}`)
	source.States = map[string]string{"3": wire.Succeeded, "2": wire.Succeeded, "1": wire.Pending}
	route := compile(t, source).Route(wire.LoginStatus)
	result, err := route.EncodeResult(nil, &wire.Values{wire.State: wire.Succeeded, wire.UserToken: "t", wire.UserID: "has no place"}, nil)
	require.NoError(t, err)
	require.Equal(t, `{"s":2,"t":"t","kind":"sample"}`, string(result))
	_, err = route.EncodeResult(nil, &wire.Values{wire.State: wire.Failed}, nil)
	require.EqualError(t, err, `the profile's States have no word for "failed"`)
	require.True(t, route.NumberInResult(wire.State))
	require.False(t, route.NumberInResult(wire.UserToken))
	require.False(t, route.NumberInResult(wire.UserID))
}

func TestExtraInAResultTakesTheSamplesPlaceButNoNames(t *testing.T) {
	route := compile(t, get(`{"_id":"{id}","serial":"{deviceId}","made":"2020","os":"x"}`)).Route(wire.GetDevice)
	values := wire.Values{wire.ID: "1", wire.DeviceID: "d"}
	result, err := route.EncodeResult(nil, &values, []wire.Member{member("made", "2024"), member("b", "1")})
	require.NoError(t, err)
	require.Equal(t, `{"_id":"1","serial":"d","os":"x","made":2024,"b":1}`, string(result))
	_, err = route.EncodeResult(nil, &values, []wire.Member{member("_id", "2")})
	require.EqualError(t, err, `the member "_id" has a place of its own in GetDevice.result`)
}
