package coreapi_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestEachAttemptHasItsOwnIDAndItsOwnValidSignature(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		timeout := answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}
		s := scripted(timeout, timeout, answer{status: 400, body: codeBody(coreapi.CodeDuplicateKey)})
		err := post(signedClient(t, s), coreapi.WithRequestID("mine"), coreapi.WithUserToken("user-token-1"), coreapi.WithLanguage(coreapi.English))
		require.Equal(t, 3, s.count())
		ids, signatures := map[string]bool{}, map[string]bool{}
		for i, got := range s.sent {
			requireSigned(t, &signingKey(t).PublicKey, got)
			require.Equal(t, "user-token-1", got.header.Get("X-Token"))
			require.Equal(t, "en", got.header.Get("X-Language"))
			require.Equal(t, []string{"mine", "mine-2", "mine-3"}[i], got.header.Get("X-Request-Id"))
			ids[got.header.Get("X-Request-Id")] = true
			signatures[got.header.Get("X-Signature")] = true
		}
		require.Len(t, ids, 3)
		require.Len(t, signatures, 3)
		e := asError(t, err)
		require.Equal(t, []string{"mine", "mine-2", "mine-3"}, e.RequestIDs())
		require.Equal(t, "mine-3", e.RequestID)
		require.Contains(t, e.Report(), "Request ids sent: mine, mine-2, mine-3\n")
		e.RequestIDs()[0] = "changed"
		require.Equal(t, "mine", e.RequestIDs()[0], "a copy")
	})
}

func TestEveryOperationIsSigned(t *testing.T) {
	for name, op := range operationCalls {
		s := scripted(answer{body: op.success})
		require.NoError(t, op.call(signedClient(t, s)))
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
		require.Equal(t, "1.0.0", s.sent[0].header.Get("X-Version"), name)
		require.NotContains(t, s.sent[0].header, "X-Token")
		require.NotContains(t, s.sent[0].header, "X-Language")
	}
}

// countingSigner counts its signatures. It is no *rsa.PrivateKey, so each is verified.
type countingSigner struct {
	*rsa.PrivateKey
	n atomic.Int64
}

func (s *countingSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.n.Add(1)
	return s.PrivateKey.Sign(random, digest, opts)
}

func TestThereIsOneSignatureAnAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		signer := &countingSigner{PrivateKey: signingKey(t)}
		s := scripted(answer{status: 503}, answer{status: 503}, answer{body: "{}"})
		require.NoError(t, get(authClient(t, coreapi.SignedClientKey(testKey, signer), s)))
		require.EqualValues(t, 3, signer.n.Load())
		wrapped := &countingSigner{PrivateKey: signingKey(t)}
		inner := coreapi.SignedClientKey(testKey, wrapped)
		s = scripted(answer{status: 503}, answer{body: "{}"})
		require.NoError(t, get(authClient(t, &customAuth{inner.Authenticate}, s)))
		require.EqualValues(t, 2, wrapped.n.Load())
		requireSigned(t, &signingKey(t).PublicKey, s.sent[1])
	})
}

// oddSigner has a key and a way of its own to sign.
type oddSigner struct {
	public crypto.PublicKey
	sign   func() ([]byte, error)
}

func (s oddSigner) Public() crypto.PublicKey { return s.public }

func (s oddSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return s.sign() }

func TestASignerThatFailsPanicsOrHasAnotherKeySendsNothing(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key := signingKey(t)
	hsm := errors.New("hsm: slot is empty, " + testKey)
	for name, test := range map[string]struct {
		signer crypto.Signer
		want   string
	}{
		"fails":       {oddSigner{key.Public(), func() ([]byte, error) { return nil, hsm }}, "hsm: slot is empty, [redacted]"},
		"panics":      {oddSigner{key.Public(), func() ([]byte, error) { panic("slot " + testKey) }}, "panic: slot [redacted]"},
		"nothing":     {oddSigner{key.Public(), func() ([]byte, error) { return nil, nil }}, "signature"},
		"another key": {oddSigner{other.Public(), func() ([]byte, error) { return key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256) }}, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{body: "{}"})
			err := get(authClient(t, coreapi.SignedClientKey(testKey, test.signer), s))
			require.Zero(t, s.count())
			e := asError(t, err)
			require.Equal(t, coreapi.DeliveryNotSent, e.Delivery)
			require.Zero(t, e.Attempts)
			require.False(t, coreapi.IsRetryable(err))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error()+e.Report(), testKey)
			if name == "fails" {
				require.ErrorIs(t, err, hsm)
			}
		})
	}
}

func TestACallOnTheWireHasEachVectorsSignature(t *testing.T) {
	var got sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{method: r.Method, url: r.RequestURI, body: string(body), header: r.Header.Clone()}
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	for _, v := range vectors(t) {
		for _, form := range []struct {
			encoding coreapi.SignatureEncoding
			want     string
		}{{"", v.Signature}, {coreapi.Hex, v.SignatureHex}, {coreapi.Base64URL, v.SignatureBase64url}} {
			t.Run(v.Name+" "+string(form.encoding), func(t *testing.T) {
				c, err := coreapi.New(server.URL, coreapi.SignedClientKey(v.ClientKey, signingKey(t)),
					coreapi.WithProfile(coreapi.Profile{Version: v.Version, Signature: coreapi.Signature{Encoding: form.encoding}}))
				require.NoError(t, err)
				opts := []coreapi.CallOption{coreapi.WithRequestID(v.RequestID)}
				if v.UserToken != "" {
					opts = append(opts, coreapi.WithUserToken(coreapi.Secret(v.UserToken)))
				}
				_, err = coreapi.Do[coreapi.RawJSON](context.Background(), c, v.request(t), opts...)
				require.NoError(t, err)
				require.Equal(t, v.Endpoint, got.url)
				require.Equal(t, form.want, got.header.Get("X-Signature"))
				require.Equal(t, v.Version, got.header.Get("X-Version"))
				if v.SentBody != nil {
					require.Equal(t, *v.SentBody, got.body)
				}
			})
		}
	}
}
