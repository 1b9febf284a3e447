package coreapi

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDoSendsTheRequestAsItIsGiven(t *testing.T) {
	s := scripted(answer{body: "{}"})
	_, err := Do[RawJSON](context.Background(), newClient(t, s), Request{
		Method: http.MethodPut,
		Path:   "/a%2Fb/c~d;e=f",
		Query:  url.Values{"q": {"1 2", "&"}},
		Body:   json.RawMessage(`{ "as": "it is" }`),
	})
	require.NoError(t, err)
	require.Equal(t, "PUT", s.sent[0].method)
	require.Equal(t, testBase+"/a%2Fb/c~d;e=f?q=1+2&q=%26", s.sent[0].url)
	require.Equal(t, `{"as":"it is"}`, s.sent[0].body, "in the form in which a server writes it again")
	require.Equal(t, "application/json", s.sent[0].header.Get("Content-Type"))
}

func TestRequestsWithoutABodySendNone(t *testing.T) {
	for _, method := range []string{"", "GET", "POST", "DELETE"} {
		s := scripted(answer{body: "{}"})
		_, err := Do[RawJSON](context.Background(), newClient(t, s), Request{Method: method, Path: "/x"})
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
		_, err := Do[struct{}](context.Background(), c, Request{Method: "POST", Path: "/things", Body: map[string]int{"n": 1}})
		require.Error(t, err)
		require.Equal(t, 4, attempts)
	})
}

func TestErrorsOfDoAreNamedByMethodAndPathUnlessToldOtherwise(t *testing.T) {
	c := newClient(t, scripted(answer{status: 404}))
	_, err := Do[RawJSON](context.Background(), c, Request{Path: "/x/y", Query: url.Values{"q": {"secret"}}})
	e := asError(t, err)
	require.Equal(t, "GET /x/y", e.Operation)
	require.Equal(t, "/x/y", e.Path)
	require.NotContains(t, err.Error(), "secret")
}

func TestPathsAndMethodsThatCannotBeRightAreRefused(t *testing.T) {
	s := scripted(answer{})
	c := newClient(t, s)
	for _, req := range []Request{
		{Path: ""}, {Path: "x"}, {Path: "//host/x"}, {Path: "https://user:secret@host/x"}, {Path: "/x?token=secret"}, {Path: "/x#secret"},
		{Path: "/a/../b"}, {Path: "/./a"}, {Path: "/a/.."}, {Path: "/%2e%2E/a"}, {Path: "/.%2e"}, {Path: "/a/..%2fsecret"}, {Path: `/a\..\b`}, {Path: "/a%5c..%5cb"}, {Path: "/..;/x"},
		{Path: "/a b"}, {Path: "/é"}, {Path: "/a%zz"}, {Path: "/a%"}, {Path: "/a\nb"}, {Path: `/a"b`},
		{Path: "/x", Method: "get"}, {Path: "/x", Method: "GET X"}, {Path: "/x", Method: "CONNECT"}, {Path: "/x", Method: "\n"},
	} {
		_, err := Do[RawJSON](context.Background(), c, req)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		e := asError(t, err)
		require.Equal(t, DeliveryNotSent, e.Delivery)
		require.NotContains(t, e.Error(), "secret")
		require.NotContains(t, e.Report(), "secret")
	}
	require.Zero(t, s.count())
}

type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("boom") }

func deep(n int, v any) any {
	for range n {
		v = []any{v}
	}
	return v
}

type unmarshalable struct{ F func() }

type withMarshaler struct{ Token Secret }

func (withMarshaler) MarshalJSON() ([]byte, error) { return []byte(`{"own":"way"}`), nil }

