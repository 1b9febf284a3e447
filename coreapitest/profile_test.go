package coreapitest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// profiles are wires that differ from the default in every place that a profile has.
var profiles = map[string]coreapi.Profile{
	"snake_case in an envelope of status and data": {
		Envelope:    `{"status":true,"message":"*","data":"{result}"}`,
		ClientInfo:  coreapi.Route{Path: "/v1/client-info", Result: `{"client_id":"{id}","client_name":"{name}","client_status":"{status}"}`},
		Login:       coreapi.Route{Path: "/v1/auth/login", Body: `{"email":"{email}","phone_number":"{whatsapp}","pass_word":"{password}","req_token":"{reqToken}"}`, Result: `{"login_state":"{state}","req_token":"{reqToken}","access_token":"{userToken}","user_id":"{userId}"}`},
		StartLogin:  coreapi.Route{Path: "/v1/auth/start", Result: `{"req_token":"{reqToken}","login_url":"{url}"}`},
		LoginStatus: coreapi.Route{Path: "/v1/auth/status?req_token={reqToken}", Result: `{"login_state":"{state}","access_token":"{userToken}","user_id":"{userId}","error_code":"{failureCode}"}`},
		SaveDevice:  coreapi.Route{Path: "/v1/devices", Body: `{"device_id":"{deviceId}","device_name":"{name}","fcm_token":"{pushToken}"}`, Result: `{"id":"{id}","device_id":"{deviceId}","device_name":"{name}","fcm_token":"{pushToken}"}`},
		GetDevice:   coreapi.Route{Path: "/v1/devices/{id}", Result: `{"id":"{id}","device_id":"{deviceId}","device_name":"{name}","fcm_token":"{pushToken}"}`},
	},
	"always 200 with a code": {
		Envelope:    `{"code":"SUCCESS","result":"{result}"}`,
		Login:       coreapi.Route{Path: "/login", Body: `{"account":"{account}","password":"{password}","request":"{reqToken}"}`, Result: `{"token":"{userToken}","uid":"{userId}"}`},
		StartLogin:  coreapi.Route{Path: "/login/start", Result: `{"reqToken":"{reqToken}","page":"{url}"}`},
		LoginStatus: coreapi.Route{Path: "/login/status?token={reqToken}", Result: `{"token":"{userToken}","uid":"{userId}","failure":"{failureCode}"}`},
	},
	"nested user objects two levels down": {
		Envelope:    `{"data":{"attributes":"{result}"}}`,
		Login:       coreapi.Route{Path: "/sessions", Body: `{"data":{"user":{"credentials":{"email":"{email}","phone":"{whatsapp}"},"secret":"{password}"},"type":"session","request":"{reqToken}"}}`, Result: `{"session":{"token":"Bearer {userToken}","user":{"profile":{"id":"{userId}"}}},"state":"{state}"}`},
		StartLogin:  coreapi.Route{Path: "/sessions", Body: `{"data":{"type":"hosted"}}`, Result: `{"links":[{"rel":"login","href":"{url}"}],"request":{"token":"{reqToken}"}}`},
		LoginStatus: coreapi.Route{Path: "/sessions/{reqToken}", Result: `{"session":{"token":"Bearer {userToken}","user":{"profile":{"id":"{userId}"}}},"state":"{state}","error":{"code":"{failureCode}"}}`},
		SaveDevice:  coreapi.Route{Path: "/devices", Body: `{"device":{"serial":"{deviceId}","label":"{name}","push":{"token":"{pushToken}"}}}`, Result: `{"device":{"_id":"{id}","serial":"{deviceId}","label":"{name}","push":{"token":"{pushToken}"}}}`},
		GetDevice:   coreapi.Route{Path: "/devices/{id}", Result: `{"device":{"_id":"{id}","serial":"{deviceId}","label":"{name}","push":{"token":"{pushToken}"}}}`},
	},
	"the token in the path": {
		LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status", Result: `{"state":"{state}","token":"{userToken}","user":"{userId}","code":"{failureCode}"}`},
		SaveDevice:  coreapi.Route{Method: "PUT", Path: "/device/{deviceId}", Body: `{"label":"{name}","push":"{pushToken}"}`, Result: `{"id":"{id}","serial":"{deviceId}","label":"{name}","push":"{pushToken}"}`},
		GetDevice:   coreapi.Route{Path: "/device/{id}", Result: `{"id":"{id}","serial":"{deviceId}","label":"{name}","push":"{pushToken}"}`},
	},
	"a status by POST with the token in the body": {
		Login:       coreapi.Route{Path: "/user/login?v=2", Result: `{"state":"{state}","token":"{userToken}","id":"{userId}"}`},
		StartLogin:  coreapi.Route{Method: "PUT"},
		LoginStatus: coreapi.Route{Method: "POST", Path: "/user/status", Body: `{"params":[{"reqToken":"{reqToken}"}]}`, Result: `{"state":"{state}","token":"{userToken}","id":"{userId}","code":"{failureCode}"}`},
		GetDevice:   coreapi.Route{Method: "POST", Path: "/device/detail", Body: `{"id":"{id}"}`},
	},
	"numbers as ids and states": {
		Envelope:    `{"code":0,"data":"{result}"}`,
		States:      map[string]coreapi.LoginState{"0": coreapi.LoginPending, "1": coreapi.LoginSucceeded, "2": coreapi.LoginFailed},
		ClientInfo:  coreapi.Route{Result: `{"id":"{id:number}","name":"{name}","status":"{status:number}"}`},
		Login:       coreapi.Route{Body: `{"email":"{email}","whatsapp":"{whatsapp}","password":"{password}","reqToken":"{reqToken:number}"}`, Result: `{"state":"{state:number}","token":"{userToken}","uid":"{userId:number}"}`},
		StartLogin:  coreapi.Route{Result: `{"reqToken":"{reqToken:number}","url":"{url}"}`},
		LoginStatus: coreapi.Route{Result: `{"state":"{state:number}","token":"{userToken:number}","uid":"{userId:number}","err":"{failureCode}"}`},
		SaveDevice:  coreapi.Route{Result: `{"id":"{id:number}","deviceId":"{deviceId}","name":"{name}","pushToken":"{pushToken}"}`},
		GetDevice:   coreapi.Route{Method: "POST", Path: "/device/get", Body: `{"id":"{id:number}"}`, Result: `{"id":"{id:number}","deviceId":"{deviceId}","name":"{name}","pushToken":"{pushToken}"}`},
	},
	"no word for a login that failed": {
		States:      map[string]coreapi.LoginState{"waiting": coreapi.LoginPending, "in": coreapi.LoginSucceeded},
		Login:       coreapi.Route{Result: `{"token":"{userToken}"}`},
		LoginStatus: coreapi.Route{Result: `{"state":"{state}","token":"{userToken}"}`},
	},
	"neither a state nor a failure": {
		LoginStatus: coreapi.Route{Result: `{"token":"{userToken}"}`},
	},
	"the result's members beside the conditions": {
		Envelope: `{"ok":true}`,
	},
}

