package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// script posts JSON to an endpoint that scripts the sandbox, and wants it done.
func script(t *testing.T, baseURL, name, body string) {
	t.Helper()
	status, answer := send(t, http.MethodPost, baseURL+controlPrefix+name, "", body)
	require.Equal(t, http.StatusOK, status, answer)
	require.JSONEq(t, `{"done":true}`, answer)
}

func TestAHostedLoginIsEndedWithoutThePage(t *testing.T) {
	baseURL, client := startSandbox(t)
	for name, tt := range map[string]struct {
		endpoint, rest string
		state          coreapi.LoginState
		failure        coreapi.Code
	}{
		"completed":                       {"complete-login", `,"account":"ada@example.com"`, coreapi.LoginSucceeded, ""},
		"completed by a number":           {"complete-login", `,"account":"+6281100000001"`, coreapi.LoginSucceeded, ""},
		"completed by one without access": {"complete-login", `,"account":"sue@example.com"`, coreapi.LoginFailed, coreapi.CodeUserSuspended},
		"cancelled":                       {"cancel-login", ``, coreapi.LoginFailed, coreapi.CodeClientClosedRequest},
		"failed":                          {"fail-login", `,"code":"USER_DELETED"`, coreapi.LoginFailed, coreapi.CodeUserDeleted},
		"failed with a code of its own":   {"fail-login", `,"code":"OUR_OWN"`, coreapi.LoginFailed, "OUR_OWN"},
	} {
		session, err := client.Users.StartLogin(t.Context())
		require.NoError(t, err, name)
		body := `{"reqToken":"` + string(session.ReqToken) + `"` + tt.rest + `}`
		script(t, baseURL, tt.endpoint, body)
		got, err := client.Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err, name)
		assert.Equal(t, tt.state, got.State, name)
		assert.Equal(t, tt.failure, got.FailureCode, name)

		status, answer := send(t, http.MethodPost, baseURL+controlPrefix+tt.endpoint, jsonType, body)
		assert.Equal(t, http.StatusBadRequest, status, name)
		assert.Contains(t, answer, "the login has ended", name)
		assert.NotContains(t, answer, string(session.ReqToken), name)
	}
}

func TestStatusesAreSet(t *testing.T) {
	baseURL, client := startSandbox(t)
	login := coreapi.LoginRequest{WhatsApp: "+6281100000001", Password: "correct-horse"}
	script(t, baseURL, "user-status", `{"account":"ADA@example.com","status":"Suspended"}`)
	_, err := client.Users.Login(t.Context(), login)
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	script(t, baseURL, "user-status", `{"account":"+6281100000001","status":"active"}`)
	_, err = client.Users.Login(t.Context(), login)
	require.NoError(t, err)

	script(t, baseURL, "client-status", `{"status":"deleted"}`)
	_, err = client.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientDeleted)
	send(t, http.MethodPost, baseURL+controlPrefix+"reset", "", "")
	_, err = client.Clients.Info(t.Context())
	require.NoError(t, err, "a reset takes it back")
}

func TestAUsersTokenIsDemanded(t *testing.T) {
	baseURL, client := startSandbox(t)
	script(t, baseURL, "require-token", `{"operation":"Clients.Info"}`)
	_, err := client.Clients.Info(t.Context())
	require.Equal(t, http.StatusUnauthorized, statusOf(t, err))
	user, err := client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "ada@example.com", Password: "correct-horse"})
	require.NoError(t, err)
	_, err = client.Clients.Info(t.Context(), coreapi.WithUserToken(user.UserToken))
	require.NoError(t, err)
}

func TestAScriptThatMakesNoSenseIsRefused(t *testing.T) {
	baseURL, _ := startSandbox(t)
	for _, tt := range []struct{ endpoint, body, want string }{
		{"complete-login", `{"reqToken":"x","account":"ada@example.com"}`, "there is no login with that reqToken"},
		{"complete-login", `{"reqtoken":1}`, "cannot hold a JSON number"},
		{"complete-login", ``, "it is empty"},
		{"cancel-login", `{}`, "there is no login with that reqToken"},
		{"cancel-login", `{"reqToken":"x","account":"ada@example.com"}`, `unknown field \"account\"`},
		{"fail-login", `{"reqToken":"x"}`, "the code is empty"},
		{"fail-login", `{"reqToken":"x","code":"` + strings.Repeat("x", 129) + `"}`, "the code is over 128 bytes"},
		{"client-status", `{"status":"sleepy"}`, `pass \"active\", \"inactive\"`},
		{"client-status", `{}`, `the status \"\" is none`},
		{"user-status", `{"account":"nobody","status":"active"}`, `there is no user with the account \"nobody\"`},
		{"user-status", `{"account":"a\u009b","status":"active"}`, `a\\u009b`},
		{"require-token", `{}`, "the operation is missing"},
		{"require-token", `{"operation":"Nope"}`, `\"Nope\" is none`},
	} {
		status, answer := send(t, http.MethodPost, baseURL+controlPrefix+tt.endpoint, jsonType, tt.body)
		assert.Equal(t, http.StatusBadRequest, status, tt)
		assert.Contains(t, answer, tt.want, tt)
		requirePrintable(t, answer)
	}
}

