package coreapi

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
	"net/http/httptest"
	"net/url"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Secrets that look like nothing else. Each is planted once, and looked for
// everywhere.
type canaries struct{ Key, Password, UserToken, PushToken, ReqToken, Query string }

// flocks are the canaries of plain letters, and those that each escaping changes.
var flocks = map[string]canaries{
	"plain":   {"k3y-Canary-91a7", "pa55-Canary-82b6", "u5er-Canary-73c5", "pu5h-Canary-64d4", "r3q-Canary-55e3", "qu3ry-Canary-46f2"},
	"escaped": {"k3y/Canary+91a7=&x", `pa55 "Canary" <82b6>\`, "u5er&Canary=73c5/é", "pu5h:Canary\t64d4", "r3q+Canary/55e3==", "qu3ry&Canary?46f2"},
}

// all lists them in each form that they may be printed in.
func (c canaries) all() []string {
	var forms []string
	for _, s := range []string{c.Key, c.Password, c.UserToken, c.PushToken, c.ReqToken, c.Query} {
		inJSON, _ := json.Marshal(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(string(inJSON), `"`),
			fmt.Sprintf("%x", s), fmt.Sprintf("%X", s), fmt.Sprintf("% x", s), strings.Trim(fmt.Sprint([]byte(s)), "[]"),
			base64.StdEncoding.EncodeToString([]byte(s))[:12])
	}
	return forms
}

// hostility is an answer of a server that tells everything it knows. heard is
// what it was sent: the key, the query and the body, but for a call of Do, whose
// query and body the SDK cannot know for secrets.
type hostility struct {
	name   string
	answer func(w http.ResponseWriter, r *http.Request, heard string)
}

var hostilities = []hostility{
	{"message", func(w http.ResponseWriter, _ *http.Request, heard string) { respond(w, 400, "INVALID_PASSWORD", heard) }},
	{"list of messages", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.WriteHeader(400)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": 7, "message": []string{heard, "and " + heard}})
	}},
	{"code", func(w http.ResponseWriter, _ *http.Request, heard string) { respond(w, 400, heard, "words") }},
	{"nested", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.WriteHeader(500)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": heard, "message": heard}})
	}},
	{"code in a success", func(w http.ResponseWriter, _ *http.Request, heard string) { respond(w, 200, "USER_NOT_FOUND", heard) }},
	{"HTML", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.WriteHeader(502)
		_, _ = io.WriteString(w, "<html>"+heard)
	}},
	{"text as a success", func(w http.ResponseWriter, _ *http.Request, heard string) { _, _ = io.WriteString(w, heard) }},
	{"other types", func(w http.ResponseWriter, _ *http.Request, heard string) {
		list := []string{heard}
		_ = json.NewEncoder(w).Encode(map[string]any{"id": list, "state": list, "reqToken": list, "deviceId": list, heard: list})
	}},
	{"broken JSON", func(w http.ResponseWriter, _ *http.Request, heard string) { _, _ = io.WriteString(w, `{"id":"`+heard) }},
	{"request id", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header()["X-Request-Id"] = []string{strings.ReplaceAll(heard, "\n", " ")}
		respond(w, 404, "", "")
	}},
	{"Location", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header().Set("Location", "http://[::1/"+strings.ReplaceAll(heard, "\n", " "))
		w.WriteHeader(302)
	}},
	{"Retry-After", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header()["Retry-After"] = []string{strings.ReplaceAll(heard, "\n", " ")}
		respond(w, 429, "", heard)
	}},
	{"asks to wait too long", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header().Set("Retry-After", "99999")
		respond(w, 504, "REQUEST_TIMEOUT", heard)
	}},
	{"REQUEST_TIMEOUT", func(w http.ResponseWriter, _ *http.Request, heard string) { respond(w, 504, "REQUEST_TIMEOUT", heard) }},
	{"too large", func(w http.ResponseWriter, _ *http.Request, heard string) {
		_, _ = io.WriteString(w, strings.Repeat(heard, 1+(64<<10)/len(heard)))
	}},
	{"status line", raw("HTTP/1.1 HEARD\r\n\r\n")},
	{"reason", raw("HTTP/1.1 500 HEARD\r\nContent-Length: 0\r\n\r\n")},
	{"header line", raw("HTTP/1.1 200 OK\r\nHEARD\r\n\r\n")},
	{"content length", raw("HTTP/1.1 200 OK\r\nContent-Length: HEARD\r\n\r\n")},
	{"transfer encoding", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: HEARD\r\n\r\n")},
	{"chunk", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHEARD\r\n")},
	{"cut short", raw("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"id\":\"HEARD")},
	{"closed", raw("")},
	{"stalled", func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() }},
	{"failed login", func(w http.ResponseWriter, _ *http.Request, heard string) {
		_ = json.NewEncoder(w).Encode(map[string]string{"state": "failed", "failureCode": heard, "failureMessage": heard, "reqToken": heard, "userToken": heard, "id": "i"})
	}},
}

