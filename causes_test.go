package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestTextThatNetHTTPQuotesFromAResponseIsTakenOff(t *testing.T) {
	for name, response := range map[string]string{
		"status line":          "HTTP/1.1 " + plantedSecret + "\r\n\r\n",
		"not HTTP":             plantedSecret + "\r\n\r\n",
		"version":              "HTTP/" + plantedSecret + " 200 OK\r\n\r\n",
		"header line":          "HTTP/1.1 302 Found\r\nLocation https://x/?token=" + plantedSecret + "\r\n\r\n",
		"header name":          "HTTP/1.1 302 Found\r\n" + plantedSecret + " x: y\r\n\r\n",
		"content length":       "HTTP/1.1 200 OK\r\nContent-Length: " + plantedSecret + "\r\n\r\n",
		"content lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2" + plantedSecret + "\r\n\r\n",
		"transfer encoding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + plantedSecret + "\r\n\r\n",
		"chunk length":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + plantedSecret + "\r\n",
		"chunked trailer line": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + plantedSecret + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := coreapi.New(rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, response) }), coreapi.ClientKey(testKey))
			require.NoError(t, err)
			err = get(c, coreapi.WithRetryPolicy(coreapi.NoRetry()))
			shown := everyVerb(err) + asError(t, err).Report()
			for _, cause := range errorTree(err) {
				shown += everyVerb(cause)
			}
			require.NotContains(t, shown, plantedSecret)
		})
	}
}

func TestURLsAreTakenOffCauses(t *testing.T) {
	inner := errors.New("broken pipe")
	withURL := &url.Error{Op: "Get", URL: "https://u:pw@host/x?token=" + plantedSecret, Err: inner}
	for _, cause := range []error{withURL, fmt.Errorf("proxying: %w", withURL), errors.Join(errors.New("first"), withURL), &url.Error{URL: plantedSecret, Err: withURL}, &url.Error{URL: plantedSecret}} {
		err := get(newClient(t, scripted(answer{err: cause})), coreapi.WithRetryPolicy(coreapi.NoRetry()))
		for _, e := range errorTree(err) {
			require.NotContains(t, everyVerb(e), plantedSecret)
		}
		if !errors.Is(cause, inner) {
			continue
		}
		require.ErrorIs(t, err, inner)
	}
	own := errors.New(`no route for "x"`)
	require.ErrorIs(t, get(newClient(t, scripted(answer{err: own})), coreapi.WithRetryPolicy(coreapi.NoRetry())), own, "a caller's own error is left as it is")
	protocol := textproto.ProtocolError("malformed MIME header line: " + plantedSecret)
	require.NotContains(t, get(newClient(t, scripted(answer{err: protocol})), coreapi.WithRetryPolicy(coreapi.NoRetry())).Error(), plantedSecret)
}

func TestNoTargetOfErrorsAsGivesAURLAway(t *testing.T) {
	inner := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	withURL := &url.Error{Op: "Get", URL: "https://vault/x?f=(a)&client_secret=" + plantedSecret, Err: inner}
	f := func(context.Context) (string, error) { return "", fmt.Errorf("vault: %w", withURL) }
	for _, err := range []error{
		get(newClient(t, scripted(answer{err: withURL})), coreapi.WithRetryPolicy(coreapi.NoRetry())),
		get(authClient(t, coreapi.ClientKeyFunc("", f), scripted(answer{}))),
	} {
		require.NotContains(t, err.Error(), plantedSecret)
		var urlError *url.Error
		require.False(t, errors.As(err, &urlError))
		var wrapper interface{ Unwrap() error }
		require.False(t, errors.As(err, &wrapper))
		var netError net.Error
		if errors.As(err, &netError) {
			require.NotContains(t, netError.Error(), plantedSecret)
		}
		var op *net.OpError
		require.True(t, errors.As(err, &op))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
}

func TestOpaqueCausesHideTheirTextAndKeepTheirIdentity(t *testing.T) {
	cause := &typedCause{"says " + testKey}
	e := asError(t, get(newClient(t, scripted(answer{err: cause})), coreapi.WithRetryPolicy(coreapi.NoRetry())))
	require.ErrorIs(t, e, cause)
	var found *typedCause
	require.True(t, errors.As(e, &found))
	for _, unwrapped := range e.Unwrap() {
		require.NotContains(t, everyVerb(unwrapped), testKey)
	}
}

type typedCause struct{ text string }

func (c *typedCause) Error() string { return c.text }

func TestDecodersDoNotQuoteTheBody(t *testing.T) {
	for _, body := range []string{`{"T":"` + plantedSecret + `"}`, `{"M":{"` + plantedSecret + `":1}}`, `{"N":1234567890123}`} {
		_, err := coreapi.Do[struct {
			T time.Time
			M map[int]int
			N int8
		}](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
		for _, cause := range errorTree(err) {
			require.NotContains(t, cause.Error(), plantedSecret)
			require.NotContains(t, cause.Error(), "1234567890123")
		}
	}
}

func TestAFieldOfTheWrongTypeIsNamedWhereItsPathIsNoneOfTheBodys(t *testing.T) {
	_, err := coreapi.Do[struct{ A struct{ N int8 } }](context.Background(), newClient(t, scripted(answer{body: `{"A":{"N":"x"}}`})), coreapi.Request{Path: "/x"})
	// Under encoding/json's next version a path may hold a map's keys, so none is shown.
	require.Regexp(t, `json: string does not fit the type int8( of the field A\.N)? \(`, err.Error())
}

type ownDecoding struct{}

func (*ownDecoding) UnmarshalText(text []byte) error {
	if strings.Contains(string(text), "panic") {
		panic("bad level: " + string(text))
	}
	return errors.New("unknown level: " + string(text))
}

func TestATypesOwnDecodingDoesNotQuoteTheBodyEither(t *testing.T) {
	for _, body := range []string{`{"L":"` + plantedSecret + `"}`, `{"L":"panic ` + plantedSecret + `"}`} {
		_, err := coreapi.Do[struct{ L ownDecoding }](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
		e := asError(t, err)
		require.Equal(t, 200, e.StatusCode)
		require.NotContains(t, e.Error()+fmt.Sprint(e.Unwrap()), plantedSecret)
	}
}

func TestATransportsTimeoutIsNotTheCallersDeadline(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: &timeoutLikeNets{}}
	err := get(newClient(t, scripted(answer{err: dial})), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, asError(t, err).Timeout())
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	err = get(newClient(t, scripted(answer{err: context.Canceled})), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NotErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, coreapi.ErrClientClosedRequest)
}

// timeoutLikeNets claims to be a deadline, as package net's timeout does.
type timeoutLikeNets struct{}

func (*timeoutLikeNets) Error() string { return "i/o timeout" }

func (*timeoutLikeNets) Timeout() bool { return true }

func (*timeoutLikeNets) Is(target error) bool { return target == context.DeadlineExceeded }
