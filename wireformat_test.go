package coreapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// snakeCase is a wire that differs from the defaults in everything that a profile says.
const snakeCase = `{
	"version": "2.1.0",
	"envelope": {"status": true, "data": "{result}"},
	"states": {"WAIT": "pending", "DONE": "succeeded", "STOP": "failed"},
	"clientInfo": {"path": "/v1/client", "result": {"client_id": "{id}", "client_name": "{name}"}},
	"login": {"path": "/v1/login", "body": {"user": {"mail": "{email}", "phone": "{whatsapp}"}, "secret": "{password}"},
		"result": {"login_state": "{state}", "access_token": "{userToken}", "user": {"_id": "{userId}"}, "why": "{failureCode}"}},
	"startLogin": {"path": "/v1/login/start", "result": {"req_token": "{reqToken}", "page": "{url}"}},
	"loginStatus": {"path": "/v1/login/{reqToken}/status",
		"result": {"login_state": "{state}", "access_token": "{userToken}", "why": "{failureCode}"}},
	"saveDevice": {"method": "PUT", "path": "/v1/device", "body": {"serial": "{deviceId}", "label": "{name}"},
		"result": {"_id": "{id}", "serial": "{deviceId}", "label": "{name}"}},
	"getDevice": {"method": "POST", "path": "/v1/device/get", "body": {"number": "{id:number}"}, "result": {"_id": "{id}", "serial": "{deviceId}"}}
}`

func parsed(t *testing.T, profile string) coreapi.Option {
	t.Helper()
	p, err := coreapi.ParseProfile([]byte(profile))
	require.NoError(t, err)
	return coreapi.WithProfile(p)
}

func TestAProfilesTemplatesAreTheRequestsAndTheResults(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		answer, method, url, body string
		call                      func(c *coreapi.Client) (any, error)
		want                      any
	}{
		"Clients.Info": {
			`{"status":true,"data":{"client_id":9,"client_name":"Shop"}}`, "GET", "/v1/client", "",
			func(c *coreapi.Client) (any, error) { return c.Clients.Info(ctx) },
			&coreapi.ClientInfo{ID: "9", Name: "Shop", Raw: coreapi.RawJSON(`{"client_id":9,"client_name":"Shop"}`)},
		},
		"Users.Login": {
			`{"status":true,"data":{"login_state":"DONE","access_token":"t","user":{"_id":"5"}}}`, "POST", "/v1/login", `{"user":{"mail":"a@b.c"},"secret":"p"}`,
			func(c *coreapi.Client) (any, error) {
				return c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@b.c", Password: "p"})
			},
			&coreapi.LoginStatus{State: coreapi.LoginSucceeded, UserToken: "t", UserID: "5", Raw: coreapi.RawJSON(`{"login_state":"DONE","access_token":"t","user":{"_id":"5"}}`)},
		},
		"Users.StartLogin": {
			`{"status":true,"data":{"req_token":"r","page":"https://x.example/"}}`, "POST", "/v1/login/start", `{}`,
			func(c *coreapi.Client) (any, error) { return c.Users.StartLogin(ctx) },
			&coreapi.LoginSession{ReqToken: "r", URL: "https://x.example/", Raw: coreapi.RawJSON(`{"req_token":"r","page":"https://x.example/"}`)},
		},
		"Users.LoginStatus": {
			`{"status":true,"data":{"login_state":"STOP","why":"USER_DELETED"}}`, "GET", "/v1/login/r-1/status", "",
			func(c *coreapi.Client) (any, error) { return c.Users.LoginStatus(ctx, "r-1") },
			&coreapi.LoginStatus{State: coreapi.LoginFailed, ReqToken: "r-1", FailureCode: coreapi.CodeUserDeleted, Raw: coreapi.RawJSON(`{"login_state":"STOP","why":"USER_DELETED"}`)},
		},
		"Devices.Save": {
			`{"status":true,"data":{"_id":"7","serial":"d","label":"Phone","os":{"v":1.0}}}`, "PUT", "/v1/device", `{"serial":"d","label":"Phone","colour":"red","os":{"v":1}}`,
			func(c *coreapi.Client) (any, error) {
				return c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", Name: "Phone", Extra: map[string]any{"os": map[string]int{"v": 1}, "colour": "red"}})
			},
			&coreapi.Device{ID: "7", Info: coreapi.DeviceInfo{DeviceID: "d", Name: "Phone", Extra: map[string]any{"os": map[string]any{"v": json.Number("1.0")}}}, Raw: coreapi.RawJSON(`{"_id":"7","serial":"d","label":"Phone","os":{"v":1.0}}`)},
		},
		"Devices.Get": {
			`{"status":true,"data":{"_id":"7","serial":"d"}}`, "POST", "/v1/device/get", `{"number":7}`,
			func(c *coreapi.Client) (any, error) { return c.Devices.Get(ctx, "7") },
			&coreapi.Device{ID: "7", Info: coreapi.DeviceInfo{DeviceID: "d"}, Raw: coreapi.RawJSON(`{"_id":"7","serial":"d"}`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{body: test.answer})
			got, err := test.call(newClient(t, s, parsed(t, snakeCase)))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, test.method, s.sent[0].method)
			require.Equal(t, testBase+test.url, s.sent[0].url)
			require.Equal(t, test.body, s.sent[0].body)
			require.Equal(t, "2.1.0", s.sent[0].header.Get("X-Version"))
		})
	}
}

