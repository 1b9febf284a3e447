package profiles_test

import (
	"cmp"
	"encoding/json"
	"net/http"
)

// The eight wires, each written by hand as its API's developers would, with its own names.
// A file of examples/profiles has to fit the one of its name.
var wires = map[string]func(*backend) *server{
	"1-default":           defaultWire,
	"2-documented-sample": documentedSampleWire,
	"3-snake-case":        snakeCaseWire,
	"4-always-200":        always200Wire,
	"5-nested":            nestedWire,
	"6-token-in-path":     tokenInPathWire,
	"7-status-by-post":    statusByPostWire,
	"8-numbers":           numbersWire,
}

// word is the wire's own, unless a test wants another one.
func (b *backend) word(own string) any { return cmp.Or(b.stateWord, own) }

func defaultWire(b *backend) *server {
	s := newServer(b, bare, codeAndMessage)
	s.on("GET /client", func(*http.Request, []byte) (any, *refusal) {
		return obj{"id": canaryClientID, "name": canaryShop, "status": canaryStatus}, nil
	})
	s.on("POST /user/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Email, Whatsapp, Password, ReqToken string }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		if in.Email+in.Whatsapp+in.Password+in.ReqToken == "" {
			reqToken := b.start()
			return obj{"reqToken": reqToken, "url": page(reqToken)}, nil
		}
		a, why := b.login(in.Email+in.Whatsapp, in.Password, in.ReqToken)
		if why != nil {
			return nil, why
		}
		return obj{"state": b.word("succeeded"), "userToken": a.token, "userId": a.id}, nil
	})
	s.on("GET /user/login", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("id", r.URL.Query().Get("id"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"state": b.word("succeeded"), "userToken": login.user.token, "userId": login.user.id}, nil
		case login.state == "failed":
			return obj{"state": b.word("failed"), "failureCode": login.failureCode, "failureMessage": login.failureMessage}, nil
		}
		return obj{"state": b.word("pending")}, nil
	})
	s.on("POST /device", func(_ *http.Request, body []byte) (any, *refusal) {
		var in obj
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in, "deviceId")
		return d.with("id", d.id), why
	})
	s.on("GET /device", func(r *http.Request, _ []byte) (any, *refusal) {
		d, why := b.device("id", r.URL.Query().Get("id"))
		return d.with("id", d.id), why
	})
	return s
}

func documentedSampleWire(b *backend) *server {
	s := newServer(b, bare, codeAndMessage)
	s.on("GET /client/info", func(*http.Request, []byte) (any, *refusal) {
		return obj{"clientKey": registeredKey, "clientName": canaryShop, "clientStatus": canaryStatus, "id": canaryClientID}, nil
	})
	s.on("POST /user/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Account, Password string }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		if in.Account+in.Password == "" {
			reqToken := b.start()
			return obj{"reqToken": reqToken, "fypassUrl": page(reqToken)}, nil
		}
		a, why := b.login(in.Account, in.Password, "")
		if why != nil {
			return nil, why
		}
		return obj{"status": b.word("succeeded"), "token": a.token, "userId": a.id, "failure": nil}, nil
	})
	s.on("GET /user/login", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("id", r.URL.Query().Get("id"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"status": b.word("succeeded"), "token": login.user.token, "userId": login.user.id, "failure": nil}, nil
		case login.state == "failed":
			return obj{"status": b.word("failed"), "token": nil, "failure": obj{"code": login.failureCode, "message": login.failureMessage}}, nil
		}
		return obj{"status": b.word("pending"), "token": nil, "failure": nil}, nil
	})
	answer := func(d storedDevice, why *refusal) (any, *refusal) {
		return obj{"id": d.id, "deviceInfo": d.members}, why
	}
	s.on("POST /device", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ DeviceInfo obj }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		return answer(b.save(in.DeviceInfo, "deviceId"))
	})
	s.on("GET /device/detail", func(r *http.Request, _ []byte) (any, *refusal) {
		return answer(b.device("id", r.URL.Query().Get("id")))
	})
	return s
}

func snakeCaseWire(b *backend) *server {
	s := newServer(b, func(w http.ResponseWriter, result any) {
		writeJSON(w, http.StatusOK, obj{"status": true, "message": "it went well", "data": result})
	}, func(w http.ResponseWriter, why refusal) {
		writeJSON(w, why.status, obj{"status": false, "code": why.code, "message": why.message, "data": nil})
	})
	s.on("GET /v1/client_info", func(*http.Request, []byte) (any, *refusal) {
		return obj{"client_id": canaryClientID, "client_name": canaryShop, "client_status": canaryStatus}, nil
	})
	s.on("POST /v1/auth/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct {
			Email       string `json:"email"`
			PhoneNumber string `json:"phone_number"`
			Password    string `json:"password"`
		}
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Email+in.PhoneNumber, in.Password, "")
		if why != nil {
			return nil, why
		}
		return obj{"login_state": b.word("done"), "access_token": a.token, "user_id": a.id}, nil
	})
	s.on("POST /v1/auth/start", func(*http.Request, []byte) (any, *refusal) {
		reqToken := b.start()
		return obj{"req_token": reqToken, "login_url": page(reqToken)}, nil
	})
	s.on("GET /v1/auth/status", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("req_token", r.URL.Query().Get("req_token"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"login_state": b.word("done"), "access_token": login.user.token, "user_id": login.user.id}, nil
		case login.state == "failed":
			return obj{"login_state": b.word("rejected"), "error_code": login.failureCode, "error_message": login.failureMessage}, nil
		}
		return obj{"login_state": b.word("waiting")}, nil
	})
	s.on("POST /v1/devices", func(_ *http.Request, body []byte) (any, *refusal) {
		var in obj
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in, "device_id")
		return d.with("id", d.id), why
	})
	s.on("GET /v1/devices", func(r *http.Request, _ []byte) (any, *refusal) {
		d, why := b.device("device", r.URL.Query().Get("device"))
		return d.with("id", d.id), why
	})
	return s
}

