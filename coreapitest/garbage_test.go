package coreapitest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestGarbageGetsAMessageAndNoCode(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"malformed JSON", "POST", "/devices", `{"deviceId":`, 400},
		{"no JSON", "POST", "/devices", "deviceId=1", 400},
		{"no body", "POST", "/devices", "", 400},
		{"null", "POST", "/devices", "null", 400},
		{"invalid UTF-8", "POST", "/devices", "{\"deviceId\":\"a\xff\"}", 400},
		{"invalid UTF-8 in a login", "POST", "/users/login", "{\"email\":\"a\xff\",\"password\":\"x\"}", 400},
		{"invalid UTF-8 in a field without meaning", "POST", "/users/login", "{\"x\":\"\xc3\"}", 400},
		{"a list", "POST", "/devices", "[]", 400},
		{"two objects", "POST", "/devices", `{"deviceId":"a"}{}`, 400},
		{"too deep", "POST", "/devices", `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", 400},
		{"a device without deviceId", "POST", "/devices", `{}`, 400},
		{"a deviceId that is a number", "POST", "/devices", `{"deviceId":1}`, 400},
		{"a name that is a list", "POST", "/devices", `{"deviceId":"a","name":[]}`, 400},
		{"malformed login", "POST", "/users/login", `{"email"`, 400},
		{"a login without body", "POST", "/users/login", "", 400},
		{"an email that is a number", "POST", "/users/login", `{"email":1}`, 400},
		{"a login without account", "POST", "/users/login", `{"password":"x"}`, 400},
		{"a login with two accounts", "POST", "/users/login", `{"email":"a","whatsapp":"b","password":"x"}`, 400},
		{"a login without password", "POST", "/users/login", `{"email":"a"}`, 400},
		{"a reqToken without credentials", "POST", "/users/login", `{"reqToken":"a"}`, 400},
		{"10 MB", "POST", "/devices", big, 413},
		{"10 MB to the login", "POST", "/users/login", big, 413},
		{"10 MB in a GET", "GET", "/clients/info", big, 413},
		{"1 MiB and a byte", "POST", "/devices", strings.Repeat("x", 1<<20+1), 413},
		{"1 MiB", "POST", "/devices", strings.Repeat("x", 1<<20), 400},
		{"wrong method", "DELETE", "/devices", "", 405},
		{"wrong method with 10 MB", "PUT", "/devices", big, 405},
		{"wrong method on the page", "DELETE", "/hosted/login", "", 405},
		{"unknown path", "GET", "/nowhere", "", 404},
		{"the root", "GET", "/", "", 404},
		{"a slash too many", "GET", "/clients/info/", "", 404},
		{"a device without id", "GET", "/devices/", "", 404},
		{"a segment too many", "GET", "/devices/a/b", "", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				got := send(t, s, tt.method, tt.path, tt.body)
				require.Equal(t, tt.status, got.status)
				var said map[string]string
				require.NoError(t, json.Unmarshal([]byte(got.body), &said), got.body)
				require.NotEmpty(t, said["message"])
				require.NotContains(t, said, "code")

				_, err := once(s).Clients.Info(t.Context())
				require.NoError(t, err, "the fake goes on")
			})
		})
	}
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	for path, want := range map[string]string{
		"/clients/info":       "GET, HEAD, OPTIONS",
		"/users/login":        "OPTIONS, POST",
		"/users/login/status": "GET, HEAD, OPTIONS",
		"/devices":            "OPTIONS, POST",
		"/devices/x":          "GET, HEAD, OPTIONS",
		"/hosted/login":       "GET, HEAD, OPTIONS, POST",
	} {
		t.Run(path, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				require.Equal(t, want, send(t, s, "PATCH", path, "").header.Get("Allow"))
				got := send(t, s, "OPTIONS", path, "")
				require.Equal(t, http.StatusNoContent, got.status)
				require.Equal(t, want, got.header.Get("Allow"))
			})
		})
	}
}

func TestHeadIsAGetWithoutBody(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		got := send(t, s, "HEAD", "/clients/info", "")
		require.Equal(t, http.StatusOK, got.status)
		require.Empty(t, got.body)
		require.NotEqual(t, "0", got.header.Get("Content-Length"))
		require.Equal(t, "Clients.Info", s.Requests()[0].Operation)
	})
}

func TestWhatTheFakeRepeatsIsEscaped(t *testing.T) {
	s := coreapitest.New()
	got := send(t, s, "POST", "/devices", `{"deviceId":"<script>alert(1)</script>\u0000\n"}`)
	require.NotContains(t, got.body, "<script")
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	s.Inject(coreapitest.Fault{Code: "<b>\n", Message: "<script>\r\nforged"})
	got = send(t, s, "GET", "/clients/info", "")
	require.NotContains(t, got.body, "<")
	require.NotContains(t, got.body, "\n")
	send(t, s, "GET", "/a%0Aforged%1b", "")
	require.Equal(t, "/a%0Aforged%1b", s.Requests()[2].Path)
}

func FuzzServeHTTP(f *testing.F) {
	for _, seed := range []struct{ method, path, body, header string }{
		{"GET", "/clients/info", "", ""},
		{"POST", "/users/login", "{}", "application/json"},
		{"POST", "/users/login", `{"email":"ana@example.com","password":"correct horse battery"}`, "application/json"},
		{"POST", "/users/login", `{"whatsapp":"","password":null,"reqToken":["x"]}`, ""},
		{"GET", "/users/login/status?reqToken=x", "", ""},
		{"POST", "/devices", `{"deviceId":"a","pushToken":{"password":[1,{"reqToken":2}]}}`, ""},
		{"GET", "/devices/%2e%2e%2f", "", ""},
		{"GET", "/hosted/login?reqToken=%zz", "", ""},
		{"POST", "/hosted/login?reqToken=known", "csrf=x&account=%00&password=&action=login", "application/x-www-form-urlencoded"},
		{"OPTIONS", "*", "", ""},
		{"BREW", "//devices//", "\xff\xfe", "\x00"},
	} {
		f.Add(seed.method, seed.path, seed.body, seed.header)
	}
	f.Fuzz(func(t *testing.T, method, path, body, header string) {
		s := coreapitest.New()
		s.AddUser(ana)
		session, err := s.Client().Users.StartLogin(t.Context())
		require.NoError(t, err)
		path = strings.ReplaceAll(path, "known", string(session.ReqToken))
		target, err := url.Parse(path)
		if err != nil {
			target = &url.URL{Path: path}
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, target
		r.Header.Set("X-Client-Key", s.ClientKey)
		r.Header.Set("X-Request-Id", header)
		r.Header.Set("Content-Type", header)
		r.Header.Set("Cookie", header)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.GreaterOrEqual(t, w.Code, 200)
		require.Less(t, w.Code, 500)
		require.Len(t, s.Requests(), 2)
		if recorded := s.Requests()[1].Body; json.Valid([]byte(body)) && utf8.ValidString(body) && target.Path != "/hosted/login" {
			require.True(t, json.Valid(recorded), "%q", recorded)
		}
		_, err = s.Client(coreapi.WithRetryPolicy(coreapi.NoRetry())).Clients.Info(t.Context())
		require.NoError(t, err, "the fake goes on")
	})
}
