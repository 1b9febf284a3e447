package signature

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallKey has a modulus of 1,024 bits and signs nothing.
func smallKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}}
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

// service is a signer like a key service's.
type service struct {
	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
	calls  int
}

func (s *service) Public() crypto.PublicKey { return s.public }

func (s *service) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if random == nil {
		return nil, errors.New("no random numbers")
	}
	s.calls++
	return s.sign(digest, opts)
}

// remote is a service that can be interrupted.
type remote struct {
	service
	got context.Context
}

func (r *remote) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("called without a context")
}

func (r *remote) SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	r.got = ctx
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.service.Sign(random, digest, opts)
}

func signWith(key *rsa.PrivateKey) func([]byte, crypto.SignerOpts) ([]byte, error) {
	return func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		return key.Sign(rand.Reader, digest, opts)
	}
}

func TestEachSchemeAndEncodingVerifiesUnderItselfOnly(t *testing.T) {
	key, text := testKey(t), []byte("text")
	var all []Options
	for _, padding := range []Padding{PKCS1v15, PSS} {
		for _, encoding := range []Encoding{Base64, Base64URL, Hex} {
			all = append(all, Options{Padding: padding, Encoding: encoding})
		}
	}
	for _, signing := range all {
		header, err := signing.Sign(t.Context(), key, text)
		require.NoError(t, err)
		for _, verifying := range all {
			err := verifying.Verify(&key.PublicKey, text, header)
			require.Equal(t, signing == verifying, err == nil, "%v under %v: %v", signing, verifying, err)
		}
		require.EqualError(t, signing.Verify(&key.PublicKey, []byte("text\n"), header), "the signature does not verify: crypto/rsa: verification error")
		require.ErrorIs(t, signing.Verify(&key.PublicKey, nil, header), rsa.ErrVerification)
	}
}

func TestThePSSSaltIsAsLongAsTheHash(t *testing.T) {
	key, digest := testKey(t), sha256.Sum256([]byte("text"))
	header, err := Options{Padding: PSS}.Sign(t.Context(), key, []byte("text"))
	require.NoError(t, err)
	signature, err := base64.StdEncoding.DecodeString(header)
	require.NoError(t, err)
	require.NoError(t, rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 32}))
	for length, fits := range map[int]bool{32: true, 20: false, 222: false} {
		signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: length})
		require.NoError(t, err)
		err = Options{Padding: PSS}.Verify(&key.PublicKey, []byte("text"), base64.StdEncoding.EncodeToString(signature))
		require.Equal(t, fits, err == nil, "a salt of %d bytes", length)
	}
}

func TestDecodingIsStrict(t *testing.T) {
	key, text := testKey(t), []byte("text")
	header := func(encoding Encoding) string {
		header, err := Options{Encoding: encoding}.Sign(t.Context(), key, text)
		require.NoError(t, err)
		return header
	}
	standard, url, hexadecimal := header(Base64), header(Base64URL), header(Hex)
	for encoding, wrong := range map[Encoding][]string{
		Base64:    {"", standard + "\n", standard[:76] + "\r\n" + standard[76:], " " + standard, strings.TrimRight(standard, "="), lastDigit(standard, 3), "not base64!"},
		Base64URL: {"", url + "==", url + "\n", lastDigit(url, 1), "+/"},
		Hex:       {"", strings.ToUpper(hexadecimal), hexadecimal + "\n", "0x" + hexadecimal, hexadecimal[1:]},
	} {
		options := Options{Encoding: encoding}
		require.NoError(t, options.Verify(&key.PublicKey, text, header(encoding)))
		for _, header := range wrong {
			require.ErrorContains(t, options.Verify(&key.PublicKey, text, header), "the signature is not ", "%q", header)
		}
	}
	require.EqualError(t, Options{}.Verify(&key.PublicKey, text, url), "the signature is not standard base64 with padding")
	require.EqualError(t, Options{Encoding: Base64URL}.Verify(&key.PublicKey, text, standard), "the signature is not base64url without padding")
	require.EqualError(t, Options{Encoding: Hex}.Verify(&key.PublicKey, text, standard), "the signature is not hex in lower case")
	require.ErrorIs(t, Options{}.Verify(&key.PublicKey, text, standard[:340]), rsa.ErrVerification, "a signature that is cut off")
}

// lastDigit sets a bit that base64's last digit has left over.
func lastDigit(header string, fromEnd int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	i := len(header) - fromEnd
	place := strings.IndexByte(digits, header[i])
	return header[:i] + digits[place+1:place+2] + header[i+1:]
}

func TestVerifyRefusesAKeyThatDoesNotFit(t *testing.T) {
	require.ErrorContains(t, Options{}.Verify(nil, nil, "AAAA"), "an empty *rsa.PublicKey")
	require.ErrorContains(t, Options{}.Verify(&smallKey(t).PublicKey, nil, "AAAA"), "1024 bits")
}

