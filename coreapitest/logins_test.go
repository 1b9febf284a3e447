package coreapitest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestCredentialsLogInAtOnce(t *testing.T) {
	for name, req := range map[string]coreapi.LoginRequest{
		"email":                 anasLogin,
		"email in another case": {Email: "ANA@Example.COM", Password: password},
		"WhatsApp number":       {WhatsApp: whatsApp, Password: password},
	} {
		t.Run(name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				s.AddUser(ana)
				status, err := once(s).Users.Login(t.Context(), req)
				require.NoError(t, err)
				require.Equal(t, coreapi.LoginSucceeded, status.State)
				require.Equal(t, "u-ana", status.UserID)
				require.NotEmpty(t, string(status.UserToken))

				again, err := once(s).Users.LoginStatus(t.Context(), status.ReqToken)
				require.NoError(t, err, "the login can be looked up")
				require.Equal(t, status, again)
			})
		})
	}
}

func TestCredentialsWithAReqTokenCompleteThatLogin(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(ana)
	c := once(s)
	session, err := c.Users.StartLogin(t.Context())
	require.NoError(t, err)
	req := anasLogin
	req.ReqToken = session.ReqToken

	wrong := req
	wrong.Password = "wrong password"
	_, err = c.Users.Login(t.Context(), wrong)
	require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
	status, err := c.Users.LoginStatus(t.Context(), session.ReqToken)
	require.NoError(t, err)
	require.Equal(t, coreapi.LoginPending, status.State, "a wrong password uses nothing up")

	status, err = c.Users.Login(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, string(session.ReqToken), string(status.ReqToken))

	_, err = c.Users.Login(t.Context(), req)
	require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken, "a used reqToken")
	for range 2 {
		seen, err := c.Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err, "reading does not use it up")
		require.Equal(t, status.UserToken, seen.UserToken)
	}
}

func TestAReqTokenThatIsUnknownOrMalformedIsRefused(t *testing.T) {
	s := coreapitest.New()
	for _, reqToken := range []coreapi.Secret{"unknown", "🙈", "a b&c=d%", "\x00"} {
		_, err := once(s).Users.LoginStatus(t.Context(), reqToken)
		require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken)
	}
	for _, query := range []string{"", "?id=", "?id=%zz", "?other=1"} {
		require.Contains(t, send(t, s, "GET", "/user/login"+query, "").body, `"FAILED_UPDATE_USER_TOKEN"`)
	}
}

func TestAUserWithoutAccessEndsTheLoginAsFailed(t *testing.T) {
	ways := map[string]func(*testing.T, *coreapitest.Server, *coreapi.LoginSession){
		"CompleteLogin": func(_ *testing.T, s *coreapitest.Server, session *coreapi.LoginSession) {
			s.CompleteLogin(session.ReqToken, email)
		},
		"hosted page": func(t *testing.T, s *coreapitest.Server, session *coreapi.LoginSession) {
			newBrowser(t, s).open(session.URL).logIn(email, password)
		},
		"credentials": func(t *testing.T, s *coreapitest.Server, session *coreapi.LoginSession) {
			_, err := once(s).Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: password, ReqToken: session.ReqToken})
			require.ErrorIs(t, err, coreapi.ErrUserAccount)
		},
	}
	codes := map[coreapitest.Status]coreapi.Code{
		coreapitest.Inactive:  coreapi.CodeUserNotActive,
		coreapitest.Suspended: coreapi.CodeUserSuspended,
		coreapitest.Deleted:   coreapi.CodeUserDeleted,
	}
	for name, end := range ways {
		for st, code := range codes {
			t.Run(name+" "+string(st), func(t *testing.T) {
				s := coreapitest.New()
				s.AddUser(coreapitest.User{Email: email, Password: password, Status: st})
				session, err := once(s).Users.StartLogin(t.Context())
				require.NoError(t, err)
				end(t, s, session)
				status, err := once(s).Users.LoginStatus(t.Context(), session.ReqToken)
				require.NoError(t, err)
				require.Equal(t, coreapi.LoginFailed, status.State)
				require.Equal(t, code, status.FailureCode)
				require.NotEmpty(t, status.FailureMessage)
				require.Empty(t, status.UserID)
				require.Empty(t, string(status.UserToken))
			})
		}
	}
}

func TestCompleteLoginIsSeenByTheOneWhoWaits(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.AddUser(ana)
		session, err := once(s).Users.StartLogin(t.Context())
		require.NoError(t, err)
		s.CompleteLogin(session.ReqToken, whatsApp)
		status, err := once(s).Users.WaitForLogin(t.Context(), session.ReqToken)
		require.NoError(t, err)
		require.Equal(t, "u-ana", status.UserID)
	})
}

func TestALoginCanBeEndedWithoutThePage(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*coreapitest.Server, coreapi.Secret)
		want coreapi.Code
	}{
		"cancelled": {func(s *coreapitest.Server, reqToken coreapi.Secret) { s.CancelLogin(reqToken) }, coreapi.CodeClientClosedRequest},
		"failed": {func(s *coreapitest.Server, reqToken coreapi.Secret) { s.FailLogin(reqToken, coreapi.CodeUserDeleted) },
			coreapi.CodeUserDeleted},
		"failed with a code that is not in the reference": {func(s *coreapitest.Server, reqToken coreapi.Secret) { s.FailLogin(reqToken, "NEW_CODE") },
			"NEW_CODE"},
	} {
		t.Run(name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				c := once(s)
				session, err := c.Users.StartLogin(t.Context())
				require.NoError(t, err)
				tt.end(s, session.ReqToken)
				_, err = c.Users.WaitForLogin(t.Context(), session.ReqToken)
				var e *coreapi.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tt.want, e.Code)

				s.AddUser(ana)
				again := anasLogin
				again.ReqToken = session.ReqToken
				_, err = c.Users.Login(t.Context(), again)
				require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken, "it has ended")
			})
		})
	}
}

func TestACancelledLoginsPageSaysSo(t *testing.T) {
	s := coreapitest.New()
	session, err := once(s).Users.StartLogin(t.Context())
	require.NoError(t, err)
	s.CancelLogin(session.ReqToken)
	require.Contains(t, newBrowser(t, s).open(session.URL).page, "Login cancelled")
}

func TestAUserWithoutAPasswordCannotUseOne(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(coreapitest.User{Email: email})
	_, err := once(s).Users.Login(t.Context(), anasLogin)
	require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
}

func TestEmailsMatchInAnyLetterCase(t *testing.T) {
	for _, pair := range [][2]string{
		{"Ana@Example.com", "aNA@eXAMPLE.COM"},
		{"ΟΔΟΣ@x", "οδος@x"},
		{"ΟΔΟΣ@x", "οδοσ@x"},
		{"\u212Aelvin@x", "kelvin@x"},
		{"ſ@x", "S@x"},
	} {
		for _, order := range [][2]string{pair, {pair[1], pair[0]}} {
			t.Run(order[0]+" "+order[1], func(t *testing.T) {
				require.True(t, strings.EqualFold(order[0], order[1]))
				s := coreapitest.New()
				s.AddUser(coreapitest.User{Email: order[0], Password: password})
				_, err := once(s).Users.Login(t.Context(), coreapi.LoginRequest{Email: order[1], Password: password})
				require.NoError(t, err)
				s.SetUserStatus(order[1], coreapitest.Suspended)
				require.Panics(t, func() { s.AddUser(coreapitest.User{Email: order[1]}) })
			})
		}
	}
}