// anasID is an id that every profile takes.
const anasID = "12345"

// eachProfile runs a test on fakes that speak each of the profiles, with Ana in them.
func eachProfile(t *testing.T, test func(t *testing.T, profile coreapi.Profile, s *coreapitest.Server)) {
	for name, profile := range profiles {
		for wayName, way := range ways {
			t.Run(name+", "+wayName, func(t *testing.T) {
				s := way(t, coreapitest.WithProfile(profile), coreapitest.WithBasePath("/core"))
				user := ana
				user.ID = anasID
				s.AddUser(user)
				test(t, profile, s)
			})
		}
	}
}

func TestEveryOperationIsDoneInAnyProfile(t *testing.T) {
	eachProfile(t, func(t *testing.T, profile coreapi.Profile, s *coreapitest.Server) {
		c := once(s)
		info, err := c.Clients.Info(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, info.ID)
		require.Equal(t, "Test client", info.Name)
		require.Contains(t, []string{"active", "1"}, info.Status)

		for _, login := range []coreapi.LoginRequest{anasLogin, {WhatsApp: whatsApp, Password: password}} {
			status, err := c.Users.Login(t.Context(), login)
			require.NoError(t, err)
			requireLoggedIn(t, profile, status)
		}

		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, string(session.ReqToken))
		require.True(t, strings.HasPrefix(session.URL, s.URL+"/hosted/login?reqToken="))
		status, err := c.Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err)
		require.Equal(t, coreapi.LoginPending, status.State)
		newBrowser(t, s).open(session.URL).logIn(email, password)
		status, err = c.Users.WaitForLogin(t.Context(), session.ReqToken)
		require.NoError(t, err)
		requireLoggedIn(t, profile, status)
		s.RequireUserToken("Devices.Get")

		saved, err := c.Devices.Save(t.Context(), deviceInfo)
		require.NoError(t, err)
		require.NotEmpty(t, saved.ID)
		requireSaved(t, saved)
		_, err = c.Devices.Get(t.Context(), saved.ID)
		require.Equal(t, http.StatusUnauthorized, asError(t, err).StatusCode)
		read, err := c.Devices.Get(t.Context(), saved.ID, coreapi.WithUserToken(status.UserToken))
		require.NoError(t, err)
		require.Equal(t, saved.ID, read.ID)
		requireSaved(t, read)
		require.Equal(t, []coreapi.Device{*read}, s.Devices())
		added := s.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-2"})
		require.Equal(t, "phone-2", added.Info.DeviceID)
	})
}

