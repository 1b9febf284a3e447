package coreapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// maxResponseHeader is how much the default transport reads of a response's headers, in
// bytes. net/http's own limit is 10 MB.
const maxResponseHeader = 256 << 10

// defaultTransport is that of a Client without WithHTTPClient. It is its own, so
// that closing its idle connections touches no one else's. attemptTimeout is the Client's:
// pings find a dead HTTP/2 connection within half of it, so that the next attempt makes
// another. Without them every attempt would use the dead one, for minutes.
func defaultTransport(attemptTimeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: attemptTimeout / 4, PingTimeout: attemptTimeout / 4},
		MaxIdleConns:           200,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHeader,
		OnProxyConnectResponse: refusedByProxy,
	}
}

// proxyError is a proxy's refusal to connect, which net/http would report as bare text.
type proxyError int // the HTTP status

func (e proxyError) Error() string {
	return strings.TrimSpace("the proxy answered " + strconv.Itoa(int(e)) + " " + http.StatusText(int(e)))
}

func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return proxyError(resp.StatusCode)
}

// connection is what net/http told of an attempt's connection. A transport that does not
// trace tells nothing.
type connection struct {
	hooks      httptrace.ClientTrace
	asked, got atomic.Bool
}

// trace lets net/http tell. The caller's own trace, if its context has one, is told too.
func (c *connection) trace(ctx context.Context) context.Context {
	c.hooks.GetConn = func(string) { c.asked.Store(true) }
	c.hooks.GotConn = func(httptrace.GotConnInfo) { c.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &c.hooks)
}

// never is true where there was never a connection, and so nothing was sent.
func (c *connection) never() bool { return c.asked.Load() && !c.got.Load() }

// classifyTransport tells why a transport failed, and whether that was before there was a
// connection. What cannot be told counts as sent.
func classifyTransport(err error, conn *connection) class {
	switch {
	case isCertificate(err):
		return classCertificate
	case isTLSRefusal(err, conn.never()):
		return classTLS
	case isProxyRefusal(err, conn.never()):
		return classProxy
	case conn.never(), isDialFailure(err):
		return classNotConnected
	}
	return classLost
}

// isDialFailure goes by the error's type, for transports that do not trace.
func isDialFailure(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks connect"
	}
	if status, ok := errors.AsType[proxyError](err); ok {
		return status >= 500
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// isProxyRefusal: a proxy's 4xx, by its type or, with a caller's own transport, by the
// status text that net/http makes an error of.
func isProxyRefusal(err error, neverConnected bool) bool {
	if status, ok := errors.AsType[proxyError](err); ok {
		return status < 500
	}
	if !neverConnected {
		return false
	}
	for status := 400; status < 500; status++ {
		if text := http.StatusText(status); text != "" && err.Error() == text {
			return true
		}
	}
	return false
}

// isTLSRefusal: TLS that can never work, whoever said so. Alerts of the server's come with
// the operation "remote error"; the refusals of crypto/tls itself begin with "tls: ", and
// count in a handshake alone.
func isTLSRefusal(err error, neverConnected bool) bool {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return !strings.HasSuffix(op.Err.Error(), "internal error") && !strings.HasSuffix(op.Err.Error(), "user canceled")
	}
	text := err.Error()
	return strings.HasSuffix(text, "server gave HTTP response to HTTPS client") ||
		(neverConnected && strings.HasPrefix(text, "tls: "))
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
