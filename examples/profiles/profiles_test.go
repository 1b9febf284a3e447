// Package profiles_test runs each example profile against a server of its wire.
package profiles_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// profileNames are the files' names, without their ending.
func profileNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.json")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, ".json"))
	}
	require.Equal(t, slices.Sorted(maps.Keys(wires)), names, "each file has a server")
	return names
}

func readProfile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name + ".json")
	require.NoError(t, err)
	return data
}

func parseProfile(t *testing.T, data []byte) coreapi.Profile {
	t.Helper()
	p, err := coreapi.ParseProfile(data)
	require.NoError(t, err)
	return p
}

func signingKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	signer, err := coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))
	require.NoError(t, err)
	key, ok := signer.(*rsa.PrivateKey)
	require.True(t, ok)
	return key
}

// site is an API that a profile is tried on: an independent server, or the fake.
type site struct {
	profile  coreapi.Profile
	client   *coreapi.Client
	stranger *coreapi.Client // with a key that is not registered

	clientInfo    coreapi.ClientInfo // its empty fields may be anything
	addUser       func(email, whatsApp, password string) (id string)
	suspendUser   func(email string)
	suspendClient func()
	completeLogin func(reqToken coreapi.Secret, email string)
	failLogin     func(reqToken coreapi.Secret, code coreapi.Code)
}

func newClient(t *testing.T, transport http.RoundTripper, key string, p coreapi.Profile, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	client, err := coreapi.New("https://api.example", coreapi.SignedClientKey(key, signingKey(t)),
		append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: transport}), coreapi.WithProfile(p)}, opts...)...)
	require.NoError(t, err)
	return client
}

// independentSite is the server that is written by hand for the profile's wire.
func independentSite(t *testing.T, name string, p coreapi.Profile, opts ...coreapi.Option) (*site, *backend) {
	t.Helper()
	b := newBackend(&signingKey(t).PublicKey)
	transport := inMemory{wires[name](b)}
	return &site{
		profile:    p,
		client:     newClient(t, transport, registeredKey, p, opts...),
		stranger:   newClient(t, transport, "canary-other-key-5513", p, opts...),
		clientInfo: coreapi.ClientInfo{ID: canaryClientID, Name: canaryShop, Status: canaryStatus},
		addUser: func(email, whatsApp, password string) string {
			return b.addAccount(email, whatsApp, password).id
		},
		suspendUser:   func(email string) { b.account(email).suspended = true },
		suspendClient: func() { b.clientSuspended = true },
		completeLogin: func(reqToken coreapi.Secret, email string) {
			b.decide(string(reqToken), hostedLogin{state: "succeeded", user: b.account(email)})
		},
		failLogin: func(reqToken coreapi.Secret, code coreapi.Code) {
			b.decide(string(reqToken), hostedLogin{state: "failed", failureCode: string(code), failureMessage: "the user went away"})
		},
	}, b
}

const (
	email    = "canary@mail.example"
	whatsApp = "+62 canary 8801"
	password = "canary-password-6601"
)

// addOne adds the user that logs in.
func (s *site) addOne() (id string) { return s.addUser(email, whatsApp, password) }

// device has a value wherever the profile has a place for one, and one of Extra.
func (s *site) device() coreapi.DeviceInfo {
	d := coreapi.DeviceInfo{DeviceID: "canary-device-2201", Extra: map[string]any{"colour": "canary-red-2209"}}
	set(&d.Name, s.profile, "{name}", "canary-phone-2202")
	set(&d.Model, s.profile, "{model}", "canary-model-2203")
	set(&d.OSVersion, s.profile, "{osVersion}", "canary-os-2204")
	set(&d.AppVersion, s.profile, "{appVersion}", "canary-app-2205")
	set(&d.Platform, s.profile, "{platform}", "canary-platform-2206")
	set(&d.PushToken, s.profile, "{pushToken}", "canary-push-2207")
	return d
}

func set[T ~string](field *T, p coreapi.Profile, name string, value T) {
	if strings.Contains(string(p.SaveDevice.Body), name) {
		*field = value
	}
}

