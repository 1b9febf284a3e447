package coreapitest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// checks are in the order in which they are made, each with its answer.
var checks = []struct{ name, want string }{
	{"key", `{"code":"UNITSYSTEM00001"`},
	{"version", `{"message":"The header X-Version is missing.`},
	{"request id", `{"message":"The header X-Request-Id is missing.`},
	{"used request id", `{"message":"This X-Request-Id was used before.`},
	{"size", `{"message":"The body is over the limit`},
	{"signature", `{"message":"The signature does not verify`},
	{"client's status", `{"code":"CLIENT_ACCOUNT_SUSPENDED"`},
	{"forbidden operation", `{"code":"UNITSYSTEM00002"`},
	{"user token", `{"message":"This operation needs a user's token.`},
	{"body", `{"message":"The body is not valid JSON.`},
	{"field", `{"message":"The login has no password.`},
	{"reqToken", `{"code":"FAILED_UPDATE_USER_TOKEN"`},
	{"account", `{"code":"USER_NOT_FOUND"`},
	{"password", `{"code":"INVALID_PASSWORD"`},
	{"user's status", `{"code":"USER_SUSPENDED"`},
	{"nothing", `{"state":"succeeded"`},
}

// Each case breaks the rule that it names and all that come later: the first one
// in the order answers.
func TestChecksAreMadeInTheirOrder(t *testing.T) {
	for first, tt := range checks {
		t.Run(tt.name, func(t *testing.T) {
			wrong := map[string]bool{}
			for _, later := range checks[first:] {
				wrong[later.name] = true
			}
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				got := send(t, s, "POST", "/user/login", loginBody(wrong), append(loginHeader(t, s, wrong), loginState(t, s, wrong)...)...)
				require.True(t, strings.HasPrefix(got.body, tt.want), got.body)
			})
		})
	}
}

func loginBody(wrong map[string]bool) string {
	fields := map[string]string{"email": email, "password": password}
	switch {
	case wrong["size"]:
		return strings.Repeat("x", 1<<20+1)
	case wrong["body"]:
		return `{"email":`
	}
	if wrong["reqToken"] {
		fields["reqToken"] = "unknown"
	}
	if wrong["account"] {
		fields["email"] = "nobody@example.com"
	}
	if wrong["password"] {
		fields["password"] = "wrong"
	}
	if wrong["field"] {
		delete(fields, "password")
	}
	data, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func loginHeader(t *testing.T, s *coreapitest.Server, wrong map[string]bool) []string {
	var header []string
	if wrong["key"] {
		header = append(header, "X-Client-Key", "wrong")
	}
	if wrong["version"] {
		header = append(header, "X-Version", "")
	}
	if wrong["used request id"] {
		send(t, s, "GET", "/client", "", "X-Request-Id", "used")
		header = append(header, "X-Request-Id", "used")
	}
	if wrong["request id"] {
		header = append(header, "X-Request-Id", "")
	}
	if wrong["signature"] {
		header = append(header, "X-Signature", sign(t, s, "another text"))
	}
	return header
}

// loginState brings the state about, and returns the header with the user's token.
func loginState(t *testing.T, s *coreapitest.Server, wrong map[string]bool) []string {
	s.AddUser(ana)
	other := coreapitest.User{Email: "other@example.com", Password: password}
	s.AddUser(other)
	status, err := once(s).Users.Login(t.Context(), coreapi.LoginRequest{Email: other.Email, Password: password})
	require.NoError(t, err)
	s.RequireUserToken("Users.Login")
	if wrong["user's status"] {
		s.SetUserStatus(email, coreapitest.Suspended)
	}
	if wrong["client's status"] {
		s.SetClientStatus(coreapitest.Suspended)
	}
	if wrong["forbidden operation"] {
		s.ForbidOperation("Users.Login")
	}
	if wrong["user token"] {
		return []string{"X-Token", "unknown"}
	}
	return []string{"X-Token", string(status.UserToken)}
}

func TestAMissingHeaderIsNamed(t *testing.T) {
	for header, want := range map[string]reply{
		"X-Client-Key": {status: 401, body: `"code":"UNITSYSTEM00001"`},
		"X-Version":    {status: 400, body: `{"message":"The header X-Version is missing.`},
		"X-Request-Id": {status: 400, body: `{"message":"The header X-Request-Id is missing.`},
		"X-Signature":  {status: 401, body: `{"message":"The header X-Signature is missing.`},
	} {
		t.Run(header, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				got := send(t, s, "GET", "/client", "", header, "")
				require.Equal(t, want.status, got.status)
				require.Contains(t, got.body, want.body)
			})
		})
	}
}

func TestAHeaderThatIsSentTwiceIsOneValue(t *testing.T) {
	s := coreapitest.New()
	for _, name := range []string{"X-Client-Key", "X-Signature"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/client", nil)
		require.NoError(t, err)
		req.Header = http.Header{
			"X-Client-Key": {s.ClientKey}, "X-Version": {"1.0.0"}, "X-Request-Id": {"twice " + name},
		}
		req.Header.Set("X-Signature", sign(t, s, signedText(req.Header, "GET", "/client", "")))
		req.Header.Add(name, req.Header.Get(name))
		resp, err := s.Transport().RoundTrip(req)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, name)
	}
}

