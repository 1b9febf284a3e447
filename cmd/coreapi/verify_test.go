package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
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
	js, goForm := jsonform.Form{}, jsonform.Form{Style: jsonform.Go}
	for name, tt := range map[string]struct {
		header string
		made   string
		paste  string // the pasteable switches; "" for none
		also   string
	}{
		"padding":             {signedElsewhere(t, signature.Options{Padding: signature.PSS}, js, nil, ""), `padding "pss"`, `{"padding":"pss"}`, ""},
		"encoding":            {signedElsewhere(t, signature.Options{Encoding: signature.Hex}, js, nil, ""), `encoding "hex"`, `{"encoding":"hex"}`, ""},
		"encoding for URLs":   {signedElsewhere(t, signature.Options{Encoding: signature.Base64URL}, js, nil, ""), `encoding "base64url"`, `{"encoding":"base64url"}`, ""},
		"hex in upper case":   {strings.ToUpper(signedElsewhere(t, signature.Options{Encoding: signature.Hex}, js, nil, "")), "hex in upper case", `{"encoding":"hex"}`, "in lower case, which a server that decodes it takes too."},
		"style":               {signedElsewhere(t, signature.Options{Style: signature.StyleGo}, goForm, nil, ""), `style "go"`, `{"style":"go"}`, ""},
		"sorted keys":         {signedElsewhere(t, signature.Options{SortKeys: true}, jsonform.Form{SortKeys: true}, nil, ""), "sorted keys", `{"sortKeys":true}`, ""},
		"a Go server's all":   {signedElsewhere(t, signature.Options{Encoding: signature.Hex, Style: signature.StyleGo}, jsonform.Form{Style: jsonform.Go, SortKeys: true}, nil, ""), `encoding "hex" and style "go" with sorted keys`, `{"encoding":"hex","style":"go","sortKeys":true}`, ""},
		"the base URL's path": {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.Endpoint = "/core/v1" + in.Endpoint }, ""), `endpoint "full"`, `{"endpoint":"full"}`, ""},
		"no token":            {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.UserToken = "" }, ""), "x-token left out", "", "There is no switch for x-token left out:\nin Go use WithSignatureText"},
		"a last newline":      {signedElsewhere(t, signature.Options{}, js, nil, "\n"), "a newline after the text", "", "There is no switch for a newline after the text:\nin Go use WithSignatureText"},
		"a method in lower case": {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.Method = "post" }, ""), "the method in lower case", "",
			"There is no switch for the method in lower case:\nin Go use WithSignatureText"},
		"the body as given": {signedElsewhere(t, signature.Options{}, js, func(in *signature.Input) { in.Body = []byte(givenBody) }, ""), "the body as it was given", "", "a server that checks the bytes as they came takes that too."},
		"two at once":       {signedElsewhere(t, signature.Options{Padding: signature.PSS}, js, nil, "\n"), `padding "pss" and a newline after the text`, `{"padding":"pss"}`, "There is no switch for a newline after the text"},
		"three at once": {signedElsewhere(t, signature.Options{Encoding: signature.Hex}, js, func(in *signature.Input) {
			in.Endpoint, in.Body = "/core/v1"+in.Endpoint, []byte(givenBody)
		}, ""), `encoding "hex", endpoint "full" and the body as it was given`, `{"encoding":"hex","endpoint":"full"}`, ""},
		"lines of 64 letters": {inLines(signedElsewhere(t, signature.Options{}, js, nil, "")), "white space in the signature", "", "Send the signature in one line."},
	} {
		got := runWith(t, givenBody, append(verifyArgs, "-verify", tt.header)...)
		assert.Equal(t, exitFailed, got.code, name)
		assert.Contains(t, got.out, "The signature does not verify as configured. It was made with "+tt.made+".\n", name)
		if tt.paste == "" {
			assert.NotContains(t, got.out, `"signature":`, name)
		} else {
			assert.Contains(t, got.out, "\n\n  \"signature\": "+tt.paste+"\n", name)
		}
		assert.Contains(t, got.out, tt.also, name)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), "only the text is on standard error, no warning of what was sent: %s", got.err)
	}
}

