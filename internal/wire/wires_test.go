package wire_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

// Eight wires that the API may have. Each exchange is written by hand, as a server of that
// wire would have it.
type exchange struct {
	op     wire.Operation
	values wire.Values
	extra  []wire.Member

	url, body string // of the request; "": no body

	response      string
	result        wire.Values
	responseExtra []wire.Member
}

var (
	byEmail   = wire.Values{wire.Email: "a@b.c", wire.Password: "secret"}
	byPhone   = wire.Values{wire.WhatsApp: "+62 1", wire.Password: "secret"}
	asked     = wire.Values{wire.ReqToken: "r-1"}
	wanted    = wire.Values{wire.ID: "77"}
	device    = wire.Values{wire.DeviceID: "d-1", wire.DisplayName: "Phone", wire.PushToken: "push"}
	loggedIn  = wire.Values{wire.State: wire.Succeeded, wire.UserToken: "t-1", wire.UserID: "5"}
	waiting   = wire.Values{wire.State: wire.Pending}
	started   = wire.Values{wire.ReqToken: "r-1", wire.URL: "https://login.example/?t=r-1"}
	cancelled = wire.Values{wire.State: wire.Failed, wire.FailureCode: "CLIENT_CLOSED_REQUEST"}
	stored    = wire.Values{wire.ID: "77", wire.DeviceID: "d-1", wire.DisplayName: "Phone", wire.PushToken: "push"}
	client    = wire.Values{wire.ID: "9", wire.DisplayName: "Shop", wire.Status: "active"}
)

var defaultExchanges = []exchange{
	{op: wire.Info, url: "/client", response: `{"id":"9","name":"Shop","status":"active"}`, result: client},
	{op: wire.Login, values: byPhone, url: "/user/login", body: `{"whatsapp":"+62 1","password":"secret"}`, response: `{"state":"succeeded","userToken":"t-1","userId":5}`, result: loggedIn},
	{op: wire.StartLogin, url: "/user/login", body: `{}`, response: `{"reqToken":"r-1","url":"https://login.example/?t=r-1"}`, result: started},
	{op: wire.LoginStatus, values: asked, url: "/user/login?id=r-1", response: `{"state":"failed","failureCode":"CLIENT_CLOSED_REQUEST"}`, result: cancelled},
	{op: wire.SaveDevice, values: device, extra: []wire.Member{member("os", `{"v":[1]}`)}, url: "/device",
		body: `{"deviceId":"d-1","name":"Phone","pushToken":"push","os":{"v":[1]}}`, response: `{"id":"77","deviceId":"d-1","name":"Phone","pushToken":"push","os":{"v":[1]}}`,
		result: stored, responseExtra: []wire.Member{member("os", `{"v":[1]}`)}},
	{op: wire.GetDevice, values: wanted, url: "/device?id=77", response: `{"id":"77"}`, result: wanted},
}

type sample struct {
	source    wire.Source
	exchanges []exchange
}

