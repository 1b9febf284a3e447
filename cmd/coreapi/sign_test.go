package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

// signEnvironment sets what sign reads of the environment to the test key's, and
// nothing else.
func signEnvironment(t *testing.T) {
	t.Helper()
	t.Setenv("COREAPI_CLIENT_KEY", "CK00001")
	t.Setenv("COREAPI_PRIVATE_KEY", testkey.PKCS8Base64)
	for _, name := range []string{"COREAPI_PRIVATE_KEY_FILE", "COREAPI_USER_TOKEN", "COREAPI_BASE_URL"} {
		t.Setenv(name, "")
	}
}

// textFile is a file with that content.
func textFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// lastLine is that of standard error, where the text stands.
func lastLine(errs string) string {
	lines := strings.Split(strings.TrimSuffix(errs, "\n"), "\n")
	return lines[len(lines)-1]
}

// vector is one of the known signatures, which another language's programs made.
type vector struct {
	Name, Endpoint, Method, ClientKey, UserToken, RequestID string
	Body, SentBody                                          *string
	SignedText, Signature, SignatureHex, SignatureBase64url string
}

// args are the command line that signs it.
func (v vector) args(t *testing.T, more ...string) []string {
	t.Helper()
	args := []string{"sign", "-method", v.Method, "-endpoint", v.Endpoint, "-request-id", v.RequestID}
	if v.Body != nil {
		args = append(args, "-body", textFile(t, *v.Body))
	}
	return append(args, more...)
}

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("../../internal/signature/testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Vectors, 6)
	return file.Vectors
}

func TestSignWritesTheKnownSignaturesAndTexts(t *testing.T) {
	signEnvironment(t)
	for _, v := range vectors(t) {
		t.Setenv("COREAPI_CLIENT_KEY", v.ClientKey)
		t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
		for profile, want := range map[string]string{
			`{}`:                                        v.Signature,
			`{"signature":{"encoding":"hex"}}`:          v.SignatureHex,
			`{"signature":{"encoding":"base64url"}}`:    v.SignatureBase64url,
			`{"version":"1.0.0","login":{"path":"/x"}}`: v.Signature,
		} {
			got := runWith(t, "", v.args(t, "-profile", textFile(t, profile))...)
			assert.Equal(t, exitOK, got.code, "%s: %s", v.Name, got.err)
			assert.Equal(t, want+"\n", got.out, v.Name)
			assert.Equal(t, v.SignedText, lastLine(got.err), v.Name)
		}
	}
}

func TestSignReadsTheBodyFromStandardInput(t *testing.T) {
	signEnvironment(t)
	for _, v := range vectors(t) {
		if v.Body == nil {
			continue
		}
		t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
		got := runWith(t, *v.Body, "sign", "-method", v.Method, "-endpoint", v.Endpoint, "-request-id", v.RequestID, "-body", "-")
		assert.Equal(t, v.Signature+"\n", got.out, v.Name)
	}
}

func TestSignReadsTheKeyFromAFile(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", textFile(t, testkey.PKCS8Base64+"\n"))
	v := vectors(t)[1]
	assert.Equal(t, v.Signature+"\n", runWith(t, "", v.args(t)...).out)
}

func TestSignMakesUpANewIDWhichTheTextHas(t *testing.T) {
	signEnvironment(t)
	seen := map[string]bool{}
	for range 3 {
		got := runWith(t, "", "sign", "-method", "GET", "-endpoint", "/client")
		require.Equal(t, exitOK, got.code, got.err)
		var text struct{ Headers map[string]string }
		require.NoError(t, json.Unmarshal([]byte(got.err), &text), "the text alone is on standard error")
		id := text.Headers["x-request-id"]
		require.Greater(t, len(id), 20)
		require.False(t, seen[id])
		seen[id] = true
	}
}

func TestSignUsesTheProfilesVersionAndForm(t *testing.T) {
	signEnvironment(t)
	profile := textFile(t, `{"version":"2.1","signature":{"noBody":"omit","endpoint":"full","style":"go"}}`)
	got := runWith(t, "", "sign", "-method", "GET", "-endpoint", "/core/v1/client?a=1&b=2", "-request-id", "R1", "-profile", profile)
	require.Equal(t, exitOK, got.code, got.err)
	assert.Equal(t, `{"endpoint":"/core/v1/client?a=1\u0026b=2","method":"GET","headers":{"x-client-key":"CK00001","x-request-id":"R1","x-version":"2.1"}}`+"\n",
		got.err, "a full endpoint is signed as given")
}

