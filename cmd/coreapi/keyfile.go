package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fypass/coreapi-go"
)

// keyFile is the file of the registered client's private key. The zero one is none.
type keyFile struct {
	path   string // absolute
	public crypto.PublicKey
	made   bool // just now
}

// openKeyFile reads the key, or makes one where the file is missing. A file that is
// there is never written. name "": no file.
func openKeyFile(name string) (keyFile, error) {
	if name == "" {
		return keyFile{}, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return keyFile{}, fmt.Errorf("-key: %w", err)
	}
	data, err := readAtMost(path, maxKeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeKeyFile(path)
	case err != nil:
		return keyFile{}, fmt.Errorf("the key %s cannot be read: %w", shown(path), withoutPath(err))
	}
	signer, err := coreapi.ParsePrivateKey(data)
	if err != nil {
		return keyFile{}, fmt.Errorf("the file %s, which -key names, is there and stays as it is, but it holds no usable key: %w. To have a key made, name a file that is not there",
			shown(path), sdkCause(err))
	}
	return keyFile{path: path, public: signer.Public()}, nil
}

// keyBits is the length that the API's reference documents.
const keyBits = 2048

func makeKeyFile(path string) (keyFile, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return keyFile{}, fmt.Errorf("making a key: %w", err)
	}
	text, err := encodeKey(key)
	if err != nil {
		return keyFile{}, fmt.Errorf("making a key: %w", err)
	}
	if err := writeNew(path, text); err != nil {
		return keyFile{}, fmt.Errorf("the key %s cannot be written: %w", shown(path), withoutPath(err))
	}
	return keyFile{path: path, public: key.Public(), made: true}, nil
}

// encodeKey writes PKCS#8 as PEM.
func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// writeNew fails where the file is there, and leaves no half of one behind.
func writeNew(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(path)
	}
	return err
}
