package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sendTo is a request that names a host of its own, as a page does whose name leads here.
func sendTo(t *testing.T, host, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Host = host
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set(clientKeyHeader, "sandbox-client-key")
	r.Header.Set(requestIDHeader, "of "+host)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(answer)
}

func TestAHostThatIsNoLoopbackNameIsRefusedOnLoopback(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0")
	_, port, err := net.SplitHostPort(strings.TrimPrefix(box.url, "http://"))
	require.NoError(t, err)
	for _, host := range []string{"evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example:1", "192.0.2.1", "[2001:db8::1]:" + port, "box", "0.0.0.0"} {
		for _, request := range []struct{ method, path, body string }{
			{"POST", "/_sandbox/faults", `{"code":"REQUEST_TIMEOUT","times":-1}`},
			{"POST", "/_sandbox/reset", ""},
			{"GET", "/_sandbox/requests", ""},
			{"GET", "/_sandbox/key", ""},
			{"POST", "/user/login", "{}"},
			{"GET", "/client", ""},
			{"GET", "/hosted/login?reqToken=x", ""},
			{"OPTIONS", "/client", ""},
		} {
			status, answer := sendTo(t, host, request.method, box.url+request.path, request.body)
			assert.Equal(t, http.StatusMisdirectedRequest, status, "%s, %s %s", host, request.method, request.path)
			assert.Contains(t, answer, "is not the sandbox's")
			assert.NotContains(t, answer, "reqToken")
		}
	}
	for _, host := range []string{"localhost", "LocalHost:1", "127.0.0.1:" + port, "127.8.9.10", "[::1]:" + port, "[::1]"} {
		status, answer := sendTo(t, host, "POST", box.url+"/user/login", "{}")
		assert.Equal(t, http.StatusOK, status, "%s: %s", host, answer)
		assert.Contains(t, answer, `"url":"http://`+host+`/hosted/login?reqToken=`)
	}
	box.end()
	assert.Contains(t, box.logged.String(), "status=421", "and it is logged")
}

func TestAHostIsAnsweredAsTheAddressHasIt(t *testing.T) {
	own, err := os.Hostname()
	require.NoError(t, err)
	for _, tt := range []struct {
		addr          string
		taken, others []string
	}{
		{"127.0.0.1:1", []string{"localhost", "127.0.0.1", "::1"}, []string{"", "box", "box.internal", "192.0.2.1"}},
		{"localhost:1", []string{"localhost", "127.0.0.1", "::1"}, []string{"", "box", "192.0.2.1"}},
		{"box.internal:1", []string{"box.internal", "BOX.internal", "localhost", "192.0.2.1", "2001:db8::1", "box", own}, []string{"", "evil.example", "box.internal.evil.example"}},
		{"192.0.2.1:1", []string{"192.0.2.1", "localhost", "box"}, []string{"", "evil.example"}},
		{"0.0.0.0:1", []string{"192.0.2.1", "fe80::1%eth0", "localhost", "sandbox", own}, []string{"", "evil.example", "1.2.3.4.evil.example"}},
	} {
		where, err := parseAddress(tt.addr)
		require.NoError(t, err)
		for _, host := range tt.taken {
			assert.True(t, where.answersTo(host), "%s, %q", tt.addr, host)
		}
		for _, host := range tt.others {
			assert.False(t, where.answersTo(host), "%s, %q", tt.addr, host)
		}
	}
}

// A whole URL on the request line is what counts then.
func TestAHostOnTheRequestLineCounts(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0")
	connection, err := net.Dial("tcp", strings.TrimPrefix(box.url, "http://"))
	require.NoError(t, err)
	defer connection.Close()
	_, err = io.WriteString(connection, "GET http://evil.example/client HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(connection)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "421 Misdirected Request")
}

func TestAHostIsNotForgedIntoATerminal(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/client", nil)
	r.Host = "evil\u202e\u009b"
	w := httptest.NewRecorder()
	onlyHosts(address{loopback, "1"}, http.NotFoundHandler()).ServeHTTP(w, r)
	requirePrintable(t, w.Body.String())
}
