package main

import (
	"cmp"
	"crypto"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// fences are the blocks of a language in a section of a page of the docs.
func fences(t *testing.T, page, heading, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", page))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n"+heading+"\n")
	require.True(t, found, "%s has no section %q", page, heading)
	section, _, _ = strings.Cut(section, "\n#"+strings.Repeat("#", strings.Count(heading, "#")-1)+" ")
	var blocks []string
	for _, part := range strings.Split(section, "\n```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(part, "\n```")
		require.True(t, closed)
		blocks = append(blocks, block)
	}
	return blocks
}

func TestSigningFromAShellWorksAsTheDocsPrintIt(t *testing.T) {
	needsShell(t)
	blocks := fences(t, "testing.md", "### Signing from a shell: `coreapi sign`", "sh")
	require.Len(t, blocks, 2)
	start, commands := blocks[0], blocks[1]
	require.True(t, strings.HasPrefix(start, "go install ./cmd/coreapi && "), start)
	_, args, found := strings.Cut(start, "\ncoreapi sandbox ")
	require.True(t, found, start)

	// The program by its name, as go install puts it there.
	program, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(bin, "coreapi")))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("COREAPI_PRIVATE_KEY", "of another shell's work")
	t.Setenv("COREAPI_USER_TOKEN", "of another shell's work")

	for name, curlDir := range curls(t) {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			box := runSandboxCommand(t, append(strings.Fields(args), "-addr", ":0")...)
			require.Contains(t, commands, "http://127.0.0.1:8080")
			out, errs := shell(t, curlDir, "set -e", strings.ReplaceAll(commands, "http://127.0.0.1:8080", box.url))
			assert.Contains(t, out, `"status":"active"`, "the GET")
			assert.Contains(t, out, `"deviceId":"phone-1"`, "the POST")
			assert.True(t, strings.HasSuffix(out, "The signature verifies as configured.\n"), out)
			assert.Equal(t, 3, strings.Count(errs, `{"endpoint":`), "the texts, on standard error: %s", errs)
			assert.Equal(t, exitOK, box.end())
		})
	}
}

// What -verify calls "headers sorted by name" is what docs/signature.md's function makes.
func TestTheDocumentedSignatureTextIsThatOfAGoMap(t *testing.T) {
	text := func(in coreapi.SignatureInput) ([]byte, error) {
		headers := map[string]string{"x-client-key": string(in.ClientKey), "x-request-id": in.RequestID, "x-version": in.Version}
		if in.UserToken != "" {
			headers["x-token"] = string(in.UserToken)
		}
		return json.Marshal(struct {
			Endpoint string            `json:"endpoint"`
			Method   string            `json:"method"`
			Headers  map[string]string `json:"headers"` // json.Marshal sorts a map's keys
			Body     json.RawMessage   `json:"body"`
		}{in.Endpoint, in.Method, headers, json.RawMessage(cmp.Or(string(in.Body), "{}"))})
	}
	source, err := os.ReadFile("docs_test.go")
	require.NoError(t, err)
	blocks := fences(t, "signature.md", "## The API refuses every signature", "go")
	require.Len(t, blocks, 2)
	for line := range strings.Lines(blocks[1]) {
		if !strings.HasPrefix(line, "client, err") {
			require.Contains(t, string(source), strings.TrimSpace(line), "this test has the docs' function")
		}
	}

	signEnvironment(t)
	t.Setenv("COREAPI_USER_TOKEN", "tok-1")
	signed, err := text(coreapi.SignatureInput{Endpoint: "/client?a=1&b=2", Method: "GET", ClientKey: "CK00001", UserToken: "tok-1", RequestID: "R1", Version: "1.0.0"})
	require.NoError(t, err)
	header := sealedElsewhere(t, fixedKey(t), string(signed), crypto.SHA256, crypto.SHA256)
	args := []string{"sign", "-method", "GET", "-endpoint", "/client?a=1&b=2", "-request-id", "R1", "-verify", header}
	got := runWith(t, "", args...)
	assert.Contains(t, got.out, `It was made with style "go" and the headers sorted by name (x-request-id before x-token).`)
	assert.Contains(t, got.out, `"signature": {"style":"go"}`)
	assert.Contains(t, got.out, "in Go use WithSignatureText")
}

// The profile in the docs is one that the commands take.
func TestTheDocumentedProfileFileIsRead(t *testing.T) {
	blocks := fences(t, "signature.md", "## The API refuses every signature", "json")
	require.Len(t, blocks, 1)
	profile, err := openProfileFile(textFile(t, blocks[0]))
	require.NoError(t, err)
	assert.Equal(t, coreapi.Signature{Encoding: coreapi.Hex, Style: coreapi.StyleGo}, profile.Signature)
}

// What the docs call the reference's sample is the vectors' first.
func TestTheDocumentedVerifyCommandTakesTheReferencesSample(t *testing.T) {
	signEnvironment(t)
	blocks := fences(t, "signature.md", "## The API refuses every signature", "sh")
	require.Len(t, blocks, 1)
	v := vectors(t)[0]
	t.Setenv("COREAPI_USER_TOKEN", v.UserToken)
	for _, value := range []string{v.ClientKey, v.UserToken, v.Endpoint, v.RequestID} {
		require.Contains(t, blocks[0], value)
	}
	_, command, _ := strings.Cut(blocks[0], "\ncoreapi ")
	args := strings.Fields(strings.NewReplacer("'", "", `"$ADMINS_SIGNATURE"`, v.Signature).Replace(command))
	assert.Equal(t, exitOK, runWith(t, "", args...).code)
}

// Each command that scripts the sandbox is done as it is printed.
func TestTheSandboxIsScriptedAsTheDocsPrintIt(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0")
	client, err := coreapi.New(box.url, coreapi.ClientKey("sandbox-client-key"))
	require.NoError(t, err)
	blocks := fences(t, "testing.md", "### From any language: `coreapi sandbox`", "sh")
	require.Len(t, blocks, 3)
	for name, curlDir := range curls(t) {
		for line := range strings.Lines(blocks[1] + "\n" + blocks[2] + "\n") {
			require.Contains(t, line, "curl -sS ")
			require.Contains(t, line, " 127.0.0.1:8080/_sandbox/")
			script(t, box.url, "client-status", `{"status":"active"}`)
			login, err := client.Users.StartLogin(t.Context())
			require.NoError(t, err)
			command := strings.ReplaceAll(line, "127.0.0.1:8080", box.url)
			command, _, _ = strings.Cut(strings.TrimSpace(command), "   #")
			if url, isReset := strings.CutPrefix(command, "curl -sS -X POST "); isReset && name == "net/http" {
				command = "curl -sS " + url + " -d ''" // what the stand-in knows
			}
			out, _ := shell(t, curlDir, "reqToken="+string(login.ReqToken), command)
			assert.Regexp(t, `^\{"(added|done|reset|requests)":`, out, line)
			send(t, "POST", box.url+"/_sandbox/reset", "", "")
		}
	}
}
