//go:build faultmatrix

package coreapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// certAuthority signs the fault servers' certificates.
type certAuthority struct {
	pool *x509.CertPool
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for 127.0.0.1 that has ended where age is more than a
// day; host replaces the address where it is not "".
func (a *certAuthority) issue(age time.Duration, host string) *tls.Config {
	key := newECKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a test's server"},
		NotBefore: time.Now().Add(-age - time.Hour), NotAfter: time.Now().Add(24*time.Hour - age),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if host == "" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// trustedAuthority is the one that the SDK's transport trusts.
var trustedAuthority = sync.OnceValue(newAuthority)

func newAuthority() *certAuthority {
	key := newECKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	a := &certAuthority{pool: x509.NewCertPool(), cert: cert, key: key}
	a.pool.AddCert(cert)
	return a
}

func newECKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func goodTLS(protocols ...string) *tls.Config {
	config := goodCertificate().Clone()
	config.NextProtos = protocols
	return config
}

var (
	goodCertificate    = sync.OnceValue(func() *tls.Config { return trustedAuthority().issue(0, "") })
	expiredCertificate = sync.OnceValue(func() *tls.Config { return trustedAuthority().issue(36*time.Hour, "") })
	othersCertificate  = sync.OnceValue(func() *tls.Config { return trustedAuthority().issue(0, "other.example.com") })
	unknownCertificate = sync.OnceValue(func() *tls.Config { return newAuthority().issue(0, "") })
)

// oldTLSOnly is a server that speaks no version that the SDK does.
func oldTLSOnly() *tls.Config {
	config := goodTLS()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	return config
}

// wantsClientCertificate is a server that asks for one which the SDK has not.
func wantsClientCertificate() *tls.Config {
	config := goodTLS()
	config.ClientAuth = tls.RequireAnyClientCert
	return config
}
