package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// acme is a wire that is not the SDK's default, and acmeProfile what says so.
const acmeProfile = `{
	"version": "2.0",
	"envelope": {"ok": true, "data": "{result}"},
	"states": {"WAITING": "pending", "DONE": "succeeded", "REFUSED": "failed"},
	"clientInfo": {"path": "/v1/partner", "result": {"partner_id": "{id}", "partner_name": "{name}"}},
	"login": {"path": "/v1/login", "body": {"username": "{account}", "secret": "{password}"}, "result": {"token": "{userToken}", "user": {"_id": "{userId}"}}},
	"startLogin": {"path": "/v1/login/start", "result": {"ticket": "{reqToken}", "page": "{url}"}},
	"loginStatus": {"path": "/v1/login/{reqToken}", "result": {"phase": "{state}", "token": "{userToken}"}},
	"saveDevice": {"path": "/v1/devices", "body": {"uuid": "{deviceId}"}, "result": {"_id": "{id}", "uuid": "{deviceId}"}},
	"getDevice": {"path": "/v1/devices/{id}", "result": {"_id": "{id}", "uuid": "{deviceId}"}}
}`

// acmeServer counts what it gets: reads, and anything else.
type acmeServer struct {
	*httptest.Server
	gets, others atomic.Int64
	answers      map[string]string // by path
	header       http.Header       // of each answer
	status       int
	seen         http.Header // of the last request
}

// The values of acme's responses, which no output may hold.
const (
	acmeID    = "P-canary-4711"
	acmeName  = "Canary Traders"
	acmeToken = "tok-canary-0815"
)

func acmeHandler(t *testing.T) *acmeServer {
	s := &acmeServer{header: http.Header{}, status: http.StatusOK, answers: map[string]string{
		"/v1/partner":               `{"ok":true,"data":{"partner_id":"` + acmeID + `","partner_name":"` + acmeName + `"}}`,
		"/v1/login/req-canary-1":    `{"ok":true,"data":{"phase":"DONE","token":"` + acmeToken + `"}}`,
		"/v1/devices/dev-canary-22": `{"ok":true,"data":{"_id":"dev-canary-22","uuid":"phone-canary"}}`,
	}}
	return s
}

func (s *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		s.others.Add(1)
	}
	s.gets.Add(1)
	s.seen = r.Header.Clone()
	for name, values := range s.header {
		w.Header()[name] = values
	}
	answer, ok := s.answers[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.WriteHeader(s.status)
	fmt.Fprint(w, answer)
}

// startAcme serves acme on loopback, and points the environment to it.
func startAcme(t *testing.T) *acmeServer {
	t.Helper()
	doctorEnvironment(t)
	s := acmeHandler(t)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	t.Cleanup(func() { assert.Zero(t, s.others.Load(), "nothing but GET is sent") })
	return s
}

// doctorEnvironment has the test key, and nothing else that doctor reads.
func doctorEnvironment(t *testing.T) {
	t.Helper()
	signEnvironment(t)
	for _, name := range []string{"COREAPI_PROFILE", "COREAPI_REQ_TOKEN", "COREAPI_DEVICE_ID", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "")
	}
}

// doctorLine is the line of a subject, with single blanks.
func doctorLine(t *testing.T, out, subject string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.Join(strings.Fields(line), " ")
		if strings.HasPrefix(line, subject+" ") {
			return line
		}
	}
	require.Fail(t, "there is no line of "+subject, out)
	return ""
}

