package coreapitest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestMistakesFailTheTest(t *testing.T) {
	for name, wrong := range map[string]func(server func(...coreapitest.Option) *coreapitest.Server){
		"a profile that the SDK refuses": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "no slash"}}))
		},
		"one route for two operations": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/users/login/status"}}))
		},
		"one route for two operations, escaped": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/users/login/st%61tus"}}))
		},
		"the hosted page's path, escaped": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "/hosted/l%6Fgin"}}))
		},
		"the hosted page's path for an operation": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "/hosted/login"}}))
		},
		"an empty key header": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithClientKeyHeader(""))
		},
		"a key header that is none": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithClientKeyHeader("X Key"))
		},
		"the request id's header for the key": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithClientKeyHeader("X-Request-Id"))
		},
		"a nil option":             func(server func(...coreapitest.Option) *coreapitest.Server) { server(nil) },
		"an unknown client status": on(func(s *coreapitest.Server) { s.SetClientStatus("bogus") }),
		"no client status":         on(func(s *coreapitest.Server) { s.SetClientStatus("") }),
		"a user without account":   on(func(s *coreapitest.Server) { s.AddUser(coreapitest.User{ID: "u"}) }),
		"a user twice":             on(func(s *coreapitest.Server) { s.AddUser(ana); s.AddUser(ana) }),
		"an email twice": on(func(s *coreapitest.Server) {
			s.AddUser(ana)
			s.AddUser(coreapitest.User{Email: strings.ToUpper(email)})
		}),
		"a WhatsApp number twice": on(func(s *coreapitest.Server) {
			s.AddUser(ana)
			s.AddUser(coreapitest.User{WhatsApp: whatsApp})
		}),
		"a user id twice": on(func(s *coreapitest.Server) {
			s.AddUser(ana)
			s.AddUser(coreapitest.User{ID: ana.ID, Email: "other@example.com"})
		}),
		"a user with an unknown status": on(func(s *coreapitest.Server) { s.AddUser(coreapitest.User{Email: email, Status: "bogus"}) }),
		"the status of an unknown user": on(func(s *coreapitest.Server) { s.SetUserStatus(email, coreapitest.Active) }),
		"an unknown user status":        on(func(s *coreapitest.Server) { s.AddUser(ana); s.SetUserStatus(email, "bogus") }),
		"a device without id":           on(func(s *coreapitest.Server) { s.AddDevice(coreapi.DeviceInfo{Name: "n"}) }),
		"a device twice":                on(func(s *coreapitest.Server) { s.AddDevice(deviceInfo); s.AddDevice(deviceInfo) }),
		"an unknown operation":          on(func(s *coreapitest.Server) { s.ForbidOperation("Users.Logout") }),
		"no operation":                  on(func(s *coreapitest.Server) { s.ForbidOperation("") }),
		"an unknown reqToken":           on(func(s *coreapitest.Server) { s.AddUser(ana); s.CompleteLogin("s3cret", email) }),
		"an unknown user for a login":   on(func(s *coreapitest.Server) { s.CompleteLogin(start(s), "s3cret@example.com") }),
		"a login that has ended": on(func(s *coreapitest.Server) {
			s.AddUser(ana)
			reqToken := start(s)
			s.CompleteLogin(reqToken, email)
			s.CompleteLogin(reqToken, email)
		}),
		"a client option that the SDK refuses": on(func(s *coreapitest.Server) { s.Client(coreapi.WithMaxResponseBytes(-1)) }),
	} {
		t.Run(name, func(t *testing.T) {
			fatal, panicked := mistake(t, wrong)
			require.True(t, strings.HasPrefix(fatal, "coreapitest: "), "NewServer: %q", fatal)
			require.IsType(t, "", panicked)
			require.True(t, strings.HasPrefix(panicked.(string), "coreapitest: "), "New: %q", panicked)
			require.NotContains(t, strings.ReplaceAll(fatal, "s3cret@", ""), "s3cret")
			require.NotContains(t, fatal, password)
		})
	}
}

func on(wrong func(*coreapitest.Server)) func(func(...coreapitest.Option) *coreapitest.Server) {
	return func(server func(...coreapitest.Option) *coreapitest.Server) { wrong(server()) }
}

func start(s *coreapitest.Server) coreapi.Secret {
	session, err := s.Client().Users.StartLogin(context.Background())
	if err != nil {
		panic(err)
	}
	return session.ReqToken
}

func TestAServerGoesOnAfterAMistake(t *testing.T) {
	s := coreapitest.New()
	require.Panics(t, func() { s.SetUserStatus("nobody", coreapitest.Active) })
	s.AddUser(ana)
	_, err := once(s).Users.Login(t.Context(), anasLogin)
	require.NoError(t, err)
}