func requireLoggedIn(t *testing.T, profile coreapi.Profile, status *coreapi.LoginStatus) {
	t.Helper()
	require.Equal(t, coreapi.LoginSucceeded, status.State)
	require.NotEmpty(t, string(status.UserToken))
	if profile.Login.Result == "" || strings.Contains(string(profile.Login.Result), "{userId") {
		require.Contains(t, []string{anasID, ""}, status.UserID)
	}
}

// requireSaved passes over Extra: where an envelope is conditions alone, they stand beside
// the device's fields.
func requireSaved(t *testing.T, device *coreapi.Device) {
	t.Helper()
	info := device.Info
	info.Extra = nil
	require.Equal(t, deviceInfo, info)
}

func TestAStartedLoginIsCompletedByCredentialsInAnyProfile(t *testing.T) {
	eachProfile(t, func(t *testing.T, _ coreapi.Profile, s *coreapitest.Server) {
		c := once(s)
		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		with := anasLogin
		with.ReqToken = session.ReqToken
		_, err = c.Users.Login(t.Context(), with)
		require.NoError(t, err)
		_, err = c.Users.Login(t.Context(), with)
		require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken, "it is used")
	})
}

func TestEveryErrorIsToldInAnyProfile(t *testing.T) {
	eachProfile(t, func(t *testing.T, _ coreapi.Profile, s *coreapitest.Server) {
		c := once(s, coreapi.WithLanguage(coreapi.English))
		other := *s
		other.ClientKey = "wrong"
		_, err := once(&other).Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrClientKeyNotFound)
		require.Equal(t, http.StatusUnauthorized, asError(t, err).StatusCode, "the fake's own table")

		_, err = c.Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: "battery horse"})
		require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
		require.Equal(t, "The password is wrong.", asError(t, err).Message)
		_, err = c.Users.Login(t.Context(), coreapi.LoginRequest{WhatsApp: "+1", Password: password})
		require.ErrorIs(t, err, coreapi.ErrUserNotFound)
		s.SetUserStatus(email, coreapitest.Suspended)
		_, err = c.Users.Login(t.Context(), anasLogin)
		require.ErrorIs(t, err, coreapi.ErrUserSuspended)

		s.AddDevice(deviceInfo)
		_, err = c.Devices.Save(t.Context(), deviceInfo)
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
		_, err = c.Devices.Get(t.Context(), "404")
		require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
		_, err = c.Users.LoginStatus(t.Context(), "404")
		require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken)

		for code, end := range map[coreapi.Code]func(coreapi.Secret){
			coreapi.CodeClientClosedRequest: s.CancelLogin,
			coreapi.CodeUserSuspended:       func(reqToken coreapi.Secret) { s.CompleteLogin(reqToken, email) },
			coreapi.CodeUserDeleted:         func(reqToken coreapi.Secret) { s.FailLogin(reqToken, coreapi.CodeUserDeleted) },
		} {
			session, err := c.Users.StartLogin(t.Context())
			require.NoError(t, err)
			end(session.ReqToken)
			_, err = c.Users.WaitForLogin(t.Context(), session.ReqToken, coreapi.WithTimeout(20*time.Second)) // it has failed already
			require.Equal(t, code, asError(t, err).Code)
		}

		s.Inject(coreapitest.Fault{Operation: "Clients.Info", Code: coreapi.CodeRequestTimeout, Message: "<slow>"})
		_, err = c.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.Equal(t, "<slow>", asError(t, err).Message)
		s.SetClientStatus(coreapitest.Inactive)
		_, err = c.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrClientInactive)
	})
}

