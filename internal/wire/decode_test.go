package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

func TestAResultIsReadWhereItsNamesStand(t *testing.T) {
	source := status(`{"state":"{state}","user":{"_id":"{userId}","tokens":[{"kind":"sample","value":"Bearer {userToken}"}]}}`)
	values, _ := decoded(t, source, wire.LoginStatus, ` {"user":{"tokens":[{"value":"Bearer t1"},{"value":"Bearer t2"}],"\u005fid":7},"state":"succeeded","more":1} `)
	require.Equal(t, wire.Values{wire.State: wire.Succeeded, wire.UserID: "7", wire.UserToken: "t1"}, values)
}

func TestStringsNumbersAndBoolsAreReadAsText(t *testing.T) {
	source := get(`{"id":"{id:number}","name":"{name}","model":"{model}","os":"{osVersion}","app":"{appVersion}"}`)
	values, _ := decoded(t, source, wire.GetDevice, `{"id":"12","name":1.50,"model":true,"os":null,"app":"a\u0062\n"}`)
	require.Equal(t, wire.Values{wire.ID: "12", wire.DisplayName: "1.50", wire.Model: "true", wire.AppVersion: "ab\n"}, values)
}

func TestMemberNamesAreComparedExactly(t *testing.T) {
	require.Equal(t, "the response has no {id} at data: the response has the members DATA, Data",
		decodeError(t, get(`{"data":"{id}"}`), wire.GetDevice, `{"Data":"1","DATA":"2"}`))
}

func TestConstantsOfAResultAreSamples(t *testing.T) {
	values, _ := decoded(t, get(`{"id":"{id}","kind":"phone","n":1}`), wire.GetDevice, `{"id":"1","kind":"tablet"}`)
	require.Equal(t, wire.Values{wire.ID: "1"}, values)
}

func TestExtraIsWhatStandsBesideTheDeviceIDWithoutAName(t *testing.T) {
	source := get(`{"id":"{id}","device":{"serial":"{deviceId}","made":"2020","os":{"v":"{osVersion}"}}}`)
	_, extra := decoded(t, source, wire.GetDevice, `{"id":"1","other":1,"device":{"b":[1],"serial":"s","made":"2024","os":{"v":"1","w":2},"a":null}}`)
	require.Equal(t, []wire.Member{member("b", "[1]"), member("made", `"2024"`), member("a", "null")}, extra)
}

func TestAResultWithoutAStateSaysItByTokenAndFailure(t *testing.T) {
	source := status(`{"token":"{userToken}","error":"{failureCode}"}`)
	for result, want := range map[string]string{
		`{"token":"t"}`:             wire.Succeeded,
		`{"token":"t","error":"E"}`: wire.Succeeded,
		`{"error":"E"}`:             wire.Failed,
		`{"token":null,"error":""}`: wire.Pending,
		`{}`:                        wire.Pending,
	} {
		values, _ := decoded(t, source, wire.LoginStatus, result)
		require.Equal(t, want, values[wire.State], result)
	}
	route := compile(t, source).Route(wire.LoginStatus)
	require.False(t, route.ResultHas(wire.State))
	require.Equal(t, "token", route.ResultPlace(wire.UserToken), "for a wait that runs out")
}

func TestALoginWithCredentialsIsNeverPendingForWantOfAToken(t *testing.T) {
	source := wire.Source{Login: wire.Route{Result: `{"data":{"token":"{userToken}"}}`}}
	require.Equal(t, "the response has no {userToken} at data.token: data has the members access, user",
		decodeError(t, source, wire.Login, `{"data":{"user":1,"access":"secret"}}`))
}

func TestStatesAreTheAPIsWords(t *testing.T) {
	source := status(`{"s":"{state}","t":"{userToken}"}`)
	source.States = map[string]string{"1": wire.Pending, "2": wire.Succeeded, "true": wire.Succeeded, "9": wire.Failed}
	for result, want := range map[string]string{`{"s":1}`: wire.Pending, `{"s":"2","t":"t"}`: wire.Succeeded, `{"s":true,"t":"t"}`: wire.Succeeded, `{"s":9}`: wire.Failed} {
		values, _ := decoded(t, source, wire.LoginStatus, result)
		require.Equal(t, want, values[wire.State])
	}
	require.Equal(t, `the state "pending" at s is none that the SDK knows: map it in the profile's States`, decodeError(t, source, wire.LoginStatus, `{"s":"pending"}`))

	w := compile(t, source)
	state, ok := w.State("9")
	require.True(t, ok)
	require.Equal(t, wire.Failed, state)
	_, ok = w.State("failed")
	require.False(t, ok)
	word, ok := w.Word(wire.Succeeded)
	require.True(t, ok)
	require.Equal(t, "2", word, "the first in order")
	_, ok = compile(t, wire.Source{States: map[string]string{"a": wire.Succeeded}}).Word(wire.Failed)
	require.False(t, ok)
}

func TestOnlyAPlainStateWordIsShown(t *testing.T) {
	for _, word := range []string{strings.Repeat("x", 33), "two words", "a@b", "é"} {
		require.Equal(t, "the state at state is a word that the SDK does not know: map it in the profile's States",
			decodeError(t, wire.Source{}, wire.LoginStatus, `{"state":"`+word+`"}`))
	}
}