var samples = map[string]sample{
	"the default": {wire.Source{}, defaultExchanges},
	"the default written out": {wire.Source{
		Version: "1.0.0", Envelope: `"{result}"`,
		States:      map[string]string{"pending": wire.Pending, "succeeded": wire.Succeeded, "failed": wire.Failed},
		ClientInfo:  wire.Route{"GET", "/client", "", `{"id":"9","name":"{name}","status":"{status}"}`},
		Login:       wire.Route{"POST", "/user/login", `{"email":"{email}","whatsapp":"{whatsapp}","password":"{password}","reqToken":"{reqToken}"}`, `{"state":"{state}","userToken":"{userToken}","userId":"{userId:number}","failureCode":"{failureCode}","failureMessage":"{failureMessage}"}`},
		StartLogin:  wire.Route{"POST", "/user/login", `{}`, `{"reqToken":"{reqToken}","url":"{url}"}`},
		LoginStatus: wire.Route{"GET", "/user/login?id={reqToken}", "", `{"state":"{state}","userToken":"{userToken}","userId":"{userId}","failureCode":"{failureCode}","failureMessage":"{failureMessage}"}`},
		SaveDevice:  wire.Route{"POST", "/device", `{"deviceId":"{deviceId}","name":"{name}","pushToken":"{pushToken}"}`, `{"id":"{id}","deviceId":"{deviceId}","name":"{name}","pushToken":"{pushToken}"}`},
		GetDevice:   wire.Route{"GET", "/device?id={id}", "", `{"id":"{id}"}`},
	}, append([]exchange{
		{op: wire.Info, url: "/client", response: `{"id":"9","name":"Shop","status":"active"}`, result: wire.Values{wire.DisplayName: "Shop", wire.Status: "active"}},
	}, defaultExchanges[1:]...)},
	"snake case in an envelope of status and data": {wire.Source{
		Envelope:    `{"status":true,"message":"*","data":"{result}"}`,
		ClientInfo:  wire.Route{Path: "/v1/client-info", Result: `{"client_id":"{id}","client_name":"{name}","client_status":"{status}"}`},
		Login:       wire.Route{Path: "/v1/auth/login", Body: `{"email":"{email}","phone_number":"{whatsapp}","password":"{password}"}`, Result: `{"login_state":"{state}","access_token":"{userToken}","user_id":"{userId}"}`},
		StartLogin:  wire.Route{Path: "/v1/auth/start", Result: `{"req_token":"{reqToken}","login_url":"{url}"}`},
		LoginStatus: wire.Route{Path: "/v1/auth/status?req_token={reqToken}", Result: `{"login_state":"{state}","access_token":"{userToken}","user_id":"{userId}","error_code":"{failureCode}"}`},
		SaveDevice:  wire.Route{Path: "/v1/devices", Body: `{"device_id":"{deviceId}","device_name":"{name}","fcm_token":"{pushToken}"}`, Result: `{"id":"{id}","device_id":"{deviceId}","device_name":"{name}","fcm_token":"{pushToken}"}`},
		GetDevice:   wire.Route{Path: "/v1/devices/{id}", Result: `{"id":"{id}"}`},
	}, []exchange{
		{op: wire.Info, url: "/v1/client-info", response: `{"status":true,"message":"ok","data":{"client_id":"9","client_name":"Shop","client_status":"active"}}`, result: client},
		{op: wire.Login, values: byPhone, url: "/v1/auth/login", body: `{"phone_number":"+62 1","password":"secret"}`, response: `{"status":true,"message":"ok","data":{"login_state":"succeeded","access_token":"t-1","user_id":"5"}}`, result: loggedIn},
		{op: wire.StartLogin, url: "/v1/auth/start", body: `{}`, response: `{"status":true,"message":"ok","data":{"req_token":"r-1","login_url":"https://login.example/?t=r-1"}}`, result: started},
		{op: wire.LoginStatus, values: asked, url: "/v1/auth/status?req_token=r-1", response: `{"status":true,"message":"ok","data":{"login_state":"failed","error_code":"CLIENT_CLOSED_REQUEST"}}`, result: cancelled},
		{op: wire.SaveDevice, values: device, extra: []wire.Member{member("colour", `"red"`)}, url: "/v1/devices", body: `{"device_id":"d-1","device_name":"Phone","fcm_token":"push","colour":"red"}`,
			response: `{"status":true,"message":"ok","data":{"id":"77","device_id":"d-1","device_name":"Phone","fcm_token":"push","colour":"red"}}`, result: stored, responseExtra: []wire.Member{member("colour", `"red"`)}},
		{op: wire.GetDevice, values: wanted, url: "/v1/devices/77", response: `{"status":true,"message":"ok","data":{"id":"77"}}`, result: wanted},
	}},
	"always 200 with a code": {wire.Source{
		Envelope:    `{"code":"SUCCESS","result":"{result}"}`,
		Login:       wire.Route{Path: "/login", Body: `{"account":"{account}","password":"{password}"}`, Result: `{"token":"{userToken}","uid":"{userId}"}`},
		StartLogin:  wire.Route{Path: "/login/start", Result: `{"reqToken":"{reqToken}","page":"{url}"}`},
		LoginStatus: wire.Route{Path: "/login/status?token={reqToken}", Result: `{"token":"{userToken}","uid":"{userId}","failure":"{failureCode}"}`},
	}, []exchange{
		{op: wire.Login, values: wire.Values{wire.Account: "a@b.c", wire.Password: "secret"}, url: "/login", body: `{"account":"a@b.c","password":"secret"}`, response: `{"code":"SUCCESS","result":{"token":"t-1","uid":"5"}}`, result: loggedIn},
		{op: wire.StartLogin, url: "/login/start", body: `{}`, response: `{"code":"SUCCESS","result":{"reqToken":"r-1","page":"https://login.example/?t=r-1"}}`, result: started},
		{op: wire.LoginStatus, values: asked, url: "/login/status?token=r-1", response: `{"code":"SUCCESS","result":{"failure":"CLIENT_CLOSED_REQUEST"}}`, result: cancelled},
		{op: wire.LoginStatus, values: asked, url: "/login/status?token=r-1", response: `{"code":"SUCCESS","result":{}}`, result: waiting},
	}},
	"nested user objects two levels down": {wire.Source{
		Envelope:    `{"data":{"attributes":"{result}"}}`,
		Login:       wire.Route{Path: "/sessions", Body: `{"data":{"user":{"credentials":{"email":"{email}","phone":"{whatsapp}"},"secret":"{password}"},"type":"session"}}`, Result: `{"session":{"token":"Bearer {userToken}","user":{"profile":{"id":"{userId}"}}},"state":"{state}"}`},
		StartLogin:  wire.Route{Path: "/hosted", Result: `{"links":[{"rel":"login","href":"{url}"}],"request":{"token":"{reqToken}"}}`},
		LoginStatus: wire.Route{Path: "/sessions/{reqToken}", Result: `{"session":{"token":"Bearer {userToken}","user":{"profile":{"id":"{userId}"}}},"state":"{state}","error":{"code":"{failureCode}"}}`},
		SaveDevice:  wire.Route{Path: "/devices", Body: `{"device":{"serial":"{deviceId}","label":"{name}","push":{"token":"{pushToken}"}}}`, Result: `{"device":{"_id":"{id}","serial":"{deviceId}","label":"{name}","push":{"token":"{pushToken}"}}}`},
	}, []exchange{
		{op: wire.Login, values: byEmail, url: "/sessions", body: `{"data":{"user":{"credentials":{"email":"a@b.c"},"secret":"secret"},"type":"session"}}`, response: `{"data":{"attributes":{"session":{"token":"Bearer t-1","user":{"profile":{"id":"5"}}},"state":"succeeded"}}}`, result: loggedIn},
		{op: wire.StartLogin, url: "/hosted", body: `{}`, response: `{"data":{"attributes":{"links":[{"rel":"login","href":"https://login.example/?t=r-1"}],"request":{"token":"r-1"}}}}`, result: started},
		{op: wire.LoginStatus, values: asked, url: "/sessions/r-1", response: `{"data":{"attributes":{"state":"failed","error":{"code":"CLIENT_CLOSED_REQUEST"}}}}`, result: cancelled},
		{op: wire.SaveDevice, values: device, extra: []wire.Member{member("a", "1")}, url: "/devices", body: `{"device":{"serial":"d-1","label":"Phone","push":{"token":"push"},"a":1}}`,
			response: `{"data":{"attributes":{"device":{"_id":"77","serial":"d-1","label":"Phone","push":{"token":"push"},"a":1}}}}`, result: stored, responseExtra: []wire.Member{member("a", "1")}},
	}},
	"the token in the path": {wire.Source{
		LoginStatus: wire.Route{Path: "/login/{reqToken}/status", Result: `{"state":"{state}","token":"{userToken}","user":"{userId}","code":"{failureCode}"}`},
		SaveDevice:  wire.Route{Method: "PUT", Path: "/device/{deviceId}", Body: `{"label":"{name}","push":"{pushToken}"}`, Result: `{"id":"{id}","serial":"{deviceId}","label":"{name}","push":"{pushToken}"}`},
		GetDevice:   wire.Route{Path: "/device/{id}", Result: `{"id":"{id}"}`},
	}, []exchange{
		{op: wire.LoginStatus, values: asked, url: "/login/r-1/status", response: `{"state":"pending"}`, result: waiting},
		{op: wire.SaveDevice, values: device, url: "/device/d-1", body: `{"label":"Phone","push":"push"}`, response: `{"id":"77","serial":"d-1","label":"Phone","push":"push"}`, result: stored},
		{op: wire.GetDevice, values: wanted, url: "/device/77", response: `{"id":"77"}`, result: wanted},
	}},
	"a status by POST with the token in the body": {wire.Source{
		LoginStatus: wire.Route{Method: "POST", Path: "/user/status", Body: `{"params":{"reqToken":"{reqToken}"}}`, Result: `{"state":"{state}","token":"{userToken}","id":"{userId}","code":"{failureCode}"}`},
		GetDevice:   wire.Route{Method: "POST", Path: "/device/detail", Body: `{"id":"{id}"}`, Result: `{"id":"{id}"}`},
	}, []exchange{
		{op: wire.LoginStatus, values: asked, url: "/user/status", body: `{"params":{"reqToken":"r-1"}}`, response: `{"state":"succeeded","token":"t-1","id":"5"}`, result: loggedIn},
		{op: wire.GetDevice, values: wanted, url: "/device/detail", body: `{"id":"77"}`, response: `{"id":"77"}`, result: wanted},
	}},
	"numbers as ids and states": {wire.Source{
		Envelope:    `{"code":0,"data":"{result}"}`,
		States:      map[string]string{"0": wire.Pending, "1": wire.Succeeded, "2": wire.Failed},
		ClientInfo:  wire.Route{Result: `{"id":"{id:number}","name":"{name}","status":"{status}"}`},
		Login:       wire.Route{Result: `{"state":"{state:number}","token":"{userToken}","uid":"{userId:number}"}`},
		LoginStatus: wire.Route{Result: `{"state":"{state:number}","token":"{userToken}","uid":"{userId:number}","err":"{failureCode}"}`},
		GetDevice:   wire.Route{Method: "POST", Path: "/device/get", Body: `{"id":"{id:number}"}`, Result: `{"id":"{id:number}"}`},
	}, []exchange{
		{op: wire.Info, url: "/client", response: `{"code":0,"data":{"id":9,"name":"Shop","status":"active"}}`, result: client},
		{op: wire.Login, values: byEmail, url: "/user/login", body: `{"email":"a@b.c","password":"secret"}`, response: `{"code":0,"data":{"state":1,"token":"t-1","uid":5}}`, result: loggedIn},
		{op: wire.LoginStatus, values: asked, url: "/user/login?id=r-1", response: `{"code":0,"data":{"state":2,"err":"CLIENT_CLOSED_REQUEST"}}`, result: cancelled},
		{op: wire.GetDevice, values: wanted, url: "/device/get", body: `{"id":77}`, response: `{"code":0,"data":{"id":77}}`, result: wanted},
	}},
}

