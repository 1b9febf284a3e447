package main

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

var update = flag.Bool("update", false, "rewrite docs/openapi.json")

const openapiPage = "../../docs/openapi.json"

func TestTheDocumentInDocsIsWhatTheCommandWrites(t *testing.T) {
	got := runWith(t, "", "openapi")
	require.Equal(t, result{exitOK, got.out, ""}, got)
	if *update {
		require.NoError(t, os.WriteFile(openapiPage, []byte(got.out), 0o644))
		return
	}
	kept, err := os.ReadFile(openapiPage)
	require.NoError(t, err)
	require.Equal(t, string(kept), got.out, "run: go test -run TheDocumentInDocs ./cmd/coreapi -update")
}

// openapiOf is the document of a profile's file, "" for the default.
func openapiOf(t *testing.T, profile string) map[string]any {
	t.Helper()
	args := []string{"openapi"}
	if profile != "" {
		args = append(args, "-profile", profile)
	}
	got := runWith(t, "", args...)
	require.Equal(t, exitOK, got.code, got.err)
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &document))
	return document
}

// at is the value at a place, such as "components.schemas.Device".
func at(t *testing.T, value any, place ...string) any {
	t.Helper()
	for _, step := range place {
		members, ok := value.(map[string]any)
		require.True(t, ok, place)
		require.Contains(t, members, step, place)
		value = members[step]
	}
	return value
}

// markedParts are the parts of a document that have a mark to have, by their places.
func markedParts(t *testing.T, document map[string]any) map[string]map[string]any {
	t.Helper()
	parts := map[string]map[string]any{}
	add := func(place string, part any) {
		parts[place] = part.(map[string]any)
	}
	var schema func(place string, s any)
	schema = func(place string, s any) {
		members := s.(map[string]any)
		if _, isReference := members["$ref"]; !isReference {
			add(place, s)
		}
		properties, _ := members["properties"].(map[string]any)
		for name, p := range properties {
			schema(place+"."+name, p)
		}
		elements, _ := members["prefixItems"].([]any)
		for _, e := range elements {
			schema(place+"[]", e)
		}
	}
	withSchema := func(place string, part any) {
		add(place, part)
		if s, ok := part.(map[string]any)["schema"]; ok {
			schema(place+".schema", s)
		}
	}
	add("info", document["info"])
	for i, server := range document["servers"].([]any) {
		add("servers."+strconv.Itoa(i), server)
	}
	for path, item := range document["paths"].(map[string]any) {
		add(path, item)
		for method, o := range item.(map[string]any) {
			operation, ok := o.(map[string]any)
			if !ok {
				continue // the path's own mark
			}
			place := strings.ToUpper(method) + " " + path
			add(place, o)
			add(place+" x-path", operation["x-path"])
			if body, ok := operation["requestBody"]; ok {
				add(place+" body", body)
			}
			for _, p := range operation["parameters"].([]any) {
				if name, ok := p.(map[string]any)["name"]; ok {
					withSchema(place+" "+name.(string), p)
				}
			}
			add(place+" 200", at(t, operation, "responses", "200"))
		}
	}
	for kind, components := range document["components"].(map[string]any) {
		for name, c := range components.(map[string]any) {
			if kind == "schemas" {
				schema(name, c)
				continue
			}
			if kind == "headers" {
				name = "answered " + name
			}
			withSchema(name, c)
			if form, ok := c.(map[string]any)["x-signing"]; ok {
				for part, value := range form.(map[string]any) {
					add("signing."+part, value)
				}
			}
			examples, _ := c.(map[string]any)["content"].(map[string]any)
			if examples == nil {
				continue
			}
			if named, ok := examples["application/json"].(map[string]any)["examples"]; ok {
				for example, value := range named.(map[string]any) {
					add(name+" "+example, value)
				}
			}
		}
	}
	return parts
}

func marksOf(part map[string]any) (marks []string) {
	for _, m := range []mark{isDocumented, isAssumed, isSaid} {
		if part[string(m)] == true {
			marks = append(marks, string(m))
		}
	}
	return marks
}

