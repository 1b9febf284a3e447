package coreapitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

func TestNoSecretIsPrinted(t *testing.T) {
	s := coreapitest.New()
	s.ClientKey = "s3cret"
	u := coreapitest.User{ID: "u", Email: email, Password: "s3cret"}
	r := coreapitest.Recorded{Method: "GET", Path: "/x", Header: http.Header{"X-Client-Key": {"s3cret"}}, Body: []byte("s3cret")}
	for name, value := range map[string]any{
		"Server": *s, "*Server": s, "User": u, "*User": &u, "Recorded": r, "*Recorded": &r,
		"list": []coreapitest.User{u}, "map": map[string]coreapitest.Recorded{"a": r},
		"struct": struct {
			S *coreapitest.Server
			U coreapitest.User
		}{s, u},
		"Transport": s.Transport(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%t"} {
				requireNoSecret(t, fmt.Sprintf(verb, value))
			}
			data, err := json.Marshal(value)
			require.NoError(t, err)
			requireNoSecret(t, string(data))
			for _, handler := range []func(*bytes.Buffer) slog.Handler{
				func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
				func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
			} {
				var out bytes.Buffer
				slog.New(handler(&out)).Info("m", "value", value)
				requireNoSecret(t, out.String())
			}
		})
	}
}

func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, form := range []string{"s3cret", "733363726574", "115 51 99 114", "[redacted]:"} {
		require.NotContains(t, text, form)
	}
}

func TestPrintingShowsWhatIsNoSecret(t *testing.T) {
	s := coreapitest.New()
	u := coreapitest.User{ID: "u", Email: "a@b\nforged line", Password: "x", Status: coreapitest.Active}
	r := coreapitest.Recorded{Method: "GET", Path: "/x", Operation: "Clients.Info", Body: []byte("123")}
	require.Equal(t, `Server{url: "https://coreapi.test"}`, s.String())
	require.Equal(t, `User{id: "u", email: "a@b\nforged line", status: "active", password: "[redacted]"}`, fmt.Sprintf("%+v", &u))
	require.Equal(t, `Recorded{method: "GET", path: "/x", operation: "Clients.Info", headers: "0"}`, fmt.Sprint(r))
	data, err := json.Marshal(u)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"u","email":"a@b\nforged line","status":"active","password":"[redacted]"}`, string(data))
}

func TestTwoRecordedRequestsPrintTheSameWhateverWasMasked(t *testing.T) {
	s := coreapitest.New()
	for _, body := range []string{`{"password":"x"}`, `{"password":"a much longer one than x"}`} {
		send(t, s, "POST", "/users/login", body)
	}
	got := s.Requests()
	for i := range got {
		got[i].Header = nil
		require.NotContains(t, got[i].String(), "bytes", "a length would be that of the masked text")
	}
	require.Equal(t, got[0].String(), got[1].String())
}
