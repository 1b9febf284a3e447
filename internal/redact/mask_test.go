package redact_test

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/redact"
)

// mask masks secrets in every form.
func mask(text string, secrets ...string) string {
	return redact.Mask(text, redact.Forms(secrets...))
}

func TestASecretIsMaskedWhereverItIs(t *testing.T) {
	for text, want := range map[string]string{
		"abcd":             "[redacted]",
		"<abcd>":           "<[redacted]>",
		"abcd and abcd":    "[redacted] and [redacted]",
		"abc abbcd ABCD":   "abc abbcd ABCD",
		"":                 "",
		"é abcd é\xff":     "é [redacted] é\xff",
		"abc\nabcababcabc": "abc\nabcababcabc",
	} {
		require.Equal(t, want, mask(text, "abcd"), text)
	}
}

func TestMaskLeavesNoRestOfALongerSecret(t *testing.T) {
	require.Equal(t, "[redacted] [redacted]", mask("abcdef abcd", "abcd", "abcdef"))
	require.Equal(t, "[redacted]", mask("the-key-extra", "the-key", "the-key-extra"))
}

func TestSecretsThatOverlapOrTouchAreMaskedAsOne(t *testing.T) {
	require.Equal(t, "got [redacted], sir", mask("got KEY-s3cret-1234567TOKEN, sir", "KEY-s3cret-1234567", "1234567TOKEN"))
	require.Equal(t, "[redacted]", mask("abcdefgh", "abcd", "efgh"), "touching")
	require.Equal(t, "[redacted]", mask("abcdabcd", "abcd"), "twice in a row")
	require.Equal(t, "[redacted]b", mask("ababaab"+"b", "abab", "baab"))
	require.Equal(t, "x[redacted]x", mask("xabaabaabax", "abaaba"), "with itself")
	require.Equal(t, "[redacted]", mask(strings.Repeat("a", 9), "aaaa"))
}

func TestASecretOfFewerThanFourBytesIsNotMasked(t *testing.T) {
	require.Equal(t, "no such thing", mask("no such thing", "no", "", "suc"))
	require.Empty(t, redact.Forms("", "a", "abc"))
	require.Equal(t, []string{"abcd"}, redact.Forms("abcd"))
}

func TestAnEmptyFormHidesNothing(t *testing.T) {
	require.Equal(t, "text", redact.Mask("text", []string{""}))
	require.Equal(t, "text", redact.Mask("text", nil))
}

func TestMaskAgreesWithALookAtEveryPlace(t *testing.T) {
	letters := []string{"a", "b", "ab", "aab", "abab"}
	for n := range 5000 {
		form := letters[n%5] + letters[n/5%5] + letters[n/25%5]
		text := letters[n/125%5] + form + letters[n/625%5] + form[1:] + letters[n%3] + form[:len(form)-1] + letters[n/3%5]
		other := letters[n/7%5] + letters[n/11%5]
		forms := []string{form, other}
		require.Equal(t, maskByLooking(text, forms), redact.Mask(text, forms), "%q in %q", forms, text)
	}
}

// maskByLooking compares every form with every place of the text.
func maskByLooking(text string, forms []string) string {
	hidden := make([]bool, len(text)+1)
	for _, form := range forms {
		for i := range len(text) {
			if strings.HasPrefix(text[i:], form) {
				for j := range len(form) {
					hidden[i+j] = true
				}
			}
		}
	}
	masked := ""
	for i := range len(text) {
		switch {
		case !hidden[i]:
			masked += text[i : i+1]
		case !hidden[i+1]:
			masked += redact.Marker
		}
	}
	return masked
}

// Where the time grows with the lengths of text and secret multiplied, as strings.Index's
// may, these take up to minutes.
func TestMaskingTakesLinearTimeWhateverTheSecretIs(t *testing.T) {
	const mib = 1 << 20
	period := "x" + strings.Repeat("a", 16)
	for name, test := range map[string]struct{ text, secret, want string }{
		"one letter":              {strings.Repeat("a", 3*mib), strings.Repeat("a", mib), redact.Marker},
		"one letter, but the end": {strings.Repeat("a", 3*mib), strings.Repeat("a", mib) + "b", strings.Repeat("a", 3*mib)},
		"a period, but the end":   {strings.Repeat(period, 12*mib/17), strings.Repeat(period, 4*mib/17) + "b", strings.Repeat(period, 12*mib/17)},
		"short and often":         {strings.Repeat("a", 3*mib), "aaaa", redact.Marker},
	} {
		t.Run(name, func(t *testing.T) {
			forms := redact.Forms(test.secret)
			begun := time.Now()
			masked := redact.Mask(test.text, forms)
			require.Less(t, time.Since(begun), 3*time.Second)
			require.True(t, masked == test.want)
		})
	}
}

func TestATextWithoutASecretCostsNoMemory(t *testing.T) {
	forms := redact.Forms("pass/w+rd 99", strings.Repeat("long", 50))
	require.Zero(t, testing.AllocsPerRun(100, func() { redact.Clean("nothing of that kind is in here", forms) }))
}

func TestCleanMasksAndMakesTheTextValid(t *testing.T) {
	require.Equal(t, "a\uFFFD [redacted]", redact.Clean("a\xff abcd", redact.Forms("abcd")))
	require.Equal(t, "[redacted]\uFFFD", redact.Clean("ab\xffcd\xfe", redact.Forms("ab\xffcd")), "a secret that is not valid either")
}