// This is what the public reference has: what is written here may be called documented,
// and nothing else.
func TestWhatIsDocumentedIsWhatTheReferenceHas(t *testing.T) {
	var documentedParts []string
	for place, part := range markedParts(t, openapiOf(t, "")) {
		marks := marksOf(part)
		require.Len(t, marks, 1, place)
		require.NotEqual(t, string(isSaid), marks[0], "%s: there is no profile", place)
		if marks[0] == string(isDocumented) {
			documentedParts = append(documentedParts, place)
		}
	}
	require.ElementsMatch(t, []string{
		"info", "servers.0",
		"GET /client", "POST /user/login", "GET /user/login", "POST /device", "GET /device", // names and methods
		"/user/login", "GET /user/login id", // the sample's
		"clientKey", "signature", "userToken", "Version", "RequestID", "Language",
		"Version.schema", "RequestID.schema", "Language.schema",
		"signing.hash", "signing.noBody",
		"ErrorResponse", "ErrorResponse.message", "ErrorCode",
	}, documentedParts)
}

func TestEachPartOfAnyProfilesDocumentHasOneMark(t *testing.T) {
	for _, file := range exampleProfiles(t) {
		marks := map[string]int{}
		for place, part := range markedParts(t, openapiOf(t, file)) {
			require.Len(t, marksOf(part), 1, "%s: %s", file, place)
			marks[marksOf(part)[0]]++
		}
		require.Len(t, marks, 3, "%s: %v", file, marks)
	}
}

func TestEachOperationIsThereByItsName(t *testing.T) {
	for _, file := range append(exampleProfiles(t), "") {
		var names []string
		for _, item := range at(t, openapiOf(t, file), "paths").(map[string]any) {
			for _, o := range item.(map[string]any) {
				operation, ok := o.(map[string]any)
				if !ok {
					continue
				}
				several, ok := operation["x-operations"].([]any)
				if !ok {
					several = []any{operation["operationId"]}
				}
				require.Equal(t, operation["operationId"], several[0])
				for _, name := range several {
					names = append(names, name.(string))
				}
			}
		}
		require.ElementsMatch(t, operationNames(), names, file)
	}
}

// The members are those that the SDK's types have.
func TestTheSchemasHaveTheNamesOfTheTypes(t *testing.T) {
	schemas := at(t, openapiOf(t, ""), "components", "schemas")
	for name, structure := range map[string]reflect.Type{
		"ClientInfo":   reflect.TypeFor[coreapi.ClientInfo](),
		"LoginRequest": reflect.TypeFor[coreapi.LoginRequest](),
		"LoginResult":  reflect.TypeFor[coreapi.LoginStatus](),
		"LoginStatus":  reflect.TypeFor[coreapi.LoginStatus](),
		"LoginSession": reflect.TypeFor[coreapi.LoginSession](),
	} {
		var want []string
		for i := range structure.NumField() {
			if tag, _, _ := strings.Cut(structure.Field(i).Tag.Get("json"), ","); tag != "-" {
				want = append(want, tag)
			}
		}
		got := at(t, schemas, name, "properties").(map[string]any)
		require.ElementsMatch(t, want, slices.Collect(maps.Keys(got)), name)
	}
	device := coreapi.DeviceInfo{DeviceID: "1", Name: "2", Model: "3", Platform: "4", OSVersion: "5", AppVersion: "6", PushToken: "7"}
	fake := coreapitest.New()
	stored, err := fake.Client().Devices.Save(t.Context(), device)
	require.NoError(t, err)
	var answered map[string]any
	require.NoError(t, json.Unmarshal(stored.Raw, &answered))
	got := at(t, schemas, "Device", "properties").(map[string]any)
	require.ElementsMatch(t, slices.Collect(maps.Keys(answered)), slices.Collect(maps.Keys(got)))
	delete(answered, "id")
	got = at(t, schemas, "DeviceInfo", "properties").(map[string]any)
	require.ElementsMatch(t, slices.Collect(maps.Keys(answered)), slices.Collect(maps.Keys(got)))
}

