package coreapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// hostileAnswer is an answer of a server that tells everything it knows. heard is
// what it was sent: the key, the query and the body, but for a call of Do, whose
// query and body the SDK cannot know for secrets.
type hostileAnswer struct {
	name   string
	answer func(w http.ResponseWriter, r *http.Request, heard string)
}

var hostileAnswers = []hostileAnswer{
	{"message", func(w http.ResponseWriter, _ *http.Request, heard string) {
		answerJSON(w, 400, "INVALID_PASSWORD", heard)
	}},
	{"list of messages", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.WriteHeader(400)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": 7, "message": []string{heard, "and " + heard}})
	}},
	{"code", func(w http.ResponseWriter, _ *http.Request, heard string) { answerJSON(w, 400, heard, "words") }},
	{"nested", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.WriteHeader(500)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": heard, "message": heard}})
	}},
	{"code in a success", func(w http.ResponseWriter, _ *http.Request, heard string) {
		answerJSON(w, 200, "USER_NOT_FOUND", heard)
	}},
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
		answerJSON(w, 404, "", "")
	}},
	{"Location", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header().Set("Location", "http://[::1/"+strings.ReplaceAll(heard, "\n", " "))
		w.WriteHeader(302)
	}},
	{"Retry-After", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header()["Retry-After"] = []string{strings.ReplaceAll(heard, "\n", " ")}
		answerJSON(w, 429, "", heard)
	}},
	{"asks to wait too long", func(w http.ResponseWriter, _ *http.Request, heard string) {
		w.Header().Set("Retry-After", "99999")
		answerJSON(w, 504, "REQUEST_TIMEOUT", heard)
	}},
	{"REQUEST_TIMEOUT", func(w http.ResponseWriter, _ *http.Request, heard string) {
		answerJSON(w, 504, "REQUEST_TIMEOUT", heard)
	}},
	{"too large", func(w http.ResponseWriter, _ *http.Request, heard string) {
		_, _ = io.WriteString(w, strings.Repeat(heard, 1+(64<<10)/len(heard)))
	}},
	{"status line", rawAnswer("HTTP/1.1 HEARD\r\n\r\n")},
	{"reason", rawAnswer("HTTP/1.1 500 HEARD\r\nContent-Length: 0\r\n\r\n")},
	{"header line", rawAnswer("HTTP/1.1 200 OK\r\nHEARD\r\n\r\n")},
	{"content length", rawAnswer("HTTP/1.1 200 OK\r\nContent-Length: HEARD\r\n\r\n")},
	{"transfer encoding", rawAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: HEARD\r\n\r\n")},
	{"chunk", rawAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHEARD\r\n")},
	{"cut short", rawAnswer("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"id\":\"HEARD")},
	{"closed", rawAnswer("")},
	{"stalled", func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() }},
	{"failed login", func(w http.ResponseWriter, _ *http.Request, heard string) {
		_ = json.NewEncoder(w).Encode(map[string]string{"state": "failed", "failureCode": heard, "failureMessage": heard, "reqToken": heard, "userToken": heard, "id": "i"})
	}},
}

func answerJSON(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
}

// rawAnswer answers by hand, HEARD being what was heard, and closes.
func rawAnswer(response string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, heard string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.ReplaceAll(response, "HEARD", strings.ReplaceAll(heard, "\n", " ")))
	}
}

// answerWithAllTokens answers every operation with success and all the tokens that there
// are.
func answerWithAllTokens(secrets plantedSecrets) hostileAnswer {
	return hostileAnswer{"success", func(w http.ResponseWriter, _ *http.Request, _ string) {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"id": "i", "deviceId": "d", "state": "succeeded", "userId": "u", "reqToken": secrets.ReqToken, "userToken": secrets.UserToken, "pushToken": secrets.PushToken,
			"url": "https://pages.example.com/login?reqToken=" + url.QueryEscape(secrets.ReqToken), "other": secrets.Password + secrets.Key,
		})
	}}
}

// bearerAuth is an Authenticator as a caller may write one.
type bearerAuth struct{ key string }

func (b bearerAuth) Authenticate(r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+b.key)
	query := r.URL.Query()
	query.Set("signature", b.key)
	r.URL.RawQuery = query.Encode()
	return nil
}

func TestNoSecretIsFoundAnywhereButOnTheWire(t *testing.T) {
	for set, secrets := range secretSets {
		authenticators := map[string]coreapi.Authenticator{
			"ClientKey":     coreapi.ClientKey(secrets.Key),
			"ClientKeyFunc": coreapi.ClientKeyFunc("X-Other", func(context.Context) (string, error) { return secrets.Key, nil }),
			"the caller's":  bearerAuth{secrets.Key},
			"signed":        coreapi.SignedClientKey(secrets.Key, signingKey(t)),
		}
		for kind, auth := range authenticators {
			if set != "plain" && kind != "ClientKey" {
				continue // who sends the key changes nothing in how it is escaped
			}
			for _, hostile := range append(hostileAnswers, answerWithAllTokens(secrets)) {
				t.Run(set+"/"+kind+"/"+hostile.name, func(t *testing.T) {
					t.Parallel()
					var wire wireLog
					server := hostileServer(t, hostile, &wire)
					for name, operation := range operationsWithSecrets(secrets) {
						var leaks leakRecorder
						client, err := coreapi.New(server, auth, leaks.options()...)
						require.NoError(t, err)
						ctx, cancel := context.WithCancel(context.Background())
						if hostile.name == "stalled" {
							wire.onArrival(cancel)
						}
						result, err := operation(ctx, client)
						cancel()
						leaks.printError(err)
						if kept, isMap := result.(map[string]any); !isMap || kept == nil {
							leaks.print(result) // a map of the caller's own prints what it holds
						}
						leaks.print(*client)
						leaks.printSecrets(result)
						client.CloseIdleConnections()
						require.NotEmpty(t, leaks.out.String(), name)
						leaks.requireNoSecret(t, secrets)
						leaks.requireNoSignature(t, wire.String())
					}
					if kind == "ClientKey" {
						require.Contains(t, wire.String(), secrets.Key, "it was there to be found")
						require.Contains(t, wire.String(), secrets.ReqToken)
					}
				})
			}
		}
	}
}

// wireLog keeps what a server was sent.
type wireLog struct {
	mu      sync.Mutex
	all     strings.Builder
	arrived func()
}

// onArrival calls f when a request has arrived.
func (w *wireLog) onArrival(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived = f
}

func (w *wireLog) add(heard string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.WriteString(heard)
	if w.arrived != nil {
		w.arrived()
	}
}

func (w *wireLog) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// hostileServer puts what it is sent on the wire, as it was meant.
func hostileServer(t *testing.T, hostile hostileAnswer, wire *wireLog) string {
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