func TestASignerGetsTheDigestAndTheScheme(t *testing.T) {
	key := testKey(t)
	for padding, want := range map[Padding]crypto.SignerOpts{
		"":  crypto.SHA256,
		PSS: &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256},
	} {
		signer := &service{public: key.Public(), sign: func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			digest256 := sha256.Sum256([]byte("text"))
			require.Equal(t, digest256[:], digest)
			require.Equal(t, want, opts)
			return signWith(key)(digest, opts)
		}}
		header, err := Options{Padding: padding, Encoding: Hex}.Sign(t.Context(), signer, []byte("text"))
		require.NoError(t, err)
		require.NoError(t, Options{Padding: padding, Encoding: Hex}.Verify(&key.PublicKey, []byte("text"), header))
		require.Equal(t, 1, signer.calls)
	}
}

func TestASignerThatCanBeInterruptedGetsTheContext(t *testing.T) {
	key := testKey(t)
	signer := &remote{service: service{public: key.Public(), sign: signWith(key)}}
	ctx := context.WithValue(t.Context(), new(int), "the attempt's")
	_, err := Options{}.Sign(ctx, signer, []byte("text"))
	require.NoError(t, err)
	require.Equal(t, ctx, signer.got)
}

func TestNothingIsSignedOnceTheContextHasEnded(t *testing.T) {
	key := testKey(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	signer := &remote{service: service{public: key.Public(), sign: signWith(key)}}
	_, err := Options{}.Sign(ctx, signer, []byte("text"))
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, signer.got)
	_, err = Options{}.Sign(ctx, key, []byte("text"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestASignersErrorIsWrapped(t *testing.T) {
	broken := errors.New("the HSM is gone")
	signer := &service{public: testKey(t).Public(), sign: func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, broken }}
	header, err := Options{}.Sign(t.Context(), signer, nil)
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "the signer failed: the HSM is gone")
	require.Empty(t, header)
	_, err = Options{}.Sign(t.Context(), nil, nil)
	require.EqualError(t, err, "there is no signer: pass the RSA private key that the API's admin gave you")
}

func TestASignersWrongSignatureIsFoundHere(t *testing.T) {
	key := testKey(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		padding Padding
		public  crypto.PublicKey
		sign    func([]byte, crypto.SignerOpts) ([]byte, error)
		want    string
	}{
		"another key": {"", key.Public(), signWith(other), "by RSASSA-PKCS1-v1_5 and SHA-256"},
		"the other scheme": {PSS, key.Public(), func(digest []byte, _ crypto.SignerOpts) ([]byte, error) {
			return key.Sign(rand.Reader, digest, crypto.SHA256)
		}, "by RSASSA-PSS with a salt of 32 bytes and SHA-256"},
		"the digest hashed again": {"", key.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			again := sha256.Sum256(digest)
			return key.Sign(rand.Reader, again[:], opts)
		}, "that Sign signs the digest as it is given"},
		"text instead of bytes": {"", key.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			signature, err := key.Sign(rand.Reader, digest, opts)
			return []byte(base64.StdEncoding.EncodeToString(signature)), err
		}, "returns the bare signature, not its base64"},
		"nothing": {"", key.Public(), func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, nil },
			"the signer's signature does not verify under its own public key: check that Public and Sign use the same key, "},
		"a key that is not RSA": {"", ecKey(t).Public(), signWith(key), "the signer's public key does not fit: the public key is an elliptic curve key (ECDSA)"},
		"no public key":         {"", nil, signWith(key), "the signer's public key does not fit: there is no public key"},
	} {
		t.Run(name, func(t *testing.T) {
			header, err := Options{Padding: test.padding}.Sign(t.Context(), &service{public: test.public, sign: test.sign}, []byte("text"))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "\n")
			require.Empty(t, header)
		})
	}
}

func TestNoErrorHoldsTheTextOrTheSignature(t *testing.T) {
	key, text := testKey(t), []byte("hunter2hunter2")
	header, err := Options{}.Sign(t.Context(), key, text)
	require.NoError(t, err)
	signature, err := base64.StdEncoding.DecodeString(header)
	require.NoError(t, err)
	for _, err := range []error{
		Options{}.Verify(&key.PublicKey, []byte("other"), header),
		Options{Encoding: Hex}.Verify(&key.PublicKey, text, header),
		Options{}.Verify(&key.PublicKey, text, string(signature)),
	} {
		require.Error(t, err)
		for _, secret := range []string{string(text), header[:8], hex.EncodeToString(signature)[:8]} {
			require.False(t, bytes.Contains([]byte(err.Error()), []byte(secret)), err.Error())
		}
	}
}