func TestSignWithPSSVerifies(t *testing.T) {
	signEnvironment(t)
	args := []string{"sign", "-method", "GET", "-endpoint", "/client", "-request-id", "R1", "-profile", textFile(t, `{"signature":{"padding":"pss"}}`)}
	made := runWith(t, "", args...)
	require.Equal(t, exitOK, made.code, made.err)
	got := runWith(t, "", append(args, "-verify", made.out)...)
	assert.Equal(t, exitOK, got.code, got.out)
}

func TestSignWarnsOfABodyThatIsNotInItsForm(t *testing.T) {
	signEnvironment(t)
	for body, want := range map[string]string{
		`{"a":1,"b":"<&>"}`:   "",
		"{\"a\":1}\n":         "without it (curl: -d drops it",
		"{\"a\":1}\r\n":       "without it (curl: -d drops it",
		`{"a": 1}`:            "in another form than it was given in",
		`{"a":1.0}`:           "in another form than it was given in",
		`{"a":"\u00e9"}`:      "in another form than it was given in",
		`{"b":1,"1":2}`:       "in another form than it was given in",
		"\n{\"a\":1}":         "in another form than it was given in",
		`"a text, and no {}"`: "",
	} {
		got := runWith(t, body, "sign", "-method", "POST", "-endpoint", "/device", "-body", "-")
		assert.Equal(t, exitOK, got.code, body)
		warnings := strings.TrimSuffix(got.err, lastLine(got.err)+"\n")
		assert.Equal(t, want == "", warnings == "", "%s: %s", body, warnings)
		assert.Contains(t, warnings, want, body)
	}
}

func TestBodyOutIsTheBodyAsItIsSigned(t *testing.T) {
	signEnvironment(t)
	in, out := textFile(t, "{\"b\": 1.0,\n \"1\": \"p&ss\"}\n"), filepath.Join(t.TempDir(), "body.json")
	args := []string{"sign", "-method", "POST", "-endpoint", "/device", "-body", in, "-body-out"}
	got := runWith(t, "", append(args, out)...)
	require.Equal(t, exitOK, got.code, got.err)
	written, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Equal(t, `{"1":"p&ss","b":1}`, string(written))
	assert.Contains(t, lastLine(got.err), `"body":`+string(written)+"}")
	assert.Contains(t, got.err, "send "+out+", byte for byte\n")
	requireOwnersOnly(t, out) // it may hold a password

	got = runWith(t, "", append(args, in)...)
	require.Equal(t, exitOK, got.code, got.err)
	written, err = os.ReadFile(in)
	require.NoError(t, err)
	assert.Equal(t, `{"1":"p&ss","b":1}`, string(written), "the body's own file may be named")
}

func TestABodyThatCannotBeWrittenIsNotSigned(t *testing.T) {
	signEnvironment(t)
	got := runWith(t, "{}", "sign", "-method", "POST", "-endpoint", "/device", "-body", "-", "-body-out", t.TempDir())
	assert.Equal(t, exitFailed, got.code)
	assert.Empty(t, got.out)
	assert.Contains(t, got.err, "coreapi: sign: the body cannot be written: ")
}

func TestQuietLeavesTheTextOut(t *testing.T) {
	signEnvironment(t)
	v := vectors(t)[0]
	t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
	assert.Equal(t, result{exitOK, v.Signature + "\n", ""}, runWith(t, "", v.args(t, "-quiet")...))
}

