package coreapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestErrorBodyShapes(t *testing.T) {
	for name, test := range map[string]struct {
		body    string
		code    Code
		message string
	}{
		"plain":                         {`{"code":"A","message":"m"}`, "A", "m"},
		"message missing":               {`{"code":"A"}`, "A", ""},
		"code missing":                  {`{"message":"m"}`, "", "m"},
		"code null":                     {`{"code":null,"message":"m"}`, "", "m"},
		"code as a number":              {`{"code":404,"message":"m"}`, "404", "m"},
		"code as a large number":        {`{"code":12345678901234567890}`, "12345678901234567890", ""},
		"code as a bool":                {`{"code":true,"message":"m"}`, "", "m"},
		"code as an object":             {`{"code":{"x":1},"message":"m"}`, "", "m"},
		"code padded":                   {`{"code":"\t A \n"}`, "A", ""},
		"message as a list":             {`{"code":"A","message":["one","two",3,null,["x"]]}`, "A", "one; two; 3"},
		"message as an empty list":      {`{"code":"A","message":[]}`, "A", ""},
		"message as an object":          {`{"code":"A","message":{"en":"x"}}`, "A", ""},
		"message as a number":           {`{"code":"A","message":7}`, "A", "7"},
		"nested":                        {`{"error":{"code":"A","message":"m"}}`, "A", "m"},
		"nested, list and number":       {`{"error":{"code":7,"message":["a","b"]}}`, "7", "a; b"},
		"top level wins field by field": {`{"code":"A","error":{"code":"B","message":"n"}}`, "A", "n"},
		"empty top level gives way":     {`{"code":" ","message":"","error":{"code":"B","message":"n"}}`, "B", "n"},
		"error as a string":             {`{"error":"x","code":"A"}`, "A", ""},
		"any letter case":               {`{"CoDe":"A","MESSAGE":"m"}`, "A", "m"},
		"white space around":            {" \r\n\t{\"code\":\"A\"} \n", "A", ""},
		"byte order mark":               {"\ufeff{\"code\":\"A\"}", "A", ""},
		"invalid UTF-8 in the message":  {"{\"code\":\"A\",\"message\":\"\xff\"}", "A", "\uFFFD"},
		"null":                          {"null", "", ""},
		"list":                          {`[{"code":"A"}]`, "", ""},
		"string":                        {`"A"`, "", ""},
		"broken":                        {`{"code":"A"`, "", ""},
		"two values":                    {`{"code":"A"}{"code":"B"}`, "", ""},
		"HTML":                          {"<html>{}</html>", "", ""},
		"empty":                         {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, words{test.code, test.message}, wordsOf(new(decoders), new(errorBody), []byte(test.body), false))
		})
	}
}

// words is what an error body says.
type words struct {
	code    Code
	message string
}

func wordsOf(d *decoders, said *errorBody, body []byte, success bool) words {
	decodeError(d, body, success, said)
	code, row := said.code()
	if row != documented(code) {
		panic("a code with another code's row")
	}
	return words{code, said.message()}
}

func TestNothingIsLeftOfTheErrorBodyBefore(t *testing.T) {
	var d decoders
	var said errorBody
	for _, body := range []string{`{}`, `{"code":"B"}`, `{"message":"b"}`, `{"error":{"code":"B"}}`, `{"code":null,"message":null}`, "<html>", "null", "", `{"code":"B"`} {
		want := wordsOf(&d, new(errorBody), []byte(body), false)
		require.Equal(t, words{"A", "a; b"}, wordsOf(&d, &said, []byte(`{"code":"A","message":["a","b"],"error":{"code":"C","message":"c"}}`), false))
		require.Equal(t, want, wordsOf(&d, &said, []byte(body), false), "%s", body)
	}
}

func TestSuccessWithAnotherCodeIsASuccess(t *testing.T) {
	for _, body := range []string{`{"code":"SUCCESS"}`, `{"code":"00"}`, `{"code":200}`, `{"code":null}`, `{"note":"code"}`} {
		require.NoError(t, get(newClient(t, scripted(answer{body: body}))), body)
	}
}

