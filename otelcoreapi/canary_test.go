package otelcoreapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

// canaries look like nothing else. Each is planted wherever one of its kind fits, and
// looked for in all that is told.
type canaries struct {
	Key, Password, UserToken, PushToken, ReqToken, Query, Path, Header string
	Undeclared                                                         string // that no Secret and no WithSecrets tells the SDK of
}

var canarySets = map[string]canaries{
	"plain": {"k3y-Canary-91a7", "pa55-Canary-82b6", "u5er-Canary-73c5", "pu5h-Canary-64d4", "r3q-Canary-55e3",
		"qu3ry-Canary-46f2", "p4th-Canary-37a1", "h3ad-Canary-28b0", "und3cl-Canary-19c2"},
	"escaped": {"k3y/Canary+91a7=&x", `pa55 "Canary" <82b6>\`, "u5er&Canary=73c5/e", "pu5h:Canary\t64d4", "r3q+Canary*55e3==",
		"qu3ry&Canary?46f2", "p4th Canary;37a1", `h3ad "Canary" 28b0`, "und3cl&Canary/19c2"},
}

// serversWords are what the answers are made of. Nothing of it may be in a span or a metric.
var serversWords = []string{"m3ssage-Server-11", "c0de-Server-22", "1d-Server-33", "b0dy-Server-44", "re4son-Server-55", "h3ader-Server-66"}

// forms are the secrets in each form that they may be printed in.
func (c canaries) forms() []string {
	var forms []string
	for _, s := range []string{c.Key, c.Password, c.UserToken, c.PushToken, c.ReqToken, c.Query, c.Path, c.Header, c.Undeclared} {
		inJSON, _ := json.Marshal(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(string(inJSON), `"`),
			fmt.Sprintf("%x", s), base64.StdEncoding.EncodeToString([]byte(s))[:12])
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// calls are all that a Client can do, with a secret wherever one fits.
func (c canaries) calls() map[string]func(context.Context, *coreapi.Client) {
	secrets := coreapi.WithSecrets(coreapi.Secret(c.Path), coreapi.Secret(c.Query))
	return map[string]func(context.Context, *coreapi.Client){
		"Clients.Info": func(ctx context.Context, client *coreapi.Client) { _, _ = client.Clients.Info(ctx) },
		"Users.Login": func(ctx context.Context, client *coreapi.Client) {
			_, _ = client.Users.Login(ctx, coreapi.LoginRequest{Email: "a@example.com", Password: coreapi.Secret(c.Password), ReqToken: coreapi.Secret(c.ReqToken)})
		},
		"Users.StartLogin": func(ctx context.Context, client *coreapi.Client) { _, _ = client.Users.StartLogin(ctx) },
		"Users.LoginStatus": func(ctx context.Context, client *coreapi.Client) {
			_, _ = client.Users.LoginStatus(ctx, coreapi.Secret(c.ReqToken))
		},
		"Users.WaitForLogin": func(ctx context.Context, client *coreapi.Client) {
			_, _ = client.Users.WaitForLogin(ctx, coreapi.Secret(c.ReqToken))
		},
		"Devices.Save": func(ctx context.Context, client *coreapi.Client) {
			_, _ = client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", PushToken: coreapi.Secret(c.PushToken)})
		},
		"Devices.Get": func(ctx context.Context, client *coreapi.Client) {
			_, _ = client.Devices.Get(ctx, "i", coreapi.WithUserToken(coreapi.Secret(c.UserToken)))
		},
		"Do without a route": func(ctx context.Context, client *coreapi.Client) {
			_, _ = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{
				Method: "POST", Path: "/order/" + url.PathEscape(c.Undeclared), Query: url.Values{"token": {c.Undeclared}},
				Body: map[string]string{"password": c.Undeclared}})
		},
		"Do with a route": func(ctx context.Context, client *coreapi.Client) {
			_, _ = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{
				Path: "/order/" + url.PathEscape(c.Path), Route: "/order/{id}", Query: url.Values{"token": {c.Query}}}, secrets)
		},
		"Do with a secret in its name and its request id": func(ctx context.Context, client *coreapi.Client) {
			_, _ = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Operation: "Order " + c.Path, Path: "/order"}, secrets,
				coreapi.WithRequestID("id-"+strings.Map(plain, c.Path)), coreapi.WithSecrets(coreapi.Secret(strings.Map(plain, c.Path))))
		},
		"Do that is refused": func(ctx context.Context, client *coreapi.Client) {
			_, _ = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Path: "/order?token=" + c.Undeclared})
			_, _ = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Path: "/order", Body: map[string]any{"p": coreapi.Secret(c.Password)}, Method: "POST"})
		},
	}
}

// plain drops what a request id may not have.
func plain(r rune) rune {
	if r == ' ' || r == ';' {
		return -1
	}
	return r
}