func always200Wire(b *backend) *server {
	s := newServer(b, func(w http.ResponseWriter, result any) {
		writeJSON(w, http.StatusOK, obj{"code": "SUCCESS", "message": "it went well", "result": result})
	}, func(w http.ResponseWriter, why refusal) {
		writeJSON(w, http.StatusOK, obj{"code": cmp.Or(why.code, "BAD_REQUEST"), "message": why.message})
	})
	s.on("GET /api/getInfoClient", func(*http.Request, []byte) (any, *refusal) {
		return obj{"clientId": canaryClientID, "clientName": canaryShop, "active": canaryStatus}, nil
	})
	s.on("POST /api/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Username, Password string }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Username, in.Password, "")
		if why != nil {
			return nil, why
		}
		return obj{"token": a.token, "uid": a.id}, nil
	})
	s.on("POST /api/startLogin", func(*http.Request, []byte) (any, *refusal) {
		reqToken := b.start()
		return obj{"reqToken": reqToken, "page": page(reqToken)}, nil
	})
	s.on("GET /api/loginStatus", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("reqToken", r.URL.Query().Get("reqToken"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"token": login.user.token, "uid": login.user.id, "failure": ""}, nil
		case login.state == "failed":
			return obj{"token": "", "uid": "", "failure": login.failureCode}, nil
		}
		return obj{"token": "", "uid": "", "failure": ""}, nil
	})
	s.on("POST /api/saveDevice", func(_ *http.Request, body []byte) (any, *refusal) {
		var in obj
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in, "imei")
		return d.with("key", d.id), why
	})
	s.on("GET /api/getDevice", func(r *http.Request, _ []byte) (any, *refusal) {
		d, why := b.device("key", r.URL.Query().Get("key"))
		return d.with("key", d.id), why
	})
	return s
}

func nestedWire(b *backend) *server {
	s := newServer(b, func(w http.ResponseWriter, result any) {
		writeJSON(w, http.StatusOK, obj{"data": obj{"type": "canary-type-7703", "attributes": result}})
	}, func(w http.ResponseWriter, why refusal) {
		writeJSON(w, why.status, obj{"error": why.members()})
	})
	session := func(a *account) obj {
		return obj{"state": b.word("succeeded"), "session": obj{"token": "Bearer " + a.token, "user": obj{"_id": a.id, "mail": a.email}}}
	}
	s.on("GET /client", func(*http.Request, []byte) (any, *refusal) {
		return obj{"client": obj{"profile": obj{"id": canaryClientID, "name": canaryShop}, "status": canaryStatus}}, nil
	})
	s.on("POST /sessions", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct {
			Session struct {
				User   struct{ Mail, Phone string }
				Secret string
			}
		}
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Session.User.Mail+in.Session.User.Phone, in.Session.Secret, "")
		if why != nil {
			return nil, why
		}
		return session(a), nil
	})
	s.on("POST /sessions/hosted", func(*http.Request, []byte) (any, *refusal) {
		reqToken := b.start()
		return obj{"request": obj{"token": reqToken}, "links": []obj{{"rel": "login", "href": page(reqToken)}}}, nil
	})
	s.on("GET /sessions/status", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("request", r.URL.Query().Get("request"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return session(login.user), nil
		case login.state == "failed":
			return obj{"state": b.word("failed"), "error": obj{"code": login.failureCode, "message": login.failureMessage}}, nil
		}
		return obj{"state": b.word("pending"), "session": obj{}}, nil
	})
	answer := func(d storedDevice, why *refusal) (any, *refusal) {
		return obj{"device": d.with("_id", d.id)}, why
	}
	s.on("POST /devices", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Device obj }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		return answer(b.save(in.Device, "serial"))
	})
	s.on("GET /devices", func(r *http.Request, _ []byte) (any, *refusal) {
		return answer(b.device("filter", r.URL.Query().Get("filter")))
	})
	return s
}

