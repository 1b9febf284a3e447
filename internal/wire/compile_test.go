package wire_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func TestWhatIsWrongWithAWireIsSaidWhenItIsCompiled(t *testing.T) {
	const (
		brace     = ` has a brace that is no name's: a name is written as "{id}" or "{id:number}"; leave out what has other braces`
		loginKnow = "known here is {email}, {whatsapp}, {account}, {password} and {reqToken}"
	)
	for name, test := range map[string]struct {
		source wire.Source
		want   string
	}{
		"no JSON":               {login(`{"a":}`), `Login.body is no JSON: invalid character '}' looking for beginning of value, at byte 6: paste the API's sample, with "{name}" where a value goes`},
		"nothing but a blank":   {login(` `), `Login.body is no JSON: unexpected end of JSON input, at byte 1: paste the API's sample, with "{name}" where a value goes`},
		"two values":            {status(`{} {}`), `LoginStatus.result is no JSON: invalid character '{' after top-level value, at byte 4: paste the API's sample, with "{name}" where a value goes`},
		"no UTF-8":              {status("\"\xff\""), "LoginStatus.result is not valid UTF-8: save the profile as UTF-8"},
		"a misspelt name":       {login(`{"user":{"mail":"{emial}"},"p":"{password}"}`), "Login.body.user.mail has the unknown name {emial}: did you mean {email}?"},
		"a name in snake case":  {status(`{"data":[{"t":"{user_token}"}]}`), "LoginStatus.result.data[0].t has the unknown name {user_token}: did you mean {userToken}?"},
		"letter case":           {status(`{"two words":{"t":"{UserToken}"}}`), `LoginStatus.result["two words"].t has the unknown name {UserToken}: did you mean {userToken}?`},
		"a name of nowhere":     {login(`{"mail":"{address}","p":"{password}"}`), "Login.body.mail has the unknown name {address}: " + loginKnow},
		"another place's name":  {login(`{"mail":"{account}","p":"{password}","t":"{userToken}"}`), "Login.body.t has the unknown name {userToken}: " + loginKnow},
		"a name in a constant":  {wire.Source{ClientInfo: wire.Route{Path: "/client/{id}"}}, "ClientInfo.path has the unknown name {id}: no name is known here, write a constant"},
		"a long name":           {get(`{"id":"{` + strings.Repeat("x", 40) + `}"}`), "GetDevice.result.id has the unknown name {" + strings.Repeat("x", 29) + "…}: known here is {id}, {deviceId}, {name}, {model}, {platform}, {osVersion}, {appVersion} and {pushToken}"},
		"an open brace":         {status(`{"t":"{userToken"}`), "LoginStatus.result.t" + brace},
		"a closing brace":       {status(`{"t":"userToken}"}`), "LoginStatus.result.t" + brace},
		"two braces":            {status(`{"t":"{{userToken}}"}`), "LoginStatus.result.t" + brace},
		"blanks in braces":      {status(`{"t":"{ userToken }"}`), "LoginStatus.result.t" + brace},
		"another brace behind":  {status(`{"t":"{userToken} {"}`), "LoginStatus.result.t" + brace},
		"two names in one text": {status(`{"t":"{userToken}/{userId}"}`), "LoginStatus.result.t has two names in one text, which cannot be told apart in an answer: leave one"},
		"another kind":          {get(`{"id":"{id:string}"}`), "GetDevice.result.id has a kind that is none: write {id} for a text, {id:number} for a number"},
		"text around a number":  {get(`{"id":"no. {id:number}"}`), "GetDevice.result.id has text around a number: write {id}"},
		"a name as a member":    {login(`{"{account}":"{password}"}`), `Login.body["{account}"] has a brace in a member's name: a name stands where a value goes`},
		"a name twice":          {get(`{"a":"{id}","b":"{id}"}`), "GetDevice.result.b has {id} again: leave one of the two"},
		"a member twice":        {get(`{"a":"{id}","\u0061":1}`), "GetDevice.result.a stands twice in its object: leave one of the two"},
		"two examples":          {get(`{"a":[{"id":"{id}"},{}]}`), "GetDevice.result.a is a list of 2 examples with a name in it: leave one, it stands for the first element"},
		"deep nesting":          {get(strings.Repeat("[", 100) + `"{id}"` + strings.Repeat("]", 100)), "GetDevice.result" + strings.Repeat("[0]", 65) + " is nested deeper than 64: leave out what the SDK does not need"},

		"no account":        {login(`{"p":"{password}"}`), `Login has no place for {email} and {whatsapp}, or {account}: put "{account}" where the value goes, in the path, the query or the body`},
		"half an account":   {login(`{"e":"{email}","p":"{password}"}`), `Login has no place for {email} and {whatsapp}, or {account}: put "{account}" where the value goes, in the path, the query or the body`},
		"no password":       {login(`{"e":"{account}"}`), `Login has no place for {password}: put "{password}" where the value goes, in the path, the query or the body`},
		"no reqToken":       {wire.Source{LoginStatus: wire.Route{Path: "/status"}}, `LoginStatus has no place for {reqToken}: put "{reqToken}" where the value goes, in the path, the query or the body`},
		"no deviceId":       {save(`{"name":"{name}"}`), `SaveDevice has no place for {deviceId}: put "{deviceId}" where the value goes, in the path, the query or the body`},
		"no id":             {wire.Source{GetDevice: wire.Route{Path: "/my-device"}}, `GetDevice has no place for {id}: put "{id}" where the value goes, in the path, the query or the body`},
		"no user token":     {status(`{"state":"{state}"}`), `LoginStatus.result has no place for {userToken}: put "{userToken}" where the API's sample has that value`},
		"login's neither":   {wire.Source{Login: wire.Route{Result: `{}`}}, `Login.result has no place for {userToken}: put "{userToken}" where the API's sample has that value`},
		"no url":            {wire.Source{StartLogin: wire.Route{Result: `{"t":"{reqToken}"}`}}, `StartLogin.result has no place for {url}: put "{url}" where the API's sample has that value`},
		"no id in a result": {get(`{"deviceId":"{deviceId}"}`), `GetDevice.result has no place for {id}: put "{id}" where the API's sample has that value`},
		"nothing of info":   {wire.Source{ClientInfo: wire.Route{Result: `{"a":1}`}}, `ClientInfo.result has no place for {id}, or {name}, or {status}: put "{status}" where the API's sample has that value`},

		"a method in lower case": {wire.Source{Login: wire.Route{Method: "post"}}, `Login.method is wrong: the method "post" is in lower case: pass "POST"`},
		"a HEAD":                 {wire.Source{Login: wire.Route{Method: "HEAD", Path: "/l?a={account}&p={password}"}}, "Login.method is HEAD, whose response has no body: write GET"},
		"a path without a slash": {wire.Source{Login: wire.Route{Path: "login"}}, `Login.path is wrong: the path does not begin with "/": pass one relative to the base URL, such as "/client"`},
		"a path with dots":       {wire.Source{GetDevice: wire.Route{Path: "/a/../{id}"}}, `GetDevice.path is wrong: the path has a "." or ".." segment: pass the path that it leads to`},
		"a query with a blank":   {wire.Source{GetDevice: wire.Route{Path: "/a?b c={id}"}}, "GetDevice.path is wrong: the query holds a character that has to be escaped: use url.QueryEscape on its values"},
		"a misspelt path":        {wire.Source{GetDevice: wire.Route{Path: "/a/{Id}"}}, "GetDevice.path has the unknown name {Id}: did you mean {id}?"},
		"a name twice in a path": {wire.Source{GetDevice: wire.Route{Path: "/a/{id}?id={id}"}}, "GetDevice.path has {id} twice: leave one of the two"},
		"a number in a path":     {wire.Source{GetDevice: wire.Route{Path: "/a/{id:number}"}}, "GetDevice.path has a number's name, but is all text: write {id}"},
		"a parameter's name":     {wire.Source{GetDevice: wire.Route{Path: "/a?{id}"}}, "GetDevice.path has a name in the place of a parameter's name: write it as id={id}"},
		"a GET with a body":      {wire.Source{LoginStatus: wire.Route{Path: "/status", Body: `{"t":"{reqToken}"}`}}, "LoginStatus.body is one of a GET, which has none: set the method to POST, or put the names into path or query"},
		"a body that is a list":  {login(`["{account}"]`), "Login.body is no object: write one such as {}"},

		"a state that is none":       {wire.Source{States: map[string]string{"1": "ok", "2": "succeeded"}}, `States.1 is mapped to "ok", which is no state: write "pending", "succeeded" or "failed"`},
		"an empty word":              {wire.Source{States: map[string]string{"": "pending", "2": "succeeded"}}, "States has an empty word: leave it out"},
		"no word for success":        {wire.Source{States: map[string]string{"2": "failed"}}, `States has no word for "succeeded", and Login.result has {state}: map one to it`},
		"a version with a break":     {wire.Source{Version: "1\n"}, "Version begins or ends with white space: trim it (a file's last line break, perhaps)"},
		"an envelope of nothing":     {wire.Source{Envelope: `{}`}, `Envelope has neither {result} nor a condition: write one such as {"status":true,"data":"{result}"}, or none where the body is the result`},
		"an envelope's name":         {wire.Source{Envelope: `{"data":"{data}"}`}, "Envelope.data has the unknown name {data}: known here is {result}"},
		"text around the result":     {wire.Source{Envelope: `{"data":"x{result}"}`}, "Envelope.data has more than {result} in its text: the result is any JSON, write {result} alone"},
		"the result as a number":     {wire.Source{Envelope: `{"data":"{result:number}"}`}, "Envelope.data has more than {result} in its text: the result is any JSON, write {result} alone"},
		"an envelope of a text":      {wire.Source{Envelope: `"ok"`}, `Envelope is no object: write one such as {"data":"{result}"}`},
		"two routes that are one":    {wire.Source{GetDevice: wire.Route{Path: "/x/{id}"}, LoginStatus: wire.Route{Path: "/x/{reqToken}"}}, "GetDevice has the route of LoginStatus, GET /x/{}: give one of them another method, path or constant in the query"},
		"in another escaping":        {wire.Source{GetDevice: wire.Route{Path: "/%78?a={id}"}, LoginStatus: wire.Route{Path: "/x?b={reqToken}"}}, "GetDevice has the route of LoginStatus, GET /x: give one of them another method, path or constant in the query"},
		"Login's path with names":    {wire.Source{Login: wire.Route{Path: "/login/{account}"}}, "StartLogin.path is Login's, which has a name in it: write StartLogin's own"},
		"constants in another order": {wire.Source{GetDevice: wire.Route{Path: "/x?a=1+&b&i={id}"}, LoginStatus: wire.Route{Path: "/x?t={reqToken}&b=&a=1%20"}}, "GetDevice has the route of LoginStatus, GET /x?a=1 &b=: give one of them another method, path or constant in the query"},
		"StartLogin and another":     {wire.Source{StartLogin: wire.Route{Path: "/device"}}, "SaveDevice has the route of StartLogin, POST /device: give one of them another method, path or constant in the query"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := wire.Compile(test.source)
			require.Nil(t, w)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestAllFaultsAreSaidAtOnceInTheOrderOfTheFields(t *testing.T) {
	_, err := wire.Compile(wire.Source{
		Envelope:  `{`,
		Login:     wire.Route{Body: `{"e":"{emial}","p":"{pasword}"}`},
		GetDevice: wire.Route{Path: "x/{id}", Result: `{}`},
	})
	var faults wire.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, wire.Faults{
		`Envelope is no JSON: unexpected end of JSON input, at byte 1: paste the API's sample, with "{name}" where a value goes`,
		"Login.body.e has the unknown name {emial}: did you mean {email}?",
		"Login.body.p has the unknown name {pasword}: did you mean {password}?",
		`GetDevice.path is wrong: the path does not begin with "/": pass one relative to the base URL, such as "/client"`,
		`GetDevice.result has no place for {id}: put "{id}" where the API's sample has that value`,
	}, faults)
	require.NotContains(t, err.Error(), "\n")
}

func TestAFaultyPathIsOneFault(t *testing.T) {
	_, err := wire.Compile(wire.Source{
		Login: wire.Route{Path: "/a/{acount}"}, StartLogin: wire.Route{Path: "/s/{id}"},
		SaveDevice: wire.Route{Path: "x"}, GetDevice: wire.Route{Method: "POST", Path: "/d/{ID}"},
	})
	require.Equal(t, wire.Faults{
		"Login.path has the unknown name {acount}: did you mean {account}?",
		"StartLogin.path has the unknown name {id}: no name is known here, write a constant",
		`SaveDevice.path is wrong: the path does not begin with "/": pass one relative to the base URL, such as "/client"`,
		"GetDevice.path has the unknown name {ID}: did you mean {id}?",
	}, err)
}

func TestManyFaultsDoNotHideThatATemplateIsNone(t *testing.T) {
	_, err := wire.Compile(wire.Source{
		Login:      wire.Route{Body: `{"a":[` + strings.Repeat(`"{emial}",`, 1000) + `1]}`},
		SaveDevice: wire.Route{Body: `{`, Result: `{`},
	})
	require.Len(t, err, 100)
}

func TestAHundredFaultsAreEnough(t *testing.T) {
	_, err := wire.Compile(login(`{"a":[` + strings.Repeat(`"{emial}",`, 1000) + `1]}`))
	require.Len(t, err, 100)
}

func TestStartLoginTakesLoginsMethodAndPath(t *testing.T) {
	w := compile(t, wire.Source{Login: wire.Route{Method: "PUT", Path: "/sessions"}})
	require.Equal(t, "PUT", w.Route(wire.StartLogin).Method)
	require.Equal(t, "/sessions", w.Route(wire.StartLogin).Path)
	require.True(t, w.Route(wire.StartLogin).SameAs(w.Route(wire.Login)))
}

func TestAMethodWithoutABodyHasNoneByDefault(t *testing.T) {
	source := wire.Source{Login: wire.Route{Method: "GET", Path: "/login?u={account}&p={password}"}}
	require.Empty(t, encoded(t, source, wire.Login, wire.Values{wire.Email: "e", wire.Password: "p"}))
	require.Empty(t, encoded(t, source, wire.StartLogin, wire.Values{}))
	path, query, err := compile(t, source).Route(wire.StartLogin).URL(&wire.Values{})
	require.NoError(t, err)
	require.Equal(t, "/login?", path+"?"+query)
}

func TestRoutesThatDifferInAConstantOfTheQueryAreTwo(t *testing.T) {
	w := compile(t, wire.Source{
		GetDevice:   wire.Route{Path: "/x?kind=device&id={id}"},
		LoginStatus: wire.Route{Path: "/x?kind=login&id={reqToken}"},
	})
	require.False(t, w.Route(wire.GetDevice).SameAs(w.Route(wire.LoginStatus)))
}

func TestTheDefaultIsTheDefaultWrittenOut(t *testing.T) {
	w := compile(t, wire.Source{})
	for op, want := range map[wire.Operation]string{
		wire.Info: "GET /client", wire.Login: "POST /user/login", wire.StartLogin: "POST /user/login",
		wire.LoginStatus: "GET /user/login", wire.SaveDevice: "POST /device", wire.GetDevice: "GET /device",
	} {
		require.Equal(t, want, w.Route(op).Method+" "+w.Route(op).Path)
	}
	require.Equal(t, "{}", encoded(t, wire.Source{}, wire.StartLogin, wire.Values{}))
	require.Empty(t, encoded(t, wire.Source{}, wire.GetDevice, wire.Values{wire.ID: "d"}))
	all := wire.Values{
		wire.DeviceID: "1", wire.DisplayName: "2", wire.Model: "3", wire.Platform: "4",
		wire.OSVersion: "5", wire.AppVersion: "6", wire.PushToken: "7",
	}
	require.Equal(t, `{"deviceId":"1","name":"2","model":"3","platform":"4","osVersion":"5","appVersion":"6","pushToken":"7","x":1}`,
		encoded(t, wire.Source{}, wire.SaveDevice, all, member("x", "1")))
	require.Equal(t, `{"whatsapp":"w","password":"p","reqToken":"r"}`,
		encoded(t, wire.Source{}, wire.Login, wire.Values{wire.WhatsApp: "w", wire.Password: "p", wire.ReqToken: "r"}))
}

func TestValuesPrintAsTheirNamesAlone(t *testing.T) {
	values := wire.Values{wire.Password: "hunter2", wire.Email: "a@b"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		require.NotContains(t, fmt.Sprintf(verb, values), "hunter2")
	}
	require.Equal(t, "Values with {email}, {password}", fmt.Sprint(values))
}

func TestALargeSampleCostsNoMoreThanItsReading(t *testing.T) {
	var members strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&members, `"%06d":1,`, i)
	}
	start := time.Now()
	compile(t, get(`{`+members.String()+`"id":"{id}"}`))
	require.Less(t, time.Since(start), 10*time.Second, "it took a minute when each member was compared with all before it")
}
