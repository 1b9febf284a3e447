package coreapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
	"github.com/fypass/coreapi-go/internal/wire"
)

func TestAProfileIsTheSameJSONAfterItsWayThroughGo(t *testing.T) {
	for _, file := range []string{`{}`, snakeCase, `{
		"$schema": "../profile.schema.json", "$comment": "Why <we> have it.",
		"signature": {"padding": "pss", "encoding": "hex", "endpoint": "full", "noBody": "null", "style": "go", "sortKeys": true},
		"login": {"body": {"mail & more": "{email}", "phone": "{whatsapp}", "secret": "{password}", "a<b": 1}}
	}`} {
		p, err := coreapi.ParseProfile([]byte(file))
		require.NoError(t, err)
		written, err := json.Marshal(p)
		require.NoError(t, err)
		require.JSONEq(t, file, string(written))
		again, err := coreapi.ParseProfile(written)
		require.NoError(t, err)
		twice, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(written), string(twice))
	}
}

func TestWhatIsWrongWithAProfileIsSaidWithItsPlaceAndWhatToWrite(t *testing.T) {
	for file, want := range map[string][]string{
		``:                              {"empty", "{}"},
		`[]`:                            {"no JSON object"},
		`{"version":`:                   {"no JSON"},
		`{"versoin":"1"}`:               {"versoin", "version"},
		`{"Version":"1"}`:               {"Version", "did you mean version?"},
		`{"version":"1","version":"2"}`: {"version", "twice"},
		`{"version":1}`:                 {"version", "string"},
		`{"states":{"A":"pending","\u0041":"succeeded"}}`: {"states", `"A"`, "twice"},
		`{"login":{"pfad":"/x"}}`:                         {"login", "pfad", "path"},
		`{"login":[]}`:                                    {"login"},
		`{"signature":{"padding":"rsa"}}`:                 {"Signature", "rsa"},
		`{"signature":{"pad":"pss"}}`:                     {"signature", "pad"},
		`{"states":{"WAIT":"waiting"}}`:                   {"WAIT", "waiting"},
		`{"login":{"body":{"mail":"{emial}","p":"{whatsapp}","s":"{password}"}}}`: {"Login", "body.mail", "did you mean {email}?"},
		`{"login":{"body":{"mail":"{email}","p":"{whatsapp}"}}}`:                  {"Login", "{password}"},
		`{"loginStatus":{"path":"/status"}}`:                                      {"LoginStatus", "{reqToken}"},
		`{"getDevice":{"path":"/user/login?id={id}"}}`:                            {"GetDevice", "LoginStatus"},
		`{"envelope":{"data":"{reslut}"}}`:                                        {"{reslut}", "{result}"},
	} {
		_, err := coreapi.ParseProfile([]byte(file))
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		for _, part := range want {
			require.ErrorContains(t, err, part, file)
		}
	}
}

func TestLoadProfileNamesTheFileAndKeepsWhyItCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	p, err := coreapi.LoadProfile(write("good.json", "\ufeff"+snakeCase))
	require.NoError(t, err)
	require.Equal(t, "2.1.0", p.Version)
	_, err = coreapi.LoadProfile(filepath.Join(dir, "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
	require.ErrorContains(t, err, "missing.json")
	for _, file := range []string{write("wrong.json", `{"versoin":"1"}`), write("large.json", strings.Repeat(" ", 1<<20+1)), dir} {
		_, err := coreapi.LoadProfile(file)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.ErrorContains(t, err, file)
	}
}

func TestNewFromEnvReadsTheProfileThatTheEnvironmentNames(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", testBase)
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	t.Setenv("COREAPI_PRIVATE_KEY", testkey.PKCS8Base64)
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", "")
	file := filepath.Join(t.TempDir(), "profile.json")
	require.NoError(t, os.WriteFile(file, []byte(snakeCase), 0o600))
	t.Setenv("COREAPI_PROFILE", file)
	for want, opts := range map[string][]coreapi.Option{
		"/v1/client": nil,
		"/client":    {coreapi.WithProfile(coreapi.Profile{})}, // the caller's own
	} {
		s := scripted(answer{body: `{"status":true,"data":{"client_id":"9","client_name":"n"}}`})
		c, err := coreapi.NewFromEnv(append(opts, coreapi.WithHTTPClient(&http.Client{Transport: s}))...)
		require.NoError(t, err)
		_, _ = c.Clients.Info(context.Background()) // the answer fits one of the two
		require.Equal(t, testBase+want, s.sent[0].url)
	}
	t.Setenv("COREAPI_PROFILE", file+"x")
	_, err := coreapi.NewFromEnv()
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "COREAPI_PROFILE: "+file+"x")
}

// The SDK's own code and internal/wire each have the default routes, since a program without
// a profile links none of the second.
func TestTheDefaultRoutesAreThoseOfTheTemplates(t *testing.T) {
	templates, err := wire.Compile(wire.Source{Version: "1.0.0"})
	require.NoError(t, err)
	values := wire.Values{wire.ReqToken: "VALUE", wire.ID: "VALUE", wire.Email: "e", wire.Password: "p", wire.DeviceID: "d"}
	defaults := reflect.ValueOf(coreapi.DefaultProfile())
	for op := range wire.GetDevice + 1 {
		if op == wire.StartLogin { // Login's
			continue
		}
		want := defaults.FieldByName(op.String()).Interface().(coreapi.Route)
		route := templates.Route(op)
		path, query, err := route.URL(&values)
		require.NoError(t, err)
		if query != "" {
			path += "?" + query
		}
		require.Equal(t, want.Method, route.Method)
		require.Equal(t, strings.NewReplacer("{reqToken}", "VALUE", "{id}", "VALUE").Replace(want.Path), path)
	}
}
