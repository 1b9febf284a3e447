package main

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

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
		"html":            {`<h1>Bad gateway</h1>`, exitFailed, []string{"(no code)\n"}},
		"null":            {`null`, exitFailed, []string{"(no code)\n"}},
		"list":            {`[{"code":"USER_SUSPENDED"}]`, exitFailed, []string{"(no code)\n"}},
		"cut short":       {`{"code":"USER_SUSPENDED"`, exitFailed, []string{"(no code)\n"}},
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
	assert.Contains(t, errs.String(), "press Ctrl-D", "whoever types is not left waiting")
}

func FuzzExplain(f *testing.F) {
	for _, info := range coreapi.Catalogue() {
		f.Add(`{"code":"` + string(info.Code) + `","message":"` + info.Meaning + `"}`)
	}
	for _, seed := range []string{
		"", " ", "null", "[]", "{}", "1", `"x"`, "{", "\xff", "\xEF\xBB\xBF{}", `{"code":null}`, `{"code":1e400}`, `{"code":{}}`,
		`{"error":{"code":"USER_DELETED"}}`, `{"error":"USER_DELETED"}`, `{"code":"X\nY","message":["\u0000",1,null,true]}`,
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
			require.Empty(t, strings.TrimSpace(body), "only an empty body is no body")
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