func TestASecretIsMaskedAsAQueryAndAPathWriteIt(t *testing.T) {
	require.Equal(t, "a%2Fb?x", mask("a%2Fb?x", "abcd"))
	for _, echo := range []string{"q=a%2Fb+c", "q=a%2fb+c", "q=a%2Fb%20c", "q=a%2fb%20c"} {
		require.Equal(t, "q=[redacted]", mask(echo, "a/b c"), echo)
	}
	const password = "pa\"ss<wo\\rd&1/x"
	for _, echo := range []string{password, "pa%22ss%3cwo%5crd%261%2fx", "pa%22ss%3Cwo%5Crd%261%2Fx"} {
		require.Equal(t, redact.Marker, mask(echo, password), echo)
	}
}

func TestASecretIsMaskedAsOtherLanguagesWriteJSON(t *testing.T) {
	for _, echo := range []string{`p\u00e4ss\/word-x`, `p\u00E4ss/word-x`, `päss\/word-x`, "päss/word-x"} {
		require.Equal(t, "got [redacted]", mask("got "+echo, "päss/word-x"), echo)
	}
	require.Equal(t, redact.Marker, mask(`\ud83d\ude00key`, "😀key"), "a pair of surrogates")
}

func TestASecretWithAnEscapeOfItsOwnIsMaskedAsEveryEncoderWritesIt(t *testing.T) {
	const secret = "pw<\\u003c&\\\\u0026!"
	for _, escapeHTML := range []bool{true, false} {
		var text strings.Builder
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(escapeHTML)
		require.NoError(t, e.Encode(secret))
		inner := strings.Trim(strings.TrimSpace(text.String()), `"`)
		require.Equal(t, "sent "+redact.Marker+"?", mask("sent "+inner+"?", secret))
	}
}

func TestPartsOfAHeadersValueAreSecretsAlone(t *testing.T) {
	for value, parts := range map[string][]string{
		"plain":                      nil,
		"Bearer SECRET":              {"SECRET"},
		"Bearer abcdefgh123":         {"abcdefgh123"},
		"session=abcdefgh123; a=b":   {"abcdefgh123", "b"},
		"sid=SECRET":                 {"SECRET"},
		"sid=SECRET; theme=dark":     {"SECRET", "dark"},
		`Token token="SECRET"`:       {"SECRET", `"SECRET"`, `token="SECRET"`},
		`Digest username='SECRET'`:   {"SECRET"},
		`"SECRET"`:                   {"SECRET"},
		"ApiKey id:SECRET":           {"SECRET", "id:SECRET"},
		"Basic dXNlcjpwYXNzdzByZDk=": {"dXNlcjpwYXNzdzByZDk=", "user:passw0rd9", "passw0rd9", "user"},
		"Basic no base64 of any":     {"no base64 of any"},
		"Basic":                      nil,
		"":                           nil,
		`{"key":"SECRET","id":1234}`: {"SECRET", "1234"},
		`[{"a":["SECRET"]}]`:         {"SECRET"},
		`{"key":"SECRET"`:            {`SECRET`},
	} {
		got := redact.HeaderParts(value)
		require.Contains(t, got, value)
		for _, part := range parts {
			require.Contains(t, got, part, value)
		}
	}
}

func TestNamesOfAJSONHeadersMembersAreNoSecrets(t *testing.T) {
	require.NotContains(t, redact.HeaderParts(`{"apikey":"SECRET"}`), "apikey")
}

func TestASecretIsMaskedAsHTMLAndURIComponentsWriteItAndWithoutWhiteSpaceAround(t *testing.T) {
	const secret = ` pa"ss & <wörd>'!(x)*~ `
	for _, echo := range []string{
		html.EscapeString(secret), "pa&quot;ss &amp; &lt;wörd&gt;&#x27;!(x)*~", "pa&quot;ss &amp; &lt;wörd&gt;'!(x)*~", strings.TrimSpace(secret),
		"%20pa%22ss%20%26%20%3Cw%C3%B6rd%3E'!(x)*~%20",
	} {
		require.NotContains(t, mask("echo "+echo+" end", secret), "ss", echo)
		require.Contains(t, mask("echo "+echo+" end", secret), redact.Marker)
	}
}

func TestATextThatIsCutKeepsNoBeginningOfASecret(t *testing.T) {
	forms := redact.Forms("secret-0123456789", "sec")
	require.Equal(t, "the key [redacted]", redact.CleanCut("the key secret-0123456789 is wrong", 16, forms))
	require.Equal(t, "the key sec", redact.CleanCut("the key secret-0123456789 is wrong", 11, forms), "under four bytes")
	require.Equal(t, "the key [redacted] is", redact.CleanCut("the key secret-0123456789 is wrong", 28, forms))
	require.Equal(t, "short", redact.CleanCut("short", 16, forms))
	require.Equal(t, "ends in secr", redact.CleanCut("ends in secr", 16, forms), "what is not cut is whole")
}

func TestALargeTextIsCutBeforeItIsMasked(t *testing.T) {
	text, secret := strings.Repeat("a", 8<<20), strings.Repeat("a", 1<<20)
	forms := redact.Forms(secret)
	require.Less(t, testing.AllocsPerRun(1, func() { redact.CleanCut(text, 4096, forms) }), 100.0)
}

func FuzzMask(f *testing.F) {
	f.Add("text with secret", "secret", "cret")
	f.Add("aaaaaaa", "aaaa", "aaaaa")
	f.Fuzz(func(t *testing.T, text, one, other string) {
		if len(text) > 1000 {
			return
		}
		forms := redact.Forms(one, other)
		require.Equal(t, maskByLooking(text, forms), redact.Mask(text, forms), fmt.Sprintf("%q in %q", forms, text))
	})
}
