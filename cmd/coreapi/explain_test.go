package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestExplainEveryDocumentedCode(t *testing.T) {
	var all []string
	for _, info := range coreapi.Catalogue() {
		all = append(all, string(info.Code))
		got := runWith(t, "", "explain", string(info.Code))
		assert.Equal(t, exitOK, got.code, info.Code)
		assert.Empty(t, got.err, info.Code)
		for _, want := range []string{
			string(info.Code) + "\n", info.Meaning, info.Advice,
			"Action:         " + info.Action.String() + "\n",
			"Who acts:       " + whoActs[info.Action] + "\n",
			"Retry:          " + yesOrNo(info.Retryable) + "\n",
		} {
			assert.Contains(t, got.out, want, info.Code)
		}
		assert.NotEmpty(t, whoActs[info.Action])
		body := runWith(t, `{"code":"`+string(info.Code)+`"}`, "explain")
		assert.Equal(t, got, body, "a body and a CODE are explained alike")
	}
	got := runWith(t, "", append([]string{"explain"}, all...)...)
	require.Equal(t, exitOK, got.code)
	assert.Equal(t, len(all), strings.Count(got.out, "What happened:"))
}

func TestExplainUnknownCodes(t *testing.T) {
	for _, args := range [][]string{{"NO_SUCH_CODE"}, {"INVALID_PASSWORD", "NO_SUCH_CODE"}, {"NO_SUCH_CODE", "INVALID_PASSWORD"}} {
		got := runWith(t, "", append([]string{"explain"}, args...)...)
		assert.Equal(t, exitFailed, got.code, args)
		assert.Contains(t, got.out, "does not list", args)
		assert.Empty(t, got.err, args)
	}
}

func TestExplainSuggestsACode(t *testing.T) {
	for _, typed := range []string{"request_timeout", "Request-Timeout", "request timeout", " REQUEST-TIMEOUT "} {
		got := runWith(t, "", "explain", typed)
		assert.Equal(t, exitFailed, got.code, typed)
		assert.Contains(t, got.out, "Did you mean:   REQUEST_TIMEOUT\n", typed)
	}
	assert.NotContains(t, runWith(t, "", "explain", "REQUEST_TIMEOUT").out, "Did you mean")
}

func TestExplainABody(t *testing.T) {
	for name, tt := range map[string]struct {
		body  string
		code  int
		wants []string
	}{
		"documented":      {`{"code":"USER_SUSPENDED","message":"no access"}`, exitOK, []string{"USER_SUSPENDED\n", "Server's words: no access\n"}},
		"nested":          {`{"error":{"code":"USER_SUSPENDED","message":"no access"}}`, exitOK, []string{"USER_SUSPENDED\n", "no access"}},
		"any letter case": {`{"Code":"USER_SUSPENDED","MESSAGE":"no access"}`, exitOK, []string{"USER_SUSPENDED\n", "no access"}},
		"list of words":   {`{"code":" USER_SUSPENDED ","message":["a","b"]}`, exitOK, []string{"USER_SUSPENDED\n", "a; b"}},
		"no message":      {`{"code":"USER_SUSPENDED"}`, exitOK, []string{"USER_SUSPENDED\n"}},
		"byte order mark": {"\xEF\xBB\xBF{\"code\":\"USER_SUSPENDED\"}\r\n", exitOK, []string{"USER_SUSPENDED\n"}},
		"number":          {`{"code":1234,"message":"what"}`, exitFailed, []string{"1234\n", "does not list", "what"}},
		"no code":         {`{"message":"what"}`, exitFailed, []string{"(no code)\n", "has no code", "what"}},
		"null":            {`null`, exitFailed, []string{"(no code)\n"}},
		"list":            {`[{"code":"USER_SUSPENDED"}]`, exitFailed, []string{"(no code)\n"}},
		"forged line":     {`{"code":"X\nRetry: yes","message":"a\r\nb\u001b[31m\u202e"}`, exitFailed, []string{`X\nRetry: yes`, `a\r\nb\x1b[31m\u202e`}},
	} {
		for _, args := range [][]string{{"explain"}, {"explain", "-"}} {
			got := runWith(t, tt.body, args...)
			assert.Equal(t, tt.code, got.code, name)
			assert.Empty(t, got.err, name)
			for _, want := range tt.wants {
				assert.Contains(t, got.out, want, name)
			}
		}
	}
}

