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
			server(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/user/login"}}))
		},
		"one route for two operations, escaped": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/user/log%69n"}}))
		},
		"one route for two operations, but for the name of the value": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{
				LoginStatus: coreapi.Route{Path: "/a/{reqToken}?kind=x"}, GetDevice: coreapi.Route{Path: "/a/{id}?kind=x"},
			}))
		},
		"a placeholder for a name in the query": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{GetDevice: coreapi.Route{Path: "/device?{id}=1"}}))
		},
		"an envelope that is none": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Envelope: `{"data":"{reslut}"}`}))
		},
		"a signature's form that is none": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Padding: "rsa"}}))
		},
		"the hosted page's path, escaped": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "/hosted/l%6Fgin"}}))
		},
		"the hosted page's path for an operation": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithProfile(coreapi.Profile{Login: coreapi.Route{Path: "/hosted/login"}}))
		},
		"an empty client key": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithClientKey(""))
		},
		"a client key with a line break": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithClientKey("s3cret\n"))
		},
		"a base path without a slash": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithBasePath("core"))
		},
		"a base path that names a host": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithBasePath("//core"))
		},
		"a base path with a query": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithBasePath("/core?a=b"))
		},
		"a base path with dots": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithBasePath("/core/../v1"))
		},
		"a base path with a broken escape": func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithBasePath("/core%2"))
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
		"a user with an unknown status":           on(func(s *coreapitest.Server) { s.AddUser(coreapitest.User{Email: email, Status: "bogus"}) }),
		"the status of an unknown user":           on(func(s *coreapitest.Server) { s.SetUserStatus(email, coreapitest.Active) }),
		"an unknown user status":                  on(func(s *coreapitest.Server) { s.AddUser(ana); s.SetUserStatus(email, "bogus") }),
		"a device without id":                     on(func(s *coreapitest.Server) { s.AddDevice(coreapi.DeviceInfo{Name: "n"}) }),
		"a device twice":                          on(func(s *coreapitest.Server) { s.AddDevice(deviceInfo); s.AddDevice(deviceInfo) }),
		"an unknown operation":                    on(func(s *coreapitest.Server) { s.ForbidOperation("Users.Logout") }),
		"no operation":                            on(func(s *coreapitest.Server) { s.ForbidOperation("") }),
		"an unknown operation that needs a token": on(func(s *coreapitest.Server) { s.RequireUserToken("Users.Logout") }),
		"a cancel of an unknown login":            on(func(s *coreapitest.Server) { s.CancelLogin("s3cret") }),
		"a cancel of a login that has ended": on(func(s *coreapitest.Server) {
			reqToken := start(s)
			s.CancelLogin(reqToken)
			s.CancelLogin(reqToken)
		}),
		"a failure of an unknown login": on(func(s *coreapitest.Server) { s.FailLogin("s3cret", coreapi.CodeUserDeleted) }),
		"a failure without a code":      on(func(s *coreapitest.Server) { s.FailLogin(start(s), "") }),
		"a failure of a login that has ended": on(func(s *coreapitest.Server) {
			reqToken := start(s)
			s.FailLogin(reqToken, coreapi.CodeUserDeleted)
			s.FailLogin(reqToken, coreapi.CodeUserDeleted)
		}),
		"an unknown reqToken":         on(func(s *coreapitest.Server) { s.AddUser(ana); s.CompleteLogin("s3cret", email) }),
		"an unknown user for a login": on(func(s *coreapitest.Server) { s.CompleteLogin(start(s), "s3cret@example.com") }),
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
		Envelope:    `{"data":"{result}"}`,
		ClientInfo:  coreapi.Route{Path: "/v1/me"},
		Login:       coreapi.Route{Method: "PUT", Path: "/v1/session"},
		LoginStatus: coreapi.Route{Path: "/v1/session/{reqToken}/status"},
		SaveDevice:  coreapi.Route{Path: "/v1/devices/new"},
		GetDevice:   coreapi.Route{Path: "/v1/devices/{id}"},
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

			got := send(t, s, "GET", "/v1/me", "", "X-Partner", s.ClientKey, "X-Signature", "")
			require.True(t, strings.HasPrefix(got.body, `{"data":{"id":`), got.body)
			got = send(t, s, "GET", "/v1/me", "", "X-Client-Key", s.ClientKey)
			require.Contains(t, got.body, `{"code":"UNITSYSTEM00001"`, "errors have no envelope")
			got = send(t, s, "GET", "/client", "")
			require.Equal(t, http.StatusNotFound, got.status)
		})
	}
}