func TestTheFakeTakesTheProfileOfTheSDK(t *testing.T) {
	profile := coreapi.Profile{
		RequestIDHeader: "X-Trace",
		DataField:       "data",
		ClientInfo:      coreapi.Route{Path: "/v1/me"},
		Login:           coreapi.Route{Method: "PUT", Path: "/v1/session"},
		LoginStatus:     coreapi.Route{Path: "/v1/session"},
		SaveDevice:      coreapi.Route{Path: "/v1/devices/new"},
		GetDevice:       coreapi.Route{Path: "/v1/devices/{id}"},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := way(t, coreapitest.WithProfile(profile), coreapitest.WithClientKeyHeader("x-partner"))
			s.AddUser(ana)
			c := once(s)
			_, err := c.Clients.Info(t.Context())
			require.NoError(t, err)
			session, err := c.Users.StartLogin(t.Context())
			require.NoError(t, err)
			req := anasLogin
			req.ReqToken = session.ReqToken
			_, err = c.Users.Login(t.Context(), req)
			require.NoError(t, err)
			_, err = c.Users.LoginStatus(t.Context(), session.ReqToken)
			require.NoError(t, err)
			device, err := c.Devices.Save(t.Context(), deviceInfo)
			require.NoError(t, err)
			_, err = c.Devices.Get(t.Context(), device.ID)
			require.NoError(t, err)
			_, err = c.Devices.Get(t.Context(), "new")
			require.ErrorIs(t, err, coreapi.ErrInvalidObjectID, "an id may be a route's last segment")

			got := send(t, s, "GET", "/v1/me", "", "X-Partner", s.ClientKey, "X-Trace", "t-1")
			require.Equal(t, "t-1", got.header.Get("X-Trace"))
			require.True(t, strings.HasPrefix(got.body, `{"data":{"id":`), got.body)
			got = send(t, s, "GET", "/v1/me", "", "X-Client-Key", s.ClientKey)
			require.Contains(t, got.body, `{"code":"UNITSYSTEM00001"`, "errors have no envelope")
			got = send(t, s, "GET", "/clients/info", "")
			require.Equal(t, http.StatusNotFound, got.status)
		})
	}
}

func TestARouteIsNotTakenForADevicesID(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/devices/mine"}}))
	_, err := once(s).Clients.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Clients.Info", s.Requests()[0].Operation)
}

func TestCallersOptionsComeLast(t *testing.T) {
	s := coreapitest.New()
	other := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/me"}}))
	_, err := s.Client(
		coreapi.WithHTTPClient(&http.Client{Transport: other.Transport()}),
		coreapi.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/me"}}),
	).Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientKeyNotFound, "the other server was asked, with this one's key")
	require.Empty(t, s.Requests())
	require.Equal(t, "Clients.Info", other.Requests()[0].Operation)
}

func TestOneFakeServesManyGoroutines(t *testing.T) {
	const goroutines, rounds = 64, 5
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.AddUser(ana)
		s.Inject(coreapitest.Fault{Operation: "Clients.Info", Code: coreapi.CodeDuplicateKey, Skip: 10, Times: 20})
		c := once(s)
		var wg sync.WaitGroup
		var mu sync.Mutex
		faulted := 0
		for g := range goroutines {
			wg.Go(func() {
				for round := range rounds {
					device, err := c.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: fmt.Sprint(g, "-", round)})
					check(t, err)
					_, err = c.Devices.Get(t.Context(), device.ID)
					check(t, err)
					session, err := c.Users.StartLogin(t.Context())
					check(t, err)
					s.CompleteLogin(session.ReqToken, email)
					_, err = c.Users.WaitForLogin(t.Context(), session.ReqToken)
					check(t, err)
					if _, err = c.Clients.Info(t.Context()); err != nil {
						mu.Lock()
						faulted++
						mu.Unlock()
					}
					s.Requests()
				}
			})
		}
		wg.Wait()
		require.Equal(t, 20, faulted)
		require.Len(t, s.Requests(), goroutines*rounds*5)
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestTheListenerIsOnLoopbackAndClosesWithTheTest(t *testing.T) {
	var s *coreapitest.Server
	t.Run("server", func(t *testing.T) {
		s = coreapitest.NewServer(t)
		require.Regexp(t, `^http://(127\.0\.0\.1|\[::1\]):\d+$`, s.URL)
		_, err := once(s).Clients.Info(t.Context())
		require.NoError(t, err)
	})
	_, err := once(s).Clients.Info(t.Context())
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
}
