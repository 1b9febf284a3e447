package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

func TestNoSecretAndNoValueOfAResponseIsInTheDoctorsOutput(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_CLIENT_KEY", "client-canary-key")
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	t.Setenv("COREAPI_DEVICE_ID", "dev-canary-22")
	t.Setenv("COREAPI_USER_TOKEN", "user-canary-9")
	secrets := append(eights(testkey.PKCS8Base64), "canary", "Canary", acmeID, acmeName, acmeToken)
	response := textFile(t, s.answers["/v1/partner"])
	refusal := textFile(t, `{"ok":false,"code":"code with a canary","message":"message of a canary","data":{"token":"tok-canary"}}`)
	state := textFile(t, `{"ok":true,"data":{"phase":"the word of a canary, which is no plain one"}}`)
	broken := textFile(t, `{"ok":true,"data":{"partner_id":{"deep":"canary"}}}canary`)
	for name, profile := range map[string]string{"right": acmeProfile, "wrong": `{}`, "careless": strings.Replace(acmeProfile, `"ok": true, `, "", 1)} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError, http.StatusMovedPermanently} {
			for _, form := range []string{"-live", "-json"} {
				s.status = status
				s.header.Set("Location", "/canary")
				s.header.Set("X-Request-Id", "id-of-the-server")
				args := []string{"doctor", "-live", form, "-profile", textFile(t, profile), "-refusal", refusal}
				for file, operation := range map[string]string{response: "Clients.Info", state: "Users.LoginStatus", broken: "Clients.Info", refusal: "Devices.Save"} {
					args = append(args, "-response", file, "-operation", operation)
				}
				got := runWith(t, "", args...)
				assert.NotEqual(t, exitUsage, got.code, name)
				for _, secret := range secrets {
					require.NotContains(t, got.out+got.err, secret, "%s, %d", name, status)
				}
			}
		}
	}
}

// canaryBodies have values of a canary in many forms, most of which are no profile's.
func canaryBodies() (bodies []string) {
	const value = "Canary: a value, of a response"
	for _, form := range []string{
		`%q`, `[%q]`, `{"code":%q,"message":%[1]q}`, `{"error":{"code":%q,"message":%[1]q}}`, `{"ok":%q}`, `{"code":"SUCCESS","result":{"state":%q}}`,
		`{"status":%q,"state":%[1]q,"data":{"state":%[1]q,"user":%[1]q}}`, `{"id":{"x":%q}}`, `{"reqToken":"r","url":%q}`, `{"state":%q,"token":[%[1]q]}`,
		`{"status":true,"data":{"state":%q,"user_token":{"a":%[1]q}}}`, `{"data":{"id":%q}}%[1]q`, `{"failure":%q,"failureCode":%[1]q}`, "<html>%s", "\x1b[31m%s",
	} {
		bodies = append(bodies, fmt.Sprintf(form, value))
	}
	return bodies
}

func TestNoValueOfARecordedResponseIsInTheDoctorsOutputWhateverTheProfile(t *testing.T) {
	doctorEnvironment(t)
	for _, file := range exampleProfiles(t) {
		args := []string{"doctor", "-profile", file}
		for _, body := range canaryBodies() {
			recording := textFile(t, body)
			args = append(args, "-refusal", recording, "-refusal", recording, "-status", "403")
			for _, operation := range operationNames() {
				args = append(args, "-response", recording, "-operation", operation, "-response", recording, "-operation", operation, "-status", "400")
			}
		}
		got := runWith(t, "", args...)
		require.Equal(t, exitFailed, got.code, file)
		require.NotContains(t, strings.ToLower(got.out+got.err), "canary", file)
		require.NotContains(t, got.out, "\x1b", file)
	}
}

func TestDoctorWritesNoFile(t *testing.T) {
	startAcme(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("acme.json", []byte(acmeProfile), 0o600))
	runWith(t, "", "doctor", "-live", "-json", "-profile", "acme.json", "-refusal", "acme.json")
	files, err := filepath.Glob("*")
	require.NoError(t, err)
	assert.Equal(t, []string{"acme.json"}, files)
}

// schemaOf is what the test reads of a JSON schema.
type schemaOf struct {
	Type                 string
	Const                any
	Enum                 []any
	Required             []string
	AdditionalProperties *bool
	Properties           map[string]schemaOf
	Items                *schemaOf
}

// requireFits has each member in the schema, each of the schema's in the value, and the
// words of an enum, all of them.
func (s schemaOf) requireFits(t *testing.T, where string, value any) {
	t.Helper()
	if s.Const != nil {
		require.Equal(t, s.Const, value, where)
	}
	if s.Enum != nil {
		require.Contains(t, s.Enum, value, where)
	}
	switch s.Type {
	case "object":
		object, ok := value.(map[string]any)
		require.True(t, ok, where)
		require.False(t, *s.AdditionalProperties, where)
		var names []string
		for name, property := range s.Properties {
			names = append(names, name)
			require.Contains(t, object, name, where)
			property.requireFits(t, where+"."+name, object[name])
		}
		require.ElementsMatch(t, names, s.Required, where)
		require.Len(t, object, len(names), where)
	case "array":
		for _, element := range value.([]any) {
			s.Items.requireFits(t, where+"[]", element)
		}
	case "string":
		require.IsType(t, "", value, where)
	case "integer":
		require.IsType(t, 0.0, value, where)
	case "boolean":
		require.IsType(t, false, value, where)
	}
}

func TestJSONIsOfTheSchemaAndSaysTheSameAsTheTable(t *testing.T) {
	s := startAcme(t)
	text, err := os.ReadFile("doctor.schema.json")
	require.NoError(t, err)
	var schema schemaOf
	require.NoError(t, json.Unmarshal(text, &schema))
	args := []string{"doctor", "-live", "-profile", textFile(t, acmeProfile), "-refusal", textFile(t, s.answers["/v1/partner"]),
		"-response", textFile(t, `{}`), "-operation", "Clients.Info"}
	table := runWith(t, "", args...)
	got := runWith(t, "", append(args, "-json")...)
	assert.Equal(t, table.code, got.code)
	var report any
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	schema.requireFits(t, "report", report)

	outcomes := map[string]bool{}
	for _, check := range report.(map[string]any)["checks"].([]any) {
		check := check.(map[string]any)
		outcomes[check["outcome"].(string)] = true
		assert.Contains(t, table.out, shown(check["found"].(string)))
		assert.Contains(t, table.out, check["subject"])
	}
	assert.Len(t, outcomes, 4, "all outcomes are there")
	assert.Equal(t, 1.0, report.(map[string]any)["version"])
}
