package coreapi_test

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestRequestsWithoutABodySendNone(t *testing.T) {
	for _, method := range []string{"", "GET", "POST", "DELETE"} {
		s := scripted(answer{body: "{}"})
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{Method: method, Path: "/x"})
		require.NoError(t, err)
		require.Empty(t, s.sent[0].body)
		require.NotContains(t, s.sent[0].header, "Content-Type")
	}
}

func TestEachAttemptsBodyHasItsLengthAndCanBeReadAgain(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		attempts := 0
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			attempts++
			again, err := r.GetBody()
			require.NoError(t, err)
			for _, body := range []io.Reader{r.Body, again} {
				text, err := io.ReadAll(body)
				require.NoError(t, err)
				require.JSONEq(t, `{"n":1}`, string(text))
				require.EqualValues(t, len(text), r.ContentLength)
			}
			return answer{status: 429}.response(r)
		}))
		_, err := coreapi.Do[struct{}](context.Background(), c, coreapi.Request{Method: "POST", Path: "/things", Body: map[string]int{"n": 1}})
		require.Error(t, err)
		require.Equal(t, 4, attempts)
	})
}

type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("boom") }

func nestedLists(n int, v any) any {
	for range n {
		v = []any{v}
	}
	return v
}

// linked is a type that holds itself.
type linked struct {
	Name string
	Next *linked
}

type embedsDevice struct{ coreapi.DeviceInfo }

type unmarshalable struct{ F func() }

type withMarshaler struct{ Token coreapi.Secret }

func (withMarshaler) MarshalJSON() ([]byte, error) { return []byte(`{"own":"way"}`), nil }

// plainCreds has no marshaling to inherit; what embeds it has its own.
type (
	plainCreds  struct{ Password coreapi.Secret }
	marshalling struct{ plainCreds }
)

func (m *marshalling) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"mine": string(m.Password)})
}

