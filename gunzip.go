package coreapi

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// isGzip: the transport has left the body compressed, as one with DisableCompression does
// where the server compresses all the same.
func isGzip(resp *http.Response) bool {
	return !resp.Uncompressed && strings.EqualFold(headerValue(resp.Header, "Content-Encoding"), "gzip")
}

// gunzip decompresses a body as it is read. A body that does not begin as gzip does is read
// as it is.
type gunzip struct {
	body  *bufio.Reader
	plain io.Reader // nil: nothing was read yet
}

func newGunzip(body io.Reader) *gunzip { return &gunzip{body: bufio.NewReader(body)} }

func (g *gunzip) Read(p []byte) (int, error) {
	if g.plain == nil {
		if err := g.start(); err != nil {
			return 0, err
		}
	}
	return g.plain.Read(p)
}

// start looks at the first two bytes. Source: RFC 1952, section 2.3.1.
func (g *gunzip) start() error {
	magic, err := g.body.Peek(2)
	if err != nil && err != io.EOF { //nolint:errorlint // a reader returns it bare
		return err
	}
	if string(magic) != "\x1f\x8b" {
		g.plain = g.body
		return nil
	}
	z, err := gzip.NewReader(g.body)
	if err != nil {
		return err
	}
	g.plain = z
	return nil
}
