package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/fypass/coreapi-go"
)

// The variables that hold the private key: its text, or its file's name.
const (
	envPrivateKey     = "COREAPI_PRIVATE_KEY"
	envPrivateKeyFile = "COREAPI_PRIVATE_KEY_FILE"
)

// keyParser reads a key, and says where one that is none came from.
type keyParser func(source string, data []byte) (crypto.Signer, error)

// signerFromEnv reads the private key as the SDK's NewFromEnv does.
func signerFromEnv(parse keyParser) (crypto.Signer, error) {
	text, file := os.Getenv(envPrivateKey), os.Getenv(envPrivateKeyFile)
	switch {
	case text == "" && file == "":
		return nil, errors.New("neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set: set the first to the private key's text, or the second to the name of its file")
	case text != "" && file != "":
		return nil, errors.New("COREAPI_PRIVATE_KEY and COREAPI_PRIVATE_KEY_FILE are both set: unset one of them")
	case text != "":
		return parse(envPrivateKey, []byte(text))
	}
	data, err := readAtMost(file, maxKeyFile)
	if err != nil {
		// The name is not quoted: it may be the key itself, in the wrong variable.
		return nil, fmt.Errorf("the file that COREAPI_PRIVATE_KEY_FILE names cannot be read: %w: check its name and rights", withoutPath(err))
	}
	return parse(envPrivateKeyFile, data)
}

func parseKey(source string, data []byte) (crypto.Signer, error) {
	signer, err := coreapi.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, sdkCause(err))
	}
	return signer, nil
}

// parseAnyKey is parseKey for what is only to be verified: a public key will do.
func parseAnyKey(source string, data []byte) (crypto.Signer, error) {
	if block, _ := pem.Decode(data); block != nil && block.Type == "PUBLIC KEY" {
		if public, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			return verifier{public}, nil
		}
	}
	return parseKey(source, data)
}

// verifier is a public key in the place of the private one.
type verifier struct{ public crypto.PublicKey }

func (v verifier) Public() crypto.PublicKey { return v.public }

func (v verifier) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a public key signs nothing: pass the private key")
}

// maxKeyFile is far over the size of any key's file, in bytes.
const maxKeyFile = 1 << 20

// readAtMost reads a file of at most limit bytes.
func readAtMost(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readLimited(file, limit)
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is over %d MiB", limit>>20)
	}
	return data, err
}

// withoutPath is an error about a file without the file's name.
func withoutPath(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// shownPath is an error about a file with the file's name made safe for a terminal.
func shownPath(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s %s: %w", failed.Op, shown(failed.Path), failed.Err)
	}
	return err
}

// basePathFromEnv is the path of COREAPI_BASE_URL, which only -verify looks at.
func basePathFromEnv() string {
	base, err := url.Parse(os.Getenv("COREAPI_BASE_URL"))
	if err != nil {
		return ""
	}
	return strings.TrimRight(base.EscapedPath(), "/")
}