// checks are what has to hold on each wire: all operations, and the documented refusals.
var checks = []struct {
	name string
	try  func(t *testing.T, s *site)
}{
	{"the client's info is read", infoIsRead},
	{"a user logs in by either account", userLogsIn},
	{"a hosted login starts", hostedLoginStarts},
	{"a login's status is pending and then succeeded", statusIsRead},
	{"a wait ends with the login", waitEnds},
	{"a device is saved", deviceIsSaved},
	{"a device is read", deviceIsRead},
	{"a wrong key is UNITSYSTEM00001", wrongKey},
	{"a wrong password is INVALID_PASSWORD", wrongPassword},
	{"a suspended user, and a suspended client, is refused", suspended},
	{"a device that is stored already is DUPLICATE_KEY", duplicate},
	{"an id that is none is INVALID_OBJECT_ID", badID},
	{"a failed login is a state, and ends a wait with its code", failedLogin},
}

func infoIsRead(t *testing.T, s *site) {
	info, err := s.client.Clients.Info(t.Context())
	require.NoError(t, err)
	for want, got := range map[string]string{s.clientInfo.ID: info.ID, s.clientInfo.Name: info.Name, s.clientInfo.Status: info.Status} {
		require.NotEmpty(t, got)
		require.True(t, want == "" || want == got, got)
	}
}

func userLogsIn(t *testing.T, s *site) {
	id := s.addOne()
	for _, request := range []coreapi.LoginRequest{{Email: email, Password: password}, {WhatsApp: whatsApp, Password: password}} {
		status, err := s.client.Users.Login(t.Context(), request)
		require.NoError(t, err)
		requireLoggedIn(t, status, id)
	}
}

func requireLoggedIn(t *testing.T, status *coreapi.LoginStatus, id string) {
	t.Helper()
	require.Equal(t, coreapi.LoginSucceeded, status.State)
	require.NotEmpty(t, status.UserToken)
	require.Equal(t, id, status.UserID)
	require.Empty(t, status.FailureCode)
}

func hostedLoginStarts(t *testing.T, s *site) {
	session := s.start(t)
	require.Contains(t, session.URL, "://")
}

func (s *site) start(t *testing.T) *coreapi.LoginSession {
	t.Helper()
	session, err := s.client.Users.StartLogin(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, session.ReqToken)
	return session
}

func statusIsRead(t *testing.T, s *site) {
	id, session := s.addOne(), s.start(t)
	status, err := s.client.Users.LoginStatus(t.Context(), session.ReqToken)
	require.NoError(t, err)
	require.Equal(t, coreapi.LoginPending, status.State)
	require.Empty(t, status.UserToken)
	s.completeLogin(session.ReqToken, email)
	status, err = s.client.Users.LoginStatus(t.Context(), session.ReqToken)
	require.NoError(t, err)
	requireLoggedIn(t, status, id)
}

func waitEnds(t *testing.T, s *site) {
	id, session := s.addOne(), s.start(t)
	time.AfterFunc(3*time.Second, func() { s.completeLogin(session.ReqToken, email) })
	status, err := s.client.Users.WaitForLogin(t.Context(), session.ReqToken)
	require.NoError(t, err)
	requireLoggedIn(t, status, id)
	require.Equal(t, session.ReqToken, status.ReqToken)
}

func (s *site) save(t *testing.T) *coreapi.Device {
	t.Helper()
	device, err := s.client.Devices.Save(t.Context(), s.device())
	require.NoError(t, err)
	return device
}

func deviceIsSaved(t *testing.T, s *site) {
	device := s.save(t)
	require.NotEmpty(t, device.ID)
	require.Equal(t, s.device(), device.Info)
}

func deviceIsRead(t *testing.T, s *site) {
	saved := s.save(t)
	device, err := s.client.Devices.Get(t.Context(), saved.ID)
	require.NoError(t, err)
	require.Equal(t, saved.ID, device.ID)
	require.Equal(t, s.device(), device.Info)
}

func wrongKey(t *testing.T, s *site) {
	_, err := s.stranger.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientKeyNotFound)
	_, err = s.stranger.Users.StartLogin(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientKeyNotFound)
}

func wrongPassword(t *testing.T, s *site) {
	s.addOne()
	_, err := s.client.Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: "canary-wrong-6602"})
	require.ErrorIs(t, err, coreapi.ErrInvalidPassword)
}