func lastLineOf(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

func TestDoctorWithoutAnythingListsWhatIsAssumed(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	got := runWith(t, "", "doctor")
	assert.Equal(t, exitNothingChecked, got.code)
	assert.Empty(t, got.err)
	assert.Equal(t, "profile default skipped none is named, so that all is as the SDK assumes it: pass -profile FILE", doctorLine(t, got.out, "profile"))
	assert.Contains(t, doctorLine(t, got.out, "client key"), "skipped COREAPI_CLIENT_KEY is not set")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "skipped neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set")
	assert.Equal(t, "signature - skipped hangs on the private key", doctorLine(t, got.out, "signature"))
	assert.Equal(t, "version default - 1.0.0, the reference's sample", doctorLine(t, got.out, "version"))
	assert.Equal(t, "loginStatus.method documented - GET", doctorLine(t, got.out, "loginStatus.method"))
	assert.Equal(t, "loginStatus.path default - /user/login?id={reqToken}, the form of the reference's sample", doctorLine(t, got.out, "loginStatus.path"))
	assert.Equal(t, "0 checks: 0 hold, 0 FAIL; 4 skipped. The wire: 6 documented, 0 set, 24 assumed by default.", lastLineOf(got.out))
}

func TestDoctorSaysWhatAProfileSets(t *testing.T) {
	doctorEnvironment(t)
	file := textFile(t, acmeProfile)
	got := runWith(t, "", "doctor", "-profile", file)
	assert.Equal(t, exitOK, got.code)
	assert.Equal(t, "profile set holds "+file+" compiles", doctorLine(t, got.out, "profile"))
	assert.Equal(t, "client key set holds fits a header", doctorLine(t, got.out, "client key"))
	assert.Equal(t, "private key set holds is one that can sign (RSA)", doctorLine(t, got.out, "private key"))
	assert.Contains(t, doctorLine(t, got.out, "signature"), "documented holds RSA with SHA-256: a request was signed")
	assert.Equal(t, `envelope set - {"ok":true,"data":"{result}"}`, doctorLine(t, got.out, "envelope"))
	assert.Equal(t, "states set - DONE is succeeded, REFUSED is failed, WAITING is pending", doctorLine(t, got.out, "states"))
	assert.Equal(t, `login.body set - {"username":"{account}","secret":"{password}"}`, doctorLine(t, got.out, "login.body"))
	assert.Equal(t, "4 checks: 4 hold, 0 FAIL; 0 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
}

func TestDoctorComparesWhatIsSetWithTheReference(t *testing.T) {
	doctorEnvironment(t)
	got := runWith(t, "", "doctor", "-profile", textFile(t, `{"clientInfo":{"method":"GET"},"loginStatus":{"method":"POST","path":"/status","body":{"t":"{reqToken}"}},"signature":{"noBody":"null"}}`))
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "clientInfo.method documented - GET", doctorLine(t, got.out, "clientInfo.method"))
	assert.Equal(t, "loginStatus.method set - POST (the reference has GET)", doctorLine(t, got.out, "loginStatus.method"))
	assert.Equal(t, `loginStatus.body set - {"t":"{reqToken}"}`, doctorLine(t, got.out, "loginStatus.body"))
	assert.Equal(t, "signature.noBody set - null (the reference has {})", doctorLine(t, got.out, "signature.noBody"))
}

func TestDoctorTakesTheProfileOfTheEnvironmentUnlessAFlagNamesAnother(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_PROFILE", textFile(t, `{"version":"3"}`))
	assert.Equal(t, "version set - 3", doctorLine(t, runWith(t, "", "doctor").out, "version"))
	assert.Equal(t, "version set - 2.0", doctorLine(t, runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile)).out, "version"))
}

func TestAWrongProfileIsSaidLineByLineAndWhatHangsOnItIsSkipped(t *testing.T) {
	s := startAcme(t)
	wrong := strings.NewReplacer("{account}", "{user}", "{url}", "{uri}").Replace(acmeProfile)
	response := textFile(t, s.answers["/v1/partner"])
	got := runWith(t, "", "doctor", "-profile", textFile(t, wrong), "-response", response, "-operation", "Clients.Info", "-live")
	assert.Equal(t, exitUsage, got.code)
	assert.Empty(t, got.err)
	assert.Contains(t, got.out, "FAILS    Login.body.username has the unknown name {user}")
	assert.Contains(t, got.out, "FAILS    StartLogin.result.page has the unknown name {uri}")
	assert.Equal(t, "private key set holds is one that can sign (RSA)", doctorLine(t, got.out, "private key"), "the other checks run")
	assert.Equal(t, "signature - skipped hangs on the profile", doctorLine(t, got.out, "signature"))
	assert.Equal(t, "Clients.Info "+response+" - skipped hangs on the profile", doctorLine(t, got.out, "Clients.Info"))
	assert.Equal(t, "TCP - holds a connection was made", doctorLine(t, got.out, "TCP"))
	assert.Contains(t, got.out, "Users.LoginStatus  -    skipped  hangs on the profile")
	assert.Zero(t, s.gets.Load())
}