func TestBodiesThatWouldNotArriveAsMeantAreRefused(t *testing.T) {
	type nested struct {
		Deep []any `json:"deep"`
	}
	var nilMap map[string]any
	var nilPointer *nested
	for name, body := range map[string]any{
		"bytes":                  []byte(`{"a":1}`),
		"reader":                 strings.NewReader("{}"),
		"buffer":                 &bytes.Buffer{},
		"RawJSON":                coreapi.RawJSON(`{}`),
		"RawJSON pointer":        &coreapi.RawJSON{},
		"empty RawMessage":       json.RawMessage{},
		"nil RawMessage":         json.RawMessage(nil),
		"broken RawMessage":      json.RawMessage(`{"a":`),
		"func":                   unmarshalable{func() {}},
		"channel":                make(chan int),
		"nil map":                nilMap,
		"nil pointer":            nilPointer,
		"Secret":                 coreapi.Secret("value"),
		"Secret field":           struct{ P coreapi.Secret }{"value"},
		"empty Secret field":     struct{ P coreapi.Secret }{},
		"Secret pointer":         struct{ P *coreapi.Secret }{new(coreapi.Secret)},
		"Secret, two pointers":   struct{ P **coreapi.Secret }{new(new(coreapi.Secret("value")))},
		"Secret, lists of lists": [][]coreapi.Secret{{"value"}},
		"device, embedded":       embedsDevice{coreapi.DeviceInfo{DeviceID: "d", PushToken: "value"}},
		"Secret deep":            nested{[]any{map[string]any{"a": []coreapi.Secret{"value"}}}},
		"Secret as a key":        map[coreapi.Secret]int{"value": 1},
		"Secret as a nested key": nested{[]any{map[coreapi.Secret]int{"value": 1}}},
		"RawJSON field":          struct{ R coreapi.RawJSON }{coreapi.RawJSON("{}")},
		"empty RawJSON field":    struct{ R coreapi.RawJSON }{},
		"embedded Secret":        struct{ coreapi.Secret }{"value"},
		"login request":          coreapi.LoginRequest{Email: "e", Password: "value"},
		"device":                 coreapi.DeviceInfo{DeviceID: "d", PushToken: "value"},
		"embedded RawJSON":       struct{ coreapi.RawJSON }{coreapi.RawJSON("{}")},
		"escaped literal":        json.RawMessage(`{"p":"\u005bredacted\u005d"}`),
		"device with Extra":      coreapi.DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}},
		"device pointer":         &coreapi.DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}},
		"device in a field":      struct{ D *coreapi.DeviceInfo }{&coreapi.DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}}},
		"RawJSON in a pointer":   struct{ R *coreapi.RawJSON }{new(coreapi.RawJSON("{}"))},
		"RawJSON as a marshaler": struct{ M encoding.TextMarshaler }{coreapi.RawJSON("{}")},
		"panicking marshaler":    panicking{},
		"Secret, 40 lists deep":  nestedLists(40, map[coreapi.Secret]int{"value": 1}),
		"literal":                map[string]string{"password": "[redacted]"},
		"literal in RawMessage":  json.RawMessage(`{"password":"[redacted]"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{})
			_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{Method: "POST", Path: "/x", Body: body})
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.Zero(t, s.count())
			require.NotContains(t, err.Error(), "value\"")
		})
	}
}

func TestABodyWithASecretIsRefusedHoweverOftenItsTypeWasSent(t *testing.T) {
	type body struct {
		Name string
		More any
	}
	c := newClient(t, scripted(answer{body: "{}"}))
	for range 3 {
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Method: "POST", Path: "/x", Body: body{Name: "a"}})
		require.NoError(t, err)
		_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Method: "POST", Path: "/x", Body: body{Name: "a", More: coreapi.Secret("hidden")}})
		require.ErrorContains(t, err, "a Secret")
	}
}

func TestBodiesThatAreFineAreSent(t *testing.T) {
	type embedded struct{ A int }
	for want, body := range map[string]any{
		`{"A":1}`:                struct{ embedded }{embedded{1}},
		`{}`:                     struct{}{},
		`{"a":"YWI="}`:           map[string]any{"a": []byte("ab")},
		`"2026-01-02T00:00:00Z"`: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		`[1,null,"x"]`:           []any{1, nil, "x"},
		`[{"a":1},{}]`:           []map[string]int{{"a": 1}, {}},
		`{"A":"a","B":"b"}`:      &struct{ A, B string }{"a", "b"},
		`{"Name":"a","Next":{"Name":"b","Next":null}}`: linked{"a", &linked{Name: "b"}},
		`{"own":"way"}`:    withMarshaler{"value"},
		`{"mine":"value"}`: &marshalling{plainCreds{"value"}},
		`{"raw":{"a":1}}`:  map[string]json.RawMessage{"raw": json.RawMessage(`{"a":1}`)},
		`null`:             json.RawMessage("null"),
		`{"Skipped":0}`: struct {
			Skipped int
			P       coreapi.Secret `json:"-"`
		}{0, "value"},
		`{"p":"v"}`: map[string]string{"p": string(coreapi.Secret("v"))},
	} {
		s := scripted(answer{body: "{}"})
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), coreapi.Request{Method: "POST", Path: "/x", Body: body})
		require.NoError(t, err)
		require.Equal(t, want, s.sent[0].body)
	}
}

func TestABodyIsSentInTheFormThatIsSigned(t *testing.T) {
	for want, body := range map[string]any{
		`{"a":"<b>&\u0001é"}`:           map[string]string{"a": "<b>&\x01é"},
		`{"2":1,"10":2,"b":3,"a":4}`:    json.RawMessage(` {"b": 3.0, "10":2, "a":4e0,"2":1}`),
		`{"n":[0.1,1e+21,100000,-1.5]}`: json.RawMessage(`{"n":[0.10,1e21,1E5,-1.50]}`),
		`"text"`:                        "text",
	} {
		s := scripted(answer{body: "{}"})
		_, err := coreapi.Do[coreapi.RawJSON](context.Background(), signedClient(t, s), coreapi.Request{Method: "POST", Path: "/x", Body: body})
		require.NoError(t, err)
		require.Equal(t, want, s.sent[0].body)
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
	}
}

func TestABodyThatNoServerCanWriteAgainIsRefusedWhereItIsSignedAndSentAsItIsWhereNot(t *testing.T) {
	for name, body := range map[string]string{
		"a large number":   `{"n":9007199254740993}`,
		"a power of two":   `{"n":1152921504606846976}`,
		"many digits":      `{"n":0.12345678901234567890}`,
		"out of range":     `{"n":1e999}`,
		"a lone surrogate": `{"n":"\ud800"}`,
		"a duplicate key":  `{"n":1,"n":1}`,
		"invalid UTF-8":    "{\"n\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			req := coreapi.Request{Method: "POST", Path: "/x", Body: json.RawMessage(body)}
			s := scripted(answer{body: "{}"})
			_, err := coreapi.Do[coreapi.RawJSON](context.Background(), signedClient(t, s), req)
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery)
			inner := coreapi.SignedClientKey(testKey, signingKey(t))
			_, err = coreapi.Do[coreapi.RawJSON](context.Background(), authClient(t, &customAuth{inner.Authenticate}, s), req)
			require.ErrorIs(t, err, coreapi.ErrInvalidArgument, "wrapped, too")
			require.Zero(t, s.count())
			_, err = coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, s), req)
			require.NoError(t, err)
			require.Equal(t, body, s.sent[0].body)
		})
	}
}
