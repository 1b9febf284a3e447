package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/jsonform"
	"github.com/fypass/coreapi-go/internal/signature"
)

const givenBody = `{"b": 1.0, "a": "<x>", "1": [true]}`

// verifyArgs are the request that the tests verify signatures of.
var verifyArgs = []string{"sign", "-method", "POST", "-endpoint", "/device?a=1&b=2", "-request-id", "R1", "-body", "-"}

// signedElsewhere is a signature of that request as another program makes it.
func signedElsewhere(t *testing.T, options signature.Options, body jsonform.Form, change func(*signature.Input), end string) string {
	t.Helper()
	form, err := body.Rewrite([]byte(givenBody))
	require.NoError(t, err)
	in := signature.Input{Endpoint: "/device?a=1&b=2", Method: "POST", ClientKey: "CK00001", UserToken: "tok-1", RequestID: "R1", Version: "1.0.0", Body: form.Text}
	if change != nil {
		change(&in)
	}
	header, err := options.Sign(t.Context(), fixedKey(t), append(options.AppendText(nil, in), end...))
	require.NoError(t, err)
	return header
}

func TestVerifyNamesHowASignatureWasMade(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	t.Setenv("COREAPI_BASE_URL", "https://api.example.com/core/v1/")
	js := jsonform.Form{}
	for name, tt := range map[string]struct {
		header string
		want   string
	}{
		"padding":             {signedElsewhere(t, signature.Options{Padding: signature.PSS}, js, nil, ""), `padding "pss".`},
		"encoding":            {signedElsewhere(t, signature.Options{Encoding: signature.Hex}, js, nil, ""), `encoding "hex".`},
		"encoding for URLs":   {signedElsewhere(t, signature.Options{Encoding: signature.Base64URL}, js, nil, ""), `encoding "base64url".`},
		"style":               {signedElsewhere(t, signature.Options{Style: signature.StyleGo}, jsonform.Form{Style: jsonform.Go}, nil, ""), `style "go"`},
		"sorted keys":         {signedElsewhere(t, signature.Options{SortKeys: true}, jsonform.Form{SortKeys: true}, nil, ""), "sorted keys."},
		"the base URL's path": {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.Endpoint = "/core/v1" + in.Endpoint }, ""), `the endpoint with the base URL's path ("endpoint": "full").`},
		"no token":            {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.UserToken = "" }, ""), "x-token left out."},
		"a last newline":      {signedElsewhere(t, signature.Options{}, js, nil, "\n"), "a newline after the text."},
		"the body as given":   {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.Body = []byte(givenBody) }, ""), "the body as it was given."},
		"two at once":         {signedElsewhere(t, signature.Options{Padding: signature.PSS}, js, nil, "\n"), `padding "pss" and a newline after the text.`},
		"three at once": {signedElsewhere(t, signature.Options{Encoding: signature.Hex}, js, func(in *signature.Input) {
			in.Endpoint, in.Body = "/core/v1"+in.Endpoint, []byte(givenBody)
		}, ""), `encoding "hex", and the body as it was given, and the endpoint with the base URL's path ("endpoint": "full").`},
		"lines of 64 letters": {inLines(signedElsewhere(t, signature.Options{}, js, nil, "")), "the signature in one line, without white space."},
	} {
		got := runWith(t, givenBody, append(verifyArgs, "-verify", tt.header)...)
		assert.Equal(t, exitFailed, got.code, name)
		assert.Contains(t, got.out, "does not verify as configured, but it does with: ", name)
		assert.Contains(t, got.out, tt.want, name)
		assert.NotContains(t, got.err, "coreapi: sign: The", "the verdict is on standard output alone")
	}
}

// inLines is what openssl base64 writes.
func inLines(header string) string {
	var lines []string
	for len(header) > 64 {
		lines, header = append(lines, header[:64]), header[64:]
	}
	return strings.Join(append(lines, header), "\n")
}

func TestVerifyNamesTheFormOfNoBody(t *testing.T) {
	signEnvironment(t)
	for noBody, want := range map[signature.NoBody]string{"omit": `no body "omit".`, "null": `no body "null".`, `""`: `no body "\"\"".`} {
		options := signature.Options{NoBody: noBody}
		text := options.AppendText(nil, signature.Input{Endpoint: "/client", Method: "GET", ClientKey: "CK00001", RequestID: "R1", Version: "1.0.0"})
		header, err := options.Sign(t.Context(), fixedKey(t), text)
		require.NoError(t, err)
		got := runWith(t, "", "sign", "-method", "GET", "-endpoint", "/client", "-request-id", "R1", "-verify", header)
		assert.Equal(t, exitFailed, got.code)
		assert.Contains(t, got.out, want)
	}
}

func TestVerifyFindsABasePathThatWasGivenAndNotSigned(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	header := signedElsewhere(t, signature.Options{}, jsonform.Form{}, nil, "")
	for _, profile := range []string{`{}`, `{"signature":{"endpoint":"full"}}`} {
		got := runWith(t, givenBody, "sign", "-method", "POST", "-endpoint", "/core/v1/device?a=1&b=2", "-request-id", "R1", "-body", "-",
			"-profile", textFile(t, profile), "-verify", header)
		assert.Equal(t, exitFailed, got.code)
		assert.Contains(t, got.out, `the endpoint without "/core/v1" before it.`)
	}
}

func TestVerifyTakesARightSignature(t *testing.T) {
	signEnvironment(t)
	for _, v := range vectors(t) {
		t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
		for _, header := range []string{v.Signature, v.Signature + "\n"} {
			got := runWith(t, "", v.args(t, "-verify", header)...)
			assert.Equal(t, exitOK, got.code, v.Name)
			assert.Equal(t, "The signature verifies as configured.\n", got.out, v.Name)
			assert.Equal(t, v.SignedText, lastLine(got.err), v.Name)
		}
	}
}

func TestVerifySaysThatNothingFits(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	header := signedElsewhere(t, signature.Options{}, jsonform.Form{}, func(in *signature.Input) { in.Version = "1.0.1" }, "")
	got := runWith(t, givenBody, append(verifyArgs, "-verify", header)...)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.out, "verifies under none of the known variants")
}

func TestVerifySaysThatASignatureIsNotWhole(t *testing.T) {
	signEnvironment(t)
	for header, length := range map[string]string{
		vectors(t)[1].Signature[:300]:                   "it has 300 characters, and one of this key has 344 in base64, 342 in base64url or 512 in hex",
		base64.StdEncoding.EncodeToString([]byte("no")): "it has 4 characters",
		"$sig": "it has 4 characters",
	} {
		v := vectors(t)[1]
		got := runWith(t, "", v.args(t, "-verify", header)...)
		assert.Equal(t, exitFailed, got.code)
		assert.Contains(t, got.out, length)
	}
}