func TestSignRefuses(t *testing.T) {
	get := []string{"-method", "GET", "-endpoint", "/client"}
	post := []string{"-method", "POST", "-endpoint", "/device", "-body", "-"}
	profile := func(text string) []string { return append([]string{"-profile", textFile(t, text)}, get...) }
	for name, tt := range map[string]struct {
		env  map[string]string
		in   string
		args []string
		want string
	}{
		"an argument":                   {args: append(get[:4:4], "s3cret"), want: "only flags"},
		"a flag for the key":            {args: append([]string{"-private-key", "s3cret"}, get...), want: "flag provided but not defined: -private-key"},
		"an empty flag":                 {args: append([]string{"-body", ""}, get...), want: "it is empty"},
		"no method":                     {args: get[2:], want: "-method and -endpoint are both needed"},
		"no endpoint":                   {args: get[:2], want: "-method and -endpoint are both needed"},
		"a method in lower case":        {args: []string{"-method", "get", "-endpoint", "/client"}, want: `-method "get" is none`},
		"a whole URL":                   {args: []string{"-method", "GET", "-endpoint", "https://api.example.com/client?id=s3cret"}, want: "is a whole URL: pass its path and query only"},
		"an endpoint without a slash":   {args: []string{"-method", "GET", "-endpoint", "client?id=s3cret"}, want: `"client" does not begin with "/"`},
		"a space in the endpoint":       {args: []string{"-method", "GET", "-endpoint", "/client?a=b c"}, want: "escape it as it is sent"},
		"a letter that no line has":     {args: []string{"-method", "GET", "-endpoint", "/é"}, want: "escape it as it is sent"},
		"a fragment":                    {args: []string{"-method", "GET", "-endpoint", "/client#top"}, want: "behind a #"},
		"an id with a line end":         {args: append([]string{"-request-id", "R1\n"}, get...), want: "-request-id begins or ends with white space"},
		"an id that is no ASCII":        {args: append([]string{"-request-id", "é"}, get...), want: "-request-id holds a character outside ASCII"},
		"verify without an id":          {args: append([]string{"-verify", "x"}, get...), want: "-verify needs -request-id"},
		"body-out without a body":       {args: append([]string{"-body-out", "x"}, get...), want: "-body-out needs -body"},
		"body-out to standard output":   {args: append([]string{"-body-out", "-"}, post...), want: "name a file"},
		"no client key":                 {env: map[string]string{"COREAPI_CLIENT_KEY": ""}, args: get, want: "COREAPI_CLIENT_KEY is not set"},
		"a client key with a line end":  {env: map[string]string{"COREAPI_CLIENT_KEY": "s3cret\n"}, args: get, want: "COREAPI_CLIENT_KEY begins or ends with white space"},
		"a client key that is no ASCII": {env: map[string]string{"COREAPI_CLIENT_KEY": "s3crét"}, args: get, want: "COREAPI_CLIENT_KEY holds a character"},
		"a token with a line end":       {env: map[string]string{"COREAPI_USER_TOKEN": "s3cret\n"}, args: get, want: "COREAPI_USER_TOKEN begins or ends"},
		"a token that is no ASCII":      {env: map[string]string{"COREAPI_USER_TOKEN": "s3crét"}, args: get, want: "COREAPI_USER_TOKEN holds a character"},
		"no private key":                {env: map[string]string{"COREAPI_PRIVATE_KEY": ""}, args: get, want: "neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set"},
		"two private keys":              {env: map[string]string{"COREAPI_PRIVATE_KEY_FILE": "s3cret"}, args: get, want: "are both set: unset one"},
		"a key that is none":            {env: map[string]string{"COREAPI_PRIVATE_KEY": "/s3cret/key.pem"}, args: get, want: "COREAPI_PRIVATE_KEY: the private key looks like a file's name"},
		"the key as its file's name":    {env: map[string]string{"COREAPI_PRIVATE_KEY": "", "COREAPI_PRIVATE_KEY_FILE": "s3cret"}, args: get, want: "the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: " + noSuchFile(t)},
		"a key's file that holds none":  {env: map[string]string{"COREAPI_PRIVATE_KEY": "", "COREAPI_PRIVATE_KEY_FILE": textFile(t, "")}, args: get, want: "COREAPI_PRIVATE_KEY_FILE: the private key is empty"},
		"a key's file that is too long": {env: map[string]string{"COREAPI_PRIVATE_KEY": "", "COREAPI_PRIVATE_KEY_FILE": textFile(t, strings.Repeat(" ", maxKeyFile+1))}, args: get, want: "it is over 1 MiB"},
		"a body that is not there":      {args: append([]string{"-body", "none.json"}, get...), want: "the body cannot be read: open none.json"},
		"an empty body":                 {in: " \n", args: post, want: "the body is empty: leave -body out"},
		"a body that is too long":       {in: strings.Repeat(" ", maxBody+1), args: post, want: "the body cannot be read: it is over 16 MiB"},
		"a body that is no JSON":        {in: `{"a":`, args: post, want: "the body cannot be signed: the text is not one whole JSON value"},
		"two bodies":                    {in: `{} {}`, args: post, want: "the body cannot be signed"},
		"a number that changes":         {in: `{"a":9007199254740993}`, args: post, want: "the number 9007199254740993 at body.a"},
		"a name that stands twice":      {in: `{"a":1,"a":2}`, args: post, want: "stands twice"},
		"half a character":              {in: `{"a":"\ud800"}`, args: post, want: "half a surrogate pair"},
		"a profile that is not there":   {args: append([]string{"-profile", "none.json"}, get...), want: "the profile none.json: the profile cannot be read: " + noSuchFile(t)},
		"a version that no header has":  {args: profile(`{"version":"é"}`), want: "the profile: Version holds a character outside ASCII"},
		"a word of the signature":       {args: profile(`{"signature":{"padding":"oaep"}}`), want: `padding is "oaep", which is unknown: use "pkcs1v15" or "pss"`},
	} {
		t.Run(name, func(t *testing.T) {
			signEnvironment(t)
			for variable, value := range tt.env {
				t.Setenv(variable, value)
			}
			got := runWith(t, tt.in, append([]string{"sign"}, tt.args...)...)
			assert.Equal(t, exitUsage, got.code)
			assert.Empty(t, got.out)
			assert.True(t, strings.HasPrefix(got.err, "coreapi: sign"), got.err)
			assert.Contains(t, got.err, tt.want)
			assert.NotContains(t, got.err, "s3cr", "no value is quoted that may be a secret")
		})
	}
}

