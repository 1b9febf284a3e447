package coreapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestErrorTextHasEveryFactInOrder(t *testing.T) {
	header := http.Header{"X-Request-Id": {"from-server"}}
	c := newClient(t, scripted(answer{status: 403, header: header, body: codeBody(CodeClientAccountSuspended)}))
	_, err := c.Clients.Info(context.Background())
	require.EqualError(t, err, "coreapi: Clients.Info: CLIENT_ACCOUNT_SUSPENDED: words"+
		" (status 403, request id from-server, 1 attempt): Contact the admin to have the suspension lifted.")
}

func TestErrorTextIsOneSafeLineWhateverTheServerSays(t *testing.T) {
	nasty := "line\r\nforged: yes\x1b[31m\u202e\u2028" + strings.Repeat("é", 400)
	body, err := json.Marshal(map[string]string{"code": nasty, "message": nasty})
	require.NoError(t, err)
	header := http.Header{"X-Request-Id": {"id\xff" + strings.Repeat("é", 400)}}
	e := asError(t, get(newClient(t, scripted(answer{status: 400, header: header, body: string(body)}))))
	for _, text := range []string{e.Error(), e.Guidance().String()} {
		require.True(t, utf8.ValidString(text))
		require.NotRegexp(t, `[\x00-\x1f\x7f\x{2028}\x{202e}]`, text)
		require.Contains(t, text, `line\r\nforged`)
	}
	require.LessOrEqual(t, len(oneLine(nasty, maxText)), maxText)
	require.LessOrEqual(t, len(oneLine(nasty, maxIdentifier)), maxIdentifier)
	require.Less(t, len(e.Error()), maxText+2*maxIdentifier+300)
	require.True(t, utf8.ValidString(e.RequestID))
}

func TestReportCannotBeForged(t *testing.T) {
	body, err := json.Marshal(map[string]string{"code": "X\nCode: INVALID", "message": "m\nDelivery: rejected\u2028x\r"})
	require.NoError(t, err)
	header := http.Header{"X-Request-Id": {"id\u0085Attempts: 9"}}
	e := asError(t, get(newClient(t, scripted(answer{status: 400, header: header, body: string(body)}),
		WithAdminContact(AdminContact{Name: "Ops\nCode: FORGED", Email: "ops@example.com"}))))
	for _, name := range []string{"Code", "Delivery", "Attempts"} {
		require.Equal(t, 1, strings.Count("\n"+e.Report(), "\n"+name+":"), e.Report())
	}
	require.NotContains(t, e.Report(), "\r")
	require.NotContains(t, e.Report(), "\u2028")
	require.NotContains(t, e.Report(), "\u0085")
	require.Contains(t, e.Report(), "ops@example.com")
}

func TestReportHasWhatAnAdminNeedsAndNoBody(t *testing.T) {
	c := newClient(t, scripted(answer{status: 403, body: `{"code":"UNITSYSTEM00002","message":"words","extra":"bodytext"}`}))
	e := asError(t, post(c, WithRequestID("my-id")))
	for _, want := range []string{"UNITSYSTEM00002", "words", "Test.Post", "POST /things", "403", "my-id", "Attempts: 1", "rejected", "contact the admin"} {
		require.Contains(t, e.Report(), want)
	}
	require.NotContains(t, e.Report(), "bodytext")
	require.NotContains(t, e.Error(), "bodytext")
}

func TestZeroAndNilErrorsAreSafe(t *testing.T) {
	for _, e := range []*Error{nil, {}} {
		require.NotEmpty(t, e.Error())
		require.NotEmpty(t, e.Report())
		require.False(t, e.Timeout())
		require.Empty(t, e.Unwrap())
		require.False(t, e.Is(ErrUnknownCode))
		_ = e.Guidance().String()
		_ = e.LogValue()
		_ = fmt.Sprintf("%v %+v %#v %s %q %x %d", e, e, e, e, e, e, e)
	}
	require.False(t, errors.Is((*Error)(nil), ErrContactAdmin))
	_, ok := GuidanceFor((*Error)(nil))
	require.False(t, ok)
	_, ok = GuidanceFor(errors.New("other"))
	require.False(t, ok)
}

