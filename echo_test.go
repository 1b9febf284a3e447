package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// saying is a server that answers with a message.
func saying(message string) *script {
	body, _ := json.Marshal(map[string]string{"message": message})
	return scripted(answer{status: http.StatusBadRequest, body: string(body)})
}

// requireMasked fails where an error shows the secret anywhere.
func requireMasked(t *testing.T, err error, secret string) { //nolint:unparam // a call says what is masked
	t.Helper()
	e := asError(t, err)
	require.NotContains(t, e.Error()+e.Report()+e.Message+fmt.Sprintf("%+v %#v", e, e.Unwrap()), secret)
	require.Contains(t, e.Message, redacted)
}

// The parts of a header's value that are the secret, each of which a server may echo alone.
var credentialValues = map[string]string{
	"a scheme's rest":         "Bearer SECRET-VALUE",
	"a quoted parameter":      `Token token="SECRET-VALUE"`,
	"behind a colon":          "ApiKey id:SECRET-VALUE",
	"a cookie":                "sid=SECRET-VALUE",
	"a cookie among others":   "theme=dark; sid=SECRET-VALUE; a=b",
	"JSON":                    `{"key":"SECRET-VALUE"}`,
	"a Basic user's password": "Basic dXNlcjpTRUNSRVQtVkFMVUU=",
	"a Basic user's name":     "Basic U0VDUkVULVZBTFVFOnB3",
	"a short scheme":          "K SECRET-VALUE",
}

func TestAKeyInASchemeIsMaskedWhereTheServerEchoesItAlone(t *testing.T) {
	for name, value := range credentialValues {
		t.Run(name, func(t *testing.T) {
			echo := saying("the key SECRET-VALUE is not registered")
			known, err := coreapi.New(testBase, coreapi.ClientKeyHeader("Authorization", value), coreapi.WithHTTPClient(&http.Client{Transport: echo}))
			require.NoError(t, err)
			requireMasked(t, get(known), "SECRET-VALUE")
			asked := coreapi.ClientKeyFunc("Authorization", func(context.Context) (string, error) { return value, nil })
			requireMasked(t, get(authClient(t, asked, echo)), "SECRET-VALUE")
			own := &customAuth{func(r *http.Request) error { r.Header.Set("X-Own", value); return nil }}
			requireMasked(t, get(authClient(t, own, echo)), "SECRET-VALUE")
		})
	}
}

func TestACredentialInWithHeaderIsMaskedForAClientAndForACall(t *testing.T) {
	for _, header := range []string{"Authorization", "Proxy-Authorization", "Cookie", "X-User-Token", "x-api-key", "X-Auth", "X-Session-Id", "X-Secret", "X-Password", "X-My-Signature"} {
		for _, value := range credentialValues {
			echo := saying("got SECRET-VALUE")
			requireMasked(t, get(newClient(t, echo, coreapi.WithHeader(header, value))), "SECRET-VALUE")
			requireMasked(t, get(newClient(t, echo), coreapi.WithHeader(header, value)), "SECRET-VALUE")
		}
	}
	require.Equal(t, "got tenant-seven", asError(t, get(newClient(t, saying("got tenant-seven"), coreapi.WithHeader("X-Tenant", "tenant-seven")))).Message,
		"other headers are no secrets")
}

func TestWithSecretsMasksWhatDoSends(t *testing.T) {
	c := newClient(t, saying("order o-12345678 of SECRET-VALUE"))
	requireMasked(t, get(c, coreapi.WithSecrets("SECRET-VALUE", "another")), "SECRET-VALUE")
	require.Contains(t, asError(t, get(c)).Message, "SECRET-VALUE", "a call's secrets are its own")
	for _, opt := range []coreapi.CallOption{coreapi.WithSecrets(), coreapi.WithSecrets("whole", "")} {
		requireMatchesExactly(t, get(c, opt), coreapi.ErrInvalidArgument)
	}
}

func TestASecretIsMaskedHoweverAServerWritesIt(t *testing.T) {
	const secret = `pa"ss&w<ö>rd'! 1`
	for name, echo := range map[string]string{
		"as it is":              secret,
		"HTML":                  html.EscapeString(secret),
		"HTML of a template":    `pa&quot;ss&amp;w&lt;ö&gt;rd&#x27;! 1`,
		"encodeURIComponent":    `pa%22ss%26w%3C%C3%B6%3Erd'!%201`,
		"a query":               url.QueryEscape(secret),
		"a path":                url.PathEscape(secret),
		"JSON":                  `pa\"ss&w<ö>rd'! 1`,
		"JSON, in ASCII":        `pa\"ss&w<\u00f6>rd'! 1`,
		"JSON, escaped by Go":   `pa\"ss\u0026w\u003cö\u003erd'! 1`,
		"white space taken off": secret,
	} {
		t.Run(name, func(t *testing.T) {
			password := secret
			if name == "white space taken off" {
				password = " " + secret + "\t"
			}
			_, err := newClient(t, saying("wrong: "+echo+".")).Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: coreapi.Secret(password)})
			require.Equal(t, "wrong: "+redacted+".", asError(t, err).Message)
		})
	}
}

