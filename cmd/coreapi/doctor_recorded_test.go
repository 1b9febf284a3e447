package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDoctorJudgesRecordedResponsesAsTheSDKWould(t *testing.T) {
	doctorEnvironment(t)
	profile := textFile(t, acmeProfile)
	for _, tt := range []struct {
		operation, body string
		flags           []string
		code            int
		want            string
	}{
		{"Clients.Info", `{"ok":true,"data":{"partner_id":"x1"}}`, nil, exitOK, "holds the SDK takes it: it has id; not name, status"},
		{"Users.Login", `{"ok":true,"data":{"token":"x","user":{"_id":7}}}`, nil, exitOK, "holds the SDK takes it: it has userToken, userId; not failureCode, failureMessage"},
		{"Users.StartLogin", `{"ok":true,"data":{"ticket":"x","page":"https://login.example"}}`, nil, exitOK, "holds the SDK takes it: it has reqToken, url"},
		{"Users.LoginStatus", `{"ok":true,"data":{"phase":"WAITING"}}`, nil, exitOK, "holds the SDK takes it: the state is pending; it has none of userToken, userId, failureCode, failureMessage"},
		{"Devices.Save", `{"ok":true,"data":{"_id":"x","uuid":"y"}}`, nil, exitOK, "holds the SDK takes it: it has id, deviceId; not name"},
		{"Devices.Get", `{"ok":true,"data":{"_id":"x","uuid":"y"}}`, nil, exitOK, "holds the SDK takes it"},
		{"Clients.Info", "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n" + `{"ok":true,"data":{"partner_id":"x1"}}`, nil, exitOK, "holds the SDK takes it"},

		{"Clients.Info", `{"partner_id":"x1"}`, nil, exitFailed, "FAILS no success: an error response without a code: ok is not true (status 200): if this was a success, fit the conditions of the profile's envelope [acts: you]"},
		{"Clients.Info", `{"ok":true,"data":{"id":"x1"}}`, nil, exitFailed, "FAILS no success: unexpected response: the response has no {id} at data.partner_id: data has the members id (status 200): fit the profile's envelope, or the route's result [acts: you]"},
		{"Users.Login", `{"ok":true,"data":{"access":"x"}}`, nil, exitFailed, "FAILS no success: unexpected response: the response has no {userToken} at data.token: data has the members access"},
		{"Users.LoginStatus", `{"ok":true,"data":{"phase":"NEW"}}`, nil, exitFailed, `FAILS no success: unexpected response: the state "NEW" at data.phase is none that the SDK knows`},
		{"Clients.Info", `<html>`, nil, exitFailed, "FAILS no success: unexpected response"},
		{"Clients.Info", "HTTP/1.1 200 OK\n\n", nil, exitFailed, "FAILS no success: unexpected response"},

		{"Devices.Save", `{"ok":false,"code":"DUPLICATE_KEY"}`, []string{"-status", "409"}, exitOK, "holds an error that the SDK knows: the code DUPLICATE_KEY (status 409)"},
		{"Devices.Save", "HTTP/1.1 409 Conflict\n\n" + `{"ok":false,"code":"DUPLICATE_KEY"}`, nil, exitOK, "holds an error that the SDK knows: the code DUPLICATE_KEY (status 409)"},
		{"Devices.Save", `{"ok":false,"code":"E-77"}`, []string{"-status", "409"}, exitFailed, "FAILS the code E-77 (status 409): the reference lists no such code [acts: you, then the admin]"},
		{"Devices.Save", `{"ok":false,"code":"a code with blanks"}`, []string{"-status", "409"}, exitFailed, "FAILS an error response with a code that is not shown (status 409)"},
		{"Devices.Save", `{"ok":false}`, []string{"-status", "500"}, exitFailed, "FAILS an error response without a code"},
		{"Devices.Save", `{"ok":false,"err":{"code":"DUPLICATE_KEY"}}`, []string{"-status", "409"}, exitFailed, "FAILS an error response without a code (status 409): the code at err.code is not read, since"},
		{"Devices.Save", `{"ok":false,"err":{"code":"DUPLICATE_KEY"}}`, nil, exitFailed, "FAILS no success: an error response without a code: ok is not true (status 200): the code at err.code is not read, since"},
		{"Devices.Save", `{"ok":false,"err":{"code":"E-77"}}`, []string{"-status", "409"}, exitFailed, "FAILS an error response without a code (status 409): the reference lists no such code"},
	} {
		file := textFile(t, tt.body)
		args := append([]string{"doctor", "-profile", profile, "-response", file, "-operation", tt.operation}, tt.flags...)
		got := runWith(t, "", args...)
		assert.Equal(t, tt.code, got.code, tt.body)
		assert.Contains(t, doctorLine(t, got.out, tt.operation+" "+file), tt.want, tt.body)
	}
}

