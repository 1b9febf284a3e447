package coreapi_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

func TestNewFromEnvNamesTheVariableThatIsMissing(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", "")
	t.Setenv("COREAPI_CLIENT_KEY", "")
	_, err := coreapi.NewFromEnv()
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.Contains(t, err.Error(), "COREAPI_BASE_URL")
	t.Setenv("COREAPI_BASE_URL", testBase)
	_, err = coreapi.NewFromEnv()
	require.Contains(t, err.Error(), "COREAPI_CLIENT_KEY")
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", "")
	_, err = coreapi.NewFromEnv()
	require.ErrorContains(t, err, "neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set")
}

func TestNewFromEnvSignsWithTheKeyInTheVariableOrInTheFile(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", testBase)
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte(testkey.PKCS8Base64), 0o600))
	for _, key := range []struct{ text, file string }{{testkey.PKCS8Base64, ""}, {"", file}} {
		t.Setenv("COREAPI_PRIVATE_KEY", key.text)
		t.Setenv("COREAPI_PRIVATE_KEY_FILE", key.file)
		s := scripted(answer{body: "{}"})
		c, err := coreapi.NewFromEnv(coreapi.WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		require.NoError(t, get(c))
		require.Equal(t, testKey, s.sent[0].header.Get("X-Client-Key"))
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
	}
}

func TestNewFromEnvSaysWhatIsWrongWithTheKeyAndQuotesNothingOfIt(t *testing.T) {
	t.Setenv("COREAPI_BASE_URL", testBase)
	t.Setenv("COREAPI_CLIENT_KEY", testKey)
	dir := t.TempDir()
	large, missing := filepath.Join(dir, "large"), filepath.Join(dir, "missing")
	require.NoError(t, os.WriteFile(large, make([]byte, 1<<20+1), 0o600))
	var noSuchFile syscall.Errno // in the system's words
	_, err := os.Stat(missing)
	require.ErrorAs(t, err, &noSuchFile)
	for name, test := range map[string]struct{ text, file, want string }{
		"both":                 {testkey.PKCS8Base64, large, "both set"},
		"no such file":         {"", missing, "cannot be read: " + noSuchFile.Error()},
		"a folder":             {"", dir, "COREAPI_PRIVATE_KEY_FILE"},
		"a large file":         {"", large, "over 1 MiB"},
		"the key as file":      {"", testkey.PKCS8Base64, "COREAPI_PRIVATE_KEY_FILE"},
		"a file's name as key": {missing, "", "COREAPI_PRIVATE_KEY: "},
		"half a key":           {testkey.PKCS8Base64[:800], "", "COREAPI_PRIVATE_KEY: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("COREAPI_PRIVATE_KEY", test.text)
			t.Setenv("COREAPI_PRIVATE_KEY_FILE", test.file)
			_, err := coreapi.NewFromEnv()
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), testkey.PKCS8Base64[40:48])
			require.NotContains(t, err.Error(), dir)
		})
	}
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY_FILE", missing)
	_, err = coreapi.NewFromEnv()
	require.ErrorIs(t, err, fs.ErrNotExist)
}
