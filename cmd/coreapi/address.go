package main

import (
	"errors"
	"net"
	"runtime"
	"strconv"
	"syscall"

	"github.com/fypass/coreapi-go/internal/check"
)

// loopback is where to listen if nobody says otherwise: nobody else on the
// network is let in by accident.
const loopback = "127.0.0.1"

// address is where to listen.
type address struct{ host, port string }

// parseAddress fills in the host. Other machines are let in only by a host that
// is named, 0.0.0.0 for all.
func parseAddress(addr string) (address, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return address{}, usagef(`-addr "%s" is no HOST:PORT: pass one such as 127.0.0.1:8080, or :8080`, shown(addr))
	}
	if host == "" {
		host = loopback
	}
	return address{host, port}, nil
}

// String is the address as net.Listen takes it.
func (a address) String() string { return net.JoinHostPort(a.host, a.port) }

// isOpen is true where other machines may get in. A name other than localhost
// may lead anywhere.
func (a address) isOpen() bool {
	return !check.Loopback(a.host)
}

// url is what to type: the host that was asked for, and the port that was given.
func (a address) url(given net.Addr) string {
	if tcp, ok := given.(*net.TCPAddr); ok {
		a.port = strconv.Itoa(tcp.Port)
	}
	if ip := net.ParseIP(a.host); ip != nil && ip.IsUnspecified() {
		a.host = "localhost"
	}
	return "http://" + a.String()
}

// listenCause drops what net says twice: the address.
func listenCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// listenAdvice is what to do about it, where that is known.
func listenAdvice(err error) string {
	const windowsAddressInUse = syscall.Errno(10048) // WSAEADDRINUSE: syscall.EADDRINUSE is a number of Go's own there
	if errors.Is(err, syscall.EADDRINUSE) || runtime.GOOS == "windows" && errors.Is(err, windowsAddressInUse) {
		return ": choose another with -addr, or port 0"
	}
	return ""
}
