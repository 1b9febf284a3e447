package rsakey

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

// fixedKey is the test key in the forms that others are made of.
type fixedKey struct {
	key          *rsa.PrivateKey
	pkcs8, pkcs1 []byte
	pem          string // PKCS#8
}

var fixed = sync.OnceValue(func() fixedKey {
	pkcs8 := must(base64.StdEncoding.DecodeString(testkey.PKCS8Base64))
	key := must(x509.ParsePKCS8PrivateKey(pkcs8)).(*rsa.PrivateKey)
	return fixedKey{key, pkcs8, x509.MarshalPKCS1PrivateKey(key), armoured("PRIVATE KEY", pkcs8)}
})

// otherKey is a second one. Making it takes a while, so it is made once.
var otherKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(nil, 2048)) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func armoured(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func pkcs8(key crypto.PrivateKey) []byte { return must(x509.MarshalPKCS8PrivateKey(key)) }

func b64(data string) string { return base64.StdEncoding.EncodeToString([]byte(data)) }

// replaced replaces each old with new: replaced(s, "\n", `\n`).
func replaced(s string, oldNew ...string) string { return strings.NewReplacer(oldNew...).Replace(s) }

func inUTF16(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func inJSON(s string) string { return string(must(json.Marshal(s))) }

func testdata(name string) string {
	return string(must(os.ReadFile(filepath.Join("testdata", name))))
}

// derOf is the body of a PEM text's first block.
func derOf(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	return block.Bytes
}

// lines are a PEM text's lines, the last newline left out.
func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func requireFixedKey(t *testing.T, input string) {
	t.Helper()
	before := bytes.Clone([]byte(input))
	data := []byte(input)
	key, err := Parse(data)
	require.NoError(t, err)
	require.True(t, key.Equal(fixed().key))
	require.NoError(t, key.Validate())
	require.Equal(t, before, data, "the input is left as it was")
}
