package coreapitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

// requireGarbage wants a 400 that has a message and no code.
func requireGarbage(t *testing.T, got reply, message string) {
	t.Helper()
	require.Equal(t, http.StatusBadRequest, got.status, got.body)
	var said map[string]string
	require.NoError(t, json.Unmarshal([]byte(got.body), &said), got.body)
	require.Contains(t, said["message"], message)
	require.NotContains(t, said, "code")
}

func TestEveryOperationRefusesABodyThatIsNoJSON(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		device := s.AddDevice(deviceInfo)
		for _, route := range []struct{ method, path string }{
			{"GET", "/client"}, {"HEAD", "/client"}, {"GET", "/user/login?id=x"}, {"GET", "/device?id=" + device.ID},
			{"POST", "/user/login"}, {"POST", "/device"},
		} {
			for body, message := range map[string]string{
				"x":        "not valid JSON",
				" ":        "The body is empty",
				"\x00":     "not valid JSON",
				`{"a":`:    "not valid JSON",
				"{}{}":     "not valid JSON",
				"\"\xff\"": "not valid UTF-8",
			} {
				got := send(t, s, route.method, route.path, body)
				if route.method == "HEAD" {
					require.Equal(t, http.StatusBadRequest, got.status)
					continue
				}
				requireGarbage(t, got, message)
			}
			got := send(t, s, route.method, route.path, "x", "X-Signature", "wrong")
			require.Equal(t, http.StatusUnauthorized, got.status, "the signature comes first")
		}
		require.Equal(t, http.StatusOK, send(t, s, "GET", "/client", "{}").status, "JSON is passed over where it has no use")
		require.Len(t, s.Devices(), 1)
	})
}

func TestABodyThatIsNotSentAsJSONIsRefused(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		for i, contentType := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON ;charset=x"} {
			got := send(t, s, "POST", "/device", fmt.Sprintf(`{"deviceId":"%d"}`, i), "Content-Type", contentType)
			require.Equal(t, http.StatusOK, got.status, got.body)
		}
		for _, contentType := range []string{"application/x-www-form-urlencoded", "text/plain", "application/jsonp", "application/problem+json", ""} {
			for path, method := range map[string]string{"/device": "POST", "/user/login": "POST", "/client": "GET"} {
				requireGarbage(t, send(t, s, method, path, `{"deviceId":"a"}`, "Content-Type", contentType), "Send the header Content-Type: application/json.")
			}
		}
		for _, encoding := range []string{"gzip", "identity"} {
			requireGarbage(t, send(t, s, "POST", "/device", `{"deviceId":"a"}`, "Content-Encoding", encoding), "without that header")
		}
		got := send(t, s, "GET", "/client", "", "Content-Type", "text/plain", "Content-Encoding", "gzip")
		require.Equal(t, http.StatusOK, got.status, "there is no body")
		require.Len(t, s.Devices(), 3)
	})
}

func TestTheHostedPageStillTakesAForm(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		session, err := once(s).Users.StartLogin(t.Context())
		require.NoError(t, err)
		got := send(t, s, "POST", strings.TrimPrefix(session.URL, s.URL), "action=login", "Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, http.StatusForbidden, got.status, "for want of the page's token alone")
	})
}

func TestHeadersAreTrimmedAsOnTheWire(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		for _, blank := range []string{" ", "  ", "\t "} {
			requireGarbage(t, send(t, s, "GET", "/client", "", "X-Request-Id", blank), "The header X-Request-Id is missing")
			requireGarbage(t, send(t, s, "GET", "/client", "", "X-Version", blank), "The header X-Version is missing")
		}
		require.Equal(t, http.StatusOK, send(t, s, "GET", "/client", "", "X-Request-Id", "req-1").status)
		requireGarbage(t, send(t, s, "GET", "/client", "", "X-Request-Id", " req-1\t"), "was used before")
	})
}

func TestHeadersOutsideASCIIAreRefused(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		for _, value := range []string{"é", "R1\u2028", "R\xff", "a\tb"} {
			requireGarbage(t, send(t, s, "GET", "/client", "", "X-Request-Id", value), "X-Request-Id has a character outside ASCII")
			requireGarbage(t, send(t, s, "GET", "/client", "", "X-Version", value), "X-Version has a character outside ASCII")
		}
	})
}

func TestTwoRequestIDsAreRefused(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/client", nil)
		require.NoError(t, err)
		r.Header = http.Header{"X-Client-Key": {s.ClientKey}, "X-Version": {"1.0.0"}, "X-Request-Id": {"R1", "R2"}, "X-Language": {"en"}}
		resp, err := plain(s).Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		var said struct{ Message string }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&said))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.Equal(t, "The header X-Request-Id was sent more than once. Send one id.", said.Message)
	})
}