func TestAResponseThatBreaksTheEnvelopesConditionIsAnErrorWhateverItsStatus(t *testing.T) {
	ctx := context.Background()
	for body, want := range map[string]struct {
		sentinel error
		text     string
	}{
		`{"status":false,"data":{"client_id":"9"}}`:                                             {nil, "status is not true"},
		`{"status":false,"code":"CLIENT_ACCOUNT_SUSPENDED","message":"no"}`:                     {coreapi.ErrClientSuspended, "CLIENT_ACCOUNT_SUSPENDED"},
		`{"status":false,"error":{"code":"CLIENT_ACCOUNT_SUSPENDED"},"data":{"client_id":"9"}}`: {coreapi.ErrClientSuspended, "CLIENT_ACCOUNT_SUSPENDED"},
		`{"status":false,"code":"E17","message":"closed on Sundays"}`:                           {nil, "closed on Sundays"},
		`{"data":{"client_id":"9"}}`:                                                            {nil, "status"},
	} {
		t.Run(body, func(t *testing.T) {
			c := newClient(t, scripted(answer{body: body}), parsed(t, snakeCase))
			_, err := c.Clients.Info(ctx)
			_, doErr := coreapi.Do[struct{}](ctx, c, coreapi.Request{Path: "/x"})
			_, rawErr := coreapi.Do[coreapi.RawJSON](ctx, c, coreapi.Request{Path: "/x"})
			for _, err := range []error{err, doErr, rawErr} {
				var e *coreapi.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, http.StatusOK, e.StatusCode)
				require.ErrorContains(t, err, want.text)
				if want.sentinel != nil {
					require.ErrorIs(t, err, want.sentinel)
				}
			}
		})
	}
}

func TestWhatAResultLacksIsNamedAtItsPlace(t *testing.T) {
	ctx := context.Background()
	for body, want := range map[string]string{
		`{"status":true,"data":{"login_state":"DONE","token":"canary","user":{"_id":"5"}}}`:       "{userToken} at data.access_token",
		`{"status":true,"data":{"state":"DONE","access_token":"canary"}}`:                         "{state} at data.login_state",
		`{"status":true,"data":{"login_state":"DONE","access_token":"canary","user":{"id":"5"}}}`: "{userId} at data.user._id",
		`{"status":true,"result":{"login_state":"DONE","access_token":"canary"}}`:                 "data",
		`{"status":true,"data":{"login_state":"MAYBE","access_token":"canary","user":{"_id":1}}}`: "MAYBE",
		`{"status":true,"data":[]}`: "data",
		``:                          "",
		`null`:                      "",
		`[`:                         "",
	} {
		c := newClient(t, scripted(answer{body: body}), parsed(t, snakeCase))
		_, err := c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@b.c", Password: "p4ssword"})
		require.ErrorContains(t, err, want, body)
		require.NotContains(t, err.Error(), "canary")
		if want != "" && body != `{"status":true,"result":{"login_state":"DONE","access_token":"canary"}}` {
			requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
		}
	}
}

func TestAValueThatATemplateHasNoPlaceForIsRefusedBeforeAnyIO(t *testing.T) {
	ctx := context.Background()
	s := scripted(answer{body: "{}"})
	c := newClient(t, s, parsed(t, snakeCase))
	for want, call := range map[string]func() error{
		"{reqToken}": func() error {
			_, err := c.Users.Login(ctx, coreapi.LoginRequest{Email: "a", Password: "p", ReqToken: "s3cret"})
			return err
		},
		"{model}": func() error {
			_, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", Model: "s3cret"})
			return err
		},
		"serial": func() error {
			_, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", Extra: map[string]any{"serial": "s3cret"}})
			return err
		},
		"{id":      func() error { _, err := c.Devices.Get(ctx, "s3cret"); return err }, // no number
		"reqToken": func() error { _, err := c.Users.LoginStatus(ctx, "s3cret/../x"); return err },
	} {
		err := call()
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "s3cret")
	}
	_, err := newClient(t, s, parsed(t, `{"states":{"WAIT":"pending","OK":"succeeded"}}`)).Users.LoginStatus(ctx, coreapi.Secret(coreapi.Secret("s3cret").String()))
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.Empty(t, s.sent)
}

