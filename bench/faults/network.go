// Package faults simulates, in fake time, what small faults cost the callers of an API: real
// clients and a real server of net/http's, over a network in memory that can break.
package faults

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// network joins clients and a server. Its zero value is down.
type network struct {
	mu    sync.Mutex
	up    bool
	conns []*conn // of the server's side, open or not
	ready chan net.Conn
	dials atomic.Int64
}

func newNetwork() *network { return &network{up: true, ready: make(chan net.Conn)} }

// conn can be broken: reset, or dead, which swallows what is written and gives nothing.
type conn struct {
	net.Conn
	dead atomic.Bool
}

// Write pretends to have written where the connection is dead, as a kernel does that still
// hopes for an acknowledgement.
func (c *conn) Write(p []byte) (int, error) {
	if c.dead.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Read drops what comes for a dead connection.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.dead.Load() {
			return n, err
		}
	}
}

// DialContext is for http.Transport.
func (n *network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	up := n.up
	n.mu.Unlock()
	if !up {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	end := &conn{Conn: server}
	select {
	case n.ready <- end:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n.mu.Lock()
	n.conns = append(n.conns, end)
	n.mu.Unlock()
	n.dials.Add(1)
	return client, nil
}

// Accept, Close and Addr make it the server's listener.
func (n *network) Accept() (net.Conn, error) {
	c, ok := <-n.ready
	if !ok {
		return nil, errors.New("the network is closed")
	}
	return c, nil
}

// Close ends Accept.
func (n *network) Close() error { close(n.ready); return nil }

// Addr is of no use to anybody.
func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

// restart refuses connections for a time, and resets those that there are.
func (n *network) restart(d time.Duration) {
	n.mu.Lock()
	n.up = false
	broken := n.conns
	n.conns = nil
	n.mu.Unlock()
	for _, c := range broken {
		_ = c.Close()
	}
	time.Sleep(d)
	n.mu.Lock()
	n.up = true
	n.mu.Unlock()
}

// die lets the connections that there are go silent, as a gateway does that has lost its
// state. Connections that are made later work.
func (n *network) die() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		c.dead.Store(true)
	}
	n.conns = nil
}

// serve answers on the network until stop is called.
func (n *network) serve(h http.Handler) (stop func()) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: h, Protocols: protocols, ReadHeaderTimeout: time.Hour}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(n)
	}()
	return func() {
		_ = server.Close()
		<-done
	}
}
