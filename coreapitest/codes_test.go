package coreapitest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// fromState says for each documented code how a test brings it about without a
// fault. REQUEST_TIMEOUT has no entry: only a fault makes an API slow.
var fromState = map[coreapi.Code]func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error{
	coreapi.CodeClientClosedRequest: func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error {
		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		newBrowser(t, s).open(session.URL).press("Cancel", nil)
		_, err = c.Users.WaitForLogin(t.Context(), session.ReqToken)
		return err
	},
	coreapi.CodeClientAccountInactive:  clientStatus(coreapitest.Inactive),
	coreapi.CodeClientAccountSuspended: clientStatus(coreapitest.Suspended),
	coreapi.CodeClientAccountDeleted:   clientStatus(coreapitest.Deleted),
	coreapi.CodeClientKeyNotFound: func(t *testing.T, s *coreapitest.Server, _ *coreapi.Client) error {
		s.ClientKey = "not-the-key"
		_, err := s.Client().Clients.Info(t.Context())
		return err
	},
	coreapi.CodeEndpointForbidden: func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error {
		s.ForbidOperation("Clients.Info")
		_, err := c.Clients.Info(t.Context())
		return err
	},
	coreapi.CodeUserNotFound:    logIn(coreapi.LoginRequest{Email: "nobody@example.com", Password: password}),
	coreapi.CodeInvalidPassword: logIn(coreapi.LoginRequest{Email: email, Password: "wrong password"}),
	coreapi.CodeUserNotActive:   userStatus(coreapitest.Inactive),
	coreapi.CodeUserSuspended:   userStatus(coreapitest.Suspended),
	coreapi.CodeUserDeleted:     userStatus(coreapitest.Deleted),
	coreapi.CodeFailedUpdateUserToken: logIn(coreapi.LoginRequest{
		Email: email, Password: password, ReqToken: "unknown",
	}),
	coreapi.CodeDuplicateKey: func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error {
		s.AddDevice(deviceInfo)
		_, err := c.Devices.Save(t.Context(), deviceInfo)
		return err
	},
	coreapi.CodeInvalidObjectID: func(t *testing.T, _ *coreapitest.Server, c *coreapi.Client) error {
		_, err := c.Devices.Get(t.Context(), "not an id")
		return err
	},
}

func clientStatus(st coreapitest.Status) func(*testing.T, *coreapitest.Server, *coreapi.Client) error {
	return func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error {
		s.SetClientStatus(st)
		_, err := c.Clients.Info(t.Context())
		return err
	}
}

func logIn(req coreapi.LoginRequest) func(*testing.T, *coreapitest.Server, *coreapi.Client) error {
	return func(t *testing.T, _ *coreapitest.Server, c *coreapi.Client) error {
		_, err := c.Users.Login(t.Context(), req)
		return err
	}
}

func userStatus(st coreapitest.Status) func(*testing.T, *coreapitest.Server, *coreapi.Client) error {
	return func(t *testing.T, s *coreapitest.Server, c *coreapi.Client) error {
		s.SetUserStatus(email, st)
		_, err := c.Users.Login(t.Context(), anasLogin)
		return err
	}
}

func TestEveryDocumentedCodeArisesFromTheState(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		t.Run(string(info.Code), func(t *testing.T) {
			arise := fromState[info.Code]
			if info.Code == coreapi.CodeRequestTimeout {
				require.Nil(t, arise)
				return
			}
			require.NotNil(t, arise, "no way to this code from the state")
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				s.AddUser(ana)
				err := arise(t, s, once(s))
				require.ErrorIs(t, err, info.Sentinel)
				require.Equal(t, info.Code, coreapi.CodeOf(err))
			})
		})
	}
}

func TestEveryDocumentedCodeArisesFromAFault(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		t.Run(string(info.Code), func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				s.Inject(coreapitest.Fault{Code: info.Code})
				_, err := once(s).Clients.Info(t.Context())
				require.ErrorIs(t, err, info.Sentinel)
				var e *coreapi.Error
				require.ErrorAs(t, err, &e)
				require.NotEmpty(t, e.Message, "the fake's own words")
				require.GreaterOrEqual(t, e.StatusCode, 400)

				_, err = once(s).Clients.Info(t.Context())
				require.NoError(t, err, "the fault was for one request")
			})
		})
	}
}

func TestACodeThatIsNotInTheReferenceGetsAStatusToo(t *testing.T) {
	s := coreapitest.New()
	s.Inject(coreapitest.Fault{Code: "NEW_CODE"})
	_, err := once(s).Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrUnknownCode)
	require.Equal(t, coreapi.Code("NEW_CODE"), asError(t, err).Code)
}
