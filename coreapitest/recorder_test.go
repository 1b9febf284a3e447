package coreapitest_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestRequestsAreRecordedInOrderWhateverBecomesOfThem(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.Inject(
			coreapitest.Fault{Operation: "Clients.Info", Code: coreapi.CodeRequestTimeout},
			coreapitest.Fault{Operation: "Users.StartLogin", Drop: coreapitest.DropBefore},
			coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter},
		)
		c := once(s)
		_, _ = c.Clients.Info(t.Context())
		_, _ = c.Users.StartLogin(t.Context())
		_, _ = c.Devices.Save(t.Context(), deviceInfo)
		_, _ = c.Users.LoginStatus(t.Context(), "token-in-the-query")
		_, _ = c.Devices.Get(t.Context(), "a/b")
		send(t, s, "DELETE", "/nowhere", "")
		var got []string
		for _, r := range s.Requests() {
			got = append(got, strings.TrimSpace(r.Method+" "+r.Path+" "+r.Operation))
		}
		require.Equal(t, []string{
			"GET /client Clients.Info",
			"POST /user/login Users.StartLogin",
			"POST /device Devices.Save",
			"GET /user/login Users.LoginStatus",
			"GET /device Devices.Get",
			"DELETE /nowhere",
		}, got)
	})
}

