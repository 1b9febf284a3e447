package coreapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// Large answers of many shapes, and the calls that they are given to: for the tests of what
// an answer costs in time (answercost_test.go) and in memory (answermemory_test.go).

// largeAnswer is a shape of answer, which is made in any size.
type largeAnswer struct {
	name    string
	status  int                // 0: 200
	body    func(n int) string // of about n bytes, or a little less
	header  func(n int) http.Header
	gzip    bool // the body goes over the wire compressed
	options []coreapi.Option
}

const (
	echoedPassword = "pass/w+rd 99"
	echoedToken    = "tok-tok-tok-tok"
)

// periodicSecrets repeat themselves, and so does what their search falls back to.
var periodicSecrets = coreapi.WithSecrets("aaaa", coreapi.Secret(strings.Repeat("a", 1000)), coreapi.Secret(strings.Repeat("ab", 1000)), coreapi.Secret(strings.Repeat("a", 999)+"b"))

// largeMembers are members of a JSON object, large in a way of their own each.
var largeMembers = []struct {
	name string
	text func(n int) string
}{
	{"a long message", func(n int) string { return `"message":"` + strings.Repeat("a", n) + `"` }},
	{"a long code", func(n int) string { return `"code":"` + strings.Repeat("a", n) + `"` }},
	{"a long state", func(n int) string { return `"state":"` + strings.Repeat("a", n) + `"` }},
	{"a long name", func(n int) string { return `"` + strings.Repeat("a", n) + `":1` }},
	{"a long escaped name", func(n int) string { return `"` + strings.Repeat(`\u0061`, n/6) + `":1` }},
	{"an escaped message", func(n int) string { return `"message":"` + strings.Repeat(`\u00e9`, n/6) + `"` }},
	{"an escaped code", func(n int) string { return `"code":"` + strings.Repeat(`\u00e9`, n/6) + `"` }},
	{"a message that is no UTF-8", func(n int) string { return `"message":"` + strings.Repeat("\xff", n) + `"` }},
	{"empty messages in a list", func(n int) string { return `"message":[` + repeated(`""`, n) + `]` }},
	{"empty objects as messages", func(n int) string { return `"message":[` + repeated(`{}`, n) + `]` }},
	{"a million errors", func(n int) string { return `"errors":[` + repeated(`1`, n) + `]` }},
	{"error objects", func(n int) string { return `"errors":[` + repeated(`{"code":"X"}`, n) + `]` }},
	{"deep lists as messages", func(n int) string { return `"message":[` + repeated(nested("[", "]"), n) + `]` }},
	{"deep errors", func(n int) string {
		return `"error":` + nested(`{"error":`, "}") + `,"errors":[` + repeated(nested(`{"error":`, "}"), n) + `]`
	}},
	{"distinct names", func(n int) string { return numbered(`"%x":1`, n) }},
	{"empty names", func(n int) string { return repeated(`"":1`, n) }},
	{"the code again and again", func(n int) string { return repeated(`"code":"x"`, n) }},
	{"names in other letter cases", func(n int) string { return repeated(`"cODe":"x","MESSAGE":"","Id":"","STATE":"s"`, n) }},
	{"the code's name escaped", func(n int) string { return repeated(`"\u0063ode":1`, n) }},
	{"escaped names of null", func(n int) string { return repeated(`"\u0061":null`, n) }},
	{"short escaped names", func(n int) string { return repeated(`"\n":1`, n) }},
	{"members that are null", func(n int) string { return repeated(`"a":null`, n) }},
	{"empty lists", func(n int) string { return repeated(`"a":[]`, n) }},
	{"a code of many digits", func(n int) string { return `"code":` + strings.Repeat("1", n) }},
	{"numbers that no float holds", func(n int) string { return repeated(`"n":1e999999`, n) }},
	{"secrets again and again", func(n int) string {
		secrets := testKey + " " + echoedPassword + " " + echoedToken + " "
		return `"message":"` + strings.Repeat(secrets, n/len(secrets)) + `"`
	}},
	{"a periodic secret", func(n int) string { return `"message":"` + strings.Repeat("ab", n/2) + `"` }},
	{"a secret as names", func(n int) string { return repeated(`"`+testKey+`":1`, n) }},
}

// largeTexts are whole bodies.
var largeTexts = []struct {
	name string
	text func(n int) string
}{
	{"a list of numbers", func(n int) string { return `[` + repeated("1", n) + `]` }},
	{"a list of objects", func(n int) string { return `[` + repeated(`{"code":"X"}`, n) + `]` }},
	{"a string", func(n int) string { return `"` + strings.Repeat("a", n) + `"` }},
	{"a number", func(n int) string { return strings.Repeat("1", n) }},
	{"HTML", func(n int) string { return "<html>" + strings.Repeat("<p>sorry</p>\n", n/13) }},
	{"no UTF-8", func(n int) string { return strings.Repeat("\xff", n) }},
	{"spaces", func(n int) string { return strings.Repeat(" ", n) }},
	{"quotes", func(n int) string { return strings.Repeat(`"`, n) }},
	{"brackets", func(n int) string { return strings.Repeat(`[`, n) }},
	{"errors in errors", func(n int) string { return strings.Repeat(`{"error":`, n/9) }},
	{"a message without an end", func(n int) string { return `{"message":"` + strings.Repeat("a", n) }},
	{"a list without an end", func(n int) string { return `{"message":[` + repeated(`"\u0063ode"`, n) }},
}