func TestExplainRefusesEndlessInput(t *testing.T) {
	fits := `{"code":"USER_SUSPENDED"` + strings.Repeat(" ", maxErrorBody-25) + `}`
	require.Len(t, fits, maxErrorBody)
	assert.Equal(t, exitOK, runWith(t, fits, "explain").code)
	got := runWith(t, fits+" ", "explain")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.err, "over 1 MiB")
}

func TestExplainReadsWhatItIsGiven(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"explain"}, iotest.ErrReader(errors.New("broken")), &out, &errs)
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs.String(), "reading standard input: broken")

	device, err := os.Open(os.DevNull) // a character device, as a terminal is
	require.NoError(t, err)
	defer device.Close()
	errs.Reset()
	assert.Equal(t, exitUsage, run(t.Context(), []string{"explain", "-"}, device, &out, &errs))
	ends := "Ctrl-D"
	if runtime.GOOS == "windows" {
		ends = "Ctrl-Z and Enter"
	}
	assert.Contains(t, errs.String(), "press "+ends+".", "whoever types is not left waiting")
}

func TestExplainACodeAloneOnStandardInput(t *testing.T) {
	want := runWith(t, "", "explain", "USER_SUSPENDED")
	for _, typed := range []string{"USER_SUSPENDED", "USER_SUSPENDED\r\n", ` "USER_SUSPENDED" `, "\xEF\xBB\xBFUSER_SUSPENDED"} {
		assert.Equal(t, want, runWith(t, typed, "explain"), "%q", typed)
	}
	got := runWith(t, "NO_SUCH_CODE\n", "explain")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.out, "NO_SUCH_CODE\n")
	for _, nothing := range []string{"true", "false", "null"} {
		assert.Contains(t, runWith(t, nothing, "explain").out, "(no code)\n", "of JSON")
	}
}

// in16 is a text as PowerShell's > writes it.
func in16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func TestExplainWhatPowerShellWrites(t *testing.T) {
	const body = `{"code":"USER_SUSPENDED","message":"é 😀"}`
	want := runWith(t, body, "explain")
	require.Contains(t, want.out, "é 😀")
	for name, text := range map[string]string{
		"little endian":             in16("\uFEFF"+body+"\r\n", binary.LittleEndian),
		"big endian":                in16("\uFEFF"+body+"\r\n", binary.BigEndian),
		"no mark, little endian":    in16(body, binary.LittleEndian),
		"no mark, big endian":       in16(body, binary.BigEndian),
		"with half a unit":          in16("\uFEFF"+body+"\r\n", binary.LittleEndian) + "\n",
		"a mark of UTF-8":           "\xEF\xBB\xBF" + body,
		"Ctrl-Z at the end":         body + "\r\n\x1a\r\n",
		"Ctrl-Z at the end, UTF-16": in16("\uFEFF"+body+"\x1a", binary.LittleEndian),
	} {
		assert.Equal(t, want, runWith(t, text, "explain"), name)
	}
	assert.Equal(t, exitUsage, runWith(t, "\x1a\r\n", "explain").code, "nothing but the end")
}