func TestErrorPrintsTheSameUnderEveryVerb(t *testing.T) {
	e := asError(t, get(newClient(t, scripted(answer{status: 400, body: `{"message":"words","token":"bodytext"}`}))))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%t"} {
		require.Equal(t, e.Error(), fmt.Sprintf(verb, e))
		require.Equal(t, e.Error(), fmt.Sprintf(verb, *e))
	}
	require.Equal(t, fmt.Sprintf("%q", e.Error()), fmt.Sprintf("%q", e))
	require.Equal(t, fmt.Sprintf("%x", e.Error()), fmt.Sprintf("%x", *e))
	for _, shown := range []string{marshal(t, e), marshal(t, *e), logged(e), logged(*e)} {
		require.NotContains(t, shown, "bodytext")
		require.Contains(t, shown, "words")
	}
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// logged is v as slog's two handlers write it.
func logged(v any) string {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", v)
	return b.String()
}

func TestOnlyTheFirst4KiBOfABodyAreKept(t *testing.T) {
	body := strings.Repeat("ab", 4<<10)
	e := asError(t, get(newClient(t, scripted(answer{status: 404, body: body}))))
	require.Equal(t, body[:keptBody], string(e.Body))
	require.LessOrEqual(t, cap(e.Body), 2*keptBody, "the rest is let go")
}

func TestSecretsThatTheServerEchoesAreMasked(t *testing.T) {
	password, push, token := "pass/w+rd 99", "push-token-77", "req-token-55"
	echo := func(secrets ...string) answer {
		var all []string
		for _, s := range append(secrets, testKey) {
			all = append(all, s, queryEscape(s))
		}
		text := strings.Join(all, " and ")
		body, _ := json.Marshal(map[string]string{"code": "X-" + text, "message": text})
		return answer{status: 400, body: string(body), header: http.Header{"X-Request-Id": {text}}}
	}
	ctx := context.Background()
	_, loginErr := newClient(t, scripted(echo(password, token))).Users.Login(ctx,
		LoginRequest{Email: "a@example.com", Password: Secret(password), ReqToken: Secret(token)})
	_, statusErr := newClient(t, scripted(echo(token))).Users.LoginStatus(ctx, Secret(token))
	_, saveErr := newClient(t, scripted(echo(push))).Devices.Save(ctx, DeviceInfo{DeviceID: "d", PushToken: Secret(push)})
	_, transportErr := newClient(t, scripted(answer{err: errors.New("refused " + testKey)})).Clients.Info(ctx, WithRetryPolicy(NoRetry()))
	for _, err := range []error{loginErr, statusErr, saveErr, transportErr} {
		e := asError(t, err)
		for _, shown := range []string{e.Error(), e.Report(), e.Message, string(e.Code), e.RequestID, logged(e), fmt.Sprint(e.Unwrap())} {
			for _, secret := range []string{password, push, token, testKey, queryEscape(password)} {
				require.NotContains(t, shown, secret)
			}
		}
		require.Contains(t, e.Error(), redacted)
	}
}

func queryEscape(s string) string {
	return strings.NewReplacer("/", "%2F", "+", "%2B", " ", "+").Replace(s)
}

func TestSecretsAreMaskedInEveryFormThatAServerMayEcho(t *testing.T) {
	password := "pa\"ss<wo\\rd&1/x"
	sent, err := json.Marshal(map[string]string{"password": password})
	require.NoError(t, err)
	for _, form := range []string{password, string(sent), "pa%22ss%3cwo%5crd%261%2fx", "pa%22ss%3Cwo%5Crd%261%2Fx"} {
		body, err := json.Marshal(map[string]string{"message": "you sent " + form})
		require.NoError(t, err)
		_, err = newClient(t, scripted(answer{status: 400, body: string(body)})).Users.Login(context.Background(),
			LoginRequest{Email: "a@example.com", Password: Secret(password)})
		message := asError(t, err).Message
		require.Contains(t, message, redacted)
		for _, part := range []string{"pa\"", "wo", "rd", "1/x", "2fx"} {
			require.NotContains(t, strings.TrimPrefix(strings.ReplaceAll(message, "password", ""), "you sent "), part)
		}
	}
}

