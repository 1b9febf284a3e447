package coreapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func zippedBody(t *testing.T, plain string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, plain)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

func TestAnAnswerThatTheTransportLeftCompressedIsRead(t *testing.T) {
	zipped := func(status int, plain string) answer {
		return answer{status: status, body: zippedBody(t, plain), header: http.Header{"Content-Encoding": {"gzip"}}}
	}
	err := get(newClient(t, scripted(zipped(403, codeBody(coreapi.CodeUserSuspended)))))
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	got, err := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, scripted(zipped(200, `{"a":1}`))), coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, `{"a":1}`, string(got))
	limited := newClient(t, scripted(zipped(200, `"`+string(make([]byte, 1<<20))+`"`)), coreapi.WithMaxResponseBytes(1000))
	requireMatchesExactly(t, get(limited), coreapi.ErrResponseTooLarge)
	plain := answer{status: 403, body: codeBody(coreapi.CodeUserSuspended), header: http.Header{"Content-Encoding": {"gzip"}}}
	require.ErrorIs(t, get(newClient(t, scripted(plain))), coreapi.ErrUserSuspended, "a header that is not true")
	cut := zipped(200, `{"a":"some text, so that there is something to cut"}`)
	cut.body = cut.body[:len(cut.body)-12]
	requireMatchesExactly(t, get(newClient(t, scripted(cut), coreapi.WithRetryPolicy(coreapi.NoRetry()))), coreapi.ErrUnexpectedResponse)
}

func TestAnExactNameGoesBeforeOneInAnotherLetterCase(t *testing.T) {
	err := get(newClient(t, scripted(answer{status: 403, body: `{"code":"USER_SUSPENDED","Code":401,"MESSAGE":"other","message":"words"}`})))
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	require.Equal(t, "words", asError(t, err).Message)
	ctx := context.Background()
	device, err := newClient(t, scripted(answer{body: `{"ID":"wrong","id":"d1","deviceId":"phone-1","deviceid":"other"}`})).Devices.Get(ctx, "d1")
	require.NoError(t, err)
	require.Equal(t, "d1", device.ID)
	require.Equal(t, "phone-1", device.Info.DeviceID)
	_, err = newClient(t, scripted(answer{body: `{"state":"failed","failureCode":"INVALID_PASSWORD","STATE":"succeeded","userToken":"t"}`})).
		Users.Login(ctx, coreapi.LoginRequest{Email: "a@b", Password: "p4ssword"})
	require.ErrorIs(t, err, coreapi.ErrInvalidPassword, "a login is not decided by a letter's case")
}

func TestAMessageIsFoundWhereOtherServersPutIt(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"text"}`: "text",
		`{"error":"invalid_grant","error_description":"described"}`:   "invalid_grant",
		`{"error_description":"described"}`:                           "described",
		`{"type":"about:blank","title":"Titled","detail":"detailed"}`: "detailed",
		`{"title":"Titled"}`:                                 "Titled",
		`{"msg":"short"}`:                                    "short",
		`{"message":"","msg":"short"}`:                       "short",
		`{"message":"words","detail":"detailed"}`:            "words",
		`{"error":{"message":"nested"},"detail":"detailed"}`: "nested",
		`{"error":{"detail":"nested"}}`:                      "nested",
		`{"error":7,"detail":["x"]}`:                         "",
	} {
		require.Equal(t, want, asError(t, get(newClient(t, scripted(answer{status: 400, body: body})))).Message, body)
	}
}

func TestWhatAServerSaysIsCutAtItsLimits(t *testing.T) {
	long := string(bytes.Repeat([]byte("é"), 10_000))
	s := scripted(answer{status: 400, body: `{"code":"` + long + `","message":"` + long + `"}`, header: http.Header{"X-Request-Id": {long}}})
	e := asError(t, get(newClient(t, s)))
	require.Len(t, e.Message, 4096)
	require.Len(t, string(e.Code), 128)
	require.Len(t, e.RequestID, 128)
}

func TestNullIsAValueForWhatMayBeNil(t *testing.T) {
	ctx, c := context.Background(), newClient(t, scripted(answer{body: "null"}))
	for name, do := range map[string]func() error{
		"a slice": func() error {
			v, err := coreapi.Do[[]int](ctx, c, coreapi.Request{Path: "/x"})
			require.Nil(t, v)
			return err
		},
		"a map": func() error {
			v, err := coreapi.Do[map[string]int](ctx, c, coreapi.Request{Path: "/x"})
			require.Nil(t, v)
			return err
		},
		"a pointer": func() error {
			v, err := coreapi.Do[*int](ctx, c, coreapi.Request{Path: "/x"})
			require.Nil(t, v)
			return err
		},
		"any": func() error {
			v, err := coreapi.Do[any](ctx, c, coreapi.Request{Path: "/x"})
			require.Nil(t, v)
			return err
		},
	} {
		require.NoError(t, do(), name)
	}
	_, err := coreapi.Do[int](ctx, c, coreapi.Request{Path: "/x"})
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
	_, err = coreapi.Do[[]int](ctx, newClient(t, scripted(answer{body: ""})), coreapi.Request{Path: "/x"})
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
}

func TestNothingAtAPathPointsToTheBaseURLAndTheProfile(t *testing.T) {
	err := get(newClient(t, scripted(answer{status: 404, body: "<html>not found"})))
	require.ErrorContains(t, err, "Check the base URL and the profile's routes.")
	g, _ := coreapi.GuidanceFor(err)
	require.Equal(t, coreapi.ActionFixRequest, g.Action)
	require.NotErrorIs(t, err, coreapi.ErrContactAdmin)
}

func TestARefusalWithoutACodePointsToTheSignature(t *testing.T) {
	for _, status := range []int{401, 403} {
		require.ErrorContains(t, get(newClient(t, scripted(answer{status: status}))), "docs/signature.md")
	}
}

func TestRetryAfterCountsFromTheServersOwnClock(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		serverTime := time.Now().Add(-2 * time.Minute)
		header := http.Header{"Date": {serverTime.Format(http.TimeFormat)}, "Retry-After": {serverTime.Add(10 * time.Second).Format(http.TimeFormat)}}
		e := asError(t, get(newClient(t, scripted(answer{status: 429, header: header})), coreapi.WithRetryPolicy(coreapi.NoRetry())))
		require.Equal(t, 10*time.Second, e.RetryAfter)
	})
}

func TestClientsThatWereToldTheSameWaitDoNotComeBackInStep(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		waits := map[time.Duration]bool{}
		for range 50 {
			start := time.Now()
			require.NoError(t, get(newClient(t, scripted(answer{status: 429, header: http.Header{"Retry-After": {"2.5"}}}, answer{body: "{}"}))))
			wait := time.Since(start)
			require.GreaterOrEqual(t, wait, 3*time.Second, "decimals are rounded up")
			require.LessOrEqual(t, wait, 3500*time.Millisecond)
			waits[wait] = true
		}
		require.Greater(t, len(waits), 40)
	})
}

func TestATransportThatEditsItsRequestsURLEditsOneAttemptsAlone(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var urls []string
		s := scripted(answer{status: 503}, answer{status: 503}, answer{body: "{}"})
		require.NoError(t, get(newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			r.URL.Path += "/edited"
			r.URL.RawQuery = "v=1&" + r.URL.RawQuery
			urls = append(urls, r.URL.String())
			return s.RoundTrip(r)
		}))))
		require.Len(t, urls, 3)
		require.Equal(t, []string{urls[0], urls[0], urls[0]}, urls)
	})
}