func respond(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
}

// raw answers by hand, HEARD being what was heard, and closes.
func raw(response string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, heard string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.ReplaceAll(response, "HEARD", strings.ReplaceAll(heard, "\n", " ")))
	}
}

// generous answers every operation with success and all the tokens that there
// are.
func generous(c canaries) hostility {
	return hostility{"success", func(w http.ResponseWriter, _ *http.Request, _ string) {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"id": "i", "deviceId": "d", "state": "succeeded", "userId": "u", "reqToken": c.ReqToken, "userToken": c.UserToken, "pushToken": c.PushToken,
			"url": "https://pages.example.com/login?reqToken=" + url.QueryEscape(c.ReqToken), "other": c.Password + c.Key,
		})
	}}
}

// operations are all that a Client can do, with canaries wherever one fits.
func operations(c canaries) map[string]func(context.Context, *Client) (any, error) {
	return map[string]func(context.Context, *Client) (any, error){
		"Clients.Info": func(ctx context.Context, client *Client) (any, error) { return client.Clients.Info(ctx) },
		"Users.Login": func(ctx context.Context, client *Client) (any, error) {
			return client.Users.Login(ctx, LoginRequest{Email: "a@example.com", Password: Secret(c.Password), ReqToken: Secret(c.ReqToken)})
		},
		"Users.StartLogin": func(ctx context.Context, client *Client) (any, error) { return client.Users.StartLogin(ctx) },
		"Users.LoginStatus": func(ctx context.Context, client *Client) (any, error) {
			return client.Users.LoginStatus(ctx, Secret(c.ReqToken))
		},
		"Users.WaitForLogin": func(ctx context.Context, client *Client) (any, error) {
			return client.Users.WaitForLogin(ctx, Secret(c.ReqToken), WithTimeout(30*time.Millisecond))
		},
		"Devices.Save": func(ctx context.Context, client *Client) (any, error) {
			return client.Devices.Save(ctx, DeviceInfo{DeviceID: "d", PushToken: Secret(c.PushToken)})
		},
		"Devices.Get": func(ctx context.Context, client *Client) (any, error) { return client.Devices.Get(ctx, "i") },
		"Do": func(ctx context.Context, client *Client) (any, error) {
			return Do[map[string]any](ctx, client, Request{Path: doPath, Query: url.Values{"token": {c.Query}}})
		},
		"Do, for a user": func(ctx context.Context, client *Client) (any, error) {
			token := strings.ReplaceAll(c.UserToken, "é", "e") // a header is ASCII
			return Do[map[string]any](ctx, client, Request{Path: doPath}, WithUserToken(Secret(token)))
		},
		"Do, raw": func(ctx context.Context, client *Client) (any, error) {
			return Do[RawJSON](ctx, client, Request{Method: http.MethodPost, Path: doPath, Query: url.Values{"token": {c.Query}}, Body: map[string]string{"password": c.Password}})
		},
	}
}

const doPath = "/anything"

// aviary is where everything that is printed ends up.
type aviary struct{ out bytes.Buffer }

func (a *aviary) print(v any) {
	a.out.WriteString(everyVerb(v))
	if data, err := json.Marshal(v); err == nil {
		a.out.Write(data)
	}
}

func (a *aviary) printError(err error) {
	if err == nil {
		return
	}
	for _, each := range flatten(err) {
		a.print(each)
	}
	var e *Error
	if errors.As(err, &e) {
		a.out.WriteString(e.Report())
		a.print(*e)
		a.print(e.Guidance())
		a.out.WriteString(marshalText(e.LogValue()))
	}
}

// printSecrets prints the fields that are secrets by their type, each by itself.
func (a *aviary) printSecrets(result any) {
	v := reflect.Indirect(reflect.ValueOf(result))
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		switch field := v.Field(i).Interface().(type) {
		case Secret, RawJSON:
			a.print(field)
		case DeviceInfo:
			a.print(field.PushToken)
		}
	}
}

func marshalText(v any) string { return fmt.Sprintf("%v %+v %#v", v, v, v) }

// watch prints what an interceptor gets.
func (a *aviary) watch(ctx context.Context, op Operation, next func(context.Context) error) error {
	err := next(ctx)
	a.glance(op)
	a.glance(err)
	return err
}

