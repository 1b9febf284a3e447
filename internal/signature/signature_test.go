package signature

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/fypass/coreapi-go/internal/jsonform"
	"github.com/stretchr/testify/require"
)

// vectors are made by Node and checked by OpenSSL. Their key is public: a throw-away
// key that protects nothing.
type vectors struct {
	PrivateKey string   `json:"privateKeyPKCS8Base64"`
	Vectors    []vector `json:"vectors"`
}

type vector struct {
	Name, Endpoint, Method, ClientKey, UserToken, RequestID, Version string

	Body, SentBody, SignedText                  string
	Signature, SignatureBase64URL, SignatureHex string
}

func (v vector) input() Input {
	in := Input{Endpoint: v.Endpoint, Method: v.Method, ClientKey: v.ClientKey, UserToken: v.UserToken, RequestID: v.RequestID, Version: v.Version}
	if v.SentBody != "" {
		in.Body = []byte(v.SentBody)
	}
	return in
}

func readVectors(t testing.TB) (*rsa.PrivateKey, []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var all vectors
	require.NoError(t, json.Unmarshal(data, &all))
	require.Len(t, all.Vectors, 6)
	der, err := base64.StdEncoding.DecodeString(all.PrivateKey)
	require.NoError(t, err)
	key, err := x509.ParsePKCS8PrivateKey(der)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey), all.Vectors
}

func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, _ := readVectors(t)
	return key
}

func TestTheVectorsAreMadeByteForByte(t *testing.T) {
	key, all := readVectors(t)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			if v.Body != "" {
				sent, err := Options{}.Form().Rewrite([]byte(v.Body))
				require.NoError(t, err)
				require.NoError(t, sent.Lossy)
				require.Equal(t, v.SentBody, string(sent.Text))
			}
			text := Options{}.AppendText(nil, v.input())
			require.Equal(t, v.SignedText, string(text))
			for encoding, want := range map[Encoding]string{"": v.Signature, Base64: v.Signature, Base64URL: v.SignatureBase64URL, Hex: v.SignatureHex} {
				options := Options{Encoding: encoding}
				header, err := options.Sign(t.Context(), key, text)
				require.NoError(t, err)
				require.NotEmpty(t, want)
				require.Equal(t, want, header)
				require.NoError(t, options.Verify(&key.PublicKey, text, header))
			}
		})
	}
}