func TestAProfileThatIsNotThereIsAWrongOne(t *testing.T) {
	doctorEnvironment(t)
	got := runWith(t, "", "doctor", "-profile", "none.json")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, doctorLine(t, got.out, "profile"), "set FAILS none.json: the profile cannot be read: no such file or directory")
	got = runWith(t, "", "doctor", "-profile", textFile(t, `{"version":"é"}`))
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, doctorLine(t, got.out, "profile"), "outside ASCII")
}

func TestAWrongKeyFails(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_PRIVATE_KEY", testkey.PKCS8Base64[:800])
	t.Setenv("COREAPI_CLIENT_KEY", "schlüssel")
	got := runWith(t, "", "doctor")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "client key"), "set FAILS COREAPI_CLIENT_KEY")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "set FAILS COREAPI_PRIVATE_KEY: ")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "[acts: you]")
	assert.Equal(t, "signature - skipped hangs on the private key", doctorLine(t, got.out, "signature"))
}

func TestWrongUsageOfDoctor(t *testing.T) {
	doctorEnvironment(t)
	file := textFile(t, `{}`)
	for want, args := range map[string][]string{
		"takes no arguments":                        {"x"},
		"has no -operation":                         {"-response", file},
		"put it behind the -response":               {"-operation", "Clients.Info"},
		"put it behind the -response that":          {"-status", "200"},
		"there is no such operation":                {"-response", file, "-operation", "Clients.Get"},
		"a final HTTP status":                       {"-response", file, "-operation", "Clients.Info", "-status", "100"},
		"a final HTTP status, 200":                  {"-response", file, "-operation", "Clients.Info", "-status", "ok"},
		"put each -status behind":                   {"-refusal", file, "-status", "400", "-status", "401"},
		"put each -operation behind":                {"-response", file, "-operation", "Clients.Info", "-operation", "Clients.Info"},
		"leave -operation out":                      {"-refusal", file, "-operation", "Users.Login"},
		"standard input can be one recording":       {"-refusal", "-", "-response", "-", "-operation", "Clients.Info"},
		"it is empty":                               {"-profile", ""},
		"it is empty: pass a file":                  {"-response", ""},
		"recorded response cannot be read: open no": {"-refusal", "no.json"},
	} {
		got := runWith(t, "", append([]string{"doctor"}, args...)...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Empty(t, got.out, args)
		assert.Contains(t, got.err, want, args)
	}
}

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
		{"Clients.Info", ``, nil, exitFailed, "FAILS no success: unexpected response"},

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

func TestTheBaseURLIsShownWithItsPath(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_BASE_URL", s.URL+"/partner/v3")
	got := runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-live")
	assert.Equal(t, "base URL set holds "+s.URL+"/partner/v3", doctorLine(t, got.out, "base URL"))
}

func TestTheRightProfileHoldsLive(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	t.Setenv("COREAPI_DEVICE_ID", "dev-canary-22")
	t.Setenv("COREAPI_USER_TOKEN", "user-canary-9")
	got := runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-live")
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "base URL set holds "+s.URL, doctorLine(t, got.out, "base URL"))
	assert.Equal(t, "DNS - skipped the host is an address, not a name", doctorLine(t, got.out, "DNS"))
	assert.Equal(t, "TCP - holds a connection was made", doctorLine(t, got.out, "TCP"))
	assert.Equal(t, "TLS - skipped the base URL is http to this machine: nothing is encrypted", doctorLine(t, got.out, "TLS"))
	assert.Equal(t, "clock - holds within 5 minutes of the server's", doctorLine(t, got.out, "clock"))
	assert.Equal(t, "Clients.Info - holds it has id, name; not status", doctorLine(t, got.out, "Clients.Info"))
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "holds the state is succeeded; it has userToken")
	assert.Contains(t, doctorLine(t, got.out, "Devices.Get"), "holds it has id, deviceId")
	assert.Equal(t, "10 checks: 10 hold, 0 FAIL; 2 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
	assert.EqualValues(t, 3, s.gets.Load())
	assert.Equal(t, "user-canary-9", s.seen.Get("X-Token"))
}

