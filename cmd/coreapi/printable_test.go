package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nasty are characters that a terminal takes as commands, or that turn the text round.
const nasty = "\u009b31m\u202e\u2028\U000E0041"

// requirePrintable lets nothing pass that a terminal does not show as it is.
func requirePrintable(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		require.True(t, r == '\n' || strconv.IsPrint(r), "%q in %q", r, text)
	}
}

func TestNoTextOfASeedReachesTheTerminalAsItIs(t *testing.T) {
	seed := seedFile(t, `{
		"users": [{"id": "id`+nasty+`", "email": "e`+nasty+`@example.com", "whatsapp": "`+nasty+`", "password": "p\\`+nasty+`"}],
		"devices": [{"id": "id`+nasty+`", "deviceId": "d`+nasty+`"}]
	}`)
	odd := filepath.Join(t.TempDir(), "seed"+nasty+".json")
	require.NoError(t, os.Rename(seed, odd))
	box := runSandboxCommand(t, "-addr", ":0", "-seed", odd)
	requirePrintable(t, box.banner)
	assert.Contains(t, box.banner, `id\u009b31m\u202e`)
	_, answer := send(t, "POST", box.url+"/_sandbox/reset", "", "")
	requirePrintable(t, answer)
	for name, curlDir := range curls(t) {
		out, _ := shell(t, curlDir, box.commands[1])
		assert.Contains(t, out, `"state":"succeeded"`, name)
	}
	assert.Equal(t, exitOK, box.end())
}

func TestNoNameOfAFileReachesTheTerminalAsItIs(t *testing.T) {
	signEnvironment(t)
	get := []string{"sign", "-method", "GET", "-endpoint", "/client", "-request-id", "R"}
	missing := filepath.Join(t.TempDir(), "none"+nasty)
	odd := filepath.Join(t.TempDir(), "odd"+nasty)
	require.NoError(t, os.WriteFile(odd, []byte(nasty), 0o600))
	for name, args := range map[string][]string{
		"no seed":       {"sandbox", "-addr", ":0", "-seed", missing},
		"a seed":        {"sandbox", "-addr", ":0", "-seed", odd},
		"no profile":    {"sandbox", "-addr", ":0", "-profile", missing},
		"a profile":     {"sandbox", "-addr", ":0", "-profile", odd},
		"a key":         {"sandbox", "-addr", ":0", "-key", odd},
		"no folder":     {"sandbox", "-addr", ":0", "-key", filepath.Join(missing, "key")},
		"an address":    {"sandbox", "-addr", nasty + ":0"},
		"a base path":   {"sandbox", "-base-path", nasty},
		"no body":       append(get, "-body", missing),
		"a body":        append(get, "-body", odd),
		"a body's file": append(get, "-body", textFile(t, "{}"), "-body-out", filepath.Join(missing, "file")),
		"no text":       append(get, "-verify", "x", "-text", missing),
		"a flag":        {"sandbox", "-" + nasty},
		"a command":     {nasty},
		"explain":       {"explain", "-" + nasty},
	} {
		got := runWith(t, "", args...)
		assert.NotEqual(t, exitOK, got.code, name)
		requirePrintable(t, got.err)
		requirePrintable(t, got.out)
	}
}

func TestShownLinesKeepsTheProgramsOwnLines(t *testing.T) {
	assert.Equal(t, "a\n\nb\\t\\x1b\n", shownLines("a\n\nb\t\x1b\n"))
}

func TestAShellWritesWhatTheTerminalDoesNotShow(t *testing.T) {
	for _, text := range []string{nasty, `\` + nasty + `\0101'"$(id)` + "`%s%b", "\xff\x01\x7f", "é 日本 😀", "", `\n`} {
		quoted := shellQuote(text)
		requirePrintable(t, quoted)
		out, _ := shell(t, "", "printf %s "+quoted)
		assert.Equal(t, text, out, quoted)
	}
	assert.Equal(t, `'é'`, shellQuote("é"), "what is printable stays")
}

func TestJSONIsEscapedForATerminal(t *testing.T) {
	text, err := encodeJSON(map[string]string{"a": "<é😀" + nasty + "\x7f"}, "")
	require.NoError(t, err)
	requirePrintable(t, string(text))
	assert.Equal(t, `{"a":"<é😀\u009b31m\u202e\u2028\udb40\udc41\u007f"}`, strings.TrimSpace(string(text)))
}
