package coreapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everyVerb prints v by each verb, by value, by pointer and inside other values.
func everyVerb(v any) string {
	all := ""
	inside := struct{ V any }{v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%08.3f", "%U", "%c"} {
		all += fmt.Sprintf(verb+"\n", v) + fmt.Sprintf(verb+"\n", inside) + fmt.Sprintf(verb+"\n", []any{v}) +
			fmt.Sprintf(verb+"\n", map[string]any{"k": v})
	}
	all += fmt.Sprintln(v) + logged(v) + logged(inside)
	if data, err := json.Marshal(inside); err == nil {
		all += string(data)
	}
	return all
}

const canary = "c4n4ry-value"

// forms are what a canary may look like.
var forms = []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary), fmt.Sprint([]byte(canary)), "YzRuNHJ5"}

func TestNothingThatHoldsASecretPrintsIt(t *testing.T) {
	s := Secret(canary)
	session := LoginSession{ReqToken: s, URL: "https://u:" + canary + "@pages.example.com/login/" + canary + "?reqToken=" + canary + "#" + canary, Raw: RawJSON(canary)}
	status := LoginStatus{State: LoginSucceeded, ReqToken: s, UserToken: s, Raw: RawJSON(canary)}
	login := LoginRequest{Email: "a@example.com", Password: s, ReqToken: s}
	info := DeviceInfo{DeviceID: "d", PushToken: s, Extra: map[string]any{"key": canary}}
	device := Device{ID: "i", Info: info, Raw: RawJSON(canary)}
	client, err := New(testBase, ClientKey(canary), WithHeader("Authorization", canary))
	require.NoError(t, err)
	failure := asError(t, get(newClient(t, scripted(answer{status: 400, body: `{"token":"` + canary + `"}`}))))
	raw := RawJSON(canary)
	for name, v := range map[string]any{
		"Secret": s, "*Secret": &s, "RawJSON": raw, "*RawJSON": &raw,
		"LoginSession": session, "*LoginSession": &session, "LoginStatus": status, "*LoginStatus": &status,
		"LoginRequest": login, "*LoginRequest": &login, "DeviceInfo": info, "*DeviceInfo": &info, "Device": device, "*Device": &device,
		"Client": *client, "*Client": client, "services": client.Users, "option": WithHeader("X-A", canary), "call option": WithRequestID(canary),
		"ClientKey": ClientKey(canary), "ClientKeyHeader": ClientKeyHeader("X-A", canary),
		"ClientKeyFunc": ClientKeyFunc("", func(context.Context) (string, error) { return canary, nil }),
		"Error":         *failure, "*Error": failure, "Guidance": failure.Guidance(),
	} {
		t.Run(name, func(t *testing.T) {
			shown := everyVerb(v)
			for _, form := range forms {
				require.NotContains(t, shown, form)
			}
		})
	}
}

func TestPrintedModelsShowWhatIsNoSecret(t *testing.T) {
	session := LoginSession{ReqToken: "t0ken", URL: "https://pages.example.com/login?reqToken=t0ken"}
	require.Equal(t, "LoginSession{reqToken: [redacted], url: https://pages.example.com/login}", fmt.Sprint(session))
	require.JSONEq(t, `{"reqToken":"[redacted]","url":"https://pages.example.com/login"}`, marshal(t, session))
	device := Device{ID: "i", Info: DeviceInfo{DeviceID: "d\n", PushToken: "p", Extra: map[string]any{"b": 1, "a": 2}}}
	require.Equal(t, `Device{deviceId: d\n, extra [redacted]: [a b], id: i, pushToken: [redacted]}`, fmt.Sprintf("%+v", device))
	require.JSONEq(t, `{"id":"i","deviceId":"d\n","pushToken":"[redacted]","extra [redacted]":["a","b"]}`, marshal(t, device))
	require.Equal(t, "[3 bytes]", fmt.Sprint(RawJSON("abc")))
	require.Equal(t, `"[3 bytes]"`, marshal(t, RawJSON("abc")))
	require.Equal(t, `"[0 bytes]"`, marshal(t, RawJSON(nil)))
	require.Equal(t, `"[redacted]"`, marshal(t, Secret("x")))
	require.Equal(t, `"[redacted]"`, fmt.Sprintf("%q", Secret("x")))
	require.Equal(t, "[redacted]", fmt.Sprintf("%d", Secret("x")))
	require.Equal(t, "coreapi.Client(https://api.example.com)", fmt.Sprint(newClient(t, scripted(answer{}))))
	require.Equal(t, "coreapi.Client()", fmt.Sprint(Client{}))
}

func TestAZeroValueOfEveryTypePrints(t *testing.T) {
	for _, v := range []any{
		Client{}, &Client{}, ClientInfo{}, LoginRequest{}, LoginSession{}, LoginStatus{}, DeviceInfo{}, Device{}, Secret(""), RawJSON(nil),
		Guidance{}, AdminContact{}, Action(0), Action(99), Delivery(0), Operation{}, Attempt{}, RetryPolicy{}, Request{}, Profile{}, CodeInfo{},
	} {
		require.NotContains(t, everyVerb(v), "PANIC")
	}
}

func TestMaskLeavesNoRestOfALongerSecret(t *testing.T) {
	require.Equal(t, "[redacted] [redacted]", mask("abcdef abcd", maskForms("abcd", "abcdef")...))
	require.Equal(t, "a%2Fb?x", mask("a%2Fb?x", maskForms("abc")...))
	require.Equal(t, "q=[redacted]", mask("q=a%2Fb+c", maskForms("a/b c")...))
	require.Equal(t, "p=[redacted]", mask("p=a%2Fb%20c", maskForms("a/b c")...))
	require.Equal(t, "abc", mask("abc", maskForms("abc")...), "under four bytes")
}

func TestOpaqueCausesHideTheirTextAndKeepTheirIdentity(t *testing.T) {
	cause := &typedCause{"says " + testKey}
	e := asError(t, get(newClient(t, scripted(answer{err: cause})), WithRetryPolicy(NoRetry())))
	require.ErrorIs(t, e, cause)
	var found *typedCause
	require.True(t, errors.As(e, &found))
	for _, unwrapped := range e.Unwrap() {
		require.NotContains(t, everyVerb(unwrapped), testKey)
	}
}

type typedCause struct{ text string }

func (c *typedCause) Error() string { return c.text }

func TestASecretWithAnEscapeOfItsOwnIsMaskedAsEveryEncoderWritesIt(t *testing.T) {
	const secret = "pw<\\u003c&\\\\u0026!"
	for _, escapeHTML := range []bool{true, false} {
		var text strings.Builder
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(escapeHTML)
		require.NoError(t, e.Encode(secret))
		inner := strings.Trim(strings.TrimSpace(text.String()), `"`)
		require.Equal(t, "sent "+redacted+"?", mask("sent "+inner+"?", maskForms(secret)...))
	}
}