func TestNoSecretIsRecordedInAnyProfile(t *testing.T) {
	eachProfile(t, func(t *testing.T, _ coreapi.Profile, s *coreapitest.Server) {
		c := once(s)
		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		with := anasLogin
		with.ReqToken = session.ReqToken
		_, err = c.Users.Login(t.Context(), with)
		require.NoError(t, err)
		status, err := c.Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err)
		_, err = c.Devices.Save(t.Context(), deviceInfo, coreapi.WithUserToken(status.UserToken))
		require.NoError(t, err)
		recorded, err := json.Marshal(s.Requests())
		require.NoError(t, err)
		for _, r := range s.Requests() {
			recorded = append(recorded, r.Body...)
		}
		for _, secret := range []string{s.ClientKey, password, string(session.ReqToken), string(status.UserToken), string(deviceInfo.PushToken)} {
			require.NotContains(t, string(recorded), secret)
		}
		require.Contains(t, string(recorded), email)
	})
}

func TestExtraGoesBesideTheDeviceIDWhereTheProfileHasRoom(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(profiles["nested user objects two levels down"]))
	info := deviceInfo
	info.Extra = map[string]any{"colour": "red", "n": json.Number("1.5")}
	saved, err := once(s).Devices.Save(t.Context(), info)
	require.NoError(t, err)
	require.Equal(t, info, saved.Info)

	s = coreapitest.New(coreapitest.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Result: `{"id":"{id}"}`}}))
	saved, err = once(s).Devices.Save(t.Context(), info)
	require.NoError(t, err)
	read, err := once(s).Devices.Get(t.Context(), saved.ID)
	require.NoError(t, err)
	require.Equal(t, coreapi.DeviceInfo{}, read.Info, "the profile shows the id alone")
}

func TestErrorsComeWith200WhereTheAPIAlwaysAnswersSo(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(profiles["always 200 with a code"]), coreapitest.WithAlways200())
	s.AddUser(ana)
	c := once(s)
	_, err := c.Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: "wrong"})
	require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
	require.Equal(t, http.StatusOK, asError(t, err).StatusCode)

	got := send(t, s, "GET", "/client", "", "X-Signature", "")
	require.Equal(t, http.StatusOK, got.status)
	require.True(t, strings.HasPrefix(got.body, `{"code":"ERROR","message":`), got.body)
	s.Inject(
		coreapitest.Fault{Code: coreapi.CodeRequestTimeout},
		coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Skip: 1, Status: http.StatusBadGateway},
	)
	got = send(t, s, "GET", "/client", "")
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.body, `"code":"REQUEST_TIMEOUT"`)
	require.Equal(t, http.StatusBadGateway, send(t, s, "GET", "/client", "").status, "a fault's own")
	require.Equal(t, http.StatusNotFound, send(t, s, "GET", "/nowhere", "").status, "no operation")
	_, err = c.Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestAProfileThatTheFakeCannotSpeakIsAMistake(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []coreapitest.Option
		want string
	}{
		"an unknown name":      {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Body: `{"mail":"{emial}","p":"{password}"}`}})}, "did you mean {email}?"},
		"two routes alike":     {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{StartLogin: coreapi.Route{Method: "GET", Path: "/client"}})}, "has the route of ClientInfo"},
		"the page's path":      {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{StartLogin: coreapi.Route{Path: "/hosted/login"}})}, "the route of Users.StartLogin is that of the hosted page"},
		"a name as a number":   {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Result: `{"n":"{name:number}"}`}})}, "the fake cannot speak the profile: the value of {name} is no number"},
		"no word for pending":  {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{States: map[string]coreapi.LoginState{"in": coreapi.LoginSucceeded}})}, `the fake cannot speak the profile: the profile's States have no word for "pending"`},
		"200 and no condition": {[]coreapitest.Option{coreapitest.WithProfile(coreapi.Profile{Envelope: `{"data":"{result}"}`}), coreapitest.WithAlways200()}, "the profile's Envelope has no condition"},
		"200 and no envelope":  {[]coreapitest.Option{coreapitest.WithAlways200()}, "the profile's Envelope has no condition"},
	} {
		t.Run(name, func(t *testing.T) {
			fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) { server(tt.opts...) })
			require.Contains(t, fatal, tt.want)
			require.Contains(t, panicked, tt.want)
		})
	}
}

