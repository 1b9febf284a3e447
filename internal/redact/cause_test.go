package redact_test

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/redact"
)

const canary = "c4n4ry-value"

// cause is Cause without secrets and before the context has ended.
func cause(err error, from redact.Origin) error { return redact.Cause(err, from, nil, false) }

var origins = []redact.Origin{redact.FromNetwork, redact.FromDecoder, redact.FromCaller}

func requireHidden(t *testing.T, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		require.NotContains(t, fmt.Sprintf(verb, err)+fmt.Sprintf(verb, []any{err}), canary, verb)
	}
	require.NotContains(t, err.Error(), canary)
	require.Nil(t, errors.Unwrap(err), "nothing leads to the original")
}

func TestAnErrorWithNothingToHideStaysItself(t *testing.T) {
	for _, err := range []error{io.ErrUnexpectedEOF, errors.New("plain"), errors.New(`no route for "x"`)} {
		require.Same(t, err, cause(err, redact.FromNetwork))
		require.Same(t, err, cause(err, redact.FromCaller))
	}
	for _, from := range origins {
		require.NoError(t, cause(nil, from))
	}
}

func TestOnlyATimeoutIsFoundAsANetError(t *testing.T) {
	var netError net.Error
	for err, timeout := range map[error]bool{
		&net.OpError{Op: "read", Err: syscall.ECONNRESET}:                                               false,
		fmt.Errorf("proxy: %w", &net.DNSError{Err: "no such host"}):                                     false,
		&net.DNSError{Err: "slow", IsTimeout: true}:                                                     true,
		&url.Error{Op: "Get", URL: "https://h", Err: errors.New("refused")}:                             false,
		&url.Error{Op: "Get", URL: "https://h", Err: &net.OpError{Op: "dial", Err: &timeoutLikeNets{}}}: true,
		io.ErrUnexpectedEOF: false,
	} {
		found := cause(err, redact.FromNetwork)
		require.Equal(t, timeout, errors.As(found, &netError), "%v", err)
		if timeout {
			require.True(t, netError.Timeout())
		}
	}
	var op *net.OpError
	require.ErrorAs(t, cause(&net.OpError{Op: "read", Err: syscall.ECONNRESET}, redact.FromNetwork), &op, "what it is, is found all the same")
}

type typedError struct{ text string }

func (e *typedError) Error() string { return e.text }

func TestACauseHidesItsSecretsAndKeepsItsIdentity(t *testing.T) {
	inner := &typedError{"says " + canary}
	err := redact.Cause(fmt.Errorf("outer: %w", inner), redact.FromCaller, redact.Forms(canary), false)
	require.EqualError(t, err, "outer: says [redacted]")
	require.ErrorIs(t, err, inner)
	var found *typedError
	require.ErrorAs(t, err, &found)
	requireHidden(t, err)
}

func TestURLsAreTakenOff(t *testing.T) {
	inner := errors.New("broken pipe")
	withURL := &url.Error{Op: "Get", URL: "https://u:pw@host/x?token=" + canary, Err: inner}
	for _, from := range []redact.Origin{redact.FromNetwork, redact.FromCaller} {
		for _, original := range []error{
			withURL, fmt.Errorf("proxying: %w", withURL), errors.Join(errors.New("first"), withURL), &url.Error{URL: canary, Err: withURL},
		} {
			err := cause(original, from)
			requireHidden(t, err)
			require.ErrorIs(t, err, inner)
			require.Contains(t, err.Error(), "broken pipe")
		}
	}
	requireHidden(t, cause(&url.Error{URL: canary}, redact.FromNetwork))
	require.EqualError(t, cause(withURL, redact.FromNetwork), "broken pipe")
	require.EqualError(t, cause(fmt.Errorf("vault: %w", withURL), redact.FromCaller), "vault: broken pipe")
}

func TestAURLErrorWithoutAURLLeavesTheTextWhole(t *testing.T) {
	err := fmt.Errorf("vault: %w", &url.Error{Op: "parse", Err: errors.New("empty url")})
	require.EqualError(t, cause(err, redact.FromCaller), "vault: empty url")
}