// answers are servers and networks that give all that they got back, and words of their own.
func answers() map[string]http.RoundTripper {
	answer := func(status int, proto, body func(echo string) string) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			echo := fmt.Sprint(r.Method, " ", r.URL, " ", r.Header)
			if r.Body != nil {
				sent, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				echo += string(sent)
			}
			header := http.Header{"X-Request-Id": {"1d-Server-33 " + clip(echo)}, "X-Server": {"h3ader-Server-66"}, "Location": {"/" + url.QueryEscape(echo)}}
			return &http.Response{StatusCode: status, Status: "re4son-Server-55 " + echo, Proto: proto(echo), ProtoMajor: 1, ProtoMinor: 1,
				Header: header, Body: io.NopCloser(strings.NewReader(body(echo))), Request: r}, nil
		}
	}
	http11 := func(string) string { return "HTTP/1.1" }
	object := func(members ...string) func(string) string {
		return func(echo string) string {
			text, _ := json.Marshal(echo)
			return `{` + strings.ReplaceAll(strings.Join(members, ","), "ECHO", strings.Trim(string(text), `"`)) + `}`
		}
	}
	message, ids := `"message":"m3ssage-Server-11 ECHO"`, `"requestId":"1d-Server-33 ECHO","data":"b0dy-Server-44 ECHO"`
	return map[string]http.RoundTripper{
		"a code of its own":             answer(400, http11, object(`"code":"c0de-Server-22 ECHO"`, message, ids)),
		"a documented code":             answer(403, http11, object(`"code":"CLIENT_ACCOUNT_SUSPENDED"`, message, ids)),
		"REQUEST_TIMEOUT":               answer(504, http11, object(`"code":"REQUEST_TIMEOUT"`, message, ids)),
		"a gateway's page":              answer(503, http11, func(echo string) string { return "<html>b0dy-Server-44 " + echo + "</html>" }),
		"a redirect":                    answer(302, http11, func(echo string) string { return echo }),
		"a success":                     answer(200, http11, object(`"state":"succeeded"`, `"id":"b0dy-Server-44 ECHO"`, `"userToken":"b0dy-Server-44 ECHO"`, `"name":"ECHO"`)),
		"a state that nobody knows":     answer(200, http11, object(`"state":"b0dy-Server-44"`, ids)),
		"a protocol that is all it has": answer(200, func(echo string) string { return echo }, object(ids)),
		"a network that says all": roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("proxying %s with %v: %w", r.URL, r.Header, &net.OpError{Op: "dial", Err: errors.New(r.URL.String())})
		}),
		"a panic": roundTripper(func(r *http.Request) (*http.Response, error) {
			panic(&url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("headers %s", r.Header)})
		}),
	}
}

func clip(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

func TestNoSecretAndNoWordOfTheServersIsInASpanAMetricOrAHeader(t *testing.T) {
	profile, err := coreapi.LoadProfile("../examples/profiles/6-token-in-path.json")
	require.NoError(t, err)
	for set, secrets := range canarySets {
		for how, network := range answers() {
			for wire, option := range map[string]coreapi.Option{"default": coreapi.WithProfile(coreapi.Profile{}), "token in the path": coreapi.WithProfile(profile)} {
				t.Run(set+"/"+how+"/"+wire, func(t *testing.T) {
					inFakeTime(t, func(t *testing.T) {
						o := newObserved()
						var logged bytes.Buffer
						var carried []http.Header
						client, err := coreapi.New("https://api.example.com/core", coreapi.ClientKey(secrets.Key), option, exactWaits,
							coreapi.WithHeader("Authorization", "Bearer "+secrets.Header),
							coreapi.WithLogger(slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))),
							coreapi.WithHTTPClient(&http.Client{Transport: network}),
							o.option(otelcoreapi.WithPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))),
							coreapi.WithTrace(coreapi.Trace{Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
								carried = append(carried, a.Header) // of the Trace before this one
								return ctx
							}}))
						require.NoError(t, err)
						for _, call := range secrets.calls() {
							ctx, cancel := context.WithTimeout(t.Context(), 1e9)
							call(ctx, client)
							cancel()
						}
						require.NotEmpty(t, o.spans.GetSpans())
						require.NotEmpty(t, carried)
						told := o.everything(t) + fmt.Sprint(carried)
						for _, form := range secrets.forms() {
							requireAbsent(t, told, form)
						}
						declared := secrets
						declared.Undeclared = declared.Key // the log has such a path as it is, and the server's words
						for _, form := range declared.forms() {
							requireAbsent(t, logged.String(), form)
						}
						for _, word := range serversWords {
							requireAbsent(t, told, word)
						}
					})
				})
			}
		}
	}
}

func requireAbsent(t *testing.T, told, form string) {
	t.Helper()
	if i := strings.Index(told, form); i >= 0 {
		t.Errorf("%q got out: %s", form, told[max(0, i-300):min(len(told), i+200)])
	}
}

// everything is all that exporters get, in Go's and in JSON's form.
func (o *observed) everything(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, span := range o.spans.GetSpans() {
		fmt.Fprintf(&b, "%+v\n", span)
		text, err := json.Marshal(span)
		require.NoError(t, err)
		b.Write(text)
		for _, a := range span.Attributes {
			fmt.Fprintln(&b, a.Key, a.Value.String())
		}
	}
	for _, m := range o.metrics(t) {
		fmt.Fprintf(&b, "%+v\n", m)
		for set := range sets(t, m) {
			b.WriteString(set.Encoded(attribute.DefaultEncoder()) + "\n")
		}
		if data, ok := m.Data.(metricdata.Histogram[float64]); ok {
			for _, point := range data.DataPoints {
				fmt.Fprintf(&b, "%+v\n", point.Exemplars)
			}
		}
	}
	b.WriteString(o.tree(t))
	return b.String()
}