func TestASecretThatHoldsTheKeyLeavesNoRest(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400, body: `{"message":"` + testKey + `-extra"}`}))
	_, err := c.Users.Login(context.Background(), LoginRequest{Email: "a@example.com", Password: testKey + "-extra"})
	require.Equal(t, redacted, asError(t, err).Message)
}

func TestTheKeyIsMaskedBeforeAnyAttemptToo(t *testing.T) {
	says := errors.New("no luck with " + testKey)
	stopped := newClient(t, scripted(answer{}), WithInterceptor(func(context.Context, Operation, func(context.Context) error) error { return says }))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("stop %s: %w", testKey, &url.Error{Op: "Get", URL: "https://u:p4ss@h/x?reqToken=" + canary, Err: errors.New("inner")}))
	_, cancelled := newClient(t, scripted(answer{})).Clients.Info(ctx, WithRequestID(testKey))
	_, operation := Do[RawJSON](context.Background(), newClient(t, scripted(answer{})), Request{Operation: "op " + testKey, Path: "bad"})
	_, auth := New(testBase, ClientKeyHeader(testKey+"/==", "X-Client-Key"))
	f := func(context.Context) (string, error) { return testKey, errors.New("expired " + testKey) }
	expired := get(authClient(t, ClientKeyFunc("", f), scripted(answer{})))
	for _, err := range []error{get(stopped), cancelled, operation, auth, expired} {
		shown := everyVerb(err) + asError(t, err).Report()
		for _, cause := range flatten(err) {
			shown += everyVerb(cause)
		}
		require.NotContains(t, shown, testKey)
		require.NotContains(t, shown, "p4ss")
		require.NotContains(t, shown, canary)
	}
	require.ErrorIs(t, get(stopped), says)
}

func TestDecodersDoNotQuoteTheBody(t *testing.T) {
	for _, body := range []string{`{"T":"` + canary + `"}`, `{"M":{"` + canary + `":1}}`, `{"N":1234567890123}`} {
		_, err := Do[struct {
			T time.Time
			M map[int]int
			N int8
		}](context.Background(), newClient(t, scripted(answer{body: body})), Request{Path: "/x"})
		require.ErrorIs(t, err, ErrUnexpectedResponse)
		for _, cause := range flatten(err) {
			require.NotContains(t, cause.Error(), canary)
			require.NotContains(t, cause.Error(), "1234567890123")
		}
	}
}

func TestAFieldOfTheWrongTypeIsNamedWhereItsPathIsNoneOfTheBodys(t *testing.T) {
	_, err := Do[struct{ A struct{ N int8 } }](context.Background(), newClient(t, scripted(answer{body: `{"A":{"N":"x"}}`})), Request{Path: "/x"})
	want := "json: string does not fit the type int8 of the field A.N"
	if pathsHaveKeys() {
		want = "json: string does not fit the type int8"
	}
	require.ErrorContains(t, err, want+" (")
}

type ownDecoding struct{}

func (*ownDecoding) UnmarshalText(text []byte) error {
	if strings.Contains(string(text), "panic") {
		panic("bad level: " + string(text))
	}
	return errors.New("unknown level: " + string(text))
}

func TestATypesOwnDecodingDoesNotQuoteTheBodyEither(t *testing.T) {
	for _, body := range []string{`{"L":"` + canary + `"}`, `{"L":"panic ` + canary + `"}`} {
		_, err := Do[struct{ L ownDecoding }](context.Background(), newClient(t, scripted(answer{body: body})), Request{Path: "/x"})
		require.ErrorIs(t, err, ErrUnexpectedResponse)
		e := asError(t, err)
		require.Equal(t, 200, e.StatusCode)
		require.NotContains(t, e.Error()+fmt.Sprint(e.Unwrap()), canary)
	}
}