func TestARouteIsNotTakenForADevicesID(t *testing.T) {
	for name, profile := range map[string]coreapi.Profile{
		"in the path":  {ClientInfo: coreapi.Route{Path: "/device/mine"}, GetDevice: coreapi.Route{Path: "/device/{id}"}},
		"in the query": {ClientInfo: coreapi.Route{Path: "/device?id=mine"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New(coreapitest.WithProfile(profile))
			c := once(s)
			_, err := c.Clients.Info(t.Context())
			require.NoError(t, err)
			_, err = c.Devices.Get(t.Context(), "other")
			require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
			require.Equal(t, "Clients.Info", s.Requests()[0].Operation)
			require.Equal(t, "Devices.Get", s.Requests()[1].Operation)
		})
	}
}

func TestAValueIsFoundWhereTheProfileHasIt(t *testing.T) {
	for name, profile := range map[string]coreapi.Profile{
		"the default":             {},
		"in the path":             {LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status"}, GetDevice: coreapi.Route{Path: "/devices/{id}"}},
		"with text around":        {LoginStatus: coreapi.Route{Path: "/login?q=tok-{reqToken}.x"}, GetDevice: coreapi.Route{Path: "/devices/d-{id}.json"}},
		"among constants":         {LoginStatus: coreapi.Route{Path: "/x?op=login&a=%20b&id={reqToken}"}, GetDevice: coreapi.Route{Path: "/x?op=device&id={id}"}},
		"in a POST's query":       {LoginStatus: coreapi.Route{Method: "POST", Path: "/status?id={reqToken}"}, GetDevice: coreapi.Route{Method: "POST", Path: "/device?v=1&id={id}"}},
		"one constant of another": {ClientInfo: coreapi.Route{Path: "/x?op=info"}, LoginStatus: coreapi.Route{Path: "/x?id={reqToken}"}, GetDevice: coreapi.Route{Path: "/x?op=info&id={id}&of=device"}},
	} {
		t.Run(name, func(t *testing.T) {
			for wayName, way := range ways {
				t.Run(wayName, func(t *testing.T) {
					s := way(t, coreapitest.WithProfile(profile))
					s.AddUser(ana)
					callAll(t, s, once(s))
				})
			}
		})
	}
}

func TestAValueWithoutTheTextAroundItIsNone(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{LoginStatus: coreapi.Route{Path: "/login?q=tok-{reqToken}.x"}}))
	reqToken := string(start(s))
	for query, want := range map[string]int{
		"tok-" + reqToken + ".x": http.StatusOK,
		reqToken:                 http.StatusBadRequest,
		"tok-" + reqToken:        http.StatusBadRequest,
		reqToken + ".x":          http.StatusBadRequest,
	} {
		require.Equal(t, want, send(t, s, "GET", "/login?q="+query, "").status)
	}
}

func TestARequestWithoutARoutesConstantIsAnotherPath(t *testing.T) {
	s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Path: "/api?op=info"}}))
	require.Equal(t, http.StatusNotFound, send(t, s, "GET", "/api", "").status)
	require.Equal(t, http.StatusNotFound, send(t, s, "GET", "/api?op=other", "").status)
	require.Equal(t, http.StatusMethodNotAllowed, send(t, s, "POST", "/api?op=info", "").status)
	require.Equal(t, http.StatusOK, send(t, s, "GET", "/api?x=y&op=info", "").status)
}

func TestTheClientKeyMayBeGiven(t *testing.T) {
	s := coreapitest.New(coreapitest.WithClientKey("CK00001"))
	require.Equal(t, "CK00001", s.ClientKey)
	_, err := once(s).Clients.Info(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, coreapitest.New().ClientKey, coreapitest.New().ClientKey, "the default is random")
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
	for name, way := range ways {
		t.Run(name+", unsigned", func(t *testing.T) {
			s := way(t, coreapitest.WithUnsigned())
			serveMany(t, s, unsigned(t, s), 64, 5)
		})
		t.Run(name+", signed", func(t *testing.T) {
			s := way(t)
			serveMany(t, s, once(s), 16, 2)
		})
	}
}

func serveMany(t *testing.T, s *coreapitest.Server, c *coreapi.Client, goroutines, rounds int) {
	t.Helper()
	s.AddUser(ana)
	s.Inject(coreapitest.Fault{Operation: "Clients.Info", Code: coreapi.CodeDuplicateKey, Skip: 10, Times: 20})
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
