package coreapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// defaultTransport is that of a Client without WithHTTPClient. It is its own, so
// that closing its idle connections touches no one else's.
func defaultTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           200,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		OnProxyConnectResponse: refusedByProxy,
	}
}

// refusedByProxy types what net/http would report as bare text, so that a
// refused CONNECT is known for a connection that was never made.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("the proxy answered " + http.StatusText(resp.StatusCode))}
}

// isCertificate knows crypto/x509's errors, alone and as crypto/tls wraps them. The
// error of a caller's own VerifyPeerCertificate is any error, and cannot be told.
func isCertificate(err error) bool {
	for _, target := range []any{
		new(*tls.CertificateVerificationError), new(x509.UnknownAuthorityError), new(x509.SystemRootsError),
		new(x509.HostnameError), new(x509.CertificateInvalidError), new(x509.ConstraintViolationError),
		new(x509.UnhandledCriticalExtension), new(x509.InsecureAlgorithmError),
	} {
		if errors.As(err, target) {
			return true
		}
	}
	return false
}

// classifyTransport tells whether a transport's failure came before a connection
// was made. What cannot be told counts as sent.
func classifyTransport(err error) class {
	if isCertificate(err) {
		return classCertificate
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) {
		switch op.Op {
		case "dial", "proxyconnect", "socks connect":
			return classNotConnected
		}
		return classLost
	}
	if errors.As(err, &dns) {
		return classNotConnected
	}
	return classLost
}