func tokenInPathWire(b *backend) *server {
	s := newServer(b, bare, codeAndMessage)
	s.on("GET /clients/me", func(*http.Request, []byte) (any, *refusal) {
		return obj{"id": canaryClientID, "title": canaryShop, "state": canaryStatus}, nil
	})
	s.on("POST /login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Email, WA, PIN string }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Email+in.WA, in.PIN, "")
		if why != nil {
			return nil, why
		}
		return obj{"state": b.word("succeeded"), "token": a.token, "user": a.id}, nil
	})
	s.on("POST /login/hosted", func(*http.Request, []byte) (any, *refusal) {
		reqToken := b.start()
		return obj{"request": reqToken, "open": page(reqToken)}, nil
	})
	s.on("GET /login/{request}/status", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("request", r.PathValue("request"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"state": b.word("succeeded"), "token": login.user.token, "user": login.user.id}, nil
		case login.state == "failed":
			return obj{"state": b.word("failed"), "reason": login.failureCode}, nil
		}
		return obj{"state": b.word("pending")}, nil
	})
	s.on("PUT /devices", func(_ *http.Request, body []byte) (any, *refusal) {
		var in obj
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in, "serial")
		return d.with("id", d.id), why
	})
	s.on("GET /devices/{device}", func(r *http.Request, _ []byte) (any, *refusal) {
		d, why := b.device("device", r.PathValue("device"))
		return d.with("id", d.id), why
	})
	return s
}

func statusByPostWire(b *backend) *server {
	s := newServer(b, func(w http.ResponseWriter, result any) {
		writeJSON(w, http.StatusOK, obj{"success": true, "payload": result})
	}, func(w http.ResponseWriter, why refusal) {
		writeJSON(w, http.StatusOK, obj{"success": false, "error": why.members()})
	})
	s.on("GET /rpc/client", func(*http.Request, []byte) (any, *refusal) {
		return obj{"clientId": canaryClientID, "clientName": canaryShop, "clientStatus": canaryStatus}, nil
	})
	s.on("POST /rpc/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct {
			Params struct{ Login, Password string }
		}
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Params.Login, in.Params.Password, "")
		if why != nil {
			return nil, why
		}
		return obj{"outcome": b.word("OK"), "authToken": a.token, "userNo": a.id}, nil
	})
	s.on("POST /rpc/login/start", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Params *struct{} }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		if in.Params == nil {
			return nil, missing("params")
		}
		reqToken := b.start()
		return obj{"ticket": reqToken, "redirectTo": page(reqToken)}, nil
	})
	s.on("POST /rpc/login/status", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Params struct{ Ticket string } }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		login, why := b.hosted("ticket", in.Params.Ticket)
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"outcome": b.word("OK"), "authToken": login.user.token, "userNo": login.user.id}, nil
		case login.state == "failed":
			return obj{"outcome": b.word("ERROR"), "errorCode": login.failureCode, "errorText": login.failureMessage}, nil
		}
		return obj{"outcome": b.word("WAIT")}, nil
	})
	s.on("POST /rpc/device/save", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Params obj }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in.Params, "uuid")
		return d.with("deviceNo", d.id), why
	})
	s.on("POST /rpc/device/get", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Params struct{ DeviceNo string } }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.device("deviceNo", in.Params.DeviceNo)
		return d.with("deviceNo", d.id), why
	})
	return s
}

func numbersWire(b *backend) *server {
	s := newServer(b, func(w http.ResponseWriter, result any) {
		writeJSON(w, http.StatusOK, obj{"code": 0, "data": result})
	}, codeAndMessage)
	word := func(own int) any {
		if b.stateWord != "" {
			return b.stateWord
		}
		return own
	}
	s.on("GET /partner", func(*http.Request, []byte) (any, *refusal) {
		return obj{"partnerId": json.Number(canaryClientID), "partnerName": canaryShop, "partnerStatus": canaryStatus}, nil
	})
	s.on("POST /member/login", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ Email, Mobile, Password string }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		a, why := b.login(in.Email+in.Mobile, in.Password, "")
		if why != nil {
			return nil, why
		}
		return obj{"loginState": word(1), "token": a.token, "memberId": json.Number(a.id)}, nil
	})
	s.on("POST /member/login/start", func(*http.Request, []byte) (any, *refusal) {
		reqToken := b.start()
		return obj{"reqToken": reqToken, "loginUrl": page(reqToken)}, nil
	})
	s.on("GET /member/login", func(r *http.Request, _ []byte) (any, *refusal) {
		login, why := b.hosted("id", r.URL.Query().Get("id"))
		switch {
		case why != nil:
			return nil, why
		case login.state == "succeeded":
			return obj{"loginState": word(1), "token": login.user.token, "memberId": json.Number(login.user.id)}, nil
		case login.state == "failed":
			return obj{"loginState": word(2), "failCode": login.failureCode}, nil
		}
		return obj{"loginState": word(0)}, nil
	})
	s.on("POST /terminal", func(_ *http.Request, body []byte) (any, *refusal) {
		var in obj
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.save(in, "serialNumber")
		return d.with("terminalId", json.Number(d.id)), why
	})
	s.on("POST /terminal/find", func(_ *http.Request, body []byte) (any, *refusal) {
		var in struct{ TerminalID json.Number }
		if why := strictly(body, &in); why != nil {
			return nil, why
		}
		d, why := b.device("terminalId", in.TerminalID.String())
		return d.with("terminalId", json.Number(d.id)), why
	})
	return s
}