// What -verify says can be pasted into the profile's file, and verifies then.
func TestTheSwitchesThatVerifyPrintsWork(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	for _, options := range []signature.Options{
		{Padding: signature.PSS, Encoding: signature.Hex, Style: signature.StyleGo, SortKeys: true},
		{Encoding: signature.Base64URL, SortKeys: true},
		{Style: signature.StyleGo},
	} {
		header := signedElsewhere(t, options, options.Form(), nil, "")
		got := runWith(t, givenBody, append(verifyArgs, "-verify", header)...)
		_, after, found := strings.Cut(got.out, "  \"signature\": ")
		require.True(t, found, got.out)
		line, _, _ := strings.Cut(after, "\n")
		profile := textFile(t, `{"signature": `+line+`}`)
		got = runWith(t, givenBody, append(verifyArgs, "-profile", profile, "-verify", header)...)
		assert.Equal(t, result{exitOK, "The signature verifies as configured.\n", got.err}, got)
	}
}

// sealedElsewhere signs the vectors' first text in a way that the SDK does not.
func sealedElsewhere(t *testing.T, key crypto.Signer, text string, hash crypto.Hash, opts crypto.SignerOpts) string {
	t.Helper()
	h := hash.New()
	h.Write([]byte(text))
	signed, err := key.Sign(rand.Reader, h.Sum(nil), opts)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(signed)
}

func TestVerifyNamesSaltAndHash(t *testing.T) {
	signEnvironment(t)
	v := vectors(t)[1]
	t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
	longest := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256}
	got := runWith(t, "", v.args(t, "-verify", sealedElsewhere(t, fixedKey(t), v.SignedText, crypto.SHA256, longest))...)
	assert.Contains(t, got.out, `It was made with padding "pss" with a salt of 222 bytes.`)
	assert.Contains(t, got.out, `"signature": {"padding":"pss"}`)
	assert.Contains(t, got.out, "a server that takes any length, as Node's crypto.verify does by default, takes it too.")
	got = runWith(t, "", v.args(t, "-verify", sealedElsewhere(t, fixedKey(t), v.SignedText, crypto.SHA1, crypto.SHA1))...)
	assert.Contains(t, got.out, "It was made with SHA-1 instead of SHA-256.")
	assert.Contains(t, got.out, "WithSignatureText cannot do it")
	assert.NotContains(t, got.out, `"signature":`)
}

func TestVerifyTellsAnotherKeyFromAnotherText(t *testing.T) {
	signEnvironment(t)
	v := vectors(t)[1]
	got := runWith(t, "", v.args(t, "-verify", sealedElsewhere(t, newKey(t), v.SignedText, crypto.SHA256, crypto.SHA256))...)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.out, "none of this key's: another private key made it")
	got = runWith(t, "", v.args(t, "-verify", sealedElsewhere(t, fixedKey(t), "another text", crypto.SHA256, crypto.SHA256))...)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.out, "This key made the signature, encoded, padded and hashed as configured.")
}

func TestVerifyRemindsOfTheTokenWhereNoneIsSet(t *testing.T) {
	signEnvironment(t)
	const hint = "If the sample has x-token, set COREAPI_USER_TOKEN"
	header := signedElsewhere(t, signature.Options{}, jsonform.Form{}, nil, "") // with a token
	got := runWith(t, givenBody, append(verifyArgs, "-verify", header)...)
	assert.Contains(t, got.out, hint)
	t.Setenv("COREAPI_USER_TOKEN", "tok-2")
	got = runWith(t, givenBody, append(verifyArgs, "-verify", header)...)
	assert.NotContains(t, got.out, hint)
}

func TestVerifyNeedsThePublicKeyOnly(t *testing.T) {
	signEnvironment(t)
	der, err := x509.MarshalPKIXPublicKey(fixedKey(t).Public())
	require.NoError(t, err)
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	v := vectors(t)[1]
	for _, variable := range []string{"COREAPI_PRIVATE_KEY", "COREAPI_PRIVATE_KEY_FILE"} {
		t.Setenv("COREAPI_PRIVATE_KEY", "")
		value := public
		if variable == "COREAPI_PRIVATE_KEY_FILE" {
			value = textFile(t, public)
		}
		t.Setenv(variable, value)
		got := runWith(t, "", v.args(t, "-verify", v.Signature)...)
		assert.Equal(t, exitOK, got.code, got.err)
		got = runWith(t, "", v.args(t)...)
		assert.Equal(t, exitUsage, got.code, "it signs nothing")
		assert.Contains(t, got.err, "public key")
	}
}

