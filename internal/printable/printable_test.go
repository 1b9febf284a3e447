package printable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/printable"
)

func TestALineEscapesWhatIsNotPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"plain é 日本":      "plain é 日本",
		"a\nb\r\tc":       `a\nb\r\tc`,
		"\x1b[31m":        `\x1b[31m`,
		"\u202e'\u200b'":  `\u202e'\u200b'`,
		"\u0085\u2028":    `\u0085\u2028`,
		"\xff":            "\uFFFD",
		"a\uFFFDb":        "a\uFFFDb",
		`"quoted" \ back`: `"quoted" \ back`,
	} {
		require.Equal(t, want, printable.Line(in, printable.MaxText), "%q", in)
	}
}

func TestALineOfTheLimitIsWholeAndALongerOneEndsWithAnEllipsis(t *testing.T) {
	require.Equal(t, strings.Repeat("x", 128), printable.Line(strings.Repeat("x", 128), printable.MaxIdentifier))
	require.Equal(t, strings.Repeat("x", 125)+"…", printable.Line(strings.Repeat("x", 129), printable.MaxIdentifier))
	require.Equal(t, "aéb", printable.Line("aéb", 4))
	require.Equal(t, "…", printable.Line("aéb", 3))
	require.Equal(t, `\n`, printable.Line("\n", 2))
	require.Equal(t, "", printable.Line("long", 2), "there is no room for the ellipsis")
	require.Equal(t, `aé\n…`, printable.Line("aé\nlong", 8), "an escape is not cut in two")
	require.Equal(t, "a…", printable.Line("aé\nlong", 5))
}

func TestALineIsValidAndWithinItsLimitWhateverIsPrinted(t *testing.T) {
	nasty := "line\r\nforged: yes\x1b[31m\u202e\u2028\xff\xfe" + strings.Repeat("é", 400)
	for limit := range 600 {
		line := printable.Line(nasty, limit)
		require.LessOrEqual(t, len(line), limit)
		require.True(t, utf8.ValidString(line))
		require.NotRegexp(t, `[\x00-\x1f\x7f\x{2028}\x{202e}]`, line)
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "a\nb", "\xff\u202e", "é…", `\`} {
		f.Add(seed, 7)
	}
	f.Add("\uFFFD\x00", 7)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		line := printable.Line(s, limit)
		require.LessOrEqual(t, len(line), max(limit, 0))
		require.Equal(t, line, printable.Line(line, max(limit, 0)), "a line is its own line")
		require.LessOrEqual(t, len(printable.Cut(s, limit)), max(limit, 0))
		require.True(t, utf8.ValidString(printable.Valid(s)))
	})
}

func TestValidReplacesWhatIsNotUTF8(t *testing.T) {
	require.Equal(t, "é\uFFFDz", printable.Valid("é\xff\xfez"))
	require.Equal(t, "é\n", printable.Valid("é\n"))
}

func TestACutIsAtTheLastRuneThatFits(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""}, {"abc", -1, ""}, {"", 5, ""},
		{"aé", 2, "a"}, {"aé", 3, "aé"}, {"é", 1, ""},
		{"a日b", 1, "a"}, {"a日b", 2, "a"}, {"a日b", 3, "a"}, {"a日b", 4, "a日"},
		{"😀b", 3, ""}, {"😀b", 4, "😀"},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80"},
		{"\x80\x80\x80", 1, "\x80"},
	} {
		require.Equal(t, test.want, printable.Cut(test.text, test.limit), "%q at %d", test.text, test.limit)
	}
}