func TestExplainWhatCurlPrints(t *testing.T) {
	const body = `{"code":"USER_SUSPENDED","message":"no"}`
	for name, tt := range map[string]struct {
		text    string
		code    int
		wants   []string
		without string
	}{
		"a code": {"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nX-Request-Id: R1\r\n\r\n" + body, exitOK,
			[]string{"USER_SUSPENDED\n", "Status:         403\n", "Request id:     R1\n", "Server's words: no\n"}, "POST"},
		"HTTP/2, lines of Unix": {"HTTP/2 403 \nx-request-id: R1\n\n" + body, exitOK, []string{"USER_SUSPENDED\n", "403", "R1"}, "POST"},
		"UTF-16":                {in16("\uFEFFHTTP/1.1 403 Forbidden\r\n\r\n"+body, binary.LittleEndian), exitOK, []string{"USER_SUSPENDED\n"}, "Request id"},
		"after an interim one":  {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nA: b\r\n\r\n" + body, exitOK, []string{"USER_SUSPENDED\n", "403"}, "100"},
		"through a proxy":       {"HTTP/1.0 200 Connection established\r\n\r\nHTTP/2 403 \r\n\r\n" + body, exitOK, []string{"USER_SUSPENDED\n", "403"}, "200"},
		"decoded by curl":       {"HTTP/2 403 \r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n" + body, exitOK, []string{"USER_SUSPENDED\n"}, ""},
		"a gateway's page": {"HTTP/2 503 \r\nretry-after: 7\r\n\r\n<h1>Bad</h1>", exitFailed,
			[]string{"(no code)\n", "503", "Retry:          a GET yes; a POST no"}, "Request id"},
		"no body":    {"HTTP/2 404 \r\nserver: nginx\r\n", exitFailed, []string{"(no code)\n", "404"}, ""},
		"a redirect": {"HTTP/2 302 \r\nlocation: https://elsewhere\r\n\r\n", exitFailed, []string{"redirect", "302"}, ""},
	} {
		got := runWith(t, tt.text, "explain")
		assert.Equal(t, tt.code, got.code, name)
		assert.Empty(t, got.err, name)
		for _, want := range tt.wants {
			assert.Contains(t, got.out, want, name)
		}
		if tt.without != "" {
			assert.NotContains(t, got.out, tt.without, name)
		}
	}
	got := runWith(t, "HTTP/2 200 \r\n\r\n{\"id\":\"a\"}", "explain")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.err, "is a success, with the status 200")
}

func TestExplainRefusesWhatIsNoJSON(t *testing.T) {
	for text, want := range map[string]string{
		`<h1>Bad gateway</h1>`:          "but a page, perhaps of a gateway",
		`{"code":"USER_SUSPENDED"`:      "or it ends early",
		`[1,`:                           "or it ends early",
		`curl: (7) Failed to connect`:   "is no JSON: pass a CODE",
		`code=USER_SUSPENDED&message=a`: "is no JSON: pass a CODE",
		"\xff":                          "is no JSON: pass a CODE",
	} {
		got := runWith(t, text, "explain")
		assert.Equal(t, exitUsage, got.code, text)
		assert.Empty(t, got.out, text)
		assert.Contains(t, got.err, want, text)
		assert.Contains(t, got.err, "curl -i", text)
	}
}

func TestExplainSuggestsACodeThatIsOneLetterOff(t *testing.T) {
	for typed, want := range map[string]string{
		"USER_SUSPENDE":      "USER_SUSPENDED",
		"USER_SUSPENDEDD":    "USER_SUSPENDED",
		"USER_SUSPENTED":     "USER_SUSPENDED",
		"USER_SUSPEDNED":     "USER_SUSPENDED",
		"SER_SUSPENDED":      "USER_SUSPENDED",
		"user-suspend":       "",
		"invalid-pasword":    "INVALID_PASSWORD",
		"UNITSYSTEM0001":     "UNITSYSTEM00001",
		"UNITSYSTEM00003":    "UNITSYSTEM00001 or UNITSYSTEM00002",
		"DUPLICATE_KEY":      "",
		"A":                  "",
		"INVALID_OBJECT_IDS": "INVALID_OBJECT_ID",
	} {
		got := runWith(t, "", "explain", typed)
		if want == "" {
			assert.NotContains(t, got.out, "Did you mean", typed)
			continue
		}
		assert.Contains(t, got.out, "Did you mean:   "+want+"\n", typed)
		assert.Contains(t, runWith(t, `{"code":"`+typed+`"}`, "explain").out, want, "in a body")
	}
}