func TestWhatLooksLikeAURLIsTakenOffTexts(t *testing.T) {
	for text, want := range map[string]string{
		"get https://u:p@h/x?q=1 failed":  "get [url] failed",
		`dial "https://h" and\tftp://h2:`: `dial "[url]" [url]`,
		"https://a\nhttps://ab http://a":  "[url]\n[url] [url]",
		"no url: here//there":             "no url: here//there",
	} {
		require.EqualError(t, cause(errors.New(text), redact.FromCaller), want)
	}
}

func TestManyURLsTakeLinearTime(t *testing.T) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "https://host/%d ", i)
	}
	begun := time.Now()
	err := cause(errors.New(text.String()), redact.FromCaller)
	require.Less(t, time.Since(begun), 3*time.Second)
	require.NotContains(t, err.Error(), "host")
}

func TestNoTargetOfErrorsAsGivesAURLAway(t *testing.T) {
	op := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	err := cause(fmt.Errorf("vault: %w", &url.Error{Op: "Get", URL: "https://vault/x?f=(a)&client_secret=" + canary, Err: op}), redact.FromCaller)
	var urlError *url.Error
	require.False(t, errors.As(err, &urlError))
	var wrapper interface{ Unwrap() error }
	require.False(t, errors.As(err, &wrapper))
	var found *net.OpError
	require.ErrorAs(t, err, &found)
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

// timeoutLikeNets claims to be a deadline, as package net's timeout does.
type timeoutLikeNets struct{}

func (*timeoutLikeNets) Error() string        { return "i/o timeout" }
func (*timeoutLikeNets) Timeout() bool        { return true }
func (*timeoutLikeNets) Temporary() bool      { return true }
func (*timeoutLikeNets) Is(target error) bool { return target == context.DeadlineExceeded }

func TestACauseIsNoContextsUnlessTheContextHasEnded(t *testing.T) {
	for _, original := range []error{&net.OpError{Op: "dial", Err: &timeoutLikeNets{}}, context.Canceled, fmt.Errorf("get: %w", context.DeadlineExceeded)} {
		for _, from := range origins {
			err := cause(original, from)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, context.Canceled)
		}
		require.Same(t, original, redact.Cause(original, redact.FromNetwork, nil, true))
	}
	err := cause(&net.OpError{Op: "dial", Err: &timeoutLikeNets{}}, redact.FromNetwork)
	var netError net.Error
	require.ErrorAs(t, err, &netError)
	require.True(t, netError.Timeout())
}

func TestWhatNetHTTPQuotesFromAResponseIsTakenOff(t *testing.T) {
	for name, response := range map[string]string{
		"status line":       "HTTP/1.1 " + canary + "\r\n\r\n",
		"not HTTP":          canary + "\r\n\r\n",
		"version":           "HTTP/" + canary + " 200 OK\r\n\r\n",
		"header line":       "HTTP/1.1 302 Found\r\n" + canary + "\r\n\r\n",
		"content length":    "HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n",
		"content lengths":   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2" + canary + "\r\n\r\n",
		"transfer encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"chunk length":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(response)), nil)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			require.Error(t, err)
			for _, original := range []error{err, &url.Error{Op: "Get", URL: "https://h/", Err: err}, fmt.Errorf("net/http: transport broken: %w", err)} {
				require.NotContains(t, cause(original, redact.FromNetwork).Error(), canary)
			}
		})
	}
	requireHidden(t, cause(textproto.ProtocolError("malformed MIME header line: "+canary), redact.FromNetwork))
	requireHidden(t, cause(&textproto.Error{Code: 1, Msg: canary}, redact.FromNetwork))
}

func TestAQuoteBetweenOtherErrorsIsTakenOffAndTheyStay(t *testing.T) {
	quoting := errors.New(`malformed HTTP response "` + canary + `"`)
	err := cause(fmt.Errorf("first %w then %w", io.EOF, quoting), redact.FromNetwork)
	require.EqualError(t, err, "EOF\nmalformed HTTP response")
	requireHidden(t, cause(fmt.Errorf(`bad "`+canary+`" %w %w`, nil, nil), redact.FromNetwork))
}