func TestTheWrongProfileFailsLive(t *testing.T) {
	s := startAcme(t)
	got := runWith(t, "", "doctor", "-live") // the defaults
	assert.Equal(t, exitFailed, got.code)
	line := doctorLine(t, got.out, "Clients.Info")
	assert.Contains(t, line, "FAILS an error response without a code (status 404), request id ")
	assert.Contains(t, line, "Check the base URL and the profile's routes")
	assert.EqualValues(t, 1, s.gets.Load(), "it is not tried again")
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "skipped COREAPI_REQ_TOKEN is not set")
	assert.Contains(t, doctorLine(t, got.out, "Devices.Get"), "skipped COREAPI_DEVICE_ID is not set")

	got = runWith(t, "", "doctor", "-live", "-profile", textFile(t, strings.Replace(acmeProfile, "partner_id", "id", 1)))
	assert.Equal(t, exitFailed, got.code)
	line = doctorLine(t, got.out, "Clients.Info")
	assert.Contains(t, line, "FAILS unexpected response: the response has no {id} at data.id: data has the members partner_id, partner_name (status 200), request id ")
	assert.True(t, strings.HasSuffix(line, ": fit the profile's envelope, or the route's result [acts: you]"), line)
}

func TestOnlyWhatIsReadByGETIsCalled(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	profile := strings.Replace(acmeProfile, `{"path": "/v1/login/{reqToken}"`, `{"method": "POST", "path": "/v1/login/status", "body": {"ticket": "{reqToken}"}`, 1)
	profile = strings.Replace(profile, `{"path": "/v1/partner"`, `{"method": "POST", "path": "/v1/partner"`, 1)
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, profile))
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "Clients.Info - skipped its method is POST in this profile, and nothing but GET is sent", doctorLine(t, got.out, "Clients.Info"))
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "skipped its method is POST")
	assert.Equal(t, "clock - skipped there was no response to compare it with", doctorLine(t, got.out, "clock"))
	assert.Zero(t, s.gets.Load())
}

func TestAClockTenMinutesOffFails(t *testing.T) {
	for off, want := range map[time.Duration]string{
		10 * time.Minute:  "clock - FAILS this machine's clock is 10 minutes behind the server's: set it, or tell the admin [acts: you, then the admin]",
		-10 * time.Minute: "clock - FAILS this machine's clock is 10 minutes ahead of the server's: set it, or tell the admin [acts: you, then the admin]",
		time.Minute:       "clock - holds within 5 minutes of the server's",
	} {
		s := startAcme(t)
		s.header.Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
		assert.Equal(t, want, doctorLine(t, got.out, "clock"))
		assert.Equal(t, strings.Contains(want, "FAILS"), got.code == exitFailed, off)
		assert.Equal(t, "Clients.Info - holds it has id, name; not status", doctorLine(t, got.out, "Clients.Info"))
	}
}

func TestAResponseWithoutADateLeavesTheClockOpen(t *testing.T) {
	s := startAcme(t)
	s.header["Date"] = nil
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitOK, got.code)
	assert.Equal(t, "clock - skipped the response has no Date to compare it with", doctorLine(t, got.out, "clock"))
}

