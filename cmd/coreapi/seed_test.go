package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestBuiltInSeed(t *testing.T) {
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	assert.Equal(t, "sandbox-client-key", box.key)
	statuses := map[coreapitest.Status]bool{}
	for _, u := range s.Users {
		statuses[u.Status] = true
	}
	assert.Len(t, statuses, 4, "a user for each status")
}

// seedFile writes a seed to a file.
func seedFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "seed.json")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestSeedFromAFile(t *testing.T) {
	s, err := loadSeed(seedFile(t, "\xEF\xBB\xBF"+`{
		"client": {"status": "suspended"},
		"users": [{"whatsapp": "+62811", "password": "pw", "status": "deleted"}],
		"devices": [{"deviceId": "d", "fleet": 12345678901234567890, "pushToken": "tok"}]
	}`))
	require.NoError(t, err)
	assert.Equal(t, coreapitest.Suspended, s.Client.Status)
	assert.Equal(t, []string{"+62811"}, s.Users[0].accounts())
	assert.Equal(t, "d", s.Devices[0].DeviceID)
	assert.Equal(t, coreapi.Secret("tok"), s.Devices[0].PushToken)
	assert.EqualValues(t, "12345678901234567890", s.Devices[0].Extra["fleet"])

	f, err := s.withIDs(coreapi.Profile{}).plant()
	require.NoError(t, err)
	_, err = f.Client().Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientSuspended)
	f.SetClientStatus(coreapitest.Active)
	device, err := f.Client().Devices.Get(t.Context(), f.devices[0].ID)
	require.NoError(t, err)
	assert.EqualValues(t, "12345678901234567890", device.Info.Extra["fleet"])
	_, err = f.Client().Users.Login(t.Context(), coreapi.LoginRequest{WhatsApp: "+62811", Password: "pw"})
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
}

func TestForbiddenOperationOfASeed(t *testing.T) {
	s, err := parseSeed([]byte(`{"client":{"forbidden":["Clients.Info"]}}`))
	require.NoError(t, err)
	f, err := s.plant()
	require.NoError(t, err)
	_, err = f.Client().Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrEndpointForbidden)
}

func TestBrokenSeeds(t *testing.T) {
	for content, want := range map[string]string{
		"":                                     "it is empty",
		"{":                                    "ends early",
		"{\n\"users\": [}":                     "line 2 is not valid JSON",
		"[]":                                   "cannot hold a JSON array",
		"{} {}":                                "more behind",
		`{"usrs": []}`:                         `unknown field "usrs"`,
		`{"users": [{"mail": "a@b.c"}]}`:       `unknown field "mail"`,
		`{"client": {"name": "x"}}`:            `unknown field "name"`,
		"{\n\n\"users\": [{\"password\": 1}]}": "line 3: users.password cannot hold a JSON number",
		`{"client": {"key": "a\nb"}}`:          "cannot be sent in a header",
		`{"client": {"status": "gone"}}`:       `"gone" is none: pass "active", "inactive", "suspended" or "deleted"`,
		`{"client": {"forbidden": ["Nope"]}}`:  `"Nope" is none`,
		`{"users": [{}]}`:                      "the user has no account",
		`{"users": [{"email": "a@b.c"}, {"email": "A@b.c"}]}`: "exists already",
		`{"users": [{"email": "a@b.c", "status": "sleepy"}]}`: `"sleepy" is none`,
		`{"devices": [{}]}`: "no DeviceID",
		`{"devices": [{"deviceId": "d", "id": "x"}, {"deviceId": "e", "id": "x"}]}`: `another device has the id "x"`,
		`{"devices": [{"deviceId": "d"}, {"deviceId": "d"}]}`:                       "DUPLICATE_KEY",
	} {
		got := runWith(t, "", "sandbox", "-addr", ":0", "-seed", seedFile(t, content))
		assert.Equal(t, exitFailed, got.code, content)
		assert.Empty(t, got.out, content)
		assert.True(t, strings.HasPrefix(got.err, "coreapi: sandbox: the seed"), got.err)
		shown := strings.Replace(got.err, "users.0.", "users.", 1) // GOEXPERIMENT=jsonv2 says which, too
		assert.Contains(t, shown, want, content)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), "one sentence: %s", got.err)
	}
}

func TestSeedThatIsNotThere(t *testing.T) {
	got := runWith(t, "", "sandbox", "-seed", filepath.Join(t.TempDir(), "none.json"))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, "cannot be read")
}

func TestAStatusOfASeedMayBeInAnyLetterCase(t *testing.T) {
	s, err := parseSeed([]byte(`{"client":{"status":"Active"},"users":[{"email":"a@b.c","password":"p","status":"SUSPENDED"}]}`))
	require.NoError(t, err)
	f, err := s.withIDs(coreapi.Profile{}).plant()
	require.NoError(t, err)
	_, err = f.Client().Users.Login(t.Context(), coreapi.LoginRequest{Email: "a@b.c", Password: "p"})
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
}

func TestIDsStayThroughAReset(t *testing.T) {
	s, err := parseSeed([]byte(`{
		"users": [{"email":"a@b.c","password":"p"}, {"id":"u-2","email":"b@b.c","password":"p"}],
		"devices": [{"deviceId":"d"}, {"id":"device-2","deviceId":"e"}]
	}`))
	require.NoError(t, err)
	box, err := newSandbox(s, rules{})
	require.NoError(t, err)
	type ids struct{ user1, user2, device1, device2 string }
	read := func() (got ids) {
		f := box.current.Load()
		for email, id := range map[string]*string{"a@b.c": &got.user1, "b@b.c": &got.user2} {
			user, err := f.Client().Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: "p"})
			require.NoError(t, err)
			*id = user.UserID
		}
		devices := f.Devices()
		require.Len(t, devices, 2)
		got.device1, got.device2 = devices[0].ID, devices[1].ID
		return got
	}
	before := read()
	assert.Len(t, before.user1, 24)
	assert.Len(t, before.device1, 24)
	assert.Equal(t, "u-2", before.user2)
	assert.Equal(t, "device-2", before.device2)
	_, err = box.reset()
	require.NoError(t, err)
	assert.Equal(t, before, read())
	assert.Empty(t, s.Users[0].ID, "the seed that was given is not written to")
}
