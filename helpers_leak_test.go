package coreapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// plantedSecrets look like nothing else. Each is planted once, and looked for
// everywhere.
type plantedSecrets struct{ Key, Password, UserToken, PushToken, ReqToken, Query string }

// forms lists them in each form that they may be printed in.
func (secrets plantedSecrets) forms() []string {
	var forms []string
	for _, s := range []string{secrets.Key, secrets.Password, secrets.UserToken, secrets.PushToken, secrets.ReqToken, secrets.Query} {
		inJSON, _ := json.Marshal(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(string(inJSON), `"`),
			fmt.Sprintf("%x", s), fmt.Sprintf("%X", s), fmt.Sprintf("% x", s), strings.Trim(fmt.Sprint([]byte(s)), "[]"),
			base64.StdEncoding.EncodeToString([]byte(s))[:12])
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// secretSets are secrets of plain letters, and secrets that each escaping changes.
var secretSets = map[string]plantedSecrets{
	"plain":   {"k3y-Canary-91a7", "pa55-Canary-82b6", "u5er-Canary-73c5", "pu5h-Canary-64d4", "r3q-Canary-55e3", "qu3ry-Canary-46f2"},
	"escaped": {"k3y/Canary+91a7=&x", `pa55 "Canary" <82b6>\`, "u5er&Canary=73c5/é", "pu5h:Canary\t64d4", "r3q+Canary/55e3==", "qu3ry&Canary?46f2"},
}

// operationsWithSecrets are all that a Client can do, with a secret wherever one fits.
func operationsWithSecrets(secrets plantedSecrets) map[string]func(context.Context, *coreapi.Client) (any, error) {
	return map[string]func(context.Context, *coreapi.Client) (any, error){
		"Clients.Info": func(ctx context.Context, client *coreapi.Client) (any, error) { return client.Clients.Info(ctx) },
		"Users.Login": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return client.Users.Login(ctx, coreapi.LoginRequest{Email: "a@example.com", Password: coreapi.Secret(secrets.Password), ReqToken: coreapi.Secret(secrets.ReqToken)})
		},
		"Users.StartLogin": func(ctx context.Context, client *coreapi.Client) (any, error) { return client.Users.StartLogin(ctx) },
		"Users.LoginStatus": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return client.Users.LoginStatus(ctx, coreapi.Secret(secrets.ReqToken))
		},
		"Users.WaitForLogin": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return client.Users.WaitForLogin(ctx, coreapi.Secret(secrets.ReqToken), coreapi.WithTimeout(30*time.Millisecond))
		},
		"Devices.Save": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", PushToken: coreapi.Secret(secrets.PushToken)})
		},
		"Devices.Get": func(ctx context.Context, client *coreapi.Client) (any, error) { return client.Devices.Get(ctx, "i") },
		"Do": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return coreapi.Do[map[string]any](ctx, client, coreapi.Request{Path: doPath, Query: url.Values{"token": {secrets.Query}}})
		},
		"Do, for a user": func(ctx context.Context, client *coreapi.Client) (any, error) {
			token := strings.ReplaceAll(secrets.UserToken, "é", "e") // a header is ASCII
			return coreapi.Do[map[string]any](ctx, client, coreapi.Request{Path: doPath}, coreapi.WithUserToken(coreapi.Secret(token)))
		},
		"Do, raw": func(ctx context.Context, client *coreapi.Client) (any, error) {
			return coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Method: http.MethodPost, Path: doPath, Query: url.Values{"token": {secrets.Query}}, Body: map[string]string{"password": secrets.Password}})
		},
	}
}

const doPath = "/anything"

// leakRecorder keeps everything that is printed.
type leakRecorder struct{ out bytes.Buffer }

func (r *leakRecorder) print(v any) {
	r.out.WriteString(everyVerb(v))
	if data, err := json.Marshal(v); err == nil {
		r.out.Write(data)
	}
}

func (r *leakRecorder) printError(err error) {
	if err == nil {
		return
	}
	for _, each := range errorTree(err) {
		r.print(each)
	}
	var e *coreapi.Error
	if errors.As(err, &e) {
		r.out.WriteString(e.Report())
		r.print(*e)
		r.print(e.Guidance())
		r.out.WriteString(threeVerbs(e.LogValue()))
	}
}

// printSecrets prints the fields that are secrets by their type, each by itself.
func (r *leakRecorder) printSecrets(result any) {
	v := reflect.Indirect(reflect.ValueOf(result))
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		switch field := v.Field(i).Interface().(type) {
		case coreapi.Secret, coreapi.RawJSON:
			r.print(field)
		case coreapi.DeviceInfo:
			r.print(field.PushToken)
		}
	}
}

// intercept prints what an interceptor gets.
func (r *leakRecorder) intercept(ctx context.Context, op coreapi.Operation, next func(context.Context) error) error {
	err := next(ctx)
	r.printBriefly(op)
	r.printBriefly(err)
	return err
}

// trace prints what a trace gets.
func (r *leakRecorder) trace() coreapi.Trace {
	return coreapi.Trace{
		Call: func(ctx context.Context, op coreapi.Operation) context.Context { r.print(op); return ctx },
		Attempt: func(ctx context.Context, a coreapi.AttemptStart) context.Context {
			r.print(a)
			fmt.Fprintln(&r.out, a.URL, a.Header, a.RequestID)
			return ctx
		},
		AttemptDone: func(_ context.Context, a coreapi.AttemptDone) { r.print(a); r.printLogged(&a) },
		CallDone:    func(_ context.Context, c coreapi.CallDone) { r.print(c); r.printLogged(&c) },
	}
}

func (r *leakRecorder) printLogged(v any) { r.out.WriteString(logged(v)) }

// printBriefly is print with few verbs, for what is printed in full elsewhere.
func (r *leakRecorder) printBriefly(v any) { fmt.Fprintf(&r.out, "%v %+v %#v %q", v, v, v, v) }

// options let a Client print all that it can.
func (r *leakRecorder) options(more ...coreapi.Option) []coreapi.Option {
	return append([]coreapi.Option{
		coreapi.WithLogger(slog.New(slog.NewJSONHandler(&r.out, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))),
		coreapi.WithInterceptor(r.intercept),
		coreapi.WithTrace(r.trace()),
		coreapi.WithMaxResponseBytes(32 << 10),
		coreapi.WithAttemptTimeout(10 * time.Second),
		coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, BaseBackoff: 1, MaxBackoff: 1, ShouldRetry: func(_ context.Context, attempt coreapi.Attempt) bool {
			r.printBriefly(attempt)
			return attempt.Default
		}}),
	}, more...)
}

func (r *leakRecorder) requireNoSecret(t *testing.T, secrets plantedSecrets) {
	t.Helper()
	shown := r.out.String()
	for _, form := range secrets.forms() {
		if i := strings.Index(shown, form); i >= 0 {
			t.Errorf("%q got out: %s", form, shown[max(0, i-300):min(len(shown), i+200)])
		}
	}
}

// requireNoSignature looks for the private key's digits, and for each signature that was
// on the wire.
func (r *leakRecorder) requireNoSignature(t *testing.T, wire string) {
	t.Helper()
	shown := r.out.String()
	require.NotContains(t, shown, signingKey(t).D.String()[:20])
	for _, line := range strings.Split(wire, "\n") {
		if signature, ok := strings.CutPrefix(line, "X-Signature: ["); ok {
			require.NotContains(t, shown, strings.TrimSuffix(signature, "]"))
			require.NotContains(t, shown, signature[:12])
		}
	}
}

func threeVerbs(v any) string { return fmt.Sprintf("%v %+v %#v", v, v, v) }
