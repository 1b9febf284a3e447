package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestPlainCommandIsQuoted(t *testing.T) {
	c := apiCall{key: "it's $(id)", version: "1.0.0", route: coreapi.Route{Method: "POST", Path: "/x?a=1&b=2"}, body: []byte(`{"p":"'; rm -rf"}`)}
	assert.Equal(t, `curl -sS 'http://[::1]:1/x?a=1&b=2' -H 'X-Client-Key: it'\''s $(id)' -H 'X-Version: 1.0.0' `+
		`-H "X-Request-Id: $(od -An -N8 -tx1 /dev/urandom | tr -d ' ')" -H 'Content-Type: application/json' -d '{"p":"'\''; rm -rf"}'`,
		c.plain("http://[::1]:1"))
}

func TestSignedCommandIsQuoted(t *testing.T) {
	c := apiCall{key: "it's $(id)", version: "1.0.0", route: coreapi.Route{Method: "POST", Path: "/x?a=1&b=2"}, body: []byte(`{"p":"'; rm -rf"}`)}
	assert.Equal(t, `body='{"p":"'\''; rm -rf"}' id=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ') &&
sig=$(printf %s "$body" | coreapi sign -method POST -endpoint '/x?a=1&b=2' -request-id "$id" -body -) &&
curl -sS 'http://[::1]:1/x?a=1&b=2' -H 'X-Client-Key: it'\''s $(id)' -H 'X-Version: 1.0.0' -H "X-Request-Id: $id" `+
		`-H 'Content-Type: application/json' -H "X-Signature: $sig" -d "$body"`, c.signed("http://[::1]:1", "coreapi"))
}

func TestTheBannerCallsTheProgramAsTheShellFindsIt(t *testing.T) {
	needsShell(t)
	program, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("PATH", t.TempDir())
	assert.Equal(t, shellQuote(program), commandName(), "it is not on the PATH")
	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "coreapi"), []byte("another"), 0o700))
	t.Setenv("PATH", other)
	assert.Equal(t, shellQuote(program), commandName(), "another is on the PATH")
	own := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(own, "coreapi")))
	t.Setenv("PATH", own)
	assert.Equal(t, "coreapi", commandName())
}

func TestTheBodyToTryIsInTheFormThatIsSigned(t *testing.T) {
	box, err := newSandbox(seed{Users: []seedUser{{Email: "a@b.c", Password: "<&>\u2028"}}}, rules{})
	require.NoError(t, err)
	calls, err := box.tryOut()
	require.NoError(t, err)
	assert.Equal(t, `{"email":"a@b.c","password":"<&>`+"\u2028"+`"}`, string(calls[1].body))
}

func TestTheLoginToTry(t *testing.T) {
	for name, tt := range map[string]struct {
		users []seedUser
		want  coreapi.LoginRequest
	}{
		"nobody":                {nil, coreapi.LoginRequest{}},
		"nobody who can log in": {[]seedUser{{Email: "a", Password: "p", Status: "deleted"}, {Email: "b"}}, coreapi.LoginRequest{}},
		"the first who can":     {[]seedUser{{Email: "a", Password: "p", Status: "deleted"}, {Email: "b", WhatsApp: "1", Password: "q"}}, coreapi.LoginRequest{Email: "b", Password: "q"}},
		"one who has no email":  {[]seedUser{{WhatsApp: "1", Password: "q", Status: "active"}}, coreapi.LoginRequest{WhatsApp: "1", Password: "q"}},
	} {
		assert.Equal(t, tt.want, seed{Users: tt.users}.firstLogin(), name)
	}
}
