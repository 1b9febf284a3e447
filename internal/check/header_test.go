package check_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/check"
)

func TestHeadersThatCanBeSentAreTaken(t *testing.T) {
	for name, value := range map[string]string{
		"X-A": "1", "x-tenant_id.~": "a\tb", "Authorization": "Bearer é", "Idempotency-Key": `"quoted"`, "!#$%&'*+-.^_`|~": "v",
	} {
		require.NoError(t, check.Header(name, value), name)
	}
}

func TestHeadersThatCannotBeRightAreRefused(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"", "v", `the header's name is empty: pass one such as "X-Tenant"`},
		{"a b", "v", "the header's name is not valid: use letters, digits and hyphens"},
		{"a:", "v", "the header's name is not valid: use letters, digits and hyphens"},
		{"X-\n", "v", "the header's name is not valid: use letters, digits and hyphens"},
		{"X-Ä", "v", "the header's name is not valid: use letters, digits and hyphens"},
		{"host", "v", "the header Host is set by the transport: leave it out"},
		{"X-A", "", "the value is empty: leave the header out instead"},
		{"X-A", "secret\n", "the value begins or ends with white space: trim it (a file's last line break, perhaps)"},
		{"X-A", "  ", "the value begins or ends with white space: trim it (a file's last line break, perhaps)"},
		{"X-A", "secret\r\nX-B: c", "the value holds a control character, which a header cannot carry: remove it"},
		{"X-A", "secret\x00x", "the value holds a control character, which a header cannot carry: remove it"},
		{"X-A", "secret\x7fx", "the value holds a control character, which a header cannot carry: remove it"},
	} {
		require.EqualError(t, check.Header(test.name, test.value), test.want)
	}
	require.EqualError(t, check.HeaderValue(" x"), "begins or ends with white space: trim it (a file's last line break, perhaps)")
}

func TestANameIsNotQuotedForItMayBeTheKey(t *testing.T) {
	require.NotContains(t, check.Header("secret-key/==", "X-Client-Key").Error(), "secret")
}

func TestHeadersOfTheTransportAreRefusedInAnyCase(t *testing.T) {
	for _, name := range []string{
		"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade", "Accept-Encoding",
	} {
		for _, spelt := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			require.ErrorContains(t, check.HeaderName(spelt), "the header "+http.CanonicalHeaderKey(name)+" is set by the transport")
		}
	}
}

func TestASignedValueIsOfASCII(t *testing.T) {
	require.NoError(t, check.ASCIIValue("1.0.0"))
	for value, want := range map[string]string{
		"":      "is empty",
		"é":     "holds a character outside ASCII, which a header carries in no one way: remove it",
		"a\xff": "holds a character outside ASCII, which a header carries in no one way: remove it",
		"a ":    "begins or ends with white space: trim it (a file's last line break, perhaps)",
		"a\nb":  "holds a control character, which a header cannot carry: remove it",
	} {
		require.EqualError(t, check.ASCIIValue(value), want)
	}
}

func TestATokenIsWhatRFC9110Says(t *testing.T) {
	const marks = "!#$%&'*+-.^_`|~"
	for c := range 256 {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		want := letter || c < 0x80 && strings.IndexByte(marks, byte(c)) >= 0
		require.Equal(t, want, check.Token(string([]byte{byte(c)})), "%q", c)
		require.Equal(t, want, check.Token("a"+string([]byte{byte(c)})), "%q", c)
	}
	require.False(t, check.Token(""))
}

func FuzzHeader(f *testing.F) {
	for _, seed := range [][2]string{{"X-A", "v"}, {"host", "h"}, {"a b", ""}, {"X-A", "a\r\nb"}, {"X-A", " v"}, {"X-A", "é"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if check.Header(name, value) != nil {
			return
		}
		// The wire carries it, whole and in one line.
		var text strings.Builder
		require.NoError(t, http.Header{name: {value}}.Write(&text))
		require.Equal(t, name+": "+value+"\r\n", text.String())
	})
}
