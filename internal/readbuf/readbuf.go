// Package readbuf reads bodies within a limit, into memory that is used again.
//
// The contract: what ReadAtMost returns is the Buffer's memory, valid until the Buffer is
// read into again or put back. What has to live longer is copied with Copy before that. A
// Buffer belongs to one goroutine between Get and Put, while the Pool serves them all.
package readbuf

import (
	"bytes"
	"io"
	"sync"
)

// MaxPooled bounds the memory that a Pool holds on to, in bytes a Buffer.
const MaxPooled = 64 << 10

const (
	// firstSize is room for a body whose size is not known, in bytes.
	firstSize = 512
	// maxTrusted bounds the room that is made for a size before a byte has come, in
	// bytes: a Content-Length may be wrong.
	maxTrusted = 64 << 10
)

// Pool keeps Buffers for later bodies. The zero value is ready, and safe for concurrent
// use.
type Pool struct{ buffers sync.Pool }

// Get returns a Buffer that is the caller's until Put.
func (p *Pool) Get() *Buffer {
	if b, ok := p.buffers.Get().(*Buffer); ok {
		return b
	}
	return new(Buffer)
}

// Put takes a Buffer back. One that has grown over MaxPooled is left to the garbage
// collector.
func (p *Pool) Put(b *Buffer) {
	if cap(b.memory) <= MaxPooled {
		p.buffers.Put(b)
	}
}

// Buffer is memory to read a body into. The zero value is ready.
type Buffer struct{ memory []byte }

// ReadAtMost reads r to its end. more is true where r holds over limit bytes; the body is
// then the first limit of them. size is a hint of how many there are, -1 for none. With an
// error the body is what came before it, and its memory is never used again, because a
// careless reader that broke off may still write to it.
func (b *Buffer) ReadAtMost(r io.Reader, size, limit int64) (body []byte, more bool, err error) {
	if size < 0 {
		size = firstSize
	}
	if cap(b.memory) > MaxPooled {
		b.memory = nil // Copy has given it away
	}
	// One byte over, so that the end is seen without growing.
	b.grow(min(size, limit, maxTrusted) + 1)
	body = b.memory[:0]
	for {
		if len(body) == cap(body) {
			b.grow(min(2*int64(len(body)), limit) + 1) // not limit+1: it may be the largest number
			body = b.memory[:copy(b.memory, body)]
		}
		n, err := r.Read(within(body[len(body):cap(body)], limit-int64(len(body))))
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return body[:limit], true, nil
		case err == io.EOF:
			return body, false, nil
		case err != nil:
			b.memory = nil
			return body, false, err
		}
	}
}

// within shortens the room to what is left of the limit, and one byte that tells whether
// there is more.
func within(room []byte, left int64) []byte {
	if int64(len(room))-1 > left {
		return room[:left+1]
	}
	return room
}

// grow makes the memory n bytes long at least. What was in it is the caller's to copy.
func (b *Buffer) grow(n int64) {
	if int64(cap(b.memory)) < n {
		b.memory = make([]byte, n)
	}
	b.memory = b.memory[:cap(b.memory)]
}

// Copy returns what ReadAtMost returned, or a part of it, for the caller to keep. What is
// longer than MaxPooled is in memory that is not used again, so it is not copied.
func Copy(body []byte) []byte {
	if len(body) > MaxPooled {
		return body
	}
	return bytes.Clone(body)
}
