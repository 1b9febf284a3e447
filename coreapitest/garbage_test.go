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

	"github.com/fypass/coreapi-go/coreapitest"
)

func TestGarbageGetsAMessageAndNoCode(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"malformed JSON", "POST", "/device", `{"deviceId":`, 400},
		{"no JSON", "POST", "/device", "deviceId=1", 400},
		{"no body", "POST", "/device", "", 400},
		{"null", "POST", "/device", "null", 400},
		{"invalid UTF-8", "POST", "/device", "{\"deviceId\":\"a\xff\"}", 400},
		{"invalid UTF-8 in a login", "POST", "/user/login", "{\"email\":\"a\xff\",\"password\":\"x\"}", 400},
		{"invalid UTF-8 in a field without meaning", "POST", "/user/login", "{\"x\":\"\xc3\"}", 400},
		{"a list", "POST", "/device", "[]", 400},
		{"two objects", "POST", "/device", `{"deviceId":"a"}{}`, 400},
		{"too deep", "POST", "/device", `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", 400},
		{"a device without deviceId", "POST", "/device", `{}`, 400},
		{"a deviceId that is a number", "POST", "/device", `{"deviceId":1}`, 400},
		{"a name that is a list", "POST", "/device", `{"deviceId":"a","name":[]}`, 400},
		{"malformed login", "POST", "/user/login", `{"email"`, 400},
		{"a login without body", "POST", "/user/login", "", 400},
		{"an email that is a number", "POST", "/user/login", `{"email":1}`, 400},
		{"a login without account", "POST", "/user/login", `{"password":"x"}`, 400},
		{"a login with two accounts", "POST", "/user/login", `{"email":"a","whatsapp":"b","password":"x"}`, 400},
		{"a login without password", "POST", "/user/login", `{"email":"a"}`, 400},
		{"a reqToken without credentials", "POST", "/user/login", `{"reqToken":"a"}`, 400},
		{"10 MB", "POST", "/device", big, 413},
		{"10 MB to the login", "POST", "/user/login", big, 413},
		{"10 MB in a GET", "GET", "/client", big, 413},
		{"1 MiB and a byte", "POST", "/device", strings.Repeat("x", 1<<20+1), 413},
		{"1 MiB", "POST", "/device", strings.Repeat("x", 1<<20), 400},
		{"wrong method", "DELETE", "/device", "", 405},
		{"wrong method with 10 MB", "PUT", "/device", big, 405},
		{"wrong method on the page", "DELETE", "/hosted/login", "", 405},
		{"unknown path", "GET", "/nowhere", "", 404},
		{"the root", "GET", "/", "", 404},
		{"a slash too many", "GET", "/client/", "", 404},
		{"a segment too many", "GET", "/device/a", "", 404},
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
		"/client":       "GET, HEAD, OPTIONS",
		"/user/login":   "GET, HEAD, OPTIONS, POST",
		"/device?id=x":  "GET, HEAD, OPTIONS, POST",
		"/hosted/login": "GET, HEAD, OPTIONS, POST",
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
		got := send(t, s, "HEAD", "/client", "")
		require.Equal(t, http.StatusOK, got.status)
		require.Empty(t, got.body)
		require.NotEqual(t, "0", got.header.Get("Content-Length"))
		require.Equal(t, "Clients.Info", s.Requests()[0].Operation)
	})
}

func TestWhatTheFakeRepeatsIsEscaped(t *testing.T) {
	s := coreapitest.New()
	got := send(t, s, "POST", "/device", `{"deviceId":"<script>alert(1)</script>\u0000\n"}`)
	require.NotContains(t, got.body, "<script")
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	s.Inject(coreapitest.Fault{Code: "<b>\n", Message: "<script>\r\nforged"})
	got = send(t, s, "GET", "/client", "")
	require.NotContains(t, got.body, "<")
	require.NotContains(t, got.body, "\n")
	send(t, s, "GET", "/a%0Aforged%1b", "")
	require.Equal(t, "/a%0Aforged%1b", s.Requests()[2].Path)
}

func FuzzServeHTTP(f *testing.F) {
	for _, seed := range []struct{ method, path, body, header string }{
		{"GET", "/core/client", "", ""},
		{"GET", "/client", "", ""},
		{"GET", "/core/client", "", "c2lnbmF0dXJl"},
		{"GET", "/core/%63lient?", "", "en"},
		{"POST", "/core/user/login", "{}", "application/json"},
		{"POST", "/core/user/login", `{"email":"ana@example.com","password":"correct horse battery"}`, "application/json"},
		{"POST", "/core/user/login", `{"whatsapp":"","password":null,"reqToken":["x"]}`, ""},
		{"GET", "/core/user/login?id=x", "", ""},
		{"POST", "/core/device", `{"deviceId":"a","pushToken":{"password":[1,{"reqToken":2}]}}`, ""},
		{"GET", "/core/device?id=%2e%2e%2f", "", ""},
		{"GET", "/core/hosted/login?reqToken=%zz", "", ""},
		{"POST", "/core/hosted/login?reqToken=known", "csrf=x&account=%00&password=&action=login", "application/x-www-form-urlencoded"},
		{"OPTIONS", "*", "", ""},
		{"BREW", "/core//device//", "\xff\xfe", "\x00"},
	} {
		f.Add(seed.method, seed.path, seed.body, seed.header)
	}
	f.Fuzz(func(t *testing.T, method, path, body, header string) {
		// Unsigned, but for what the fuzzer puts into X-Signature: a signature costs 0.8 ms.
		s := coreapitest.New(coreapitest.WithBasePath("/core"), coreapitest.WithUnsigned())
		s.AddUser(ana)
		c := unsigned(t, s)
		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		path = strings.ReplaceAll(path, "known", string(session.ReqToken))
		target, err := url.Parse(path)
		if err != nil {
			target = &url.URL{Path: path}
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, target, path
		r.Header.Set("X-Client-Key", s.ClientKey)
		r.Header.Set("X-Request-Id", "request-"+header)
		for _, name := range []string{"Content-Type", "Cookie", "X-Language", "X-Signature", "X-Token", "X-Version"} {
			r.Header.Set(name, header)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.GreaterOrEqual(t, w.Code, 200)
		require.Less(t, w.Code, 500)
		require.Len(t, s.Requests(), 2)
		if recorded := s.Requests()[1].Body; json.Valid([]byte(body)) && utf8.ValidString(body) && target.Path != "/core/hosted/login" {
			require.True(t, json.Valid(recorded), "%q", recorded)
		}
		_, err = c.Clients.Info(t.Context())
		require.NoError(t, err, "the fake goes on")
	})
}