func TestOddBodiesAreTypedErrors(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, `{"code":"INVALID_PASSWORD"}`)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	bodies := map[string]string{
		"HTML":             "<html><body>502 Bad Gateway</body></html>",
		"empty":            "",
		"null":             "null",
		"list":             "[]",
		"string":           `"x"`,
		"broken":           `{"code":`,
		"10 MB":            strings.Repeat("x", 10<<20),
		"invalid UTF-8":    "\xff\xfe\xfd",
		"gzip":             zipped.String(),
		"nested 10,000":    strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"objects 10,000":   strings.Repeat(`{"error":`, 10_001) + "1" + strings.Repeat("}", 10_001),
		"nul bytes":        "\x00\x00",
		"a lone surrogate": `{"code":"\ud800","id":"text"}`,
	}
	type wanted struct{ ID int }
	for name, body := range bodies {
		for _, status := range []int{200, 201, 300, 400, 404, 500, 502, 599, 999, 101, 0xFFFF} {
			t.Run(name+" at "+http.StatusText(status), func(t *testing.T) {
				c := newClient(t, scripted(answer{status: status, body: body}), WithRetryPolicy(NoRetry()))
				_, err := Do[wanted](context.Background(), c, Request{Path: "/x"})
				e := asError(t, err)
				require.True(t, utf8.ValidString(e.Error()))
				require.NotContains(t, e.Error(), "\n")
				require.LessOrEqual(t, len(e.Body), keptBody)
				want := ErrUnknownCode
				switch {
				case name == "10 MB" && status != 101:
					want = ErrResponseTooLarge
				case status/100 == 2:
					want = ErrUnexpectedResponse
				}
				requireMatchesExactly(t, err, want)
				if want != ErrResponseTooLarge && status != 101 {
					require.Equal(t, RawJSON(body[:min(len(body), keptBody)]).String(), e.Body.String())
				}
			})
		}
	}
}

func TestRedirectsAreErrorsUnlessTheBodyHasADocumentedCode(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{"https://elsewhere.example.com/?token=t", "http://[::1", ""} {
			header := http.Header{"Location": {location}}
			s := scripted(answer{status: status, header: header, body: "<a>moved</a>"})
			requireMatchesExactly(t, get(newClient(t, s)), ErrRedirect)
			require.Equal(t, 1, s.count(), "a redirect is never followed")
			require.Equal(t, location, header.Get("Location"), "the response's headers are not changed")
		}
		err := get(newClient(t, scripted(answer{status: status, body: codeBody(CodeUserDeleted)})))
		requireMatchesExactly(t, err, ErrUserDeleted, ErrUserAccount, ErrContactAdmin)
	}
	for _, status := range []int{300, 304, 305} {
		requireMatchesExactly(t, get(newClient(t, scripted(answer{status: status}))), ErrUnknownCode)
	}
}

func TestWhoWantsNoBodyGetsNone(t *testing.T) {
	ctx := context.Background()
	for _, body := range []string{"", "null", "<html>", `{"a":1}`} {
		c := newClient(t, scripted(answer{body: body}))
		_, err := Do[struct{}](ctx, c, Request{Path: "/x"})
		require.NoError(t, err)
		raw, err := Do[RawJSON](ctx, c, Request{Path: "/x"})
		require.NoError(t, err)
		require.Equal(t, body, string(raw))
		_, err = Do[map[string]any](ctx, c, Request{Method: http.MethodHead, Path: "/x"})
		require.NoError(t, err)
	}
	c := newClient(t, scripted(answer{status: http.StatusNoContent}))
	got, err := Do[*struct{ A int }](ctx, c, Request{Path: "/x"})
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestEmptyOrUndecodableSuccessIsUnexpected(t *testing.T) {
	for _, body := range []string{"", "  ", "null", " null ", "[]", `{"id":"text"}`, "{"} {
		_, err := Do[struct{ ID int }](context.Background(), newClient(t, scripted(answer{body: body})), Request{Path: "/x"})
		requireMatchesExactly(t, err, ErrUnexpectedResponse)
	}
	_, err := Do[struct{ ID int }](context.Background(), newClient(t, scripted(answer{body: `{"id":"text"}`})), Request{Path: "/x"})
	var typeError *json.UnmarshalTypeError
	require.ErrorAs(t, err, &typeError)
}

func TestAnEnvelopeIsTakenOffEverySuccess(t *testing.T) {
	profile := WithProfile(Profile{Envelope: `{"data":"{result}"}`})
	ctx := context.Background()
	raw, err := Do[RawJSON](ctx, newClient(t, scripted(answer{body: `{"data": {"a":1} }`}), profile), Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, `{"a":1}`, string(raw))
	info, err := newClient(t, scripted(answer{body: `{"code":"SUCCESS","data":{"id":"i","more":1}}`}), profile).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "i", info.ID)
	require.JSONEq(t, `{"id":"i","more":1}`, string(info.Raw))
	for _, body := range []string{`{}`, `{"data":null}`, `{"Data":{"a":1}}`, ""} {
		_, err := Do[map[string]any](ctx, newClient(t, scripted(answer{body: body}), profile), Request{Path: "/x"})
		requireMatchesExactly(t, err, ErrUnexpectedResponse)
		_, err = Do[struct{}](ctx, newClient(t, scripted(answer{body: body}), profile), Request{Path: "/x"})
		require.NoError(t, err)
	}
	err = get(newClient(t, scripted(answer{body: codeBody(CodeUserDeleted)}), profile))
	require.ErrorIs(t, err, ErrUserDeleted)
}