// A page can send what its site's visitors do not see.
func TestScriptsOfAPageAreRefused(t *testing.T) {
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	for _, e := range box.endpoints() {
		if e.method != http.MethodPost {
			continue
		}
		r := httptest.NewRequest(e.method, controlPrefix+e.name, strings.NewReader(`{"status":"deleted"}`))
		r.Header.Set("Origin", "http://evil.example")
		r.Header.Set("Content-Type", "text/plain")
		w := httptest.NewRecorder()
		box.ServeHTTP(w, r)
		assert.Equal(t, http.StatusUnsupportedMediaType, w.Code, e.name)
	}
}

func TestEachEndpointIsInTheHelp(t *testing.T) {
	for _, e := range (&sandbox{}).endpoints() {
		assert.Contains(t, strings.Join(strings.Fields(sandboxHelp), " "), e.method+" "+controlPrefix+e.name+" ")
	}
	s, err := loadSeed("")
	require.NoError(t, err)
	for _, u := range s.Users {
		line := strings.Join(append(u.accounts(), string(u.Status), "id "+u.ID), " ")
		assert.Contains(t, strings.Join(strings.Fields(sandboxHelp), " "), line)
		assert.Equal(t, "correct-horse", u.Password)
	}
}

type listed struct {
	Requests []struct {
		Method, Path, Operation string
		Header                  http.Header
		Body                    json.RawMessage
	}
}

func listRequests(t *testing.T, baseURL string) (list listed, text string) {
	t.Helper()
	status, text := send(t, http.MethodGet, baseURL+controlPrefix+"requests", "", "")
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, json.Unmarshal([]byte(text), &list), text)
	requirePrintable(t, text)
	return list, text
}

func TestWhatArrivedIsListedMasked(t *testing.T) {
	baseURL, client := startSandbox(t)
	list, text := listRequests(t, baseURL)
	require.Empty(t, list.Requests)
	require.JSONEq(t, `{"requests":[]}`, text)

	_, err := client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "ada@example.com", Password: "correct-horse"})
	require.NoError(t, err)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "d" + nasty, PushToken: "s3cret-push"})
	require.NoError(t, err)
	_, err = client.Users.LoginStatus(t.Context(), "s3cret-token")
	require.Error(t, err)
	send(t, http.MethodPost, baseURL+"/nowhere", "text/plain", "s3cret text")

	list, text = listRequests(t, baseURL)
	require.Len(t, list.Requests, 4)
	assert.Equal(t, "POST /user/login Users.Login", list.Requests[0].Method+" "+list.Requests[0].Path+" "+list.Requests[0].Operation)
	assert.JSONEq(t, `{"email":"ada@example.com","password":"[redacted]"}`, string(list.Requests[0].Body))
	assert.Equal(t, "[redacted]", list.Requests[0].Header.Get(clientKeyHeader))
	assert.Contains(t, string(list.Requests[1].Body), `d\u009b31m\u202e`)
	assert.Equal(t, `"[11 bytes]"`, string(list.Requests[3].Body))
	for _, secret := range []string{"s3cret", "correct-horse", "sandbox-client-key"} {
		assert.NotContains(t, text, secret)
	}

	send(t, http.MethodPost, baseURL+controlPrefix+"reset", "", "")
	list, _ = listRequests(t, baseURL)
	require.Empty(t, list.Requests)
}

func TestTheLastThousandRequestsAreListed(t *testing.T) {
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	for i := range 1_010 {
		box.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprint("/", i), nil))
	}
	got := box.current.Load().Requests()
	require.Len(t, got, 1_000)
	require.Equal(t, "/10", got[0].Path)
}

// largePosts sends bodies of nearly 1 MiB to an operation, and returns by how much the
// memory that is in use grew, in bytes.
func largePosts(t *testing.T, n int) int {
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	inUse := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	filling := strings.Repeat("x", 1<<20-1000)
	before := inUse()
	for i := range n {
		r := httptest.NewRequest(http.MethodPost, "/device", strings.NewReader(fmt.Sprintf(`{"deviceId":"d-%d","a":%q}`, i, filling)))
		r.Header.Set(clientKeyHeader, "sandbox-client-key")
		r.Header.Set(requestIDHeader, fmt.Sprint(i))
		r.Header.Set("Content-Type", jsonType)
		w := httptest.NewRecorder()
		box.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	}
	grown := inUse() - before
	runtime.KeepAlive(box)
	return grown
}

// What is kept is at most 1 MiB of requests and 4 MiB of devices, in less than twice that
// of memory. A few posts show it as a thousand do, which take half a minute.
func TestPostsOfAMebibyteLeaveTheMemoryBounded(t *testing.T) {
	require.Less(t, largePosts(t, 14), 9<<20)
}

func TestFaultsThatNobodyUsesUpAreBounded(t *testing.T) {
	baseURL, client := startSandbox(t)
	post := func(body string) (int, string) {
		return send(t, http.MethodPost, baseURL+controlPrefix+"faults", "", body)
	}
	large := `{"operation":"Devices.Get","body":"` + strings.Repeat("x", 1<<20-1000) + `"}`
	for range 4 {
		status, answer := post(large)
		require.Equal(t, http.StatusOK, status, answer)
	}
	status, answer := post(large)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "not used up")
	_, err := client.Devices.Get(t.Context(), "x") // uses all up
	require.Error(t, err)
	status, _ = post(large)
	require.Equal(t, http.StatusOK, status)
	status, answer = post("[" + strings.Repeat(`{"status":500},`, 1_000) + `{"status":500}]`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "the limits are 1000")
}
