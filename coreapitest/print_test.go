package coreapitest_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
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

// The key of a Server that is held in an unexported field, of which fmt asks no method,
// is printed as an address at most.
func TestThePrivateKeyIsNotPrinted(t *testing.T) {
	s := coreapitest.New()
	key, ok := s.PrivateKey.(*rsa.PrivateKey)
	require.True(t, ok)
	var numbers []string
	for _, n := range append([]*big.Int{key.D, key.Precomputed.Dp, key.Precomputed.Dq, key.Precomputed.Qinv}, key.Primes...) {
		for _, verb := range []string{"%d", "%x", "%X", "%o", "%b"} {
			numbers = append(numbers, fmt.Sprintf(verb, n), strings.Trim(fmt.Sprintf(verb, n.Bits()), "[]"))
		}
	}
	type holder struct {
		pointer *coreapitest.Server
		value   coreapitest.Server
		any     any
	}
	for name, value := range map[string]any{
		"Server": *s, "*Server": s, "holder": holder{s, *s, s}, "*holder": &holder{s, *s, *s}, "list": []coreapitest.Server{*s},
		"Transport": s.Transport(), "options": coreapitest.WithPublicKey(key.Public()),
	} {
		t.Run(name, func(t *testing.T) {
			var printed []string
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%p", "%U", "%10s"} {
				printed = append(printed, fmt.Sprintf(verb, value))
			}
			data, _ := json.Marshal(value) // a function does not marshal
			printed = append(printed, string(data))
			var out bytes.Buffer
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "value", value)
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "value", value)
			printed = append(printed, out.String())
			for _, text := range printed {
				for _, number := range numbers {
					require.False(t, strings.Contains(text, number), "a number of the key is printed")
				}
			}
		})
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
		send(t, s, "POST", "/user/login", body)
	}
	got := s.Requests()
	for i := range got {
		got[i].Header = nil
		require.NotContains(t, got[i].String(), "bytes", "a length would be that of the masked text")
	}
	require.Equal(t, got[0].String(), got[1].String())
}

func TestNilPointersLogAsNil(t *testing.T) {
	for name, value := range map[string]any{
		"Server": (*coreapitest.Server)(nil), "User": (*coreapitest.User)(nil), "Recorded": (*coreapitest.Recorded)(nil), "Fault": (*coreapitest.Fault)(nil),
	} {
		var text, object bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "value", value)
		slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "value", value)
		require.Contains(t, text.String(), "value=<nil>\n", name)
		require.Contains(t, object.String(), `"value":null`, name)
		require.Equal(t, "<nil>", fmt.Sprint(value), name)
		data, err := json.Marshal(value)
		require.NoError(t, err, name)
		require.Equal(t, "null", string(data), name)
	}
}