func TestADeadHostFailsAndWhatHangsOnItIsSkipped(t *testing.T) {
	doctorEnvironment(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Setenv("COREAPI_BASE_URL", "http://"+listener.Addr().String())
	require.NoError(t, listener.Close())
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "TCP"), "FAILS no connection: connection refused: check the base URL's port")
	for _, subject := range []string{"TLS", "clock", "Clients.Info", "Users.LoginStatus", "Devices.Get"} {
		assert.Equal(t, subject+" - skipped hangs on TCP", doctorLine(t, got.out, subject))
	}
	assert.Equal(t, "6 checks: 5 hold, 1 FAIL; 6 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
}

func TestAHostThatNobodyKnowsFails(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_BASE_URL", "https://api.invalid")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "DNS"), "FAILS the")
	assert.Equal(t, "TCP - skipped hangs on DNS", doctorLine(t, got.out, "TCP"))
}

func TestAWrongCertificateFails(t *testing.T) {
	doctorEnvironment(t)
	s := acmeHandler(t)
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "TLS"), "FAILS the certificate is of an authority that this machine does not trust")
	assert.Equal(t, "Clients.Info - skipped hangs on TLS", doctorLine(t, got.out, "Clients.Info"))
	assert.Zero(t, s.gets.Load()+s.others.Load())
}

func TestAnAcceptedCertificateHolds(t *testing.T) {
	doctorEnvironment(t)
	s := acmeHandler(t)
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	d := newDoctor(doctorRequest{profileFile: textFile(t, acmeProfile), live: true})
	d.host.roots = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	d.checkOffline(t.Context())
	d.checkLive(t.Context())
	assert.Equal(t, holds, d.report.outcomeOf("TLS"), d.report)
	assert.Equal(t, holds, d.report.outcomeOf("Clients.Info"), d.report)
	assert.NoError(t, d.verdict())
}

func TestAPlainHTTPHostFails(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_BASE_URL", "http://api.example.com")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "base URL"), "FAILS the base URL is http to a host that is not loopback: use https")
	assert.Equal(t, "DNS - skipped hangs on the base URL", doctorLine(t, got.out, "DNS"))

	t.Setenv("COREAPI_BASE_URL", strings.Replace(s.URL, "http:", "https:", 1))
	got = runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Equal(t, "TLS - FAILS what answers does not speak TLS: check the base URL's scheme and port [acts: you]", doctorLine(t, got.out, "TLS"))
	assert.Zero(t, s.gets.Load())
}

func TestARedirectIsNotFollowed(t *testing.T) {
	s := startAcme(t)
	s.status = http.StatusFound
	s.header.Set("Location", s.URL+"/v1/login/req-canary-1")
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "FAILS redirect (status 302)")
	assert.EqualValues(t, 1, s.gets.Load())
}

func TestLiveNeedsBaseURLAndKeys(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	for _, subject := range []string{"client key", "private key", "base URL"} {
		assert.Contains(t, doctorLine(t, got.out, subject), "FAILS", subject)
	}
}

func TestAnUnsignedClientIsRefusedByTheSandboxAndTheDoctorSaysWhoActs(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_BASE_URL", strictSandbox(t, newKey(t).Public()).URL) // another key than the environment's
	t.Setenv("COREAPI_CLIENT_KEY", "sandbox-client-key")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "(status 401)")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "[acts: you, then the admin]")

	t.Setenv("COREAPI_BASE_URL", strictSandbox(t, nil).URL)
	got = runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitOK, got.code, got.out)

	t.Setenv("COREAPI_CLIENT_KEY", "another-key")
	got = runWith(t, "", "doctor", "-live")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "FAILS the code UNITSYSTEM00001")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "[acts: the admin]")
}