// glance is print with few verbs, for what is printed in full elsewhere.
func (a *aviary) glance(v any) { fmt.Fprintf(&a.out, "%v %+v %#v %q", v, v, v, v) }

// options let a Client print all that it can.
func (a *aviary) options(more ...Option) []Option {
	return append([]Option{
		WithLogger(slog.New(slog.NewJSONHandler(&a.out, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))),
		WithInterceptor(a.watch),
		WithMaxResponseBytes(32 << 10),
		WithAttemptTimeout(10 * time.Second),
		WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseBackoff: 1, MaxBackoff: 1, ShouldRetry: func(_ context.Context, attempt Attempt) bool {
			a.glance(attempt)
			return attempt.Default
		}}),
	}, more...)
}

func (a *aviary) requireEmpty(t *testing.T, c canaries) {
	t.Helper()
	shown := a.out.String()
	for _, form := range c.all() {
		if i := strings.Index(shown, form); i >= 0 {
			t.Errorf("%q got out: %s", form, shown[max(0, i-300):min(len(shown), i+200)])
		}
	}
}

// requireNoSignature looks for the private key's digits, and for each signature that was
// on the wire.
func (a *aviary) requireNoSignature(t *testing.T, wire string) {
	t.Helper()
	shown := a.out.String()
	require.NotContains(t, shown, signingKey(t).D.String()[:20])
	for _, line := range strings.Split(wire, "\n") {
		if signature, ok := strings.CutPrefix(line, "X-Signature: ["); ok {
			require.NotContains(t, shown, strings.TrimSuffix(signature, "]"))
			require.NotContains(t, shown, signature[:12])
		}
	}
}

// bearer is an Authenticator as a caller may write one.
type bearer struct{ key string }

func (b bearer) Authenticate(r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+b.key)
	query := r.URL.Query()
	query.Set("signature", b.key)
	r.URL.RawQuery = query.Encode()
	return nil
}

func TestNoSecretIsFoundAnywhereButOnTheWire(t *testing.T) {
	for flock, c := range flocks {
		authenticators := map[string]Authenticator{
			"ClientKey":     ClientKey(c.Key),
			"ClientKeyFunc": ClientKeyFunc("X-Other", func(context.Context) (string, error) { return c.Key, nil }),
			"the caller's":  bearer{c.Key},
			"signed":        SignedClientKey(c.Key, signingKey(t)),
		}
		for kind, auth := range authenticators {
			if flock != "plain" && kind != "ClientKey" {
				continue // who sends the key changes nothing in how it is escaped
			}
			for _, hostile := range append(hostilities, generous(c)) {
				t.Run(flock+"/"+kind+"/"+hostile.name, func(t *testing.T) {
					var wire wire
					server := hostileServer(t, hostile, &wire)
					for name, operation := range operations(c) {
						var a aviary
						client, err := New(server, auth, a.options()...)
						require.NoError(t, err)
						ctx, cancel := context.WithCancel(context.Background())
						if hostile.name == "stalled" {
							wire.onArrival(cancel)
						}
						result, err := operation(ctx, client)
						cancel()
						a.printError(err)
						if kept, isMap := result.(map[string]any); !isMap || kept == nil {
							a.print(result) // a map of the caller's own prints what it holds
						}
						a.print(*client)
						a.printSecrets(result)
						client.CloseIdleConnections()
						require.NotEmpty(t, a.out.String(), name)
						a.requireEmpty(t, c)
						a.requireNoSignature(t, wire.String())
					}
					if kind == "ClientKey" {
						require.Contains(t, wire.String(), c.Key, "it was there to be found")
						require.Contains(t, wire.String(), c.ReqToken)
					}
				})
			}
		}
	}
}

// wire keeps what a server was sent.
type wire struct {
	mu      sync.Mutex
	all     strings.Builder
	arrived func()
}

// onArrival calls f when a request has arrived.
func (w *wire) onArrival(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived = f
}

func (w *wire) add(heard string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.WriteString(heard)
	if w.arrived != nil {
		w.arrived()
	}
}