func decodeError(t *testing.T, body string, target any) error {
	t.Helper()
	err := json.Unmarshal([]byte(body), target)
	require.Error(t, err)
	return err
}

type ownDecoding struct{}

func (*ownDecoding) UnmarshalText(text []byte) error {
	return errors.New("unknown level: " + string(text))
}

// nestedJSON quotes the body around an error of encoding/json's.
type nestedJSON struct{}

func (*nestedJSON) UnmarshalText(text []byte) error {
	return fmt.Errorf("%s: %w", text, json.Unmarshal(text, new(int)))
}

func TestADecodersErrorQuotesNothingOfTheBody(t *testing.T) {
	for body, target := range map[string]any{
		`{"T":"` + canary + `"}`:     new(struct{ T time.Time }),
		`{"M":{"` + canary + `":1}}`: new(struct{ M map[int]int }),
		`{"L":"` + canary + `"}`:     new(struct{ L ownDecoding }),
		`{"J":"{` + canary + `"}`:    new(struct{ J nestedJSON }),
	} {
		requireHidden(t, cause(decodeError(t, body, target), redact.FromDecoder))
	}
	err := cause(decodeError(t, `{"N":1234567890123}`, new(struct{ N int8 })), redact.FromDecoder)
	require.NotContains(t, err.Error(), "1234567890123")
	err = cause(decodeError(t, `{"L":"x"}`, new(struct{ L ownDecoding })), redact.FromDecoder)
	require.EqualError(t, err, "the body does not decode: *errors.errorString", "only the type is named")
}

func TestADecodersErrorSaysWhereAndOfWhatKind(t *testing.T) {
	err := cause(decodeError(t, `{"A":{"N":"x"}}`, new(struct{ A struct{ N int8 } })), redact.FromDecoder)
	require.Contains(t, []string{
		"json: string does not fit the type int8 of the field A.N",
		"json: string does not fit the type int8", // where a path may hold keys of the body
	}, err.Error())
	syntax := decodeError(t, `{"a":]`, new(any))
	require.Equal(t, syntax.Error(), cause(syntax, redact.FromDecoder).Error())
	for _, broken := range []error{gzip.ErrHeader, gzip.ErrChecksum, flate.CorruptInputError(7)} {
		require.Equal(t, broken, cause(broken, redact.FromDecoder))
		require.EqualError(t, cause(fmt.Errorf("%s: %w", canary, broken), redact.FromDecoder), broken.Error())
	}
}

func TestTheSDKsOwnWordsAreKeptButForSecrets(t *testing.T) {
	const words = redact.Text(`pass one such as "https://api.example.com"`)
	for _, from := range origins {
		require.Equal(t, words, cause(words, from))
		require.EqualError(t, redact.Cause(redact.Text("the body has the members id, "+canary), from, redact.Forms(canary), false),
			"the body has the members id, [redacted]")
	}
	require.ErrorIs(t, redact.Cause(words, redact.FromDecoder, redact.Forms("pass"), false), words)
}

// foreignError is a caller's, around an error of another call.
type foreignError struct{ inner error }

func (e foreignError) Error() string { return canary + ": " + e.inner.Error() }
func (e foreignError) Unwrap() error { return e.inner }

func TestWordsInADecodersErrorAreFound(t *testing.T) {
	const empty = redact.Text("the body is empty")
	wrapped := fmt.Errorf("the field %q: %w", "id", empty)
	require.Equal(t, wrapped, cause(wrapped, redact.FromDecoder), "the SDK's words around its words")
	err := cause(foreignError{empty}, redact.FromDecoder)
	require.EqualError(t, err, "the body is empty")
	requireHidden(t, err)
	require.EqualError(t, cause(fmt.Errorf("%s %w", canary, foreignError{empty}), redact.FromDecoder), "the body is empty")
}

func TestTextsThatWereMaskedAreNotFoundUnmasked(t *testing.T) {
	err := redact.Cause(redact.Text("no "+canary), redact.FromDecoder, redact.Forms(canary), false)
	var words redact.Text
	require.False(t, errors.As(err, &words))
	require.NotContains(t, cause(foreignError{err}, redact.FromDecoder).Error(), canary)
}