func TestRecordedBodiesAreMasked(t *testing.T) {
	const mask = `"[redacted]"`
	for _, tt := range []struct{ name, body, want string }{
		{"nothing secret stays byte for byte", ` {"b" : 1.0, "a":"<x>", "n":12345678901234567890 } `, ` {"b" : 1.0, "a":"<x>", "n":12345678901234567890 } `},
		{"each field", `{"password":"s3cret","reqToken":"s3cret","userToken":"s3cret","pushToken":"s3cret"}`,
			`{"password":` + mask + `,"reqToken":` + mask + `,"userToken":` + mask + `,"pushToken":` + mask + `}`},
		{"any letter case", `{"PASSWORD":"s3cret","reqtoken":"s3cret","UserToken" : "s3cret"}`,
			`{"PASSWORD":` + mask + `,"reqtoken":` + mask + `,"UserToken" : ` + mask + `}`},
		{"an escaped key", `{"p\u0061ssword":"s3cret"}`, `{"p\u0061ssword":` + mask + `}`},
		{"nested", `[{"a":{"b":[{"password":"s3cret","c":1}],"d":2}},"password"]`,
			`[{"a":{"b":[{"password":` + mask + `,"c":1}],"d":2}},"password"]`},
		{"a value of another kind", `{"password":{"x":["s3cret"]},"reqToken":[ "s3cret" ] ,"userToken": 53,"a":1}`,
			`{"password":` + mask + `,"reqToken":` + mask + ` ,"userToken": ` + mask + `,"a":1}`},
		{"a value that is the field's name", `{"a":"password","b":"s"}`, `{"a":"password","b":"s"}`},
		{"twice", `{"password":"s3cret","password":"s3cret"}`, `{"password":` + mask + `,"password":` + mask + `}`},
		{"a number over a float's range", `{"a":1e999,"password":1e999}`, `{"a":1e999,"password":` + mask + `}`},
		{"broken JSON", `{"password":"s3cret"`, `[20 bytes]`},
		{"more after the JSON", `{"a":1} password=s3cret`, `[23 bytes]`},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", `[9 bytes]`},
		{"a form", `password=s3cret`, `[15 bytes]`},
		{"over the limit", `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, `[1048584 bytes]`},
		{"nothing", ``, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := coreapitest.New()
			for _, path := range []string{"/user/login", "/nowhere"} {
				for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain"} {
					s.Reset()
					send(t, s, "POST", path, tt.body, "Content-Type", kind)
					require.Equal(t, tt.want, string(s.Requests()[0].Body))
				}
			}
		})
	}
}

func TestRecordedHeadersAreMasked(t *testing.T) {
	for _, keyHeader := range []string{"X-Client-Key", "x-partner"} {
		for name, way := range ways {
			t.Run(name+" "+keyHeader, func(t *testing.T) {
				s := way(t, coreapitest.WithClientKeyHeader(keyHeader))
				send(t, s, "GET", "/client", "", keyHeader, s.ClientKey, "X-Token", "s3cret",
					"Authorization", "Bearer s3cret", "Cookie", "a=s3cret", "X-Other", "kept")
				h := s.Requests()[0].Header
				for _, masked := range []string{keyHeader, "X-Client-Key", "X-Token", "X-Signature", "Authorization", "Cookie"} {
					require.Equal(t, []string{"[redacted]"}, h.Values(masked), masked)
				}
				require.Equal(t, "kept", h.Get("X-Other"))
			})
		}
	}
}

func TestAReqTokenInThePathIsMasked(t *testing.T) {
	s := coreapitest.New(coreapitest.WithBasePath("/core"), coreapitest.WithProfile(coreapi.Profile{
		LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status"},
		SaveDevice:  coreapi.Route{Path: "/login/device/status"},
		GetDevice:   coreapi.Route{Path: "/device/{id}"},
	}))
	_, _ = once(s).Users.LoginStatus(t.Context(), "s3cret")
	send(t, s, "DELETE", "/login/s3cret/status", "")
	_, _ = once(s).Devices.Save(t.Context(), deviceInfo)
	_, _ = once(s).Devices.Get(t.Context(), "an-id")
	send(t, s, "GET", "/login/s3cret", "")
	var paths []string
	for _, r := range s.Requests() {
		paths = append(paths, r.Path)
	}
	require.Equal(t, []string{
		"/core/login/{reqToken}/status",
		"/core/login/{reqToken}/status",
		"/core/login/device/status",
		"/core/device/an-id",
		"/core/login/s3cret", // nothing says that it is one
	}, paths)
}

func TestARequestsPathIsToldAsItIsRecorded(t *testing.T) {
	s := coreapitest.New(coreapitest.WithBasePath("/core"), coreapitest.WithProfile(coreapi.Profile{
		Login:       coreapi.Route{Path: "/session/{email}/{password}?kind=login"},
		StartLogin:  coreapi.Route{Path: "/session"},
		LoginStatus: coreapi.Route{Path: "/login/{reqToken}/status?kind=x"},
	}))
	for path, want := range map[string]string{
		"/core/login/s3cret/status":        "/core/login/{reqToken}/status",
		"/core/log%69n/s%33cret/status":    "/core/login/{reqToken}/status",
		"/core/session/a@b.c/s3cret?kind=": "/core/session/{email}/{password}",
		"/core/session":                    "/core/session",
		"/login/other/status":              "/login/other/status",
	} {
		require.Equal(t, want, s.RecordedPath(httptest.NewRequest("GET", path, nil)), path)
	}
	require.Empty(t, s.Requests(), "telling it is no request")
}

func TestRequestsAreCopies(t *testing.T) {
	s := coreapitest.New()
	send(t, s, "POST", "/user/login", `{"a":1}`, "X-Other", "kept")
	got := s.Requests()
	got[0].Header["X-Other"][0] = "changed"
	got[0].Body[0] = 'X'
	got[0].Path = "changed"
	again := s.Requests()[0]
	require.Equal(t, "kept", again.Header.Get("X-Other"))
	require.Equal(t, `{"a":1}`, string(again.Body))
	require.Equal(t, "/user/login", again.Path)
}

func TestTheLastSixteenMebibytesOfRequestsAreKept(t *testing.T) {
	s := coreapitest.New()
	body := `{"a":"` + strings.Repeat("x", 1<<20-100) + `"}`
	for i := range 40 {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", fmt.Sprint("/", i), strings.NewReader(body)))
	}
	got := s.Requests()
	require.Len(t, got, 16)
	require.Equal(t, "/39", got[15].Path)
	for range 20_000 {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/small", nil))
	}
	require.Len(t, s.Requests(), 10_000, "small ones are limited by their number")
}

func TestTheLastTenThousandRequestsAreKept(t *testing.T) {
	const kept, more = 10_000, 10
	s := coreapitest.New()
	for i := range kept + more {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprint("/device/", i), nil))
	}
	got := s.Requests()
	require.Len(t, got, kept)
	require.Equal(t, fmt.Sprint("/device/", more), got[0].Path)
	require.Equal(t, fmt.Sprint("/device/", kept+more-1), got[kept-1].Path)
}