func TestExplainAsJSON(t *testing.T) {
	explain := func(stdin string, args ...string) (int, []map[string]any) {
		got := runWith(t, stdin, append([]string{"explain", "-json"}, args...)...)
		require.Empty(t, got.err)
		var all []map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.out), &all), got.out)
		return got.code, all
	}
	for _, info := range coreapi.Catalogue() {
		code, all := explain("", string(info.Code))
		assert.Equal(t, exitOK, code)
		assert.Equal(t, []map[string]any{{
			"code": string(info.Code), "documented": true, "meaning": info.Meaning, "advice": info.Advice,
			"action": info.Action.String(), "whoActs": whoActs[info.Action], "retryable": info.Retryable,
		}}, all)
	}
	code, all := explain("", "USER_SUSPENDED", "UNITSYSTEM00003")
	assert.Equal(t, exitFailed, code)
	require.Len(t, all, 2)
	assert.Equal(t, false, all[1]["documented"])
	assert.Equal(t, []any{"UNITSYSTEM00001", "UNITSYSTEM00002"}, all[1]["didYouMean"])
	code, all = explain("HTTP/2 503 \r\nx-request-id: R1\r\n\r\n" + `{"message":"a\u009b\u202eb"}`)
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, "R1", all[0]["requestId"])
	assert.EqualValues(t, 503, all[0]["status"])
	assert.Equal(t, "a\u009b\u202eb", all[0]["message"])
	assert.Equal(t, false, all[0]["retryable"], "whatever the method")
	assert.NotContains(t, runWith(t, `{"code":"a\u009b\u202e😀"}`, "explain", "-json").out, "\u202e", "safe for a terminal")
}

func TestExplainSaysThatItsOutputCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"explain", "NO_SUCH_CODE"}, {"explain", "USER_SUSPENDED", "NO_SUCH_CODE"}, {"explain", "-json", "NO_SUCH_CODE"}} {
		var errs bytes.Buffer
		assert.Equal(t, exitFailed, run(t.Context(), args, strings.NewReader(""), brokenPipe{}, &errs))
		assert.Equal(t, "coreapi: writing the output: broken pipe\n", errs.String())
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Log("there is no /dev/full on this machine")
		return
	}
	defer full.Close()
	var errs bytes.Buffer
	assert.Equal(t, exitFailed, run(t.Context(), []string{"explain", "NO_SUCH_CODE"}, strings.NewReader(""), full, &errs))
	assert.Contains(t, errs.String(), "writing the output: ")
}

func FuzzExplain(f *testing.F) {
	for _, info := range coreapi.Catalogue() {
		f.Add(`{"code":"` + string(info.Code) + `","message":"` + info.Meaning + `"}`)
	}
	for _, seed := range []string{
		"", " ", "null", "[]", "{}", "1", `"x"`, "{", "\xff", "\xEF\xBB\xBF{}", `{"code":null}`, `{"code":1e400}`, `{"code":{}}`,
		`{"error":{"code":"USER_DELETED"}}`, `{"error":"USER_DELETED"}`, `{"code":"X\nY","message":["\u0000",1,null,true]}`,
		"USER_DELETED\x1a", `"USER_DELETED"`, "\xff\xfe{\x00}\x00", "HTTP/2 503\r\nRetry-After: 1\r\n\r\n", "HTTP/1.1 200 OK\n\n{}",
		`{"code":"\ud800"}`, `{"code":"a","code":"b"}`, strings.Repeat("[", 20000), "<html>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := runWith(t, body, "explain")
		documented := false
		for _, info := range coreapi.Catalogue() {
			documented = documented || strings.HasPrefix(got.out, string(info.Code)+"\n")
		}
		switch got.code {
		case exitOK:
			require.True(t, documented, got.out)
		case exitFailed:
			require.False(t, documented, got.out)
		case exitUsage:
			require.Empty(t, got.out)
			require.False(t, json.Valid([]byte(body)), "JSON is a body: %s", got.err)
			require.Equal(t, 1, strings.Count(got.err, "\n"), "one sentence: %q", got.err)
			return
		}
		require.Empty(t, got.err)
		for i, line := range strings.Split(strings.TrimSuffix(got.out, "\n"), "\n") {
			unsafe := strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) })
			require.False(t, unsafe, "safe for a terminal: %q", line)
			require.Equal(t, i > 0, strings.HasPrefix(line, "  "), "no forged line: %q", got.out)
		}
	})
}
