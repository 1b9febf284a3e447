package proof

import (
	"encoding/json"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/stretchr/testify/require"
)

// nasty is a request that a server may write again in another way than it was sent.
type nasty struct {
	name    string
	request coreapi.Request
}

// echo is what the servers answer where they know no operation: what they parsed.
type echo struct {
	Echo struct {
		Endpoint, Method string
		Body             any
	}
}

// requireArrived asserts that the server parsed what was passed to Do.
func requireArrived(t *testing.T, sent nasty, got echo) {
	t.Helper()
	endpoint := sent.request.Path
	if query := sent.request.Query.Encode(); query != "" {
		endpoint += "?" + query
	}
	require.Equal(t, endpoint, got.Echo.Endpoint, sent.name)
	require.Equal(t, sent.request.Method, got.Echo.Method, sent.name)
	var want any = map[string]any{}
	if sent.request.Body != nil {
		text, err := json.Marshal(sent.request.Body)
		require.NoError(t, err)
		want = nil
		require.NoError(t, json.Unmarshal(text, &want))
	}
	require.Equal(t, want, got.Echo.Body, sent.name)
}

func post(name string, body any) nasty {
	return nasty{name, coreapi.Request{Method: "POST", Path: "/things", Body: body}}
}

func raw(name, body string) nasty { return post(name, json.RawMessage(body)) }

func get(name, path string, query url.Values) nasty {
	return nasty{name, coreapi.Request{Method: "GET", Path: path, Query: query}}
}

// reserved has each character that means something in a URL, and some that may not be
// there.
const reserved = `a b+c&d=e#f?g/h%20i;j,k:l@m!n$o'p(q)r*s[t]u{v}w|x\y^z"<é😀~-_.`

func nastyRequests() []nasty {
	type unsorted struct {
		Zone   string
		Amount float64
		Nested struct{ Y, B, X int }
	}
	deep := strings.Repeat(`[{"d":`, 500) + `null` + strings.Repeat(`}]`, 500)
	withQuery := func(n nasty, query url.Values) nasty { n.request.Query = query; return n }
	withMethod := func(n nasty, method string) nasty { n.request.Method = method; return n }
	return []nasty{
		post("characters of HTML", map[string]string{"a": `<a href="x?a=1&b=2">it's</a>`, "<&>": "k"}),
		raw("characters of HTML, escaped", `{"a":"\u003ca\u003e\u0026"}`),
		post("line separators", map[string]string{"a": "\u2028 \u2029 \u0085", "\u2028": "k"}),
		post("emoji", []string{"😀", "👩‍👩‍👧‍👦", "🇮🇩", "𝒳", "e\u0301 é"}),
		raw("emoji, escaped", `["\ud83d\ude00","\uD83D\uDE00"]`),
		post("control characters", controlCharacters()),
		post("quotes and backslashes", []string{`"`, `\`, `\"`, `\u0041`, `\\n`, `/`, `</script>`}),
		raw("escapes that are not needed", `{"\u0061":"\u002f\/\u0041\u00e9\u000a\u0008\u000c"}`),
		post("a byte order mark and non-characters", []string{"\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0010ffff"}),
		raw("keys like integers", `{"10":1,"b":2,"2":3,"a":4,"01":5,"-1":6,"0":7,"4294967294":8,"4294967295":9,"1.5":10,"1e3":11}`),
		post("keys like integers, of a map", map[int]string{100: "a", 20: "b", 3: "c"}),
		raw("keys like integers, nested", `[{"z":{"2":{"9":1,"8":2},"1":[]},"1":0}]`),
		raw("numbers as they are written", `[1.0,1e21,1E+2,-0,-0.0,1e-7,0.1,1.50,100e-2,0.000001,123456789012345680000,5e-324,1.7976931348623157e308,9007199254740991]`),
		post("numbers of Go", []any{1.0, 1e21, 1e20, 1e-7, 1e-6, 0.1, -1.5, math.Copysign(0, -1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53, -1 << 53}),
		post("a json.Number", json.Number("1.50")),
		raw("deep nesting", deep),
		raw("an empty object", `{}`),
		raw("an empty list", `[]`),
		post("an empty string", ""),
		post("zero", 0),
		post("false", false),
		raw("null", `null`),
		raw("null within", `{"a":null,"b":[null]}`),
		raw("white space", " \t\r\n{ \"a\" :\t[ 1 ,\r\n 2 ] , \"b\" : { } }\n\n"),
		raw("keys outside ASCII", `{"ключ":1,"キー":2,"é":3,"e\u0301":4,"😀":5,"ﬀ":6,"zz":7}`),
		raw("an empty key", `{"":{"":""}}`),
		raw("__proto__", `{"__proto__":{"a":1},"constructor":{"prototype":1},"toString":"x","valueOf":null}`),
		raw("the structure's own names", `{"headers":{"x-client-key":"no"},"body":{},"endpoint":"/","method":"GET"}`),
		raw("members that are not sorted", `{"b":1,"a":{"d":1,"c":2},"B":3}`),
		post("a struct", unsorted{Zone: "z", Amount: 1e21}),
		post("text that is JSON", `{"a": 1.0}`),
		post("bytes", map[string][]byte{"a": {0xfb, 0xff, 0xfe, 0}}),
		post("a time", map[string]any{"at": time.Date(2026, 11, 27, 7, 0, 0, 1e6, time.FixedZone("WIB", 7*3600))}),
		post("a megabyte of text", strings.Repeat(`<é😀"`, 1<<17)),
		raw("a long list", "["+strings.Repeat("0.1,", 50_000)+"1]"),
		raw("a body that begins like another", `"{}"`),
		get("no query", "/things", nil),
		get("a query of two parameters", "/things", url.Values{"a": {"1"}, "b": {"2"}}),
		get("a query of all reserved characters", "/things", url.Values{reserved: {reserved}, "empty": {""}, "twice": {"2", "1"}}),
		get("a long query", "/things", url.Values{"q": {strings.Repeat("é&", 1000)}}),
		get("a path of escaped reserved characters", "/things/"+url.PathEscape(reserved), nil),
		get("a path of characters that need no escape", "/things/a;b=c,d/@me/~x/(y)/$z/!w/'v'/e*f/g:h+i&j", nil),
		get("a path that is escaped twice", "/things/a%252Fb%2fc%2Fd", nil),
		withQuery(raw("a body and a query", `{"b":"<","a":1.0}`), url.Values{"x": {"<&>"}, "a": {"1"}}),
		withMethod(raw("PUT", `{"b":1.0}`), "PUT"),
		withMethod(raw("PATCH", `{"b":1.0}`), "PATCH"),
		withMethod(raw("DELETE with a body", `{"b":1.0}`), "DELETE"),
		withMethod(get("DELETE without a body", "/things/1", nil), "DELETE"),
		withMethod(get("POST without a body", "/things", nil), "POST"),
	}
}

func controlCharacters() map[string]string {
	var all strings.Builder
	for c := rune(0); c < 0xa1; c++ {
		all.WriteRune(c)
	}
	return map[string]string{"a": all.String(), "\x00\x1f\x7f": "k"}
}