func TestEveryWireIsSpokenForwards(t *testing.T) {
	eachExchange(t, func(t *testing.T, w *wire.Wire, e exchange) {
		route := w.Route(e.op)
		path, query, err := route.URL(&e.values)
		require.NoError(t, err)
		require.Equal(t, e.url, strings.TrimSuffix(path+"?"+query, "?"))
		body, err := route.Encode(nil, &e.values, e.extra)
		require.NoError(t, err)
		require.Equal(t, e.body, string(body))

		result, err := w.Open([]byte(e.response))
		require.NoError(t, err)
		values, extra, err := route.Decode(result)
		require.NoError(t, err)
		require.Equal(t, e.result, values)
		require.Equal(t, e.responseExtra, extra)
	})
}

func TestEveryWireIsSpokenBackwards(t *testing.T) {
	eachExchange(t, func(t *testing.T, w *wire.Wire, e exchange) {
		path, query, _ := strings.Cut(e.url, "?")
		var route *wire.CompiledRoute
		var inURL wire.Values
		for _, r := range w.Routes() {
			values, ok := r.Match(path, query)
			if ok && r.Method == w.Route(e.op).Method && (r.Operation == e.op || !r.SameAs(w.Route(e.op))) {
				route, inURL = r, values
				break
			}
		}
		require.Equal(t, w.Route(e.op), route)
		values, extra, err := route.DecodeRequest([]byte(e.body), inURL)
		require.NoError(t, err)
		require.Equal(t, e.values, values)
		require.Equal(t, e.extra, extra)

		result, err := route.EncodeResult(nil, &e.result, e.responseExtra)
		require.NoError(t, err)
		content, err := w.Open(w.Wrap(result))
		require.NoError(t, err)
		values, extra, err = route.Decode(content)
		require.NoError(t, err)
		require.Equal(t, e.result, values)
		require.Equal(t, e.responseExtra, extra)
	})
}

