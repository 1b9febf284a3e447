package coreapitest_test

import (
	"context"
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

// Each case breaks the rule that it names and all that come later: the first one
// in the order answers.
func TestChecksAreMadeInTheirOrder(t *testing.T) {
	const broken = `{"email":`
	for _, tt := range []struct {
		name   string
		key    string
		status coreapitest.Status
		forbid bool
		body   string
		user   coreapitest.Status
		want   string
	}{
		{"key", "wrong", coreapitest.Suspended, true, broken, coreapitest.Deleted, `"UNITSYSTEM00001"`},
		{"no key", "", coreapitest.Suspended, true, broken, coreapitest.Deleted, `"UNITSYSTEM00001"`},
		{"client's status", "right", coreapitest.Suspended, true, broken, coreapitest.Deleted, `"CLIENT_ACCOUNT_SUSPENDED"`},
		{"forbidden operation", "right", coreapitest.Active, true, broken, coreapitest.Deleted, `"UNITSYSTEM00002"`},
		{"body", "right", coreapitest.Active, false, broken, coreapitest.Deleted, `"message":"the body is not valid JSON`},
		{"body without a password", "right", coreapitest.Active, false, `{"email":"nobody@example.com","reqToken":"bad"}`, coreapitest.Deleted, `"message":"the login has no password`},
		{"reqToken", "right", coreapitest.Active, false, `{"email":"nobody@example.com","password":"wrong","reqToken":"bad"}`, coreapitest.Deleted, `"FAILED_UPDATE_USER_TOKEN"`},
		{"account", "right", coreapitest.Active, false, `{"email":"nobody@example.com","password":"wrong"}`, coreapitest.Deleted, `"USER_NOT_FOUND"`},
		{"password", "right", coreapitest.Active, false, `{"email":"ana@example.com","password":"wrong"}`, coreapitest.Deleted, `"INVALID_PASSWORD"`},
		{"user's status", "right", coreapitest.Active, false, `{"email":"ana@example.com","password":"correct horse battery"}`, coreapitest.Deleted, `"USER_DELETED"`},
		{"nothing", "right", coreapitest.Active, false, `{"email":"ana@example.com","password":"correct horse battery"}`, coreapitest.Active, `"state":"succeeded"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := coreapitest.New()
			s.AddUser(ana)
			s.SetUserStatus(whatsApp, tt.user)
			s.SetClientStatus(tt.status)
			if tt.forbid {
				s.ForbidOperation("Users.Login")
			}
			key := map[string]string{"right": s.ClientKey}[tt.key]
			require.Contains(t, send(t, s, "POST", "/users/login", tt.body, "X-Client-Key", key).body, tt.want)
		})
	}
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
	r := httptest.NewRequestWithContext(ctx, "POST", "/devices", strings.NewReader(`{"deviceId":"phone-1"}`))
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
		for _, path := range []string{"/clients/info", "/devices/none", "/nowhere", "/hosted/login"} {
			got := send(t, s, "GET", path, "", "X-Request-Id", "req-1")
			require.Equal(t, "req-1", got.header.Get("X-Request-Id"), path)
		}
		require.Empty(t, send(t, s, "GET", "/clients/info", "").header.Values("X-Request-Id"), "none is made up")
		s.Inject(coreapitest.Fault{Status: http.StatusBadGateway, Body: "<h1>Bad gateway</h1>"})
		got := send(t, s, "GET", "/clients/info", "", "X-Request-Id", "req-2")
		require.Equal(t, "req-2", got.header.Get("X-Request-Id"), "on a raw answer too")
	})
}