func TestNoSecretAndNoValueOfAResponseIsInTheDoctorsOutput(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_CLIENT_KEY", "client-canary-key")
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	t.Setenv("COREAPI_DEVICE_ID", "dev-canary-22")
	t.Setenv("COREAPI_USER_TOKEN", "user-canary-9")
	secrets := append(eights(testkey.PKCS8Base64), "canary", "Canary", acmeID, acmeName, acmeToken)
	response := textFile(t, s.answers["/v1/partner"])
	refusal := textFile(t, `{"ok":false,"code":"code with a canary","message":"message of a canary","data":{"token":"tok-canary"}}`)
	state := textFile(t, `{"ok":true,"data":{"phase":"the word of a canary, which is no plain one"}}`)
	broken := textFile(t, `{"ok":true,"data":{"partner_id":{"deep":"canary"}}}canary`)
	for name, profile := range map[string]string{"right": acmeProfile, "wrong": `{}`, "careless": strings.Replace(acmeProfile, `"ok": true, `, "", 1)} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError, http.StatusMovedPermanently} {
			for _, form := range []string{"-live", "-json"} {
				s.status = status
				s.header.Set("Location", "/canary")
				s.header.Set("X-Request-Id", "id-of-the-server")
				args := []string{"doctor", "-live", form, "-profile", textFile(t, profile), "-refusal", refusal}
				for file, operation := range map[string]string{response: "Clients.Info", state: "Users.LoginStatus", broken: "Clients.Info", refusal: "Devices.Save"} {
					args = append(args, "-response", file, "-operation", operation)
				}
				got := runWith(t, "", args...)
				assert.NotEqual(t, exitUsage, got.code, name)
				for _, secret := range secrets {
					require.NotContains(t, got.out+got.err, secret, "%s, %d", name, status)
				}
			}
		}
	}
}

func TestDoctorWritesNoFile(t *testing.T) {
	startAcme(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("acme.json", []byte(acmeProfile), 0o600))
	runWith(t, "", "doctor", "-live", "-json", "-profile", "acme.json", "-refusal", "acme.json")
	files, err := filepath.Glob("*")
	require.NoError(t, err)
	assert.Equal(t, []string{"acme.json"}, files)
}

// schemaOf is what the test reads of a JSON schema.
type schemaOf struct {
	Type                 string
	Const                any
	Enum                 []any
	Required             []string
	AdditionalProperties *bool
	Properties           map[string]schemaOf
	Items                *schemaOf
}

// requireFits has each member in the schema, each of the schema's in the value, and the
// words of an enum, all of them.
func (s schemaOf) requireFits(t *testing.T, where string, value any) {
	t.Helper()
	if s.Const != nil {
		require.Equal(t, s.Const, value, where)
	}
	if s.Enum != nil {
		require.Contains(t, s.Enum, value, where)
	}
	switch s.Type {
	case "object":
		object, ok := value.(map[string]any)
		require.True(t, ok, where)
		require.False(t, *s.AdditionalProperties, where)
		var names []string
		for name, property := range s.Properties {
			names = append(names, name)
			require.Contains(t, object, name, where)
			property.requireFits(t, where+"."+name, object[name])
		}
		require.ElementsMatch(t, names, s.Required, where)
		require.Len(t, object, len(names), where)
	case "array":
		for _, element := range value.([]any) {
			s.Items.requireFits(t, where+"[]", element)
		}
	case "string":
		require.IsType(t, "", value, where)
	case "integer":
		require.IsType(t, 0.0, value, where)
	}
}

