package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// sandboxProfiles are wires that differ from the default, with what the first two commands
// that the sandbox prints are answered then.
var sandboxProfiles = map[string]struct{ profile, client, login string }{
	"snake_case in an envelope": {`{
		"envelope": {"status": true, "data": "{result}"},
		"clientInfo": {"path": "/v1/client-info", "result": {"client_id": "{id}", "client_status": "{status}"}},
		"login": {"path": "/v1/login", "body": {"mail": "{email}", "phone": "{whatsapp}", "pass_word": "{password}"}, "result": {"login_state": "{state}", "access_token": "{userToken}"}},
		"startLogin": {"path": "/v1/start"},
		"saveDevice": {"path": "/v1/devices", "body": {"device_id": "{deviceId}"}, "result": {"_id": "{id}", "device_id": "{deviceId}"}}
	}`, `{"status":true,"data":{"client_id":"`, `{"status":true,"data":{"login_state":"succeeded","access_token":"`},
	"numbers": {`{
		"envelope": {"code": 0, "data": "{result}"},
		"states": {"0": "pending", "1": "succeeded", "2": "failed"},
		"login": {"result": {"state": "{state:number}", "token": "{userToken}", "uid": "{userId:number}"}},
		"loginStatus": {"result": {"state": "{state:number}", "token": "{userToken}", "uid": "{userId:number}"}},
		"saveDevice": {"body": {"serial": "{deviceId:number}"}, "result": {"id": "{id:number}", "serial": "{deviceId:number}"}},
		"getDevice": {"path": "/device/{id}", "result": {"id": "{id:number}"}}
	}`, `{"code":0,"data":{"id":"`, `{"code":0,"data":{"state":1,"token":"`},
	"other methods, a token in the path": {`{
		"clientInfo": {"method": "POST", "path": "/client/info?kind=me", "result": {"kind": "client", "status": "{status}"}},
		"login": {"method": "PUT", "path": "/login", "body": {"user": {"account": "{account}"}, "secret": "{password}"}, "result": {"token": "{userToken}"}},
		"startLogin": {"method": "POST"},
		"loginStatus": {"path": "/login/{reqToken}/status"},
		"signature": {"encoding": "hex", "style": "go", "sortKeys": true}
	}`, `{"kind":"client","status":"active"}`, `{"token":"`},
}

func TestThePrintedCommandsFitTheProfile(t *testing.T) {
	t.Setenv("COREAPI_USER_TOKEN", "")
	for name, tt := range sandboxProfiles {
		for _, mode := range []string{"unsigned", "strict"} {
			t.Run(name+", "+mode, func(t *testing.T) {
				args := []string{"-addr", ":0", "-base-path", "/core", "-profile", textFile(t, tt.profile)}
				if mode == "strict" {
					args = append(args, "-strict")
				}
				box := runSandboxCommand(t, args...)
				require.Len(t, box.commands, 3)
				for _, curlDir := range curls(t) {
					client, _ := shell(t, curlDir, box.environment, box.commands[0])
					assert.True(t, strings.HasPrefix(client, tt.client), client)
					login, _ := shell(t, curlDir, box.environment, box.commands[1])
					assert.True(t, strings.HasPrefix(login, tt.login), login)
				}
			})
		}
	}
}

