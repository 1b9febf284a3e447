package coreapi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/fypass/coreapi-go/internal/rsakey"
)

// The environment variables of NewFromEnv.
const (
	envBaseURL        = "COREAPI_BASE_URL"
	envClientKey      = "COREAPI_CLIENT_KEY"
	envPrivateKey     = "COREAPI_PRIVATE_KEY"
	envPrivateKeyFile = "COREAPI_PRIVATE_KEY_FILE"
	envProfile        = "COREAPI_PROFILE"
)

// NewFromEnv makes a Client as [New] does, with the base URL in COREAPI_BASE_URL, the
// client key in COREAPI_CLIENT_KEY, and the private key, which [ParsePrivateKey] reads,
// either as text in COREAPI_PRIVATE_KEY or in the file that COREAPI_PRIVATE_KEY_FILE
// names. Neither of them, and both, is [ErrInvalidArgument]. Where COREAPI_PROFILE is set, it
// names a profile's file, as for [LoadProfile]; a [WithProfile] among opts replaces it.
func NewFromEnv(opts ...Option) (*Client, error) {
	var values [2]string
	for i, name := range []string{envBaseURL, envClientKey} {
		values[i] = os.Getenv(name)
		if values[i] == "" {
			return nil, invalidArgument("NewFromEnv", fmt.Errorf("the environment variable %s is not set: set it, or use New", name))
		}
	}
	data, source, err := privateKeyFromEnv()
	if err != nil {
		return nil, invalidArgument("NewFromEnv", err)
	}
	signer, err := rsakey.Parse(data)
	if err != nil {
		return nil, invalidArgument("NewFromEnv", fmt.Errorf("%s: %w", source, err))
	}
	if file := os.Getenv(envProfile); file != "" {
		profile, err := loadProfile(file)
		if err != nil {
			return nil, invalidArgument("NewFromEnv", fmt.Errorf("%s: %s: %w", envProfile, file, err))
		}
		opts = append([]Option{WithProfile(profile)}, opts...)
	}
	return New(values[0], SignedClientKey(values[1], signer), opts...)
}

// privateKeyFromEnv also returns the name of the variable that it came by.
func privateKeyFromEnv() (data []byte, source string, err error) {
	text, file := os.Getenv(envPrivateKey), os.Getenv(envPrivateKeyFile)
	switch {
	case text == "" && file == "":
		return nil, "", errors.New("neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set, and the API demands a signature: set one of them, or use New")
	case text != "" && file != "":
		return nil, "", errors.New("COREAPI_PRIVATE_KEY and COREAPI_PRIVATE_KEY_FILE are both set: unset one of them")
	case text != "":
		return []byte(text), envPrivateKey, nil
	}
	data, err = readKeyFile(file)
	return data, envPrivateKeyFile, err
}

// maxKeyFile is well over the size of any key's file, in bytes.
const maxKeyFile = 1 << 20

// readKeyFile does not quote the file's name: it may be the key itself, in the wrong
// variable.
func readKeyFile(name string) ([]byte, error) {
	data, err := readAtMost(name, maxKeyFile)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return nil, fmt.Errorf("the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: %w: check its name and rights, or put the key's text into COREAPI_PRIVATE_KEY", failed.Err)
	case err != nil:
		return nil, errors.New("the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: check its name and rights, or put the key's text into COREAPI_PRIVATE_KEY")
	case len(data) > maxKeyFile:
		return nil, errors.New("the file that COREAPI_PRIVATE_KEY_FILE names is over 1 MiB, so no key's: name the key's file")
	}
	return data, nil
}

// readAtMost reads one byte over the limit where there is more.
func readAtMost(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}
