package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// strictSandbox serves the built-in seed to those who sign.
func strictSandbox(t *testing.T, publicKey crypto.PublicKey) *httptest.Server {
	t.Helper()
	s, err := loadSeed("")
	require.NoError(t, err)
	box, err := newSandbox(s, rules{publicKey: publicKey, strict: true})
	require.NoError(t, err)
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	return server
}

func signedClient(t *testing.T, baseURL string, signer crypto.Signer) *coreapi.Client {
	t.Helper()
	client, err := coreapi.New(baseURL, coreapi.SignedClientKey("sandbox-client-key", signer), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	return client
}

// fixedKey is the fake's test key.
func fixedKey(t *testing.T) crypto.Signer {
	t.Helper()
	signer, err := coreapi.ParsePrivateKey([]byte(testkey.PKCS8Base64))
	require.NoError(t, err)
	return signer
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	require.NoError(t, err)
	return key
}

// statusOf is the status that a call's error carries.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	var apiError *coreapi.Error
	require.ErrorAs(t, err, &apiError)
	return apiError.StatusCode
}

func TestStrictDemandsASignature(t *testing.T) {
	server := strictSandbox(t, nil)
	unsigned, err := coreapi.New(server.URL, coreapi.ClientKey("sandbox-client-key"), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	_, err = unsigned.Clients.Info(t.Context())
	assert.Equal(t, http.StatusUnauthorized, statusOf(t, err))
	_, err = signedClient(t, server.URL, fixedKey(t)).Clients.Info(t.Context())
	assert.NoError(t, err)
}

func TestStrictDemandsTheVersion(t *testing.T) {
	server := strictSandbox(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/client", nil)
	require.NoError(t, err)
	r.Header.Set(clientKeyHeader, "sandbox-client-key")
	r.Header.Set(requestIDHeader, "R1")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
}

// A program in another language tries the switches out against it.
func TestTheProfileSaysHowRequestsAreSigned(t *testing.T) {
	signEnvironment(t)
	profile := textFile(t, `{"version":"2.1","signature":{"encoding":"hex","style":"go","sortKeys":true}}`)
	box := runSandboxCommand(t, "-addr", ":0", "-strict", "-profile", profile)
	assert.Contains(t, box.banner, "Profile     "+profile)
	asProfile := coreapi.Profile{Signature: coreapi.Signature{Encoding: coreapi.Hex, Style: coreapi.StyleGo, SortKeys: true}}
	for name, tt := range map[string]struct {
		profile coreapi.Profile
		status  int
	}{
		"as the profile has it": {asProfile, http.StatusOK},
		"as by default":         {coreapi.Profile{}, http.StatusUnauthorized},
	} {
		client, err := coreapi.New(box.url, coreapi.SignedClientKey("sandbox-client-key", fixedKey(t)), coreapi.WithProfile(tt.profile),
			coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithLanguage(coreapi.English))
		require.NoError(t, err)
		_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "<&>", Name: "b"})
		if tt.status == http.StatusOK {
			assert.NoError(t, err, name)
			continue
		}
		assert.Equal(t, tt.status, statusOf(t, err), name)
		assert.ErrorContains(t, err, `this server wants "hex"`, name)
	}
	assert.Contains(t, box.commands[0], "-H 'X-Version: 2.1'")
	for name, curlDir := range curls(t) {
		out, _ := shell(t, curlDir, box.environment, box.commands[0])
		assert.Contains(t, out, `"status":"active"`, name)
		out, _ = shell(t, curlDir, box.environment, box.commands[1])
		assert.Contains(t, out, `"state":"succeeded"`, name)
	}
}

func TestAProfileThatCannotBeUsedStopsTheSandbox(t *testing.T) {
	for content, want := range map[string]string{
		`{"signature":{"encoding":"b64"}}`: `encoding is "b64"`,
		`{"version":"é"}`:                  "outside ASCII",
	} {
		file := textFile(t, content)
		got := runWith(t, "", "sandbox", "-addr", ":0", "-profile", file)
		assert.Equal(t, exitFailed, got.code)
		assert.Contains(t, got.err, "coreapi: sandbox: the profile "+file+": ")
		assert.Contains(t, got.err, want)
	}
	got := runWith(t, "", "sandbox", "-addr", ":0", "-profile", "none.json")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, "the profile cannot be read")
}