// failedLogin took 74 seconds when masking cost the square of the text.
var failedLogin = largeAnswer{name: "a failed login of long texts", body: func(n int) string {
	return `{"state":"failed","userToken":"` + strings.Repeat("a", n/4) + `","failureCode":"X","failureMessage":"` + strings.Repeat("a", n-n/4) + `"}`
}}

// sufficient is what each operation has to have, but for a login that succeeds.
const sufficient = `"id":"d1","state":"failed","failureCode":"X",`

// largeAnswers lists all shapes: the members in an answer that has what it is for, in one
// that lacks it, and in the two shapes of an error.
func largeAnswers() []largeAnswer {
	all := []largeAnswer{failedLogin}
	for _, members := range largeMembers {
		all = append(all,
			largeAnswer{name: members.name, body: func(n int) string { return `{` + sufficient + members.text(n) + `}` }},
			largeAnswer{name: members.name + ", lacking", body: func(n int) string { return `{` + members.text(n) + `}` }},
			largeAnswer{name: members.name + ", refused", status: 400, body: func(n int) string { return `{"error":{` + members.text(n) + `}}` }},
		)
	}
	for _, whole := range largeTexts {
		all = append(all, largeAnswer{name: whole.name, body: whole.text}, largeAnswer{name: whole.name + ", 502", status: 502, body: whole.text})
	}
	profile := coreapi.DefaultProfile()
	profile.Envelope = `{"data":"{result}"}`
	return append(all,
		largeAnswer{name: "an envelope", options: []coreapi.Option{coreapi.WithProfile(profile)}, body: func(n int) string {
			return `{"data":{` + sufficient + repeated(`"\u0061":1`, n) + `}}`
		}},
		largeAnswer{name: "an envelope without the result", options: []coreapi.Option{coreapi.WithProfile(profile)}, body: func(n int) string {
			return `{` + repeated(`"\u0061":null`, n) + `}`
		}},
		largeAnswer{name: "gzip", gzip: true, body: func(n int) string { return `{` + sufficient + `"message":"` + strings.Repeat("a", n) + `"}` }},
		largeAnswer{name: "gzip, 400", gzip: true, status: 400, body: func(n int) string { return `{"message":"` + strings.Repeat("a", n) + `"}` }},
		largeAnswer{name: "headers", status: 503, body: func(int) string { return `{}` }, header: func(n int) http.Header {
			return http.Header{
				"X-Request-Id": {strings.Repeat("a", n)}, "Retry-After": {strings.Repeat("1", n)}, "Date": {strings.Repeat("M", n)},
				"Content-Encoding": {strings.Repeat("x", n)},
			}
		}},
	)
}

// repeated is about n bytes of an item, with commas between.
func repeated(item string, n int) string {
	return strings.TrimSuffix(strings.Repeat(item+",", max(1, n/(len(item)+1))), ",")
}

// numbered is about n bytes of what format makes of 0, 1 and so on, with commas between.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n-len(format)-8; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// nested is as deep as encoding/json decodes inside a few more levels.
func nested(open, end string) string {
	const levels = 9_990
	return strings.Repeat(open, levels) + "1" + strings.Repeat(end, levels)
}

// client is one whose every request gets the answer, in one attempt a call.
func (a largeAnswer) client(t testing.TB, body string) *coreapi.Client {
	t.Helper()
	header := http.Header{}
	if a.header != nil {
		header = a.header(answerSize)
	}
	if a.gzip {
		header.Set("Content-Encoding", "gzip")
		body = gzipped(t, body)
	}
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: max(a.status, http.StatusOK), Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}, nil
	})
	return newClient(t, transport, append(a.options, coreapi.WithRetryPolicy(coreapi.NoRetry()))...)
}

// answerSize is as large as an answer may be by default, in bytes, with room for what the
// shapes put around.
const answerSize = 4<<20 - 200

func gzipped(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// answeredCall is a call that gets the answers. keepsValues: its result holds all values of
// the body, as encoding/json makes them.
type answeredCall struct {
	name        string
	keepsValues bool
	call        func(context.Context, *coreapi.Client) (any, error)
}

var answeredCalls = []answeredCall{
	{"Users.Login", false, func(ctx context.Context, c *coreapi.Client) (any, error) {
		return c.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: echoedPassword, ReqToken: echoedToken}, periodicSecrets)
	}},
	{"Users.LoginStatus", false, func(ctx context.Context, c *coreapi.Client) (any, error) {
		return c.Users.LoginStatus(ctx, echoedToken, periodicSecrets)
	}},
	{"Devices.Save", true, func(ctx context.Context, c *coreapi.Client) (any, error) {
		return c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", PushToken: echoedToken}, periodicSecrets)
	}},
	{"Clients.Info", false, func(ctx context.Context, c *coreapi.Client) (any, error) { return c.Clients.Info(ctx, periodicSecrets) }},
	{"Do", true, func(ctx context.Context, c *coreapi.Client) (any, error) {
		return coreapi.Do[map[string]any](ctx, c, coreapi.Request{Path: doPath}, periodicSecrets)
	}},
}

const mebibyte = 1 << 20

// maxAllocated bounds, in bytes, what a call with a 4 MiB answer allocates, the reading
// included; it is what the values take as encoding/json makes them, where the result holds
// all of them. That alone is 200 MiB for a list of a million empty objects.
const maxAllocated = 64 * mebibyte

// mostAllocated is maxAllocated for a call with a body.
func (c answeredCall) mostAllocated(body string) uint64 {
	if !c.keepsValues {
		return maxAllocated
	}
	return maxAllocated + allocatedBy(func() {
		var values any
		_ = json.Unmarshal([]byte(body), &values)
	})
}

// allocatedBy is how many bytes f allocates, while nothing else runs.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