func TestEachRecordedResponseHasItsOwnOperationAndStatus(t *testing.T) {
	doctorEnvironment(t)
	info, refused := textFile(t, `{"ok":true,"data":{"partner_id":"x1"}}`), textFile(t, `{"code":"DUPLICATE_KEY"}`)
	got := runWith(t, `{"ok":false,"code":"INVALID_PASSWORD"}`, "doctor", "-profile", textFile(t, acmeProfile),
		"-response", info, "-operation", "Clients.Info", "-response", refused, "-status", "409", "-operation", "Devices.Save", "-refusal", "-")
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info "+info), "holds the SDK takes it")
	assert.Contains(t, doctorLine(t, got.out, "Devices.Save "+refused), "holds an error")
	assert.Contains(t, doctorLine(t, got.out, "refusal -"), "holds refused: the code INVALID_PASSWORD (status 200)")
}

func TestARefusalThatPassesForASuccessFailsLoudly(t *testing.T) {
	doctorEnvironment(t)
	refusal := textFile(t, `{"ok":false,"message":"no","data":{"token":"`+acmeToken+`","user":{"_id":"0"}}}`)
	careless := textFile(t, strings.Replace(acmeProfile, `"ok": true, `, "", 1))
	got := runWith(t, "", "doctor", "-profile", careless, "-refusal", refusal)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "refusal"), "FAILS DANGER: the SDK TAKES THIS REFUSED LOGIN FOR A SUCCESS (it has userToken, userId")
	assert.NotContains(t, got.out, acmeToken)

	got = runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-refusal", refusal)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, doctorLine(t, got.out, "refusal"), "holds refused, but a program sees no code: an error response without a code: ok is not true (status 200)")

	elsewhere := textFile(t, `{"ok":false,"err":{"code":"INVALID_PASSWORD"}}`)
	got = runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-refusal", elsewhere)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, doctorLine(t, got.out, "refusal"), "but a program sees no code: an error response without a code: ok is not true (status 200): the code at err.code is not read, since")
}

func TestARefusalThatTheSDKHadNoCallForFails(t *testing.T) {
	doctorEnvironment(t)
	d := newDoctor(doctorRequest{})
	d.profile.Version = "é" // no profile that is read has it: New refuses to make a Client
	d.checkRecording(t.Context(), recording{file: "x", operation: loginOperation, isRefusal: true, status: http.StatusOK, body: []byte(`{}`)})
	require.Len(t, d.report.findings, 1)
	assert.Equal(t, fails, d.report.findings[0].Outcome)
	assert.Contains(t, d.report.findings[0].Found, "not judged, since the SDK makes no such call with this profile: invalid argument")
}

func TestTheMadeUpArgumentsFitTemplatesOfNumbers(t *testing.T) {
	doctorEnvironment(t)
	profile := textFile(t, `{
		"login": {"body": {"account": "{account:number}", "pin": "{password:number}"}},
		"loginStatus": {"path": "/status", "method": "POST", "body": {"ticket": "{reqToken:number}"}},
		"saveDevice": {"body": {"imei": "{deviceId:number}"}},
		"getDevice": {"path": "/device/{id}"}
	}`)
	for operation, body := range map[string]string{
		"Users.Login":       `{"state":"succeeded","userToken":"abcde12345"}`,
		"Users.LoginStatus": `{"state":"pending"}`,
		"Devices.Save":      `{"id":"7"}`,
		"Devices.Get":       `{"id":"7"}`,
	} {
		got := runWith(t, "", "doctor", "-profile", profile, "-response", textFile(t, body), "-operation", operation)
		assert.Equal(t, exitOK, got.code, got.out)
	}
}

func TestARefusalThatTheProfileCannotReadDoesNotHold(t *testing.T) {
	doctorEnvironment(t)
	success := textFile(t, `{"ok":1,"payload":{"phase":"OK","jwt":"x"}}`)
	got := runWith(t, "", "doctor", "-profile", textFile(t, `{}`), "-refusal", success)
	assert.Equal(t, exitFailed, got.code, "a success in another wire is no proof of a refusal")
	assert.Contains(t, doctorLine(t, got.out, "refusal"), "FAILS not read, which is no refusal")
}
