package check

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go/internal/redact"
)

// BaseURL parses the URL that calls' paths are put behind. plaintext allows http to a host
// that is not loopback. The error does not quote the URL: it may hold a password.
func BaseURL(raw string, plaintext bool) (*url.URL, error) {
	const want = `pass one such as "https://api.example.com"`
	if raw == "" {
		return nil, redact.Text("the base URL is empty: " + want)
	}
	if strings.ContainsAny(raw, "?#") {
		return nil, redact.Text("the base URL holds a query or a fragment: " + want)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, redact.Text("the base URL does not parse: " + want)
	case u.User != nil:
		return nil, errors.New("the base URL holds a user name: take it out; the Authenticator has the key")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, redact.Text("the base URL has no http or https scheme: " + want)
	case u.Opaque != "" || u.Hostname() == "":
		return nil, redact.Text("the base URL has no host: " + want)
	case u.Scheme == "http" && !plaintext && !Loopback(u.Hostname()):
		return nil, errors.New("the base URL is http to a host that is not loopback: use https, or WithPlaintext to send the key in the clear")
	}
	if err := checkPort(u); err != nil {
		return nil, err
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if path != "" {
		if err := Path(path); err != nil {
			return nil, fmt.Errorf("the base URL: %w", err)
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/"), RawPath: path}, nil
}

func checkPort(u *url.URL) error {
	if u.Port() == "" {
		return nil
	}
	if n, err := strconv.Atoi(u.Port()); err != nil || n < 1 || n > 65535 {
		return errors.New("the base URL's port is not one: pass 1 to 65535, or none")
	}
	return nil
}

// Loopback reports whether a host, without a port, is this machine: localhost, or an
// address such as 127.0.0.1 and ::1. Any other name may lead anywhere.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