// theirText is what the admin's program signed of the tests' request.
const theirText = `{"endpoint":"/device?a=1&b=2","method":"POST","headers":{"x-client-key":"CK00001","x-token":"tok-1","x-request-id":"R1","x-version":"1.0.0"},"body":{"1":[true],"b":1,"a":"<x>"}}`

func TestVerifyComparesWithTheAdminsText(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	seconds := strings.Replace(theirText, `"x-version":"1.0.0"`, `"x-version":"1.0.0","x-time":"é7"`, 1)
	for name, tt := range map[string]struct {
		file, signed string
		code         int
		want         []string
	}{
		"the SDK's":             {theirText, theirText, exitOK, []string{"The signature is that of the text in FILE.\nThe SDK signs the same text.\n", "verifies as configured"}},
		"with an editor's line": {theirText + "\r\n", theirText, exitOK, []string{"in FILE, without its last line end.\nThe SDK signs the same text.\n"}},
		"a signed line end": {theirText + "\n", theirText + "\n", exitFailed, []string{"in FILE.\n", "at offset 177:\n\n  theirs …",
			`e],"b":1,"a":"<x>"}}` + `\n (its end)`, "made with a newline after the text."}},
		"another version": {strings.Replace(theirText, "1.0.0", "1.1.0", 1), strings.Replace(theirText, "1.0.0", "1.1.0", 1), exitFailed,
			[]string{"is that of the text in FILE", "at offset 135:\n\n  theirs " + `…"R1","x-version":"1.1.0"},"body":{"1":[t…` + "\n  SDK's  " + `…"R1","x-version":"1.0.0"},"body":{"1":[t…`,
				"If a value differs, use the sample's."}},
		"one that was not signed": {seconds, theirText + " ", exitFailed, []string{"The signature is not that of the text in FILE.\n", `","x-time":"é7`, "no known variant"}},
		"another token": {strings.Replace(theirText, "tok-1", "s3cret-token", 1), strings.Replace(theirText, "tok-1", "s3cret-token", 1), exitFailed,
			[]string{"in a value that is not shown", `"x-token":"*****`}},
		"a text of another form": {"CK00001\ntok-1\nPOST", "CK00001\ntok-1\nPOST", exitFailed, []string{`theirs *******\n*****\nPOST (its end)`}},
	} {
		file := textFile(t, tt.file)
		got := runWith(t, givenBody, append(verifyArgs, "-quiet", "-text", file, "-verify", sealedElsewhere(t, fixedKey(t), tt.signed, crypto.SHA256, crypto.SHA256))...)
		assert.Equal(t, tt.code, got.code, name)
		for _, want := range tt.want {
			assert.Contains(t, strings.ReplaceAll(got.out, file, "FILE"), want, name)
		}
		for _, secret := range []string{"CK00001", "tok-1", "s3cret"} {
			assert.NotContains(t, got.out, secret, name)
		}
	}
}

func TestVerifySaysHowTheAdminsTextWasSigned(t *testing.T) {
	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	file := textFile(t, "own text")
	header, err := signature.Options{Padding: signature.PSS, Encoding: signature.Hex}.Sign(t.Context(), fixedKey(t), []byte("own text"))
	require.NoError(t, err)
	got := runWith(t, givenBody, append(verifyArgs, "-text", file, "-verify", header)...)
	assert.Contains(t, got.out, "The signature is that of the text in "+file+`, made with padding "pss" and encoding "hex".`)
	assert.Contains(t, got.out, `"signature": {"padding":"pss","encoding":"hex"}`)
	assert.Contains(t, got.out, "In Go, WithSignatureText signs it")
}

func TestATextIsForVerifyAndHasToBeThere(t *testing.T) {
	signEnvironment(t)
	v := vectors(t)[1]
	got := runWith(t, "", v.args(t, "-text", "none.txt")...)
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.err, "-text needs -verify")
	got = runWith(t, "", v.args(t, "-text", "none.txt", "-verify", v.Signature)...)
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.err, "the text cannot be read: open none.txt")
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
	for noBody, want := range map[signature.NoBody]string{"omit": `noBody "omit".`, "null": `noBody "null".`, `""`: `noBody "\"\"".`} {
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
	assert.Contains(t, got.out, "no known variant of the\nrequest's text is what was signed. Compare it, letter by letter")
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