func TestWhatANameStandsForHasToBeThere(t *testing.T) {
	token := status(`{"state":"{state}","req":"{reqToken}","data":{"token":"{userToken}","users":[{"id":"{userId}"}]}}`)
	enveloped := token
	enveloped.Envelope = `{"ok":true,"body":[{"r":"{result}"}]}`
	device := get(`{"id":"{id}","d":{"serial":"urn:{deviceId}","name":"{name}"}}`)
	for name, test := range map[string]struct {
		source wire.Source
		op     wire.Operation
		result string
		want   string
	}{
		"a state":                {token, wire.LoginStatus, `{"req":"r","State":"pending","State":1}`, "the response has no {state} at state: the response has the members State, req"},
		"a reqToken":             {token, wire.LoginStatus, `{"state":"pending"}`, "the response has no {reqToken} at req: the response has the members state"},
		"a token":                {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"user":"u","access":"x"}}`, "the response has no {userToken} at data.token: data has the members access, user"},
		"its object":             {token, wire.LoginStatus, `{"state":"succeeded","req":"r","Data":{}}`, "the response has no {userToken} at data.token: the response has the members Data, req, state"},
		"its object is empty":    {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{}}`, "the response has no {userToken} at data.token: data is an empty object"},
		"its object is a string": {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":"x"}`, "the response has no {userToken} at data.token: data is a string"},
		"it is null":             {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"token":null}}`, "the response has no {userToken} at data.token: data.token is null"},
		"it is empty":            {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"token":""}}`, "the response has no {userToken} at data.token: data.token is an empty string"},
		"a user id":              {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"token":"t","users":[]}}`, "the response has no {userId} at data.users[0].id: data.users is an empty list"},
		"in a list's element":    {token, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"token":"t","users":[{"_id":1}]}}`, "the response has no {userId} at data.users[0].id: data.users[0] has the members _id"},
		"in an envelope":         {enveloped, wire.LoginStatus, `{"state":"succeeded","req":"r","data":{"a":1}}`, "the response has no {userToken} at body[0].r.data.token: body[0].r.data has the members a"},
		"an envelope's own":      {enveloped, wire.LoginStatus, `3`, "the response has no {state} at body[0].r.state: body[0].r is a number"},
		"an id":                  {device, wire.GetDevice, `[]`, "the response has no {id} at id: the response is an empty list"},
		"a deviceId":             {device, wire.GetDevice, `{"id":"1","d":{"name":"n"}}`, "the response has no {deviceId} at d.serial: d has the members name"},
		"text around it":         {device, wire.GetDevice, `{"id":"1","d":{"serial":"uri:secret"}}`, `d.serial is not of the form "urn:{deviceId}"`},
		"an object for a text":   {device, wire.GetDevice, `{"id":"1","d":{"serial":"urn:d","name":{"secret":1}}}`, "d.name is an object where {name} is expected"},
		"a list for a text":      {device, wire.GetDevice, `{"id":["secret"]}`, "id is a list where {id} is expected"},
		"a url":                  {wire.Source{}, wire.StartLogin, `{"reqToken":"r","link":"x"}`, "the response has no {url} at url: the response has the members link, reqToken"},
		"one of info's":          {wire.Source{}, wire.Info, `{"a":1}`, "the response has no {id}, {name} or {status}: the response has the members a"},
		"info's only one":        {wire.Source{ClientInfo: wire.Route{Result: `{"c":{"n":"{name}"}}`}}, wire.Info, `{"c":1}`, "the response has no {name} at c.n: c is a number"},
		"the default's token":    {wire.Source{}, wire.LoginStatus, `{"state":"succeeded"}`, "the response has no {userToken} at userToken: the response has the members state"},
		"the result itself":      {get(`"{id}"`), wire.GetDevice, `{"id":1}`, "the response is an object where {id} is expected"},
		"the result is null":     {get(`"{id}"`), wire.GetDevice, `null`, "the response has no {id}: the response is null"},
		"nothing":                {device, wire.GetDevice, " \n", "the response is empty"},
		"no JSON":                {device, wire.GetDevice, "<html>", "the response is no JSON"},
		"many members":           {wire.Source{}, wire.GetDevice, `{"` + strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz", ""), `":1,"`) + `":1}`, "the response has no {id} at id: the response has the members a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, …"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, decodeError(t, test.source, test.op, test.result))
		})
	}
}

func TestWhatNoTokenOrIDIsNamedByMayBeMissing(t *testing.T) {
	values, _ := decoded(t, wire.Source{}, wire.LoginStatus, `{"state":"succeeded","userToken":"t"}`)
	require.Equal(t, wire.Values{wire.State: wire.Succeeded, wire.UserToken: "t"}, values, "userId and reqToken, by default")
	values, _ = decoded(t, wire.Source{}, wire.SaveDevice, `{"id":1}`)
	require.Equal(t, wire.Values{wire.ID: "1"}, values, "deviceId, by default")
	values, _ = decoded(t, wire.Source{}, wire.Info, `{"status":"active"}`)
	require.Equal(t, wire.Values{wire.Status: "active"}, values)
	values, _ = decoded(t, status(`{"t":"{userToken}","u":"{userId}","s":"{state}"}`), wire.LoginStatus, `{"s":"failed"}`)
	require.Equal(t, wire.Values{wire.State: wire.Failed}, values, "a login that has not succeeded has no user")
}

func TestErrorsOnAResponseAreInTheSDKsOwnWords(t *testing.T) {
	for _, result := range []string{"", "<", "{}", `{"id":{}}`} {
		_, _, err := compile(t, wire.Source{}).Route(wire.GetDevice).Decode([]byte(result))
		var text redact.Text
		require.True(t, errors.As(err, &text), result)
	}
}
