package coreapi

import (
	"bytes"
	"io"
	"sync"
)

// buffers keeps read buffers for later responses. What outlives an attempt is
// copied out of them. The zero value is ready, and safe for concurrent use.
type buffers struct{ pool sync.Pool }

type buffer struct{ bytes []byte }

// maxPooled bounds what is held on to between calls, in bytes a piece.
const maxPooled = 64 << 10

func (bs *buffers) get() *buffer {
	if b, ok := bs.pool.Get().(*buffer); ok {
		return b
	}
	return &buffer{}
}

func (bs *buffers) put(b *buffer) {
	if cap(b.bytes) <= maxPooled {
		bs.pool.Put(b)
	}
}

const (
	smallBuffer = 512
	// firstBuffer bounds what a Content-Length is trusted for.
	firstBuffer = 64 << 10
)

// readAtMost reads r to its end; more is true when it holds over limit bytes, of
// which it then returns the first limit. size is a hint, -1 for none. The body is
// the buffer's memory.
func (b *buffer) readAtMost(r io.Reader, size, limit int64) (body []byte, more bool, err error) {
	if size < 0 {
		size = smallBuffer
	}
	// One byte over, so that the end is seen without growing.
	b.grow(min(size, limit, firstBuffer) + 1)
	body = b.bytes[:0]
	for {
		if len(body) == cap(body) {
			b.grow(min(2*int64(len(body)), limit) + 1) // the limit may be the largest number
			body = b.bytes[:copy(b.bytes, body)]
		}
		room := body[len(body):cap(body)]
		if spare := limit - int64(len(body)); int64(len(room))-1 > spare {
			room = room[:spare+1]
		}
		n, err := r.Read(room)
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return body[:limit], true, nil
		case err == io.EOF:
			return body, false, nil
		case err != nil:
			return body, false, err
		}
	}
}

// grow makes room for n bytes. What was there is the caller's to copy.
func (b *buffer) grow(n int64) {
	if int64(cap(b.bytes)) < n {
		b.bytes = make([]byte, n)
	}
	b.bytes = b.bytes[:cap(b.bytes)]
}

// kept is a body, or a part of one, for the caller to keep. What is too long for a
// pool is not used again, so it need not be copied.
func kept(body []byte) RawJSON {
	if len(body) > maxPooled {
		return body
	}
	return bytes.Clone(body)
}

// keptBody is how much of a body an error keeps, in bytes.
const keptBody = 4 << 10

// head is what an error keeps a copy of.
func head(body []byte) []byte { return body[:min(len(body), keptBody)] }
