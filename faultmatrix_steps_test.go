//go:build faultmatrix

package coreapi_test

import (
	"bufio"
	"io"
	"net"
	"time"
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