func TestTheCodesAreTheCataloguesWithTheFakesStatuses(t *testing.T) {
	document := openapiOf(t, "")
	code := at(t, document, "components", "schemas", "ErrorCode")
	var rows any
	require.NoError(t, json.Unmarshal([]byte(runWith(t, "", "codes", "-json").out), &rows))
	require.Equal(t, rows, at(t, code, "x-codes"))

	fake := coreapitest.New()
	for i, info := range coreapi.Catalogue() {
		require.Equal(t, string(info.Code), at(t, code, "enum").([]any)[i])
		fake.Inject(coreapitest.Fault{Code: info.Code})
		_, err := fake.Client(coreapi.WithRetryPolicy(coreapi.NoRetry())).Clients.Info(t.Context(), coreapi.WithLanguage(coreapi.English))
		e, ok := errors.AsType[*coreapi.Error](err)
		require.True(t, ok)
		status := strconv.Itoa(e.StatusCode)
		response := at(t, document, "components", "responses", "Error"+status)
		require.Contains(t, at(t, response, "description"), info.Code)
		require.Equal(t, map[string]any{"code": string(info.Code), "message": e.Message},
			at(t, response, "content", "application/json", "examples", string(info.Code)+".en", "value"))
		require.Equal(t, "#/components/responses/Error"+status, at(t, document, "paths", "/client", "get", "responses", status, "$ref"))
	}
}

func TestAProfileIsInTheDocument(t *testing.T) {
	document := openapiOf(t, textFile(t, `{
		"version": "2.1",
		"envelope": {"ok": true, "code": "200|20*|none", "gone": null, "list": [1, 2], "data": ["{result}"]},
		"states": {"1": "succeeded", "2": "failed", "3": "pending"},
		"signature": {"encoding": "hex"},
		"clientInfo": {"method": "POST", "path": "/me?kind=client"},
		"login": {"path": "/in", "body": {"kind": 7, "who": {"account": "{account}"}, "pass": ["{password}"]}, "result": {"s": "{state:number}", "user": {"token": "Bearer {userToken}"}, "at": "now"}},
		"startLogin": {"path": "/start", "body": {"params": {}}},
		"loginStatus": {"path": "/in/{reqToken}?v=1"},
		"saveDevice": {"result": {"no": "{id}"}},
		"getDevice": {"path": "/device?no=d-{id}"}
	}`))
	assert.Equal(t, []any{"2.1"}, at(t, document, "components", "parameters", "Version", "schema", "examples"))
	assert.Equal(t, []string{"x-set"}, marksOf(at(t, document, "components", "parameters", "Version", "schema").(map[string]any)))
	assert.Equal(t, map[string]any{"value": "hex", "x-set": true}, at(t, document, "components", "securitySchemes", "signature", "x-signing", "encoding"))

	info := at(t, document, "paths", "/me", "post").(map[string]any)
	assert.Equal(t, []string{"x-set"}, marksOf(info), "the reference has a GET")
	assert.Equal(t, map[string]any{"name": "kind", "in": "query", "required": true, "schema": map[string]any{"const": "client", "x-set": true}, "x-set": true}, info["parameters"].([]any)[3])
	assert.NotContains(t, info, "requestBody")
	assert.Equal(t, map[string]any{
		"type":     "object",
		"required": []any{"ok", "code", "list", "data"},
		"properties": map[string]any{
			"ok":   map[string]any{"enum": []any{true, "true"}, "x-set": true},
			"code": map[string]any{"anyOf": []any{map[string]any{"type": "string", "pattern": "^20"}, map[string]any{"type": []any{"number", "boolean"}}, map[string]any{"enum": []any{"200", 200.0, "none"}}}, "x-set": true},
			"gone": map[string]any{"const": nil, "x-set": true},
			"list": map[string]any{"const": []any{1.0, 2.0}, "x-set": true},
			"data": map[string]any{"type": "array", "minItems": 1.0, "prefixItems": []any{map[string]any{"$ref": "#/components/schemas/ClientInfo"}}, "x-set": true},
		},
	}, at(t, info, "responses", "200", "content", "application/json", "schema"))

	login := at(t, document, "components", "schemas", "LoginRequest")
	assert.Equal(t, []any{"kind", "who", "pass"}, at(t, login, "required"))
	assert.Equal(t, map[string]any{"const": 7.0, "x-set": true}, at(t, login, "properties", "kind"))
	assert.Equal(t, []any{"account"}, at(t, login, "properties", "who", "required"))
	result := at(t, document, "components", "schemas", "LoginResult")
	assert.Equal(t, []any{"s"}, at(t, result, "required"))
	assert.Equal(t, []any{1.0, 2.0, 3.0}, at(t, result, "properties", "s", "enum"))
	assert.Equal(t, "^Bearer .+$", at(t, result, "properties", "user", "properties", "token", "pattern"))
	conditions := at(t, result, "allOf").([]any)
	assert.Equal(t, []any{1.0, 2.0}, at(t, conditions[0], "properties", "s", "enum"), "not pending")
	assert.Equal(t, []any{1.0}, at(t, conditions[1], "if", "properties", "s", "enum"))
	token := at(t, conditions[1], "then", "allOf").([]any)[0]
	assert.Equal(t, []any{"user"}, at(t, token, "required"))
	assert.Equal(t, []any{"token"}, at(t, token, "properties", "user", "required"))

	assert.Equal(t, []any{"params"}, at(t, document, "components", "schemas", "StartLoginRequest", "required"))
	status := at(t, document, "paths", "/in/{reqToken}", "get", "parameters").([]any)
	assert.Equal(t, []any{"path", true}, []any{at(t, status[3], "in"), at(t, status[3], "required")})
	assert.Equal(t, "1", at(t, status[4], "schema", "const"))
	device := at(t, document, "paths", "/device", "get", "parameters").([]any)
	assert.Equal(t, []any{"no", "^d-.+$"}, []any{at(t, device[3], "name"), at(t, device[3], "schema", "pattern")})
	assert.Contains(t, at(t, document, "components", "schemas"), "GetDeviceResult", "the two devices differ")
	assert.Contains(t, at(t, document, "components", "schemas", "ErrorResponse", "properties", "code"), "anyOf", "the envelope has a code of its own")
}

