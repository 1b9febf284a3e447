package coreapi

import (
	"bytes"
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
			require.Equal(t, words{test.code, test.message}, wordsOf([]byte(test.body)))
		})
	}
}

// words is what an error body says.
type words struct {
	code    Code
	message string
}

func wordsOf(body []byte) words {
	said := decodeError(body).withNested()
	return words{said.code(), said.message()}
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
		got := wordsOf(body)
		require.Equal(t, before, body, "the body is not changed")
		require.True(t, utf8.ValidString(string(got.code)) && utf8.ValidString(got.message))
		require.Equal(t, strings.TrimSpace(string(got.code)), string(got.code))
		require.LessOrEqual(t, len(got.code), 3*len(body))
		if success && decodeError(body).code() != "" {
			require.True(t, mayHaveCode(body), "the short cut for success bodies misses nothing")
		}
	})
}

func FuzzDecodeResult(f *testing.F) {
	for _, seed := range []string{`{"id":"1","deviceId":"d","n":12345678901234567890}`, "null", "", "[]", `{"data":{"id":"1"}}`, `{"ID":1}`, "\ufeff{}"} {
		f.Add([]byte(seed), "data")
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, envelope string) {
		for _, out := range []any{new(Device), new(ClientInfo), new(LoginStatus), new(LoginSession), new(any), new(RawJSON), new(struct{})} {
			_, err := decodeResult(bytes.Clone(body), envelope, out)
			if d, ok := out.(*Device); ok && err == nil {
				require.True(t, utf8.ValidString(d.String()))
				for key := range d.Info.Extra {
					require.False(t, isDeviceField(key), "%q is a field", key)
				}
			}
		}
	})
}