func TestTheSandboxSpeaksTheProfile(t *testing.T) {
	for name, tt := range sandboxProfiles {
		t.Run(name, func(t *testing.T) {
			box := runSandboxCommand(t, "-addr", ":0", "-strict", "-profile", textFile(t, tt.profile))
			profile, err := coreapi.ParseProfile([]byte(tt.profile))
			require.NoError(t, err)
			client, err := coreapi.New(box.url, coreapi.SignedClientKey("sandbox-client-key", fixedKey(t)), coreapi.WithProfile(profile), coreapi.WithRetryPolicy(coreapi.NoRetry()))
			require.NoError(t, err)
			session, err := client.Users.StartLogin(t.Context())
			require.NoError(t, err)
			script(t, box.url, "complete-login", `{"reqToken":"`+string(session.ReqToken)+`","account":"ada@example.com"}`)
			status, err := client.Users.WaitForLogin(t.Context(), session.ReqToken)
			require.NoError(t, err)
			saved, err := client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "77"})
			require.NoError(t, err)
			read, err := client.Devices.Get(t.Context(), saved.ID)
			require.NoError(t, err)
			assert.Equal(t, saved.ID, read.ID)
			_, err = client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "sue@example.com", Password: "correct-horse"})
			require.ErrorIs(t, err, coreapi.ErrUserSuspended)

			_, requests := listRequests(t, box.url)
			assert.Equal(t, exitOK, box.end())
			for _, told := range []string{box.logged.String(), requests} {
				for _, secret := range []string{"correct-horse", string(session.ReqToken), string(status.UserToken)} {
					assert.NotContains(t, told, secret)
				}
			}
		})
	}
}

func TestTheSandboxSpeaksEachExampleProfile(t *testing.T) {
	files, err := filepath.Glob("../../examples/profiles/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			box := runSandboxCommand(t, "-addr", ":0", "-strict", "-profile", file)
			profile, err := coreapi.LoadProfile(file)
			require.NoError(t, err)
			client, err := coreapi.New(box.url, coreapi.SignedClientKey("sandbox-client-key", fixedKey(t)), coreapi.WithProfile(profile))
			require.NoError(t, err)
			_, err = client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "ada@example.com", Password: "correct-horse"})
			require.NoError(t, err)
			for i, want := range []string{"", "oken", `{"added":1}`} {
				out, _ := shell(t, curls(t)["net/http"], box.environment, box.commands[i])
				assert.Contains(t, out, want)
				assert.NotContains(t, out, `"message"`)
			}
		})
	}
}

func TestTheBuiltInSeedHasNumbersWhereTheProfileHas(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0", "-profile", textFile(t, sandboxProfiles["numbers"].profile))
	assert.Regexp(t, `ada@example\.com, \+6281100000001 \(active, id [0-9]{15}\)`, box.banner)
	assert.Regexp(t, `Device      [0-9]{15} \(id [0-9]{15}\)`, box.banner)
	got := runWith(t, "", "sandbox", "-addr", ":0", "-profile", textFile(t, sandboxProfiles["numbers"].profile),
		"-seed", seedFile(t, `{"users":[{"id":"u-1","email":"a@b.c","password":"p"}]}`))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, `the seed: AddUser: the user id "u-1": the value of {userId} is no number`)
}

func TestAlways200AnswersErrorsSo(t *testing.T) {
	file := textFile(t, `{"envelope": {"code": "SUCCESS", "data": "{result}"}}`)
	box := runSandboxCommand(t, "-addr", ":0", "-profile", file, "-always-200")
	status, answer := send(t, "GET", box.url+"/client", "", "")
	assert.Equal(t, 200, status)
	var said map[string]string
	require.NoError(t, json.Unmarshal([]byte(answer), &said))
	assert.Equal(t, "UNITSYSTEM00001", said["code"])

	got := runWith(t, "", "sandbox", "-addr", ":0", "-always-200")
	assert.Equal(t, exitFailed, got.code)
	assert.True(t, strings.HasPrefix(got.err, "coreapi: sandbox: the profile's Envelope has no condition"), got.err)
}

func TestTheEnvironmentNamesTheProfile(t *testing.T) {
	file := textFile(t, `{"clientInfo": {"path": "/me"}}`)
	box := runSandboxCommand(t, "-addr", ":0", "-profile", file)
	assert.Contains(t, box.environment, " COREAPI_PROFILE='"+file+"' ")
	box = runSandboxCommand(t, "-addr", ":0")
	assert.Contains(t, box.environment, " COREAPI_PROFILE= ", "another shell's work is out of the way")
}