func eachExchange(t *testing.T, try func(*testing.T, *wire.Wire, exchange)) {
	for name, s := range samples {
		w := compile(t, s.source)
		for _, e := range s.exchanges {
			t.Run(name+"/"+e.op.String(), func(t *testing.T) { try(t, w, e) })
		}
	}
}

// templates are a Source's, for misspelling them.
func templates(s *wire.Source) []*string {
	return []*string{
		&s.Envelope, &s.ClientInfo.Result, &s.Login.Body, &s.Login.Result, &s.StartLogin.Result,
		&s.LoginStatus.Result, &s.SaveDevice.Result, &s.GetDevice.Result,
	}
}

func TestAMisspeltNameIsRefusedWhenItIsCompiled(t *testing.T) {
	name := regexp.MustCompile(`\{[a-zA-Z]+(:number)?\}`)
	mutations := 0
	for _, s := range samples {
		for i := range templates(&s.source) {
			for _, at := range name.FindAllStringIndex(*templates(&s.source)[i], -1) {
				mutant := s.source
				text := templates(&mutant)[i]
				*text = (*text)[:at[0]+2] + (*text)[at[0]+1:] // the first letter twice
				_, err := wire.Compile(mutant)
				require.ErrorContains(t, err, "unknown name {"+(*text)[at[0]+1:at[0]+3])
				mutations++
			}
		}
	}
	require.Greater(t, mutations, 40)
}