func TestATransportsErrorShowsNothingOfTheCallsQuery(t *testing.T) {
	failing := roundTripper(func(r *http.Request) (*http.Response, error) {
		return nil, errors.New("routing " + r.URL.RequestURI() + " for " + r.URL.Query().Get("token") + ": no upstream")
	})
	c := newClient(t, failing, coreapi.WithRetryPolicy(coreapi.NoRetry()))
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), c, coreapi.Request{Path: "/x", Query: url.Values{"token": {"SECRET VALUE/1"}}})
	require.ErrorContains(t, err, "no upstream")
	for _, shown := range []string{"SECRET", "VALUE"} {
		require.NotContains(t, err.Error(), shown)
	}
	_, err = c.Users.LoginStatus(context.Background(), "SECRET-VALUE")
	require.NotContains(t, err.Error(), "SECRET")
}

func TestWhatWasPrintedOfASecretIsNotSent(t *testing.T) {
	printed := fmt.Sprint(coreapi.Secret("key")) // "[redacted]"
	ctx := context.Background()
	s := scripted(answer{body: `{"id":"x","state":"pending"}`})
	c := newClient(t, s)
	do := func(req coreapi.Request, opts ...coreapi.CallOption) error {
		_, err := coreapi.Do[coreapi.RawJSON](ctx, c, req, opts...)
		return err
	}
	_, status := c.Users.LoginStatus(ctx, coreapi.Secret(printed))
	_, wait := c.Users.WaitForLogin(ctx, coreapi.Secret(printed), coreapi.WithTimeout(time.Second))
	_, device := c.Devices.Get(ctx, printed)
	_, login := c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@b", Password: coreapi.Secret(printed)})
	_, key := coreapi.New(testBase, coreapi.ClientKey(printed))
	_, signed := coreapi.New(testBase, coreapi.SignedClientKey(printed, signingKey(t)))
	for name, err := range map[string]error{
		"a reqToken": status, "a reqToken that is waited for": wait, "an id": device, "a password": login, "a key": key, "a signed key": signed,
		"a user's token": do(coreapi.Request{Path: "/x"}, coreapi.WithUserToken(coreapi.Secret(printed))),
		"a header":       do(coreapi.Request{Path: "/x"}, coreapi.WithHeader("Authorization", "Bearer "+printed)),
		"a request id":   do(coreapi.Request{Path: "/x"}, coreapi.WithRequestID(printed)),
		"a query":        do(coreapi.Request{Path: "/x", Query: url.Values{"token": {"a", printed}}}),
		"a query's name": do(coreapi.Request{Path: "/x", Query: url.Values{printed: {"a"}}}),
		"a path":         do(coreapi.Request{Path: "/x/" + url.PathEscape(printed)}),
		"a body":         do(coreapi.Request{Method: "POST", Path: "/x", Body: map[string]string{"t": printed}}),
	} {
		t.Run(name, func(t *testing.T) { requireMatchesExactly(t, err, coreapi.ErrInvalidArgument) })
	}
	asked := coreapi.ClientKeyFunc("", func(context.Context) (string, error) { return printed, nil })
	require.Equal(t, coreapi.DeliveryNotSent, asError(t, get(authClient(t, asked, s))).Delivery)
	require.Zero(t, s.count())
}

func TestTheRequestIDsThatWereSentAreMaskedToo(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{status: 503}))
		_, err := c.Users.LoginStatus(context.Background(), "reqtoken-0123", coreapi.WithRequestID("login-reqtoken-0123"))
		e := asError(t, err)
		require.NotContains(t, fmt.Sprint(e.RequestIDs())+e.Report()+e.RequestID, "reqtoken-0123")
	})
}

func TestAMembersNameThatIsLongIsNotShown(t *testing.T) {
	token := "reqtoken-0123456789-0123456789-0123456789-0123456789"
	_, err := newClient(t, scripted(answer{body: `{"` + token + `":1,"short":2}`})).Users.LoginStatus(context.Background(), coreapi.Secret(token))
	require.NotContains(t, err.Error(), "reqtoken")
	require.ErrorContains(t, err, "the body has the members …, short")
}

func TestAPanicsValueIsShownOnlyWhereItIsATextOrAnError(t *testing.T) {
	for value, want := range map[any]string{
		"words":                      "panic: words",
		struct{ D string }{"DIGITS"}: "panic: a struct { D string }",
	} {
		err := get(newClient(t, roundTripper(func(*http.Request) (*http.Response, error) { panic(value) })))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "DIGITS")
	}
}
