package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

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
		coreapi.LoginRequest{Email: "a@example.com", Password: coreapi.Secret(password), ReqToken: coreapi.Secret(token)})
	_, statusErr := newClient(t, scripted(echo(token))).Users.LoginStatus(ctx, coreapi.Secret(token))
	_, saveErr := newClient(t, scripted(echo(push))).Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", PushToken: coreapi.Secret(push)})
	_, transportErr := newClient(t, scripted(answer{err: errors.New("refused " + testKey)})).Clients.Info(ctx, coreapi.WithRetryPolicy(coreapi.NoRetry()))
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
			coreapi.LoginRequest{Email: "a@example.com", Password: coreapi.Secret(password)})
		message := asError(t, err).Message
		require.Contains(t, message, redacted)
		for _, part := range []string{"pa\"", "wo", "rd", "1/x", "2fx"} {
			require.NotContains(t, strings.TrimPrefix(strings.ReplaceAll(message, "password", ""), "you sent "), part)
		}
	}
}

func TestSecretsAreMaskedAsOtherLanguagesEncodeThem(t *testing.T) {
	for _, echo := range []string{`p\u00e4ss\/word-x`, `p\u00E4ss/word-x`, `päss\/word-x`} {
		body := marshal(t, map[string]string{"message": "got " + echo})
		_, err := newClient(t, scripted(answer{status: 400, body: body})).Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: "päss/word-x"})
		require.Equal(t, "got [redacted]", asError(t, err).Message)
	}
}

func TestASecretThatHoldsTheKeyLeavesNoRest(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400, body: `{"message":"` + testKey + `-extra"}`}))
	_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@example.com", Password: testKey + "-extra"})
	require.Equal(t, redacted, asError(t, err).Message)
}

func TestSecretsThatOverlapLeaveNoRest(t *testing.T) {
	c := authClient(t, coreapi.ClientKey("KEY-s3cret-1234567"), scripted(answer{status: 400, body: `{"message":"got KEY-s3cret-1234567TOKEN, sir"}`}))
	_, err := c.Users.LoginStatus(context.Background(), "1234567TOKEN")
	require.Equal(t, "got [redacted], sir", asError(t, err).Message)
}

func TestPartsOfACredentialAreMaskedAlone(t *testing.T) {
	for value, part := range map[string]string{
		"Bearer abcdefgh123":         "abcdefgh123",
		"session=abcdefgh123; a=b":   "abcdefgh123",
		"Basic dXNlcjpwYXNzdzByZDk=": "passw0rd9",
	} {
		auth := &customAuth{func(r *http.Request) error { r.Header.Set("Authorization", value); return nil }}
		err := get(authClient(t, auth, scripted(answer{status: 400, body: `{"message":"got ` + part + `"}`})))
		require.Equal(t, "got "+redacted, asError(t, err).Message)
	}
}

func TestKeyTokenAndSignatureAreMaskedWhereTheServerEchoesThem(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var echoes []string
		echo := roundTripper(func(r *http.Request) (*http.Response, error) {
			h := r.Header
			echoes = append(echoes, h.Get("X-Signature"))
			body, err := json.Marshal(map[string]string{"message": h.Get("X-Client-Key") + " " + h.Get("X-Token") + " " + strings.Join(echoes, " ")})
			require.NoError(t, err)
			return answer{status: 503, body: string(body)}.response(r)
		})
		err := get(signedClient(t, echo), coreapi.WithUserToken("user-token-1"), coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2}))
		require.Len(t, echoes, 2)
		require.Equal(t, "[redacted] [redacted] [redacted] [redacted]", asError(t, err).Message)
	})
}

func TestASignatureIsMaskedInWhateverTextOfAnAnswerHasIt(t *testing.T) {
	var signature string
	for name, says := range map[string]func() answer{
		"code":       func() answer { return answer{status: 400, body: `{"code":"` + signature + `"}`} },
		"message":    func() answer { return answer{status: 400, body: `{"code":"X","message":"` + signature + `"}`} },
		"request id": func() answer { return answer{status: 400, header: http.Header{"X-Request-Id": {signature}}} },
		"part of it": func() answer { return answer{status: 400, header: http.Header{"X-Request-Id": {signature[:200]}}} },
		"no JSON":    func() answer { return answer{body: signature} },
	} {
		t.Run(name, func(t *testing.T) {
			err := get(signedClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				signature = r.Header.Get("X-Signature")
				return says().response(r)
			})))
			e := asError(t, err)
			e.Body = nil // which is as it came
			shown := everyVerb(e) + e.Report()
			for part := 0; part+20 <= len(signature); part += 20 {
				require.NotContains(t, shown, signature[part:part+20])
			}
		})
	}
	lost := roundTripper(func(r *http.Request) (*http.Response, error) {
		return nil, errors.New("bad header " + r.Header.Get("X-Signature"))
	})
	require.ErrorContains(t, get(signedClient(t, lost), coreapi.WithRetryPolicy(coreapi.NoRetry())), "bad header "+redacted)
}