func TestCheckNamesTheFieldAndItsWords(t *testing.T) {
	require.NoError(t, Options{}.Check())
	require.NoError(t, Options{PKCS1v15, Base64, EndpointRelative, NoBodyObject, StyleJavaScript, false}.Check())
	require.NoError(t, Options{PSS, Base64URL, EndpointFull, NoBodyOmit, StyleGo, true}.Check())
	require.NoError(t, Options{Encoding: Hex, NoBody: NoBodyNull}.Check())
	require.NoError(t, Options{NoBody: NoBodyEmpty}.Check())
	for want, options := range map[string]Options{
		`the signature's padding is "PSS", which is unknown: use "pkcs1v15" or "pss"`:                                     {Padding: "PSS"},
		`the signature's encoding is "base32", which is unknown: use "base64", "base64url" or "hex"`:                      {Encoding: "base32"},
		`the signature's endpoint is "host\n", which is unknown: use "relative" or "full"`:                                {Endpoint: "host\n"},
		`the signature's noBody is "[]", which is unknown: use "{}", "omit", "null" or "\"\""`:                            {NoBody: "[]"},
		`the signature's style is "python", which is unknown: use "javascript" or "go"`:                                   {Style: "python"},
		`the signature's padding is "a", which is unknown: use "pkcs1v15" or "pss"`:                                       {Padding: "a", Style: "b"},
		`the signature's style is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", which is unknown: use "javascript" or "go"`: {Style: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
	} {
		require.EqualError(t, options.Check(), want)
	}
}

func TestFormFollowsStyleAndSortKeys(t *testing.T) {
	require.Equal(t, jsonform.Form{}, Options{}.Form())
	require.Equal(t, jsonform.Form{Style: jsonform.Go, SortKeys: true}, Options{Style: StyleGo, SortKeys: true}.Form())
}

func TestTheTextFollowsTheOptions(t *testing.T) {
	full := Input{BasePath: "/core/v1", Endpoint: "/a?b=1&c=<é>\"\\", Method: "POST", ClientKey: "CK", UserToken: "T", RequestID: "R", Version: "1.0.0", Body: []byte(` {"z":1,"<":2} `)}
	none := Input{BasePath: "/core/v1", Endpoint: "/a", Method: "GET", ClientKey: "CK", RequestID: "R", Version: "1.0.0"}
	headers := `"headers":{"x-client-key":"CK","x-request-id":"R","x-version":"1.0.0"}`
	for name, test := range map[string]struct {
		options Options
		input   Input
		want    string
	}{
		"a body is spliced as it is": {Options{}, full, `{"endpoint":"/a?b=1&c=<é>\"\\","method":"POST","headers":{"x-client-key":"CK","x-token":"T","x-request-id":"R","x-version":"1.0.0"},"body": {"z":1,"<":2} }`},
		"Go's style, of strings only": {Options{Style: StyleGo, SortKeys: true}, full,
			`{"endpoint":"/a?b=1\u0026c=\u003cé\u003e\"\\","method":"POST","headers":{"x-client-key":"CK","x-token":"T","x-request-id":"R","x-version":"1.0.0"},"body": {"z":1,"<":2} }`},
		"no body is an empty object": {Options{}, none, `{"endpoint":"/a","method":"GET",` + headers + `,"body":{}}`},
		"no body as an object":       {Options{NoBody: NoBodyObject}, none, `{"endpoint":"/a","method":"GET",` + headers + `,"body":{}}`},
		"no body left out":           {Options{NoBody: NoBodyOmit}, none, `{"endpoint":"/a","method":"GET",` + headers + `}`},
		"no body as null":            {Options{NoBody: NoBodyNull}, none, `{"endpoint":"/a","method":"GET",` + headers + `,"body":null}`},
		"no body as an empty string": {Options{NoBody: NoBodyEmpty}, none, `{"endpoint":"/a","method":"GET",` + headers + `,"body":""}`},
		"the base URL's path":        {Options{Endpoint: EndpointFull}, none, `{"endpoint":"/core/v1/a","method":"GET",` + headers + `,"body":{}}`},
		"no path of the base URL":    {Options{Endpoint: EndpointFull}, Input{Endpoint: "/a", Method: "GET", ClientKey: "CK", RequestID: "R", Version: "1.0.0"}, `{"endpoint":"/a","method":"GET",` + headers + `,"body":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, "before"+test.want, string(test.options.AppendText([]byte("before"), test.input)))
		})
	}
}

func TestOnlyTheBodyOfARequestWithOneIsSigned(t *testing.T) {
	for _, noBody := range []NoBody{"", NoBodyOmit, NoBodyNull, NoBodyEmpty} {
		text := Options{NoBody: noBody}.AppendText(nil, Input{Body: []byte(`[1]`)})
		require.Contains(t, string(text), `},"body":[1]}`)
	}
}

func TestPublicKeysThatDoNotFitAreNamed(t *testing.T) {
	key := testKey(t)
	pub, err := CheckPublicKey(&key.PublicKey)
	require.NoError(t, err)
	require.Same(t, &key.PublicKey, pub)
	const pass = ": pass an RSA key of 2048 bits or more, the one that the API's admin gave you"
	for want, wrong := range map[string]crypto.PublicKey{
		"there is no public key" + pass:                                              nil,
		"the public key is an empty *rsa.PublicKey" + pass:                           (*rsa.PublicKey)(nil),
		"the public key is an RSA key of 1024 bits" + pass:                           &smallKey(t).PublicKey,
		"the public key is an elliptic curve key (ECDSA)" + pass:                     ecKey(t).Public(),
		"the public key is an Ed25519 key" + pass:                                    edKey(t).Public(),
		"the public key is a string" + pass:                                          "key",
		"the public key is an rsa.PublicKey, not a pointer to one: pass its address": key.PublicKey,
		"the public key is a private key: pass its Public()":                         key,
	} {
		_, err := CheckPublicKey(wrong)
		require.EqualError(t, err, want)
	}
	_, err = CheckPublicKey(new(rsa.PublicKey))
	require.ErrorContains(t, err, "an empty *rsa.PublicKey")
}
