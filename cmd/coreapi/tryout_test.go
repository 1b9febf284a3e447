package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCurlIsQuoted(t *testing.T) {
	c := curl{url: "http://[::1]:1/x", header: []string{"K: it's $(id)"}, body: []byte(`{"p":"'; rm -rf"}`)}
	assert.Equal(t, `curl -sS 'http://[::1]:1/x' -H 'K: it'\''s $(id)' -d '{"p":"'\''; rm -rf"}'`, c.String())
	assert.Equal(t, []string{"curl", "-sS", c.url, "-H", c.header[0], "-d", string(c.body)}, shellWords(t, c.String()))
}

// shellWords splits as a POSIX shell does what shellQuote writes: words, single
// quotes, and a quote behind a backslash.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	var words []string
	var word []byte
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted, inWord = !quoted, true
		case quoted:
			word = append(word, c)
		case c == '\\':
			i++
			word = append(word, line[i])
		case c == ' ' && inWord:
			words, word, inWord = append(words, string(word)), nil, false
		case c != ' ':
			word, inWord = append(word, c), true
		}
	}
	require.False(t, quoted, "the quotes match: %s", line)
	return append(words, string(word))
}

func TestTheLoginToTry(t *testing.T) {
	for name, tt := range map[string]struct {
		users []seedUser
		want  loginBody
	}{
		"nobody":                {nil, loginBody{}},
		"nobody who can log in": {[]seedUser{{Email: "a", Password: "p", Status: "deleted"}, {Email: "b"}}, loginBody{}},
		"the first who can":     {[]seedUser{{Email: "a", Password: "p", Status: "deleted"}, {Email: "b", WhatsApp: "1", Password: "q"}}, loginBody{Email: "b", Password: "q"}},
		"one who has no email":  {[]seedUser{{WhatsApp: "1", Password: "q", Status: "active"}}, loginBody{WhatsApp: "1", Password: "q"}},
	} {
		assert.Equal(t, tt.want, seed{Users: tt.users}.firstLogin(), name)
	}
}
