package rsakey

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sentences are the texts that stand in sentences.go.
var sentences = sync.OnceValue(func() []string {
	var all []string
	file := must(parser.ParseFile(token.NewFileSet(), "sentences.go", nil, 0))
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && len(call.Args) == 1 {
			if text, ok := call.Args[0].(*ast.BasicLit); ok {
				all = append(all, must(strconv.Unquote(text.Value)))
			}
		}
		return true
	})
	return all
})

// window is how much of an input, in characters in a row, no error may hold.
const window = 8

// shared is what an error and an input have in common: the first window, or "".
func shared(err, input string) string {
	for i := 0; i+window <= len(err); i++ {
		if strings.Contains(input, err[i:i+window]) {
			return err[i : i+window]
		}
	}
	return ""
}

// inputs are all forms, good and bad.
func inputs() []string {
	var all []string
	for _, input := range goodForms() {
		all = append(all, input)
	}
	for _, group := range refusals() {
		for _, input := range group {
			all = append(all, input)
		}
	}
	return all
}

// damaged are versions of an input in which something is missing or changed.
func damaged(input string) []string {
	var all []string
	for range 5 {
		from := rand.IntN(len(input))
		to := from + rand.IntN(len(input)-from)
		all = append(all, input[:from], input[from:], input[:from]+input[to:], input[:from]+"\x00*\n"+input[from:], input[:from]+input[from:to]+input[from:])
	}
	return all
}

func TestNoErrorHoldsEightCharactersOfItsInput(t *testing.T) {
	refused := 0
	for _, input := range inputs() {
		tries := []string{input}
		if len(input) > 100 && len(input) < maxSize { // a shorter one holds no key, but may hold a sentence's words
			tries = append(tries, damaged(input)...)
		}
		for _, tried := range tries {
			_, err := Parse([]byte(tried))
			if err == nil {
				continue
			}
			refused++
			require.Empty(t, shared(err.Error(), tried))
			require.Empty(t, shared(err.Error(), input))
			require.NoError(t, errors.Unwrap(err), "it wraps nothing")
			require.Contains(t, sentences(), err.Error(), "it is a fixed sentence")
		}
	}
	require.Greater(t, refused, 1000)
}

func TestNoSentenceHoldsEightCharactersOfTheTestKey(t *testing.T) {
	k := fixed()
	forms := []string{k.pem, fmt.Sprint(k.key.D, k.key.N, k.key.Primes)}
	for _, der := range [][]byte{k.pkcs8, k.pkcs1} {
		forms = append(forms, base64.StdEncoding.EncodeToString(der), base64.URLEncoding.EncodeToString(der), hex.EncodeToString(der), strings.ToUpper(hex.EncodeToString(der)), string(der))
	}
	for _, sentence := range sentences() {
		for _, form := range forms {
			require.Empty(t, shared(sentence, form))
		}
	}
}

func TestParseIsQuickWhateverTheInput(t *testing.T) {
	k := fixed()
	fill := func(s string) string { return strings.Repeat(s, (maxSize-5)/len(s)) }
	for name, input := range map[string]string{
		"hyphens":        fill("-"),
		"BEGIN":          fill("-----BEGIN "),
		"BEGIN lines":    fill("-----BEGIN A-----"),
		"empty blocks":   fill("-----BEGIN A-----\n-----END A-----\n"),
		"small blocks":   fill(armoured("PRIVATE KEY", []byte{0x30, 0})),
		"the same key":   fill(k.pem),
		"backslashes":    fill(`\`),
		"escapes":        fill(`\u0041`),
		"brackets":       fill("["),
		"braces":         fill("{"),
		"base64":         fill("QUFB"),
		"base64 of DER":  fill("MIID"),
		"quotes":         fill(`"`),
		"sequences":      fill("\x30\x80"),
		"DER":            "\x30\x83\x03\xff\xf9" + fill("\x02\x01\x01"),
		"a path":         fill("/a"),
		"a token":        "eyJ" + fill("."),
		"words":          fill("PRIVATE "),
		"UTF-16":         fill("-\x00"),
		"zeros":          fill("\x00"),
		"a long modulus": string(unbalanced(func(n *pkcs1Numbers) { n.N.Lsh(n.N, 8*200_000) })),
		"a long prime":   string(unbalanced(func(n *pkcs1Numbers) { n.P.Lsh(n.P, 8*200_000) })),
		"large numbers":  string(unbalanced(func(n *pkcs1Numbers) { n.N.Lsh(n.N, 14336); n.D.Lsh(n.D, 14336); n.P.Lsh(n.P, 14336) })),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, _ = Parse([]byte(input))
			require.Less(t, time.Since(start), 10*time.Second)
			if testing.Verbose() {
				t.Log(time.Since(start).Round(time.Millisecond))
			}
		})
	}
}

var base64Run = regexp.MustCompile(`[A-Za-z0-9+/_=-]{32,}`)

func FuzzParse(f *testing.F) {
	for _, input := range inputs() {
		if len(input) < 10_000 {
			f.Add([]byte(input))
		}
	}
	known := map[string]bool{}
	for _, sentence := range sentences() {
		known[sentence] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := Parse(data)
		if err == nil {
			require.NoError(t, key.Validate())
			require.GreaterOrEqual(t, key.N.BitLen(), minBits)
			return
		}
		require.Nil(t, key)
		require.True(t, known[err.Error()], "it is a fixed sentence")
		for _, run := range base64Run.FindAllString(string(data), -1) {
			require.Empty(t, shared(err.Error(), run))
		}
	})
}
