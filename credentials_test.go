package coreapi_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestCredentialsThatCannotBeRightAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	var none *rsa.PrivateKey
	key := signingKey(t)
	for name, test := range map[string]struct {
		key    string
		signer crypto.Signer
	}{
		"no key":              {"", key},
		"a key, line break":   {"key-0123\n", key},
		"a key, not ASCII":    {"schlüssel", key},
		"no signer":           {testKey, nil},
		"a nil key as signer": {testKey, none},
		"a small key":         {testKey, small},
		"a curve":             {testKey, curve},
		"no public key":       {testKey, oddSigner{public: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := coreapi.New(testBase, coreapi.SignedClientKey(test.key, test.signer))
			requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
			s := scripted(answer{})
			err = get(authClient(t, coreapi.SignedClientKeyFunc(func(context.Context) (coreapi.Credentials, error) {
				return coreapi.Credentials{ClientKey: coreapi.Secret(test.key), Signer: test.signer}, nil
			}), s))
			require.ErrorContains(t, err, "authentication failed")
			require.Zero(t, s.count())
		})
	}
	_, err = coreapi.New(testBase, coreapi.SignedClientKeyFunc(nil))
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
}

func TestSignedClientKeyOutsideACallIsAnInvalidArgument(t *testing.T) {
	r, err := http.NewRequest("GET", testBase, nil)
	require.NoError(t, err)
	requireMatchesExactly(t, coreapi.SignedClientKey(testKey, signingKey(t)).Authenticate(r), coreapi.ErrInvalidArgument)
	require.Empty(t, r.Header)
}

func TestARotatedKeyAndItsSignerGoTogetherFromManyGoroutines(t *testing.T) {
	first := signingKey(t)
	second, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := map[string]*rsa.PrivateKey{"key-number-1": first, "key-number-2": second}
	var asked atomic.Int64
	auth := coreapi.SignedClientKeyFunc(func(context.Context) (coreapi.Credentials, error) {
		name := "key-number-1"
		if asked.Add(1) > 96 {
			name = "key-number-2"
		}
		return coreapi.Credentials{coreapi.Secret(name), keys[name]}, nil
	})
	var mu sync.Mutex
	used := map[string]int{}
	c := authClient(t, auth, roundTripper(func(r *http.Request) (*http.Response, error) {
		got := sent{method: r.Method, url: r.URL.String(), header: r.Header.Clone()}
		name := got.header.Get("X-Client-Key")
		raw, err := base64.StdEncoding.DecodeString(got.header.Get("X-Signature"))
		digest := sha256.Sum256([]byte(signedTextOf(got, testBase)))
		assert.NoError(t, err)
		assert.NoError(t, rsa.VerifyPKCS1v15(&keys[name].PublicKey, crypto.SHA256, digest[:], raw))
		mu.Lock()
		used[name]++
		mu.Unlock()
		return answer{body: "{}"}.response(r)
	}))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 3 {
				assert.NoError(t, get(c))
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[string]int{"key-number-1": 96, "key-number-2": 96}, used)
}

func TestCredentialsAndSignatureInputsPrintNoSecret(t *testing.T) {
	c := coreapi.Credentials{ClientKey: plantedSecret, Signer: signingKey(t)}
	in := coreapi.SignatureInput{Endpoint: "/x?id=" + plantedSecret, ClientKey: plantedSecret, UserToken: plantedSecret, Body: []byte(plantedSecret)}
	auth := coreapi.SignedClientKey(plantedSecret, signingKey(t))
	digits := signingKey(t).D.String()[:20]
	for _, v := range []any{c, &c, in, &in, auth, &auth, map[string]any{"c": c, "in": in}} {
		shown := everyVerb(v)
		require.NotContains(t, shown, plantedSecret)
		require.NotContains(t, shown, digits)
	}
}

// panickingSigner is a type that embeds a nil key, as a configuration that was not filled in.
type panickingSigner struct{ *rsa.PrivateKey }

func TestASignerWhosePublicKeyPanicsIsRefused(t *testing.T) {
	_, err := coreapi.New(testBase, coreapi.SignedClientKey(testKey, panickingSigner{}))
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
	require.ErrorContains(t, err, "Public method panics")
}

// lateSigner takes its time, and knows no context.
type lateSigner struct{ *rsa.PrivateKey }

func (s lateSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	time.Sleep(5 * time.Second)
	return s.PrivateKey.Sign(random, digest, opts)
}

func TestWhatIsSignedTooLateIsNotSent(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{body: "{}"})
		err := post(authClient(t, coreapi.SignedClientKey(testKey, lateSigner{signingKey(t)}), s), coreapi.WithAttemptTimeout(time.Second))
		e := asError(t, err)
		require.True(t, e.Timeout())
		require.Zero(t, e.Attempts)
		require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
		require.Empty(t, e.RequestIDs())
		require.Zero(t, s.count())
	})
}

func TestAWrapperThatChangesWhatWasSignedSendsNothing(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"the query":              func(r *http.Request) { r.URL.RawQuery = "t=1" },
		"the path":               func(r *http.Request) { r.URL.Path += "/more" },
		"the method":             func(r *http.Request) { r.Method = "PUT" },
		"the key":                func(r *http.Request) { r.Header.Set("X-Client-Key", "another-key") },
		"the signature":          func(r *http.Request) { r.Header.Set("X-Signature", "another") },
		"a header in small type": func(r *http.Request) { r.Header["x-token"] = []string{"unsigned"} },
		"a second id":            func(r *http.Request) { r.Header["x-request-id"] = []string{"another"} },
	} {
		t.Run(name, func(t *testing.T) {
			signed := coreapi.SignedClientKey(testKey, signingKey(t))
			s := scripted(answer{body: "{}"})
			err := get(authClient(t, &customAuth{func(r *http.Request) error {
				err := signed.Authenticate(r)
				change(r)
				return err
			}}, s))
			require.ErrorContains(t, err, "the Authenticator changed")
			require.Zero(t, s.count())
		})
	}
}
