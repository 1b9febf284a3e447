package coreapi_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// realClient is a Client of a real server.
func realClient(t testing.TB, server *httptest.Server, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	c, err := coreapi.New(server.URL, coreapi.ClientKey(testKey), opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// countingServer counts the connections that it accepts.
func countingServer(t testing.TB, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &connections
}

// rawServer answers each connection with bytes of its own.
func rawServer(t testing.TB, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					answer(conn)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// writeBomb writes 64 MB of zeroes, compressed.
func writeBomb(w io.Writer) {
	z := gzip.NewWriter(w)
	defer z.Close()
	zeroes := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(zeroes); err != nil {
			return
		}
	}
}