func TestASandboxOperationSaysWhichContentTypeItWants(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0")
	request := func(path string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, box.url+path, strings.NewReader(`{"operation":"Users.Login","code":"REQUEST_TIMEOUT"}`))
		require.NoError(t, err)
		r.Header = http.Header{"X-Client-Key": {"sandbox-client-key"}, "X-Request-Id": {"R1"}, "X-Language": {"en"}, "Content-Type": {"application/x-www-form-urlencoded"}}
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(answer)
	}
	status, answer := request("/user/login")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, answer, "Send the header Content-Type: application/json.")
	status, answer = request("/_sandbox/faults")
	assert.Equal(t, http.StatusOK, status, "curl's default type scripts the sandbox: %s", answer)
}

func TestASignatureThatIsThereIsCheckedWithoutStrict(t *testing.T) {
	baseURL, _ := startSandbox(t)
	_, err := signedClient(t, baseURL, fixedKey(t)).Clients.Info(t.Context())
	require.NoError(t, err)
	_, err = signedClient(t, baseURL, newKey(t)).Clients.Info(t.Context())
	assert.Equal(t, http.StatusUnauthorized, statusOf(t, err))
}

func TestSignaturesAreCheckedWithTheGivenKeyOnly(t *testing.T) {
	key := newKey(t)
	server := strictSandbox(t, key.Public())
	_, err := signedClient(t, server.URL, key).Clients.Info(t.Context())
	require.NoError(t, err)
	_, err = signedClient(t, server.URL, fixedKey(t)).Clients.Info(t.Context())
	assert.Equal(t, http.StatusUnauthorized, statusOf(t, err))
}

func TestTheKeyStaysThroughAReset(t *testing.T) {
	key := newKey(t)
	server := strictSandbox(t, key.Public())
	send(t, http.MethodPost, server.URL+"/_sandbox/reset", "", "")
	_, err := signedClient(t, server.URL, key).Clients.Info(t.Context())
	require.NoError(t, err)
	_, err = signedClient(t, server.URL, fixedKey(t)).Clients.Info(t.Context())
	assert.Equal(t, http.StatusUnauthorized, statusOf(t, err), "it is still strict, and has the same key")
}

func TestControlsAndTheHostedPageNeedNoSignature(t *testing.T) {
	server := strictSandbox(t, nil)
	status, answer := send(t, http.MethodPost, server.URL+"/_sandbox/reset", "", "")
	assert.Equal(t, http.StatusOK, status, answer)
	login, err := signedClient(t, server.URL, fixedKey(t)).Users.StartLogin(t.Context())
	require.NoError(t, err)
	status, answer = send(t, http.MethodGet, login.URL, "", "")
	assert.Equal(t, http.StatusOK, status, answer)
}

func TestTheFixedKeyIsGivenAway(t *testing.T) {
	server := strictSandbox(t, nil)
	status, answer := send(t, http.MethodGet, server.URL+"/_sandbox/key", "", "")
	require.Equal(t, http.StatusOK, status)
	signer, err := coreapi.ParsePrivateKey([]byte(answer))
	require.NoError(t, err)
	_, err = signedClient(t, server.URL, signer).Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestAKeyOfAFileIsNotGivenAway(t *testing.T) {
	box := runSandboxCommand(t, "-addr", ":0", "-key", filepath.Join(t.TempDir(), "key.pem"))
	status, answer := send(t, http.MethodGet, box.url+"/_sandbox/key", "", "")
	assert.Equal(t, http.StatusNotFound, status)
	assert.Contains(t, answer, "not given away")
	assert.NotContains(t, answer, "PRIVATE KEY-")
}

func TestAMissingKeyFileIsMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	box := runSandboxCommand(t, "-addr", ":0", "-strict", "-key", file)
	assert.Contains(t, box.banner, "the private key in "+file+", which was made just now")
	requireOwnersOnly(t, file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	block, rest := pem.Decode(text)
	require.NotNil(t, block)
	assert.Empty(t, rest)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	assert.Equal(t, 2048, key.(*rsa.PrivateKey).N.BitLen())
	_, err = signedClient(t, box.url, key.(*rsa.PrivateKey)).Clients.Info(t.Context())
	require.NoError(t, err)
	assert.Equal(t, exitOK, box.end())

	again := runSandboxCommand(t, "-addr", ":0", "-strict", "-key", file)
	assert.Contains(t, again.banner, "the private key in "+file+"\n", "it is not made again")
	_, err = signedClient(t, again.url, key.(*rsa.PrivateKey)).Clients.Info(t.Context())
	require.NoError(t, err)
	same, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, text, same)
}

