//go:build faultmatrix

package coreapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inOrder takes one step after the other.
func inOrder(steps ...serverStep) serverStep {
	return func(conn net.Conn) {
		for _, s := range steps {
			s(conn)
		}
	}
}

// write writes text.
func write(text string) serverStep {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

// writeForEver repeats text until the connection is closed.
func writeForEver(text string) serverStep {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// writeTimes repeats text.
func writeTimes(n int, text string) serverStep {
	return func(conn net.Conn) {
		out := bufio.NewWriter(conn)
		for range n {
			if _, err := out.WriteString(text); err != nil {
				return
			}
		}
		_ = out.Flush()
	}
}

// writeByteByByte writes one byte a segment, without a pause.
func writeByteByByte(text string) serverStep {
	return func(conn net.Conn) {
		for i := range len(text) {
			_, _ = io.WriteString(conn, text[i:i+1])
		}
	}
}

// writeSlowly writes one byte each 5 ms, for ever, until the connection is closed.
func writeSlowly(text string) serverStep {
	return func(conn net.Conn) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			if _, err := io.WriteString(conn, text[i%len(text):i%len(text)+1]); err != nil {
				return
			}
			<-tick.C
		}
	}
}

// stall says nothing more until the client closes.
func stall(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset closes with an RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hangUp closes with a FIN.
func hangUp(conn net.Conn) { _ = conn.Close() }

// proxyThat puts a proxy between, which does the step with each connection.
func proxyThat(step serverStep) serverSetup {
	return func(t testing.TB, s *faultServer) {
		proxy, err := url.Parse("http://" + s.listen(t, func(conn net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				step(conn)
			}
		}).String())
		require.NoError(t, err)
		s.transport.Proxy = http.ProxyURL(proxy)
		s.base = "https://api.example.invalid"
	}
}

// fullBacklog is an address whose queue of connections is full, so that the system drops
// each further SYN.
func fullBacklog(t testing.TB, s *faultServer) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	s.closing = append(s.closing, func() { _ = syscall.Close(fd) })
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 10 {
		conn, err := net.DialTimeout("tcp", address, 50*time.Millisecond)
		if err != nil {
			s.base = "http://" + address
			return
		}
		s.closing = append(s.closing, func() { conn.Close() })
	}
	t.Fatal("the backlog takes any number of connections")
}