func TestNothingOfTheKeysIsShownButInTheText(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "c4nary-client-key")
	t.Setenv("COREAPI_USER_TOKEN", "c4nary-user-token")
	good := []string{"sign", "-method", "POST", "-endpoint", "/device", "-body", "-", "-request-id", "R1"}
	for name, tt := range map[string]struct {
		key, in string
		args    []string
	}{
		"signed":              {testkey.PKCS8Base64, `{"a":1.0}`, good},
		"quiet":               {testkey.PKCS8Base64, `{"a":1.0}`, append(good, "-quiet")},
		"verified":            {testkey.PKCS8Base64, `{}`, append(good, "-verify", "none")},
		"refused body":        {testkey.PKCS8Base64, `{`, good},
		"refused flag":        {testkey.PKCS8Base64, `{}`, append(good, "-padding", "pss")},
		"key that is cut off": {testkey.PKCS8Base64[:1000], `{}`, good},
		"key with a mistake":  {strings.Replace(testkey.PKCS8Base64, "B", "!", 1), `{}`, good},
		"key as a JSON text":  {`{"key":"` + testkey.PKCS8Base64 + `"}`, `{}`, good},
	} {
		t.Setenv("COREAPI_PRIVATE_KEY", tt.key)
		got := runWith(t, tt.in, tt.args...)
		shown := got.err
		if name == "verified" {
			shown += got.out
		}
		text := lastLine(got.err)
		if strings.HasPrefix(text, `{"endpoint":`) {
			assert.Contains(t, []string{"signed", "verified"}, name)
			shown = strings.Replace(shown, text, "", 1)
		}
		for _, secret := range append(eights(testkey.PKCS8Base64), "c4nary") {
			assert.NotContains(t, shown, secret, name)
		}
	}
}

func TestASignedRequestIsTakenByTheSandbox(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "sandbox-client-key")
	server := strictSandbox(t, nil)
	out := filepath.Join(t.TempDir(), "body.json")
	signed := runWith(t, ` {"deviceId": "phone-1", "name": "R&D <b>\u00e9\/", "2": 1.0, "1": 1E5}`+"\n",
		"sign", "-method", "POST", "-endpoint", "/device", "-body", "-", "-body-out", out, "-request-id", "R1")
	require.Equal(t, exitOK, signed.code, signed.err)
	body, err := os.ReadFile(out)
	require.NoError(t, err)
	answer, _ := shell(t, curls(t)["net/http"], "curl -sS "+server.URL+"/device -H 'X-Client-Key: sandbox-client-key' -H 'X-Version: 1.0.0'"+
		" -H 'X-Request-Id: R1' -H 'X-Signature: "+strings.TrimSpace(signed.out)+"' -H 'Content-Type: application/json' -d "+shellQuote(string(body)))
	assert.Contains(t, answer, `"deviceId":"phone-1"`)
}