func TestAWaitThatRunsOutNamesTheTokenThatItNeverFound(t *testing.T) {
	const stateless = `{"loginStatus":{"result":{"token":"{userToken}","why":"{failureCode}"}},"envelope":{"data":"{result}"}}`
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, scripted(answer{body: `{"data":{"tokn":"canary"}}`}), parsed(t, stateless))
		_, err := c.Users.WaitForLogin(context.Background(), "r", coreapi.WithTimeout(time.Minute))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "{userToken} at data.token")
		require.NotContains(t, err.Error(), "canary")
	})
}

func TestWithTemplatesALoginThatFailedIsAnErrorWithItsCode(t *testing.T) {
	c := newClient(t, scripted(answer{body: `{"status":true,"data":{"login_state":"STOP","why":"USER_DELETED"}}`}), parsed(t, snakeCase))
	_, err := c.Users.Login(context.Background(), coreapi.LoginRequest{Email: "a", Password: "p"})
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
	_, err = c.Users.WaitForLogin(context.Background(), "r")
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
}

func TestStartLoginIsCalledWhereLoginIsUnlessItHasARouteOfItsOwn(t *testing.T) {
	for profile, want := range map[string]string{
		`{}`:                            "/user/login",
		`{"login":{"path":"/in"}}`:      "/in",
		`{"startLogin":{"path":"/ui"}}`: "/ui",
		`{"startLogin":{"body":{"ui":1}}, "login":{"path":"/in"}}`: "/in",
	} {
		s := scripted(answer{body: `{"reqToken":"r","url":"https://x.example"}`})
		_, err := newClient(t, s, parsed(t, profile)).Users.StartLogin(context.Background())
		require.NoError(t, err)
		require.Equal(t, testBase+want, s.sent[0].url)
	}
}

func TestTheDefaultsAreTheSameWithTemplatesAndWithout(t *testing.T) {
	// A States of the default words switches the templates on, and changes nothing.
	templates := parsed(t, `{"states":{"pending":"pending","succeeded":"succeeded","failed":"failed"}}`)
	for _, call := range answeredCalls {
		if call.name == "Do" {
			continue
		}
		t.Run(call.name, func(t *testing.T) {
			body := `{"id":"i","name":"n","deviceId":"d","reqToken":"r","url":"https://x.example/","state":"succeeded","userToken":"t","userId":"u","extra":[1,{"a":2.50}]}`
			plain, fitted := scripted(answer{body: body}), scripted(answer{body: body})
			want, wantErr := call.call(context.Background(), newClient(t, plain))
			got, err := call.call(context.Background(), newClient(t, fitted, templates))
			require.Equal(t, wantErr == nil, err == nil, "%v, %v", wantErr, err)
			require.NoError(t, err)
			if call.name[:7] != "Devices" { // whose Extra has what a template names for others
				require.Equal(t, want, got)
			}
			require.Equal(t, plain.sent[0].method, fitted.sent[0].method)
			require.Equal(t, plain.sent[0].url, fitted.sent[0].url)
			if plain.sent[0].body != "" {
				require.JSONEq(t, plain.sent[0].body, fitted.sent[0].body)
			}
		})
	}
}

func TestNoValueOfAResponseIsInAnErrorOrALogWhereTheProfileDoesNotFit(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, body := range []string{
		`{"status":true,"data":{"a":"canary","b":{"c":"canary"},"list":["canary"]}}`,
		`{"status":"canary","data":{"a":"canary"}}`,
		`{"status":true,"data":"canary"}`,
		`{"status":true,"canary":{"data":"canary"}}`[:20] + `canary`,
	} {
		for _, call := range answeredCalls {
			c := newClient(t, scripted(answer{body: body}), parsed(t, snakeCase), coreapi.WithLogger(logger))
			_, err := call.call(context.Background(), c)
			if call.keepsValues && err == nil {
				continue
			}
			if err != nil {
				require.NotContains(t, err.Error(), "canary", call.name)
			}
		}
	}
	require.NotContains(t, log.String(), "canary")
}