// What the reference shows stays documented where a profile says the same, and only that.
func TestTheReferencesSampleIsDocumentedWhateverAProfileSays(t *testing.T) {
	for path, want := range map[string]string{"/user/login?id={reqToken}": "x-documented", "/user/login?token={reqToken}": "x-set"} {
		item := at(t, openapiOf(t, textFile(t, `{"loginStatus": {"path": "`+path+`"}}`)), "paths", "/user/login").(map[string]any)
		require.Equal(t, []string{"x-documented"}, marksOf(item))
		parameter := at(t, item, "get", "parameters").([]any)[3].(map[string]any)
		require.Equal(t, []string{want}, marksOf(parameter), path)
		require.Equal(t, []string{"x-set"}, marksOf(parameter["schema"].(map[string]any)), "that it is the reqToken")
		require.Equal(t, map[string]any{"x-set": true}, at(t, item, "get", "x-path"))
	}
}

// A document is of no use to a program that cannot tell whether it is whole.
func TestOpenAPIRefusesWhatItCannotExpress(t *testing.T) {
	alike := textFile(t, `{"loginStatus": {"path": "/x/{reqToken}"}, "getDevice": {"method": "POST", "path": "/x/{id}"}}`)
	for _, args := range [][]string{
		{"openapi", "file"},
		{"openapi", "-profile", ""},
		{"openapi", "-profile", filepath.Join(t.TempDir(), "none.json")},
		{"openapi", "-profile", textFile(t, `{"login": {"body": {"a": "{emial}"}}}`)},
		{"openapi", "-profile", alike},
	} {
		got := runWith(t, "", args...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Empty(t, got.out, args)
		assert.NotEmpty(t, got.err, args)
	}
	got := runWith(t, "", "openapi", "-profile", alike)
	assert.Equal(t, "coreapi: openapi: the paths /x/{reqToken} and /x/{id} differ in the name of a value alone, which OpenAPI cannot express\n", got.err)
}
