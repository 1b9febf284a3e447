package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
)

// minBits is the length of the documented key.
const minBits = 2048

// CheckPublicKey returns pub where it is an RSA key of at least 2,048 bits. Otherwise
// the error says what it is and what to pass.
func CheckPublicKey(pub crypto.PublicKey) (*rsa.PublicKey, error) {
	const pass = ": pass an RSA key of 2048 bits or more, the one that the API's admin gave you"
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil {
			return nil, errors.New("the public key is an empty *rsa.PublicKey" + pass)
		}
		if bits := key.N.BitLen(); bits < minBits {
			return nil, fmt.Errorf("the public key is an RSA key of %d bits%s", bits, pass)
		}
		return key, nil
	case nil:
		return nil, errors.New("there is no public key" + pass)
	case rsa.PublicKey:
		return nil, errors.New("the public key is an rsa.PublicKey, not a pointer to one: pass its address")
	case *rsa.PrivateKey:
		return nil, errors.New("the public key is a private key: pass its Public()")
	case *ecdsa.PublicKey:
		return nil, errors.New("the public key is an elliptic curve key (ECDSA)" + pass)
	case ed25519.PublicKey:
		return nil, errors.New("the public key is an Ed25519 key" + pass)
	}
	return nil, fmt.Errorf("the public key is a %T%s", pub, pass)
}
