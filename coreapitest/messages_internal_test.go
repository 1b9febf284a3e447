package coreapitest

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/signature"
)

func TestEachDocumentedCodeHasAMessageInBothLanguages(t *testing.T) {
	seen := map[string]coreapi.Code{}
	for _, info := range coreapi.Catalogue() {
		message := messages[info.Code]
		for _, words := range []string{message.indonesian, message.english} {
			require.NotEmpty(t, words, info.Code)
			require.Regexp(t, `^[A-Z].*\.$`, words, "a sentence")
			require.Empty(t, seen[words], "another code's message")
			seen[words] = info.Code
		}
	}
	require.Len(t, messages, len(coreapi.Catalogue()))
}

// Whatever package signature says has to be said in Indonesian, but for a profile's words.
func TestHowASignatureWasMadeIsSaidInIndonesian(t *testing.T) {
	key := testKey()
	in := signature.Input{BasePath: "/core", Endpoint: "/a?b=<", Method: "POST", ClientKey: "CK", UserToken: "T", RequestID: "R", Version: "1", Body: []byte(`{"b": "<", "a": 1}`)}
	asJavaScript := []byte(`{"b":"<","a":1}`)
	change := func(change func(*signature.Input)) signature.Input { in := in; change(&in); return in }
	withBody := func(body string) signature.Input {
		return change(func(in *signature.Input) { in.Body = []byte(body) })
	}
	bare := change(func(in *signature.Input) { in.UserToken, in.Body = "", nil })
	swapped := func(before, after string) func([]byte) []byte {
		return func(text []byte) []byte { return bytes.Replace(text, []byte(before), []byte(after), 1) }
	}
	goStyle := signature.Options{Style: signature.StyleGo}
	for want, tt := range map[string]struct {
		expected, options signature.Options
		arrived, signed   signature.Input
		change            func([]byte) []byte
		hash              crypto.Hash // 0: SHA-256
		salt              int         // 0: not PSS
		encode            func([]byte) string
	}{
		"isi permintaan dalam bentuk JSON.stringify; server ini meminta isi seperti saat dikirim":          {arrived: in, signed: withBody(string(asJavaScript))},
		"hanya isi permintaan dalam bentuk Go's json.Marshal; server ini meminta isi seperti saat dikirim": {arrived: in, signed: withBody(`{"b":"\u003c","a":1}`)},
		`style "go" untuk semuanya kecuali isi permintaan; server ini meminta "javascript"`:                {options: goStyle, arrived: in, signed: in},
		`style "go" dengan nama yang terurut; server ini meminta "javascript" dengan nama dalam urutan aslinya`: {
			options: goStyle, arrived: in, signed: withBody(`{"a":1,"b":"\u003c"}`)},
		"nama yang terurut; server ini meminta nama dalam urutan aslinya": {arrived: in, signed: withBody(`{"a":1,"b":"<"}`)},
		"baris baru di akhir teks; server ini meminta teks tanpa itu": {arrived: in, signed: in,
			change: func(text []byte) []byte { return append(text, '\n') }},
		"teks tanpa x-token; server ini meminta x-token yang dikirim": {arrived: in, signed: in, change: swapped(`"x-token":"T",`, "")},
		"x-token yang kosong; server ini meminta tanpa x-token":       {arrived: bare, signed: bare, change: swapped(`"x-request`, `"x-token":"","x-request`)},
		"header yang terurut menurut nama (x-request-id sebelum x-token); server ini meminta header dalam urutan dokumentasi": {
			arrived: in, signed: in, change: swapped(`"x-token":"T","x-request-id":"R"`, `"x-request-id":"R","x-token":"T"`)},
		"metode dalam huruf kecil; server ini meminta metode seperti saat dikirim": {arrived: in, signed: in, change: swapped("POST", "post")},
		"SHA-1, bukan SHA-256; server ini meminta SHA-256":                         {arrived: in, signed: in, hash: crypto.SHA1},
		`padding "pss" dengan salt 20 byte dan endpoint "full"; server ini meminta "pkcs1v15" dan "relative"`: {
			arrived: in, signed: in, options: signature.Options{Endpoint: signature.EndpointFull}, salt: 20},
		`padding "pss" dengan salt 20 byte; server ini meminta salt 32 byte`: {
			arrived: in, signed: in, expected: signature.Options{Padding: signature.PSS}, salt: 20},
		`hex dalam huruf besar; server ini meminta "base64"`: {arrived: in, signed: in,
			encode: func(data []byte) string { return strings.ToUpper(hex.EncodeToString(data)) }},
	} {
		text := tt.options.AppendText(nil, tt.signed)
		if tt.change != nil {
			text = tt.change(text)
		}
		hash := cmp.Or(tt.hash, crypto.SHA256)
		h := hash.New()
		h.Write(text)
		var signed []byte
		var err error
		if tt.salt > 0 {
			signed, err = rsa.SignPSS(rand.Reader, key, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: tt.salt})
		} else {
			signed, err = rsa.SignPKCS1v15(nil, key, hash, h.Sum(nil))
		}
		require.NoError(t, err)
		encode := base64.StdEncoding.EncodeToString
		if tt.encode != nil {
			encode = tt.encode
		}
		d := tt.expected.Explain(&key.PublicKey, tt.arrived, encode(signed))
		require.Equal(t, signature.OtherVariant, d.Finding, want)
		require.Equal(t, "Tanda tangan ini dibuat dengan "+want+".", otherSignature(d.Parts).indonesian)
	}
}