func TestASignatureIsMaskedInTheCauseThatACallersContextEndedFor(t *testing.T) {
	var signature string
	c := signedClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		signature = r.Header.Get("X-Signature")
		return answer{status: 400, body: `{"code":"X"}`}.response(r)
	}), coreapi.WithInterceptor(func(ctx context.Context, _ coreapi.Operation, next func(context.Context) error) error {
		_ = next(ctx)
		ended, end := context.WithCancelCause(ctx)
		end(errors.New("gave up on " + signature))
		return next(ended)
	}))
	e := asError(t, get(c))
	require.ErrorContains(t, e, "gave up on "+redacted)
	require.NotContains(t, everyVerb(e)+e.Report(), signature)
}

func TestAPanicAtTheEndOfAWaitForALoginShowsNoSignature(t *testing.T) {
	var signature string
	c := signedClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		signature = r.Header.Get("X-Signature")
		return answer{body: `{"state":"succeeded","userToken":"user-token-1"}`}.response(r)
	}), coreapi.WithTrace(coreapi.Trace{CallDone: func(_ context.Context, d coreapi.CallDone) {
		if d.Operation.Name == "Users.WaitForLogin" {
			panic("lost " + signature)
		}
	}}))
	_, err := c.Users.WaitForLogin(context.Background(), "req-token")
	require.ErrorContains(t, err, "lost "+redacted)
}

func TestAPollsAnswerMayEchoTheSignatureOfOneBefore(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var signatures []string
		c := signedClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			signatures = append(signatures, r.Header.Get("X-Signature"))
			if len(signatures) < 4 {
				return answer{status: 503, body: `{"message":"not yet, ` + signatures[0] + `"}`}.response(r)
			}
			return answer{status: 400, body: `{"code":"X","message":"seen ` + strings.Join(signatures, " ") + `"}`}.response(r)
		}))
		_, err := c.Users.WaitForLogin(context.Background(), "req-token")
		require.ErrorContains(t, err, "seen [redacted] [redacted] [redacted] [redacted]")
	})
}

func TestTheKeyIsMaskedBeforeAnyAttemptToo(t *testing.T) {
	says := errors.New("no luck with " + testKey)
	stopped := newClient(t, scripted(answer{}), coreapi.WithInterceptor(func(context.Context, coreapi.Operation, func(context.Context) error) error { return says }))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("stop %s: %w", testKey, &url.Error{Op: "Get", URL: "https://u:p4ss@h/x?reqToken=" + plantedSecret, Err: errors.New("inner")}))
	_, cancelled := newClient(t, scripted(answer{})).Clients.Info(ctx, coreapi.WithRequestID(testKey))
	_, operation := coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, scripted(answer{})), coreapi.Request{Operation: "op " + testKey, Path: "bad"})
	_, auth := coreapi.New(testBase, coreapi.ClientKeyHeader(testKey+"/==", "X-Client-Key"))
	f := func(context.Context) (string, error) { return testKey, errors.New("expired " + testKey) }
	expired := get(authClient(t, coreapi.ClientKeyFunc("", f), scripted(answer{})))
	for _, err := range []error{get(stopped), cancelled, operation, auth, expired} {
		shown := everyVerb(err) + asError(t, err).Report()
		for _, cause := range errorTree(err) {
			shown += everyVerb(cause)
		}
		require.NotContains(t, shown, testKey)
		require.NotContains(t, shown, "p4ss")
		require.NotContains(t, shown, plantedSecret)
	}
	require.ErrorIs(t, get(stopped), says)
}

func TestShortSecretsDoNotBlankOutWords(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400, body: `{"message":"no such thing"}`}))
	_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@example.com", Password: "no"})
	require.Equal(t, "no such thing", asError(t, err).Message)
}

func TestMaskingNeverCostsADocumentedCode(t *testing.T) {
	c, err := coreapi.New(testBase, coreapi.ClientKey("INVALID_PASS"), coreapi.WithHTTPClient(&http.Client{Transport: scripted(answer{status: 400, body: codeBody(coreapi.CodeInvalidPassword)})}))
	require.NoError(t, err)
	require.ErrorIs(t, get(c), coreapi.ErrInvalidPassword)
}