func TestAnOperationMayNeedAUsersToken(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.AddUser(ana)
		s.RequireUserToken("Devices.Save")
		c := once(s)
		for name, opts := range map[string][]coreapi.CallOption{
			"no token":         nil,
			"an unknown token": {coreapi.WithUserToken("unknown")},
		} {
			_, err := c.Devices.Save(t.Context(), deviceInfo, opts...)
			require.ErrorIs(t, err, coreapi.ErrUnknownCode, name)
			var e *coreapi.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, http.StatusUnauthorized, e.StatusCode)
			require.Contains(t, e.Message, "X-Token")
		}
		_, err := c.Clients.Info(t.Context())
		require.NoError(t, err, "another operation needs none")

		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		s.CompleteLogin(session.ReqToken, email)
		hosted, err := c.Users.WaitForLogin(t.Context(), session.ReqToken)
		require.NoError(t, err)
		_, err = c.Devices.Save(t.Context(), deviceInfo, coreapi.WithUserToken(hosted.UserToken))
		require.NoError(t, err)

		direct, err := c.Users.Login(t.Context(), anasLogin)
		require.NoError(t, err)
		_, err = c.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-2"}, coreapi.WithUserToken(direct.UserToken))
		require.NoError(t, err)
	})
}

func TestForbiddingOneOperationOfARouteLeavesTheOther(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(ana)
	s.ForbidOperation("Users.StartLogin")
	_, err := once(s).Users.StartLogin(t.Context())
	require.ErrorIs(t, err, coreapi.ErrEndpointForbidden)
	_, err = once(s).Users.Login(t.Context(), anasLogin)
	require.NoError(t, err)
}

func TestARequestWhoseContextIsGoneIsClosedAndChangesNothing(t *testing.T) {
	s := coreapitest.New()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "/device", strings.NewReader(`{"deviceId":"phone-1"}`))
	r.Header.Set("X-Client-Key", s.ClientKey)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, 499, w.Code)
	require.Contains(t, w.Body.String(), `"CLIENT_CLOSED_REQUEST"`)
	s.AddDevice(deviceInfo) // it would be a mistake if the device were there
}

func TestInfoShowsTheClient(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		info, err := once(s).Clients.Info(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, info.ID)
		require.NotEmpty(t, info.Name)
		require.Equal(t, "active", info.Status)
	})
}

func TestResetGoesBackToTheStateAfterNew(t *testing.T) {
	s := coreapitest.New()
	c := once(s)
	before, err := c.Clients.Info(t.Context())
	require.NoError(t, err)
	s.AddUser(ana)
	device := s.AddDevice(deviceInfo)
	session, err := c.Users.StartLogin(t.Context())
	require.NoError(t, err)
	s.SetClientStatus(coreapitest.Deleted)
	s.ForbidOperation("Clients.Info")
	s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Times: -1})

	s.Reset()

	require.Empty(t, s.Requests())
	after, err := c.Clients.Info(t.Context())
	require.NoError(t, err, "status, forbidden operations and faults are as after New, the key is the same")
	require.Equal(t, before.ID, after.ID)
	_, err = c.Users.Login(t.Context(), anasLogin)
	require.ErrorIs(t, err, coreapi.ErrUserNotFound)
	_, err = c.Devices.Get(t.Context(), device.ID)
	require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
	_, err = c.Users.LoginStatus(t.Context(), session.ReqToken)
	require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken)
	s.AddUser(ana)
	s.AddDevice(deviceInfo)
}

func TestADelayedRequestLeavesTheStateAfterAResetClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: time.Hour})
		saved := make(chan string)
		go func() {
			device, err := once(s, coreapi.WithAttemptTimeout(2*time.Hour)).Devices.Save(t.Context(), deviceInfo)
			check(t, err)
			saved <- device.ID
		}()
		synctest.Wait()
		require.Len(t, s.Requests(), 1)
		s.Reset()
		id := <-saved // it was answered by the state that it came to
		require.Empty(t, s.Requests())
		_, err := once(s).Devices.Get(t.Context(), id)
		require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
		s.AddDevice(deviceInfo) // it would be a mistake if the device were there
	})
}

func TestTheRequestIDComesBack(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		for _, path := range []string{"/client", "/device?id=none", "/nowhere", "/hosted/login"} {
			got := send(t, s, "GET", path, "", "X-Request-Id", "req-1")
			require.Equal(t, "req-1", got.header.Get("X-Request-Id"), path)
		}
		require.Empty(t, send(t, s, "GET", "/client", "", "X-Request-Id", "").header.Values("X-Request-Id"), "none is made up")
		s.Inject(coreapitest.Fault{Status: http.StatusBadGateway, Body: "<h1>Bad gateway</h1>"})
		got := send(t, s, "GET", "/client", "", "X-Request-Id", "req-2")
		require.Equal(t, "req-2", got.header.Get("X-Request-Id"), "on a raw answer too")
	})
}