func TestAMisspeltMemberIsAnErrorThatNamesItAndNeverAnEmptyIDOrToken(t *testing.T) {
	key := regexp.MustCompile(`"[a-zA-Z_]+":`)
	mutations, named := 0, 0
	for wireName, s := range samples {
		for i := range templates(&s.source) {
			for _, at := range key.FindAllStringIndex(*templates(&s.source)[i], -1) {
				mutant := s.source
				text := templates(&mutant)[i]
				*text = (*text)[:at[0]+1] + "zz" + (*text)[at[0]+1:]
				w := compile(t, mutant)
				mutations++
				for _, e := range s.exchanges {
					result, err := w.Open([]byte(e.response))
					var values wire.Values
					if err == nil {
						values, _, err = w.Route(e.op).Decode(result)
					}
					if err != nil {
						require.ErrorContains(t, err, "zz")
						require.NotRegexp(t, `t-1|r-1|77|d-1|Phone|Shop|login\.example`, err.Error(), "no value of a response")
						named++
						continue
					}
					for _, n := range []wire.Name{wire.ID, wire.ReqToken, wire.URL, wire.DeviceID, wire.UserToken, wire.UserID} {
						hidden := n != wire.ID && values[wire.State] == wire.Pending && !w.Route(e.op).ResultHas(wire.State) // the wait's end names it
						require.True(t, hidden || values[n] == e.result[n], "%s: %s is empty with %s", wireName, n, *text)
					}
				}
			}
		}
	}
	require.Greater(t, mutations, 60)
	require.Greater(t, named, 60)
}