// plainCreds has no marshaling to inherit; what embeds it has its own.
type (
	plainCreds  struct{ Password Secret }
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
		"RawJSON":                RawJSON(`{}`),
		"RawJSON pointer":        &RawJSON{},
		"empty RawMessage":       json.RawMessage{},
		"nil RawMessage":         json.RawMessage(nil),
		"broken RawMessage":      json.RawMessage(`{"a":`),
		"func":                   unmarshalable{func() {}},
		"channel":                make(chan int),
		"nil map":                nilMap,
		"nil pointer":            nilPointer,
		"Secret":                 Secret("value"),
		"Secret field":           struct{ P Secret }{"value"},
		"empty Secret field":     struct{ P Secret }{},
		"Secret pointer":         struct{ P *Secret }{new(Secret)},
		"Secret deep":            nested{[]any{map[string]any{"a": []Secret{"value"}}}},
		"Secret as a key":        map[Secret]int{"value": 1},
		"Secret as a nested key": nested{[]any{map[Secret]int{"value": 1}}},
		"RawJSON field":          struct{ R RawJSON }{RawJSON("{}")},
		"empty RawJSON field":    struct{ R RawJSON }{},
		"embedded Secret":        struct{ Secret }{"value"},
		"login request":          LoginRequest{Email: "e", Password: "value"},
		"device":                 DeviceInfo{DeviceID: "d", PushToken: "value"},
		"embedded RawJSON":       struct{ RawJSON }{RawJSON("{}")},
		"escaped literal":        json.RawMessage(`{"p":"\u005bredacted\u005d"}`),
		"device with Extra":      DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}},
		"device pointer":         &DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}},
		"device in a field":      struct{ D *DeviceInfo }{&DeviceInfo{DeviceID: "d", Extra: map[string]any{"a": 1}}},
		"RawJSON in a pointer":   struct{ R *RawJSON }{new(RawJSON("{}"))},
		"RawJSON as a marshaler": struct{ M encoding.TextMarshaler }{RawJSON("{}")},
		"panicking marshaler":    panicking{},
		"Secret, 40 lists deep":  deep(40, map[Secret]int{"value": 1}),
		"literal":                map[string]string{"password": "[redacted]"},
		"literal in RawMessage":  json.RawMessage(`{"password":"[redacted]"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{})
			_, err := Do[RawJSON](context.Background(), newClient(t, s), Request{Method: "POST", Path: "/x", Body: body})
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.Zero(t, s.count())
			require.NotContains(t, err.Error(), "value\"")
		})
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
		`{"own":"way"}`:          withMarshaler{"value"},
		`{"mine":"value"}`:       &marshalling{plainCreds{"value"}},
		`{"raw":{"a":1}}`:        map[string]json.RawMessage{"raw": json.RawMessage(`{"a":1}`)},
		`null`:                   json.RawMessage("null"),
		`{"Skipped":0}`: struct {
			Skipped int
			P       Secret `json:"-"`
		}{0, "value"},
		`{"p":"v"}`: map[string]string{"p": string(Secret("v"))},
	} {
		s := scripted(answer{body: "{}"})
		_, err := Do[RawJSON](context.Background(), newClient(t, s), Request{Method: "POST", Path: "/x", Body: body})
		require.NoError(t, err)
		require.Equal(t, want, s.sent[0].body)
	}
}

func TestIDsAreEscapedInPaths(t *testing.T) {
	inPath := WithProfile(Profile{GetDevice: Route{Path: "/devices/{id}"}})
	for id, want := range map[string]string{
		"abc":                    "/devices/abc",
		"a/b":                    "/devices/a%2Fb",
		"../x":                   "/devices/..%2Fx",
		"a b?c#d%":               "/devices/a%20b%3Fc%23d%25",
		"é":                      "/devices/%C3%A9",
		"...":                    "/devices/...",
		"{id}":                   "/devices/%7Bid%7D",
		"x\ny":                   "/devices/x%0Ay",
		"%2e%2e":                 "/devices/%252e%252e",
		"a\x00b\xff":             "/devices/a%00b%FF",
		"https://x/y":            "/devices/https:%2F%2Fx%2Fy",
		strings.Repeat("a", 300): "/devices/" + strings.Repeat("a", 300),
	} {
		s := scripted(answer{body: `{"id":"x"}`})
		_, err := newClient(t, s, inPath).Devices.Get(context.Background(), id)
		require.NoError(t, err)
		require.Equal(t, testBase+want, s.sent[0].url)
	}
	for _, id := range []string{"", ".", ".."} {
		s := scripted(answer{})
		_, err := newClient(t, s, inPath).Devices.Get(context.Background(), id)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		require.Zero(t, s.count())
	}
}

func TestIDsAreEscapedInQueries(t *testing.T) {
	for id, want := range map[string]string{
		"abc": "abc", "a/b": "a%2Fb", "a b?c#d%": "a+b%3Fc%23d%25", "a&b=c+d": "a%26b%3Dc%2Bd", "{id}": "%7Bid%7D", "..": "..",
	} {
		s := scripted(answer{body: `{"id":"x"}`})
		_, err := newClient(t, s).Devices.Get(context.Background(), id)
		require.NoError(t, err)
		require.Equal(t, testBase+"/device?id="+want, s.sent[0].url)
	}
}

func TestResultsOfSeveralTypes(t *testing.T) {
	ctx := context.Background()
	c := newClient(t, scripted(answer{body: `{"big":12345678901234567890,"raw":{"a":1}}`}))
	type typed struct {
		Big json.Number
		Raw RawJSON
	}
	got, err := Do[typed](ctx, c, Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, "12345678901234567890", got.Big.String())
	require.Equal(t, `{"a":1}`, string(got.Raw))
	pointer, err := Do[*typed](ctx, c, Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, got, *pointer)
	message, err := Do[json.RawMessage](ctx, c, Request{Path: "/x"})
	require.NoError(t, err)
	require.JSONEq(t, `{"big":12345678901234567890,"raw":{"a":1}}`, string(message))
	_, err = Do[any](ctx, c, Request{Path: "/x"})
	require.NoError(t, err)
	info, err := Do[ClientInfo](ctx, newClient(t, scripted(answer{body: `{"id":"i","more":1}`})), Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, `{"id":"i","more":1}`, string(info.Raw))
}

func TestAFailedCallGivesTheZeroValue(t *testing.T) {
	got, err := Do[struct{ A, B int }](context.Background(), newClient(t, scripted(answer{body: `{"a":1,"b":"text"}`})), Request{Path: "/x"})
	require.Error(t, err)
	require.Zero(t, got)
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/a", "/a%2Fb", "/..", "//h", "/a?b", "/%", "https://h/", "/a\\b", "/%e2%80%ae", "/[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		s := scripted(answer{body: "{}"})
		_, err := Do[RawJSON](context.Background(), newClient(t, s), Request{Path: path})
		if err != nil {
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.Zero(t, s.count())
			return
		}
		u, err := url.Parse(s.sent[0].url)
		require.NoError(t, err)
		require.Equal(t, "api.example.com", u.Host)
		require.Equal(t, "/v1"+path, u.EscapedPath(), "the path arrives as it was given")
		require.Empty(t, u.RawQuery)
	})
}

func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{"https://a", "http://localhost", "https://u:p@h", "https://h?q", "https://[::1]:80/x/", "h", "https://h:99999", "\x00", "https://h/%2e%2e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s := scripted(answer{body: "{}"})
		c, err := New(raw, ClientKey(testKey), WithHTTPClient(&http.Client{Transport: s}))
		if err != nil {
			requireMatchesExactly(t, err, ErrInvalidArgument)
			return
		}
		require.NoError(t, get(c))
		u, err := url.Parse(s.sent[0].url)
		require.NoError(t, err)
		require.True(t, u.Scheme == "https" || isLoopback(u.Hostname()))
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery)
		require.NotEmpty(t, fmt.Sprint(c))
	})
}

func FuzzHeader(f *testing.F) {
	for _, seed := range [][2]string{{"X-A", "v"}, {"host", "h"}, {"a b", ""}, {"X-A", "a\r\nb"}, {"X-A", " v"}, {"X-A", "é"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		s := scripted(answer{body: "{}"})
		c, err := New(testBase, ClientKeyHeader(name, value), WithHTTPClient(&http.Client{Transport: s}))
		if err != nil {
			requireMatchesExactly(t, err, ErrInvalidArgument)
			return
		}
		require.NoError(t, get(c))
		require.Equal(t, value, s.sent[0].header.Get(name))
		require.False(t, strings.ContainsAny(value, "\r\n\x00"))
	})
}