func TestAnIDThatIsNoNumberIsAMistakeWhereTheProfileHasNumbers(t *testing.T) {
	numbers := coreapitest.WithProfile(profiles["numbers as ids and states"])
	for name, wrong := range map[string]func(*coreapitest.Server){
		"a user's":   func(s *coreapitest.Server) { s.AddUser(ana) },
		"a device's": func(s *coreapitest.Server) { s.AddDeviceWithID("id-1", deviceInfo) },
	} {
		fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) { wrong(server(numbers)) })
		require.Contains(t, fatal, "is no number, which the profile's", name)
		require.Equal(t, fatal, panicked)
	}
	s := coreapitest.New(numbers)
	s.AddUser(coreapitest.User{Email: email, Password: password})
	s.AddDeviceWithID("7", deviceInfo)
	status, err := once(s).Users.Login(t.Context(), anasLogin)
	require.NoError(t, err)
	require.Regexp(t, `^[1-9][0-9]{14}$`, status.UserID)
}

func TestADeviceThatNoAnswerCouldShowIsRefused(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{SaveDevice: coreapi.Route{Result: `{"id":"{id}","deviceId":"{deviceId:number}"}`}}))
	_, err := once(s).Devices.Save(t.Context(), deviceInfo)
	require.Equal(t, http.StatusBadRequest, asError(t, err).StatusCode)
	require.Empty(t, s.Devices(), "it was not stored")
	_, err = once(s).Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "7"})
	require.NoError(t, err)
}

func TestATokenIsANumberWhereARequestNeedsOne(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{
		LoginStatus: coreapi.Route{Method: "POST", Path: "/status", Body: `{"token":"{reqToken:number}"}`},
	}))
	session, err := once(s).Users.StartLogin(t.Context())
	require.NoError(t, err)
	_, err = once(s).Users.LoginStatus(t.Context(), session.ReqToken)
	require.NoError(t, err)
}

func TestAClientsStatusMayBeANumber(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Result: `{"state":"{status:number}"}`}}))
	require.Equal(t, `{"state":1}`, send(t, s, "GET", "/client", "").body)
}

func TestTheHostedPageIsNotTakenForAnID(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Path: "/hosted/{id}"}}))
	require.Contains(t, send(t, s, "GET", "/hosted/login?reqToken=none", "").body, "Login not found")
	require.Contains(t, send(t, s, "GET", "/hosted/other", "").body, "INVALID_OBJECT_ID")
}

func TestWhatIsNotUTF8IsReplacedInAnAnswer(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(coreapitest.User{ID: "u-\xff", Email: email, Password: password})
	got := send(t, s, "POST", "/user/login", `{"email":"`+email+`","password":"`+password+`"}`)
	require.Contains(t, got.body, `"userId":"u-`+"\uFFFD"+`"`)
}

func TestAMissingValueGetsItsErrorInAnyProfile(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(profiles["a status by POST with the token in the body"]))
	for body, want := range map[string]string{
		`{}`:                          `"code":"FAILED_UPDATE_USER_TOKEN"`,
		`{"params":[]}`:               `"code":"FAILED_UPDATE_USER_TOKEN"`,
		`{"params":[{}]}`:             `"code":"FAILED_UPDATE_USER_TOKEN"`,
		`{"params":"x"}`:              `"code":"FAILED_UPDATE_USER_TOKEN"`,
		``:                            "The body is empty.",
		`[]`:                          "The body is JSON, but not an object.",
		`{"params":[{"reqToken":7}]}`: "A field of the body has the wrong type",
	} {
		require.Contains(t, send(t, s, "POST", "/user/status", body).body, want, body)
	}
	require.Contains(t, send(t, s, "POST", "/device/detail", `{}`).body, `"code":"INVALID_OBJECT_ID"`)
	require.Contains(t, send(t, s, "POST", "/user/login?v=2", `{}`).body, "The login has no account.", "StartLogin has a route of its own")
	s = coreapitest.New(coreapitest.WithProfile(profiles["the token in the path"]))
	require.Equal(t, http.StatusNotFound, send(t, s, "GET", "/login//status", "").status)
	s = coreapitest.New(coreapitest.WithProfile(coreapi.Profile{SaveDevice: coreapi.Route{Path: "/device?d={deviceId}", Body: `{"name":"{name}"}`}}))
	require.Contains(t, send(t, s, "POST", "/device", `{"name":"n"}`).body, "The device has no deviceId.")
}