func TestAKeyFileInAnotherFormIsRead(t *testing.T) {
	key := newKey(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	require.NoError(t, os.WriteFile(file, text, 0o400))
	box := runSandboxCommand(t, "-addr", ":0", "-strict", "-key", file)
	_, err := signedClient(t, box.url, key).Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestAFileThatIsNoKeyIsRefusedAndStaysAsItIs(t *testing.T) {
	public, err := x509.MarshalPKIXPublicKey(newKey(t).Public())
	require.NoError(t, err)
	for name, content := range map[string]string{
		"nothing":      "",
		"notes":        "my shopping list: bread, milk",
		"a public key": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"cut off":      "-----BEGIN PRIVATE KEY-----\n" + testkey.PKCS8Base64[:800],
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		got := runWith(t, "", "sandbox", "-addr", ":0", "-key", file)
		assert.Equal(t, exitFailed, got.code, name)
		assert.Empty(t, got.out, name)
		assert.Contains(t, got.err, "is there and stays as it is, but it holds no usable key", name)
		assert.Contains(t, got.err, "name a file that is not there", name)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), "one line: %s", got.err)
		same, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, content, string(same), name)
	}
}

func TestAKeyFileThatCannotBeReadOrMade(t *testing.T) {
	dir := t.TempDir()
	inNoFolder := filepath.Join(os.Args[0], "key.pem")
	for file, want := range map[string]string{
		dir:                                   "read",
		filepath.Join(dir, "none", "key.pem"): "written",
		inNoFolder:                            "read",
	} {
		_, cause := os.ReadFile(file)
		if errors.Is(cause, fs.ErrNotExist) { // Windows says so of inNoFolder too
			want = "written"
			cause = writeNew(file, nil)
		}
		got := runWith(t, "", "sandbox", "-addr", ":0", "-key", file)
		assert.Equal(t, exitFailed, got.code, file)
		assert.Contains(t, got.err, "cannot be "+want+": "+systemsWords(t, cause))
	}
}

func TestAFileThatAppearsMeanwhileIsNotOverwritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
	_, err := makeKeyFile(file)
	require.ErrorIs(t, err, fs.ErrExist)
	same, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "mine", string(same))
}

func TestNothingOfAPrivateKeyOrTokenIsInBannerAndLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte(testkey.PKCS8Base64), 0o600))
	for _, args := range [][]string{{"-addr", ":0"}, {"-addr", ":0", "-strict", "-key", file}} {
		box := runSandboxCommand(t, args...)
		client := signedClient(t, box.url, fixedKey(t))
		login, err := client.Users.Login(t.Context(), coreapi.LoginRequest{Email: "ada@example.com", Password: "correct-horse"})
		require.NoError(t, err)
		session, err := client.Users.StartLogin(t.Context())
		require.NoError(t, err)
		_, err = client.Users.LoginStatus(t.Context(), session.ReqToken, coreapi.WithUserToken(login.UserToken))
		require.NoError(t, err)
		assert.Equal(t, exitOK, box.end())
		for _, secret := range append(eights(testkey.PKCS8Base64), string(login.UserToken), string(session.ReqToken), "sandbox-client-key") {
			assert.NotContains(t, box.logged.String(), secret)
			if secret != "sandbox-client-key" { // which is for everybody to use
				assert.NotContains(t, box.banner, secret)
			}
		}
	}
}

// eights are all pieces of eight characters.
func eights(key string) []string {
	var pieces []string
	for i := range len(key) - 7 {
		pieces = append(pieces, key[i:i+8])
	}
	return pieces
}