func TestNoTargetOfErrorsAsGivesAURLAway(t *testing.T) {
	inner := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	withURL := &url.Error{Op: "Get", URL: "https://vault/x?f=(a)&client_secret=" + canary, Err: inner}
	f := func(context.Context) (string, error) { return "", fmt.Errorf("vault: %w", withURL) }
	for _, err := range []error{
		get(newClient(t, scripted(answer{err: withURL})), WithRetryPolicy(NoRetry())),
		get(authClient(t, ClientKeyFunc("", f), scripted(answer{}))),
	} {
		require.NotContains(t, err.Error(), canary)
		var urlError *url.Error
		require.False(t, errors.As(err, &urlError))
		var wrapper interface{ Unwrap() error }
		require.False(t, errors.As(err, &wrapper))
		var netError net.Error
		if errors.As(err, &netError) {
			require.NotContains(t, netError.Error(), canary)
		}
		var op *net.OpError
		require.True(t, errors.As(err, &op))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
}

func TestSecretsThatOverlapLeaveNoRest(t *testing.T) {
	c := authClient(t, ClientKey("KEY-s3cret-1234567"), scripted(answer{status: 400, body: `{"message":"got KEY-s3cret-1234567TOKEN, sir"}`}))
	_, err := c.Users.LoginStatus(context.Background(), "1234567TOKEN")
	require.Equal(t, "got [redacted], sir", asError(t, err).Message)
}

func TestSecretsAreMaskedAsOtherLanguagesEncodeThem(t *testing.T) {
	for _, echo := range []string{`p\u00e4ss\/word-x`, `p\u00E4ss/word-x`, `päss\/word-x`} {
		body := marshal(t, map[string]string{"message": "got " + echo})
		_, err := newClient(t, scripted(answer{status: 400, body: body})).Users.Login(context.Background(), LoginRequest{Email: "a@b", Password: "päss/word-x"})
		require.Equal(t, "got [redacted]", asError(t, err).Message)
	}
}

func TestShortSecretsDoNotBlankOutWords(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400, body: `{"message":"no such thing"}`}))
	_, err := c.Users.Login(context.Background(), LoginRequest{Email: "a@example.com", Password: "no"})
	require.Equal(t, "no such thing", asError(t, err).Message)
}

func TestMaskingNeverCostsADocumentedCode(t *testing.T) {
	c, err := New(testBase, ClientKey("INVALID_PASS"), WithHTTPClient(&http.Client{Transport: scripted(answer{status: 400, body: codeBody(CodeInvalidPassword)})}))
	require.NoError(t, err)
	require.ErrorIs(t, get(c), ErrInvalidPassword)
}

func TestRequestIDIsTheResponsesElseTheSentOne(t *testing.T) {
	s := scripted(answer{status: 400, header: http.Header{"X-Request-Id": {"theirs"}}}, answer{status: 400})
	c := newClient(t, s)
	require.Equal(t, "theirs", asError(t, get(c, WithRequestID("mine"))).RequestID)
	require.Equal(t, "mine", asError(t, get(c, WithRequestID("mine"))).RequestID)
	random := asError(t, get(c)).RequestID
	require.NotEmpty(t, random)
	require.NotEqual(t, random, asError(t, get(c)).RequestID)
}

func TestErrorKeepsTheRoutesNameNotTheURL(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400}))
	_, err := c.Devices.Get(context.Background(), "some id")
	e := asError(t, err)
	require.Equal(t, "Devices.Get", e.Operation)
	require.Equal(t, "/device", e.Path)
	require.Equal(t, "GET", e.Method)
	_, err = c.Users.LoginStatus(context.Background(), "some-token")
	require.NotContains(t, err.Error(), "some-token")
	require.NotContains(t, err.Error(), "example.com")
}

func TestTimeoutIsTrueForEveryKindOfTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, deadline := newClient(t, hang).Clients.Info(ctx)
		attempt := get(newClient(t, hang), WithAttemptTimeout(time.Second), WithRetryPolicy(NoRetry()))
		for _, err := range []error{deadline, attempt, NewError(CodeRequestTimeout, ""), fmt.Errorf("w: %w", attempt)} {
			require.True(t, asError(t, err).Timeout(), err)
		}
		require.ErrorIs(t, deadline, context.DeadlineExceeded)
		require.NotErrorIs(t, deadline, ErrClientClosedRequest)
		require.NotErrorIs(t, attempt, context.DeadlineExceeded, "the caller's deadline has not passed")
		require.False(t, NewError(CodeInvalidPassword, "").Timeout())
	})
}