func TestResponseLimit(t *testing.T) {
	limit := WithMaxResponseBytes(10)
	exact := newClient(t, scripted(answer{body: `"12345678"`}), limit)
	_, err := Do[string](context.Background(), exact, Request{Path: "/x"})
	require.NoError(t, err)
	over := newClient(t, scripted(answer{body: `"123456789"`}), limit)
	_, err = Do[string](context.Background(), over, Request{Path: "/x"})
	requireMatchesExactly(t, err, ErrResponseTooLarge)
	require.Len(t, asError(t, err).Body, 10)
}

func TestCutShortBodies(t *testing.T) {
	cut := io.ErrUnexpectedEOF
	for name, test := range map[string]struct {
		answer answer
		want   []error
	}{
		"whole JSON with a code":     {answer{status: 500, body: codeBody(CodeUserDeleted), cut: cut}, []error{ErrUserDeleted, ErrUserAccount, ErrContactAdmin}},
		"whole JSON with a code, OK": {answer{body: codeBody(CodeUserDeleted), cut: cut}, []error{ErrUserDeleted, ErrUserAccount, ErrContactAdmin}},
		"an error's body":            {answer{status: 404, body: `{"code":"USER_DEL`, cut: cut}, []error{ErrUnknownCode}},
		"a success's body":           {answer{body: `{"a":`, cut: cut}, []error{ErrUnexpectedResponse}},
		"a whole success's body":     {answer{body: `{"a":1}`, cut: cut}, []error{ErrUnexpectedResponse}},
		"a redirect's body":          {answer{status: 302, body: `x`, cut: cut}, []error{ErrRedirect}},
	} {
		t.Run(name, func(t *testing.T) {
			err := get(newClient(t, scripted(test.answer), WithRetryPolicy(NoRetry())))
			requireMatchesExactly(t, err, test.want...)
			require.ErrorIs(t, err, cut)
		})
	}
}

func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{
		`{"code":"INVALID_PASSWORD","message":"wrong"}`, `{"error":{"code":1,"message":["a","b"]}}`, "<html>", "", "null", "[]", `"x"`,
		`{"code":`, "\xff", `{"code":{"a":[1]},"message":{}}`, strings.Repeat("[", 10_000), `{"\u0063ode":"A"}`, "\ufeff{}",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, success bool) {
		before := bytes.Clone(body)
		var d decoders
		var said errorBody
		got := wordsOf(&d, &said, body, success)
		require.Equal(t, before, body, "the body is not changed")
		require.Equal(t, got, wordsOf(&d, &said, body, success), "the same body says the same, in memory that was used before")
		require.True(t, utf8.ValidString(string(got.code)) && utf8.ValidString(got.message))
		require.Equal(t, strings.TrimSpace(string(got.code)), string(got.code))
		require.LessOrEqual(t, len(got.code), 3*len(body))
		if success {
			require.Equal(t, got.code, codeOfAnyBody(body), "the short cut for success bodies misses nothing")
		}
	})
}

// codeOfAnyBody is what decodeError finds in a success, without its short cut.
func codeOfAnyBody(body []byte) Code {
	var said errorBody
	unmarshalError(new(decoders), bytes.TrimPrefix(body, utf8BOM), &said)
	code, _ := said.code()
	return code
}

func FuzzDecodeSuccess(f *testing.F) {
	for _, seed := range []string{`{"id":"1","deviceId":"d","n":12345678901234567890}`, "null", "", "[]", `{"data":{"id":"1"}}`, `{"ID":1}`, "\ufeff{}"} {
		f.Add([]byte(seed), "data")
		f.Add([]byte(seed), "")
	}
	var d decoders
	f.Fuzz(func(t *testing.T, body []byte, envelope string) {
		for _, out := range []any{new(Device), new(ClientInfo), new(LoginStatus), new(LoginSession), new(any), new(RawJSON), new(struct{})} {
			_, err := decodeSuccess(&d, bytes.Clone(body), envelope, out)
			if d, ok := out.(*Device); ok && err == nil {
				require.True(t, utf8.ValidString(d.String()))
				for key := range d.Info.Extra {
					require.False(t, isDeviceField(key), "%q is a field", key)
				}
			}
		}
	})
}
