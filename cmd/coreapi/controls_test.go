package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// startSandbox serves the built-in seed, and returns a client for it.
func startSandbox(t *testing.T) (baseURL string, client *coreapi.Client) {
	t.Helper()
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	client, err = coreapi.New(server.URL, coreapi.ClientKey(box.key), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	return server.URL, client
}

// send is a request without the SDK, and its answer.
func send(t *testing.T, method, url, contentType, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(answer)
}

const jsonType = "application/json"

func TestEveryCodeThroughTheSandbox(t *testing.T) {
	baseURL, client := startSandbox(t)
	for _, info := range coreapi.Catalogue() {
		status, answer := send(t, http.MethodPost, baseURL+"/_sandbox/faults", jsonType, `{"operation":"Clients.Info","code":"`+string(info.Code)+`"}`)
		require.Equal(t, http.StatusOK, status, answer)
		require.JSONEq(t, `{"added":1}`, answer)
		_, err := client.Clients.Info(t.Context())
		require.ErrorIs(t, err, info.Sentinel, "as the SDK sees it")
		var apiError *coreapi.Error
		require.ErrorAs(t, err, &apiError)
		explained := runWith(t, string(apiError.Body), "explain")
		assert.Equal(t, exitOK, explained.code, info.Code)
		assert.Contains(t, explained.out, info.Action.String(), info.Code)
	}
}

func TestFaultsInAList(t *testing.T) {
	baseURL, client := startSandbox(t)
	status, answer := send(t, http.MethodPost, baseURL+"/_sandbox/faults", "application/json; charset=utf-8",
		`[{"status":502,"body":"<h1>Bad</h1>","contentType":"text/html"},{"operation":"Clients.Info","skip":1,"drop":"before"}]`)
	require.Equal(t, http.StatusOK, status, answer)
	require.JSONEq(t, `{"added":2}`, answer)
	_, err := client.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrUnknownCode)
	_, err = client.Clients.Info(t.Context())
	var apiError *coreapi.Error
	require.ErrorAs(t, err, &apiError)
	require.Zero(t, apiError.StatusCode, "the connection was dropped")
	_, err = client.Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestResetGoesBackToTheSeed(t *testing.T) {
	baseURL, client := startSandbox(t)
	send(t, http.MethodPost, baseURL+"/_sandbox/faults", jsonType, `{"code":"REQUEST_TIMEOUT","times":-1}`)
	_, err := client.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrRequestTimeout)

	status, answer := send(t, http.MethodPost, baseURL+"/_sandbox/reset", jsonType, "")
	require.Equal(t, http.StatusOK, status, answer)
	var done resetDone
	require.NoError(t, json.Unmarshal([]byte(answer), &done))
	require.True(t, done.Reset)
	require.Equal(t, "demo-phone", done.Devices[0].DeviceID)

	_, err = client.Clients.Info(t.Context())
	require.NoError(t, err, "the fault is gone, the key is the same")
	device, err := client.Devices.Get(t.Context(), done.Devices[0].ID)
	require.NoError(t, err)
	require.Equal(t, "Ada's phone", device.Info.Name)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "mine"})
	require.NoError(t, err)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "mine"})
	require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
	send(t, http.MethodPost, baseURL+"/_sandbox/reset", jsonType, "{}")
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "mine"})
	require.NoError(t, err)
}

func TestALostAnswerIsNotSentTwice(t *testing.T) {
	baseURL, _ := startSandbox(t)
	client, err := coreapi.New(baseURL, coreapi.ClientKey("sandbox-client-key"))
	require.NoError(t, err)
	send(t, http.MethodPost, baseURL+"/_sandbox/faults", jsonType, `{"operation":"Devices.Save","drop":"after"}`)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "mine"})
	var apiError *coreapi.Error
	require.ErrorAs(t, err, &apiError)
	assert.Equal(t, coreapi.DeliveryUnknown, apiError.Delivery)
	assert.Equal(t, 1, apiError.Attempts)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "mine"})
	assert.ErrorIs(t, err, coreapi.ErrDuplicateKey, "the first was stored")
}

func TestTheHostedPageOfTheSandbox(t *testing.T) {
	baseURL, client := startSandbox(t)
	login, err := client.Users.StartLogin(t.Context())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(login.URL, baseURL+"/"), login)
	status, page := send(t, http.MethodGet, login.URL, "", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "<form")
}

func TestControlsTakeWhatAProgramSendsWhateverItSaysItIs(t *testing.T) {
	baseURL, client := startSandbox(t)
	for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/plain", jsonType} {
		status, answer := send(t, http.MethodPost, baseURL+"/_sandbox/faults", contentType, `{"code":"REQUEST_TIMEOUT"}`)
		require.Equal(t, http.StatusOK, status, answer)
		_, err := client.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout, "type %q", contentType)
		status, answer = send(t, http.MethodPost, baseURL+"/_sandbox/reset", contentType, "")
		require.Equal(t, http.StatusOK, status, answer)
	}
}

func TestControlsRefuseTheFormsOfAPage(t *testing.T) {
	box := control(func([]byte) (any, error) { panic("asked") })
	for _, header := range []string{"Origin", "Referer", "Sec-Fetch-Site"} {
		for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/plain", "application/json;;"} {
			r := httptest.NewRequest(http.MethodPost, "/_sandbox/reset", strings.NewReader("{}"))
			r.Header.Set(header, "null")
			r.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			box.ServeHTTP(w, r)
			assert.Equal(t, http.StatusUnsupportedMediaType, w.Code, "%s, %q", header, contentType)
			assert.Contains(t, w.Body.String(), "Content-Type: application/json")
		}
	}
}

func TestControlsRefuse(t *testing.T) {
	baseURL, client := startSandbox(t)
	fault := `{"code":"REQUEST_TIMEOUT","times":-1}`
	for name, tt := range map[string]struct {
		method, path, contentType, body string
		status                          int
		want                            string
	}{
		"a preflight":          {"OPTIONS", "faults", "", "", 405, "use POST"},
		"GET":                  {"GET", "reset", "", "", 405, "use POST"},
		"a key that is sent":   {"POST", "key", jsonType, "{}", 405, "use GET"},
		"another path":         {"POST", "nothing", jsonType, "{}", 404, "/_sandbox/faults"},
		"broken JSON":          {"POST", "faults", jsonType, `{"code":`, 400, "ends early"},
		"unknown field":        {"POST", "faults", jsonType, `{"kode":"X"}`, 400, `unknown field \"kode\"`},
		"unknown operation":    {"POST", "faults", jsonType, `{"operation":"Nope","code":"X"}`, 400, `\"Nope\" is none`},
		"a fault that is none": {"POST", "faults", jsonType, `[` + fault + `,{}]`, 400, "fault 2: the fault does nothing"},
		"a code and a body":    {"POST", "faults", jsonType, `{"code":"X","body":"b"}`, 400, "has a Code, and a Body"},
		"too large":            {"POST", "faults", jsonType, strings.Repeat(" ", maxControlBytes+1), 413, "over 1 MiB"},
	} {
		status, answer := send(t, tt.method, baseURL+controlPrefix+tt.path, tt.contentType, tt.body)
		assert.Equal(t, tt.status, status, name)
		assert.Contains(t, answer, tt.want, name)
		assert.True(t, json.Valid([]byte(answer)), "%s: %s", name, answer)
	}
	_, err := client.Clients.Info(t.Context())
	require.NoError(t, err, "nothing was injected")
}
