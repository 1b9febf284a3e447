package coreapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

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
				c := newClient(t, scripted(answer{status: status, body: body}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
				_, err := coreapi.Do[wanted](context.Background(), c, coreapi.Request{Path: "/x"})
				e := asError(t, err)
				require.True(t, utf8.ValidString(e.Error()))
				require.NotContains(t, e.Error(), "\n")
				require.LessOrEqual(t, len(e.Body), maxErrorBody)
				want := coreapi.ErrUnknownCode
				switch {
				case name == "10 MB" && status != 101:
					want = coreapi.ErrResponseTooLarge
				case status/100 == 2:
					want = coreapi.ErrUnexpectedResponse
				}
				requireMatchesExactly(t, err, want)
				if want != coreapi.ErrResponseTooLarge && status != 101 { //nolint:errorlint // a row of the table
					require.Equal(t, coreapi.RawJSON(body[:min(len(body), maxErrorBody)]).String(), e.Body.String())
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
			requireMatchesExactly(t, get(newClient(t, s)), coreapi.ErrRedirect)
			require.Equal(t, 1, s.count(), "a redirect is never followed")
			require.Equal(t, location, header.Get("Location"), "the response's headers are not changed")
		}
		err := get(newClient(t, scripted(answer{status: status, body: codeBody(coreapi.CodeUserDeleted)})))
		requireMatchesExactly(t, err, coreapi.ErrUserDeleted, coreapi.ErrUserAccount, coreapi.ErrContactAdmin)
	}
	for _, status := range []int{300, 304, 305} {
		requireMatchesExactly(t, get(newClient(t, scripted(answer{status: status}))), coreapi.ErrUnknownCode)
	}
}

func TestResponseLimit(t *testing.T) {
	limit := coreapi.WithMaxResponseBytes(10)
	exact := newClient(t, scripted(answer{body: `"12345678"`}), limit)
	_, err := coreapi.Do[string](context.Background(), exact, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	over := newClient(t, scripted(answer{body: `"123456789"`}), limit)
	_, err = coreapi.Do[string](context.Background(), over, coreapi.Request{Path: "/x"})
	requireMatchesExactly(t, err, coreapi.ErrResponseTooLarge)
	require.Len(t, asError(t, err).Body, 10)
}

func TestGzipIsBoundedByTheLimitAfterDecompression(t *testing.T) {
	server, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/lies" {
			_, _ = io.WriteString(w, "this is not gzip at all, whatever its header says")
			return
		}
		writeBomb(w)
	})
	c := realClient(t, server, coreapi.WithMaxResponseBytes(1<<20))
	_, err := coreapi.Do[map[string]any](context.Background(), c, coreapi.Request{Path: "/bomb"})
	requireMatchesExactly(t, err, coreapi.ErrResponseTooLarge)
	_, err = coreapi.Do[map[string]any](context.Background(), c, coreapi.Request{Path: "/lies"})
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
	require.Equal(t, 1, asError(t, err).Attempts)
}

func TestCutShortBodies(t *testing.T) {
	cut := io.ErrUnexpectedEOF
	for name, test := range map[string]struct {
		answer answer
		want   []error
	}{
		"whole JSON with a code":     {answer{status: 500, body: codeBody(coreapi.CodeUserDeleted), cut: cut}, []error{coreapi.ErrUserDeleted, coreapi.ErrUserAccount, coreapi.ErrContactAdmin}},
		"whole JSON with a code, OK": {answer{body: codeBody(coreapi.CodeUserDeleted), cut: cut}, []error{coreapi.ErrUserDeleted, coreapi.ErrUserAccount, coreapi.ErrContactAdmin}},
		"an error's body":            {answer{status: 404, body: `{"code":"USER_DEL`, cut: cut}, []error{coreapi.ErrUnknownCode}},
		"a success's body":           {answer{body: `{"a":`, cut: cut}, []error{coreapi.ErrUnexpectedResponse}},
		"a whole success's body":     {answer{body: `{"a":1}`, cut: cut}, []error{coreapi.ErrUnexpectedResponse}},
		"a redirect's body":          {answer{status: 302, body: `x`, cut: cut}, []error{coreapi.ErrRedirect}},
	} {
		t.Run(name, func(t *testing.T) {
			err := get(newClient(t, scripted(test.answer), coreapi.WithRetryPolicy(coreapi.NoRetry())))
			requireMatchesExactly(t, err, test.want...)
			require.ErrorIs(t, err, cut)
		})
	}
}

func TestALengthWithoutABodyIsAResponseCutShort(t *testing.T) {
	status := 200
	c := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: 10}, nil
	}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
	require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Method: "HEAD", Path: "/x"})
	require.NoError(t, err)
	status = 204
	_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	status = 304
	_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x"})
	require.NotErrorIs(t, err, io.ErrUnexpectedEOF)
}