func suspended(t *testing.T, s *site) {
	s.addOne()
	s.suspendUser(email)
	_, err := s.client.Users.Login(t.Context(), coreapi.LoginRequest{Email: email, Password: password})
	require.ErrorIs(t, err, coreapi.ErrUserSuspended)
	s.suspendClient()
	_, err = s.client.Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrClientSuspended)
}

func duplicate(t *testing.T, s *site) {
	s.save(t)
	_, err := s.client.Devices.Save(t.Context(), s.device())
	require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
}

func badID(t *testing.T, s *site) {
	_, err := s.client.Devices.Get(t.Context(), "987654321")
	require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
}

func failedLogin(t *testing.T, s *site) {
	session := s.start(t)
	s.failLogin(session.ReqToken, coreapi.CodeClientClosedRequest)
	status, err := s.client.Users.LoginStatus(t.Context(), session.ReqToken)
	require.NoError(t, err)
	require.Equal(t, coreapi.LoginFailed, status.State)
	require.Equal(t, coreapi.CodeClientClosedRequest, status.FailureCode)
	require.Empty(t, status.UserToken)
	_, err = s.client.Users.WaitForLogin(t.Context(), session.ReqToken)
	require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
	require.NotErrorIs(t, err, context.Canceled)
}

func TestEachProfileSpeaksTheWireOfAnIndependentServer(t *testing.T) {
	for _, name := range profileNames(t) {
		p := parseProfile(t, readProfile(t, name))
		for _, check := range checks {
			t.Run(name+"/"+check.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, _ := independentSite(t, name, p)
					check.try(t, s)
				})
			})
		}
	}
}

func TestTheServersVerifySignaturesThemselves(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for _, name := range profileNames(t) {
		p := parseProfile(t, readProfile(t, name))
		s, b := independentSite(t, name, p)
		_, err := s.client.Clients.Info(t.Context(), coreapi.WithUserToken("canary-user-token"))
		require.NoError(t, err, "%s: a user's token is signed", name)
		b.key = &other.PublicKey
		_, err = s.client.Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrUnknownCode, name)
		require.ErrorContains(t, err, "the signature does not verify", name)
	}
}

func TestThereAreEightProfilesAndThirteenChecks(t *testing.T) {
	require.Len(t, profileNames(t), 8)
	require.Len(t, checks, 13)
}

func TestEachProfileSurvivesFileToGoToFile(t *testing.T) {
	for _, name := range profileNames(t) {
		file := readProfile(t, name)
		p := parseProfile(t, file)
		written, err := json.Marshal(p)
		require.NoError(t, err, name)
		require.JSONEq(t, string(file), string(written), name)
		again, err := json.Marshal(parseProfile(t, written))
		require.NoError(t, err, name)
		require.Equal(t, string(written), string(again), name)

		var asItWas, plain bytes.Buffer
		require.NoError(t, json.Compact(&asItWas, file))
		encoder := json.NewEncoder(&plain)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(p))
		require.Equal(t, asItWas.String()+"\n", plain.String(), "%s: members stand in their order", name)

		loaded, err := coreapi.LoadProfile(name + ".json")
		require.NoError(t, err)
		require.Equal(t, p, loaded)
	}
}

func TestEachProfileHasASchemaACommentOfOneSentenceAndALineInTheREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	oneSentence := regexp.MustCompile(`^[A-Z][^.]*\.$`)
	for _, name := range profileNames(t) {
		p := parseProfile(t, readProfile(t, name))
		require.Equal(t, "../../profile.schema.json", p.Schema)
		require.Regexp(t, oneSentence, strings.NewReplacer("/user/login?id=…", "").Replace(p.Comment), name)
		require.Contains(t, string(readme), "["+name+".json]("+name+".json)")
	}
}

func TestTheServersImportTheStandardLibraryAlone(t *testing.T) {
	quoted := regexp.MustCompile(`(?m)^\t"([^"]+)"$`)
	for _, file := range []string{"servers_test.go", "wires_test.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		imports := quoted.FindAllStringSubmatch(string(source), -1)
		require.NotEmpty(t, imports)
		for _, found := range imports {
			require.NotContains(t, found[1], ".", file)
		}
	}
}