func (w *wire) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// hostileServer puts what it is sent on the wire, as it was meant.
func hostileServer(t *testing.T, hostile hostility, wire *wire) string {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var heard bytes.Buffer
		for name, values := range r.Header {
			fmt.Fprintf(&heard, "%s: %s\n", name, values)
		}
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != doPath {
			query, _ := url.QueryUnescape(r.URL.RawQuery)
			fmt.Fprintf(&heard, "%s\n%s\n%s\n", r.URL, query, body)
			var fields map[string]string
			_ = json.Unmarshal(body, &fields)
			fmt.Fprintf(&heard, "%s %s\n", fields["password"], fields["pushToken"])
		}
		wire.add(heard.String())
		hostile.answer(w, r, heard.String())
	}))
	server.Config.ErrorLog = nil
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func TestNoSecretIsFoundInAPanicOrItsStack(t *testing.T) {
	for flock, c := range flocks {
		for name, operation := range operations(c) {
			t.Run(flock+"/"+name, func(t *testing.T) {
				for what, transport := range map[string]http.RoundTripper{
					"panics": roundTripper(func(r *http.Request) (*http.Response, error) { panic(fmt.Sprint("lost: ", r.Header["X-Client-Key"])) }),
					"panics with an error": roundTripper(func(r *http.Request) (*http.Response, error) {
						panic(&url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("key %s", r.Header["X-Client-Key"])})
					}),
					"fails with all it has": roundTripper(func(r *http.Request) (*http.Response, error) {
						return nil, fmt.Errorf("proxying %s with %v: %w", r.URL, r.Header, &net.OpError{Op: "dial", Err: errors.New(r.URL.String())})
					}),
				} {
					var a aviary
					client, err := New(testBase, ClientKey(c.Key), a.options(WithHTTPClient(&http.Client{Transport: transport}))...)
					require.NoError(t, err)
					_, err = operation(context.Background(), client)
					require.Error(t, err, what)
					a.printError(err)
					func() {
						defer func() {
							fmt.Fprintf(&a.out, "%v\n%s", recover(), debug.Stack())
						}()
						panic(err)
					}()
					a.requireEmpty(t, c)
				}
			})
		}
	}
}

func TestNoSecretIsFoundInWhatIsRefused(t *testing.T) {
	for flock, c := range flocks {
		t.Run(flock, func(t *testing.T) {
			var reached atomic.Int64
			var a aviary
			transport := roundTripper(func(*http.Request) (*http.Response, error) { reached.Add(1); return nil, io.EOF })
			client, err := New(testBase, ClientKey(c.Key), a.options(WithHTTPClient(&http.Client{Transport: transport}))...)
			require.NoError(t, err)
			ctx := context.Background()
			do := func(request Request, opts ...CallOption) error {
				_, err := Do[RawJSON](ctx, client, request, opts...)
				return err
			}
			construct := func(base string, auth Authenticator, opts ...Option) error {
				_, err := New(base, auth, opts...)
				return err
			}
			_, bothAccounts := client.Users.Login(ctx, LoginRequest{Email: "a", WhatsApp: "b", Password: Secret(c.Password)})
			_, noUTF8 := client.Users.Login(ctx, LoginRequest{Email: "a", Password: Secret(c.Password + "\xff")})
			_, noID := client.Devices.Save(ctx, DeviceInfo{PushToken: Secret(c.PushToken)})
			for name, err := range map[string]error{
				"two accounts":             bothAccounts,
				"a password without UTF-8": noUTF8,
				"a device without an id":   noID,
				"a key with a line break":  construct(testBase, ClientKey(c.Key+"\n")),
				"a key's header":           construct(testBase, ClientKeyHeader("a b", c.Key)),
				"a user in the base URL":   construct("https://user:"+url.QueryEscape(c.Password)+"@api.example.com", ClientKey(c.Key)),
				"a query in the base URL":  construct(testBase+"?key="+c.Key, ClientKey(c.Key)),
				"a broken base URL":        construct("https://[::1/"+c.Key, ClientKey(c.Key)),
				"a header with a break":    construct(testBase, ClientKey(c.Key), WithHeader("Authorization", c.Key+"\r\n")),
				"a request id":             do(Request{Path: doPath}, WithRequestID(c.Key+"\n")),
				"a query in the path":      do(Request{Path: doPath + "?token=" + c.Query}),
				"a URL as the path":        do(Request{Path: "https://api.example.com/?token=" + c.Query}),
				"a Secret in the body":     do(Request{Method: http.MethodPost, Path: doPath, Body: map[string]any{"p": Secret(c.Password)}}),
				"a Secret as a key":        do(Request{Method: http.MethodPost, Path: doPath, Body: map[Secret]any{Secret(c.Password): 1}}),
				"a broken raw message":     do(Request{Method: http.MethodPost, Path: doPath, Body: json.RawMessage(`{"p":"` + c.Password)}),
				"bytes":                    do(Request{Method: http.MethodPost, Path: doPath, Body: []byte(c.Password)}),
			} {
				requireMatchesExactly(t, err, ErrInvalidArgument)
				a.printError(err)
				if a.requireEmpty(t, c); t.Failed() {
					t.Fatal(name)
				}
			}
			require.Zero(t, reached.Load())
		})
	}
}