func TestJSONIsOfTheSchemaAndSaysTheSameAsTheTable(t *testing.T) {
	s := startAcme(t)
	text, err := os.ReadFile("doctor.schema.json")
	require.NoError(t, err)
	var schema schemaOf
	require.NoError(t, json.Unmarshal(text, &schema))
	args := []string{"doctor", "-live", "-profile", textFile(t, acmeProfile), "-refusal", textFile(t, s.answers["/v1/partner"]),
		"-response", textFile(t, `{}`), "-operation", "Clients.Info"}
	table := runWith(t, "", args...)
	got := runWith(t, "", append(args, "-json")...)
	assert.Equal(t, table.code, got.code)
	var report any
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	schema.requireFits(t, "report", report)

	outcomes := map[string]bool{}
	for _, check := range report.(map[string]any)["checks"].([]any) {
		check := check.(map[string]any)
		outcomes[check["outcome"].(string)] = true
		assert.Contains(t, table.out, shown(check["found"].(string)))
		assert.Contains(t, table.out, check["subject"])
	}
	assert.Len(t, outcomes, 4, "all outcomes are there")
	assert.Equal(t, 1.0, report.(map[string]any)["version"])
}

// exampleProfiles are the files of examples/profiles.
func exampleProfiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/profiles/*.json")
	require.NoError(t, err)
	require.Len(t, files, 8)
	return files
}

func TestEachExampleProfileHoldsAgainstTheFakeThatSpeaksIt(t *testing.T) {
	for _, file := range exampleProfiles(t) {
		doctorEnvironment(t)
		profile, err := coreapi.LoadProfile(file)
		require.NoError(t, err)
		fake := coreapitest.NewServer(t, coreapitest.WithProfile(profile))
		t.Setenv("COREAPI_BASE_URL", fake.URL)
		t.Setenv("COREAPI_CLIENT_KEY", fake.ClientKey)
		device := fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-canary", Name: "name-canary"})
		session, err := fake.Client().Users.StartLogin(t.Context())
		require.NoError(t, err)
		before := len(fake.Requests())
		t.Setenv("COREAPI_REQ_TOKEN", string(session.ReqToken))
		t.Setenv("COREAPI_DEVICE_ID", device.ID)

		right := runWith(t, "", "doctor", "-live", "-profile", file)
		assert.Equal(t, exitOK, right.code, "%s: %s", file, right.out)
		assert.Contains(t, doctorLine(t, right.out, "Clients.Info"), "holds it has", file)
		if device := doctorLine(t, right.out, "Devices.Get"); profile.GetDevice.Method == http.MethodPost {
			assert.Contains(t, device, "skipped its method is POST", file)
		} else {
			assert.Contains(t, device, "holds it has id, deviceId, name", file)
		}
		for _, other := range exampleProfiles(t) {
			if other == file {
				continue
			}
			wrong := runWith(t, "", "doctor", "-live", "-profile", other)
			assert.Equal(t, exitFailed, wrong.code, "%s as %s: %s", file, other, wrong.out)
			for _, value := range []string{"canary", string(session.ReqToken), fake.ClientKey} {
				assert.NotContains(t, right.out+wrong.out, value)
			}
		}
		for _, r := range fake.Requests()[before:] {
			assert.Equal(t, http.MethodGet, r.Method)
		}
	}
}

func TestTheListedDefaultsAreThoseOfTheDefaultWrittenOut(t *testing.T) {
	written, err := coreapi.LoadProfile("../../examples/profiles/1-default.json")
	require.NoError(t, err)
	names := func(template coreapi.Template) (all []string) {
		for _, found := range regexp.MustCompile(`"\{(\w+)\}"`).FindAllStringSubmatch(string(template), -1) {
			all = append(all, found[1])
		}
		return all
	}
	for _, r := range doctorRoutes(&written) {
		assert.Subset(t, strings.Split(r.result, ", "), names(r.set.Result), "%s.result", r.field)
		if r.body != "" && r.body != "{}" {
			assert.ElementsMatch(t, strings.Split(r.body, ", "), names(r.set.Body), "%s.body", r.field)
		}
		if r.method != "" {
			assert.Equal(t, r.method, r.set.Method, r.field)
		}
	}
}

func TestAllOperationsHaveARoute(t *testing.T) {
	var names []string
	for _, r := range doctorRoutes(&newDoctor(doctorRequest{}).profile) {
		names = append(names, r.operation)
	}
	assert.True(t, slices.Equal(operationNames(), names), names)
}
