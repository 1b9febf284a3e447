package signature

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// contextSigner is a signer that can be interrupted, such as one that asks a service.
type contextSigner interface {
	SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Sign signs text and returns the header's value. A signer that has SignContext is
// called by it, with ctx; any other runs to its end. What a signer other than an
// *rsa.PrivateKey returns is verified, so that a wrong key shows here and not as the
// API's refusal. The signer's own error is wrapped.
func (o Options) Sign(ctx context.Context, signer crypto.Signer, text []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if signer == nil {
		return "", errors.New("there is no signer: pass the RSA private key that the API's admin gave you")
	}
	digest := sha256.Sum256(text)
	signature, err := callSigner(ctx, signer, digest[:], o.signerOpts())
	if err != nil {
		return "", fmt.Errorf("the signer failed: %w", err)
	}
	if _, ours := signer.(*rsa.PrivateKey); !ours {
		if err := o.checkSigner(signer, digest[:], signature); err != nil {
			return "", err
		}
	}
	return o.encode(signature), nil
}

func callSigner(ctx context.Context, signer crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if interruptible, ok := signer.(contextSigner); ok {
		return interruptible.SignContext(ctx, rand.Reader, digest, opts)
	}
	return signer.Sign(rand.Reader, digest, opts)
}

// checkSigner verifies what a signer returned under its own public key.
func (o Options) checkSigner(signer crypto.Signer, digest, signature []byte) error {
	pub, err := CheckPublicKey(signer.Public())
	if err != nil {
		return fmt.Errorf("the signer's public key does not fit: %w", err)
	}
	if o.verify(pub, digest, signature) != nil {
		return errors.New("the signer's signature does not verify under its own public key: check that Public and Sign use the same key, " +
			"that Sign signs the digest as it is given, by " + o.scheme() + " and SHA-256, and that it returns the bare signature, not its base64")
	}
	return nil
}

// pssOptions are the same for signing and verifying.
var pssOptions = rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

func (o Options) signerOpts() crypto.SignerOpts {
	if o.Padding == PSS {
		opts := pssOptions // a copy, in case a signer changes it
		return &opts
	}
	return crypto.SHA256
}

func (o Options) scheme() string {
	if o.Padding == PSS {
		return "RSASSA-PSS with a salt of 32 bytes"
	}
	return "RSASSA-PKCS1-v1_5"
}

// Verify says whether header, a request's X-Signature, is text's signature under pub.
// It takes the encoding of Options only, and only as Sign writes it.
func (o Options) Verify(pub *rsa.PublicKey, text []byte, header string) error {
	if _, err := CheckPublicKey(pub); err != nil {
		return err
	}
	signature, err := o.decode(header)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	if err := o.verify(pub, digest[:], signature); err != nil {
		return fmt.Errorf("the signature does not verify: %w", err)
	}
	return nil
}

func (o Options) verify(pub *rsa.PublicKey, digest, signature []byte) error {
	if o.Padding == PSS {
		return rsa.VerifyPSS(pub, crypto.SHA256, digest, signature, &pssOptions)
	}
	return rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest, signature)
}

func (o Options) encode(signature []byte) string {
	switch o.Encoding {
	case Base64URL:
		return base64.RawURLEncoding.EncodeToString(signature)
	case Hex:
		return hex.EncodeToString(signature)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// decode takes what encode writes and nothing else: the decoders themselves pass over
// line ends, upper case and bits that are left over.
func (o Options) decode(header string) (signature []byte, err error) {
	name := "standard base64 with padding"
	switch o.Encoding {
	case Base64URL:
		name = "base64url without padding"
		signature, err = base64.RawURLEncoding.DecodeString(header)
	case Hex:
		name = "hex in lower case"
		signature, err = hex.DecodeString(header)
	default:
		signature, err = base64.StdEncoding.DecodeString(header)
	}
	if err != nil || header == "" || o.encode(signature) != header {
		return nil, errors.New("the signature is not " + name)
	}
	return signature, nil
}
