package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestNoSecretIsFoundInAPanicOrItsStack(t *testing.T) {
	for set, secrets := range secretSets {
		for name, operation := range operationsWithSecrets(secrets) {
			t.Run(set+"/"+name, func(t *testing.T) {
				for what, transport := range map[string]http.RoundTripper{
					"panics": roundTripper(func(r *http.Request) (*http.Response, error) { panic(fmt.Sprint("lost: ", r.Header["X-Client-Key"])) }),
					"panics with an error": roundTripper(func(r *http.Request) (*http.Response, error) {
						panic(&url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("key %s", r.Header["X-Client-Key"])})
					}),
					"fails with all it has": roundTripper(func(r *http.Request) (*http.Response, error) {
						return nil, fmt.Errorf("proxying %s with %v: %w", r.URL, r.Header, &net.OpError{Op: "dial", Err: errors.New(r.URL.String())})
					}),
				} {
					var leaks leakRecorder
					client, err := coreapi.New(testBase, coreapi.ClientKey(secrets.Key), leaks.options(coreapi.WithHTTPClient(&http.Client{Transport: transport}))...)
					require.NoError(t, err)
					_, err = operation(context.Background(), client)
					require.Error(t, err, what)
					leaks.printError(err)
					func() {
						defer func() {
							fmt.Fprintf(&leaks.out, "%v\n%s", recover(), debug.Stack())
						}()
						panic(err)
					}()
					leaks.requireNoSecret(t, secrets)
				}
			})
		}
	}
}

func TestNoSecretIsFoundInWhatIsRefused(t *testing.T) {
	for set, secrets := range secretSets {
		t.Run(set, func(t *testing.T) {
			var reached atomic.Int64
			var leaks leakRecorder
			transport := roundTripper(func(*http.Request) (*http.Response, error) { reached.Add(1); return nil, io.EOF })
			client, err := coreapi.New(testBase, coreapi.ClientKey(secrets.Key), leaks.options(coreapi.WithHTTPClient(&http.Client{Transport: transport}))...)
			require.NoError(t, err)
			ctx := context.Background()
			do := func(request coreapi.Request, opts ...coreapi.CallOption) error {
				_, err := coreapi.Do[coreapi.RawJSON](ctx, client, request, opts...)
				return err
			}
			construct := func(base string, auth coreapi.Authenticator, opts ...coreapi.Option) error {
				_, err := coreapi.New(base, auth, opts...)
				return err
			}
			_, bothAccounts := client.Users.Login(ctx, coreapi.LoginRequest{Email: "a", WhatsApp: "b", Password: coreapi.Secret(secrets.Password)})
			_, noUTF8 := client.Users.Login(ctx, coreapi.LoginRequest{Email: "a", Password: coreapi.Secret(secrets.Password + "\xff")})
			_, noID := client.Devices.Save(ctx, coreapi.DeviceInfo{PushToken: coreapi.Secret(secrets.PushToken)})
			for name, err := range map[string]error{
				"two accounts":             bothAccounts,
				"a password without UTF-8": noUTF8,
				"a device without an id":   noID,
				"a key with a line break":  construct(testBase, coreapi.ClientKey(secrets.Key+"\n")),
				"a key's header":           construct(testBase, coreapi.ClientKeyHeader("a b", secrets.Key)),
				"a user in the base URL":   construct("https://user:"+url.QueryEscape(secrets.Password)+"@api.example.com", coreapi.ClientKey(secrets.Key)),
				"a query in the base URL":  construct(testBase+"?key="+secrets.Key, coreapi.ClientKey(secrets.Key)),
				"a broken base URL":        construct("https://[::1/"+secrets.Key, coreapi.ClientKey(secrets.Key)),
				"a header with a break":    construct(testBase, coreapi.ClientKey(secrets.Key), coreapi.WithHeader("Authorization", secrets.Key+"\r\n")),
				"a request id":             do(coreapi.Request{Path: doPath}, coreapi.WithRequestID(secrets.Key+"\n")),
				"a query in the path":      do(coreapi.Request{Path: doPath + "?token=" + secrets.Query}),
				"a URL as the path":        do(coreapi.Request{Path: "https://api.example.com/?token=" + secrets.Query}),
				"a Secret in the body":     do(coreapi.Request{Method: http.MethodPost, Path: doPath, Body: map[string]any{"p": coreapi.Secret(secrets.Password)}}),
				"a Secret as a key":        do(coreapi.Request{Method: http.MethodPost, Path: doPath, Body: map[coreapi.Secret]any{coreapi.Secret(secrets.Password): 1}}),
				"a broken raw message":     do(coreapi.Request{Method: http.MethodPost, Path: doPath, Body: json.RawMessage(`{"p":"` + secrets.Password)}),
				"bytes":                    do(coreapi.Request{Method: http.MethodPost, Path: doPath, Body: []byte(secrets.Password)}),
			} {
				requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
				leaks.printError(err)
				if leaks.requireNoSecret(t, secrets); t.Failed() {
					t.Fatal(name)
				}
			}
			require.Zero(t, reached.Load())
		})
	}
}
