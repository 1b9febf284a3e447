//go:build faultmatrix

package coreapi_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/fypass/coreapi-go"
)

func http2Faults() []fault {
	rst := func(code uint32) serverSetup {
		return http2Server(func(stream uint32, _ int64) []byte { return rstStream(stream, code) })
	}
	firstThenOK := func(first func(stream uint32) []byte) serverSetup {
		return http2Server(func(stream uint32, conn int64) []byte {
			if conn == 1 && stream == 1 {
				return first(stream)
			}
			return http2Answer(stream)
		})
	}
	return []fault{
		stillSuccess("HTTP/2, as a control", http2Server(func(stream uint32, _ int64) []byte { return http2Answer(stream) })),
		connectionLost("HTTP/2 RST_STREAM, internal error", rst(internalError)),
		connectionLost("HTTP/2 RST_STREAM, enhance your calm", rst(enhanceYourCalm)),
		bodyCutShort("HTTP/2 RST_STREAM in the body", http2Server(func(stream uint32, _ int64) []byte {
			head := frame(frameHeaders, flagEndHeaders, stream, []byte(statusOKIndexed))
			return slices.Concat(head, frame(frameData, 0, stream, []byte(`{"a":`)), rstStream(stream, internalError))
		})),
		// The server says that it took nothing: net/http sends it again, a POST too.
		fault{name: "HTTP/2 RST_STREAM, refused, then answered", setup: firstThenOK(func(stream uint32) []byte { return rstStream(stream, refusedStream) })}.
			both(outcome{success: true, seen: 2, refused: true}),
		fault{name: "HTTP/2 GOAWAY before the stream, then answered", setup: firstThenOK(func(uint32) []byte { return goAway(0, noError) })}.
			both(outcome{success: true, seen: 2, refused: true}),
		connectionLost("HTTP/2 GOAWAY with an error, after the stream", http2Server(func(stream uint32, _ int64) []byte {
			return slices.Concat(goAway(stream, internalError), frame(frameData, 0, 0, nil)) // DATA on stream 0 ends the connection
		})),
		stillSuccess("HTTP/2 GOAWAY after the stream, and its answer", http2Server(func(stream uint32, _ int64) []byte {
			return append(goAway(stream, noError), http2Answer(stream)...)
		})),
		deadHTTP2(),
		neverEnds("HTTP/2 without an answer", http2Server(func(uint32, int64) []byte { return nil }), 0),
	}
}

// deadHTTP2 is a connection that swallows all that is sent on it after its first answer, as
// behind a proxy that lost the other side. Pings find it: the next attempt makes another.
func deadHTTP2() fault {
	serve := http2Server(func(stream uint32, conn int64) []byte {
		if conn == 1 && stream > 1 {
			return nil
		}
		return http2Answer(stream)
	})
	return fault{
		name: "HTTP/2, a dead connection", warm: true,
		setup: func(t testing.TB, s *faultServer) {
			serve(t, s)
			s.transport.HTTP2 = coreapi.DefaultTransport(shortLimit).HTTP2
		},
		get:  outcome{success: true, seen: 2},
		post: outcome{attempts: 1, seen: 1},
	}
}

// http2Server serves HTTP/2 by hand: it reads a request's frames to their end, and then
// writes what frames returns for the stream and the connection, from 1. It is
// enough of RFC 9113 for a server that misbehaves.
func http2Server(frames func(stream uint32, conn int64) []byte) serverSetup {
	return func(t testing.TB, s *faultServer) {
		var conns atomic.Int64
		s.base = "https://" + s.listen(t, func(raw net.Conn) {
			conn := tls.Server(raw, goodTLS("h2"))
			number := conns.Add(1)
			preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
			if _, err := io.ReadFull(conn, preface); err != nil {
				return
			}
			if _, err := conn.Write(frame(frameSettings, 0, 0, nil)); err != nil {
				return
			}
			for {
				kind, flags, stream, err := readFrame(conn)
				if err != nil {
					return
				}
				var out []byte
				switch {
				case kind == frameSettings && flags&flagAck == 0:
					out = frame(frameSettings, flagAck, 0, nil)
				case (kind == frameHeaders || kind == frameData) && flags&flagEndStream != 0:
					s.seen.Add(1)
					out = frames(stream, number)
				}
				if _, err := conn.Write(out); err != nil {
					return
				}
			}
		}).String()
	}
}

const (
	frameData      = 0x0
	frameHeaders   = 0x1
	frameRST       = 0x3
	frameSettings  = 0x4
	frameGoAway    = 0x7
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4

	noError          = 0x0
	internalError    = 0x2
	refusedStream    = 0x7
	enhanceYourCalm  = 0xb
	statusOKIndexed  = "\x88" // RFC 7541, appendix A: ":status: 200"
	frameHeaderBytes = 9
)

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	header := make([]byte, frameHeaderBytes)
	header[0], header[1], header[2] = byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload))
	header[3], header[4] = kind, flags
	binary.BigEndian.PutUint32(header[5:], stream)
	return append(header, payload...)
}

func readFrame(r io.Reader) (kind, flags byte, stream uint32, err error) {
	header := make([]byte, frameHeaderBytes)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, 0, 0, err
	}
	length := int64(header[0])<<16 | int64(header[1])<<8 | int64(header[2])
	_, err = io.CopyN(io.Discard, r, length)
	return header[3], header[4], binary.BigEndian.Uint32(header[5:]), err
}

func goAway(last, code uint32) []byte {
	return frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

func rstStream(stream, code uint32) []byte {
	return frame(frameRST, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func http2Answer(stream uint32) []byte {
	return append(frame(frameHeaders, flagEndHeaders, stream, []byte(statusOKIndexed)), frame(frameData, flagEndStream, stream, []byte("{}"))...)
}
